"""What the loops ask the database at every wake-up, with few and with many orders behind it."""

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench import rows
from bench.figures import Table, number, verdict
from bot.store.statements import Statements

_REPEATS = 15
_FLAT = 5.0  # times; more is growth, less is noise of a busy machine
_LEAST = 0.1  # ms; below that, nobody minds
_ASKED = {
    "orders": ("orders_to_send", "orders_left_sending", "orders_unknown", "stale_cards"),
    "generations": ("keys_in_flight", "any_on_their_way", "cancels_wanted", "generation_by_remote_id", "owner"),
    "posts": ("posts_open",),
    "ledger": ("costs_unknown",),
}


async def measure(*, quick: bool) -> list[Table]:
    return await asyncio.to_thread(_measure, 1000 if quick else 10_000, 5000 if quick else 100_000)


def _measure(in_flight: int, finished: int) -> list[Table]:
    few, many = (timed(in_flight // 100, finished // 100), timed(in_flight, finished))
    table = [
        (
            f"`{name}`", number(few[name], 3), number(many[name], 3),
            verdict(met=many[name] <= max(_LEAST, _FLAT * few[name])),
        )
        for name in few
    ]  # fmt: skip
    head = ("statement", f"{finished // 100:,} over, {in_flight // 100:,} in flight, ms",
            f"{finished:,} over, {in_flight:,} in flight, ms", "flat")  # fmt: skip
    notes = (f"Medians of {_REPEATS}. Flat: at most {_FLAT:g} times as long with a hundred times the rows.",)
    return [Table(title="What the loops ask at every wake-up", head=head, rows=table, notes=notes)]


def timed(in_flight: int, finished: int) -> dict[str, float]:
    """The median of each statement, ms."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "drover.sqlite3"
        flights = [
            rows.Flight(f"remote-{n}", f"space-{n % 10}", 30.0, "some-video", 1000 + n, 1, 1) for n in range(in_flight)
        ]
        rows.make(path, flights, finished=finished)
        with closing(sqlite3.connect(path)) as db:
            return {
                name: _median(db, Statements(family).text(name)) for family, names in _ASKED.items() for name in names
            }


def _median(db: sqlite3.Connection, sql: str) -> float:
    took: list[float] = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        db.execute(sql, rows.Anything()).fetchall()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[_REPEATS // 2]
