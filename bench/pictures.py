"""`/usage`: its numbers out of a long past, and its picture, first and again; what that does to the event loop."""

import asyncio
import re
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bench import rows
from bench.figures import Table, number, quantile, verdict
from bot.chat.usage.drawing import picture
from bot.chat.usage.views import usage_chart
from bot.domain.clock import SystemClock, to_millis
from bot.domain.ids import GuildId
from bot.domain.records.reports import Usage
from bot.domain.rules.periods import Period, day_of
from bot.services.reports.reports import ReportService
from bot.settings import LOCALES, MIGRATIONS
from bot.store.database import SqliteDatabase
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.reports import Reports
from bot.texts import Translations

_GUILD = GuildId(7)
_AIM = 700.0  # ms
_STALL = 100.0  # ms; Discord is acknowledged within three seconds, and nothing else notices a tenth of one
_MONTH = timedelta(days=30)
_DAY = 86_400_000  # ms
_MODELS, _MEMBERS = 12, 40
_WARM = 10
_TALLIES = re.compile(r"INSERT INTO tallies .*?;", re.DOTALL)
T = TypeVar("T")


async def measure(*, quick: bool) -> list[Table]:
    few, many = (1_000, 10_000) if quick else (10_000, 333_000)
    numbers = [await read(total, few) for total in (few, many)]
    return [_numbers_table(numbers), _picture_table(await drawn(numbers[-1].usage, quick=quick))]


@dataclass(frozen=True, slots=True)
class Read:
    """How long the numbers took, ms, with the longest stall of the event loop meanwhile."""

    total: int
    recent: int
    took: Sequence[float]
    stall: float
    usage: Usage


@dataclass(slots=True)
class Drawn:
    """Milliseconds. `first`: the one that loads what draws; `again`: the others."""

    first: float
    again: list[float] = field(default_factory=list[float])
    stall: float = 0.0


async def read(total: int, recent: int) -> Read:
    """A guild with so many generations behind it, `recent` of them within the last month."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "drover.sqlite3"
        await asyncio.to_thread(_with_a_past, path, total, recent)
        async with SqliteDatabase(path) as db:
            clock = SystemClock()
            report_service = ReportService(Reports(db), GuildPolicyRepository(db), clock)
            today = day_of(clock.now(), "UTC")
            month = Period(start=today.start - _MONTH, end=today.end, label="the last 30 days")
            took: list[float] = []
            stall = 0.0
            for _ in range(_WARM):
                usage, milliseconds, longest = await _watched(lambda: report_service.of_period(_GUILD, month, "UTC"))
                took.append(milliseconds)
                stall = max(stall, longest)
            return Read(total, recent, took, stall, usage)


async def drawn(usage: Usage, *, quick: bool) -> Drawn:
    """Pictures as `/usage` has them drawn, the first in this process and others."""
    chart = usage_chart(usage, Translations(LOCALES).of("en-US"), {})
    _, first, stall = await _watched(lambda: picture(chart))
    result = Drawn(first, stall=stall)
    for _ in range(2 if quick else _WARM):
        _, milliseconds, longest = await _watched(lambda: picture(chart))
        result.again.append(milliseconds)
        result.stall = max(result.stall, longest)
    return result


async def _watched(work: Callable[[], Awaitable[T]]) -> tuple[T, float, float]:
    """What `work` gives, how long it took, and the event loop's longest stall meanwhile; ms."""
    stalls = [0.0]

    async def watch() -> None:
        pause = 0.002
        while True:
            before = time.perf_counter()
            await asyncio.sleep(pause)
            stalls.append(time.perf_counter() - before - pause)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    began = time.perf_counter()
    value = await work()
    took = time.perf_counter() - began
    await asyncio.sleep(0.003)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return value, took * 1000, max(stalls) * 1000


def _numbers_table(numbers: Sequence[Read]) -> Table:
    head = ("generations in all", "in the month", "median, ms", "the loop's longest stall, ms",
            f"below {_AIM:g} ms, stall below {_STALL:g} ms")  # fmt: skip
    table = [
        (
            f"{one.total:,}", f"{one.recent:,}", number(quantile(one.took, 0.5), 0), number(one.stall, 0),
            verdict(met=quantile(one.took, 0.5) < _AIM and one.stall < _STALL),
        )
        for one in numbers
    ]  # fmt: skip
    notes = ("A month of one guild: sums by day and by member from the tallies; by model, states and waits from the "
             "month's own rows, one short read for each day.",)  # fmt: skip
    return Table(title="The numbers of /usage", head=head, rows=table, notes=notes)


def _picture_table(result: Drawn) -> Table:
    head = ("picture", "median, ms", f"below {_AIM:g} ms", "the loop's longest stall, ms", f"below {_STALL:g} ms")
    stall = (number(result.stall, 0), verdict(met=result.stall < _STALL))
    table = [
        (name, number(quantile(took, 0.5), 0), verdict(met=quantile(took, 0.5) < _AIM), *stall)
        for name, took in (("the first, which loads Pillow", [result.first]), ("another one", result.again))
    ]
    return Table(title="The picture of /usage", head=head, rows=table, notes=("Drawn in a thread of the bot.",))


def _with_a_past(path: Path, total: int, recent: int) -> None:
    """`rows.make` spreads everything over a month, the latest first; what is not recent is moved before it."""
    rows.make(path, [], finished=total)
    backfill = next(_TALLIES.finditer((MIGRATIONS / "0007.wallet.sql").read_text(encoding="utf-8")))[0]
    month = to_millis(SystemClock().now() - _MONTH)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute(
            "UPDATE orders SET guild_id = ?, model_id = 'model-' || (rowid % ?), model_name = 'Model ' || (rowid % ?), "
            "requester_id = 1000 + rowid % ?, created_at = CASE WHEN rowid <= ? THEN ? + ? * rowid ELSE ? - rowid END",
            (
                _GUILD,
                _MODELS,
                _MODELS,
                _MEMBERS,
                recent,
                month,
                int(_MONTH.total_seconds() * 1000) // recent,
                month - _DAY,
            ),
        )
        db.execute("UPDATE orders SET sent_at = created_at + 400")
        db.execute("UPDATE generations SET ended_at = (SELECT created_at FROM orders WHERE id = order_id) + "
                   "1000 * (20 + rowid % 300)")  # fmt: skip
        db.execute("UPDATE entries SET guild_id = ?", (_GUILD,))
        db.execute(backfill)
