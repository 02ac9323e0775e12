"""`python -m bench dispatchers`: who hands work to whom. Drover's roles beside pgqueuer and procrastinate, at work and
under the same blows. The processes are in `bench.contestants`; this one is the outside that they call, and kills them.
"""

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import io
import itertools
import math
import os
import re
import signal
import statistics
import sys
import tempfile
import time
import tokenize
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path
from typing import Any

import psycopg
from aiohttp import web

from bench.contestants import CONTESTANTS, TABLES, Procrastinate, RowLease
from bench.contestants import PgQueuer as ByPgQueuer
from bench.contestants import Roles as ByRoles
from bench.figures import Table, number
from bench.fleet import cpu_of
from bench.stage import HERE, ROOT
from bot.domain import roles
from bot.domain.clock import SystemClock
from bot.store.postgres import membership
from bot.store.postgres.connections import conninfo
from bot.store.postgres.membership import LAPSE, application
from bot.store.postgres.schema import migrate
from sandbox.postgres import PostgresServer, server

# By contestant: what `pip install` is told, and the packages that then are there.
_WANTED = {
    "pgqueuer": ("pgqueuer[asyncpg]==1.6.0", ("pgqueuer", "asyncpg")),
    "procrastinate": ("procrastinate==3.10.0", ("procrastinate",)),
}
_PROCESSES = 3
_CALL = 0.005  # seconds that the outside takes
_PACE = 25  # rows a second under the blows
_BATCH = 5
_LOOK = 0.05
_PATIENCE = 60.0
_PAUSE = LAPSE + 8
_REST = 4.0  # between two blows
_IN_HAND = "SELECT id FROM sends WHERE state = 'sending' AND process = %s"
_REQUIREMENTS = ROOT / "requirements" / "run.txt"


@dataclass(frozen=True, slots=True)
class Call:
    id: int
    process: str
    pid: int
    at: float


