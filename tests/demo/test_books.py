"""Drover's ledger as the demo's auditor reads it, from a database with the bot's own schema."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from sandbox.demo import books

_ORDER = """
    INSERT INTO orders (id, guild_id, channel_id, card_message_id, requester_id, locale, kind, model_id, model_name,
        prompt, parameters, namespace, created_at, send_due_at)
    VALUES ('o', 9, 1, 55, 2, 'en-US', 'image', 'm', 'M', 'a fox', '{}', 'film-club', 1, 1)
"""
_GENERATION = """
    INSERT INTO generations (id, order_id, ordinal, state, remote_id, ended_at, cost_known_at)
    VALUES (?, 'o', ?, ?, ?, ?, ?)
"""
_ENTRY = (
    "INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at) VALUES (?, ?, 9, 'film-club', ?, 1)"
)


def test_what_each_generation_cost(tmp_path: Path) -> None:
    database = tmp_path / "drover.sqlite3"
    migrate(database, MIGRATIONS)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(_ORDER)
        for row in (
            ("a", 1, "succeeded", "r1", 5, 6),
            ("b", 2, "failed", "r2", 5, None),
            ("c", 3, "processing", "r3", None, None),
        ):
            connection.execute(_GENERATION, row)
        for entry in (
            *(
                ("a", "reserve", 130_000),
                ("a", "release", -130_000),
                ("a", "charge", 130_000),
                ("a", "adjust", -30_000),
            ),
            *(("b", "reserve", 130_000), ("b", "release", -130_000), ("b", "unclear", 130_000)),
            ("c", "reserve", 130_000),
        ):
            connection.execute(_ENTRY, entry)
    made, failed, open_ = books.read(database)
    assert (made.guild_id, made.card, made.remote_id, made.namespace) == ("9", "55", "r1", "film-club")
    assert (made.spent, made.reserved, made.settled) == (Decimal("0.10"), 0, True)
    assert (failed.spent, failed.reserved, failed.unclear, failed.settled) == (0, 0, Decimal("0.13"), False)
    assert (open_.spent, open_.reserved, open_.settled) == (0, Decimal("0.13"), False)
