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
    """`generations` by kind and state, `posts` by state, `queued` orders by stage; what is 0 may be missing.

    `waiting_since`: when the order that is longest in a stage came to it, by the stage. `unknown_since`: when the order
    was sent that has been looked up for longest. `held`: posts whose result is told on the card alone. `owed_since`:
    when the post that waits longest was due. `costs_untold`: successes of the last day. `keys_refused`: servers' own
    keys that Oxen takes no more. `reserved`, `unclear` and `charged` in USD; `charged` only where it was asked for.
    """

    generations: Mapping[tuple[str, str], int]
    queued: Mapping[str, int]
    waiting_since: Mapping[str, datetime]
    unknown_since: datetime | None
    posts: Mapping[str, int]
    held: int
    owed_since: datetime | None
    notices: int
    cards: int
    costs_untold: int
    keys_refused: int
    reserved: Decimal
    unclear: Decimal
    charged: Decimal | None


async def figures(db: Database, now: datetime, *, charged: bool = False) -> Figures:
    """One read; each number is found by an index that knows only what is open, however much is over.

    `charged` is not: it adds up a row for each server and each quarter of an hour in which something was ordered there.
    """

    def work(reader: Connection) -> Figures:
        queued = _SQL.all(reader, "queued")
        unknown_since = _SQL.value(reader, "unknown_since")
        reserved, unclear = _SQL.value(reader, "reserved"), _SQL.value(reader, "unclear")
        posts = _SQL.all(reader, "posts_owed")
        due = [row["due_at"] for row in posts]
        return Figures(
            generations={(row["kind"], row["state"]): row["number"] for row in _SQL.all(reader, "generations_open")},
            queued={row["stage"]: row["number"] for row in queued},
            waiting_since={row["stage"]: from_millis(row["since"]) for row in queued},
            unknown_since=from_millis(unknown_since) if unknown_since is not None else None,
            posts={row["state"]: row["number"] for row in posts},
            held=_SQL.value(reader, "posts_held"),
            owed_since=from_millis(min(due)) if due else None,
            notices=_SQL.value(reader, "notices_owed"),
            cards=_SQL.value(reader, "cards_stale"),
            costs_untold=_SQL.value(reader, "costs_untold", since=to_millis(now - _TOLD_WITHIN)),
            keys_refused=_SQL.value(reader, "keys_refused"),
            reserved=from_micro(reserved),
            unclear=from_micro(unclear),
            charged=from_micro(_SQL.value(reader, "booked") - reserved - unclear) if charged else None,
        )

    return await db.read(work)
