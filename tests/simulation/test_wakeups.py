"""What wakes which loop: one order costs few passes and few reads, and a wakeup that is missed loses nothing."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import ChannelId, IdMaker, MessageId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import RequestContext
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

PASSES, READS = 16, 25  # for one order of one output, from the command to the delivered post
SEEDS = range(3)


class CountingDatabase(SqliteDatabase):
    reads = 0

    async def read(self, work: Work[Any]) -> Any:
        self.reads += 1
        return await super().read(work)


def test_one_order_costs_few_passes_and_reads(tmp_path: Path) -> None:
    file, timeline = tmp_path / "drover.sqlite3", Timeline()
    loop = VirtualLoop(timeline, None)
    machine = Machine(loop)
    file.write_bytes(make_template())

    async def life() -> tuple[dict[str, int], int]:
        clock = VirtualClock(timeline)
        oxen, messenger = FakeOxen(clock, Dialect.PERSISTENT), FakeMessenger(clock)
        db = CountingDatabase(file, machine.connect)
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
        loops = engine.background.loops
        running = asyncio.create_task(engine.background.run(loops))
        await asyncio.sleep(2)  # each loop has looked once, and the stream is up
        before, reads = {name: loop.health.passes for name, loop in loops.items()}, db.reads

        context = RequestContext(
            guild_id=GUILD, channel_id=ChannelId(9), requester_id=MEMBER, locale="en-US", card_message_id=MessageId(5)
        )
        record = await engine.order_service.submit(video_request(), context)
        await engine.order_service.card_shown(record)
        await asyncio.sleep(5)
        (remote_id,) = oxen.jobs
        oxen.finish(remote_id)
        await asyncio.sleep(5)
        assert len(messenger.messages) == 1

        passes = {name: loop.health.passes - before[name] for name, loop in loops.items()}
        reads = db.reads - reads
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await db.close()
        return passes, reads

    passes, reads = live(loop, life())
    loop.die()
    loop.clear_away()
    assert sum(passes.values()) <= PASSES, passes
    assert reads <= READS


class MuteWakeups(Wakeups):
    """Passes on all topics but these."""

    def __init__(self, mute: Collection[Topic]) -> None:
        super().__init__()
        self._mute = mute

    def notify(self, *topics: Topic) -> None:
        super().notify(*(topic for topic in topics if topic not in self._mute))


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
