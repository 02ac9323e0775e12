"""What is stored about a member, and how it is forgotten. Each method is one transaction, and none is a long one.

An order keeps its amounts; it loses its words (prompt, parameters, files, what the provider said) and its person. While
it is under way it keeps both, because its result has to be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiosqlite

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import NOBODY, GenerationId, GuildId, OrderId, UserId
from bot.domain.money import from_micro
from bot.domain.records.privacy import KEPT_FOR, Beside, Holding, Holdings, OrderShown, without
from bot.domain.rules.periods import quarter
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database
from bot.store.orders.confirmations import to_confirmation
from bot.store.records.guild_log import to_act_record
from bot.store.rows import to_record
from bot.store.rules import Rules
from bot.store.statements import Row, Statements

_BATCH = 100
_FIRST: tuple[datetime, str] = (from_millis(0), "")
TOLD_WITHIN = timedelta(hours=24)  # the provider forgets its rows after that, and can tell no price any more
HOPELESS_AFTER = timedelta(days=3)  # since an order was made: by then it is over, and told or given up
LOOK_AGAIN = timedelta(minutes=1)  # while something is under way
WAIT = timedelta(hours=6)  # while something still counts
SET_BACK = timedelta(days=1)  # no clock is set back by more


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody asked to be forgotten in a guild, with everything up to `asked_at`."""

    user_id: UserId
    guild_id: GuildId
    asked_at: datetime


class Forgetting:
    """Works inside a transaction that a repository has opened."""

    def __init__(self) -> None:
        self._sql = Statements("privacy")

    async def words(self, tx: aiosqlite.Connection, orders: Sequence[Row], now: datetime) -> int:
        """The orders keep their amounts, models and times. How many they are; so for the others."""
        rows = [{"id": order["id"], "now": to_millis(now)} for order in orders]
        await self._sql.many(tx, "forget_words", rows=rows)
        await self._sql.many(tx, "forget_results", rows=_ids(orders))
        return len(orders)

    async def persons(self, tx: aiosqlite.Connection, orders: Sequence[Row]) -> int:
        """Nobody has ordered them, nowhere, and no message tells of them."""
        await self._sql.many(tx, "forget_person", rows=_ids(orders))
        await self._sql.many(tx, "forget_messages", rows=_ids(orders))
        return len(orders)


