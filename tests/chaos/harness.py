"""Three real processes with a wire between the bot and each stand-in, and a keeper that starts the bot again.

The processes are kept as the demo keeps its own (`sandbox.demo.processes`): each in a session of its own, ended with
this one.
"""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from bot.domain.rules.policy import GuildPolicy, dump_policy
from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from sandbox.demo.processes import Child, Processes
from sandbox.discord.client import Community
from sandbox.oxen.command import serve
from sandbox.oxen.server import OxenSandbox
from tests.chaos.wire import Wire
from tests.cli.processes import fork
from tests.e2e.kit import FakeRenderer
from tests.e2e.rules import FILM_CLUB

KEY = "sandbox"
RUNNING = 3  # generations at once: a guild's orders wait for each other
BUDGET = Decimal(8)  # USD a month: some of the last orders of a stage are refused
_SPEED = 150  # an image takes a tenth of a second, a video a second or two
_CONCURRENCY = 8
_PATIENCE = 20.0  # seconds for the bot to be ready; it takes one
_LOOK = 0.05  # seconds between two looks into its log


class Forks(Processes):
    """Its children have imported the bot before they start: that takes most of a life that is short."""

    async def _spawn(self, arguments: Sequence[str], environment: Mapping[str, str], *, stderr: Any) -> Any:
        module, *given = arguments if arguments[0] == __name__ else ("bot", *arguments)
        variables = self._environment() | dict(environment)
        return await fork(tuple(given), self._folder, variables, log=stderr.fileno(), session=True, module=module)


class Keeper:
    """Starts the bot whenever it is gone, as a service manager does. `ends` has how lives ended by themselves."""

    def __init__(self, processes: Processes, folder: Path, environment: dict[str, str]) -> None:
        self._processes = processes
        self._folder = folder
        self._environment = environment
        self._child: Child | None = None
        self._pause = 0.0
        self._killed = False
        self.lives = 0
        self.ends: list[str] = []

    @property
    def log(self) -> Path:
        """What the present life writes down."""
        return self._folder / f"bot-{self.lives}.log"

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.lives += 1
            self._killed, self._pause = False, 0.3
            self._child = await self._processes.start("the bot", ("run",), self.log, self._environment)
            code = await self._child.process.wait()
            self._processes.children.remove(self._child)  # its number may be given to a stranger from now on
            if not self._killed:
                self.ends.append(f"life {self.lives} ended with {code}: {_last_line(self.log)}")
            await asyncio.sleep(self._pause)

    def kill(self, pause: float = 0.0) -> None:
        """SIGKILL; it is started again after `pause` seconds."""
        self._killed, self._pause = True, pause
        self._signal(signal.SIGKILL)

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after that time."""
        child = self._child
        self._signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if child is self._child:
                self._signal(signal.SIGCONT)

    async def ready(self) -> None:
        """Returns when the present life is connected and knows the models. Raises RuntimeError with what it said."""
        deadline = time.monotonic() + _PATIENCE
        while not all(event in _text(self.log) for event in _READY):
            if time.monotonic() > deadline:
                raise RuntimeError("; ".join(["the bot is not ready", *self.ends[-1:], _last_line(self.log)]))
            await asyncio.sleep(_LOOK)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self._child.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.process.pid, number)


_READY = ('"event": "ready"', '"event": "catalogue fetched"')


@dataclass(kw_only=True)
class Harness:
    """`past` holds what stand-ins for Oxen that are gone had seen: their accepted orders and their charges."""

    folder: Path
    session: aiohttp.ClientSession
    processes: Processes
    dialect: str
    oxen: Child
    discord: Child
    to_oxen: Wire
    to_discord: Wire
    oxen_url: str
    community: Community
    keeper: Keeper
    past: list[tuple[list[Any], list[Any]]] = field(default_factory=list[tuple[list[Any], list[Any]]])

    @property
    def forgets(self) -> bool:
        """Whether the provider forgets what it made, but for its charge: in `ephemeral`, a row leaves with its end."""
        return self.dialect == "ephemeral"

    @property
    def database(self) -> Path:
        return self.folder / "drover.sqlite3"

    async def break_oxen(self, *faults: dict[str, Any]) -> None:
        """These are broken, and nothing else."""
        async with self.session.put(f"{self.oxen_url}/sandbox/faults", json={"faults": faults}) as response:
            response.raise_for_status()

    async def upstream(self) -> tuple[list[Any], list[Any]]:
        """All orders that any stand-in for Oxen accepted, and all that was charged."""
        enqueued, charges = await self._seen_now()
        for accepted, charged in self.past:
            enqueued, charges = accepted + enqueued, charged + charges
        return enqueued, charges

    async def restart_oxen(self) -> None:
        """A real restart: it forgets all that it made. Whoever calls this sees to it that nothing is in the making."""
        self.past.append(await self._seen_now())
        self.oxen.process.terminate()
        await self.oxen.process.wait()
        self.processes.children.remove(self.oxen)
        self.oxen, self.oxen_url = await start_oxen(self.processes, self.folder, self.dialect)
        self.to_oxen.target = _port(self.oxen_url)
        self.to_oxen.cut()

    async def calm(self) -> None:
        """Nothing is broken any more."""
        for wire in (self.to_oxen, self.to_discord):
            wire.calm()
        await self.break_oxen()
        await self.community.clear_faults()

    async def _seen_now(self) -> tuple[list[Any], list[Any]]:
        accounts = (await self._ask("ledger"))["namespaces"]
        charges = [{**entry, "namespace": name} for name, one in accounts.items() for entry in one["entries"]]
        return (await self._ask("requests"))["enqueued"], charges

    async def _ask(self, what: str) -> Any:
        async with self.session.get(f"{self.oxen_url}/sandbox/{what}") as response:
            response.raise_for_status()
            return await response.json()


@contextlib.asynccontextmanager
async def raised(folder: Path, dialect: str) -> AsyncGenerator[Harness]:
    """A stage in an empty folder, with the bot ready; afterwards nothing of it runs."""
    processes = Forks(folder)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        stack.push_async_callback(processes.dismiss)
        oxen, oxen_url = await start_oxen(processes, folder, dialect)
        discord = await processes.start("the stand-in for Discord", ("sandbox", "discord"), folder / "discord.log")
        discord_url = _url(await discord.line())
        token = (await discord.line()).removeprefix("token ")
        await asyncio.to_thread(_set_rules, folder / "drover.sqlite3")
        to_oxen = await stack.enter_async_context(Wire(_port(oxen_url)))
        to_discord = await stack.enter_async_context(Wire(_port(discord_url)))
        community = Community(session, discord_url)
        await community.gateway_terms(identify_seconds=0)  # bots that are killed every few seconds would wait for it
        await community.rate_limits(scale=1000)  # waiting for Discord's buckets is discord.py's own business
        keeper = Keeper(processes, folder, _settings(folder, to_oxen.port, to_discord.port, token))
        keeping = asyncio.create_task(keeper.run())
        stack.push_async_callback(_ended, keeping)
        await asyncio.sleep(0)
        await keeper.ready()
        yield Harness(
            folder=folder, session=session, processes=processes, dialect=dialect, oxen=oxen, discord=discord,
            to_oxen=to_oxen, to_discord=to_discord, oxen_url=oxen_url, community=community, keeper=keeper,
        )  # fmt: skip


async def start_oxen(processes: Processes, folder: Path, dialect: str) -> tuple[Child, str]:
    """A stand-in that knows of nothing yet, and its address."""
    child = await processes.start("the stand-in for Oxen", (__name__, dialect), folder / "oxen.log")
    return child, _url(await child.line())


async def freeze(child: Child, seconds: float) -> None:
    """SIGSTOP of a stand-in, and SIGCONT after that time."""
    with contextlib.suppress(ProcessLookupError):
        child.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            child.process.send_signal(signal.SIGCONT)


def _set_rules(database: Path) -> None:
    """The server has a budget, before the bot's first life."""
    migrate(database, MIGRATIONS)
    policy = dump_policy(GuildPolicy(running=RUNNING, month_budget=BUDGET))
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.execute("INSERT INTO guild_policies VALUES (?, ?, 0, 0)", (FILM_CLUB, policy))


