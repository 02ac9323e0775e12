"""A server's rules and rows as they were left by an earlier run of the bot: written before it starts."""

import sqlite3
from contextlib import closing
from typing import Any

from bot.domain.rules.policy import GuildPolicy, dump_policy
from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from tests.e2e.kit import Harness

FILM_CLUB = 1150000000000000100


def settle(harness: Harness, **rules: Any) -> None:
    """Film Club's rules, while the bot is away."""
    database = harness.folder / "drover.sqlite3"
    migrate(database, MIGRATIONS)
    run(
        harness,
        "INSERT INTO guild_policies VALUES (?, ?, 0, 0)"
        " ON CONFLICT (guild_id) DO UPDATE SET content = excluded.content",
        FILM_CLUB,
        dump_policy(GuildPolicy(**rules)),
    )


def run(harness: Harness, statement: str, *values: object) -> list[Any]:
    """A statement on the bot's database, while it is away, or one that only reads."""
    with closing(sqlite3.connect(harness.folder / "drover.sqlite3")) as db, db:
        return db.execute(statement, values).fetchall()
