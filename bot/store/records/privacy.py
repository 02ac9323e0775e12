"""What is stored about a member and about a guild that was left, and how it is forgotten.

Each method is one transaction, and none is a long one. An order keeps its amounts; it loses its words (prompt,
parameters, files, what the provider said) and its person. While it is under way it keeps both, because its result has
to be told.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import NOBODY, GenerationId, GuildId, OrderId, UserId
from bot.domain.money import from_micro
from bot.domain.records.privacy import KEPT_FOR, Beside, Holding, Holdings, OrderShown, without
from bot.domain.records.stars import Star
from bot.domain.rules.periods import quarter
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database
from bot.store.orders.confirmations import to_confirmation
from bot.store.records.guild_log import to_act_record
from bot.store.records.stars import FORGOTTEN, changed, leave
from bot.store.records.styles import to_style
from bot.store.rows import policy_of, to_complaint, to_record
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("privacy")
_ORDERS = Statements("orders")
_BATCH = 100
FIRST: tuple[datetime, str] = (from_millis(0), "")  # before all orders
TOLD_WITHIN = timedelta(hours=24)  # the provider forgets its rows after that, and can tell no price any more
HOPELESS_AFTER = timedelta(days=3)  # since an order was made: by then it is over, and told or given up
LOOK_AGAIN = timedelta(minutes=1)  # while something is under way
WAIT = timedelta(hours=6)  # while something still counts
SET_BACK = timedelta(days=1)  # no clock is set back by more
_LONGEST_ORDER = 2 * 24 * 3600 * 1000  # milliseconds from an order to its end, at most: with room to spare


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody asked to be forgotten in a guild, with everything up to `asked_at`."""

    user_id: UserId
    guild_id: GuildId
    asked_at: datetime


