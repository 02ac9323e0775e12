"""PostgreSQL as several processes see it, played on one SQLite in memory: the real store and the real membership on it.

A unit of work of `bot.store.postgres` runs at once and by itself here: no two transactions are ever open, so a lock
never has to be waited for. What can go wrong with a connection is played: it is lost before or after a COMMIT, ended by
an eviction, or the process cannot reach the server for a while. A process that dies is rolled back.
"""

import functools
import json
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, nullcontext
from typing import Any, Self

import psycopg
from psycopg_pool import PoolTimeout

from tests.simulation.virtual import EPOCH, VirtualLoop
from tests.simulation.world import World

Heard = Callable[[str], None]
IN_TRANSACTION, IDLE = psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.IDLE
_VALUE = re.compile(r"%\((\w+)\)s")
_NOW = "EXTRACT(EPOCH FROM clock_timestamp())"
_ACTIVITY = "(SELECT value ->> 0 AS pid, value ->> 1 AS application_name FROM json_each(activity()))"


@functools.lru_cache(maxsize=2048)
def _of_sqlite(statement: bytes | str) -> str:
    text = statement.decode() if isinstance(statement, bytes) else statement
    text = (
        _VALUE.sub(r":\1", text)
        .replace("%%", "%")
        .replace("pg_stat_activity", _ACTIVITY)
        .replace(_NOW, "clock_timestamp()")
    )
    return "BEGIN" if text.startswith("BEGIN") else text.removesuffix(" FOR UPDATE")


class Server:
    """`lost`: how likely a connection breaks with a statement. `heard` is told what processes tell each other."""

    def __init__(self, template: bytes, world: World, heard: Heard, lost: float) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, cached_statements=1024)
        self.raw.deserialize(template[:18] + b"\1\1" + template[20:])  # without a log beside it
        self.raw.row_factory = sqlite3.Row
        self.raw.execute("PRAGMA foreign_keys = ON")
        self.world = world
        self.lost = lost
        self.jumps = False
        self.connections: dict[int, PlayedConnection] = {}
        self._count = 0
        functions: dict[str, tuple[int, Callable[..., Any]]] = {
            "pg_advisory_xact_lock": (-1, lambda *_: None),  # of one number, or of two
            "pg_advisory_xact_lock_shared": (1, lambda _: None),
            "pg_try_advisory_lock_shared": (1, lambda _: 1),
            "pg_advisory_unlock_all": (0, lambda: None),
            "set_config": (3, lambda _, value, __: value),
            "pg_notify": (2, lambda _, payload: heard(payload)),
            "pg_backend_pid": (0, lambda: self._asking),
            "pg_terminate_backend": (1, self._terminate),
            "clock_timestamp": (0, self._now),
            "activity": (0, lambda: self._activity),
        }
        for name, (values, function) in functions.items():
            self.raw.create_function(name, values, function)
        self._asking = 0
        self._activity = "[]"

    def opened_or_closed(self) -> None:
        self._activity = json.dumps([(each.pid, each.name) for each in self.connections.values()])

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        """For the eyes of the world."""
        return self.raw.execute(statement, values)

    def number(self) -> int:
        self._count += 1
        return self._count

    def ask(self, pid: int, statement: str, values: Any) -> sqlite3.Cursor:
        self._asking = pid
        return self.raw.execute(statement, values)

    def _now(self) -> float:
        """By the clock of its machine."""
        timeline = self.world.timeline
        return EPOCH.timestamp() + timeline.seconds + (timeline.jump.total_seconds() if self.jumps else 0.0)

    def knows(self, name: str) -> bool:
        """Whether that process counts as there."""
        return bool(self.raw.execute("SELECT 1 FROM processes WHERE 'drover ' || id = ?", [name]).fetchall())

    def _terminate(self, pid: int) -> int:
        self.connections[pid].ended = True
        return 1

    def drop(self, client: "Client") -> None:
        """The process is dead: what it has not committed is undone."""
        for each in [one for one in self.connections.values() if one.client is client]:
            each.close()


