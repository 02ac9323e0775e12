"""What is not over, in numbers: for whoever watches the installation. Of all guilds together, and of nobody by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.clock import from_millis, to_millis
from bot.domain.money import from_micro
from bot.store.database import Database
from bot.store.statements import Connection, Statements

_SQL = Statements("figures")
_TOLD_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`generations` and `posts` by state, `queued` orders by stage; what is 0 may be missing.

    `held`: posts whose result is told on the card alone. `owed_since`: when the post that waits longest was due.
    `costs_untold`: successes of the last day. `reserved` and `unclear` in USD.
    """

    generations: Mapping[str, int]
    queued: Mapping[str, int]
    posts: Mapping[str, int]
    held: int
    owed_since: datetime | None
    notices: int
    cards: int
    costs_untold: int
    reserved: Decimal
    unclear: Decimal


async def figures(db: Database, now: datetime) -> Figures:
    """One read; each number is found by an index that knows only what is open, however much is over."""

    def work(reader: Connection) -> Figures:
        posts = _SQL.all(reader, "posts_owed")
        due = [row["due_at"] for row in posts]
        return Figures(
            generations={row["state"]: row["number"] for row in _SQL.all(reader, "generations_open")},
            queued={row["stage"]: row["number"] for row in _SQL.all(reader, "queued")},
            posts={row["state"]: row["number"] for row in posts},
            held=_SQL.value(reader, "posts_held"),
            owed_since=from_millis(min(due)) if due else None,
            notices=_SQL.value(reader, "notices_owed"),
            cards=_SQL.value(reader, "cards_stale"),
            costs_untold=_SQL.value(reader, "costs_untold", since=to_millis(now - _TOLD_WITHIN)),
            reserved=from_micro(_SQL.value(reader, "reserved")),
            unclear=from_micro(_SQL.value(reader, "unclear")),
        )

    return await db.read(work)