class PrivacyRepository:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard

    # What is there.

    async def holdings(self, user_id: UserId) -> Holdings:
        """What the rows have about a member, by guild."""

        def work(db: Connection) -> Holdings:
            rows = _SQL.all(db, "holdings", user_id=user_id)
            asked = _SQL.all(db, "erasures_of", user_id=user_id)
            return Holdings(
                by_guild={GuildId(row["guild_id"]): _to_holding(row) for row in rows},
                asked_at={GuildId(row["guild_id"]): from_millis(row["asked_at"]) for row in asked},
            )

        return await self._db.read_long(work)

    async def orders(
        self, user_id: UserId, guild_id: GuildId, after: tuple[datetime, str] = FIRST
    ) -> Sequence[OrderShown]:
        """A page of the member's orders, oldest first: those that follow the order made `after` (its moment and id)."""

        def work(db: Connection) -> list[OrderShown]:
            asked = {"user_id": user_id, "guild_id": guild_id, "since": to_millis(after[0]), "after": after[1]}
            rows = _SQL.all(db, "orders_of_member", limit=_BATCH, **asked)
            shown: list[OrderShown] = []
            for row in rows:
                generations = _ORDERS.all(db, "generations_of_order", order_id=row["id"])
                costs = _SQL.all(db, "costs_of_order", order_id=row["id"])
                known = {GenerationId(cost["generation_id"]): from_micro(cost["micro_usd"]) for cost in costs}
                shown.append(OrderShown(record=to_record(row, generations), cost=known))
            return shown

        return await self._db.read_long(work)

    async def beside(self, user_id: UserId, guild_id: GuildId) -> Beside:
        """What the rows have about the member besides orders."""

        def work(db: Connection) -> Beside:
            asked = {"user_id": user_id, "guild_id": guild_id}
            confirmations = _SQL.all(db, "confirmations_of_member", **asked)
            acts = _SQL.all(db, "acts_of_member", **asked)
            styles = _SQL.all(db, "styles_of_member", **asked)
            stars = _SQL.all(db, "stars_of_member", **asked)
            complaints = _SQL.all(db, "complaints_of_member", **asked)
            votes = _SQL.all(db, "votes_of_member", **asked)
            return Beside(
                confirmations=[to_confirmation(row) for row in confirmations],
                acts=[to_act_record(row) for row in acts],
                styles=[to_style(row) for row in styles],
                stars=[
                    Star(output=GenerationId(row["generation_id"]), at=from_millis(row["starred_at"])) for row in stars
                ],
                complaints=[to_complaint(row) for row in complaints],
                votes=[(GenerationId(row["generation_id"]), from_millis(row["at"])) for row in votes],
            )

        return await self._db.read_long(work)

    async def guilds_of(self, user_id: UserId) -> Sequence[GuildId]:
        """The guilds whose rows name the member anywhere."""
        rows = await self._db.read(
            lambda db: _SQL.all(db, "guilds_of_member", user_id=user_id, marker=_marker(user_id))
        )
        return [GuildId(row["guild_id"]) for row in rows]

    # Members who are forgotten.

    async def ask(self, user_id: UserId, guilds: Sequence[GuildId], now: datetime) -> None:
        """From now on it is going to happen, whatever breaks: `due` lists it until nothing is left."""
        whose = {"user_id": user_id, "marker": _marker(user_id)}
        at = {"now": to_millis(now), "latest": to_millis(now + SET_BACK)}
        rows = [{**whose, **at, "guild_id": guild_id} for guild_id in guilds]
        await self._db.write(lambda tx: _SQL.many(tx, "ask_erasure", rows=rows))

    async def due(self, now: datetime) -> Sequence[Erasure]:
        """Whose turn it is."""
        soonest = to_millis(now + 2 * WAIT)
        rows = await self._db.read(
            lambda db: _SQL.all(db, "erasures_due", now=to_millis(now), soonest=soonest, limit=_BATCH)
        )
        return [
            Erasure(
                user_id=UserId(row["user_id"]), guild_id=GuildId(row["guild_id"]), asked_at=from_millis(row["asked_at"])
            )
            for row in rows
        ]

    async def forget_some(self, erasure: Erasure, now: datetime) -> int:
        """Takes words and person from some of the orders that allow it; of how many. 0: none allows it now."""
        whose = {"user_id": erasure.user_id, "guild_id": erasure.guild_id}
        about = {**whose, "until": to_millis(erasure.asked_at)}
        told_since, hopeless = to_millis(now - TOLD_WITHIN), to_millis(now - HOPELESS_AFTER)

        def work(tx: Connection) -> int:
            # Of whoever has ordered it nothing is shown any more, before nobody knows who that was.
            for row in _SQL.all(tx, "shown_of_member", **about):
                leave(tx, row["generation_id"], FORGOTTEN, now)
            words = _SQL.all(tx, "words_of_member", hopeless=hopeless, limit=_BATCH, **about)
            forgotten = _forget_words(tx, words, now)
            persons = _SQL.all(tx, "persons_of_member", told_since=told_since, limit=_BATCH, **about)
            return forgotten + _forget_persons(tx, persons)

        return await self._db.write(work)

    async def forget_rest(self, erasure: Erasure, now: datetime) -> bool:
        """Takes the member from all other rows as far as they may go now. Whether nothing is left, and never will be.

        What counts towards limits, and what the audit log says, goes when it is older than `KEPT_FOR`.
        """
        whose = {"user_id": erasure.user_id, "guild_id": erasure.guild_id}
        about = {**whose, "until": to_millis(erasure.asked_at)}
        marker, nobody = _marker(erasure.user_id), partial(without, user_id=erasure.user_id)
        past = min(erasure.asked_at, now - KEPT_FOR)

        def work(tx: Connection) -> bool:
            # What may go at once.
            _SQL.run(tx, "forget_cancels", **about)
            _SQL.run(tx, "forget_confirmations_of", **about)
            starred = _SQL.all(tx, "stars_to_forget", **about)
            _SQL.run(tx, "forget_stars", **about)
            for row in starred:
                changed(tx, row["generation_id"])
            _SQL.run(tx, "forget_votes", **about)
            _SQL.run(tx, "forget_own_styles", **about)
            _SQL.run(tx, "forget_who_shared", **about)
            _SQL.run(tx, "forget_complaints_of", **about)
            _SQL.run(tx, "forget_who_decided", **about)
            _SQL.run(tx, "forget_who_set_payer", **about)
            _SQL.run(tx, "forget_who_set_rules", **about)
            until = to_millis(erasure.asked_at)
            for row in _SQL.all(tx, "notices_naming", guild_id=erasure.guild_id, until=until, marker=marker):
                notice = {"guild_id": erasure.guild_id, "notice_key": row["notice_key"]}
                said: dict[str, Any] = json.loads(row["content"])
                if "best" in said:  # links to results, in the summary of a week
                    best = [one for one in json.loads(said["best"]) if one["requester"] != erasure.user_id]
                    said["best"] = json.dumps(best)
                _SQL.run(tx, "rewrite_notice", content=nobody(json.dumps(said)), **notice)

            # What counts, or is kept for those who look after the guild, when it is old enough.
            for row in _SQL.all(tx, "acts_naming", marker=marker, **whose, until=to_millis(past)):
                _SQL.run(
                    tx,
                    "rewrite_act",
                    by_id=NOBODY if row["by_id"] == erasure.user_id else row["by_id"],
                    subject=nobody(row["subject"]),
                    before=nobody(row["before"]) if row["before"] is not None else None,
                    after=nobody(row["after"]) if row["after"] is not None else None,
                    guild_id=erasure.guild_id,
                    ordinal=row["ordinal"],
                )
            _SQL.run(tx, "forget_tallies", before=quarter(past), **whose)

            left = _SQL.one(tx, "anything_left", marker=marker, **about) is not None
            if left or past < erasure.asked_at:
                due = to_millis(now + (LOOK_AGAIN if left else WAIT))
                _SQL.run(tx, "postpone_erasure", due=due, **whose)
                return False
            _SQL.run(tx, "forget_tallies", before=quarter(past) + 1, **whose)
            _SQL.run(tx, "tally_anew", quarter=quarter(past), **whose)
            _SQL.run(tx, "end_erasure", **whose)
            return True

        return await self._db.write(work)

    async def leave_no_trace(self) -> bool:
        """See `bot.store.database.Database`: what was forgotten is in none of its files any more."""
        return await self._db.leave_no_trace()

    # Prompts that a guild does not keep.

    async def next_guild(self, after: GuildId) -> tuple[GuildId, int | None] | None:
        """The next guild by id that keeps words of orders, with the days for which it wants to; None after the last."""

        def work(db: Connection) -> tuple[GuildId, int | None] | None:
            found: int | None = _SQL.value(db, "next_guild_with_words", after=after)
            if found is None:
                return None
            guild_id = GuildId(found)
            return guild_id, (policy_of(db, guild_id, self._standard)).retention

        return await self._db.read(work)

    async def forget_words_of_guild(self, guild_id: GuildId, before: datetime, now: datetime) -> int:
        """Takes the words from some of the guild's orders that were made before then and are over; of how many."""

        def work(tx: Connection) -> int:
            asked = {"guild_id": guild_id, "before": to_millis(before), "hopeless": to_millis(now - HOPELESS_AFTER)}
            rows = _SQL.all(tx, "words_of_guild", limit=_BATCH, **asked)
            return _forget_words(tx, rows, now)

        return await self._db.write(work)


