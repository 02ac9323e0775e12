"""A request to cancel is carried to the provider, and what then really happened is what is told."""

from datetime import timedelta

from bot.domain.orders.generation import Reason
from bot.domain.provider import Completed, KeyRefused, NotFound, Unavailable
from bot.services.ordering.canceller import CANCEL_PAUSE
from bot.services.supervision import IDLE
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect
from tests.services.kit import EPHEMERAL, MEMBER, WITH_AND_WITHOUT_ROWS, S, Services


@WITH_AND_WITHOUT_ROWS
async def test_a_cancelled_order_ends_and_is_told_once(services: Services) -> None:
    record = await services.sent(video_request(count=2))
    await services.cancel(record)
    assert await services.states(record) == [S.QUEUED] * 2
    assert await services.canceller.step() == IDLE
    assert await services.states(record) == [S.CANCELLED] * 2
    assert services.oxen.count("cancel") == 2
    (message,) = await services.announce(record)
    assert {g.cancel_requested_by for g in message.outgoing.post.generations} == {MEMBER}


@WITH_AND_WITHOUT_ROWS
async def test_only_what_was_asked_for_is_cancelled(services: Services) -> None:
    record = await services.sent(video_request(count=3))
    order, second = record.order, record.generations[1].id
    await services.order_service.cancel(order.id, MEMBER, order.context.guild_id, moderator=False, only=second)
    await services.canceller.step()
    assert (await services.states(record))[1] is S.CANCELLED
    assert services.oxen.count("cancel") == 1


async def test_a_cancel_that_is_too_late_delivers_the_result(services: Services) -> None:
    record = await services.sent()
    await services.cancel(record)
    services.oxen.finish(await services.remote_id(record), b"film", announce=False)
    await services.canceller.step()
    assert await services.outcome(record) == (S.SUCCEEDED, None, None)
    (message,) = await services.announce(record)
    assert list(message.contents.values()) == [b"film"]


@EPHEMERAL
async def test_a_cancel_that_is_too_late_in_the_ephemeral_dialect(services: Services) -> None:
    """DELETE and GET answer 404: what the event said is the result, and 404 is no cancellation."""
    record = await services.sent()
    remote_id = await services.remote_id(record)
    await services.cancel(record)
    services.oxen.finish(remote_id, announce=False)
    await services.canceller.step()
    assert await services.states(record) == [S.QUEUED]
    services.inbox.add(Completed(id=remote_id, succeeded=True, url=services.oxen.url(remote_id)))
    services.clock.advance(CANCEL_PAUSE)
    await services.canceller.step()
    await services.track()
    assert await services.states(record) == [S.SUCCEEDED]


@EPHEMERAL
async def test_a_cancel_that_is_too_late_and_of_which_nothing_is_known(services: Services) -> None:
    record = await services.sent()
    await services.cancel(record)
    services.oxen.finish(await services.remote_id(record), announce=False)
    for _ in range(10):
        services.clock.advance(await services.canceller.step())
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.LOST)


async def test_a_cancel_of_what_failed_meanwhile_tells_the_failure(services: Services) -> None:
    record = await services.sent()
    await services.cancel(record)
    services.oxen.fail(await services.remote_id(record), "Insufficient credits")
    await services.canceller.step()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.NO_CREDIT)


async def insist(services: Services) -> None:
    """As long as it may take."""
    for _ in range(10):
        rest = await services.canceller.step()
        assert rest > timedelta()
        services.clock.advance(rest)


@WITH_AND_WITHOUT_ROWS
async def test_a_cancel_that_did_not_get_through_is_tried_again(services: Services) -> None:
    record = await services.sent()
    await services.cancel(record)
    services.oxen.faults.fail("cancel", Unavailable("502"))
    await insist(services)
    assert (await services.outcome(record))[:2] == (S.CANCELLED, Reason.CANCELLED)
    assert services.oxen.count("cancel") == 2


@WITH_AND_WITHOUT_ROWS
async def test_a_cancel_that_was_accepted_is_remembered_when_the_look_fails(services: Services) -> None:
    """The second DELETE finds nothing any more in the ephemeral dialect: that is the first one's doing."""
    record = await services.sent()
    await services.cancel(record)
    services.oxen.faults.fail("get", Unavailable("502"))
    await insist(services)
    assert (await services.outcome(record))[:2] == (S.CANCELLED, Reason.CANCELLED)


@WITH_AND_WITHOUT_ROWS
async def test_a_cancel_whose_answer_was_lost_is_over_too(services: Services, dialect: Dialect) -> None:
    """Where no row is kept nobody can tell it from a result that was missed, and so nobody says "cancelled"."""
    record = await services.sent()
    await services.cancel(record)
    services.oxen.faults.fail("cancel", Unavailable("reset"), after=True)
    await insist(services)
    lost = dialect is Dialect.EPHEMERAL
    assert (await services.outcome(record))[:2] == (
        (S.FAILED, Reason.LOST) if lost else (S.CANCELLED, Reason.CANCELLED)
    )


async def test_a_cancel_is_not_tried_before_it_is_due(services: Services) -> None:
    record = await services.sent()
    await services.cancel(record)
    services.oxen.faults.fail("cancel", KeyRefused(401, "no"), times=100)
    for _ in range(5):
        assert await services.canceller.step() == CANCEL_PAUSE
    assert services.oxen.count("cancel") == 1
    services.clock.advance(CANCEL_PAUSE)
    await services.canceller.step()
    assert services.oxen.count("cancel") == 2


async def test_one_that_cannot_be_cancelled_holds_no_other_up(services: Services) -> None:
    first, second = await services.sent(), await services.sent()
    await services.cancel(first)
    await services.cancel(second)
    services.oxen.faults.fail("cancel", Unavailable("502"))
    await services.canceller.step()
    assert sorted([*await services.states(first), *await services.states(second)]) == [S.CANCELLED, S.QUEUED]


async def test_a_cancel_outlives_a_restart(services: Services) -> None:
    record = await services.sent()
    await services.cancel(record)
    services = await services.killed()
    await services.canceller.step()
    assert await services.states(record) == [S.CANCELLED]


async def test_what_is_being_sent_is_cancelled_once_it_is_there(services: Services) -> None:
    record, held = await services.membership()
    await services.cancel(record)
    assert await services.canceller.step() == IDLE
    await services.answered(held)
    await services.canceller.step()
    assert await services.states(record) == [S.CANCELLED]


async def test_a_cancel_that_was_accepted_too_late_is_no_cancellation_without_its_row(services: Services) -> None:
    """Where rows are kept, a DELETE after the end is accepted and does nothing; the row cannot be seen just now."""
    record = await services.sent()
    await services.poll()
    remote_id = await services.remote_id(record)
    services.oxen.finish(remote_id, announce=False)
    services.oxen.faults.fail("get", NotFound("no such row"))
    await services.cancel(record)
    await services.canceller.step()
    assert await services.states(record) == [S.QUEUED]
    services.clock.advance(CANCEL_PAUSE)
    await services.canceller.step()
    assert await services.states(record) == [S.SUCCEEDED]
