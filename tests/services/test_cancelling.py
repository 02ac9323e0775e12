"""A request to cancel is carried to the provider, and what then really happened is what is told."""

from datetime import timedelta

import pytest

from bot.domain.ids import UserId
from bot.domain.orders.generation import Reason
from bot.domain.provider import Completed, KeyRefused, NotFound, Unavailable
from bot.services.ordering.cancelling import CANCEL_PAUSE
from bot.services.supervision import IDLE
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect
from tests.services.bench import MEMBER, Bench, S

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
KEEPING_ROWS = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])


@EVERY_DIALECT
async def test_a_cancelled_order_ends_and_is_told_once(bench: Bench) -> None:
    record = await bench.sent(video_request(count=2))
    await bench.cancel(record)
    assert await bench.states(record) == [S.QUEUED] * 2
    assert await bench.cancelling.step() == IDLE
    assert await bench.states(record) == [S.CANCELLED] * 2
    assert bench.oxen.count("cancel") == 2
    (message,) = await bench.announce(record)
    assert {g.cancel_requested_by for g in message.outgoing.post.generations} == {MEMBER}


@EVERY_DIALECT
async def test_only_what_was_asked_for_is_cancelled(bench: Bench) -> None:
    record = await bench.sent(video_request(count=3))
    order, second = record.order, record.generations[1].id
    await bench.ordering.cancel(order.id, MEMBER, order.context.guild_id, moderator=False, only=second)
    await bench.cancelling.step()
    assert (await bench.states(record))[1] is S.CANCELLED
    assert bench.oxen.count("cancel") == 1


@KEEPING_ROWS
async def test_a_cancel_that_is_too_late_delivers_the_result(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.finish(await bench.remote_id(record), b"film", announce=False)
    await bench.cancelling.step()
    assert await bench.outcome(record) == (S.SUCCEEDED, None, None)
    (message,) = await bench.announce(record)
    assert list(message.contents.values()) == [b"film"]


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_a_cancel_that_is_too_late_in_the_ephemeral_dialect(bench: Bench) -> None:
    """DELETE and GET answer 404: what the event said is the result, and 404 is no cancellation."""
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    await bench.cancel(record)
    bench.oxen.finish(remote_id, announce=False)
    await bench.cancelling.step()
    assert await bench.states(record) == [S.QUEUED]
    bench.tracking.hint(Completed(id=remote_id, succeeded=True, url=bench.oxen.url(remote_id)))
    bench.clock.advance(CANCEL_PAUSE)
    await bench.cancelling.step()
    assert await bench.states(record) == [S.SUCCEEDED]


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_a_cancel_that_is_too_late_and_of_which_nothing_is_known(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.finish(await bench.remote_id(record), announce=False)
    for _ in range(10):
        bench.clock.advance(await bench.cancelling.step())
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.LOST)


async def test_a_cancel_of_what_failed_meanwhile_tells_the_failure(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.fail(await bench.remote_id(record), "Insufficient credits")
    await bench.cancelling.step()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.NO_CREDIT)


async def insist(bench: Bench) -> None:
    """As long as it may take."""
    for _ in range(10):
        rest = await bench.cancelling.step()
        assert rest > timedelta()
        bench.clock.advance(rest)


@EVERY_DIALECT
async def test_a_cancel_that_did_not_get_through_is_tried_again(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.faults.fail("cancel", Unavailable("502"))
    await insist(bench)
    assert (await bench.outcome(record))[:2] == (S.CANCELLED, Reason.CANCELLED)
    assert bench.oxen.count("cancel") == 2


@EVERY_DIALECT
async def test_a_cancel_that_was_accepted_is_remembered_when_the_look_fails(bench: Bench) -> None:
    """The second DELETE finds nothing any more in the ephemeral dialect: that is the first one's doing."""
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.faults.fail("get", Unavailable("502"))
    await insist(bench)
    assert (await bench.outcome(record))[:2] == (S.CANCELLED, Reason.CANCELLED)


@EVERY_DIALECT
async def test_a_cancel_whose_answer_was_lost_is_over_too(bench: Bench, dialect: Dialect) -> None:
    """Where no row is kept nobody can tell it from a result that was missed, and so nobody says "cancelled"."""
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.faults.fail("cancel", Unavailable("reset"), after=True)
    await insist(bench)
    lost = dialect is Dialect.EPHEMERAL
    assert (await bench.outcome(record))[:2] == ((S.FAILED, Reason.LOST) if lost else (S.CANCELLED, Reason.CANCELLED))


async def test_a_cancel_is_not_tried_before_it_is_due(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    bench.oxen.faults.fail("cancel", KeyRefused(401, "no"), times=100)
    for _ in range(5):
        assert await bench.cancelling.step() == CANCEL_PAUSE
    assert bench.oxen.count("cancel") == 1
    bench.clock.advance(CANCEL_PAUSE)
    await bench.cancelling.step()
    assert bench.oxen.count("cancel") == 2


async def test_one_that_cannot_be_cancelled_holds_no_other_up(bench: Bench) -> None:
    first, second = await bench.sent(), await bench.sent()
    await bench.cancel(first)
    await bench.cancel(second)
    bench.oxen.faults.fail("cancel", Unavailable("502"))
    await bench.cancelling.step()
    assert sorted([*await bench.states(first), *await bench.states(second)]) == [S.CANCELLED, S.QUEUED]


async def test_nothing_to_cancel(bench: Bench) -> None:
    await bench.sent()
    assert await bench.cancelling.step() == IDLE
    assert bench.oxen.count("cancel") == 0


async def test_a_cancel_outlives_a_restart(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    bench = await bench.killed()
    await bench.cancelling.step()
    assert await bench.states(record) == [S.CANCELLED]


async def test_what_is_being_sent_is_cancelled_once_it_is_there(bench: Bench) -> None:
    held = bench.oxen.faults.hold("enqueue")
    record = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    await bench.cancel(record)
    assert await bench.cancelling.step() == IDLE
    held.release.set()
    await bench.submission.pool.drain()
    await bench.cancelling.step()
    assert await bench.states(record) == [S.CANCELLED]


async def test_a_moderators_cancel_is_theirs(bench: Bench) -> None:
    record = await bench.sent()
    order = record.order
    await bench.ordering.cancel(order.id, UserId(77), order.context.guild_id, moderator=True)
    await bench.cancelling.step()
    (row,) = await bench.rows(record)
    assert row.cancel_requested_by == 77


@pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])
async def test_a_cancel_that_was_accepted_too_late_is_no_cancellation_without_its_row(bench: Bench) -> None:
    """Where rows are kept, a DELETE after the end is accepted and does nothing; the row cannot be seen just now."""
    record = await bench.sent()
    await bench.poll()
    remote_id = await bench.remote_id(record)
    bench.oxen.finish(remote_id, announce=False)
    bench.oxen.faults.fail("get", NotFound("no such row"))
    await bench.cancel(record)
    await bench.cancelling.step()
    assert await bench.states(record) == [S.QUEUED]
    bench.clock.advance(CANCEL_PAUSE)
    await bench.cancelling.step()
    assert await bench.states(record) == [S.SUCCEEDED]
