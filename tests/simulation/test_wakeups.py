"""What wakes which loop: one order costs little of the loops and of the database, and a wakeup that is missed loses
nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import ChannelId, IdMaker, MessageId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import OrderRecord, RequestContext
from bot.domain.roles import WHOLE
from bot.services.engine import Engine, Policy
from bot.services.supervision import wait
from bot.services.wakeups import Topic, Wakeups
from bot.services.wallet.keys import Keyring
from bot.store.database import SqliteDatabase, Work
from bot.store.wallet.accounts import Keys
from tests.fakes.input_files import FakeInputFiles
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import video_request
from tests.fakes.oxen import VIDEO_MODEL, Dialect, FakeOxen
from tests.fakes.providers import FakeProviders
from tests.services.kit import GUILD, MEMBER, OPEN_BILLING, VAULT
from tests.simulation.invariants import check
from tests.simulation.run import make_template, simulate
from tests.simulation.virtual import Machine, Timeline, VirtualClock, VirtualLoop, live

# For one order of one output by its prompt alone, from the check of the command to the last state of its card: passes
# of loops, commits, statements (those that begin and end transactions among them), reads.
# What moves the bar (how long others took) and what folds the card are among the statements and the reads.
PASSES, COMMITS, STATEMENTS, READS = 10, 6, 71, 15
OF_THE_COST = {"passes": 1, "commits": 1, "statements": 16, "reads": 1}  # where the provider tells what it charged
SEEDS = range(3)


class CountingDatabase(SqliteDatabase):
    """Notes its reads and its statements."""

    def __init__(self, path: Path, machine: Machine) -> None:
        super().__init__(path, self._connect_traced)
        self._machine = machine
        self.reads = 0
        self.statements: list[str] = []

    async def read(self, work: Work[Any]) -> Any:
        self.reads += 1
        return await super().read(work)

    async def _connect_traced(self, path: Path) -> Any:
        thread = await self._machine.connect(path)
        thread.raw.set_trace_callback(self.statements.append)
        return thread


@pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])
def test_one_order_costs_little(dialect: Dialect, tmp_path: Path) -> None:
    file, timeline = tmp_path / "drover.sqlite3", Timeline()
    loop = VirtualLoop(timeline, None)
    machine = Machine(loop)
    file.write_bytes(make_template())

    async def life() -> tuple[Counter[str], list[str], int]:
        clock = VirtualClock(timeline)
        oxen, messenger = FakeOxen(clock, dialect), FakeMessenger(clock)
        db = CountingDatabase(file, machine)
        await db.__aenter__()
        engine = Engine(
            db=db,
            provider=oxen,
            providers=FakeProviders(oxen),
            keyring=Keyring(Keys(db), VAULT),
            input_files=FakeInputFiles(),
            messenger=messenger,
            clock=clock,
            new_id=IdMaker(clock),
            policy=Policy(
                billing_policy=OPEN_BILLING,
                preferred={MediaKind.VIDEO: [VIDEO_MODEL], MediaKind.IMAGE: []},
                work_dir=tmp_path / "on-the-way",
            ),
        )
        await engine.recover()
        loops = {name: engine.background.loops[name] for name in engine.background.of(WHOLE)}
        running = asyncio.create_task(engine.background.run(loops))
        await asyncio.sleep(32)  # each loop has looked once, the stream is up, and costs may be asked for
        before, reads = Counter({name: loop.health.passes for name, loop in loops.items()}), db.reads
        db.statements.clear()

        context = RequestContext(
            guild_id=GUILD, channel_id=ChannelId(9), requester_id=MEMBER, locale="en-US", card_message_id=MessageId(5)
        )
        await engine.order_service.check(video_request(), context)
        record = await engine.order_service.submit(video_request(), context)
        assert isinstance(record, OrderRecord)
        engine.order_service.card_shown(record)
        await asyncio.sleep(5)
        (remote_id,) = oxen.jobs
        oxen.finish(remote_id)
        await asyncio.sleep(5)
        assert len(messenger.messages) == 1
        assert messenger.redrawn[-1].booked is not None

        passes = Counter({name: loop.health.passes for name, loop in loops.items()}) - before
        statements, reads = list(db.statements), db.reads - reads
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await db.close()
        return passes, statements, reads

    passes, statements, reads = live(loop, life())
    loop.die()
    loop.clear_away()
    found = {
        "passes": passes.total(),
        "commits": statements.count("BEGIN IMMEDIATE"),
        "statements": len(statements),
        "reads": reads,
    }
    aims = {"passes": PASSES, "commits": COMMITS, "statements": STATEMENTS, "reads": READS}
    if dialect is Dialect.BROWSE:
        aims = {name: aim + OF_THE_COST[name] for name, aim in aims.items()}
    over = {name: f"{found[name]} for {aim}" for name, aim in aims.items() if found[name] > aim}
    assert not over, "\n".join([str(over), str(passes), *statements])


class MuteWakeups(Wakeups):
    """Passes on all topics but these."""

    def __init__(self, mute: Collection[Topic]) -> None:
        super().__init__()
        self._mute = mute

    def wake(self, topics: Iterable[str]) -> None:
        super().wake(topic for topic in topics if topic not in self._mute)


@pytest.mark.parametrize("mute", [*([topic] for topic in Topic), list(Topic)], ids=lambda mute: "+".join(mute)[:12])
def test_a_wakeup_that_is_missed_loses_nothing(mute: list[Topic], tmp_path: Path) -> None:
    """Each loop looks by itself within a minute: whatever nobody told it, every order ends as it should."""
    template = make_template()
    for seed in SEEDS:
        run = simulate(
            seed, tmp_path, template, lambda **given: Engine(**given | {"wakeups": MuteWakeups(mute), "pause": wait})
        )
        problems = check(run)
        assert not problems, f"seed {seed}:\n" + "\n".join(problems)