class Outside:
    """Counts what it is asked to send, and kills who asks when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.killed: set[int] = set()
        self._strike: asyncio.Future[Call] | None = None
        self._counted = True

    async def kill_the_next(self, *, counted: bool) -> Call:
        """Ends the process that makes the next call by SIGKILL, while it waits for the answer.

        With `counted` only the answer is lost, else the call as well.
        """
        self._strike, self._counted = asyncio.get_running_loop().create_future(), counted
        async with asyncio.timeout(_PATIENCE):
            return await self._strike

    async def _send(self, request: web.Request) -> web.Response:
        asked = request.query
        call = Call(int(request.match_info["id"]), asked["process"], int(asked["pid"]), time.monotonic())
        strike, self._strike = self._strike, None
        if strike is not None:
            self.killed.add(call.pid)
            os.kill(call.pid, signal.SIGKILL)
            strike.set_result(call)
        if strike is None or self._counted:
            self.calls.append(call)
        await asyncio.sleep(_CALL)
        return web.Response()

    async def _sent(self, request: web.Request) -> web.Response:
        asked = int(request.match_info["id"])
        return web.Response(status=200 if any(call.id == asked for call in self.calls) else 404)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.add_routes([web.post("/send/{id}", self._send), web.get("/sent/{id}", self._sent)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


class Trial:
    """One contestant's processes on a PostgreSQL of their own. One that ends is started anew; `ended`: by itself."""

    def __init__(self, name: str, postgres: PostgresServer, outside: Outside, folder: Path) -> None:
        self.contestant = CONTESTANTS[name]
        self.postgres, self.outside = postgres, outside
        self.pause = folder / "pause"
        self.ended = 0
        self._next = 0
        self.running: dict[int, asyncio.subprocess.Process] = {}
        self._name, self._folder = name, folder

    @contextlib.asynccontextmanager
    async def at_work(self, url: str, processes: int = _PROCESSES) -> AsyncIterator[None]:
        async with self.connection() as db:
            await db.execute(TABLES)
            await self.contestant.install(db)
        slots = [asyncio.create_task(self._keep_one(url)) for _ in range(processes)]
        try:
            yield
        finally:
            for slot in slots:
                slot.cancel()
            await asyncio.wait(slots)
            for each in self.running.values():
                with contextlib.suppress(ProcessLookupError):
                    each.kill()
                await each.wait()

    async def _keep_one(self, url: str) -> None:
        while True:
            arguments = ("-m", "bench.contestants", self._name, self.postgres.url(), url, str(self.pause))
            with (self._folder / "log").open("ab") as log:
                process = await HERE(*arguments, cwd=ROOT, stdout=log, stderr=log)
            self.running[process.pid] = process
            await process.wait()
            del self.running[process.pid]
            self.ended += process.pid not in self.outside.killed

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator["psycopg.AsyncConnection[Any]"]:
        async with await psycopg.AsyncConnection.connect(conninfo(self.postgres.url()), autocommit=True) as db:
            yield db

    async def add(self, count: int) -> None:
        """So many rows, and what the contestant wants to know of them, in one transaction."""
        ids = range(self._next, self._next + count)
        self._next += count
        async with self.connection() as db, db.transaction():
            await db.cursor().executemany("INSERT INTO sends (id) VALUES (%s)", [(each,) for each in ids])
            await self.contestant.enqueue(db, ids)

    async def feed(self) -> None:
        """For ever, at a pace."""
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                await self.add(_BATCH)
            await asyncio.sleep(_BATCH / _PACE)

    async def ask(self, query: str, *values: object) -> list[Any]:
        """The first column, of all rows."""
        async with self.connection() as db:
            return [row[0] for row in await (await db.execute(query.encode(), values)).fetchall()]

    async def until_sent(self, ids: Collection[int] | None = None, patience: float = _PATIENCE) -> bool:
        """Until these rows, or all, say that they are sent; whether they do in the end."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if ids is None:
                left = await self.ask("SELECT COUNT(*) FROM sends WHERE state <> 'sent'")
            else:
                left = await self.ask("SELECT COUNT(*) FROM sends WHERE state <> 'sent' AND id = ANY(%s)", list(ids))
            if left == [0]:
                return True
            await asyncio.sleep(_LOOK)
        return False

    async def until_called(self, since: float, holds: Callable[[Call], bool] = lambda _: True) -> float:
        """Seconds from `since` to the first call after it of which this is true; infinite: none came."""
        while time.monotonic() < since + _PATIENCE:
            for call in self.outside.calls:
                if call.at > since and holds(call):
                    return call.at - since
            await asyncio.sleep(_LOOK)
        return math.inf

    def cpu(self) -> float:
        return sum(cpu_of(pid) for pid in self.running) + cpu_of(self.postgres.pid)


@contextlib.asynccontextmanager
async def trial(name: str, processes: int = _PROCESSES) -> AsyncIterator[Trial]:
    """Returns when the processes work."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drover-trial-")))
        postgres = stack.enter_context(server("max_connections=100", durable=True))
        await asyncio.to_thread(migrate, postgres.url(), ROOT / "migrations", SystemClock())
        outside = Outside()
        made = Trial(name, postgres, outside, folder)
        async with outside.serving() as url, made.at_work(url, processes):
            await made.add(10 * processes)
            if not await made.until_sent():
                raise RuntimeError(f"{name} does not work: {(folder / 'log').read_text(errors='replace')[-3000:]}")
            await asyncio.sleep(2)  # the others, too
            yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Rows a second, and milliseconds of a core for each, PostgreSQL's included."""

    rate: float
    cpu: float


