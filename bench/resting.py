"""What the bot weighs, and how soon it works again after a restart."""

import asyncio
import time

from bench.figures import Table, number, verdict
from bench.stage import Bot, hall

_MIB = 2**20
_LARGEST = 100 * _MIB - 128 * 1024  # bytes: what still goes into one message of the largest guilds
_AIM_BUSY, _AIM_MORE, _AIM_RESTART = 150.0, 20.0, 3.0


async def measure(*, quick: bool) -> list[Table]:
    busy = 1000 if quick else 10_000
    finished = 5000 if quick else 100_000
    idle, peak = await weigh_a_large_result()
    held, held_peak = await weigh_many(busy, 3.0 if quick else 15.0)
    seconds, ready = await restart(busy, finished)
    memory = Table(
        title="Resident memory",
        head=("", "MiB", "aim", ""),
        rows=[
            ("idle", number(idle, 1), "", ""),
            (f"{busy:,} in flight", number(held, 1), f"under {_AIM_BUSY:g}", verdict(met=held < _AIM_BUSY)),
            (f"{busy:,} in flight, at most", number(held_peak, 1), "", ""),
            (
                "a 100 MiB result passes through: at most more than idle", number(peak - idle, 1),
                f"under {_AIM_MORE:g}", verdict(met=peak - idle < _AIM_MORE),
            ),
        ],
    )  # fmt: skip
    again = Table(
        title="Restart",
        head=("rows", "in flight", "first list call answered, s", "members can use it, s", "aim", ""),
        rows=[
            (
                f"{finished + busy:,}", f"{busy:,}", number(seconds), number(ready), f"under {_AIM_RESTART:g} s",
                verdict(met=seconds < _AIM_RESTART),
            )
        ],
        notes=("From the start of the process.",),
    )  # fmt: skip
    return [memory, again]


async def weigh_a_large_result(size: int = _LARGEST) -> tuple[float, float]:
    """MiB: idle, and at most while a result of `size` bytes passes through."""
    async with hall(channels=2) as stage:
        provider = await stage.provider(size=size)
        flights = await stage.fill(provider, 2, held=True)
        bot = await stage.bot(provider, flights)
        await stage.at_work(bot)
        await stage.until_listed(provider)
        await asyncio.sleep(0.5)
        idle, watching = bot.resident(), asyncio.create_task(_peak(bot))
        await stage.oxen.ask("end", number=provider["number"], count=1, within=0)
        await stage.until(lambda: stage.posted(1))
        await asyncio.sleep(0.2)
        return idle, await _end(watching)


async def weigh_many(in_flight: int, seconds: float) -> tuple[float, float]:
    """MiB with so many in flight: after so many seconds of lists, and at most."""
    async with hall() as stage:
        provider = await stage.provider()
        bot = await stage.bot(provider, await stage.fill(provider, in_flight, held=True))
        await stage.at_work(bot)
        watching = asyncio.create_task(_peak(bot))
        await asyncio.sleep(seconds)
        peak = await _end(watching)
        return bot.resident(), peak


async def restart(in_flight: int, finished: int) -> tuple[float, float]:
    """Seconds from the start of a process on so many rows to its first list call, and until it is ready."""
    async with hall() as stage:
        provider = await stage.provider()
        flights = await stage.fill(provider, in_flight, held=True)
        bot = await stage.bot(provider, flights, finished=finished)
        await stage.at_work(bot)
        ready = time.time()
        lists = await stage.until_listed(provider)
        return lists[0] - bot.began, ready - bot.began


_Watch = asyncio.Task[float]


async def _peak(bot: Bot) -> float:
    highest = 0.0
    try:
        while True:
            highest = max(highest, bot.resident())
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        return highest


async def _end(watching: "_Watch") -> float:
    watching.cancel()
    return await watching