class Client:
    """One process as the server knows it. `cut_until`: it cannot reach the server before."""

    def __init__(self, server: Server, loop: VirtualLoop) -> None:
        self.server = server
        self.loop = loop
        self.cut_until = 0.0

    def connect(self, _: str, **given: Any) -> Any:
        """As `bot.store.postgres.connections.connect`."""
        return PlayedConnection(self, given.get("application_name", "drover"))

    def pool(self, _: str, **given: Any) -> Any:
        """As `psycopg_pool.ConnectionPool`."""
        return _Pool(self, given["kwargs"]["application_name"])

    @property
    def cut(self) -> bool:
        return self.server.world.timeline.seconds < self.cut_until


class PlayedConnection:
    """What `bot.store.postgres` uses of a `psycopg.Connection`, and of its `info`."""

    def __init__(self, client: Client, name: str, *, of_pool: bool = False) -> None:
        client.loop.tick()
        if client.cut:
            raise psycopg.OperationalError("connection refused")
        self.client = client
        self.name = name
        self.pid = self.backend_pid = client.server.number()
        self.info = self
        self.closed = False
        self.ended = False
        self.transaction_status = IDLE
        self._failed = False
        self._of_pool = of_pool
        self._writes = False
        client.server.connections[self.pid] = self
        client.server.opened_or_closed()

    def execute(self, statement: bytes | str, values: Any = None) -> "_Result":
        self.client.loop.tick()
        self._reach()
        text, status = _of_sqlite(statement), ""
        if self._failed and text not in ("COMMIT", "ROLLBACK"):
            raise psycopg.errors.InFailedSqlTransaction("current transaction is aborted")
        if self._failed:
            text = "ROLLBACK"
        server = self.client.server
        loses = server.world.happens(server.lost)
        if loses and server.world.happens(0.5):
            self._lose()
        try:
            cursor = server.ask(self.pid, text, values or {})
            rows = cursor.fetchall()
        except sqlite3.IntegrityError as error:
            self._failed = self.transaction_status == IN_TRANSACTION
            raise psycopg.errors.UniqueViolation(str(error)) from error
        if text == "COMMIT" and self._writes and not server.knows(self.name):
            server.world.violated(f"{self.name} writes, and was evicted")
        if text in ("BEGIN", "COMMIT", "ROLLBACK"):
            self._writes = self._of_pool and statement == "BEGIN ISOLATION LEVEL READ COMMITTED"
            self.transaction_status, self._failed, status = (IN_TRANSACTION if text == "BEGIN" else IDLE), False, text
        if loses:
            self._lose()
        return _Result(rows, cursor.rowcount, status)

    def _reach(self) -> None:
        if self.closed:
            raise psycopg.OperationalError("the connection is closed")
        if self.ended or self.client.cut:
            self._lose()

    def _lose(self) -> None:
        self.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    def cursor(self) -> "_Many":
        return _Many(self)

    def pipeline(self) -> Any:
        return nullcontext()

    @contextmanager
    def transaction(self) -> Generator[None]:
        self.execute("BEGIN")
        try:
            yield
        except BaseException:
            if not self.closed:
                self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        del self.client.server.connections[self.pid]
        self.client.server.opened_or_closed()
        if self.transaction_status == IN_TRANSACTION:
            self.client.server.raw.rollback()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Result:
    """The part of a cursor that is read."""

    def __init__(self, rows: list[Any], rowcount: int, statusmessage: str) -> None:
        self._rows = rows
        self.rowcount = rowcount
        self.statusmessage = statusmessage

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None


class _Many:
    def __init__(self, connection: PlayedConnection) -> None:
        self._connection = connection

    def executemany(self, statement: bytes | str, rows: Iterable[Any]) -> None:
        for each in rows:
            self._connection.execute(statement, each)


class _Pool:
    """One unit at a time needs one connection."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._kept: list[Any] = []

    def open(self, **_: object) -> None: ...

    def check(self) -> None:
        self._kept = [each for each in self._kept if not each.ended]

    def getconn(self) -> Any:
        if self._kept:
            return self._kept.pop()
        try:
            return PlayedConnection(self._client, self._name, of_pool=True)
        except psycopg.OperationalError as error:
            raise PoolTimeout(str(error)) from error

    def putconn(self, connection: Any) -> None:
        if not connection.closed:
            self._kept.append(connection)

    def close(self) -> None:
        for each in self._kept:
            each.close()
