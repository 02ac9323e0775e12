"""What the state machines of the store share: a database that is opened, closed and opened again."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine, Iterable
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bot.domain.ids import OrderId
from bot.store.database import SqliteDatabase
from tests.postgres import Postgres
from tests.store.kit import ManualClock, Row, Store

T = TypeVar("T")
Some = set[int]
SOME = st.sets(st.integers(0, 3), min_size=1)  # of four things, these
MOST_CRASHES = 3  # in one run: they are slow, and other things are to happen as well


class StoreMachine(RuleBasedStateMachine):
    """`template` is a migrated file without rows, unless the machine works on `postgres`.

    `finish` is called before the database is closed for good.
    """

    template: ClassVar[Path]
    postgres: ClassVar[Postgres | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        if self.postgres is None:
            self.file = Path(shutil.copy(self.template, self.folder.name))
        else:
            self.postgres.empty()
        self.clock = ManualClock()
        self.numbers = count()
        self.orders: list[OrderId] = []
        self.crashes = 0

    def open(self) -> None:
        opened = SqliteDatabase(self.file) if self.postgres is None else self.postgres.database()
        self.db = self.run(opened.__aenter__())
        self.store = Store(self.db, self.clock)
        self.store.new_id = self.new_id
        # One of its own: looking is what a machine does most.
        self.reader: Any = sqlite3.connect(self.file) if self.postgres is None else self.postgres.connect()
        if self.postgres is None:
            self.reader.row_factory = sqlite3.Row

    def close(self) -> None:
        self.reader.close()
        self.run(self.db.close())

    @property
    def opened(self) -> bool:
        return hasattr(self, "db")

    def new_id(self) -> str:
        return f"{next(self.numbers):024d}"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def finish(self) -> None:
        """Whatever else is to be true in the end."""

    def teardown(self) -> None:
        try:
            if self.opened:
                self.finish()
        finally:
            if self.opened:
                self.close()
            self.runner.close()
            self.folder.cleanup()

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule()
    def crash(self) -> None:
        """What is committed is all that the next process has; what was being sent is unknown to it."""
        self.crashes += 1
        self.close()
        self.open()
        self.run(self.store.orders.recover(self.store.now))
        assert not self.run(self.store.orders.sending())

    def selected(self, query: str) -> list[Row]:
        return [dict(row) for row in self.reader.execute(query)]

    def chosen(self, things: Iterable[T], some: Some) -> list[T]:
        return [thing for number, thing in enumerate(things) if number % 4 in some]


def machine_settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
