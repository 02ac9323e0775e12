"""What an order has to pass, and what it enters, in the transaction that accepts it."""

from dataclasses import dataclass, replace
from decimal import Decimal

import aiosqlite

from bot.domain.ids import GuildId
from bot.domain.orders.order import Order
from bot.domain.rules.limits import PolicyInput, Standing, check, check_trial, to_confirm
from bot.domain.rules.policy import GuildPolicy
from bot.store.rules import Rules
from bot.store.wallet.books import Balances
from bot.store.wallet.keys import trial_used
from bot.store.wallet.queueing import QueueSlots


class Unconfirmed(Exception):
    """The requester has to say yes to the price first. `above`: from which amount the guild asks, USD; if at all."""

    def __init__(self, above: Decimal | None) -> None:
        super().__init__()
        self.above = above


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What an order was checked against."""

    policy: GuildPolicy
    standing: Standing


class Admission:
    """Works inside a transaction that a repository has opened."""

    def __init__(self, rules: Rules, books: Balances, turns: QueueSlots) -> None:
        self._rules = rules
        self._books = books
        self._turns = turns

    async def look(self, db: aiosqlite.Connection, guild_id: GuildId, facts: PolicyInput) -> Checked:
        """The guild's rules, and what counts towards its limits and the requester's."""
        policy = await self._rules.of(db, guild_id)
        standing = await self._books.standing(db, guild_id, facts.requester_id, policy, facts.at)
        in_flight = await self._turns.in_flight_of(db, guild_id, facts.requester_id)
        return Checked(policy=policy, standing=replace(standing, member_in_flight=in_flight))

    async def check(self, db: aiosqlite.Connection, guild_id: GuildId, facts: PolicyInput) -> Checked:
        """Raises `Refusal`, or `Unconfirmed`."""
        checked = await self.look(db, guild_id, facts)
        check(facts, checked.policy, checked.standing)
        if facts.trial is not None:
            check_trial(facts.cost, facts.trial - await trial_used(db, guild_id))
        if to_confirm(facts, checked.policy):
            raise Unconfirmed(checked.policy.confirm_above)
        return checked

    async def enter(self, tx: aiosqlite.Connection, order: Order, checked: Checked) -> None:
        """The order, stored, is in the books and in the queue."""
        await self._books.reserve(tx, order, checked.policy, checked.standing)
        await self._turns.take(tx, order, checked.policy)