class LeftGuilds:
    """Guilds that the bot is not in any more: when it left, and what of theirs goes how."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def known(self) -> set[GuildId]:
        """Guilds of which there are rows, but for those of which everything went."""
        rows = await self._db.read(lambda db: _SQL.all(db, "guilds_known"))
        return {GuildId(row["guild_id"]) for row in rows}

    async def noted(self) -> set[GuildId]:
        """Guilds whose departure is in the rows."""
        return {GuildId(row["guild_id"]) for row in await self._db.read(lambda db: _SQL.all(db, "departed"))}

    async def note(self, guild_id: GuildId, now: datetime) -> None:
        """The bot left the guild, now; if that is known already, it was then. What Discord says of it goes at once."""

        def work(tx: Connection) -> None:
            _SQL.run(tx, "note_departure", guild_id=guild_id, now=to_millis(now))
            _SQL.run(tx, "forget_guild_facts", guild_id=guild_id)

        await self._db.write(work)

    async def returned(self, present: Collection[GuildId]) -> Sequence[GuildId]:
        """The bot is in these guilds: which of them it had left. Nothing more of theirs goes; cards are put right."""
        departed = await self._db.read(lambda db: _SQL.all(db, "departed"))
        if not any(row["guild_id"] in present for row in departed):
            return []

        def work(tx: Connection) -> list[GuildId]:
            back = [guild for row in _SQL.all(tx, "departed") if (guild := row["guild_id"]) in present]
            for guild_id in back:
                _SQL.run(tx, "redraw_missed_cards", guild_id=guild_id, window=_LONGEST_ORDER)
                _SQL.run(tx, "forget_departure", guild_id=guild_id)
            return back

        return await self._db.write(work)

    async def due(self, before: datetime) -> Sequence[GuildId]:
        """Guilds that the bot left before then, and of which something is left."""
        rows = await self._db.read(lambda db: _SQL.all(db, "departures_due", before=to_millis(before)))
        return [GuildId(row["guild_id"]) for row in rows]

    async def purge_orders(
        self, guild_id: GuildId, after: tuple[datetime, str], now: datetime
    ) -> tuple[datetime, str] | None:
        """Takes words and persons from the orders that follow `after` (a moment and an id), some of them.

        After which the next ones follow; None when these were the last, or the bot is back in the guild.
        """

        def work(tx: Connection) -> tuple[datetime, str] | None:
            if _SQL.one(tx, "still_gone", guild_id=guild_id) is None:
                return None
            asked = {"guild_id": guild_id, "since": to_millis(after[0]), "after": after[1]}
            rows = _SQL.all(tx, "orders_of_guild", limit=_BATCH, **asked)
            _forget_words(tx, rows, now)
            _forget_persons(tx, rows)
            _SQL.many(tx, "forget_all_cancels", rows=[{"id": row["id"]} for row in rows])
            return (from_millis(rows[-1]["created_at"]), rows[-1]["id"]) if rows else None

        return await self._db.write(work)

    async def purge_rest(self, guild_id: GuildId, now: datetime) -> bool:
        """Deletes whatever else there is of the guild but its books. False: the bot is back, and nothing went."""

        def work(tx: Connection) -> bool:
            if _SQL.one(tx, "still_gone", guild_id=guild_id) is None:
                return False
            _SQL.run(tx, "purge_account", guild_id=guild_id)
            _SQL.run(tx, "purge_rules", guild_id=guild_id)
            _SQL.run(tx, "purge_audit", guild_id=guild_id)
            _SQL.run(tx, "purge_notices", guild_id=guild_id)
            _SQL.run(tx, "purge_confirmations", guild_id=guild_id)
            _SQL.run(tx, "purge_styles", guild_id=guild_id)
            _SQL.run(tx, "purge_stars", guild_id=guild_id)
            _SQL.run(tx, "purge_showcase", guild_id=guild_id)
            _SQL.run(tx, "purge_complaints", guild_id=guild_id)
            _SQL.run(tx, "purge_cases", guild_id=guild_id)
            _SQL.run(tx, "purge_votes", guild_id=guild_id)
            _SQL.run(tx, "purge_queue_turn", guild_id=guild_id)
            _SQL.run(tx, "purge_tallies", guild_id=guild_id)
            _SQL.run(tx, "purge_erasures", guild_id=guild_id)
            _SQL.run(tx, "purged", guild_id=guild_id, now=to_millis(now))
            return True

        return await self._db.write(work)

    async def under_way(self, guild_id: GuildId) -> bool:
        """Whether some order of the guild is not over."""
        return await self._db.read(lambda db: _SQL.one(db, "any_position", guild_id=guild_id)) is not None


def cursor(order: OrderShown) -> tuple[datetime, OrderId]:
    """What follows this order is the next page."""
    return order.record.order.created_at, order.record.order.id


def _forget_words(tx: Connection, orders: Sequence[Row], now: datetime) -> int:
    """The orders keep their amounts, models and times. How many they are; so for the others."""
    _SQL.many(tx, "forget_words", rows=[{"id": order["id"], "now": to_millis(now)} for order in orders])
    _SQL.many(tx, "forget_results", rows=_ids(orders))
    return len(orders)


def _forget_persons(tx: Connection, orders: Sequence[Row]) -> int:
    """Nobody has ordered them, nowhere, and no message tells of them."""
    _SQL.many(tx, "forget_person", rows=_ids(orders))
    _SQL.many(tx, "forget_messages", rows=_ids(orders))
    return len(orders)


def _ids(orders: Sequence[Row]) -> list[Mapping[str, str]]:
    return [{"id": order["id"]} for order in orders]


def _marker(user_id: UserId) -> str:
    """Texts that may name the member. A longer number matches too: `without` looks closer."""
    return f"%{user_id}%"


def _to_holding(row: Row) -> Holding:
    return Holding(
        guild_id=GuildId(row["guild_id"]),
        orders=row["orders"],
        videos=row["videos"],
        prompts=row["prompts"],
        files=row["files"],
        open=row["open"],
        acts=row["acts"],
        styles=row["styles"],
        stars=row["stars"],
        complaints=row["complaints"],
        spent=from_micro(row["micro_usd"]),
        since=from_millis(row["since"]) if row["since"] is not None else None,
    )
