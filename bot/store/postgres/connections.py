"""A connection to PostgreSQL as a unit of work sees it: the same statements, values and rows as on SQLite's."""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast

import psycopg
from psycopg import adapters as standard
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import RowMaker
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown

from bot.store.statements import Values, tokens

_VALUE = re.compile(r"(?<!:):(\w+)")
_OF_THE_SERVER = "-c statement_timeout=60s -c idle_in_transaction_session_timeout=60s -c client_min_messages=warning"
_PREPARED = 500  # statements for each connection: all that we have
_OF_THE_NETWORK: Mapping[str, int] = {  # a server that is gone without a word is noticed within 15 seconds
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}


class Row(tuple[Any, ...]):
    """One row, by the number and by the name of a column, as that of `sqlite3`."""

    __slots__ = ()
    columns: ClassVar[Mapping[str, int]] = {}

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.columns[key] if isinstance(key, str) else key)

    def keys(self) -> list[str]:
        return list(self.columns)

    @staticmethod
    def factory(cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any]) -> "RowMaker[Row]":
        """What makes the rows of the cursor's present result."""
        result = cursor.pgresult
        return row_type(tuple(result.fname(n) for n in range(result.nfields)) if result is not None else ())


@functools.lru_cache(maxsize=1024)
def row_type(columns: tuple[bytes | None, ...]) -> type[Row]:
    """Rows with columns of these names."""
    names = [column.decode() for column in columns if column is not None]
    first = {name: names.index(name) for name in names}  # of two of one name the first, as in SQLite
    return type("Row", (Row,), {"__slots__": (), "columns": first})


class _Text(StrDumperUnknown):
    """PostgreSQL's texts hold no NUL: what somebody else wrote is kept with a mark in its place."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


class _Truth(Int8Dumper):
    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _Whole(Loader):
    """What PostgreSQL adds up, it makes NUMERIC. All our amounts are whole. Raises `ValueError` for one that is not."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


class _Context:
    """How values become PostgreSQL's and come back."""

    connection = None

    def __init__(self) -> None:
        self.adapters = AdaptersMap(standard)
        self.adapters.register_dumper(int, Int8Dumper)  # whatever its size, so that each statement is prepared once
        self.adapters.register_dumper(bool, _Truth)
        self.adapters.register_dumper(str, _Text)
        self.adapters.register_loader("numeric", _Whole)


def conninfo(url: str) -> str:
    """What libpq is told: the URL, and what the operator has not decided in it. Raises `psycopg.ProgrammingError`."""
    given = conninfo_to_dict(url)
    options = f"{_OF_THE_SERVER} {given.get('options') or ''}".rstrip()
    settings: dict[str, Any] = {"application_name": "drover", **_OF_THE_NETWORK, **given, "options": options}
    return make_conninfo("", **settings)


def parameters() -> dict[str, Any]:
    """How each of our connections is opened, besides `conninfo`: with no transaction but those that we begin."""
    return {"autocommit": True, "row_factory": Row.factory, "context": _Context(), "prepare_threshold": 2}


def connect(url: str, **given: Any) -> "psycopg.Connection[Row]":
    """A connection of its own, besides the pool's. Raises `psycopg.Error`."""
    return cast("psycopg.Connection[Row]", psycopg.connect(conninfo(url), **parameters(), **given))


def prepare(db: "psycopg.Connection[Row]") -> None:
    """For one that is used for long: it keeps every statement of ours prepared."""
    db.prepared_max = _PREPARED


class Session:
    """What a unit of work gets: `sqlite3`'s way to ask, on a connection of psycopg's."""

    def __init__(self, raw: "psycopg.Connection[Row]") -> None:
        self._raw = raw

    def execute(self, statement: str, values: Values = (), /) -> "psycopg.Cursor[Row]":
        return self._raw.execute(translated(statement), values or {})

    def cursor(self) -> "_Many":
        return _Many(self._raw.cursor())


class _Many:
    """A statement for many values."""

    def __init__(self, cursor: "psycopg.Cursor[Row]") -> None:
        self._cursor = cursor

    def executemany(self, statement: str, rows: Iterable[Values], /) -> None:
        self._cursor.executemany(translated(statement), rows)


@functools.lru_cache(maxsize=2048)
def translated(statement: str) -> bytes:
    """A statement as psycopg takes it: `:value` is `%(value)s`, and a per cent sign is doubled. Once for each."""
    parts = (
        part if part.startswith(("'", '"', "--", "/*")) else _VALUE.sub(r"%(\1)s", part)
        for part in tokens(statement.replace("%", "%%"))
    )
    return "".join(parts).encode()
