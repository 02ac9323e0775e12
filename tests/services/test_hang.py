"""Nothing waits for ever: not a loop for its step, not an order for a provider that says nothing any more."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import Catalogue
from bot.domain.orders.generation import Reason
from bot.domain.provider import Ambiguous, KeyRefused, Rejected, Unavailable
from bot.services.background import EVENTS
from bot.services.supervision import Loop
from bot.services.tracking.settler import LIFETIME
from bot.services.tracking.tracker import ORPHAN_FOR
from tests.fakes.clock import ManualClock
from tests.fakes.oxen import Dialect, FakeOxen, small_catalogue
from tests.services.kit import S, Services, until

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
INSTANT = timedelta(milliseconds=1)
LONG = timedelta(hours=26)  # the provider forgets after 24
REVOKED = KeyRefused(401, "A valid API key is required.")


class EndOfTest(BaseException):
    """Ends a loop from inside its pause: nothing that a step could raise."""


class Rests:
    """In place of waiting: writes down how long, and ends the loop after so many."""

    def __init__(self, until_: int) -> None:
        self.rests: list[timedelta] = []
        self._until = until_

    async def __call__(self, event: asyncio.Event, limit: timedelta) -> None:
        self.rests.append(limit)
        if len(self.rests) == self._until:
            raise EndOfTest


# Steps that hang.


async def test_a_step_that_hangs_is_broken_off_counted_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    clock, begun, broken_off = ManualClock(), 0, 0

    async def step() -> timedelta:
        nonlocal begun, broken_off
        begun += 1
        if begun == 3:
            return timedelta(seconds=60)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            broken_off += 1
            raise
        raise AssertionError

    rests = Rests(3)
    loop = Loop("test", step, clock, rests, limit=INSTANT)
    with pytest.raises(EndOfTest):
        await loop.run()
    assert (begun, broken_off) == (3, 2)
    assert [rest.total_seconds() for rest in rests.rests] == [1, 2, 60]
    assert (loop.health.failures, loop.health.failures_in_a_row) == (2, 0)
    assert loop.health.last_success == clock.now()
    assert [r.getMessage() for r in caplog.records] == ["loop failed"] * 2


async def test_a_step_that_hangs_can_still_be_ended() -> None:
    entered = asyncio.Event()

    async def step() -> timedelta:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(Loop("test", step, ManualClock(), limit=timedelta(days=1)).run())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_without_a_limit_a_step_may_last() -> None:
    release = asyncio.Event()

    async def step() -> timedelta:
        await release.wait()
        return timedelta(seconds=5)

    rests = Rests(1)
    task = asyncio.create_task(Loop("test", step, ManualClock(), rests).run())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not task.done()
    release.set()
    with pytest.raises(EndOfTest):
        await task
    assert rests.rests == [timedelta(seconds=5)]


async def test_every_loop_but_the_event_stream_has_a_limit(services: Services) -> None:
    loops = services.background.loops
    assert len(loops) > 10
    unlimited = {name for name, loop in loops.items() if loop.limit is None}
    assert unlimited == {EVENTS}
    limits = [loop.limit for loop in loops.values() if loop.limit is not None]
    assert all(timedelta(minutes=2) <= limit <= timedelta(minutes=30) for limit in limits)


async def test_a_tracker_that_was_broken_off_goes_on_where_the_rows_are(services: Services) -> None:
    record = await services.sent()
    services.oxen.finish(await services.remote_id(record), announce=False)
    await services.tracker.step()
    services.clock.advance(minutes=5)
    services.oxen.faults.hold("list")
    rests = Rests(1)
    with pytest.raises(EndOfTest):
        await Loop("tracking", services.tracker.step, services.clock, rests, limit=timedelta(milliseconds=50)).run()
    assert await services.states(record) == [S.QUEUED]
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED]


# Events that come before the answer to the POST.


@EVERY_DIALECT
@pytest.mark.parametrize("end", ["finish", "fail"])
async def test_an_end_that_is_announced_before_the_id_is_known(services: Services, end: str) -> None:
    held = services.oxen.faults.hold("enqueue")
    record = await services.order()
    await services.submitter.step()
    await held.reached.wait()
    (remote_id,) = services.oxen.jobs
    async with services.listen():
        (services.oxen.finish if end == "finish" else services.oxen.fail)(remote_id)
        await until(lambda: bool(services.inbox))
        await services.tracker.step()
        services.clock.advance(ORPHAN_FOR)  # as long as a POST may take, and no longer
        await services.tracker.step()
        assert await services.states(record) == [S.SENDING]
        held.release.set()
        await services.submitter.pool.drain()
        await services.tracker.step()
    assert await services.states(record) == [S.SUCCEEDED if end == "finish" else S.FAILED]
    assert len(await services.announce(record)) == 1
    assert len(services.inbox) == 0


@EVERY_DIALECT
async def test_what_belongs_to_nobody_is_forgotten(services: Services) -> None:
    [remote_id] = await services.oxen.enqueue((await services.order()).order.request, 1, None)
    async with services.listen():
        services.oxen.finish(remote_id)
        await until(lambda: bool(services.inbox))
    await services.tracker.step()
    assert services.inbox.get(None, remote_id) is not None
    services.clock.advance(ORPHAN_FOR + timedelta(seconds=1))
    await services.tracker.step()
    assert len(services.inbox) == 0
    assert services.oxen.count("get") == 0


# A provider that says nothing any more.


def revoke(services: Services) -> None:
    for call in ("list", "get", "history", "cancel"):
        services.oxen.faults.fail(call, REVOKED, times=10_000)


@EVERY_DIALECT
async def test_when_the_key_is_revoked_nothing_is_in_flight_for_ever(services: Services) -> None:
    began = services.clock.now()
    queued, running = await services.sent(), await services.sent()
    services.oxen.start(await services.remote_id(running))
    await services.poll()
    services.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    unknown = await services.sent()
    revoke(services)
    services.clock.advance(began + LONG - timedelta(minutes=10) - services.clock.now())
    await services.poll()
    await services.reconciler.step()
    for record in (queued, running, unknown):
        assert not (await services.record(record)).ended
    services.clock.advance(minutes=10)
    await services.poll()
    await services.reconciler.step()
    for record in (queued, running):
        assert (await services.outcome(record))[:2] == (S.EXPIRED, Reason.EXPIRED)
    assert (await services.outcome(unknown))[:2] == (S.ABSENT, Reason.FORGOTTEN)
    for record in (queued, running, unknown):
        assert len(await services.announce(record)) == 1


@EVERY_DIALECT
@pytest.mark.parametrize("error", [Rejected(410, "gone"), KeyRefused(403, "no"), Unavailable("500")])
async def test_what_can_be_listed_but_not_looked_at_is_not_in_flight_for_ever(
    services: Services, error: Exception
) -> None:
    """It has left the list, and its own row answers with anything but 404."""
    record = await services.sent()
    services.oxen.faults.fail("get", error, times=10_000)
    services.clock.advance(LIFETIME + timedelta(minutes=30))
    await services.poll()
    assert await services.states(record) == [S.QUEUED]
    services.clock.advance(LONG - LIFETIME)
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.EXPIRED, Reason.EXPIRED)


async def test_a_clock_that_jumps_ahead_ends_nothing_that_is_still_listed(
    services: Services, clock: ManualClock
) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    services.oxen.clock = ManualClock()  # the provider's does not jump
    clock.jump(timedelta(hours=25))
    await services.poll()
    assert await services.states(record) == [S.QUEUED]
    services.oxen.finish(RemoteId(remote_id))
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED]


# A catalogue that comes empty.


async def test_an_empty_catalogue_does_not_replace_the_old_one(services: Services, oxen: FakeOxen) -> None:
    refresh, catalogue_cache = timedelta(hours=1), services.catalogue_cache
    await catalogue_cache.step()
    old = catalogue_cache.require()
    oxen.models = Catalogue([])
    for _ in range(3):
        assert await catalogue_cache.step() <= timedelta(minutes=1)
        assert catalogue_cache.require() is old
    oxen.models = small_catalogue()
    assert await catalogue_cache.step() == refresh
    assert catalogue_cache.require() is oxen.models


async def test_a_catalogue_that_is_empty_from_the_start_is_asked_for_again_soon(
    services: Services, oxen: FakeOxen
) -> None:
    catalogue_cache = services.catalogue_cache
    with pytest.raises(Refusal):
        catalogue_cache.require()
    oxen.models = Catalogue([])
    for _ in range(2):
        assert await catalogue_cache.step() <= timedelta(minutes=1)
    oxen.models = small_catalogue()
    assert await catalogue_cache.step() == timedelta(hours=1)
    assert len(catalogue_cache.require()) == 2


async def test_a_stream_that_never_connects_holds_no_other_loop_up(services: Services) -> None:
    """Its step has no limit: the others go on while it waits."""
    held = services.oxen.faults.hold("events", before=True)
    record = await services.sent()
    listening: asyncio.Task[timedelta] = asyncio.create_task(services.listener.step())
    await held.reached.wait()
    services.oxen.finish(await services.remote_id(record))
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED]
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_stream_that_hears_nothing_is_no_failure(services: Services) -> None:
    async def silence() -> AsyncGenerator[object]:
        return
        yield

    services.oxen.events = silence  # type: ignore[assignment,method-assign]
    assert await services.listener.step() == timedelta(seconds=1)
    assert not services.inbox.of(None).up
