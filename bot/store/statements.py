"""The named statements of the .sql files in this package.

A file is a list of blocks: a line `-- name: x`, then one statement, with comments if it needs any. Values are written
as `:value`. `tests/store/test_statements.py` compares every use with its statement: the name and the values.
"""

import functools
import re
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosqlite

Row = sqlite3.Row
SqlValue = str | int | float | None

_HERE = Path(__file__).parent
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_TOKEN = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^-/'";]+|.""", re.DOTALL)


class Statements:
    """`Statements("orders")` are those of `orders.sql`, wherever it lies in this package; read when first asked."""

    def __init__(self, family: str) -> None:
        self._family = family

    async def one(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> Row | None:
        """The first row, or None."""
        rows = await self.all(connection, name, **values)
        return rows[0] if rows else None

    async def all(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> list[Row]:
        """All rows."""
        return list(await connection.execute_fetchall(self.text(name), values))

    async def run(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> int:
        """How many rows were touched."""
        return (await connection.execute(self.text(name), values)).rowcount

    async def many(
        self, connection: aiosqlite.Connection, name: str, /, rows: Sequence[Mapping[str, SqlValue]]
    ) -> None:
        """The statement once for each of `rows`, in one way to the connection's thread."""
        await connection.executemany(self.text(name), rows)

    async def value(self, connection: aiosqlite.Connection, name: str, /, **values: SqlValue) -> Any:
        """The first column of the first row, or None."""
        row = await self.one(connection, name, **values)
        return row[0] if row is not None else None

    def text(self, name: str) -> str:
        """The statement itself, for a connection that is not asynchronous. Raises `KeyError`."""
        return read(self._family)[name]


@functools.cache
def read(family: str) -> Mapping[str, str]:
    """The statements of `<family>.sql` by name. Raises `ValueError` when a block is no single statement."""
    (path,) = _HERE.rglob(f"{family}.sql")
    _, *blocks = _NAME.split(path.read_text(encoding="utf-8"))
    statements: dict[str, str] = {}
    for name, block in zip(blocks[::2], blocks[1::2], strict=True):
        found = split(block)
        if name in statements or len(found) != 1:
            raise ValueError(f"{path.name}: {name} has to be one statement, once")
        statements[name] = found[0]
    return statements


def split(text: str) -> list[str]:
    """The statements of an SQL text, without the comments between them. A semicolon in quotes ends none."""
    statements = [""]
    for part in _TOKEN.findall(text):
        if part == ";":
            statements.append("")
        elif statements[-1] or not part.startswith(("--", "/*")):
            statements[-1] = (statements[-1] + part).lstrip()
    return [each.rstrip() for each in statements if each.strip()]
