"""The real bot, in a process of its own, between two stand-ins in processes of their own."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from bench import rows
from bench.rows import Flight
from bench.standins import LINE

ROOT = Path(__file__).resolve().parent.parent
_PROBE = Path(__file__).with_name("probe.py")
GUILD = 1150000000000000100
_SHARD_BITS = 22  # the lowest ones of an id say nothing of its shard
_CHANNEL, _CARD = 1151000000000000000, 1152000000000000000
_OWN = ("DROVER_", "DISCORD_", "OXEN_")
_PATIENCE = 120.0  # seconds for anything at all
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """A version of the bot: its checkout, and the interpreter that has what it needs."""

    name: str
    root: Path = ROOT
    python: Path = Path(sys.executable)

    async def __call__(self, *arguments: str, **how: Any) -> asyncio.subprocess.Process:
        """Starts a process of that interpreter, with no input."""
        return await asyncio.create_subprocess_exec(self.python, *arguments, stdin=asyncio.subprocess.DEVNULL, **how)


HERE = Code("here")


class Ended(Exception):
    """A process ended that was still needed."""


@dataclass
class StandIn:
    """One process of `bench.standins`. Asked one thing at a time."""

    process: asyncio.subprocess.Process
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, do: str, **values: Any) -> JSON:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise Ended
        async with self._turn:
            stdin.write(json.dumps({"do": do, **values}).encode() + b"\n")
            line = await stdout.readline()
        if not line:
            raise Ended("a stand-in ended")
        answer: JSON = json.loads(line)
        return answer


@dataclass
class Bot:
    """A running bot. `began` is when its process was started (unix seconds)."""

    process: asyncio.subprocess.Process
    began: float
    log: Path

    async def probe(self) -> dict[str, float]:
        """What `bench.probe` has counted; of a bot that was started with `probed`."""
        told = self.log.with_name("probe")
        told.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(_PATIENCE):
            while not told.exists():  # noqa: ASYNC110 - it cannot tell otherwise
                await asyncio.sleep(0.01)
        found: dict[str, float] = json.loads(told.read_text(encoding="utf-8"))
        return found

    @property
    def _ps(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    def resident(self) -> float:
        """MiB."""
        return float(self._ps.memory_info().rss) / 2**20

    def cpu(self) -> float:
        """Seconds of one core, all threads together."""
        times = self._ps.cpu_times()
        return float(times.user + times.system)

    def said(self, message: str) -> list[JSON]:
        """The log records with this message."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        records = [json.loads(line) for line in lines if message in line and line.startswith("{")]
        return [record for record in records if record.get("event", record.get("message")) == message]

    async def until_said(self, *messages: str) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not all(self.said(message) for message in messages):
                if self.process.returncode is not None:
                    raise Ended(self.log.read_text(encoding="utf-8")[-3000:])
                await asyncio.sleep(0.05)


class Hall:
    """Both stand-ins, and as many bots between them as a measurement wants."""

    def __init__(
        self, folder: Path, oxen: StandIn, discord: StandIn, channels: int, code: Code, guilds: int = 1
    ) -> None:
        self.oxen, self.discord = oxen, discord
        self._code = code
        self._folder, self._channels, self._guilds = folder, channels, guilds
        self._cards = 0
        self._bots: list[Bot] = []
        self.door: JSON = {}

    async def provider(self, **options: Any) -> JSON:
        """One more stand-in for Oxen: {"number", "url"}."""
        return await self.oxen.ask("open", **options)

    async def fill(self, provider: JSON, count: int, namespaces: int = 1, **how: Any) -> list[Flight]:
        """`count` generations under way at the provider, and their cards in the channels."""
        made = (await self.oxen.ask("fill", number=provider["number"], count=count, namespaces=namespaces, **how))[
            "generations"
        ]
        flights = [
            Flight(remote_id, namespace, age, model, _CARD + self._cards + n, _CHANNEL + n % self._channels, GUILD)
            for n, (remote_id, namespace, age, model) in enumerate(made)
        ]
        self._cards += count
        await self.discord.ask("cards", cards=[[flight.card, flight.channel] for flight in flights])
        return flights

    async def bot(self, provider: JSON, flights: Sequence[Flight], *, finished: int = 0, **how: Any) -> Bot:
        """A bot whose rows say that these are under way. Returns as soon as its process runs."""
        folder = self.place()
        database = folder / "drover.sqlite3"
        await self.migrate(f"sqlite:///{database}")
        await asyncio.to_thread(rows.fill, database, flights, finished=finished)
        return await self.start(provider, folder, **how)

    def place(self) -> Path:
        """A folder for one more bot."""
        return Path(tempfile.mkdtemp(prefix="bot-", dir=self._folder))

    async def migrate(self, database: str) -> None:
        migrating = await self._code(
            *("-m", "bot", "migrate"), cwd=self._folder, stdout=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(self._code.root), "DROVER_DATABASE_URL": database},
        )  # fmt: skip
        if await migrating.wait():
            raise Ended(f"{self._code.name} cannot migrate")

    async def start(
        self,
        provider: JSON,
        folder: Path,
        arguments: Sequence[str] = ("run",),
        *,
        probed: bool = False,
        **settings: Any,
    ) -> Bot:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        environment |= {
            "PYTHONPATH": str(self._code.root),
            "TMPDIR": str(folder),
            "DROVER_PROBE": str(folder / "probe"),
            "DISCORD_TOKEN": self.door["token"],
            "DISCORD_API_URL": f"{self.door['url']}/api/v10",
            "OXEN_API_KEY": "sandbox",
            "OXEN_API_URL": provider["url"],
            "DROVER_DATABASE_URL": f"sqlite:///{folder / 'drover.sqlite3'}",
            "DROVER_WORK_DIR": str(folder / "work"),
            "DROVER_WITHOUT_NAMESPACE": "own",
            "DROVER_LOG_FORMAT": "json",
            "DROVER_DISCORD_REQUESTS_PER_SECOND": "10000",  # no limit; a measurement says otherwise
        }
        environment |= {name: str(value) for name, value in settings.items()}
        log, began = folder / "log", time.time()
        with log.open("wb") as written:
            runs = (str(_PROBE),) if probed else ("-m", "bot")
            process = await self._code(*runs, *arguments, cwd=folder, env=environment, stdout=written, stderr=written)
        bot = Bot(process, began, log)
        self._bots.append(bot)
        return bot

    async def at_work(self, bot: Bot) -> None:
        """Returns when the bot is connected to both sides."""
        await bot.until_said("ready", "catalogue fetched", "event stream up")

    async def dismiss(self, bot: Bot) -> None:
        if bot.process.returncode is None:
            bot.process.terminate()
        try:
            await asyncio.wait_for(bot.process.wait(), 15)
        except TimeoutError:
            bot.process.kill()
            await bot.process.wait()
        if bot in self._bots:
            self._bots.remove(bot)
        shutil.rmtree(bot.log.parent, ignore_errors=True)

    async def posts(self, flights: Sequence[Flight]) -> dict[str, float]:
        """When the result of each generation stood in its channel, by the provider's id."""
        cards = {flight.card: flight.remote_id for flight in flights}
        posts = (await self.discord.ask("report"))["posts"]
        return {cards[card]: at for card, at in posts if card in cards}

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Asks again and again: processes that are measured are not made to tell."""
        async with asyncio.timeout(_PATIENCE):
            while not await holds():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def posted(self, count: int) -> bool:
        """Whether so many results stand in their channels."""
        return len((await self.discord.ask("report"))["posts"]) >= count

    async def until_listed(self, provider: JSON, times: int = 1) -> list[float]:
        """When each list call was answered, once there were so many."""
        lists: list[float] = []

        async def listed() -> bool:
            lists[:] = (await self.oxen.ask("report", number=provider["number"]))["lists"]
            return len(lists) >= times

        await self.until(listed)
        return lists

    async def __aenter__(self) -> Self:
        community = self._folder / "community.json"
        community.write_text(json.dumps(_community(self._channels, self._guilds)), encoding="utf-8")
        self.door = await self.discord.ask("open", community=str(community))
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in list(self._bots):
            await self.dismiss(bot)


@contextlib.asynccontextmanager
async def hall(channels: int = 40, code: Code = HERE, guilds: int = 1) -> AsyncIterator[Hall]:
    """The stand-ins, and bots of `code`; whatever was started here is gone when the block ends.

    Each guild has so many channels, `lab-0` and on. The first is called `Bench`, the others `Bench 1` and on.
    """
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        processes = [await _stand_in(kind, folder) for kind in ("oxen", "discord")]
        try:
            async with Hall(folder, *(StandIn(process) for process in processes), channels, code, guilds) as made:
                yield made
        finally:
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _stand_in(kind: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.standins", kind), cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE,
    )  # fmt: skip


def _community(channels: int, guilds: int) -> JSON:
    """Large guilds, boosted as far as it goes: they take files of 100 MiB. Neighbours are of different shards."""
    return {
        "application": {"id": "1150000000000000001", "name": "Bench", "description": ""},
        "users": [{"name": "Ada", "id": "1150000000000000011"}, {"name": "Bo", "id": "1150000000000000012"}],
        "guilds": [
            {
                "name": f"Bench {guild}" if guild else "Bench", "id": str(GUILD + (guild << _SHARD_BITS)),
                "owner": "Ada", "premium_tier": 3, "roles": [], "members": {"Ada": [], "Bo": []},
                "channels": [{"name": f"lab-{n}", "id": str(_CHANNEL + guild * channels + n)} for n in range(channels)],
            }
            for guild in range(guilds)
        ],
    }  # fmt: skip
