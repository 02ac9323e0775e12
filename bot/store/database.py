"""Units of work: what the repositories ask of a database, whichever it is, and how SQLite does it.

A unit of work is a plain function over one connection. PostgreSQL is in `bot.store.postgres`. On SQLite one writer
commits in groups, one reader reads, and one more what takes long. A unit runs in the thread of its connection, with its
BEGIN and COMMIT, in one call: the event loop goes on meanwhile. Every write is handed to the one writer task, which
takes whatever is waiting, has each unit run inside a savepoint of one BEGIN IMMEDIATE transaction that is committed
once, and only then answers the callers: with `synchronous=FULL` one fsync serves them all. A unit that raises is rolled
back alone. Once a caller has its answer, the rows survive the process and the power. What nobody waits for
(`write_later`) goes along with the next group.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

import aiosqlite

from bot.domain.ids import GuildId
from bot.domain.roles import Lease, Role, WantedRoles
from bot.domain.shards import Shards
from bot.store.statements import Connection, Single

T = TypeVar("T")

Work = Callable[[Connection], T]

_BUSY_TIMEOUT_MS = 5000  # another process may hold the file for a moment: a backup, a curious owner
_CHECKPOINT_TIMEOUT_MS = 100  # writers wait as long
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_STOPPED = "the writer was stopped"
_GROUP_LIMIT = 256  # units in one commit; keeps the first caller's wait short
_LATER = 30.0  # seconds after which what nobody waits for is written, though nobody writes


@dataclass(frozen=True, slots=True)
class Owner:
    """Of whose guild a unit of work is: it reads and writes what is that guild's, and nothing that is for all.

    The guild is told by its id, or by that of an order, a generation or a post of its. A generation's unit with
    `beside` also keeps out those of other guilds with the same number: for the one thing that it reads of all guilds.
    """

    kind: Literal["guild", "order", "generation", "post", "several"]
    id: int | str
    beside: int | None = None


BESIDE = Owner("several", 0)
"""Of a unit for several guilds whose statements are right by themselves, whoever writes beside it."""


class Database(Protocol):
    """What the repositories ask. A unit that writes is alone with what it reads: of one guild's if it says `of` whose.

    `work` may run more than once, until it is committed: it changes rows, and nothing else.
    """

    @property
    def process(self) -> str | None:
        """The name of this process among those that share the database, new with every start."""
        ...

    @property
    def role(self) -> Role:
        """What this process does of the whole."""
        ...

    @property
    def lease(self) -> Lease:
        """Whether it still may."""
        ...

    @property
    def part(self) -> float:
        """Which part of Discord's limit this process may use, between 0 and 1."""
        ...

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the database's; nothing while the two agree within a second."""
        ...

    async def take(self, wanted: WantedRoles) -> None:
        """Returns when one of the roles is this process's. Raises `OperatorError` when it is not to be had."""
        ...

    async def write(self, work: Work[T], of: Owner | None = None) -> T:
        """Runs `work` in a transaction and returns its value once that survives the process and the power.

        Raises what `work` raises, with its changes undone. A caller that is cancelled while it waits gives up the
        answer, not the work.
        """
        ...

    async def read(self, work: Work[T]) -> T:
        """Runs `work` so that all of it sees what is committed when it starts, and it cannot write."""
        ...

    async def read_long(self, work: Work[T]) -> T:
        """The same for what takes long: commands and loops do not wait for it."""
        ...

    def write_later(self, change: Single[Any]) -> None:
        """Has `change` written soon, with something else if that can be: nobody waits for it.

        It is for what costs no more than time if it is lost, and is right whoever writes beside it.
        """
        ...

    async def leave_no_trace(self) -> bool:
        """What was deleted is nowhere any more, as far as that is the store's to see to. False: ask again later."""
        ...

    def connections(self) -> Mapping[str, float]:
        """How many there are, may be at most, are free, and are waited for; nothing where there is no pool."""
        ...

    def tell(self, topics: Collection[str], of: GuildId | None = None) -> None:
        """Other processes that share the database hear of these, soon, if nothing comes between.

        With a guild `of` which they are, those with shards hear it only if they serve it.
        """
        ...

    async def listen(self, heard: Callable[[Collection[str]], None]) -> None:
        """Goes on for ever: `heard` is told what others tell. No topics: some of it may have been missed."""
        ...

    async def until_replaced(self) -> None:
        """Goes on as long as this process may write. Raises `OperatorError` when it may not any more."""
        ...


