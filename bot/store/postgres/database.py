"""The database on PostgreSQL: each unit of work in a thread, on a connection of a pool, in a transaction of its own.

Who may write is in the rows of `writers`, one for each connection that writes. A unit begins by counting its row up. So
after a COMMIT whose answer was lost, the row says whether it happened; and a process that others count as gone
(`bot.store.postgres.membership`) finds its rows gone. A unit that says of whose guild it is holds that guild's lock;
one that does not is alone.
"""

import asyncio
import contextlib
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.domain.ids import GuildId
from bot.domain.roles import Lease, Replaced, Role, WantedRoles
from bot.store.database import BESIDE, Owner, Work, value_of
from bot.store.postgres.connections import DirectConnection, Row, Session, connect, conninfo, parameters, prepare
from bot.store.postgres.faults import shown
from bot.store.postgres.membership import TIMING, Membership, Timing, application, in_thread
from bot.store.statements import Connection, Single, Statements

log = logging.getLogger(__name__)

T = TypeVar("T")
Raw = psycopg.Connection[Row]

_SQL = Statements("postgres")
CONNECTIONS = 8  # in the pool; with those that say that we live, wake others, and ask after a COMMIT, at most 12
_TAKEN = 3  # attempts at what is unique: units of two guilds may want the same id of the provider's at once


class CommitUnknown(Exception):
    """The connection was lost during COMMIT, and nobody could be asked since whether it happened."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, how long (seconds) and with which pauses something is tried again, or waited for.

    `dice` is from 0 to 1.
    """

    lost: float = 15.0  # for a connection, before COMMIT; whoever waits hears it then
    answer: float = 60.0  # for what became of a COMMIT
    conflicts: int = 20
    monotonic: Callable[[], float] = time.monotonic
    gather: float = 0.25  # what nobody waits for, before it is written together
    sleep: Callable[[float], None] = time.sleep
    dice: Callable[[], float] = random.random

    def pause(self, attempt: int) -> None:
        self.sleep(min(0.01 * 2**attempt, 1.0) * (0.5 + self.dice()))


_PATIENCE = Patience()


