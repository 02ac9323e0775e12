"""The named statements of one .sql file, loaded with aiosql.

aiosql's functions are made at run time and take anything; `Statements` gives them the three shapes that the
repositories use, so that types and typing errors stop here.
"""

import functools
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
import aiosqlite

Row = sqlite3.Row
SqlValue = str | int | float | None

_aiosql: Any = aiosql  # its signatures are half unknown
_HERE = Path(__file__).parent


class Statements:
    """`Statements("orders")` reads `orders.sql` beside this file."""

    def __init__(self, family: str) -> None:
        self._queries = _load(family)

    async def one(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> Row | None:
        """The only row of a `^` statement, or None."""
        rows = await self.all(connection, name, **values)
        return rows[0] if rows else None

    async def all(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> list[Row]:
        """All rows of a statement."""
        return list(await connection.execute_fetchall(self._text(name), values))

    async def run(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> int:
        """The number of rows that a `!` statement touched."""
        return (await connection.execute(self._text(name), values)).rowcount

    async def many(
        self, connection: aiosqlite.Connection, name: str, /, rows: Sequence[Mapping[str, SqlValue]]
    ) -> None:
        """A `!` statement once for each of `rows`: one way to the connection's thread for all of them."""
        await connection.executemany(self._text(name), rows)

    async def value(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> Any:
        """The first column of the only row of a `$` statement."""
        row = await self.one(connection, name, **values)
        return row[0] if row is not None else None

    def _text(self, name: str) -> str:
        """Aiosql's own calls go to the connection's thread three times for each statement; one way is enough."""
        text: str = getattr(self._queries, name).sql
        return text


@functools.cache
def _load(family: str) -> Any:
    return _aiosql.from_path(next(_HERE.rglob(f"{family}.sql")), "aiosqlite")