def of_shards(db: Database) -> Mapping[str, int]:
    """What statements are given that read what a process has to do for the guilds of its shards."""
    shards = db.role.shards or Shards()
    return {"first_shard": shards.first, "last_shard": shards.last, "shard_count": shards.count}


class SqliteThread(aiosqlite.Connection):
    """A connection with the thread in which it is used, for one call after the other."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns or raises. A caller that is cancelled gives up the answer, not the work."""
        return await self._execute(work, self._conn)  # pyright: ignore[reportUnknownMemberType]


async def connect(path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> SqliteThread:
    """Opens the file in a thread of its own. Raises `sqlite3.Error`."""
    thread = SqliteThread(partial(sqlite3.connect, path, isolation_level=None, factory=factory), iter_chunk_size=64)
    await thread
    return thread


@dataclass(slots=True)
class _Unit(Generic[T]):
    """What its work came to is told when it is on the disk."""

    work: Work[T]
    answer: asyncio.Future[T]
    value: T | None = None
    error: Exception | None = None


class SqliteDatabase:
    """An open database. Use as `async with SqliteDatabase(path) as db:`. `connect` opens its connections."""

    process = None
    role = Role()
    clock_ahead = timedelta()

    def __init__(self, path: Path, connect: Callable[[Path], Awaitable[SqliteThread]] = connect) -> None:
        self._path = path
        self.lease = Lease()
        self.part = 1.0
        self._open = connect
        self._waiting: asyncio.Queue[_Unit[Any] | None] = asyncio.Queue()
        self._along: list[Single[Any]] = []
        self._departure: asyncio.TimerHandle | None = None
        self._writer_task: asyncio.Task[None] | None = None
        self._long_reader: asyncio.Task[SqliteThread] | None = None  # opened when somebody first needs it
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
        self._writer = await self._connect(writes=True)
        self._file = _identity(self._path)
        self._reader = await self._connect(writes=False)
        self._writer_task = asyncio.create_task(self._write_forever(), name="database writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Commits what is waiting, then closes the connections."""
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
            if self._long_reader is not None:
                with contextlib.suppress(sqlite3.Error):  # it could not be opened
                    await (await self._long_reader).close()

    async def write(self, work: Work[T], of: Owner | None = None) -> T:  # noqa: ARG002 - there is one writer
        """Runs `work` in a transaction and returns its value once that is on the disk.

        Raises what `work` raises, with its changes undone. A caller that is cancelled while it waits gives up the
        answer, not the work.
        """
        self._refuse_when_closed()
        unit = _Unit(work, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(unit)
        return await unit.answer

    def write_later(self, change: Single[Any]) -> None:
        """Has `change` written with whatever is written next, or within half a minute: nobody waits for it.

        It is for what costs no more than time if it is lost, and spares that a commit of its own.
        """
        self._refuse_when_closed()
        self._along.append(change)
        if self._departure is None:
            loop = asyncio.get_running_loop()
            nothing = _Unit[None](lambda _: None, loop.create_future())
            self._departure = loop.call_later(_LATER, self._waiting.put_nowait, nothing)

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on the reader: all of it sees what is committed when it starts, and it cannot write."""
        return await self._read(self._reader, work)

    async def read_long(self, work: Work[T]) -> T:
        """The same for what takes long: it has to wait for its own kind alone, and nobody else waits for it."""
        if self._long_reader is None:
            self._long_reader = asyncio.create_task(self._connect(writes=False), name="long reader")
        try:
            reader = await asyncio.shield(self._long_reader)
        except sqlite3.Error:
            self._long_reader = None  # the next one tries again
            raise
        return await self._read(reader, work)

    async def _read(self, reader: SqliteThread, work: Work[T]) -> T:
        whole: Callable[[sqlite3.Connection], T] = work
        if not isinstance(work, Single):
            whole = partial(_at_one_moment, work)
        try:
            return await reader.run(whole)
        except sqlite3.DatabaseError as error:
            self._notice(error)
            raise

    async def leave_no_trace(self) -> bool:
        """Puts all that was committed into the database file and empties the log, which has copies of what was deleted.

        False: somebody is reading what was there before; ask again later.
        """

        def work(db: sqlite3.Connection) -> bool:
            db.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_TIMEOUT_MS}")
            try:
                (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError:  # locked
                return False
            finally:
                db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
            return busy == 0

        self._refuse_when_closed()
        return await self._writer.run(work)

    def connections(self) -> Mapping[str, float]:
        return {}

    async def take(self, wanted: WantedRoles) -> None:
        """A file has one process, and that has what it wants."""
        self.role = wanted.roles[0]

    def tell(self, topics: Collection[str], of: GuildId | None = None) -> None:
        """There is nobody."""

    async def listen(self, heard: Callable[[Collection[str]], None]) -> None:  # noqa: ARG002 - nobody speaks
        await asyncio.Event().wait()

    async def until_replaced(self) -> None:
        """For ever: nobody takes a file from the process that has its lock."""
        await asyncio.Event().wait()

    def _refuse_when_closed(self) -> None:
        if self._closing or self._writer_task is None or self._writer_task.done():
            raise RuntimeError("the database is closed")

    async def _connect(self, *, writes: bool) -> SqliteThread:
        def prepare(db: sqlite3.Connection) -> None:
            db.row_factory = sqlite3.Row
            for pragma in (
                f"busy_timeout = {_BUSY_TIMEOUT_MS}",
                "journal_mode = WAL",
                # NORMAL may roll back an acknowledged commit at power loss: a rolled-back `sending` is a second POST.
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",  # whatever SQLite was built with: what is deleted is overwritten
                "temp_store = MEMORY",  # no rows in files of the system's
                f"query_only = {'OFF' if writes else 'ON'}",
            ):
                db.execute(f"PRAGMA {pragma}")

        thread = await self._open(self._path)
        try:
            await thread.run(prepare)
        except sqlite3.Error:
            await thread.close()  # it would keep the process alive
            raise
        return thread

    async def _write_forever(self) -> None:
        try:
            closing = False
            while not closing:
                group = [await self._waiting.get()]
                while not self._waiting.empty() and len(group) < _GROUP_LIMIT:
                    group.append(self._waiting.get_nowait())
                closing = None in group
                units = [unit for unit in group if unit is not None]
                if units or self._along:
                    await self._commit(units)
        finally:  # stopped before its time, it leaves nobody waiting
            while not self._waiting.empty():
                if (unit := self._waiting.get_nowait()) is not None:
                    _tell(unit, RuntimeError(_STOPPED))

    async def _commit(self, units: Sequence[_Unit[Any]]) -> None:
        failure: Exception | None = None
        along, self._along = self._along, []
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        try:
            await self._writer.run(partial(_together, units, along))
        except Exception as error:  # noqa: BLE001 - it is the callers', who get it
            failure = error
            self._along[:0] = along
        except BaseException:
            failure = RuntimeError(_STOPPED)
            raise
        finally:
            for unit in units:
                _tell(unit, unit.error or failure)
                self._notice(unit.error or failure)

    def _notice(self, error: BaseException | None) -> None:
        if isinstance(error, sqlite3.Error) and str(getattr(error, "sqlite_errorname", "")).startswith(_DAMAGED):
            self.damage = error


def _together(units: Sequence[_Unit[Any]], along: Sequence[Single[Any]], db: sqlite3.Connection) -> None:
    """All units in one transaction, each with its value or its error. Raises when nothing of them is stored.

    What goes `along` comes first. If one of them fails, that is undone alone, and nobody misses it.
    """
    try:
        db.execute("BEGIN IMMEDIATE")  # inside the try: whatever happens next, no transaction stays open
        for change in along:
            with contextlib.suppress(sqlite3.IntegrityError):
                change(db)
        if len(units) == 1:  # nobody else's work to save from it
            units[0].value = value_of(units[0].work, db)
        else:
            for unit in units:
                db.execute("SAVEPOINT unit")
                try:
                    unit.value = value_of(unit.work, db)
                except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it
                    unit.error = error
                    db.execute("ROLLBACK TO unit")
                db.execute("RELEASE unit")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with contextlib.suppress(sqlite3.Error):  # then the next BEGIN fails, and comes here again
                db.execute("ROLLBACK")
        raise


def _at_one_moment(work: Work[T], db: sqlite3.Connection) -> T:
    """Nothing that is committed meanwhile is seen by one statement of `work` and not by another."""
    db.execute("BEGIN")
    try:
        return value_of(work, db)
    finally:
        if db.in_transaction:  # some errors have ended it
            db.execute("COMMIT")


def value_of(work: Work[T], db: Connection) -> T:
    """What `work` returns or raises."""
    try:
        return work(db)
    except StopIteration as error:  # no future takes it: its caller would wait for ever
        raise RuntimeError("a unit of work ran out of something") from error


def _tell(unit: _Unit[Any], error: Exception | None) -> None:
    if unit.answer.done():  # its caller was cancelled
        return
    if error is not None:
        unit.answer.set_exception(error)
    else:
        unit.answer.set_result(unit.value)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file is under that path: asked of the system, for whoever opens the file itself drops SQLite's locks."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
