"""Whole orders under Discord's limits: how many a second, what each costs of the fifty, how long a result waits."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.stage import HERE, Code, hall
from sandbox.discord.ratelimits import GLOBAL, counts_against

_CHANNELS = 200  # as many keep each below Discord's 5 messages in 5 s at 40 orders a second
_PACE = 45.0  # requests a second: the bot's default, below Discord's 50
_MIDDLE = (0.1, 0.9)  # of all posts; the first and the last ones are no steady state
_SPEED = 20.0  # images take a quarter of a second to a second and a half, so few are in flight at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """`waits`: seconds from the end of each generation to its message; `least`: what the limit alone makes of them.

    `each`: requests that count towards the fifty a second, for one result; `refused` those that were answered 429.
    `cpu`: seconds of a core for one order. `acknowledged`: seconds until each command was; `stall`: the longest of the
    event loop.
    """

    asked: int
    posts: int
    rate: float
    each: float
    refused: int
    waits: Sequence[float]
    least: Sequence[float]
    cpu: float
    acknowledged: Sequence[float]
    stall: float


async def orders(*, rate: float, seconds: float, channels: int = _CHANNELS, code: Code = HERE) -> Minute:
    """Members order images, so many a second; returns when all of them stand in their channels."""
    async with hall(channels, code) as stage:
        provider = await stage.provider(speed=_SPEED)
        settings = {"DROVER_DISCORD_REQUESTS_PER_SECOND": _PACE, "DROVER_RUNNING": 10_000}
        bot = await stage.bot(provider, [], probed=True, **settings)
        await stage.at_work(bot)
        await stage.discord.ask("limits", enabled=True)
        await bot.probe()
        before, cpu = Counter((await stage.discord.ask("report"))["statuses"]), bot.cpu()
        wishes = [
            {
                "user": "Bo", "channel": f"lab-{n}", "command": "image", "options": {"prompt": f"a fox, the {n}."},
                "guild": None, "locale": "en-US",
            }
            for n in range(channels)
        ]  # fmt: skip
        used = await stage.discord.ask("use", rate=rate, seconds=seconds, requests=wishes)
        asked = len(used["waits"]) - used["failed"]
        await stage.until(lambda: stage.posted(asked))
        await asyncio.sleep(3)  # the cards of the last ones
        cpu, report = bot.cpu() - cpu, await stage.discord.ask("report")
        stall = (await bot.probe())["stall"]
        ends = (await stage.oxen.ask("report", number=provider["number"]))["ends"]
        cards = await asyncio.to_thread(_cards, bot.log.parent / "drover.sqlite3")
        statuses = Counter[str](report["statuses"]) - before
        told = sorted((ends[cards[card]], at) for card, at in report["posts"] if cards.get(card) in ends)
        first, last = (int(len(told) * share) for share in _MIDDLE)
        middle = sorted(at for _, at in told)[first:last]
        counted = sum(times for what, times in statuses.items() if counts_against(what.split()[1]) == GLOBAL)
        return Minute(
            asked=len(used["waits"]), posts=len(told), each=counted / max(1, len(told)),
            rate=(len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 else 0.0,
            refused=sum(times for what, times in statuses.items() if what.endswith(" 429")),
            waits=[at - end for end, at in told], least=imposed([end for end, _ in told]), cpu=cpu / max(1, len(told)),
            acknowledged=[wait for wait in used["waits"] if wait is not None], stall=stall,
        )  # fmt: skip


def imposed(ends: Sequence[float], pace: float = _PACE) -> list[float]:
    """How long each would wait if nothing but the pace stood between its end and its message."""
    free, waits = 0.0, list[float]()
    for end in sorted(ends):
        begins = max(end, free)
        free = begins + 1 / pace
        waits.append(begins - end)
    return waits


def _cards(database: Path) -> dict[int, str]:
    """The provider's id of the only generation of each order, by the order's card."""
    query = "SELECT o.card_message_id, g.remote_id FROM orders AS o JOIN generations AS g ON g.order_id = o.id"
    with closing(sqlite3.connect(database)) as db:
        return dict(db.execute(query).fetchall())
