"""Three real processes with a wire between the bot and each stand-in, and a keeper that starts the bot again.

Or more of them: then there is a PostgreSQL as well, and several processes of the bot share the work, each with a
keeper. The processes are kept as the demo keeps its own (`sandbox.demo.processes`): each in a session of its own, ended
with this one.
"""

import asyncio
import contextlib
import os
import re
import signal
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
from bot.store.faults import DatabaseFault
from bot.store.postgres.membership import LAPSE
from bot.store.storage import Storage, storage
from sandbox.demo.processes import Child, Processes
from sandbox.discord.client import Community
from sandbox.oxen.command import serve
from sandbox.oxen.server import OxenSandbox
from sandbox.postgres import PostgresServer, server
from tests.chaos.members import LAB, OWNER
from tests.chaos.wire import Wire
from tests.cli.processes import fork
from tests.e2e.kit import FakeRenderer
from tests.e2e.rules import FILM_CLUB

KEY = "sandbox"
RUNNING = 3  # generations at once: a guild's orders wait for each other
BUDGET = Decimal(8)  # USD a month: some of the last orders of a stage are refused
_SPEED = 150  # an image takes a tenth of a second, a video a second or two
_CONCURRENCY = 40
_PATIENCE = 20.0  # seconds for the bot to be ready; it takes one
_LOOK = 0.05  # seconds between two looks into its log
_TAKEN = re.compile(r'"event": "role taken".*"role": "([^"]+)"')
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'drover _%'"
_WORK = ("work",)
# Orders flow steadily there, and most of what ends is told by the event stream.
_UNHURRIED = {"DROVER_RUNNING": "20", "DROVER_POLL_SECONDS": "2", "DROVER_POLL_SECONDS_WITH_EVENTS": "10"}


class Forks(Processes):
    """Its children have imported the bot before they start: that takes most of a life that is short."""

    async def _spawn(self, arguments: Sequence[str], environment: Mapping[str, str], *, stderr: Any) -> Any:
        module, *given = arguments if arguments[0] == __name__ else ("bot", *arguments)
        variables = self._environment() | dict(environment)
        return await fork(tuple(given), self._folder, variables, log=stderr.fileno(), session=True, module=module)