class PrivacyRows:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._rules = Rules(standard)
        self._sql = Statements("privacy")
        self._orders = Statements("orders")
        self._forgetting = Forgetting()

    # What is there.

    async def holdings(self, user_id: UserId) -> Holdings:
        """What the rows have about a member, by guild."""

        async def work(db: aiosqlite.Connection) -> Holdings:
            rows = await self._sql.all(db, "holdings", user_id=user_id)
            asked = await self._sql.all(db, "erasures_of", user_id=user_id)
            return Holdings(
                by_guild={GuildId(row["guild_id"]): _to_holding(row) for row in rows},
                asked_at={GuildId(row["guild_id"]): from_millis(row["asked_at"]) for row in asked},
            )

        return await self._db.read(work)

    async def orders(
        self, user_id: UserId, guild_id: GuildId, after: tuple[datetime, str] = _FIRST
    ) -> Sequence[OrderShown]:
        """A page of the member's orders, oldest first: those that follow the order made `after` (its moment and id)."""

        async def work(db: aiosqlite.Connection) -> list[OrderShown]:
            asked = {"user_id": user_id, "guild_id": guild_id, "since": to_millis(after[0]), "after": after[1]}
            rows = await self._sql.all(db, "orders_of_member", limit=_BATCH, **asked)
            return [await self._shown(db, row) for row in rows]

        return await self._db.read(work)

    async def beside(self, user_id: UserId, guild_id: GuildId) -> Beside:
        """What the rows have about the member besides orders."""

        async def work(db: aiosqlite.Connection) -> Beside:
            asked = {"user_id": user_id, "guild_id": guild_id}
            confirmations = await self._sql.all(db, "drafts_of_member", **asked)
            acts = await self._sql.all(db, "acts_of_member", **asked)
            return Beside(
                confirmations=[to_confirmation(row) for row in confirmations], acts=[to_act_record(row) for row in acts]
            )

        return await self._db.read(work)

    async def guilds_of(self, user_id: UserId) -> Sequence[GuildId]:
        """The guilds whose rows name the member anywhere."""
        rows = await self._db.read(
            lambda db: self._sql.all(db, "guilds_of_member", user_id=user_id, marker=_marker(user_id))
        )
        return [GuildId(row["guild_id"]) for row in rows]

    # Members who are forgotten.

    async def ask(self, user_id: UserId, guilds: Sequence[GuildId], now: datetime) -> None:
        """From now on it is going to happen, whatever breaks: `due` lists it until nothing is left."""
        whose = {"user_id": user_id, "marker": _marker(user_id)}
        at = {"now": to_millis(now), "latest": to_millis(now + SET_BACK)}
        rows = [{**whose, **at, "guild_id": guild_id} for guild_id in guilds]
        await self._db.write(lambda tx: self._sql.many(tx, "ask_erasure", rows=rows))

    async def due(self, now: datetime) -> Sequence[Erasure]:
        """Whose turn it is."""
        soonest = to_millis(now + 2 * WAIT)
        rows = await self._db.read(
            lambda db: self._sql.all(db, "erasures_due", now=to_millis(now), soonest=soonest, limit=_BATCH)
        )
        return [_to_erasure(row) for row in rows]

    async def forget_some(self, erasure: Erasure, now: datetime) -> int:
        """Takes words and person from some of the orders that allow it; of how many. 0: none allows it now."""
        about = _about(erasure)
        told_since, hopeless = to_millis(now - TOLD_WITHIN), to_millis(now - HOPELESS_AFTER)

        async def work(tx: aiosqlite.Connection) -> int:
            words = await self._sql.all(tx, "words_of_member", hopeless=hopeless, limit=_BATCH, **about)
            forgotten = await self._forgetting.words(tx, words, now)
            persons = await self._sql.all(tx, "persons_of_member", told_since=told_since, limit=_BATCH, **about)
            return forgotten + await self._forgetting.persons(tx, persons)

        return await self._db.write(work)

    async def forget_rest(self, erasure: Erasure, now: datetime) -> bool:
        """Takes the member from all other rows as far as they may go now. Whether nothing is left, and never will be.

        What counts towards limits, and what the audit log says, goes when it is older than `KEPT_FOR`.
        """

        async def work(tx: aiosqlite.Connection) -> bool:
            await self._forget_at_once(tx, erasure)
            past = min(erasure.asked_at, now - KEPT_FOR)
            await self._forget_past(tx, erasure, past)
            left = await self._left(tx, erasure)
            whose = _whose(erasure)
            if left or past < erasure.asked_at:
                due = to_millis(now + (LOOK_AGAIN if left else WAIT))
                await self._sql.run(tx, "postpone_erasure", due=due, **whose)
                return False
            await self._sql.run(tx, "forget_tallies", before=quarter(past) + 1, **whose)
            await self._sql.run(tx, "tally_anew", quarter=quarter(past), **whose)
            await self._sql.run(tx, "end_erasure", **whose)
            return True

        return await self._db.write(work)

    async def leave_no_trace(self) -> bool:
        """See `bot.store.database.Database`: what was forgotten is in none of its files any more."""
        return await self._db.leave_no_trace()

    # Prompts that a guild does not keep.

    async def next_guild(self, after: GuildId) -> tuple[GuildId, int | None] | None:
        """The next guild by id that keeps words of orders, with the days for which it wants to; None after the last."""

        async def work(db: aiosqlite.Connection) -> tuple[GuildId, int | None] | None:
            found: int | None = await self._sql.value(db, "next_guild_with_words", after=after)
            if found is None:
                return None
            guild_id = GuildId(found)
            return guild_id, (await self._rules.of(db, guild_id)).retention

        return await self._db.read(work)

    async def forget_words_of_guild(self, guild_id: GuildId, before: datetime, now: datetime) -> int:
        """Takes the words from some of the guild's orders that were made before then and are over; of how many."""

        async def work(tx: aiosqlite.Connection) -> int:
            asked = {"guild_id": guild_id, "before": to_millis(before), "hopeless": to_millis(now - HOPELESS_AFTER)}
            rows = await self._sql.all(tx, "words_of_guild", limit=_BATCH, **asked)
            return await self._forgetting.words(tx, rows, now)

        return await self._db.write(work)

    async def _forget_at_once(self, tx: aiosqlite.Connection, erasure: Erasure) -> None:
        about, user_id = _about(erasure), erasure.user_id
        await self._sql.run(tx, "forget_cancels", **about)
        await self._sql.run(tx, "forget_drafts_of", **about)
        await self._sql.run(tx, "forget_who_set_payer", **about)
        await self._sql.run(tx, "forget_who_set_rules", **about)
        where = {"guild_id": erasure.guild_id, "until": to_millis(erasure.asked_at), "marker": _marker(user_id)}
        for row in await self._sql.all(tx, "notices_naming", **where):
            rewritten = without(row["content"], user_id)
            await self._sql.run(
                tx, "rewrite_notice", content=rewritten, guild_id=erasure.guild_id, notice_key=row["notice_key"]
            )

    async def _forget_past(self, tx: aiosqlite.Connection, erasure: Erasure, past: datetime) -> None:
        user_id = erasure.user_id
        about = {**_whose(erasure), "until": to_millis(past), "marker": _marker(user_id)}
        for row in await self._sql.all(tx, "acts_naming", **about):
            await self._sql.run(
                tx,
                "rewrite_act",
                by_id=NOBODY if row["by_id"] == user_id else row["by_id"],
                subject=without(row["subject"], user_id),
                before=_without(row["before"], user_id),
                after=_without(row["after"], user_id),
                guild_id=erasure.guild_id,
                ordinal=row["ordinal"],
            )
        await self._sql.run(tx, "forget_tallies", before=quarter(past), **_whose(erasure))

    async def _left(self, db: aiosqlite.Connection, erasure: Erasure) -> bool:
        found = await self._sql.one(db, "anything_left", marker=_marker(erasure.user_id), **_about(erasure))
        return found is not None

    async def _shown(self, db: aiosqlite.Connection, row: Row) -> OrderShown:
        generations = await self._orders.all(db, "generations_of_order", order_id=row["id"])
        costs = await self._sql.all(db, "costs_of_order", order_id=row["id"])
        known = {GenerationId(cost["generation_id"]): from_micro(cost["micro_usd"]) for cost in costs}
        return OrderShown(record=to_record(row, generations), cost=known)


