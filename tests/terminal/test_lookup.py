"""An order whose answer was lost is found by what it carries, and never taken for another."""

import pytest

from bot.domain.ids import IdMaker, RemoteId
from bot.oxen.errors import Unavailable
from bot.oxen.wire import RemoteGeneration
from bot.terminal.lookup import LOOKS, PAUSE, is_of, look_after, look_before
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_plan
from tests.fakes.oxen import Dialect, FakeOxen

CLOCK = ManualClock()
TOKEN, OTHER = IdMaker(CLOCK)(), IdMaker(CLOCK)()
every_dialect = pytest.mark.parametrize("dialect", list(Dialect))


class Rests:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@every_dialect
async def test_what_is_new_and_alike_is_found(dialect: Dialect) -> None:
    oxen = FakeOxen(CLOCK, dialect)
    plan = video_plan(count=2, duration=5)
    await oxen.enqueue(plan, 2, "film-club")
    before = await look_before(oxen, "film-club")
    theirs = await oxen.enqueue(video_plan("another prompt"), 1, "film-club")
    elsewhere = await oxen.enqueue(plan, 1, None)
    ours = await oxen.enqueue(plan, 2, "film-club", TOKEN)
    rests = Rests()
    assert await look_after(oxen, plan, TOKEN, before, rests) == ours
    assert rests.seconds == []
    assert not {*theirs, *elsewhere} & set(ours)


@every_dialect
async def test_it_is_looked_for_for_a_minute(dialect: Dialect) -> None:
    oxen = FakeOxen(CLOCK, dialect)
    before = await look_before(oxen, None)
    oxen.faults.fail("list", Unavailable("status 503"))
    rests = Rests()
    assert await look_after(oxen, video_plan(), TOKEN, before, rests) == []
    assert rests.seconds == [PAUSE] * (LOOKS - 1)


async def test_before_nothing_is_known_nothing_is_ordered() -> None:
    oxen = FakeOxen(CLOCK)
    oxen.faults.fail("history", Unavailable("status 503"))
    with pytest.raises(Unavailable):
        await look_before(oxen, None)


@pytest.mark.parametrize(
    ("row", "ours"),
    [
        ({}, True),
        ({"directory": TOKEN, "prompt": "x"}, True),
        ({"directory": OTHER}, False),
        ({"directory": "a folder of somebody's own"}, True),
        ({"model": "another"}, False),
        ({"prompt": ""}, True),
        ({"prompt": "another"}, False),
        ({"seed": 7}, True),
        ({"seed": 8}, False),
    ],
)
def test_by_what_a_row_is_known(row: dict[str, object], ours: bool) -> None:
    plan = video_plan(seed=7)
    usual = {"id": RemoteId("a"), "status": "queued", "model": plan.model_id, "prompt": plan.prompt}
    assert is_of(RemoteGeneration(**usual | row), plan, TOKEN) is ours
