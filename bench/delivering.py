"""How many results a second the bot brings from the provider into channels, and what its commands wait meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.rows import Flight
from bench.stage import GUILD, HERE, Code, Hall, hall

_SIZE = 50_000  # bytes
_MIDDLE = (0.1, 0.9)  # of all posts; the first and the last ones are no steady state


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    posts: int
    channels: int
    rate: float
    cpu: float  # seconds of a core for one delivery
    refused: int
    limits: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """`waits` of those commands that were answered, and the event loop's longest `stall` meanwhile: seconds.

    `cpu`: seconds of a core for one command, with what an order goes on to cost while commands come.
    """

    in_flight: int
    asked: int
    waits: Sequence[float]
    failed: int
    stall: float
    cpu: float


async def deliver(*, count: int, channels: int, limits: bool, code: Code = HERE) -> Delivered:
    """Everything ends within a moment: the bot is never without work."""
    async with hall(channels, code) as stage:
        provider = await stage.provider(size=_SIZE)
        flights = await stage.fill(provider, count, held=True)
        pace = {"DROVER_DISCORD_REQUESTS_PER_SECOND": 45} if limits else {}  # 45 is the default
        bot = await stage.bot(provider, flights, **pace)
        await stage.at_work(bot)
        await stage.until_listed(provider)
        await stage.discord.ask("limits", enabled=limits)
        await stage.oxen.ask("end", number=provider["number"], count=count, within=0.5)
        first, last = (int(count * share) for share in _MIDDLE)
        began = await _arrival(stage, first)
        cpu = bot.cpu()
        over = await _arrival(stage, last)
        cpu = bot.cpu() - cpu
        report = await stage.discord.ask("report")
        between = [at for _, at in report["posts"] if began < at <= over]
        refused = sum(times for what, times in report["statuses"].items() if what.endswith(" 429"))
        return Delivered(
            posts=len(between), channels=channels, rate=len(between) / (over - began),
            cpu=cpu / max(1, len(between)), refused=refused, limits=limits,
        )  # fmt: skip


async def _arrival(stage: Hall, number: int) -> float:
    """When that many results stood in their channels (unix seconds)."""
    await stage.until(lambda: stage.posted(number))
    return float(sorted(at for _, at in (await stage.discord.ask("report"))["posts"])[number - 1])


async def acknowledge(*, in_flight: int, seconds: float, rate: float = 50.0, code: Code = HERE) -> Waits:
    """Members use commands while so much is under way."""
    async with hall(code=code) as stage:
        provider = await stage.provider()
        # Most of it elsewhere: a server with ten thousand orders of its own is none that anybody has seen.
        flights = await stage.fill(provider, in_flight, held=True)
        moved = [_elsewhere(flight, index) for index, flight in enumerate(flights)]
        bot = await stage.bot(provider, moved, probed=True)
        await stage.at_work(bot)
        await stage.until_listed(provider)
        await bot.probe()
        cpu = bot.cpu()
        answer = await stage.discord.ask("use", rate=rate, seconds=seconds, requests=_WISHES)
        cpu = (bot.cpu() - cpu) / len(answer["waits"])
        stall = (await bot.probe())["stall"]
        waits = [wait for wait in answer["waits"] if wait is not None]
        return Waits(in_flight, len(answer["waits"]), waits, answer["failed"], stall, cpu)


def _elsewhere(flight: Flight, index: int) -> Flight:
    return replace(flight, guild=GUILD if index % 100 == 0 else index % 100)


_WISHES = [
    {"user": "Bo", "channel": f"lab-{n}", "command": command, "options": options, "guild": None, "locale": "en-US"}
    for n, (command, options) in enumerate(
        [("image", {"prompt": "a fox"}), ("video", {"prompt": "a fox"}), ("queue", {}), ("about", {})] * 5
    )
]
