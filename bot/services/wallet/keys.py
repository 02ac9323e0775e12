"""Servers' own keys: sealed in the rows, opened for their clients, and given up when the provider refuses them."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.orders.generation import GenerationState as State
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.payer import KeyId, fingerprint
from bot.domain.provider import KeyGone, KeyRefused, ProviderError, Providers
from bot.services.policy import Timing
from bot.services.supervision import IDLE
from bot.services.wakeups import AN_END, Topic, Wakeups
from bot.store.orders.generations import Generations
from bot.store.wallet.accounts import Keys, StoredKey
from bot.store.wallet.vault import Unopened, Vault

log = logging.getLogger(__name__)

_TAIL = 4  # characters of a key that are ever shown
SURE_AFTER = 3  # refusals in a row (API.md: "Three failed polls in a row before telling anyone")

_ENDS = {
    State.INTENDED: Outcome(state=State.FAILED, reason=Reason.KEY_UNUSABLE),
    State.UNKNOWN: Outcome(state=State.ABSENT, reason=Reason.FORGOTTEN),
    State.QUEUED: Outcome(state=State.FAILED, reason=Reason.KEY_LOST),
    State.PROCESSING: Outcome(state=State.FAILED, reason=Reason.KEY_LOST),
}  # what is being sent right now is in one of these in a moment


class Keyring:
    """Opens sealed keys for their clients, the only place where they are open."""

    def __init__(self, keys: Keys, vault: Vault) -> None:
        self._keys = keys
        self._vault = vault

    @property
    def usable(self) -> bool:
        """Whether keys can be stored at all: only with a master key."""
        return not self._vault.shut

    def seal(self, key: str) -> StoredKey:
        """`key`, fit to be stored. Raises `bot.store.wallet.vault.Unopened` unless `usable`."""
        return StoredKey(id=fingerprint(key), sealed=self._vault.seal(key), tail=key[-_TAIL:], refused=False)

    async def reveal(self, key_id: KeyId) -> str | None:
        """The key itself, for its client; None when it is deleted, refused for good, or opens with no master key."""
        stored = await self._keys.get(key_id)
        if stored is None or stored.refused:
            return None
        try:
            return self._vault.open(stored.sealed, key_id)
        except Unopened:
            return None


@dataclass(slots=True)
class _Suspicion:
    """How often in a row it was refused when asked, and when to ask again (seconds, monotonic)."""

    due: float
    refusals: int = 0


class KeyJanitor:
    """Keys that the provider refuses, or that were deleted: what was placed by them comes to its end.

    A refusal may be a mistake of the moment. The key is asked again, and only when it was refused several times while
    the operator's own is not, it is taken for revoked: then every server that pays by it is told once, and can enter
    another.
    """

    def __init__(
        self,
        keys: Keys,
        generations: Generations,
        providers: Providers,
        clock: Clock,
        wakeups: Wakeups,
        timing: Timing,
    ) -> None:
        self._keys = keys
        self._generations = generations
        self._providers = providers
        self._clock = clock
        self._wakeups = wakeups
        self._timing = timing
        self._suspects: dict[KeyId, _Suspicion] = {}

    def suspect(self, key: KeyId | None) -> None:
        """The provider refused `key` just now. The operator's own is the operator's to mend: the log says it."""
        if key is not None and key not in self._suspects:
            self._suspects[key] = _Suspicion(self._clock.monotonic())
            self._wakeups.notify(Topic.KEYS)

    async def step(self) -> timedelta:
        """Asks by the keys that are suspected, ends what nobody can follow, deletes the keys that nobody needs."""
        for key, suspicion in list(self._suspects.items()):
            if suspicion.due <= self._clock.monotonic():
                suspicion.due = self._clock.monotonic() + self._timing.key_again.total_seconds()
                await self._ask(key, suspicion)
        left = await self._end_what_nobody_follows()
        for key in await self._keys.delete_unneeded():
            await self._providers.retire(key)
            log.info("key deleted", extra={"key_id": key})
        return self._timing.key_again if self._suspects or left else IDLE

    async def _ask(self, key: KeyId, suspicion: _Suspicion) -> None:
        try:
            async with self._providers.of(key) as provider:
                await provider.list(None)
        except KeyRefused:
            suspicion.refusals += 1
            log.warning("key refused", extra={"key_id": key, "in_a_row": suspicion.refusals})
            if suspicion.refusals >= SURE_AFTER and await self._operators_is_accepted():
                guilds = await self._keys.refuse(key, self._clock.now())
                await self._providers.retire(key)
                del self._suspects[key]
                log.warning("key revoked", extra={"key_id": key, "guilds": len(guilds)})
                self._wakeups.notify(Topic.NOTICE)
        except KeyGone:
            del self._suspects[key]
        except ProviderError as error:  # says nothing about the key
            log.warning("key not checked", extra={"key_id": key, "error": str(error)})
        else:
            del self._suspects[key]

    async def _operators_is_accepted(self) -> bool:
        """If not even the operator's key is, it is not about this one."""
        try:
            async with self._providers.of(None) as provider:
                await provider.list(None)
        except ProviderError:
            return False
        return True

    async def _end_what_nobody_follows(self) -> bool:
        """Ends what was placed by keys that are deleted or revoked; whether something of that is left."""
        left = False
        for key in await self._generations.keys_in_use():
            stored = await self._keys.get(key)
            if stored is not None and not stored.refused:
                continue
            ended = 0
            for generation in await self._generations.open_by_key(key):
                outcome = _ENDS.get(generation.state)
                if outcome is None:
                    left = True
                else:
                    settled = await self._generations.settle(generation.id, outcome, self._clock.now())
                    ended += settled is not None
            if ended:
                log.warning("orders ended with their key", extra={"key_id": key, "generations": ended})
                self._wakeups.notify(Topic.GIVEN_UP, *AN_END)
        return left
