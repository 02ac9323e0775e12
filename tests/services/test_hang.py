"""Nothing waits for ever: not a loop for its step, not an order for a provider that says nothing any more."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from bot.domain.orders.generation import Reason
from bot.domain.provider import Ambiguous, KeyRefused, Rejected, Unavailable
from bot.services.background import EVENTS
from bot.services.supervision import Loop
from bot.services.tracking.settler import LIFETIME
from bot.services.tracking.tracker import ORPHAN_FOR
from tests.services.kit import WITH_AND_WITHOUT_ROWS, S, Services, until
from tests.services.test_supervision import EndOfTest, Pauses

LONG = timedelta(hours=26)  # the provider forgets after 24
REVOKED = KeyRefused(401, "A valid API key is required.")


# Steps that hang.


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
    await services.track()
    services.clock.advance(minutes=5)
    services.oxen.faults.hold("list")
    with pytest.raises(EndOfTest):
        await Loop("tracking", services.tracker.step, services.clock, Pauses(1), limit=timedelta(milliseconds=50)).run()
    assert await services.states(record) == [S.QUEUED]
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED]


# Events that come before the answer to the POST.


@WITH_AND_WITHOUT_ROWS
@pytest.mark.parametrize("end", ["finish", "fail"])
async def test_an_end_that_is_announced_before_the_id_is_known(services: Services, end: str) -> None:
    record, held = await services.membership()
    (remote_id,) = services.oxen.jobs
    async with services.listen():
        (services.oxen.finish if end == "finish" else services.oxen.fail)(remote_id)
        await until(lambda: bool(services.inbox))
        await services.track()
        services.clock.advance(ORPHAN_FOR)  # as long as a POST may take, and no longer
        await services.track()
        assert await services.states(record) == [S.SENDING]
        await services.answered(held)
        await services.track()
    assert await services.states(record) == [S.SUCCEEDED if end == "finish" else S.FAILED]
    assert len(await services.announce(record)) == 1
    assert len(services.inbox) == 0


async def test_what_belongs_to_nobody_is_forgotten(services: Services) -> None:
    [remote_id] = await services.oxen.enqueue((await services.order()).order.request, 1, None)
    async with services.listen():
        services.oxen.finish(remote_id)
        await until(lambda: bool(services.inbox))
    await services.track()
    assert services.inbox.get(None, remote_id) is not None
    services.clock.advance(ORPHAN_FOR + timedelta(seconds=1))
    await services.track()
    assert len(services.inbox) == 0
    assert services.oxen.count("get") == 0


# A provider that says nothing any more.


@WITH_AND_WITHOUT_ROWS
async def test_when_the_key_is_revoked_nothing_is_in_flight_for_ever(services: Services) -> None:
    began = services.clock.now()
    queued, running = await services.sent(), await services.sent()
    services.oxen.start(await services.remote_id(running))
    await services.poll()
    services.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    unknown = await services.sent()
    for call in ("list", "get", "history", "cancel"):
        services.oxen.faults.fail(call, REVOKED, times=10_000)
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


async def test_a_stream_that_hears_nothing_is_no_failure(services: Services) -> None:
    async def silence() -> AsyncGenerator[object]:
        return
        yield

    services.oxen.events = silence  # type: ignore[assignment,method-assign]
    assert await services.listener.step() == timedelta(seconds=1)
    assert not services.inbox.of(None).up