async def pace(name: str, rows: int) -> Pace:
    async with trial(name) as made:
        cpu, before = made.cpu(), len(made.outside.calls)
        await made.add(rows)
        await made.until_sent()
        calls = made.outside.calls[before:]
        return Pace(rate=rows / (calls[-1].at - calls[0].at), cpu=(made.cpu() - cpu) / rows * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blows:
    """What came of the kills. Seconds: from each SIGKILL until another process called (`others`), and until what the
    killed one had in hand was sent (`held`), from the beginning of a restart of PostgreSQL to the next call, from the
    cut of a process's connections until it called or its successor, from SIGSTOP until what was in hand was sent.

    `late`: calls of the process that was paused, once it was back, for rows that others had sent. Of `rows`: how many
    were called `never` and `twice`, and how many do not say `sent` in the end. `ended`: processes, by themselves.
    """

    others: Sequence[float]
    held: Sequence[float]
    restart: float
    cut: float
    paused: float
    late: int
    rows: int
    never: int
    twice: int
    unsent: int
    ended: int


async def blows(name: str, kills: int) -> Blows:
    async with trial(name) as made:
        feeding = asyncio.create_task(made.feed())
        try:
            await asyncio.sleep(_REST)
            others, held = zip(*[await _kill(made, counted=n % 2 == 0) for n in range(kills)], strict=True)
            restart, cut = await _restart(made), await _cut(made)
            paused, late = await _pause(made)
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])
        await made.until_sent()
        calls = Counter(call.id for call in made.outside.calls)
        rows = await made.ask("SELECT id FROM sends")
        return Blows(
            others=others,
            held=held,
            restart=restart,
            cut=cut,
            paused=paused,
            late=late,
            rows=len(rows),
            never=sum(calls[each] == 0 for each in rows),
            twice=sum(calls[each] > 1 for each in rows),
            unsent=len(await made.ask("SELECT id FROM sends WHERE state <> 'sent'")),
            ended=made.ended,
        )


async def _kill(made: Trial, *, counted: bool) -> tuple[float, float]:
    struck = await made.outside.kill_the_next(counted=counted)
    ids = await made.ask(_IN_HAND, struck.process)
    others = asyncio.create_task(made.until_called(struck.at, lambda call: call.pid != struck.pid))
    sent = await made.until_sent(ids)
    held = time.monotonic() - struck.at if sent else math.inf
    found = await others, held
    await asyncio.sleep(_REST)
    return found


async def _restart(made: Trial) -> float:
    began = time.monotonic()
    await asyncio.to_thread(made.postgres.stop)
    stopped = time.monotonic()
    await asyncio.to_thread(made.postgres.start)
    found = stopped - began + await made.until_called(stopped)
    await asyncio.sleep(_REST)
    return found


async def _cut(made: Trial) -> float:
    """Of the process that made the last call. If it ends, a new one counts as well."""
    known = {call.process for call in made.outside.calls}
    victim, began = made.outside.calls[-1].process, time.monotonic()
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
    await made.ask(query, application(victim))
    found = await made.until_called(began, lambda call: call.process == victim or call.process not in known)
    await asyncio.sleep(_REST)
    return found


async def _pause(made: Trial) -> tuple[float, int]:
    """Of the process that claims the next row, between the claim and the call: the worst moment."""
    made.pause.touch()
    async with asyncio.timeout(_PATIENCE):
        while made.pause.exists():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_LOOK)
    began = time.monotonic()
    pid = int(next(made.pause.parent.glob("pause.*")).suffix[1:])
    process = next(call.process for call in reversed(made.outside.calls) if call.pid == pid)
    ids = await made.ask(_IN_HAND, process)
    sent = await made.until_sent(ids, _PAUSE)
    found = time.monotonic() - began if sent else math.inf
    await asyncio.sleep(began + _PAUSE - time.monotonic())
    back, done = time.monotonic(), {call.id for call in made.outside.calls}
    os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(_REST)
    return found, sum(call.pid == pid and call.at > back and call.id in done for call in made.outside.calls)


def code_lines(source: str) -> int:
    """Lines with code: without empty ones, comments and docstrings."""
    lines, begins = set[int](), True
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent and not (begins and token.type == tokenize.STRING):
            lines.update(range(token.start[0], token.end[0] + 1))
        if token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}:
            begins = True
        elif token.type not in {tokenize.NL, tokenize.COMMENT}:
            begins = False
    return len(lines)


def brings(packages: Sequence[str]) -> list[str]:
    """These and what they need, without what users install already."""
    known = {_plain(line.split("==")[0]) for line in _REQUIREMENTS.read_text(encoding="utf-8").splitlines()}
    found, wanted = set[str](), list(packages)
    while wanted:
        name = _plain(wanted.pop())
        if name in found | known:
            continue
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # for another system, or another Python
            needs = importlib.metadata.requires(name) or []
            found.add(name)
            wanted += [re.split(r"[^\w.-]", each)[0] for each in needs if "extra ==" not in each]
    return sorted(found)


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")