def _settings(folder: Path, oxen: int, discord: int, token: str) -> dict[str, str]:
    """Time passes faster at this provider, so the bot looks as much more often."""
    return {
        "DISCORD_TOKEN": token,
        "DISCORD_API_URL": f"http://127.0.0.1:{discord}/api/v10",
        "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{discord}/",
        "OXEN_API_KEY": KEY,
        "OXEN_API_URL": f"http://127.0.0.1:{oxen}",
        "DROVER_DATABASE_URL": f"sqlite:///{folder / 'drover.sqlite3'}",
        "DROVER_WORK_DIR": str(folder / "work"),
        "DROVER_LOG_FORMAT": "json",
        "DROVER_WITHOUT_NAMESPACE": "own",
        "DROVER_NAMESPACES": "*",
        "DROVER_RUNNING": str(RUNNING),
        "DROVER_GRACE_SECONDS": "1",
        "DROVER_POLL_SECONDS": "0.3",
        "DROVER_POLL_SECONDS_WITH_EVENTS": "0.7",
    }


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _last_line(path: Path) -> str:
    lines = _text(path).splitlines()
    return lines[-1][:300] if lines else "nothing said"


def _url(line: str) -> str:
    """Of `… sandbox ready http://127.0.0.1:41234`."""
    return line.rpartition(" ")[2]


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


if __name__ == "__main__":  # the stand-in for Oxen, whose results take no work: nobody looks at them
    asyncio.run(
        serve(OxenSandbox(speed=_SPEED, concurrency=_CONCURRENCY, dialect=sys.argv[1], renderer=FakeRenderer()), port=0)
    )
