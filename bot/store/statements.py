"""The named statements of the .sql files in this package.

A file is a list of blocks: a line `-- name: x`, then one statement, with comments if it needs any. Values are written
as `:value`. `tests/store/test_statements.py` compares every use with its statement: the name and the values.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
SqlValue = str | int | float | None
Values = Mapping[str, SqlValue] | Sequence[SqlValue]

_HERE = Path(__file__).parent
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_TOKEN = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^-/'";]+|.""", re.DOTALL)


class Row(Protocol):
    """One row, by the name and by the number of a column."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> list[str]: ...


class Result(Protocol):
    """What a statement brought."""

    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> list[Any]: ...


class Cursor(Protocol):
    """For a statement with many values."""

    def executemany(self, statement: str, rows: Iterable[Values], /) -> object: ...


class Connection(Protocol):
    """What a unit of work needs of a connection: that of `sqlite3` has it, and so has `bot.store.postgres`."""

    def cursor(self) -> Cursor: ...

    def execute(self, statement: str, values: Values = (), /) -> Result: ...


@dataclass(frozen=True, slots=True)
class Single(Generic[T]):
    """A unit of work that is one statement: it is all of one moment, and undone alone, without a transaction."""

    work: Callable[[Connection], T]

    def __call__(self, connection: Connection) -> T:
        return self.work(connection)


class Statements:
    """`Statements("orders")` are those of `orders.sql`, wherever it lies in this package; read when first asked."""

    def __init__(self, family: str) -> None:
        self._family = family

    def one(self, connection: Connection, name: str, /, **values: SqlValue) -> Row | None:
        """The first row, or None."""
        rows = self.all(connection, name, **values)
        return rows[0] if rows else None

    def all(self, connection: Connection, name: str, /, **values: SqlValue) -> list[Row]:
        """All rows."""
        return connection.execute(self.text(name), values).fetchall()

    def run(self, connection: Connection, name: str, /, **values: SqlValue) -> int:
        """How many rows were touched."""
        return connection.execute(self.text(name), values).rowcount

    def row(self, name: str, /, **values: SqlValue) -> Single[Row | None]:
        """`one` as a unit of work of its own."""
        return Single(lambda connection: self.one(connection, name, **values))

    def rows(self, name: str, /, **values: SqlValue) -> Single[list[Row]]:
        """`all` as a unit of work of its own."""
        return Single(lambda connection: self.all(connection, name, **values))

    def change(self, name: str, /, **values: SqlValue) -> Single[int]:
        """`run` as a unit of work of its own."""
        return Single(lambda connection: self.run(connection, name, **values))

    def many(self, connection: Connection, name: str, /, rows: Iterable[Mapping[str, SqlValue]]) -> None:
        """The statement once for each of `rows`."""
        connection.cursor().executemany(self.text(name), rows)

    def value(self, connection: Connection, name: str, /, **values: SqlValue) -> Any:
        """The first column of the first row, or None."""
        row = self.one(connection, name, **values)
        return row[0] if row is not None else None

    def text(self, name: str) -> str:
        """The statement itself. Raises `KeyError`."""
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


def tokens(text: str) -> list[str]:
    """Its parts: comments, what is in quotes (each begins as such), semicolons, and whatever is between them."""
    return _TOKEN.findall(text)


def split(text: str) -> list[str]:
    """The statements of an SQL text, without the comments between them. A semicolon in quotes ends none."""
    statements = [""]
    for part in tokens(text):
        if part == ";":
            statements.append("")
        elif statements[-1] or not part.startswith(("--", "/*")):
            statements[-1] = (statements[-1] + part).lstrip()
    return [each.rstrip() for each in statements if each.strip()]
