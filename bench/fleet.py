"""Whole orders through one PostgreSQL, by one process and by several: how many a second, and what each costs."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import psutil

from bench.figures import Table, number, quantile, verdict
from bench.stage import HERE, JSON, Bot, Code, Hall, hall
from bot.store.postgres.connections import connect
from sandbox.discord.client import Community
from sandbox.discord.ratelimits import GLOBAL, counts_against
from sandbox.postgres import PostgresServer, server

_SHARDS = 3
_GUILDS, _CHANNELS = 24, 10  # so many keep each channel below Discord's 5 messages in 5 s
_SPEED = 20.0  # images take a quarter of a second to a second and a half
_MEMBERS = 120  # who order without a pause: enough that nobody has nothing to do while images are made
_MIDDLE = (0.1, 0.9)  # of all posts; the first and the last ones are no steady state
_PACE = 45  # requests a second: the bot's default, below Discord's 50
ONE: Sequence[Sequence[str]] = (("run",),)
FIVE: Sequence[Sequence[str]] = (
    *(("run", "--shards", f"{shard}/{_SHARDS}") for shard in range(_SHARDS)),
    *(("work",), ("work",)),
)
_RATE, _ACCEPTED, _CONNECTIONS, _SAME = 50.0, 150.0, 12, 1.1  # aims: a second, ms, of a process, times one process's
_STEADY = (
    40.0  # a second that come whatever happens, and leave the cores some room: who waits then does not wait in line
)
_LOOK = 0.25  # seconds between two looks at connections
_PROCESSES = "SELECT application_name, COUNT(*) FROM pg_stat_activity WHERE application_name LIKE 'drover%' GROUP BY 1"
_COUNTED = """
    SELECT (SELECT SUM(calls) FROM pg_stat_statements WHERE query !~ '^(BEGIN|COMMIT|ROLLBACK)')::BIGINT AS statements,
        (SELECT SUM(calls) FROM pg_stat_statements WHERE query ~ '^UPDATE writers')::BIGINT AS units
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What came of a while of ordering.

    Seconds from the command: until it was `acknowledged`, until its card showed that it was `accepted`, until the
    result was `told`. For each order: `cpu`, milliseconds of a core by who used them, `statements` and `units` of work
    that write, requests to the provider's API (`asked`) and to Discord, those that count towards its fifty apart.
    `refused`: answers 429.
    """

    orders: int
    unanswered: int
    rate: float
    acknowledged: Sequence[float]
    accepted: Sequence[float]
    told: Sequence[float]
    cpu: Mapping[str, float]
    statements: float
    units: float
    asked: float
    of_the_fifty: float
    others: float
    refused: int


class Fleet:
    """Processes of the bot between the stand-ins, on one PostgreSQL. `connections`: the most that one of them had."""

    def __init__(self, stage: Hall, provider: JSON, postgres: PostgresServer, bots: Sequence[Bot]) -> None:
        self._stage, self._provider, self._postgres, self._bots = stage, provider, postgres, bots
        self.connections = 0

    async def order(self, seconds: float, rate: float | None = None, *, settled: float = 2.0) -> Flow:
        """Members order images in all guilds, `rate` a second or as fast as results come, until all are told.

        `settled`: seconds after that, for the cards of the last ones.
        """
        before, began = await self._counts(), time.time()
        found = await self._stage.discord.ask(
            "order", requests=_WISHES, seconds=seconds, members=_MEMBERS, rate=rate,
        )  # fmt: skip
        await asyncio.sleep(settled)
        used, orders = await self._counts() - before, len(found["told"])
        posts = sorted(at for _, at in (await self._stage.discord.ask("report"))["posts"] if at > began)
        middle = posts[int(orders * _MIDDLE[0]) : int(orders * _MIDDLE[1]) + 1]

        def each(of: str) -> float:
            return sum(times for what, times in used.items() if what.startswith(of)) / max(1, orders)

        return Flow(
            orders=orders,
            unanswered=found["asked"] - orders,
            rate=(len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 else 0.0,
            acknowledged=found["acknowledged"],
            accepted=found["accepted"],
            told=found["told"],
            cpu={who: each(f"ms {who}") for who in ("bot", "postgres", "stand-in for Oxen", "stand-in for Discord")},
            statements=each("statements"),
            units=each("units"),
            asked=each("oxen"),
            of_the_fifty=each(f"discord {GLOBAL}"),
            others=each("discord") - each(f"discord {GLOBAL}"),
            refused=used["429"],
        )

    async def _counts(self) -> Counter[str]:
        """What was used and asked until now."""
        stage = self._stage
        found = Counter[str]()
        for what, times in (await stage.oxen.ask("report", number=self._provider["number"]))["counts"].items():
            found[f"oxen {what}" if "/api/" in what else what] += times
        for what, times in (await stage.discord.ask("report"))["statuses"].items():
            found[f"discord {counts_against(what.split()[1])}"] += times
            found["429"] += times if what.endswith(" 429") else 0
        found["ms bot"] = int(sum(bot.cpu() for bot in self._bots) * 1000)
        found["ms postgres"] = int(cpu_of(self._postgres.pid) * 1000)
        found["ms stand-in for Oxen"] = int(cpu_of(stage.oxen.process.pid) * 1000)
        found["ms stand-in for Discord"] = int(cpu_of(stage.discord.process.pid) * 1000)
        with contextlib.closing(connect(self._postgres.url())) as db:
            found.update(dict(db.execute(_COUNTED.encode()).fetchall()[0]))
        return found

    async def watch(self) -> None:
        """Until it is cancelled."""
        with contextlib.closing(connect(self._postgres.url(), application_name="bench")) as db:
            while True:
                most = max((row["count"] for row in db.execute(_PROCESSES.encode()).fetchall()), default=0)
                self.connections = max(self.connections, most)
                await asyncio.sleep(_LOOK)


@contextlib.asynccontextmanager
async def fleet(processes: Sequence[Sequence[str]], *, limits: bool = False, code: Code = HERE) -> AsyncIterator[Fleet]:
    """`drover` with each of these arguments, at work; the server of PostgreSQL syncs as in production.

    With `limits`, Discord's hold, and the bot heeds them.
    """
    async with contextlib.AsyncExitStack() as stack:
        settings = ("max_connections=100", "shared_preload_libraries=pg_stat_statements")
        postgres = stack.enter_context(server(*settings, durable=True))
        with contextlib.closing(connect(postgres.url())) as db:
            db.execute(b"CREATE EXTENSION pg_stat_statements")
        stage = await stack.enter_async_context(hall(_CHANNELS, code, _GUILDS))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await Community(session, stage.door["url"]).gateway_terms(shards=_SHARDS, max_concurrency=_SHARDS)
        provider = await stage.provider(speed=_SPEED)
        await stage.migrate(postgres.url())
        given = {"DROVER_DATABASE_URL": postgres.url(), "DROVER_RUNNING": 10_000}
        given |= {"DROVER_DISCORD_REQUESTS_PER_SECOND": _PACE} if limits else {}
        bots = [await stage.start(provider, stage.place(), arguments, **given) for arguments in processes]
        serving = [bot for bot, arguments in zip(bots, processes, strict=True) if arguments[0] == "run"]
        await asyncio.gather(*(bot.until_said("ready") for bot in serving))
        await stage.until(lambda: _one_said(bots, "event stream up"))
        await stage.discord.ask("limits", enabled=limits)
        made = Fleet(stage, provider, postgres, bots)
        watching = asyncio.create_task(made.watch())
        try:
            while (await made.order(0.5, 3 * _SHARDS / 0.5, settled=0)).unanswered:  # until each knows the models
                pass
            yield made
        finally:
            watching.cancel()


async def measure(*, quick: bool) -> list[Table]:
    seconds = 4.0 if quick else 20.0
    found: list[tuple[Flow, Sequence[Flow], int]] = []
    for processes in (ONE, FIVE):
        async with fleet(processes) as made:
            fast, paced = await made.order(seconds), [await made.order(seconds, rate) for rate in (_STEADY, _RATE)]
            found.append((fast, paced, made.connections))
    async with fleet(FIVE, limits=True) as made:
        limited = await made.order(seconds)
    return tables(found, limited)


def tables(found: Sequence[tuple[Flow, Sequence[Flow], int]], limited: Flow) -> list[Table]:
    """Of one process and of five: without a pause, at two rates, and how many connections; of five under the limits."""
    one = found[0][0]

    def row(name: str, figures: Sequence[float], digits: int = 1, *, most: float | None = None) -> Sequence[str]:
        told = [number(figure, digits) for figure in figures]
        aim = "" if most is None else f"at most {most:g}"
        return (name, *told, aim, "" if most is None else verdict(met=max(figures) <= most))

    rates = [fast.rate for fast, _, _ in found]
    rows = [
        (
            "orders a second",
            *(number(rate, 1) for rate in rates),
            f"at least {_RATE:g}",
            verdict(met=max(rates) >= _RATE),
        ),
        *(row(f"ms of a core for an order: {who}", [fast.cpu[who] for fast, _, _ in found]) for who in one.cpu),
        row("statements for an order", [fast.statements for fast, _, _ in found]),
        row("units of work that write", [fast.units for fast, _, _ in found]),
        row("requests to the provider", [fast.asked for fast, _, _ in found], 2, most=_SAME * one.asked),
        row(
            "requests of Discord's fifty", [fast.of_the_fifty for fast, _, _ in found], 2, most=_SAME * one.of_the_fifty
        ),
        row("other requests to Discord", [fast.others for fast, _, _ in found], 2),
    ]
    for which, rate in enumerate((_STEADY, _RATE)):
        flows = [paced[which] for _, paced, _ in found]
        rows.append(row(f"orders a second, where {rate:g} come", [flow.rate for flow in flows]))
        for what in ("acknowledged", "accepted"):
            for share in (0.5, 0.99):
                waits = [quantile(getattr(flow, what), share) * 1000 for flow in flows]
                most = _ACCEPTED if share > 0.5 else None  # noqa: PLR2004 - the median has no aim
                rows.append(row(f"of them, until a command is {what}, p{share * 100:g}, ms", waits, 0, most=most))
        rows += [
            row("of them, until a result is told, p99, ms", [quantile(flow.told, 0.99) * 1000 for flow in flows], 0),
            row("of them, commands unanswered", [flow.unanswered for flow in flows], 0, most=0),
        ]
    rows.append(row("connections of a process, at most", [most for *_, most in found], 0, most=_CONNECTIONS))
    whole = Table(
        title="Whole orders through one PostgreSQL",
        head=("", "one process", "five processes", "aim", ""),
        rows=rows,
        notes=(
            "One prompt, one image, from the command to the result in its channel. Three processes for shards, two for "
            "the work, of which one stands by. PostgreSQL, the stand-ins and the bot share this machine's cores; "
            "PostgreSQL syncs each commit, Discord's limits are off. An order is accepted when its card says so. "
            "How many there are a second is measured with members who order again as soon as they have a result; then "
            "there is always a line. How long one waits is measured with orders that come at a rate of their own.",
        ),
    )
    counted = limited.rate * limited.of_the_fifty
    rows = [
        ("requests of the fifty a second", number(counted, 1), f"at most {_PACE}", verdict(met=counted <= _PACE)),
        ("answers 429", str(limited.refused), "0", verdict(met=limited.refused == 0)),
    ]
    notes = ("The same five processes with Discord's limits on, as many orders as they can.",)
    return [whole, Table(title="Discord's limit over five processes", head=("", "", "aim", ""), rows=rows, notes=notes)]


async def _one_said(bots: Sequence[Bot], message: str) -> bool:
    return any(bot.said(message) for bot in bots)


def cpu_of(pid: int) -> float:
    """Seconds of one core, of a process and of what it has started."""
    whole, used = psutil.Process(pid), 0.0
    for each in (whole, *whole.children()):
        with contextlib.suppress(psutil.NoSuchProcess):  # then its parent has its time
            times = each.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


_WISHES = [
    {
        "user": "Bo", "channel": f"lab-{n // _GUILDS}", "guild": f"Bench {n % _GUILDS}" if n % _GUILDS else "Bench",
        "command": "image", "options": {"prompt": f"a fox, the {n}."}, "locale": "en-US",
    }
    for n in range(_GUILDS * _CHANNELS)
]  # fmt: skip
