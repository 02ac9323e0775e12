"""A database with a past: orders that are over, and orders that the provider is at work on."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.domain.clock import SystemClock, to_millis
from bot.domain.ids import IdMaker
from bot.settings import MIGRATIONS
from bot.store.migrations import migrate

_NOT_BOOKED = None  # no quote: the ledger is measured with what is over
_ORDER = (
    "INSERT INTO orders (id, guild_id, channel_id, card_message_id, requester_id, locale, kind, model_id, model_name, "
    "prompt, parameters, namespace, quote_micro_usd, created_at, send_due_at, sent_at, send_attempts, revision, "
    "card_revision, card_due_at) VALUES (?, ?, ?, ?, 1150000000000000012, 'en-US', ?, ?, 'Bench', 'a fox in the snow', "
    "'{}', ?, ?, ?, ?, ?, 1, 3, 3, 0)"
)


@dataclass(frozen=True, slots=True)
class Flight:
    """A generation under way: the provider's id, its namespace, seconds since its enqueue, and the order's card."""

    remote_id: str
    namespace: str
    age: float
    model: str
    card: int
    channel: int
    guild: int

    @property
    def kind(self) -> str:
        return "video" if "video" in self.model else "image"


def make(path: Path, flights: Sequence[Flight], *, finished: int = 0, namespaces: int = 1) -> None:
    """A migrated database at `path` with these under way and so many over."""
    migrate(path, MIGRATIONS)
    fill(path, flights, finished=finished, namespaces=namespaces)


def fill(path: Path, flights: Sequence[Flight], *, finished: int = 0, namespaces: int = 1) -> None:
    """Puts these under way and so many over into a database of any version: all columns are as old as the tables."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA synchronous = OFF")
        _past(db, finished, namespaces)
        _present(db, flights)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _present(db: sqlite3.Connection, flights: Iterable[Flight]) -> None:
    clock = SystemClock()
    new_id, now = IdMaker(clock), clock.now()
    for flight in flights:
        at, order_id = to_millis(now - timedelta(seconds=flight.age)), new_id()
        db.execute(
            _ORDER,
            (order_id, flight.guild, flight.channel, flight.card, flight.kind, flight.model, flight.namespace,
             _NOT_BOOKED, at, at, at),
        )  # fmt: skip
        db.execute(
            "INSERT INTO generations (id, order_id, ordinal, state, remote_id, queued_at, started_at) "
            "VALUES (?, ?, 1, 'processing', ?, ?, ?)",
            (new_id(), order_id, flight.remote_id, at, at),
        )
    if any(column[1] == "kind" for column in db.execute("PRAGMA table_info(generations)")):
        db.execute(
            "UPDATE generations SET kind = (SELECT o.kind FROM orders AS o WHERE o.id = generations.order_id) "
            "WHERE ended_at IS NULL"
        )


def _past(db: sqlite3.Connection, finished: int, namespaces: int) -> None:
    clock = SystemClock()
    new_id, now = IdMaker(clock), clock.now()
    orders, generations, posts, entries = [], [], [], []
    for index in range(finished):
        at = to_millis(now - timedelta(days=30) * (index + 1) / finished)
        order_id, generation_id, post_id = new_id(), new_id(), new_id()
        guild, namespace = index % 100, f"space-{index % namespaces}"
        orders.append((order_id, guild, guild, 10_000 + index, "video", "some-model", namespace, 350_000, at, at, at))
        posts.append((post_id, order_id, at, at))
        generations.append((generation_id, order_id, f"over-{index}", at, at, at, "https://results.invalid/x", post_id))
        entries += [(generation_id, kind, guild, namespace, usd, at) for kind, usd in _BOOKED]
    db.executemany(_ORDER, orders)
    db.executemany(
        "INSERT INTO posts (id, order_id, part, state, due_at, attempts, message_id, ended_at) "
        "VALUES (?, ?, 1, 'delivered', ?, 1, 5, ?)",
        posts,
    )
    db.executemany(
        "INSERT INTO generations (id, order_id, ordinal, state, remote_id, queued_at, started_at, ended_at, "
        "result_url, post_id) VALUES (?, ?, 1, 'succeeded', ?, ?, ?, ?, ?, ?)",
        generations,
    )
    db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", entries)


_BOOKED = (("reserve", 350_000), ("release", -350_000), ("charge", 350_000))


class Anything(dict[str, int]):
    """A value for whatever parameter a statement has."""

    def __missing__(self, _: str) -> int:
        return 50