@dataclass(frozen=True, slots=True)
class Crew:
    """`count` processes of the bot on a PostgreSQL: some for the shards, some for the work, of each kind one stands by.

    `lapse` in seconds, after which a silent one is gone.
    """

    count: int
    lapse: float

    @property
    def commands(self) -> list[tuple[str, ...]]:
        """What each is started with."""
        return [_WORK if number % 2 else ("run", "--shards", f"auto/{self.shards}") for number in range(self.count)]

    @property
    def shards(self) -> int:
        """One process more than so many is for them: it stands by."""
        return max(1, (self.count + 1) // 2 - 1)


class Keeper:
    """Starts the bot whenever it is gone, as a service manager does. `ends` has how lives ended by themselves."""

    def __init__(
        self,
        processes: Processes,
        folder: Path,
        environment: dict[str, str],
        name: str = "",
        command: Sequence[str] = ("run",),
    ) -> None:
        self.processes = processes
        self._folder = folder
        self._environment = environment
        self._name = name
        self.command = command
        self._child: Child | None = None
        self._pause = 0.0
        self._killed = False
        self._gone = asyncio.Event()
        self.lives = 0
        self.logs: list[tuple[Processes, Path]] = []  # of all lives, by what started them
        self.ends: list[str] = []

    @property
    def log(self) -> Path:
        """What the present life writes down."""
        return self._folder / f"bot-{self._name}{self.lives}.log"

    @property
    def role(self) -> str | None:
        """What the present life does of the whole, as it says itself: `shards 0-0/2`, `work`."""
        found = _TAKEN.search(_text(self.log))
        return found[1] if found is not None and self.alive else None

    @property
    def works(self) -> bool:
        """Whether it is for the work, and not for Discord."""
        return self.command[-1] == _WORK[-1]

    @property
    def alive(self) -> bool:
        """Whether it runs just now."""
        return self._child is not None and self._child.process.returncode is None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.lives += 1
            self._killed, self._pause, processes = False, 0.3, self.processes
            self.logs.append((processes, self.log))
            self._child = await processes.start("the bot", self.command, self.log, self._environment)
            code = await self._child.process.wait()
            processes.children.remove(self._child)  # its number may be given to a stranger from now on
            self._gone.set()
            if not self._killed:
                self.ends.append(f"{self._name}life {self.lives} ended with {code}: {_last_line(self.log)}")
            await asyncio.sleep(self._pause)

    def kill(self, pause: float = 0.0) -> None:
        """SIGKILL; it is started again after `pause` seconds."""
        self._killed, self._pause = True, pause
        self._signal(signal.SIGKILL)

    async def replace(self, processes: Processes) -> None:
        """A stop in good order, as for an upgrade; from now on it is one of `processes`. Returns when it has ended."""
        self.processes = processes
        self._gone.clear()
        self._killed = True
        self._signal(signal.SIGTERM)
        await self._gone.wait()

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after that time."""
        child = self._child
        self._signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if child is self._child:
                self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.process.pid, number)


_READY = ('"event": "ready"', '"event": "catalogue fetched"')


@dataclass(kw_only=True)
class Harness:
    """`past` holds what stand-ins for Oxen that are gone had seen: their accepted orders and their charges.

    `vanished`: what a fault made Oxen forget, uncharged, as far as `upstream` has seen.
    """

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
    keepers: list[Keeper]
    database: Storage
    postgres: PostgresServer | None
    crew: Crew | None
    guilds: Sequence[dict[str, Any]]  # that were made up: id, name, channel
    budget: Decimal | None  # USD a month, of the one guild there is
    past: list[tuple[list[Any], list[Any]]] = field(default_factory=list[tuple[list[Any], list[Any]]])
    vanished: set[str] = field(default_factory=set[str])

    @property
    def places(self) -> Sequence[tuple[str | None, str]]:
        """The guilds and channels in which members order."""
        return [(one["name"], one["channel"]) for one in self.guilds] or [(None, LAB)]

    @property
    def forgets(self) -> bool:
        """Whether the provider forgets what it made, but for its charge: in `ephemeral`, a row leaves with its end."""
        return self.dialect == "ephemeral"

    def keeper(self, *, discord: bool = True) -> Keeper:
        """Of the process that speaks with Discord, or with Oxen; where none has that role now, of one that wants it."""
        alike = [each for each in self.keepers if each.works is not discord] or self.keepers
        return next((each for each in alike if each.role), alike[0])

    async def ready(self) -> None:
        """Returns when the bot is connected and knows the models. Raises RuntimeError with what it said."""
        deadline = time.monotonic() + _PATIENCE
        while not all(any(event in _text(each.log) for each in self.keepers) for event in _READY):
            if time.monotonic() > deadline:
                said = [line for each in self.keepers for line in (*each.ends[-1:], _last_line(each.log))]
                raise RuntimeError("; ".join(["the bot is not ready", *said]))
            await asyncio.sleep(_LOOK)

    async def restart_postgres(self, *, at_once: bool, away: float) -> None:
        """The database is gone for a moment; `at_once`: as when its machine loses its power."""
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.stop, at_once=at_once)
            await asyncio.sleep(away)
            await asyncio.to_thread(self.postgres.start)

    async def cut_postgres(self) -> None:
        """All connections to the database are ended."""

        def cut() -> None:
            with self.database.changing() as db:
                db.execute(_CUT)

        with contextlib.suppress(DatabaseFault):  # it is being started
            await asyncio.to_thread(cut)

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

    async def requests(self) -> int:
        """To Oxen's API, until now."""
        counts: dict[str, int] = (await self._ask("requests"))["counts"]
        return sum(times for what, times in counts.items() if "/sandbox" not in what)

    async def _seen_now(self) -> tuple[list[Any], list[Any]]:
        accounts = (await self._ask("ledger"))["namespaces"]
        charges = [{**entry, "namespace": name} for name, one in accounts.items() for entry in one["entries"]]
        requests = await self._ask("requests")
        self.vanished.update(requests["vanished"])
        return requests["enqueued"], charges

    async def _ask(self, what: str) -> Any:
        async with self.session.get(f"{self.oxen_url}/sandbox/{what}") as response:
            response.raise_for_status()
            return await response.json()


@contextlib.asynccontextmanager
async def raised(
    folder: Path, dialect: str, crew: Crew | None = None, guilds: int = 0, before: Processes | None = None
) -> AsyncGenerator[Harness]:
    """A stage in an empty folder, with the bot ready; afterwards nothing of it runs.

    `guilds`: so many that have no rules of their own, on a Discord with its limits and pauses; with 0 there is one that
    has a budget, and nobody waits for Discord. `before`: what the bot's first lives are started by.
    """
    processes = Forks(folder)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        stack.push_async_callback(processes.dismiss)
        if before is not None:
            stack.push_async_callback(before.dismiss)
        oxen, oxen_url = await start_oxen(processes, folder, dialect)
        discord = await processes.start("the stand-in for Discord", ("sandbox", "discord"), folder / "discord.log")
        discord_url = _url(await discord.line())
        token = (await discord.line()).removeprefix("token ")
        postgres = None
        if crew is not None:
            postgres = await asyncio.to_thread(stack.enter_context, server("max_connections=120", durable=True))
        database = storage(postgres.url() if postgres is not None else f"sqlite:///{folder / 'drover.sqlite3'}")
        if not guilds:
            await asyncio.to_thread(_set_rules, database)
        to_oxen = await stack.enter_async_context(Wire(_port(oxen_url)))
        to_discord = await stack.enter_async_context(Wire(_port(discord_url)))
        community = Community(session, discord_url)
        settings = _settings(folder, to_oxen.port, to_discord.port, token)
        crowd: list[dict[str, Any]] = []
        if guilds:
            settings |= _UNHURRIED
            crowd = await community.make_up(guilds, owner=OWNER)
        else:
            await community.gateway_terms(identify_seconds=0)  # bots killed every few seconds would wait for it
            await community.rate_limits(scale=1000)  # waiting for Discord's buckets is discord.py's own business
        keepers = [Keeper(processes, folder, settings)]
        if crew is not None and postgres is not None:
            settings["DROVER_DATABASE_URL"] = postgres.url()
            program = () if crew.lapse == LAPSE else (__name__, "drover", str(crew.lapse))
            settings["DROVER_SHARDS_EACH"] = "1"
            keepers = [
                Keeper(
                    before or processes,
                    folder,
                    settings | {"DROVER_PROCESS": f"{n}"},
                    f"{n}-",
                    (*program, *command),
                )
                for n, command in enumerate(crew.commands)
            ]
        harness = Harness(
            folder=folder, session=session, processes=processes, dialect=dialect, oxen=oxen, discord=discord,
            to_oxen=to_oxen, to_discord=to_discord, oxen_url=oxen_url, community=community, keepers=keepers,
            database=database, postgres=postgres, crew=crew, guilds=crowd, budget=None if guilds else BUDGET,
        )  # fmt: skip
        for keeper in keepers:
            stack.push_async_callback(_ended, asyncio.create_task(keeper.run()))
        await asyncio.sleep(0)
        await harness.ready()
        yield harness


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


def _set_rules(database: Storage) -> None:
    """The server has a budget, before the bot's first life."""
    database.migrate(MIGRATIONS)
    policy = dump_policy(GuildPolicy(running=RUNNING, month_budget=BUDGET))
    with database.changing() as db:
        rules = {"guild": FILM_CLUB, "policy": policy}
        db.execute("INSERT INTO guild_policies VALUES (:guild, :policy, 0, 0)", rules)


def _hurried(lapse: float, arguments: Sequence[str]) -> None:
    """`drover`, where a process that is silent for so many seconds is gone: nobody waits for ten."""
    from bot.__main__ import main
    from bot.store.postgres.database import PostgresDatabase
    from bot.store.postgres.membership import Timing
    from bot.store.postgres.storage import PostgresStorage

    timing = Timing(lapse, lapse / 5)
    PostgresStorage.open = lambda self: PostgresDatabase(self.url, timing=timing)
    main(list(arguments), prog_name="drover")


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


if __name__ == "__main__":
    if sys.argv[1] == "drover":
        _hurried(float(sys.argv[2]), sys.argv[3:])
    else:  # the stand-in for Oxen, whose results take no work: nobody looks at them
        played = OxenSandbox(speed=_SPEED, concurrency=_CONCURRENCY, dialect=sys.argv[1], renderer=FakeRenderer())
        asyncio.run(serve(played, port=0))
