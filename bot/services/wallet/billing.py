"""Whose money: by which key, and from which namespace, an order of a guild is paid."""

from dataclasses import dataclass, field
from decimal import Decimal

from bot.domain.errors import Refusal
from bot.domain.ids import GuildId
from bot.domain.orders.payer import Account, OpenNamespaces, Payer, Unbilled
from bot.store.wallet.accounts import Guilds, Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPolicy:
    """What the operator's key does for guilds: for those that have settled nothing, and what the others may name.

    `trial` is in USD, for each guild in total.
    """

    unbilled: Unbilled = Unbilled.REFUSE
    trial: Decimal = Decimal(0)
    namespaces: OpenNamespaces = field(default_factory=OpenNamespaces)


class Billing:
    def __init__(self, guilds: Guilds, keys: Keys, billing_policy: BillingPolicy) -> None:
        self._guilds = guilds
        self._keys = keys
        self._policy = billing_policy
        self._payers: dict[GuildId, Payer] = {}

    async def load(self) -> None:
        """Once, at the start: who pays for which guild, for what has to be answered at once."""
        self._payers = await self._guilds.payers()

    def known(self, guild_id: GuildId) -> Payer:
        """Who pays for the guild, from memory: as it was when it was last asked, which each order does."""
        return self._payers.get(guild_id, Payer())

    async def payer_of(self, guild_id: GuildId) -> Payer:
        """Who pays for the guild's next order. Raises `Refusal` when nobody would."""
        return self.payer(guild_id, await self._guilds.account(guild_id))

    def payer(self, guild_id: GuildId, account: Account) -> Payer:
        """The same of a guild whose `account` was just read. Raises `Refusal` when nobody would pay."""
        self._payers[guild_id] = payer = Payer(key=account.key, namespace=account.namespace)
        if account.refused:
            raise Refusal("key-refused", tail=account.tail or "")
        nobody = account.key is None and account.namespace is None
        if nobody and self._policy.unbilled is Unbilled.REFUSE:
            raise Refusal("no-namespace")
        if account.key is None and account.namespace is not None:
            self.check_open(account.namespace, guild_id)
        return payer

    async def trial(self, guild_id: GuildId, payer: Payer | None = None) -> tuple[Decimal, Decimal] | None:
        """What the guild is given in all, and has used or reserved of that, USD; None when it is not on trial.

        `payer` pays for the guild, if that is known already.
        """
        if payer is None:
            account = await self._guilds.account(guild_id)
            payer = Payer(key=account.key, namespace=account.namespace)
        given = self.trial_for(payer)
        return (given, await self._keys.trial_used(guild_id)) if given is not None else None

    async def trial_left(self, guild_id: GuildId, payer: Payer | None = None) -> Decimal | None:
        """What is left of the guild's trial, in USD, reservations taken off; None when it is not on trial."""
        trial = await self.trial(guild_id, payer)
        return max(Decimal(0), trial[0] - trial[1]) if trial is not None else None

    def trial_for(self, payer: Payer) -> Decimal | None:
        """What a guild is given in all, in USD, whose orders are paid so; None when that is no trial."""
        return self._policy.trial if self._policy.unbilled is Unbilled.TRIAL and payer == Payer() else None

    def check_open(self, namespace: str, guild_id: GuildId) -> None:
        """Raises `Refusal` when the operator has not opened the namespace to the guild."""
        if not self._policy.namespaces.allows(namespace, guild_id):
            raise Refusal("namespace-closed", namespace=namespace, server=str(guild_id))
