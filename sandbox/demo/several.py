"""`drover demo --processes`: several processes of the bot serve ten thousand servers from one PostgreSQL."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import psycopg

from sandbox.demo import DemoFailed, expect
from sandbox.demo.processes import Child, Processes, address, discord_settings, oxen_settings
from sandbox.demo.provider import KEY, OPERATOR, Provider
from sandbox.demo.screen import Screen
from sandbox.demo.show import staged
from sandbox.discord.client import Community, Refused
from sandbox.postgres import NoServer, PostgresServer, server

_OWNER = "Ada"  # of all of them
_EACH = 4  # shards of a process
_SPEED = 10
_CONCURRENCY = 40
_MODEL = "flux-2-dev"  # what it costs is known before
_PACE = 0.7  # seconds between two orders
_KILL_EVERY = 5.0  # seconds
_BACK = 0.5  # seconds until a killed process is started again, as a service manager does
_ASKED_AGAIN = 3.0  # seconds after which a member whose command nobody answered uses it again
_READY, _END = 90.0, 240.0  # seconds
_TAKEN, _EVICTED = '"event": "role taken"', '"event": "process evicted"'
_LOOK = 0.3  # seconds between two looks at how far it is
_STEADY = 25  # looks in a row after which nothing more is to come: an order may be accepted late
_BUSY = 429
_MICRO = 1_000_000
_BOOKS = """
    SELECT (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM posts WHERE state = 'delivered'),
        (SELECT COUNT(*) FROM generations WHERE ended_at IS NULL),
        COALESCE(SUM(CASE WHEN kind IN ('charge', 'adjust') THEN micro_usd END), 0)::BIGINT,
        COALESCE(SUM(CASE WHEN kind IN ('reserve', 'release') THEN micro_usd END), 0)::BIGINT,
        COALESCE(SUM(CASE WHEN kind IN ('unclear', 'clear') THEN micro_usd END), 0)::BIGINT
    FROM entries
"""


async def show(*, count: int, kill: bool, servers: int = 10_000, orders: int = 90) -> int:
    """Runs it and prints it. Returns the exit code of `staged`."""
    return await staged(partial(_perform, _Size(count, servers, orders), kill=kill))


async def _perform(size: "_Size", processes: Processes, screen: Screen, folder: Path, *, kill: bool) -> str | None:
    """The reason why it failed, or None."""
    try:
        async with contextlib.AsyncExitStack() as stack:
            postgres = await asyncio.to_thread(stack.enter_context, server("max_connections=200"))
            stack.push_async_callback(processes.dismiss)  # before the server that they use
            session = await stack.enter_async_context(aiohttp.ClientSession())
            crowd = await _built(size, processes, screen, folder, postgres, session)
            for keeper in crowd.keepers:
                stack.push_async_callback(_ended, asyncio.create_task(keeper.run()))
            await crowd.play(kill=kill)
    except (DemoFailed, NoServer, Refused, aiohttp.ClientError, psycopg.Error, OSError) as error:
        return str(error) or type(error).__name__
    return None


async def _built(
    size: "_Size",
    processes: Processes,
    screen: Screen,
    folder: Path,
    postgres: PostgresServer,
    session: aiohttp.ClientSession,
) -> "_Crowd":
    """The stand-ins run; of the bot nothing does yet."""
    shards = size.serving * _EACH
    options = ("--speed", str(_SPEED), "--concurrency", str(_CONCURRENCY), "--dialect", "browse")
    oxen, discord = await asyncio.gather(
        processes.start(
            "the stand-in for Oxen", ("sandbox", "oxen", *options, "--key", f"{KEY}={OPERATOR}"), folder / "oxen.log"
        ),
        processes.start("the stand-in for Discord", ("sandbox", "discord"), folder / "discord.log"),
    )
    oxen_url, discord_url = address(await oxen.line()), address(await discord.line())
    token = (await discord.line()).removeprefix("token ")
    community = Community(session, discord_url)
    await community.gateway_terms(shards=shards, max_concurrency=shards)
    servers = await community.make_up(size.servers, owner=_OWNER)
    screen.say(
        f"{size.processes} processes of Drover serve {size.servers:,} servers from one PostgreSQL, on this machine.",
        f"{size.serving} have {_EACH} of Discord's {shards} shards each; {size.working} for the work, one at a time.",
        "",
    )
    settings = {
        **discord_settings(discord_url, token, folder),
        **oxen_settings(oxen_url, KEY, _SPEED),
        "DROVER_DATABASE_URL": postgres.url(),
        "DROVER_SHARDS_EACH": str(_EACH),
        "DROVER_WITHOUT_NAMESPACE": "own",
        "DROVER_GRACE_SECONDS": "1",
    }
    commands = [("run", "--shards", f"auto/{shards}")] * size.serving + [("work",)] * size.working
    return _Crowd(
        community=community,
        provider=Provider(session, oxen_url),
        screen=screen,
        keepers=[
            _Keeper(processes, f"process-{number}", command, folder / f"bot-{number}", settings)
            for number, command in enumerate(commands, 1)
        ],
        servers=servers,
        size=size,
        database=postgres.url(),
    )


@dataclass(frozen=True, slots=True)
class _Size:
    processes: int
    servers: int
    orders: int

    @property
    def serving(self) -> int:
        """Processes with shards: three of five."""
        return min(self.processes - 1, round(self.processes * 0.6))

    @property
    def working(self) -> int:
        return self.processes - self.serving


class _Keeper:
    """Starts a process of the bot whenever it is gone, as a service manager does."""

    def __init__(
        self, processes: Processes, name: str, command: Sequence[str], logs: Path, settings: Mapping[str, str]
    ) -> None:
        self._processes = processes
        self._logs = logs
        self._settings = {**settings, "DROVER_PROCESS": name}
        self._child: Child | None = None
        self.name = name
        self.command = command
        self.lives = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.lives += 1
            log = self._logs.with_name(f"{self._logs.name}-{self.lives}.log")
            child = self._child = await self._processes.start(self.name, self.command, log, self._settings)
            await child.process.wait()
            self._processes.children.remove(child)
            await asyncio.sleep(_BACK)

    def kill(self) -> bool:
        """SIGKILL. False: it is not running just now."""
        if self._child is None or self._child.process.returncode is not None:
            return False
        os.killpg(self._child.process.pid, signal.SIGKILL)
        return True

    @property
    def resident(self) -> int:
        """Bytes; 0 while it is not running."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if self._child is not None and self._child.process.returncode is None:
                return int(psutil.Process(self._child.process.pid).memory_info().rss)
        return 0

    def wrote(self, event: str) -> int:
        """In how many lines of all its lives."""
        texts = (
            path.read_text(encoding="utf-8", errors="replace")
            for path in self._logs.parent.glob(f"{self._logs.name}-*.log")
        )
        return sum(text.count(event) for text in texts)


