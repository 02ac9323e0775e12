"""What those who manage a server decide about its money. Everything is checked at the provider before it is stored."""

import logging
import re

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import NOBODY, GuildId, UserId
from bot.domain.orders.payer import Account
from bot.domain.provider import KeyGone, KeyRefused, NotFound, Provider, ProviderError, Providers, Rejected
from bot.services.wakeups import Topic, Wakeups
from bot.services.wallet.billing import Billing
from bot.services.wallet.keys import Keyring
from bot.store.wallet.accounts import Guilds, Keys

log = logging.getLogger(__name__)

# What a namespace's name may look like: it goes into a query string and into a text that a server reads.
_NAMESPACE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_KEY = re.compile(r"[!-~]{8,512}")  # it goes into a header
_UNAUTHENTICATED = 401


class Accounts:
    def __init__(
        self,
        guilds: Guilds,
        keys: Keys,
        keyring: Keyring,
        billing: Billing,
        providers: Providers,
        clock: Clock,
        wakeups: Wakeups,
    ) -> None:
        self._guilds = guilds
        self._keys = keys
        self._keyring = keyring
        self._billing = billing
        self._providers = providers
        self._clock = clock
        self._wakeups = wakeups

    async def of(self, guild_id: GuildId) -> Account:
        """What the guild has settled."""
        return await self._guilds.account(guild_id)

    @property
    def takes_keys(self) -> bool:
        """Whether servers can enter keys of their own here."""
        return self._keyring.usable

    async def set_namespace(self, guild_id: GuildId, name: str, by: UserId) -> Account:
        """From now on the namespace `name` pays, by the guild's key if it has one, else by the operator's.

        Raises `Refusal` when the key may not bill it, the operator has not opened it to the guild, another guild pays
        from it, or it cannot be found out now: then nothing has changed.
        """
        namespace = check_namespace(name)
        account = await self._guilds.account(guild_id)
        if account.refused:
            raise Refusal("key-refused", tail=account.tail or "")
        if account.key is None:
            self._billing.check_open(namespace, guild_id)
        try:
            async with self._providers.of(account.key) as oxen:
                allowed = await _may_bill(oxen, namespace)
        except KeyGone:
            raise Refusal("key-refused", tail=account.tail or "") from None
        except ProviderError as error:
            raise Refusal("namespace-unchecked", namespace=namespace) from error
        if not allowed:
            raise Refusal("namespace-refused", namespace=namespace)
        await self._guilds.claim_namespace(guild_id, namespace, account.key, by, self._clock.now())
        log.info("namespace set", extra={"guild": guild_id, "user": by, "namespace": namespace, "key_id": account.key})
        self._wakeups.notify(Topic.NOTICE)
        return await self.of(guild_id)

    async def clear_namespace(self, guild_id: GuildId, by: UserId) -> Account:
        """From now on the guild's key pays from its own namespace; without a key, the guild has settled nothing."""
        await self._guilds.set_namespace(guild_id, None, by, self._clock.now())
        log.info("namespace cleared", extra={"guild": guild_id, "user": by})
        self._wakeups.notify(Topic.NOTICE)
        return await self.of(guild_id)

    async def set_key(self, guild_id: GuildId, key: str, by: UserId) -> Account:
        """From now on the guild pays by `key`; orders under way stay with the one before.

        Its namespace stays if the key may bill it; otherwise the key's own pays. Raises `Refusal` when the key is not
        accepted, or when it cannot be found out now: then nothing has changed.
        """
        if not self._keyring.usable:
            raise Refusal("key-no-vault")
        secret = key.strip()
        if not _KEY.fullmatch(secret):
            raise Refusal("key-shape")
        namespace = (await self._guilds.account(guild_id)).namespace
        try:
            async with self._providers.trial(secret) as oxen:
                await oxen.list(None)
                if namespace is not None and not await _may_bill(oxen, namespace):
                    namespace = None
        except KeyRefused:
            raise Refusal("key-not-accepted") from None
        except ProviderError as error:
            raise Refusal("key-unchecked") from error
        sealed = self._keyring.seal(secret)
        await self._keys.give(guild_id, sealed, namespace, by, self._clock.now())
        log.info("key set", extra={"guild": guild_id, "user": by, "key_id": sealed.id, "namespace": namespace})
        self._wakeups.notify(Topic.KEYS, Topic.NOTICE)
        return await self.of(guild_id)

    async def forget_key(self, guild_id: GuildId, by: UserId) -> None:
        """The guild pays by its key no more; the key is deleted as soon as nothing is under way by it.

        The namespace goes with it: whether the operator's key may bill it is not known. Raises `Refusal` without a key.
        """
        key = await self._keys.take(guild_id, by, self._clock.now(), at_once=False)
        if key is None:
            raise Refusal("key-none")
        log.info("key forgotten", extra={"guild": guild_id, "user": by, "key_id": key})
        self._wakeups.notify(Topic.KEYS, Topic.NOTICE)

    async def left(self, guild_id: GuildId) -> None:
        """The bot is not in the guild any more: its key is deleted at once, and what is under way by it ends.

        Unless another guild has entered the same key: then it stays that one's.
        """
        key = await self._keys.take(guild_id, NOBODY, self._clock.now(), at_once=True)
        if key is None:
            return
        log.info("key deleted", extra={"guild": guild_id, "key_id": key})
        if await self._keys.get(key) is None:
            await self._providers.retire(key)
        self._wakeups.notify(Topic.KEYS, Topic.NOTICE)


def check_namespace(name: str) -> str:
    """`name` without blanks around it. Raises `Refusal` when no namespace can be called that."""
    stripped = name.strip()
    if not _NAMESPACE.fullmatch(stripped):
        raise Refusal("namespace-name", given=stripped[:70])
    return stripped


async def _may_bill(oxen: Provider, namespace: str) -> bool:
    """Whether the key may look into the namespace's queue: the one question about it that costs nothing.

    Raises `ProviderError` when that says nothing about the namespace: no answer, or the key itself is refused.
    """
    try:
        await oxen.list(namespace)
    except NotFound:
        return False
    except Rejected as error:
        if error.status == _UNAUTHENTICATED:
            raise
        return False
    return True
