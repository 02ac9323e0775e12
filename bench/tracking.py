"""What it costs to learn that a generation is over, and how soon it is known: requests, and seconds to the post.

Beside it, for comparison, a loop that asks for each generation every 10 s, as one would write it first.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import aiohttp

from bench.rows import Flight
from bench.stage import Hall
from bench.standins import GET, LIST

_EVERY = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`seconds` is how long is measured. Who is late is waited for; what is not told by then counts as `later`."""

    in_flight: int
    namespaces: int
    seconds: float
    seed: int = 1
    settle: float = 3.0  # seconds before the measured ones, for what ended while the bot started
    late: float = 20.0  # seconds after the measured ones, at most, until what ended in them is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`waits`: from the end of each generation until it was told, seconds. `cpu`: seconds of a core."""

    case: Case
    requests: int
    ended: int
    waits: Sequence[float]
    cpu: float = math.nan

    @property
    def each(self) -> float:
        return self.requests / self.ended if self.ended else math.nan


async def run(stage: Hall, case: Case) -> Outcome:
    """The bot, from its first list on."""
    provider = await stage.provider()
    number = provider["number"]
    flights = await stage.fill(provider, case.in_flight, case.namespaces, seed=case.in_flight + case.seed)
    bot = await stage.bot(provider, flights)
    await stage.at_work(bot)
    await stage.until_listed(provider, case.namespaces)
    await asyncio.sleep(case.settle)
    before, began, cpu = (await stage.oxen.ask("report", number=number)), time.time(), bot.cpu()
    await asyncio.sleep(case.seconds)
    after, over, cpu = (await stage.oxen.ask("report", number=number)), time.time(), bot.cpu() - cpu
    ends = {each: at for each, at in after["ends"].items() if began <= at < over}
    posts = await stage.posts(flights)
    while ends.keys() - posts.keys() and time.time() < over + case.late:
        await asyncio.sleep(0.1)
        posts = await stage.posts(flights)
    await stage.dismiss(bot)
    await stage.oxen.ask("close", number=number)
    return Outcome(
        case=case,
        requests=_asked(after) - _asked(before),
        ended=len(ends),
        waits=[posts.get(each, math.inf) - at for each, at in ends.items()],
        cpu=cpu,
    )


async def loop_lives(stage: Hall, count: int, *, speed: float) -> float:
    """Requests of the loop for each generation, over whole lives: it does not depend on how many there are.

    Time runs `speed` times faster, for the provider and for the loop alike.
    """
    provider = await stage.provider(speed=speed)
    flights = await stage.fill(provider, count, new=True)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sandbox"}) as session:
        await asyncio.gather(*(_watch(session, provider["url"], flight, _EVERY / speed) for flight in flights))
    report = await stage.oxen.ask("report", number=provider["number"])
    await stage.oxen.ask("close", number=provider["number"])
    return _asked(report) / count


async def _watch(session: aiohttp.ClientSession, url: str, flight: Flight, every: float = _EVERY) -> float:
    await asyncio.sleep(Random(flight.remote_id).uniform(0, every))  # noqa: S311 - they did not begin all at once
    while True:
        async with session.get(f"{url}/api/ai/queue/{flight.remote_id}") as response:
            if (await response.json())["status"] in {"succeeded", "failed", "cancelled"}:
                return time.time()
        await asyncio.sleep(every)


def _asked(report: dict[str, dict[str, int]]) -> int:
    """What was asked about generations; the enqueue, the files, the catalogue and the stream are not that."""
    return sum(report["counts"].get(route, 0) for route in (LIST, GET, "GET /api/ai/generations"))
