"""An order whose answer was lost is found by what it carries, and never taken for another."""

from dataclasses import replace

import pytest

from bot.domain.ids import IdMaker
from bot.domain.provider import Unavailable
from bot.terminal.generate import LOOKS, PAUSE, known_ids, look_for_lost_order
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
    known = await known_ids(oxen, "film-club")
    theirs = await oxen.enqueue(video_request("another prompt"), 1, "film-club")
    elsewhere = await oxen.enqueue(validated, 1, None)
    ours = await oxen.enqueue(validated, 2, "film-club", TOKEN)
    rests = Rests()
    assert await look_for_lost_order(oxen, validated, TOKEN, "film-club", known, rests) == ours
    assert rests.seconds == []
    assert not {*theirs, *elsewhere} & set(ours)


@every_dialect
async def test_it_is_looked_for_for_a_minute(dialect: Dialect) -> None:
    oxen = FakeOxen(CLOCK, dialect)
    known = await known_ids(oxen, None)
    oxen.faults.fail("list", Unavailable("status 503"))
    rests = Rests()
    assert await look_for_lost_order(oxen, video_request(), TOKEN, None, known, rests) == []
    assert rests.seconds == [PAUSE] * (LOOKS - 1)


async def test_before_nothing_is_known_nothing_is_ordered() -> None:
    oxen = FakeOxen(CLOCK)
    oxen.faults.fail("history", Unavailable("status 503"))
    with pytest.raises(Unavailable):
        await known_ids(oxen, None)


async def test_a_row_without_words_is_taken_when_it_is_new() -> None:
    oxen = FakeOxen(CLOCK)
    shots = [{"prompt": "Waves.", "duration": 2}, {"prompt": "A gull.", "duration": 3}]
    validated = replace(video_request(), prompt="", parameters={"multi_prompt": shots})
    await oxen.enqueue(validated, 1, None)
    known = await known_ids(oxen, None)
    ours = await oxen.enqueue(validated, 1, None)
    assert await look_for_lost_order(oxen, validated, TOKEN, None, known, Rests()) == ours
