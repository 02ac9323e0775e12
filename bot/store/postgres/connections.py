"""A connection to PostgreSQL as a unit of work sees it: the same statements, values and rows as on SQLite's."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

import psycopg
from psycopg import adapters as standard
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.abc import Transformer as Loading
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult
from psycopg.rows import RowMaker
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown

from bot.store.statements import Values, tokens

_VALUE = re.compile(r"(?<!:):(\w+)")
_PLACE = re.compile(rb"%\((\w+)\)s|%%")
_DONE = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY}
# Of values: int8, float8, and what the statement makes of it.
_TYPES: Mapping[object, int] = {int: 20, bool: 20, float: 701}
_UNKNOWN = 0
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
        return columns_of(cursor.pgresult)


@functools.lru_cache(maxsize=1024)
def row_type(columns: tuple[bytes | None, ...]) -> type[Row]:
    """Rows with columns of these names."""
    names = [column.decode() for column in columns if column is not None]
    first = {name: names.index(name) for name in names}  # of two of one name the first, as in SQLite
    return type("Row", (Row,), {"__slots__": (), "columns": first})


def columns_of(result: PGresult | None) -> "RowMaker[Row]":
    """What makes the rows of that result."""
    return row_type(tuple(result.fname(n) for n in range(result.nfields)) if result is not None else ())


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


class Answer:
    """What a statement brought, as far as we ask psycopg's cursor for it."""

    def __init__(self, result: PGresult, rows: list[Row]) -> None:
        self._rows = rows
        self.rowcount = result.command_tuples or 0
        self.statusmessage = (result.command_status or b"").decode()

    def fetchall(self) -> list[Row]:
        return self._rows

    def fetchone(self) -> Row | None:
        return self._rows[0] if self._rows else None

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


class DirectConnection(psycopg.Connection[Row]):
    """One that has libpq execute a statement in one call.

    psycopg's cursor is a generator that waits for the socket: several times for each statement it lets go of Python's
    lock, and then waits until the event loop lets go of it. On a busy day that was most of a transaction's time, and
    the cursor's own Python a fifth of what an order costs. Whoever asks here is in a thread, with nothing else to do.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._named: dict[tuple[bytes, tuple[int, ...]], bytes] = {}  # names, by statements and types of values
        self._makers: dict[bytes, RowMaker[Row]] = {}  # by these names
        self._loading: Loading | None = None

    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool = False
    ) -> "psycopg.Cursor[Row]":
        """Raises `psycopg.Error`."""
        statement: Any = query.encode() if isinstance(query, str) else query
        ours = isinstance(statement, bytes) and (params is None or isinstance(params, dict))
        if not ours or prepare or binary:
            return super().execute(statement, cast("Any", params), prepare=prepare, binary=binary)
        with self.lock:
            if params is not None:
                answer = self._ask(statement, cast("dict[str, Any]", params))
            else:
                result = self._done(self.pgconn.exec_, statement)
                answer = Answer(result, self._rows(result, columns_of(result)))
        return cast("psycopg.Cursor[Row]", answer)

    def _ask(self, query: bytes, params: dict[str, Any]) -> Answer:
        statement, names = numbered(query)
        values: list[object] = [params[name] for name in names]
        key = query, tuple(_TYPES.get(type(value), _UNKNOWN) for value in values)
        name = self._named.get(key)
        if name is None:
            name = b"drover_%d" % len(self._named)
            self._done(self.pgconn.prepare, name, statement, key[1])
            self._named[key] = name
        try:
            result = self._done(self.pgconn.exec_prepared, name, [_written(value) for value in values])
        except psycopg.errors.FeatureNotSupported:  # its columns are others by now: a newer version has migrated
            self.close()  # on another connection it is prepared anew
            raise
        make = self._makers.get(name)
        if make is None:
            make = self._makers[name] = columns_of(result)
        return Answer(result, self._rows(result, make))

    def _done(self, call: Any, *given: Any) -> PGresult:
        try:
            result = call(*given)
        except MemoryError:  # so it is called when nothing could be sent
            raise psycopg.OperationalError(self.pgconn.get_error_message()) from None
        if result.status not in _DONE:
            error = error_from_result(result)
            if self.closed and error.sqlstate is None:  # not the server says so, but libpq, which has lost it
                raise psycopg.OperationalError(str(error))
            raise error
        return result

    def _rows(self, result: PGresult, make: RowMaker[Row]) -> list[Row]:
        if not result.ntuples:
            return []
        if self._loading is None:
            self._loading = Transformer(self)
        self._loading.set_pgresult(result)
        return self._loading.load_rows(0, result.ntuples, make)


@functools.lru_cache(maxsize=2048)
def numbered(query: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A statement with `%(value)s` as PostgreSQL takes it, with `$1`, and the names of its values in that order."""
    names: dict[bytes, int] = {}

    def place(found: re.Match[bytes]) -> bytes:
        return b"$%d" % names.setdefault(found[1], len(names) + 1) if found[1] else b"%"

    statement = _PLACE.sub(place, query)
    return statement, tuple(name.decode() for name in names)


def _written(value: object) -> bytes | None:
    """PostgreSQL's texts hold no NUL: what somebody else wrote is kept with a mark in its place."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode()
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, float):
        return repr(value).encode()
    raise psycopg.ProgrammingError(f"no value of a statement: {type(value).__name__}")


def connect(url: str, **given: Any) -> "psycopg.Connection[Row]":
    """A connection of its own, besides the pool's. Raises `psycopg.Error`."""
    return DirectConnection.connect(conninfo(url), **parameters(), **given)


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
