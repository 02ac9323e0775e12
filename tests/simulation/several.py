"""One seed with several processes on one database: two ranges of shards, the work, and for both one that stands by.

They are killed, paused, cut off from the database and restarted at any step, while members order in the guilds of
whichever process serves them. The store and the membership are PostgreSQL's, on `server.Server`; engine, Oxen and
Discord are those of `run`.

PYTHONHASHSEED=0 python -m tests.simulation.several SEED      replays one seed of `make test` and tells what happened
"""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg

from bot.domain.clock import SharedClock
from bot.domain.roles import WORK, Replaced, WantedRoles
from bot.domain.shards import Shards
from bot.services.engine import Engine
from bot.store.postgres.database import CommitUnknown, Patience, PostgresDatabase
from bot.store.postgres.membership import EVERY, LAPSE, Timing, application, news_for, role_of
from bot.store.private import DatabaseInUse
from tests.simulation.discord import DiscordModel
from tests.simulation.oxen import OxenModel
from tests.simulation.run import (
    GUILD,
    OTHER_GUILD,
    Run,
    busy_with,
    heard,
    make_engine,
    tell_what_happened,
    until_calm,
    until_over,
)
from tests.simulation.server import Client, Server
from tests.simulation.virtual import Schedule, VirtualClock, VirtualLoop
from tests.simulation.world import World

SHARDS = WantedRoles.of_shards("auto/2", 1)
WANTED = (SHARDS, SHARDS, SHARDS, WORK, WORK)
ROLES = {*SHARDS.roles, *WORK.roles}
TROUBLE = 400.0  # seconds
TURNS = (0, 0, 0, 1, 1, 4)
STARTS_AGAIN = (0.0, 1.0, 5.0, 30.0)  # seconds after its end, a process
SETTLED = max(STARTS_AGAIN) + LAPSE + 4 * EVERY  # seconds of calm, after which each role is held
SLOWER = 300  # from then on, what beats does so more seldom: that costs most, and nothing comes of it any more
STOPS_WITHIN = timedelta(seconds=8)


def _no_thread(**_: object) -> Any:
    return SimpleNamespace(start=lambda: None)


class Process:
    """One life of one process, on a machine whose clocks are its own."""

    def __init__(self, several: "Several", number: int, wanted: WantedRoles, apart: float) -> None:
        self._several = several
        self.wanted = wanted
        self.apart = apart
        self._dice = dice = random.Random(f"{several.run.world.seed} {number}")
        self.loop = loop = VirtualLoop(several.run.world.timeline, turns=partial(dice.choice, TURNS))
        self.client = Client(several.server, loop)
        self._clock = VirtualClock(several.run.world.timeline, timedelta(seconds=apart))
        self.engine: Engine | None = None
        self._stop = asyncio.Event()
        self.db = PostgresDatabase(
            "postgresql://played/drover",
            connections=1,
            patience=Patience(monotonic=self._monotonic, sleep=loop.sleep, dice=dice.random),
            timing=Timing(now=self._clock.now, monotonic=self._beats, sleep=several.rest, thread=_no_thread),
            new_process=lambda _: f"p{number}",
            pool=self.client.pool,
            connect=self.client.connect,
        )
        loop.may_act = self._may_act
        self._meets_something()

    def _monotonic(self) -> float:
        return self._several.run.world.timeline.seconds + self.loop.waited + self.apart

    def _beats(self) -> float:
        return self._several.beats() + self.apart

    def _may_act(self) -> None:
        self.db.lease.hold()
        if not self._several.server.knows(application(self.db.process)):
            self._several.run.world.violated(f"{self.db.process} acts outside, and was evicted")

    async def live(self) -> None:
        """As `bot.app` does it."""
        several, role = self._several, None
        async with self.db as db:
            clock = SharedClock(self._clock, lambda: db.clock_ahead)
            self.engine = engine = make_engine(
                several.run, db, clock, self._dice, several.folder / str(db.process), Engine
            )
            ours = asyncio.create_task(db.until_replaced())
            taking = asyncio.create_task(db.take(self.wanted))
            stop = asyncio.create_task(self._stop.wait())
            tasks = [ours, taking, stop]
            try:
                await asyncio.wait({ours, taking, stop}, return_when=asyncio.FIRST_COMPLETED)
                if ours.done() or stop.done():
                    return await ours if ours.done() else None
                taking.result()
                role = db.role
                await engine.recover(role)
                tasks.append(asyncio.create_task(engine.background.run(engine.background.of(role))))
                if role.shards is not None:
                    tasks.append(asyncio.create_task(self._greet(engine, role.shards)))
                    tasks += busy_with(several.run, engine, self._dice, role.shards)
                await asyncio.wait({ours, stop}, return_when=asyncio.FIRST_COMPLETED)
                if ours.done():
                    ours.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await engine.background.dismiss(STOPS_WITHIN)

    async def _greet(self, engine: Engine, shards: Shards) -> None:
        """READY lists the guilds of these shards."""
        with contextlib.suppress(*self._several.run.world.expected):
            guilds = [guild for guild in (GUILD, OTHER_GUILD) if (guild >> 22) % shards.count in shards.ids]
            await engine.membership.present(guilds, None, self._several.run.discord.gone, shards)

    def heard(self, topics: Sequence[str]) -> None:
        if not self.loop.dead and self.engine is not None:
            self.engine.heard(topics)

    def _meets_something(self) -> None:
        """After some steps from now."""
        self.loop.fate = (
            self.loop.steps + int(self._dice.choice([50, 300, 1000, 3000]) * self._dice.random()),
            self._meet,
        )

    def _meet(self) -> None:
        world, chances = self._several.run.world, self._several.mishaps
        if world.calm:
            return
        (what,) = self._dice.choices(list(chances), list(chances.values()))
        until = world.timeline.seconds + self._dice.choice([1.0, 4.0, 9.0, 13.0, 40.0, 150.0])
        if what == "crash":
            self.loop.crash_after = self._dice.choice([0, 1, 2, 5, 20])  # between two statements, perhaps
        elif what == "stop":
            self._stop.set()
        elif what == "pause":
            self.loop.asleep_until = until
        elif what == "cut":
            self.client.cut_until = until
        self._several.run.lost.clear()
        self._meets_something()

    def rests(self) -> None:
        """All trouble is over."""
        self.loop.asleep_until = self.client.cut_until = 0.0
        self.loop.crash_after = None


