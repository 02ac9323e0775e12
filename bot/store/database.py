"""Connections and transactions: one writer that commits in groups, one reader.

Every write is a unit of work handed to the one writer task. It takes whatever is waiting, runs each unit inside a
savepoint of one BEGIN IMMEDIATE transaction, commits once, and only then answers the callers: with
`synchronous=FULL` one fsync serves them all. A unit that raises is rolled back alone. Once a caller has its
answer, the rows survive the process and the power.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import aiosqlite

log = logging.getLogger(__name__)
T = TypeVar("T")

Connect = Callable[..., Awaitable[aiosqlite.Connection]]
Work = Callable[[aiosqlite.Connection], Awaitable[T]]

_BUSY_TIMEOUT_MS = 5000  # another process may hold the file for a moment: a backup, a curious owner
_CHECKPOINT_TIMEOUT_MS = 100  # writers wait as long
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_STOPPED = "the writer was stopped"
_GROUP_LIMIT = 256  # units in one commit; keeps the first caller's wait short


@dataclass(slots=True)
class _Unit(Generic[T]):
    """`alone`: in no transaction."""

    work: Work[T]
    answer: asyncio.Future[T]
    alone: bool = False


class Database:
    """An open database. Use as `async with Database(path) as db:`."""

    def __init__(self, path: Path, connect: Connect = aiosqlite.connect) -> None:
        self._path = path
        self._open = connect
        self._waiting: asyncio.Queue[_Unit[Any] | None] = asyncio.Queue()
        self._writer_task: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()
        self._closing = False
        self.damage: sqlite3.Error | None = None  # what a read or a write has found, and which does not mend itself
        self._log_path = path.with_name(f"{path.name}-wal")
        self._file: tuple[int, int] | None = None
        self._log: tuple[int, int] | None = None

    @property
    def path(self) -> Path:
        return self._path

    @property
    def is_there(self) -> bool:
        """Whether the files under our path are those that were opened; if not, what is written now may be lost."""
        if self._log is None:  # SQLite makes it when somebody reads or writes first, and keeps it until we close
            self._log = _identity(self._log_path)
        return (self._file is None or _identity(self._path) == self._file) and _identity(self._log_path) == self._log

    async def __aenter__(self) -> Self:
        self._writer = await self._connect()
        self._file = _identity(self._path)
        self._reader = await self._connect()
        await self._reader.execute("PRAGMA query_only = ON")
        self._writer_task = asyncio.create_task(self._write_forever(), name="database writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Commits what is waiting, then closes both connections."""
        if self._writer_task is None:
            return
        self._closing = True
        self._waiting.put_nowait(None)
        try:
            await self._writer_task
        finally:  # an open connection keeps its thread, and that the process, alive
            self._writer_task = None
            await self._reader.close()
            await self._writer.close()

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction and returns its value once that is on the disk.

        Raises what `work` raises, with its changes undone. A caller that is cancelled while it waits gives up the
        answer, not the work.
        """
        return await self._done(_Unit(work, asyncio.get_running_loop().create_future()))

    async def leave_no_trace(self) -> bool:
        """Puts all that was committed into the database file and empties the log, which has copies of what was deleted.

        False: somebody beside us is reading what was there before; ask again later.
        """

        async def work(db: aiosqlite.Connection) -> bool:
            await db.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_TIMEOUT_MS}")
            try:
                rows = list(await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)"))
            except sqlite3.OperationalError:  # locked
                return False
            finally:
                await db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
            return rows[0][0] == 0

        async with self._reading:
            return await self._done(_Unit(work, asyncio.get_running_loop().create_future(), alone=True))

    async def _done(self, unit: _Unit[T]) -> T:
        if self._closing or self._writer_task is None or self._writer_task.done():
            raise RuntimeError("the database is closed")
        self._waiting.put_nowait(unit)
        return await unit.answer

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on the reader: it sees what is committed when it starts, and cannot write.

        One at a time: SQLite gives all open statements of a connection the snapshot of the oldest, so a read that
        overlaps another would miss a write that was answered in between, and a loop would sleep over it.
        """
        async with self._reading:
            try:
                return await work(self._reader)
            except sqlite3.DatabaseError as error:
                self._notice(error)
                raise

    async def _connect(self) -> aiosqlite.Connection:
        connection = await self._open(self._path, isolation_level=None)
        connection.row_factory = aiosqlite.Row
        for pragma in (
            f"busy_timeout = {_BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            # NORMAL may roll back an acknowledged commit at power loss, and a rolled-back `sending` is a second POST.
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",  # whatever SQLite was built with: what is deleted is overwritten
            "temp_store = MEMORY",  # no rows in files of the system's
        ):
            try:
                await connection.execute(f"PRAGMA {pragma}")
            except sqlite3.Error:
                await connection.close()  # its thread would keep the process alive
                raise
        return connection

    async def _write_forever(self) -> None:
        try:
            closing = False
            while not closing:
                group = [await self._waiting.get()]
                while not self._waiting.empty() and len(group) < _GROUP_LIMIT:
                    group.append(self._waiting.get_nowait())
                units = [unit for unit in group if unit is not None and not unit.alone]
                closing = None in group
                if units:
                    await self._commit(units)
                for unit in group:
                    if unit is not None and unit.alone:
                        await self._answer(unit)
        finally:  # stopped before its time, it leaves nobody waiting
            while not self._waiting.empty():
                unit = self._waiting.get_nowait()
                if unit is not None:
                    _raise(unit, RuntimeError(_STOPPED))

    async def _commit(self, units: list[_Unit[Any]]) -> None:
        answers: list[tuple[_Unit[Any], Any]] = []
        try:
            # BEGIN belongs inside the try: whatever happens next, no transaction stays open.
            await self._writer.execute("BEGIN IMMEDIATE")
            if len(units) == 1:  # nobody else's work to save from it, and each statement is a way to a thread
                answers.append((units[0], await units[0].work(self._writer)))
            else:
                for unit in units:
                    answers.append((unit, await self._run(unit)))  # noqa: PERF401 - a failure keeps those before it
            await self._writer.execute("COMMIT")
        except BaseException as error:
            self._notice(error)
            for unit in units:  # before the disk is asked for anything more: it may be what failed
                _raise(unit, error if isinstance(error, Exception) else RuntimeError(_STOPPED))
            if self._writer.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # then the next BEGIN fails, and comes here again
                    await self._writer.execute("ROLLBACK")
            if not isinstance(error, Exception):
                raise
            return
        for unit, value in answers:
            if not unit.answer.done():
                unit.answer.set_result(value)

    async def _answer(self, unit: _Unit[Any]) -> None:
        try:
            value = await unit.work(self._writer)
        except BaseException as error:
            _raise(unit, error if isinstance(error, Exception) else RuntimeError(_STOPPED))
            if not isinstance(error, Exception):
                raise
        else:
            if not unit.answer.done():
                unit.answer.set_result(value)

    async def _run(self, unit: _Unit[Any]) -> Any:
        """The unit's value; None, with the unit's caller already told, when it raised."""
        await self._writer.execute("SAVEPOINT unit")
        try:
            value = await unit.work(self._writer)
        except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it
            self._notice(error)
            await self._writer.execute("ROLLBACK TO unit")
            _raise(unit, error)
            value = None
        await self._writer.execute("RELEASE unit")
        return value

    def _notice(self, error: BaseException) -> None:
        if str(getattr(error, "sqlite_errorname", "")).startswith(_DAMAGED) and isinstance(error, sqlite3.Error):
            self.damage = error


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file is under that path: asked of the system, for whoever opens the file itself drops SQLite's locks."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _raise(unit: _Unit[Any], error: Exception) -> None:
    if not unit.answer.done():
        unit.answer.set_exception(error)
