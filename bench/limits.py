"""Whole orders under Discord's limits: how many a second, what each costs of the fifty, how long a result waits.

`python -m bench limits` runs it for a minute at 40 orders a second; `orders` runs it at any rate.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Table, number, quantile, verdict
from bench.stage import HERE, Code, hall
from sandbox.discord.ratelimits import GLOBAL, counts_against

_RATE, _SECONDS, _CHANNELS = 40.0, 60.0, 200
_PACE = 45.0  # requests a second: the bot's default, below Discord's 50
_MIDDLE = (0.1, 0.9)  # of all posts; the first and the last ones are no steady state
_AIM_RATE, _AIM_MORE = 0.98, 0.25  # of the rate, and seconds above what the limit imposes
_SPEED = 20.0  # images take a quarter of a second to a second and a half, so few are in flight at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """`waits`: seconds from the end of each generation to its message; `least`: what the limit alone makes of them.

    `requests` by route, `refused` those that were answered 429. `cpu`: seconds of a core for one order.
    """

    asked: int
    seconds: float
    posts: int
    rate: float
    requests: Counter[str]
    refused: int
    waits: Sequence[float]
    least: Sequence[float]
    cpu: float

    @property
    def each(self) -> float:
        """Requests that count towards the fifty a second, for one result."""
        counted = sum(times for route, times in self.requests.items() if counts_against(route.split()[1]) == GLOBAL)
        return counted / max(1, self.posts)


async def measure(*, quick: bool) -> list[Table]:
    return [table(await (orders(rate=10.0, seconds=5.0) if quick else orders()))]


async def orders(
    *, rate: float = _RATE, seconds: float = _SECONDS, channels: int = _CHANNELS, code: Code = HERE
) -> Minute:
    """Members order images, so many a second; returns when all of them stand in their channels."""
    async with hall(channels, code) as stage:
        provider = await stage.provider(speed=_SPEED)
        settings = {"DROVER_DISCORD_REQUESTS_PER_SECOND": _PACE, "DROVER_RUNNING": 10_000}
        bot = await stage.bot(provider, [], **settings)
        await stage.at_work(bot)
        await stage.discord.ask("limits", enabled=True)
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
        ends = (await stage.oxen.ask("report", number=provider["number"]))["ends"]
        cards = await asyncio.to_thread(_cards, bot.log.parent / "drover.sqlite3")
        statuses = Counter[str](report["statuses"]) - before
        requests: Counter[str] = Counter()
        for what, times in statuses.items():
            requests[what.rsplit(" ", 1)[0]] += times
        told = sorted((ends[cards[card]], at) for card, at in report["posts"] if cards.get(card) in ends)
        first, last = (int(len(told) * share) for share in _MIDDLE)
        middle = sorted(at for _, at in told)[first:last]
        return Minute(
            asked=len(used["waits"]), seconds=seconds, posts=len(told),
            rate=(len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 else 0.0, requests=requests,
            refused=sum(times for what, times in statuses.items() if what.endswith(" 429")),
            waits=[at - end for end, at in told], least=imposed([end for end, _ in told]), cpu=cpu / max(1, len(told)),
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


def table(done: Minute) -> Table:
    p50, p99 = (quantile(done.waits, share) for share in (0.5, 0.99))
    least = quantile(done.least, 0.99)
    met = done.posts == done.asked and not done.refused and done.rate >= _AIM_RATE * done.asked / done.seconds
    met = met and p99 <= least + _AIM_MORE
    row = (
        f"{done.asked / done.seconds:g}", f"{done.seconds:g}", f"{done.posts:,} of {done.asked:,}",
        number(done.rate, 1), number(done.each, 3), str(done.refused), number(p50), number(p99), number(least),
        number(done.cpu * 1000, 1), verdict(met=met),
    )  # fmt: skip
    head = (
        "ordered a second", "s", "posted", "left a second", "requests of the fifty for each", "429s",
        "end to post, p50, s", "p99, s", "p99 that the limit imposes, s", "ms of a core for each",
        f"all of them, no 429, p99 at most {_AIM_MORE:g} s above the limit's",
    )  # fmt: skip
    routes = ", ".join(f"`{route}` {times:,}" for route, times in done.requests.most_common() if times)
    notes = (
        "Whole orders: `/image` in turn in as many channels as keep each below Discord's 5 messages in 5 s; taken, "
        f"sent, made, posted, their cards drawn. The bot keeps to {_PACE:g} requests a second. Interactions and their "
        "webhooks do not count towards Discord's 50. The limit alone imposes what a queue does that lets one through "
        f"every {1000 / _PACE:.0f} ms, for the same ends. All requests: {routes}.",
    )
    return Table(title="Orders a second under Discord's limits", head=head, rows=[row], notes=notes)
