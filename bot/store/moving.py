"""Everything from one database into another, empty one: SQLite's file into a PostgreSQL, or back.

One transaction: an attempt that was broken off leaves nothing behind, and can be made again. Before it is committed,
every row is read back and compared. Tables, keys and references are those that the migrations make.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bot.domain.errors import OperatorError
from bot.store.migrations import read_texts
from bot.store.statements import Connection, SqlValue
from bot.store.storage import Storage

_CHUNK = 1000  # rows
_BOOKS = "SELECT COALESCE(SUM(micro_usd), 0) FROM entries"
_NOT_MOVED = {"schema_migrations", "schema_serves", "processes", "writers"}  # each database's own


class MoveError(OperatorError):
    """Nothing was moved; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is its primary key; `itself` are the columns that refer to other rows of the table."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    itself: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many rows of each table, and what the ledger adds up to, in micro-USD."""

    rows: Mapping[str, int]
    micro_usd: int


def move(source: Storage, target: Storage, migrations: Path) -> Moved:
    """Copies every row of `source` into `target`, whose schema is made first. Neither may be in use.

    Raises `MoveError`, `DatabaseInUse`, `DatabaseFault`.
    """
    if str(source) == str(target):
        raise MoveError("source and target are the same database; name two")
    with source.sole_user(), target.sole_user():
        state = source.inspect(migrations)
        if not state.applied:
            raise MoveError(f"there is no database at {source}")
        if state.pending:
            raise MoveError(f"{source} is of an older version. Run `drover migrate` on it first")
        target.migrate(migrations)
        moved = tables(migrations)
        with source.reading() as old, target.changing() as new:
            for table in moved:
                if next(_chunks(new, table, 1), None):
                    raise MoveError(f"{target} is not empty: there are {table.name} in it. Name an empty database")
            rows = {table.name: _copy(old, new, table) for table in moved}
            books = [db.execute(_BOOKS, {}).fetchall()[0][0] for db in (old, new)]
            if books[0] != books[1]:
                raise MoveError("the ledgers did not add up to the same; nothing was moved")
            return Moved(rows=rows, micro_usd=books[0])


def tables(migrations: Path) -> list[Table]:
    """All tables with rows of ours, each after those to which it refers."""
    with closing(sqlite3.connect(":memory:")) as schema:
        for text in read_texts(migrations).values():
            schema.executescript(text)
        names = {name for (name,) in schema.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        found: dict[str, Table] = {}
        refers: dict[str, set[str]] = {}
        for name in sorted(names - _NOT_MOVED):
            columns = schema.execute(f"PRAGMA table_info({name})").fetchall()
            references = [(row[2], row[3]) for row in schema.execute(f"PRAGMA foreign_key_list({name})")]
            found[name] = Table(
                name=name,
                columns=tuple(column[1] for column in columns),
                key=tuple(column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5]),
                itself=tuple(column for other, column in references if other == name),
            )
            refers[name] = {other for other, _ in references if other != name}
    return [found[name] for name in TopologicalSorter(refers).static_order()]


def _copy(old: Connection, new: Connection, table: Table) -> int:
    """How many rows; those that refer to the same table do so once all are there. Raises `MoveError`."""
    names, values = ", ".join(table.columns), ", ".join(f":{column}" for column in table.columns)
    where = " AND ".join(f"{column} = :{column}" for column in table.key)
    for chunk in _chunks(old, table, _CHUNK):
        new.cursor().executemany(
            f"INSERT INTO {table.name} ({names}) VALUES ({values})",
            [{**row, **dict.fromkeys(table.itself)} for row in chunk],
        )
    for column in table.itself:
        for chunk in _chunks(old, table, _CHUNK):
            new.cursor().executemany(
                f"UPDATE {table.name} SET {column} = :{column} WHERE {where}",
                [{name: row[name] for name in (*table.key, column)} for row in chunk if row[column] is not None],
            )
    count = 0
    for before, after in zip_longest(_chunks(old, table, _CHUNK), _chunks(new, table, _CHUNK), fillvalue=()):
        # PostgreSQL's texts hold no NUL.
        plain = [
            {name: v.replace("\0", "\ufffd") if isinstance(v, str) else v for name, v in row.items()} for row in before
        ]
        if plain != list(after):
            raise MoveError(f"the rows of {table.name} were not the same after they had been copied; nothing was moved")
        count += len(before)
    return count


def _chunks(db: Connection, table: Table, size: int) -> Iterator[Sequence[Mapping[str, SqlValue]]]:
    """All rows in the order of the key, some at a time."""
    key, names = ", ".join(table.key), ", ".join(table.columns)
    last: dict[str, Any] = {}
    while True:
        after = f"WHERE ({key}) > ({', '.join(f':{column}' for column in table.key)}) " if last else ""
        query = f"SELECT {names} FROM {table.name} {after}ORDER BY {key} LIMIT {size}"
        rows = [dict(row) for row in db.execute(query, last).fetchall()]
        if not rows:
            return
        yield rows
        last = {column: rows[-1][column] for column in table.key}
