"""From ids to outcomes, on virtual time: the rows decide, the events hint, and where rows vanish the events tell."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.provider import KeyRefused, Unavailable
from bot.terminal.tracking import LIFETIME, MISSING_FOR, OUT_OF_REACH_FOR, EventListener, OutOfReach, Tracker
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect, FakeOxen

PAUSES = timedelta(seconds=10), timedelta(seconds=30)
pytestmark = pytest.mark.timeout(10)


async def never(_: float) -> None:
    await asyncio.Event().wait()


class Harness:
    """A fake provider, and time that passes when somebody rests; then `meanwhile` happens."""

    def __init__(self, dialect: Dialect) -> None:
        self.clock = ManualClock()
        self.oxen = FakeOxen(self.clock, dialect)
        self.meanwhile: Callable[[], None] = lambda: None
        self.rests: list[float] = []
        self.notices: list[str] = []
        self.moves = 0

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.clock.advance(seconds=seconds)
        self.meanwhile()
        await asyncio.sleep(0)

    @contextlib.asynccontextmanager
    async def listener(self) -> AsyncIterator[EventListener]:
        async with EventListener(self.oxen, never) as listener:
            yield listener

    def tracker(self, listener: EventListener, *ids: RemoteId) -> Tracker:
        return Tracker(
            self.oxen,
            listener,
            ids,
            pauses=PAUSES,
            clock=self.clock,
            sleep=self.sleep,
            notice=self.notices.append,
            moved=self.moved,
        )

    def moved(self) -> None:
        self.moves += 1

    async def order(self, count: int = 1) -> list[RemoteId]:
        return await self.oxen.enqueue(video_request(), count, None)


@pytest.fixture(params=list(Dialect))
def harness(request: pytest.FixtureRequest) -> Harness:
    return Harness(request.param)


@pytest.fixture
def ephemeral() -> Harness:
    return Harness(Dialect.EPHEMERAL)


async def ends(tracker: Tracker) -> dict[RemoteId, Outcome]:
    return {remote_id: outcome async for remote_id, outcome in tracker.outcomes()}


async def test_each_ends_as_it_ended(harness: Harness) -> None:
    async with harness.listener() as listener:
        good, bad = await harness.order(2)
        harness.meanwhile = lambda: (harness.oxen.finish(good), harness.oxen.fail(bad, "DataInspectionFailed"))[0]
        tracker = harness.tracker(listener, good, bad)
        told = await ends(tracker)
    assert told[good].state is GenerationState.SUCCEEDED
    assert told[good].result_url == harness.oxen.url(good)
    assert (told[bad].state, told[bad].reason) == (GenerationState.FAILED, Reason.PROMPT_REFUSED)
    assert tracker.open == []


async def test_an_event_from_before_anybody_followed_is_not_lost(ephemeral: Harness) -> None:
    """The answer to the order may come later than its end."""
    async with ephemeral.listener() as listener:
        [remote_id] = await ephemeral.order()
        ephemeral.oxen.finish(remote_id)
        await asyncio.sleep(0)
        told = await ends(ephemeral.tracker(listener, remote_id))
    assert told[remote_id].result_url == ephemeral.oxen.url(remote_id)


async def test_an_event_is_followed_at_once(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        tracker = harness.tracker(listener, remote_id)
        tracker._sleep = never
        work = asyncio.create_task(ends(tracker))
        for _ in range(5):
            await asyncio.sleep(0)
        harness.oxen.finish(remote_id)
        assert (await work)[remote_id].state is GenerationState.SUCCEEDED


async def test_what_leaves_without_a_word_is_lost_after_a_while(ephemeral: Harness) -> None:
    """Seed 001: "the generation fails silently"."""
    async with ephemeral.listener() as listener:
        [remote_id] = await ephemeral.order()
        ephemeral.oxen.fail(remote_id, announce=False)
        began = ephemeral.clock.monotonic()
        told = await ends(ephemeral.tracker(listener, remote_id))
    assert told[remote_id].reason is Reason.LOST
    assert ephemeral.clock.monotonic() - began >= MISSING_FOR.total_seconds()


async def test_what_was_cancelled_leaves_without_an_event(harness: Harness) -> None:
    async with harness.listener() as listener:
        ids = await harness.order(2)
        tracker = harness.tracker(listener, *ids)
        await tracker.cancel()
        told = await ends(tracker)
    assert {each.state for each in told.values()} == {GenerationState.CANCELLED}
    assert harness.oxen.count("cancel") == 2


async def test_a_cancellation_that_is_too_late(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        tracker = harness.tracker(listener, remote_id)
        harness.oxen.finish(remote_id)
        await asyncio.sleep(0)
        await tracker.cancel()
        assert (await ends(tracker))[remote_id].state is GenerationState.SUCCEEDED


async def test_a_cancellation_that_does_not_arrive_is_said(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        harness.oxen.faults.fail("cancel", Unavailable("status 503"))
        tracker = harness.tracker(listener, remote_id)
        await tracker.cancel()
        assert harness.notices == [f"{remote_id}: could not be cancelled (status 503)"]
        harness.oxen.finish(remote_id)
        assert (await ends(tracker))[remote_id].state is GenerationState.SUCCEEDED


async def test_the_pace_is_slower_while_the_stream_is_up(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        steps = {2: harness.oxen.hang_up, 6: lambda: harness.oxen.finish(remote_id)}

        def step() -> None:
            steps.get(len(harness.rests), lambda: None)()

        harness.meanwhile = step
        await ends(harness.tracker(listener, remote_id))
    assert harness.rests[0] == 30
    assert harness.rests[5] == 10


async def test_three_looks_in_a_row_have_to_fail_before_it_is_said(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        for _ in range(3):
            harness.oxen.faults.fail("get", Unavailable("status 503"))
        harness.meanwhile = lambda: harness.oxen.finish(remote_id) if len(harness.rests) == 4 else None
        await ends(harness.tracker(listener, remote_id))
    assert [notice.partition(" (")[0] for notice in harness.notices] == ["Oxen does not answer", "Oxen answers again."]


async def test_a_provider_that_never_answers_again_is_not_waited_for_for_ever(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        harness.meanwhile = lambda: harness.oxen.faults.fail("get", Unavailable("status 503"))
        harness.meanwhile()
        tracker = harness.tracker(listener, remote_id)
        began = harness.clock.monotonic()
        with pytest.raises(OutOfReach):
            await ends(tracker)
    assert harness.clock.monotonic() - began >= OUT_OF_REACH_FOR.total_seconds()
    assert tracker.open == [remote_id]


async def test_a_key_that_is_revoked_ends_it(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        harness.oxen.revoked = True
        with pytest.raises(KeyRefused):
            await ends(harness.tracker(listener, remote_id))


async def test_nothing_is_followed_for_longer_than_it_lives() -> None:
    """A provider that says for ever that it is at work."""
    harness = Harness(Dialect.PERSISTENT)
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        tracker = harness.tracker(listener, remote_id)
        harness.clock.advance(LIFETIME - timedelta(minutes=1))
        harness.oxen.jobs[remote_id] = replace(harness.oxen.jobs[remote_id], enqueued_at=harness.clock.now())
        told = await ends(tracker)
    assert told[remote_id].reason is Reason.EXPIRED


async def test_progress_is_told_once(harness: Harness) -> None:
    async with harness.listener() as listener:
        [remote_id] = await harness.order()
        tracker = harness.tracker(listener, remote_id)
        assert tracker.status(remote_id) == ""
        steps = iter([lambda: harness.oxen.start(remote_id), lambda: None, lambda: harness.oxen.finish(remote_id)])

        def step() -> None:
            next(steps)()

        harness.meanwhile = step
        await ends(tracker)
    assert harness.moves == (1 if harness.oxen.dialect is Dialect.EPHEMERAL else 2)