class PostgresDatabase:
    """An open database, migrated before; others may have it open as well. Use as `async with PostgresDatabase(url)`.

    `pool` makes the pool of its connections, and `connect` those besides.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        patience: Patience = _PATIENCE,
        timing: Timing = TIMING,
        new_process: Callable[[int], str] = secrets.token_hex,
        pool: Callable[..., ConnectionPool[Raw]] = ConnectionPool[Raw],
        connect: Callable[..., Raw] = connect,
    ) -> None:
        self.url = url
        self.process = new_process(8)  # bytes: PostgreSQL cuts long names of applications
        self._name = application(self.process)
        self._connections = connections
        self._patience = patience
        self._connect = connect
        self._pool = pool(
            conninfo(url),
            connection_class=DirectConnection,
            configure=prepare,
            kwargs={**parameters(), "application_name": self._name},
            min_size=1,
            max_size=connections,
            timeout=patience.lost,
            num_workers=1,
            open=False,
            name=self._name,
        )
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="postgres")
        self._own = threading.local()
        self._writers = [f"{self._name} {number}" for number in range(connections)]
        self._free = list(self._writers)
        self._closing = True
        self._along: list[Single[Any]] = []
        self._later: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()
        self._membership = Membership(url, self.process, self._writers, timing, connect)

    @property
    def role(self) -> Role:
        return self._membership.role

    @property
    def lease(self) -> Lease:
        return self._membership.lease

    @property
    def part(self) -> float:
        return self._membership.part

    @property
    def clock_ahead(self) -> timedelta:
        return self._membership.clock_ahead

    async def take(self, wanted: WantedRoles) -> None:
        """See `Membership.take`."""
        await self._membership.take(wanted)

    def tell(self, topics: Collection[str], of: GuildId | None = None) -> None:
        self._membership.tell(topics, of)

    async def listen(self, heard: Callable[[Collection[str]], None]) -> None:
        await self._membership.listen(heard)

    async def until_replaced(self) -> None:
        """Goes on as long as others count this process as there. Raises `Replaced` when they do not."""
        await self._membership.keep()

    async def __aenter__(self) -> Self:
        self._pool.open(wait=False)
        self._closing = False
        self._hurry.clear()
        try:
            await self._membership.join()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends what is under way, then closes the connections."""
        self._hurry.set()
        while self._later:
            await asyncio.wait(self._later)
        self._closing = True
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._pool.close)
        await self._membership.leave()

    async def write(self, work: Work[T], of: Owner | None = None) -> T:
        """Runs `work` in a transaction and returns its value once that is committed.

        Raises what `work` raises, with its changes undone. `work` may run more than once, and only the last counts.
        A caller that is cancelled while it waits gives up the answer, not the work. Raises `Replaced`, `CommitUnknown`.
        """
        return await self._in_thread(partial(self._again, partial(self._unit, work, of or "alone")))

    async def read(self, work: Work[T]) -> T:
        """Runs `work` in a transaction that sees what is committed when it starts, and cannot write."""
        several = not isinstance(work, Single)  # one statement sees one moment by itself

        def once(db: Raw) -> T:
            if several:
                db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            value = value_of(work, Session(db))
            if several:
                db.execute("COMMIT")
            return value

        return await self._in_thread(partial(self._again, once))

    async def read_long(self, work: Work[T]) -> T:
        """The same: there are connections enough."""
        return await self.read(work)

    def write_later(self, change: Single[Any]) -> None:
        """Has `change` written with others, soon: nobody waits for it, or hears that it failed."""
        self._along.append(change)
        if not self._later:
            task = asyncio.create_task(self._write_along(), name="small writes")
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _write_along(self) -> None:
        while self._along:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._patience.gather)
            along, self._along = self._along, []

            def together(db: Connection, changes: Sequence[Single[Any]] = along) -> None:
                for change in changes:
                    change(db)

            unit = partial(self._unit, together, BESIDE)
            try:
                await self._in_thread(partial(self._again, unit))
            except Exception as error:  # noqa: BLE001 - whatever it was, the rows know less than they might
                log.warning("small writes lost", extra={"error": type(error).__name__, "count": len(along)})

    async def leave_no_trace(self) -> bool:
        """What was deleted is in no row any more; pages and logs are the server's, which uses them again."""
        return True

    def connections(self) -> Mapping[str, float]:
        counted = self._pool.get_stats()
        return {
            "open": float(counted.get("pool_size", 0)),
            "free": float(counted.get("pool_available", 0)),
            "most": float(counted.get("pool_max", 0)),
            "waiting": float(self._threads._work_queue.qsize()),  # noqa: SLF001 - nothing else tells
        }

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._closing:
            raise RuntimeError("the database is closed")
        return await in_thread(self._threads, work)

    def _unit(self, work: Work[T], of: Owner | Literal["alone"], db: Raw) -> T:
        if not hasattr(self._own, "writer"):  # this thread's
            self._own.writer = self._free.pop()
        writer, session, backend = self._own.writer, Session(db), db.info.backend_pid
        db.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        if of == "alone":
            begun = session.execute(_SQL.text("begin_unit_alone"), {"writer": writer})
        else:
            begins = {
                "guild": _SQL.text("begin_unit_of_guild"),
                "order": _SQL.text("begin_unit_of_order"),
                "generation": _SQL.text("begin_unit_of_generation"),
                "generation beside": _SQL.text("begin_unit_of_generation_beside"),
                "post": _SQL.text("begin_unit_of_post"),
                "several": _SQL.text("begin_unit_beside"),
            }
            begin = begins[of.kind if of.beside is None else f"{of.kind} beside"]
            begun = session.execute(begin, {"writer": writer, "id": of.id, "beside": of.beside})
        row = begun.fetchone()
        if row is None:
            self.lease.end()
            raise Replaced(f"this process was counted as gone on {shown(self.url)}; another may run in its place")
        value = value_of(work, session)
        try:
            ended = db.execute("COMMIT").statusmessage
        except psycopg.Error:
            if not db.closed:
                raise
            if self._committed(writer, row["unit"], backend):
                return value
            raise
        if ended != "COMMIT":  # a statement had failed, and `work` went on as if it had not
            raise RuntimeError("a unit of work passed over an error of the database")
        return value

    def _committed(self, writer: str, unit: int, backend: int) -> bool:
        """Whether the unit whose COMMIT got no answer was committed. Raises `CommitUnknown`."""
        log.warning("commit without an answer", extra={"writer": writer})
        started, attempt = self._patience.monotonic(), 0
        while self._patience.monotonic() - started < self._patience.answer:
            try:
                with self._connect(self.url) as db:  # of its own: the pool's may be as dead
                    session = Session(db)
                    # The server may not have noticed that the connection is gone: nothing more is to come over it.
                    session.execute(_SQL.text("end_backend"), {"pid": backend, "application": self._name})
                    row = session.execute(_SQL.text("last_unit"), {"id": writer}).fetchone()
                    return row is not None and row["unit"] >= unit
            except psycopg.Error:
                self._patience.pause(attempt := attempt + 1)
        raise CommitUnknown(writer)

    def _again(self, once: Callable[[Raw], T]) -> T:
        """What `once` comes to on a connection; tried again where nothing of it has happened."""
        started, attempt = self._patience.monotonic(), 0
        while True:
            db: Raw | None = None
            attempt += 1
            try:
                db = self._pool.getconn()
                return once(db)
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                if attempt > self._patience.conflicts:
                    raise
                log.info("unit tried again", extra={"attempt": attempt})
            except psycopg.Error as error:
                if error.diag.message_detail is not None:  # it repeats values of rows, and so what members wrote
                    error.args = (error.diag.message_primary,)
                taken = isinstance(error, psycopg.errors.UniqueViolation) and attempt < _TAKEN
                lost = isinstance(error, PoolTimeout) or (db is not None and db.closed)
                if not taken and (not lost or self._patience.monotonic() - started > self._patience.lost):
                    raise
                if lost:
                    log.info("connection lost", extra={"attempt": attempt})
            finally:
                if db is not None:
                    if not db.closed and db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                        with contextlib.suppress(psycopg.Error):  # then it is closed, and the pool throws it away
                            db.execute("ROLLBACK")
                    self._pool.putconn(db)
            if db is not None and db.closed:
                self._pool.check()  # one that is dead is seldom the only one
            self._patience.pause(attempt)