class Several:
    """All of them. `mishaps`: how likely each kind is, as weights."""

    def __init__(self, run: Run, folder: Path, template: bytes) -> None:
        self.run = run
        self.folder = folder
        dice = self._dice = random.Random(f"{run.world.seed} processes")
        self.mishaps = {what: dice.random() * dice.choice([0, 1, 1]) for what in ("crash", "stop", "pause", "cut")}
        self.mishaps["nothing"] = 0.2
        self._untold = dice.choice([0.0, 0.1, 1.0])
        self.server = Server(template, run.world, self._told, lost=dice.choice([0.0, 0.0, 0.001, 0.01]))
        self.server.jumps = dice.random() < 0.5  # with the machines' clocks
        self._apart = [dice.choice([0.0, 0.0, -30.0, 30.0]) for _ in WANTED]
        self._schedule = Schedule(run.world.timeline, dice)
        self._living: list[Process] = []
        self._over: list[Process] = []
        self._settled: float | None = None

    def play(self) -> None:
        eyes = VirtualLoop(self.run.world.timeline)
        for wanted, apart in zip(WANTED, self._apart, strict=True):
            self._start(wanted, apart)
        try:
            self._schedule.run(self._schedule.begin(eyes, self._look_on()), self._crashed)
        finally:
            self.run.world.over = True
            for process in list(self._living):
                self._end(process)
            eyes.die()
            for loop in (eyes, *(process.loop for process in self._over)):
                self.run.steps += loop.steps
                loop.clear_away()

    def _start(self, wanted: WantedRoles, apart: float) -> None:
        self.run.lives += 1
        process = Process(self, self.run.lives, wanted, apart)
        self._living.append(process)
        task = self._schedule.begin(process.loop, process.live())
        task.add_done_callback(partial(self._ended, process))

    def _ended(self, process: Process, task: "asyncio.Task[None]") -> None:
        """By itself: told to stop, evicted, refused, or its database was away when it started."""
        if process.loop.dead:
            return
        error = task.exception()
        if error is not None and not isinstance(error, (*self.run.world.expected, DatabaseInUse)):
            self.run.world.violated(f"{process.db.process} ended: {error!r}")
        self._again(process)

    def _crashed(self, loop: VirtualLoop) -> None:
        self._again(next(process for process in self._living if process.loop is loop))

    def _again(self, process: Process) -> None:
        self._end(process)
        again = partial(self._start, process.wanted, process.apart)
        self.run.world.timeline.at(self._dice.choice(STARTS_AGAIN), again)

    def _end(self, process: Process) -> None:
        process.loop.die()
        self.server.drop(process.client)
        self._schedule.end(process.loop)
        self._living.remove(process)
        self._over.append(process)

    def _told(self, payload: str) -> None:
        for process in self._living:
            topics = news_for(process.db.role, process.db.process, payload)
            if topics and not self.run.world.happens(self._untold):
                self.run.world.later(0.0, 0.3, partial(process.heard, topics))

    async def _look_on(self) -> None:
        await until_calm(self.run, self._dice)
        for process in self._living:
            process.rests()
        await asyncio.sleep(SETTLED)
        self._all_roles_are_held()
        self._settled = self.run.world.timeline.seconds
        await until_over(self.run)

    def _all_roles_are_held(self) -> None:
        living = {process.db.process for process in self._living}
        rows = self.server.execute("SELECT * FROM processes").fetchall()
        held = [role_of(row) for row in rows if row["id"] in living]
        for role in ROLES - set(held):
            self.run.world.violated(f"nobody has taken {role} over")

    # The clock of those who beat.

    def beats(self) -> float:
        now, settled = self.run.world.timeline.seconds, self._settled
        return now if settled is None else settled + (now - settled) / SLOWER

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds if self._settled is None else seconds * SLOWER)


def simulate_several(seed: int, folder: Path, template: bytes) -> Run:
    """Plays `seed` and returns what happened, violations included."""
    world = World(seed, expected=(psycopg.Error, Replaced, CommitUnknown))
    run = Run(world, OxenModel(world), DiscordModel(world), folder / f"{seed}.sqlite3", TROUBLE)
    several = Several(run, folder, template)
    run.window = several.server
    world.owned = run.owned
    with heard(world):
        several.play()
    run.database.write_bytes(several.server.raw.serialize())
    several.server.raw.close()
    return run


if __name__ == "__main__":
    tell_what_happened(simulate_several)
