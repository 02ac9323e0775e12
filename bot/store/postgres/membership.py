"""This process among those that share the database: it says that it lives, and sees who does not any more.

Each has a row and counts its `beat` up, from the event loop, so that a loop that hangs beats no more. No clock is
compared between machines. Whoever watches notes when, by its own clock, it first saw the present beat of another; when
it has looked for a whole lapse, without a gap, and saw no new one, it evicts that process: one transaction deletes the
row, which gives up its roles, and what the process writes with, so that its units fail from then on. A process whose
last beat is a lapse ago does nothing outside by itself (`Lease`). After an outage of the database everybody begins to
watch anew, and nobody is evicted at once.
"""

import asyncio
import logging
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import psycopg

from bot import __version__
from bot.domain.clock import Sleep, SystemClock, from_millis
from bot.domain.errors import OperatorError
from bot.domain.ids import GuildId
from bot.domain.roles import NEWCOMER, NO_ROLE, WHOLE, Lease, Replaced, Role, WantedRoles, part_of_limit
from bot.domain.shards import Shards
from bot.store.postgres.connections import Row, Session, connect, conninfo
from bot.store.postgres.faults import shown
from bot.store.private import DatabaseInUse
from bot.store.statements import Row as AnyRow
from bot.store.statements import SqlValue, Statements

log = logging.getLogger(__name__)

T = TypeVar("T")