async def measure(*, quick: bool) -> list[Table]:
    """Of the dispatchers those that are installed."""
    absent = {
        name: requirement
        for name, (requirement, packages) in _WANTED.items()
        if any(importlib.util.find_spec(package) is None for package in packages)
    }
    if absent:
        print(f"left out; to measure them as well: pip install {' '.join(absent.values())}\n", file=sys.stderr)
    names = [name for name in CONTESTANTS if name.split()[0] not in absent]
    rows, rounds, kills = (300, 1, 1) if quick else (2000, 5, 4)
    paces = {name: list[Pace]() for name in names}
    for _, name in itertools.product(range(rounds), names):
        paces[name].append(await pace(name, rows))
    struck = {name: list[Blows]() for name in names}
    for _ in range(1 if quick else 3):  # all at once: they mostly wait
        for name, found in zip(names, await asyncio.gather(*(blows(each, kills) for each in names)), strict=True):
            struck[name].append(found)
    return [table(paces, struck)]


def table(paces: dict[str, list[Pace]], struck: dict[str, list[Blows]]) -> Table:
    names = list(paces)

    def row(what: str, told: Callable[[str], str]) -> Sequence[str]:
        return (what, *(told(name) for name in names))

    def middle(values: Sequence[float], digits: int = 1) -> str:
        return number(statistics.median(values), digits)

    def spread(values: Sequence[float]) -> str:
        return f"{middle(values)}, {number(max(values), 1)}"

    def total(name: str, of: str) -> str:
        return str(sum(getattr(each, of) for each in struck[name]))

    def each_of(name: str, of: str) -> list[float]:
        return [getattr(each, of) for each in struck[name]]

    def every(name: str, of: str) -> list[float]:
        return [value for each in struck[name] for value in getattr(each, of)]

    lines = own_lines()
    new = {name: len(brings(packages)) for name, (_, packages) in _WANTED.items()}
    rows = [
        row("rows sent a second", lambda name: middle([each.rate for each in paces[name]], 0)),
        row("ms of a core for each", lambda name: middle([each.cpu for each in paces[name]], 2)),
        row("from SIGKILL to a call of another process, s", lambda name: spread(every(name, "others"))),
        row("from SIGKILL until what was in hand is sent, s", lambda name: spread(every(name, "held"))),
        row("from SIGSTOP until what was in hand is sent, s", lambda name: spread(each_of(name, "paused"))),
        row("calls of the paused one for what others had sent", lambda name: total(name, "late")),
        row("from a restart of PostgreSQL to the next call, s", lambda name: spread(each_of(name, "restart"))),
        row("from a cut of its connections to its next call, s", lambda name: spread(each_of(name, "cut"))),
        row("rows under the blows", lambda name: total(name, "rows")),
        row("never sent", lambda name: total(name, "never")),
        row("sent twice", lambda name: total(name, "twice")),
        row("that do not say `sent` in the end", lambda name: total(name, "unsent")),
        row("processes that ended by themselves", lambda name: total(name, "ended")),
        row("own lines", lambda name: str(lines[name])),
        row("packages that users do not have", lambda name: str(new.get(name.split()[0], 0))),
    ]
    notes = (
        f"{_PROCESSES} processes each, calls of {_CALL * 1000:g} ms, a lapse of {LAPSE:g} s for all. Each row is "
        "claimed and marked through Drover's store, with the same guard. Medians and the longest; at work in turn, "
        "under the blows all at once, each on a PostgreSQL of its own.",
        f"Lines of code without those that all share. Of those of the roles {lines['loop']} are the loop over the "
        "rows; the rest is all of `membership.py` and `roles.py`, for shards as well.",
    )
    return Table(title="Who hands work to whom", head=("", *names), rows=rows, notes=notes)


def own_lines() -> dict[str, int]:
    loop, row_lease = code_lines(getsource(ByRoles)), code_lines(getsource(RowLease))
    pgqueuer, procrastinate = code_lines(getsource(ByPgQueuer)), code_lines(getsource(Procrastinate))
    return {
        "loop": loop,
        "roles": loop + code_lines(getsource(membership)) + code_lines(getsource(roles)),
        "pgqueuer": pgqueuer,
        "procrastinate": procrastinate,
        "pgqueuer and leases": pgqueuer + row_lease,
        "procrastinate and leases": procrastinate + row_lease,
    }