def cursor(order: OrderShown) -> tuple[datetime, OrderId]:
    """What follows this order is the next page."""
    return order.record.order.created_at, order.record.order.id


def _ids(orders: Sequence[Row]) -> list[Mapping[str, str]]:
    return [{"id": order["id"]} for order in orders]


def _marker(user_id: UserId) -> str:
    """Texts that may name the member. A longer number matches too: `without` looks closer."""
    return f"%{user_id}%"


def _whose(erasure: Erasure) -> Mapping[str, int]:
    return {"user_id": erasure.user_id, "guild_id": erasure.guild_id}


def _about(erasure: Erasure) -> Mapping[str, int]:
    return {**_whose(erasure), "until": to_millis(erasure.asked_at)}


def _without(text: str | None, user_id: UserId) -> str | None:
    return without(text, user_id) if text is not None else None


def _to_erasure(row: Row) -> Erasure:
    return Erasure(
        user_id=UserId(row["user_id"]), guild_id=GuildId(row["guild_id"]), asked_at=from_millis(row["asked_at"])
    )


def _to_holding(row: Row) -> Holding:
    return Holding(
        guild_id=GuildId(row["guild_id"]),
        orders=row["orders"],
        videos=row["videos"],
        prompts=row["prompts"],
        files=row["files"],
        open=row["open"],
        acts=row["acts"],
        spent=from_micro(row["micro_usd"]),
        since=from_millis(row["since"]) if row["since"] is not None else None,
    )
