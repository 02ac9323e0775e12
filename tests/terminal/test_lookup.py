"""An order whose answer was lost is found by what it carries, and never taken for another."""

from dataclasses import replace

import pytest

from bot.domain.ids import IdMaker
from bot.domain.provider import Unavailable
from bot.terminal.lookup import LOOKS, PAUSE, look_after, look_before
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect, FakeOxen

CLOCK = ManualClock()
TOKEN = IdMaker(CLOCK)()
every_dialect = pytest.mark.parametrize("dialect", list(Dialect))


class Rests:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@every_dialect
async def test_what_is_new_and_alike_is_found(dialect: Dialect) -> None:
    oxen = FakeOxen(CLOCK, dialect)
    validated = video_request(count=2, duration=5)
    await oxen.enqueue(validated, 2, "film-club")
    before = await look_before(oxen, "film-club")
    theirs = await oxen.enqueue(video_request("another prompt"), 1, "film-club")
    elsewhere = await oxen.enqueue(validated, 1, None)
    ours = await oxen.enqueue(validated, 2, "film-club", TOKEN)
    rests = Rests()
    assert await look_after(oxen, validated, TOKEN, before, rests) == ours
    assert rests.seconds == []
    assert not {*theirs, *elsewhere} & set(ours)


@every_dialect
async def test_it_is_looked_for_for_a_minute(dialect: Dialect) -> None:
    oxen = FakeOxen(CLOCK, dialect)
    before = await look_before(oxen, None)
    oxen.faults.fail("list", Unavailable("status 503"))
    rests = Rests()
    assert await look_after(oxen, video_request(), TOKEN, before, rests) == []
    assert rests.seconds == [PAUSE] * (LOOKS - 1)


async def test_before_nothing_is_known_nothing_is_ordered() -> None:
    oxen = FakeOxen(CLOCK)
    oxen.faults.fail("history", Unavailable("status 503"))
    with pytest.raises(Unavailable):
        await look_before(oxen, None)


async def test_a_row_without_words_is_taken_when_it_is_new() -> None:
    oxen = FakeOxen(CLOCK)
    shots = [{"prompt": "Waves.", "duration": 2}, {"prompt": "A gull.", "duration": 3}]
    validated = replace(video_request(), prompt="", parameters={"multi_prompt": shots})
    await oxen.enqueue(validated, 1, None)
    before = await look_before(oxen, None)
    ours = await oxen.enqueue(validated, 1, None)
    assert await look_after(oxen, validated, TOKEN, before, Rests()) == ours
