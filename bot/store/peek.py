"""A look into the database from beside the bot: read-only, at one moment, without its connections."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosql

from bot.domain.ids import GuildId
from bot.store.faults import open_to_read

_aiosql: Any = aiosql  # its signatures are half unknown
_SQL = Path(__file__).with_suffix(".sql")


def namespaces(database: Path) -> list[tuple[str, GuildId]]:
    """The namespaces that guilds have set, each with a guild. Raises `sqlite3.Error`."""
    rows = _rows(database, lambda statements, db: statements.namespaces(db))
    return [(namespace, GuildId(guild_id)) for namespace, guild_id in rows]


def remote_ids(database: Path) -> set[str]:
    """The provider's ids that belong to orders. Raises `sqlite3.Error`."""
    return set(_column(database, lambda statements, db: statements.remote_ids(db)))


def orders_on_their_way(database: Path) -> list[str]:
    """The orders whose ids at the provider are still to be learnt. Raises `sqlite3.Error`."""
    return _column(database, lambda statements, db: statements.orders_on_their_way(db))


def _column(database: Path, ask: Callable[[Any, sqlite3.Connection], Any]) -> list[str]:
    return [str(row[0]) for row in _rows(database, ask)]


def _rows(database: Path, ask: Callable[[Any, sqlite3.Connection], Any]) -> list[tuple[Any, ...]]:
    with closing(open_to_read(database)) as db:
        return list(ask(_aiosql.from_path(_SQL, "sqlite3"), db))
