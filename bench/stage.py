"""The real bot, in a process of its own, between two stand-ins in processes of their own."""

import asyncio
import contextlib
import json
import os
import shutil
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
GUILD = 1150000000000000100
_CHANNEL, _CARD = 1151000000000000000, 1152000000000000000
_OWN = ("DROVER_", "DISCORD_", "OXEN_")
_PATIENCE = 120.0  # seconds for anything at all
JSON = dict[str, Any]


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

    def __init__(self, folder: Path, oxen: StandIn, discord: StandIn, channels: int) -> None:
        self.oxen, self.discord = oxen, discord
        self._folder, self._channels = folder, channels
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

    async def bot(self, provider: JSON, flights: Sequence[Flight], *, finished: int = 0, **settings: Any) -> Bot:
        """A bot whose rows say that these are under way. Returns as soon as its process runs."""
        folder = Path(tempfile.mkdtemp(prefix="bot-", dir=self._folder))
        database = folder / "drover.sqlite3"
        await asyncio.to_thread(rows.make, database, flights, finished=finished)
        return await self.start(provider, folder, **settings)

    async def start(self, provider: JSON, folder: Path, **settings: Any) -> Bot:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder),
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
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL,
                stdout=written, stderr=written,
            )  # fmt: skip
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
        community.write_text(json.dumps(_community(self._channels)), encoding="utf-8")
        self.door = await self.discord.ask("open", community=str(community))
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in list(self._bots):
            await self.dismiss(bot)


@contextlib.asynccontextmanager
async def hall(channels: int = 40) -> AsyncIterator[Hall]:
    """The stand-ins; whatever was started here is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        processes = [await _stand_in(kind, folder) for kind in ("oxen", "discord")]
        try:
            async with Hall(folder, *(StandIn(process) for process in processes), channels) as made:
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


def _community(channels: int) -> JSON:
    """One large guild, boosted as far as it goes: it takes files of 100 MiB."""
    return {
        "application": {"id": "1150000000000000001", "name": "Bench", "description": ""},
        "users": [{"name": "Ada", "id": "1150000000000000011"}, {"name": "Bo", "id": "1150000000000000012"}],
        "guilds": [
            {
                "name": "Bench", "id": str(GUILD), "owner": "Ada", "premium_tier": 3, "roles": [],
                "members": {"Ada": [], "Bo": []},
                "channels": [{"name": f"lab-{n}", "id": str(_CHANNEL + n)} for n in range(channels)],
            }
        ],
    }  # fmt: skip