@dataclass(kw_only=True)
class _Crowd:
    """The processes, their servers, and what came of what was ordered there."""

    community: Community
    provider: Provider
    screen: Screen
    keepers: list[_Keeper]
    servers: list[dict[str, Any]]
    size: "_Size"
    database: str
    cards: set[str] = field(default_factory=set[str])
    told: Counter[str] = field(default_factory=Counter[str])  # by card: its results
    unanswered: int = 0
    kills: int = 0

    async def play(self, *, kill: bool) -> None:
        """From the first process to the books. Raises `DemoFailed`."""
        began = time.monotonic()
        await _within(_READY, _until(self._everybody_has_a_role))
        await _within(_READY, self._all_answer())
        self.screen.say(f"Everybody is served {time.monotonic() - began:.1f} s after the first process was started.")
        watching = asyncio.create_task(self._watch())
        try:
            await self._order(kill=kill)
            self.screen.say(
                "",
                "Everybody has ordered. Waiting for what is under way ... (What was being sent when its process was",
                "killed is looked for at Oxen: two minutes, if it never arrived there.)",
            )
            await _within(_END, _until(self._closed, looks=_STEADY))
        finally:
            await _ended(watching)
        await self._books()

    async def _all_answer(self) -> None:
        """One server of each process is answered."""
        shards = self.size.serving * _EACH
        for shard in range(0, shards, _EACH):
            where = next(one for one in self.servers if (int(one["id"]) >> 22) % shards == shard)
            await _until(partial(self._asked, "about", {}, where), _ASKED_AGAIN)

    async def _asked(self, command: str, options: dict[str, Any], where: dict[str, Any]) -> str | None:
        """The id of the answer's message; None where nobody answered."""
        try:
            found = await self.community.invoke(
                user=_OWNER, channel=where["channel"], guild=where["name"], command=command, options=options
            )
        except Refused:  # the command is not registered yet
            return None
        return found.response_message_id

    async def _order(self, *, kill: bool) -> None:
        """Returns when everybody has ordered; while the first try of some is still to come, processes are killed."""
        dice = random.Random(7)  # which servers order: the same in every run
        async with asyncio.TaskGroup() as group:
            killing = group.create_task(self._kill()) if kill else None
            for number in range(self.size.orders):
                group.create_task(self._one(number, dice.choice(self.servers)))
                await asyncio.sleep(_PACE)
            if killing is not None:
                killing.cancel()

    async def _one(self, number: int, where: dict[str, Any]) -> None:
        """A member orders, and again for as long as nobody answers."""
        while True:
            card = await self._asked("image", {"prompt": f"a lighthouse, number {number}", "model": _MODEL}, where)
            if card is not None:
                self.cards.add(card)
                return
            self.unanswered += 1
            await asyncio.sleep(_ASKED_AGAIN)

    async def _kill(self) -> None:
        """One process every five seconds, each in its turn."""
        while True:
            for keeper in self.keepers:
                await asyncio.sleep(_KILL_EVERY)
                if keeper.kill():
                    self.kills += 1
                    told = sum(1 for card in self.cards if self.told[card])
                    done = f"{told} of {len(self.cards)} orders have their result"
                    self.screen.say(f"  kill {self.kills}: {keeper.name} (drover {' '.join(keeper.command)}); {done}")

    async def _watch(self) -> None:
        after = await self.community.position()
        while True:
            for entry in await self.community.feed(after=after, wait=20):
                after = entry.sequence
                message = entry.message
                if entry.kind == "message_created" and message is not None and message.reply_to is not None:
                    self.told[message.reply_to] += 1

    async def _everybody_has_a_role(self) -> bool:
        return sum(each.wrote(_TAKEN) for each in self.keepers) >= self.size.serving + 1

    async def _closed(self) -> bool:
        """Each order has its result, and nothing is reserved any more."""
        orders, delivered, open_still, _, reserved, _ = await asyncio.to_thread(self._read)
        return orders == delivered and not open_still and not reserved

    def _read(self) -> tuple[int, ...]:
        with psycopg.connect(self.database) as db:
            return tuple(int(each) for each in db.execute(_BOOKS.encode()).fetchall()[0])

    async def _books(self) -> None:
        orders, delivered, _, spent, reserved, unclear = await asyncio.to_thread(self._read)
        charged = sum((one.cost for each in (await self.provider.charges()).values() for one in each), Decimal(0))
        made = len(await self.provider.ordered())
        twice = sum(1 for count in self.told.values() if count > 1)
        answers = (await self.community.requests())["log"]
        busy = sum(1 for one in answers if one.get("status") == _BUSY)
        resident = max(each.resident for each in self.keepers) / 1024 / 1024
        self.screen.heading("What came of it")
        self.screen.table(
            (
                (
                    "processes killed",
                    str(self.kills),
                    f"and {sum(each.wrote(_EVICTED) for each in self.keepers)} counted as gone by others",
                ),
                ("roles taken", str(sum(each.wrote(_TAKEN) for each in self.keepers)), ""),
                ("orders", str(orders), f"{len(self.cards) - orders} more commands ended with their process"),
                ("results", str(delivered), f"{self.unanswered} commands had no answer, and were used again"),
                ("told twice", str(twice), ""),
                ("ordered from Oxen", str(made), f"for {orders} orders in the rows"),
                ("429 from Discord", str(busy), ""),
                (
                    "memory of the largest process",
                    f"{resident:.0f} MiB",
                    f"with {self.size.servers // self.size.serving:,} servers",
                ),
            )
        )
        self.screen.heading("Drover's ledger and Oxen's, side by side")
        equal = Decimal(spent) / _MICRO == charged and not reserved
        self.screen.table(
            (
                ("spent", "reserved", "unclear", "Oxen's total", ""),
                (
                    f"${Decimal(spent) / _MICRO:.2f}", f"${Decimal(reserved) / _MICRO:.2f}",
                    f"${Decimal(unclear) / _MICRO:.2f}", f"${charged:.2f}", "✓ equal" if equal else "✗ they differ",
                ),
            )
        )  # fmt: skip
        expect(equal, "the two ledgers differ")
        expect(not twice, f"{twice} results were told twice")
        expect(made <= orders, f"{orders} orders were sent {made} times")


async def _until(holds: Callable[[], Awaitable[object]], every: float = _LOOK, looks: int = 1) -> None:
    """Until it holds, so many looks in a row."""
    held = 0
    while held < looks:
        held = held + 1 if await holds() else 0
        await asyncio.sleep(every)


async def _within(seconds: float, work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        raise DemoFailed(f"it was not so far after {seconds:g} s") from None


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