_SQL = Statements("postgres")
LAPSE, EVERY = 10.0, 2.0  # seconds
_AGREE = timedelta(seconds=1)  # two clocks that differ by less are left alone
_HUNG = 70  # exit code
_OF, _GUILDS = "@", 100  # before a guild's id; so many fit into what is told at once


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A process that lets `lapse` pass without a beat is gone; it beats `every` so often.

    `thread` makes the one that watches the event loop.
    """

    lapse: float = LAPSE
    every: float = EVERY
    now: Callable[[], datetime] = SystemClock().now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep
    end: Callable[[int], object] = os._exit
    thread: Callable[..., threading.Thread] = threading.Thread


TIMING = Timing()


@dataclass(frozen=True, slots=True)
class _Sight:
    """Another process as we see it: `since` when its beat is this one (monotonic), and whether that ever moved."""

    beat: int
    since: float
    moved: bool


class Membership:
    """`process` is new with every start, `writers` what it writes with.

    One connection, made by `connect`, and one thread of its own: what the pool is busy with keeps no beat waiting.
    """

    def __init__(
        self,
        url: str,
        process: str,
        writers: Sequence[str],
        timing: Timing = TIMING,
        connect: Callable[..., "psycopg.Connection[Row]"] = connect,
    ) -> None:
        self._url = url
        self._connect = connect
        self.process = process
        self._writers = writers
        self._timing = timing
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="membership")
        self._db: psycopg.Connection[Row] | None = None
        self._others: dict[str, _Sight] = {}
        self._looked_at = -math.inf
        self._looked = asyncio.Event()
        self._over = threading.Event()
        self._untold: set[str] = set()
        self._concerned: set[GuildId | None] = set()  # whom it concerns; None: perhaps anybody
        self._telling: asyncio.Task[None] | None = None
        self.role = NO_ROLE
        self.part = NEWCOMER  # of Discord's limit
        self.clock_ahead = timedelta()  # this machine's clock, of the database's
        self.lease = Lease(timing.lapse, timing.monotonic)

    async def join(self) -> None:
        """From now on this process may write. Raises `DatabaseInUse`, `psycopg.Error`."""
        began = self._timing.monotonic()
        await self._in_thread(self._join)
        self.lease.renew(began)

    async def keep(self) -> None:
        """Beats and watches for as long as others let this process live. Raises `Replaced`."""
        watch = partial(self._watch_loop, asyncio.get_running_loop())
        self._timing.thread(target=watch, name="watchdog", daemon=True).start()
        while True:
            began, rest = self._timing.monotonic(), self._timing.every
            try:
                await self._in_thread(self._look)
                self.lease.renew(began)
                over = min((seen.since for seen in self._others.values()), default=math.inf) + self._timing.lapse
                rest = min(rest, max(over - self._timing.monotonic(), rest / 10))  # sooner, where somebody's lapse is
            except psycopg.Error as error:
                log.warning("beat failed", extra={"error": type(error).__name__, "held": self.lease.held})
            except OperatorError:
                self.lease.end()
                raise
            self._looked.set()
            await self._timing.sleep(rest)

    async def take(self, wanted: WantedRoles) -> None:
        """Returns when this process has one of the roles. `keep` runs meanwhile, and evicts who holds them and is dead.

        Raises `DatabaseInUse` when somebody who lives does, and that is not to be waited for.
        """
        asked_at = self._timing.monotonic()
        while True:
            self._looked.clear()
            try:
                holders = await self._in_thread(partial(self._claim, wanted.roles))
            except psycopg.Error as error:
                log.warning("no role taken", extra={"error": type(error).__name__})
                holders = []
            if self.role != NO_ROLE:
                log.info("role taken", extra={"role": str(self.role)})
                return
            for process, role, host in holders:
                sight = self._others.get(process)
                lives = sight is not None and sight.moved and sight.since > asked_at
                if lives and not (wanted.waits and _alike(role, wanted.roles)):
                    raise DatabaseInUse(_refusal(wanted.roles[0], role, host, shown(self._url)))
            await self._looked.wait()

    def tell(self, topics: Collection[str], of: GuildId | None = None) -> None:
        """The other processes hear of these, gathered, unless the connection breaks: it only saves them time.

        See `Database.tell`.
        """
        if self.role == WHOLE or self._over.is_set():  # the others stand by
            return
        self._untold.update(topics)
        self._concerned.add(of)
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell(), name="tell others")

    async def _tell(self) -> None:
        try:
            while self._untold and not self._over.is_set():
                payload = news(self.process, self._untold, self._concerned)
                self._untold.clear()
                self._concerned.clear()
                await self._in_thread(partial(self._execute, _SQL.text("tell"), payload=payload))
        except (psycopg.Error, OperatorError) as error:
            log.info("others not told", extra={"error": type(error).__name__})
        finally:
            self._telling = None

    async def listen(self, heard: Callable[[Collection[str]], None]) -> None:
        """For ever: `heard` is told what others tell, and nothing (no topics) when some of it may have been missed."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo(self._url), autocommit=True, application_name=application(self.process)
                ) as db:
                    await db.execute(_SQL.text("listen").encode())
                    heard(())
                    async for each in db.notifies():
                        if topics := news_for(self.role, self.process, each.payload):
                            heard(topics)
            except psycopg.Error as error:
                log.info("not listening", extra={"error": type(error).__name__})
            await self._timing.sleep(self._timing.every)

    async def leave(self) -> None:
        """Gives up what it holds, so that nobody has to wait until it counts as gone."""
        if self._over.is_set():
            return
        self._over.set()
        self.lease.end()
        with suppress(psycopg.Error):  # then others find out
            await self._in_thread(self._leave)
        await asyncio.to_thread(self._thread.shutdown)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await in_thread(self._thread, work)

    # In the thread.

    def _execute(self, statement: str, **values: SqlValue) -> list[Row]:
        return Session(self._connection()).execute(statement, values).fetchall()

    def _connection(self) -> "psycopg.Connection[Row]":
        """Ours, which says by its lock that a process is there. Raises `DatabaseInUse` while a command is alone."""
        if self._db is not None and not self._db.closed:
            return self._db
        db = self._connect(self._url, application_name=application(self.process))
        try:
            Session(db).execute(_SQL.text("answer_within"), {"limit": f"{self._timing.lapse}s"})
            there = Session(db).execute(_SQL.text("be_there")).fetchall()[0]["held"]
        except psycopg.Error:
            db.close()
            raise
        if not there:
            db.close()
            raise DatabaseInUse(f"a command works on {shown(self._url)} alone; start when it has ended")
        self._db = db
        return db

    def _join(self) -> None:
        db = self._connection()
        session = Session(db)
        with db.transaction():
            session.execute(_SQL.text("hold_processes"))
            session.execute(_SQL.text("drop_old_writers"))
            asked_at = self._timing.now()
            joined = session.execute(
                _SQL.text("join"), {"id": self.process, "host": socket.gethostname(), "version": __version__}
            )
            self._compare_clocks(asked_at, joined.fetchall()[0]["now"])
            for writer in self._writers:
                session.execute(_SQL.text("enter_writer"), {"id": writer, "process": self.process})
            self._share(session.execute(_SQL.text("processes")).fetchall())

    def _look(self) -> None:
        """Our row says that we live; those of the others whether they do, and who does not is evicted.

        Raises `Replaced`.
        """
        asked_at = self._timing.now()
        beat = self._execute(_SQL.text("beat"), id=self.process)
        if not beat:
            raise Replaced(f"this process was counted as gone on {shown(self._url)}; another may run in its place")
        self._compare_clocks(asked_at, beat[0]["now"])
        rows = self._execute(_SQL.text("processes"))
        self._share(rows)
        others = {row["id"]: row["beat"] for row in rows if row["id"] != self.process}
        for process in self._silent(others, self._timing.monotonic()):
            self._evict(process, others[process])

    def _share(self, rows: Sequence[AnyRow]) -> None:
        """Discord's limit, with the processes of these rows."""
        self.part = part_of_limit(self.role, [role_of(row) for row in rows if row["id"] != self.process])

    def _compare_clocks(self, asked_at: datetime, millis: int) -> None:
        """The database said so many unix milliseconds, at some moment since `asked_at`."""
        asked_for = (self._timing.now() - asked_at) / 2
        ahead = asked_at + asked_for - from_millis(millis)
        doubt = _AGREE + abs(asked_for)
        if abs(ahead - self.clock_ahead) > doubt:
            self.clock_ahead = ahead if abs(ahead) > doubt else timedelta()
            log.warning("clock put right", extra={"ahead": self.clock_ahead.total_seconds()})

    def _claim(self, wanted: Sequence[Role]) -> list[tuple[str, Role, str]]:
        """Takes the first role that clashes with nobody's; if there is none, who holds what is in the way."""
        db = self._connection()
        session = Session(db)
        with db.transaction():
            session.execute(_SQL.text("hold_processes"))
            rows = session.execute(_SQL.text("processes")).fetchall()
            held = [(row["id"], role_of(row), row["host"]) for row in rows if row["id"] != self.process]
            free = [role for role in wanted if not any(role.clashes(other) for _, other, _ in held)]
            if free and len(held) < len(rows):  # else we are not there any more: `keep` will say so
                shards = free[0].shards
                values = {
                    "id": self.process,
                    "first": shards.first if shards is not None else None,
                    "last": shards.last if shards is not None else None,
                    "count": shards.count if shards is not None else None,
                    "work": int(free[0].work),
                }
                session.execute(_SQL.text("take_role"), values)
        if free and len(held) < len(rows):
            self.role = free[0]
        return [each for each in held if any(role.clashes(each[1]) for role in wanted)]

    def _evict(self, process: str, beat: int) -> None:
        """Unless it has beaten since: its roles are free, and it writes no more."""
        db = self._connection()
        session = Session(db)
        with db.transaction():
            session.execute(_SQL.text("hold_processes"))
            if not session.execute(_SQL.text("end_process"), {"id": process, "beat": beat}).fetchall():
                return
            session.execute(_SQL.text("end_connections"), {"application": application(process)})
            session.execute(_SQL.text("end_writers"), {"process": process})
        log.warning("process evicted", extra={"gone": process})

    def _leave(self) -> None:
        try:
            db = self._connection()
            with db.transaction():
                Session(db).execute(_SQL.text("end_process"), {"id": self.process, "beat": -1})
                Session(db).execute(_SQL.text("end_writers"), {"process": self.process})
            Session(db).execute(_SQL.text("leave"))
        finally:
            if self._db is not None:
                self._db.close()

    # What is seen.

    def _silent(self, beats: Mapping[str, int], now: float) -> list[str]:
        """Those that have not beaten for a whole lapse, during which we have looked without a gap."""
        before = self._others if now - self._looked_at <= self._timing.lapse / 2 else {}
        self._looked_at = now
        self._others = {
            process: seen
            if (seen := before.get(process)) is not None and seen.beat == beat
            else _Sight(beat, now, moved=seen is not None)
            for process, beat in beats.items()
        }
        return [process for process, seen in self._others.items() if now - seen.since >= self._timing.lapse]

    def _watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends the process when its event loop answers nobody for a lapse: by then others do its work.

        It is asked again and again, so that a process that was paused as a whole gets its chance.
        """
        lapse, every = self._timing.lapse, self._timing.every
        while not self._over.wait(every):
            answered = threading.Event()
            try:
                loop.call_soon_threadsafe(answered.set)
            except RuntimeError:  # it is closed
                return
            if not any(answered.wait(every) for _ in range(math.ceil(lapse / every))):
                log.critical("event loop hangs")
                self._timing.end(_HUNG)
                return


async def in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """What `work` returns or raises. A caller that is cancelled gives up the answer, an error too, and not the work."""
    answer = asyncio.get_running_loop().run_in_executor(threads, work)
    answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())  # else asyncio logs that
    return await asyncio.shield(answer)


def news(sender: str, topics: Collection[str], concerned: Collection[GuildId | None]) -> str:
    """What a process tells: itself, the topics, and the guilds that these concern; without guilds, perhaps all.

    A version that knows no guilds takes them for topics of which it knows nothing.
    """
    guilds = sorted(each for each in concerned if each is not None)
    if None in concerned or len(guilds) > _GUILDS:
        guilds = []
    words = [*(topic.replace(" ", "-") for topic in sorted(topics)), *(f"{_OF}{each}" for each in guilds)]
    return " ".join([sender, *words])


def news_for(role: Role, process: str, told: str) -> list[str]:
    """The topics of `news` for a process with that role; none where it is its own, or that of guilds of others."""
    sender, *words = told.split(" ")
    guilds = [int(word.removeprefix(_OF)) for word in words if word.startswith(_OF)]
    theirs = guilds and not role.work and not any(role.shards is not None and each in role.shards for each in guilds)
    if sender == process or theirs:
        return []
    return [word.replace("-", " ") for word in words if not word.startswith(_OF)]


def application(process: str) -> str:
    """What a process calls its connections."""
    return f"drover {process}"


def role_of(row: AnyRow) -> Role:
    """What a row of `processes` says that it does."""
    shards = None
    if row["shard_count"] is not None:
        shards = Shards(row["first_shard"], row["last_shard"], row["shard_count"])
    return Role(shards, work=bool(row["work"]))


def _alike(role: Role, wanted: Sequence[Role]) -> bool:
    """Whether they count their shards as we do, so that waiting makes sense."""
    counts = {each.shards.count for each in (role, *wanted) if each.shards is not None}
    return len(counts) <= 1


def _refusal(wanted: Role, holder: Role, host: str, where: str) -> str:
    if not _alike(holder, [wanted]):
        return (
            f"a Drover on {host} has {holder} on {where}, and this one wants {wanted}: all of them have to count their "
            "shards alike. Start this one with the same number after the stroke, or stop the others first"
        )
    if holder == wanted == Role():
        return (
            f"another Drover is running on {where} (on {host}). Stop it first, set DROVER_DATABASE_URL to another one, "
            "or share the work: `drover run --shards` and `drover work`"
        )
    return (
        f"a Drover on {host} has {holder} on {where}, and this one wants {wanted}. Stop that one first, or take a part "
        "that is free: `drover run --shards auto/N` and `drover work` wait for one"
    )
