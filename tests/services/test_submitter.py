"""One order is one POST: sent once, whatever the answer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.messenger import TryLater
from bot.domain.models.catalogue import Catalogue
from bot.domain.models.slots import InputKind
from bot.domain.orders.generation import Reason
from bot.domain.orders.inputs import Attachment, Input, InputGone
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Ambiguous, KeyRefused, ProviderError, Rejected, Unavailable
from bot.services.ordering.submitter import GIVE_UP_UNSENT, LONGEST_PAUSE
from bot.services.supervision import IDLE
from bot.validation import body_check
from tests.fakes.orders import PROMPT, video_request
from tests.fakes.oxen import VIDEO_MODEL
from tests.services.kit import GUILD, MEMBER, S, Services


async def test_an_order_is_sent_and_its_ids_are_kept(services: Services) -> None:
    record = await services.order(video_request(count=3))
    services.woken()
    await services.send()
    assert await services.states(record) == [S.QUEUED] * 3
    assert await services.remote_ids(record) == list(services.oxen.jobs)
    assert services.woken() == {"tracking", "cards"}
    assert await services.send() == IDLE
    assert services.oxen.count("enqueue") == 1


async def test_what_was_cancelled_on_its_way_wakes_the_canceller_once_it_has_an_id(services: Services) -> None:
    record, held = await services.membership()
    await services.cancel(record)
    services.woken()
    await services.answered(held)
    assert services.woken() == {"tracking", "cards", "cancelling"}


async def test_the_row_says_sending_before_the_order_leaves(services: Services) -> None:
    record, held = await services.membership()
    assert await services.states(record) == [S.SENDING]
    assert (await services.record(record)).sent_at == services.clock.now()
    await services.submitter.step()  # it is in hand, and not due
    await services.answered(held)
    assert await services.states(record) == [S.QUEUED]
    assert services.oxen.count("enqueue") == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Rejected(400, "num_generations must be an integer between 1 and 4"), Reason.REJECTED),
        (Rejected(404, "Model not found: kling"), Reason.REJECTED),
        (Rejected(400, "Insufficient credits"), Reason.NO_CREDIT),
        (Rejected(400, f"DataInspectionFailed: rejected text {PROMPT}"), Reason.PROMPT_REFUSED),
        (KeyRefused(401, "A valid API key is required."), Reason.KEY_REFUSED),
        (KeyRefused(403, "This key may not bill the namespace acme."), Reason.KEY_REFUSED),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else value.detail[:20],
)
async def test_a_rejected_order_fails_at_once_and_says_why(services: Services, error: Rejected, reason: Reason) -> None:
    services.oxen.faults.fail("enqueue", error)
    record = await services.sent()
    assert await services.outcome(record) == (S.FAILED, reason, error.detail)
    assert len(await services.announce(record)) == 1
    await services.send()
    assert services.oxen.count("enqueue") == 1


async def test_what_the_models_schema_does_not_take_any_more_is_never_sent(services: Services) -> None:
    """It was right when it was accepted. The provider would take it, charge for it, and fail without a word."""
    await services.catalogue_cache.step()
    record = await services.order()
    strict = body_check({"properties": {"prompt": {"type": "string", "maxLength": 3}}})
    (model,) = [each for each in services.oxen.models if each.id == VIDEO_MODEL]
    services.oxen.models = Catalogue([replace(model, violation=strict)])
    await services.catalogue_cache.step()
    await services.send()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.SETTINGS_REFUSED)
    assert len(await services.announce(record)) == 1
    assert services.oxen.count("enqueue") == 0


@pytest.mark.parametrize(("accepts", "reason"), [(3, Reason.SHORT), (0, Reason.REJECTED)])
async def test_what_was_not_accepted_of_an_order_fails(services: Services, accepts: int, reason: Reason) -> None:
    services.oxen.accepts = accepts
    record = await services.sent(video_request(count=4))
    assert await services.states(record) == [S.QUEUED] * accepts + [S.FAILED] * (4 - accepts)
    assert {row.reason for row in (await services.rows(record))[accepts:]} == {reason}


async def test_an_order_that_surely_did_not_arrive_is_sent_again_with_growing_pauses(services: Services) -> None:
    services.oxen.faults.fail("enqueue", Unavailable("refused"), times=4)
    record = await services.order()
    pauses: list[float] = []
    for _ in range(4):
        await services.send()
        assert await services.states(record) == [S.INTENDED]
        pause = await services.send()  # not due: only says when
        pauses.append(pause.total_seconds())
        services.clock.advance(pause)
    assert pauses == [2, 4, 8, 16]
    await services.send()
    assert await services.states(record) == [S.QUEUED]
    assert services.oxen.count("enqueue") == 5
    assert len(services.oxen.jobs) == 1


async def test_an_order_that_cannot_be_sent_for_ten_minutes_is_given_up(services: Services) -> None:
    services.oxen.faults.fail("enqueue", Unavailable("refused"), times=100)
    record = await services.order()
    began = services.clock.now()
    while await services.states(record) == [S.INTENDED]:
        await services.send()
        services.clock.advance(await services.send())
    assert GIVE_UP_UNSENT <= services.clock.now() - began <= GIVE_UP_UNSENT + timedelta(minutes=3)
    assert await services.outcome(record) == (S.FAILED, Reason.UNREACHABLE, None)
    (message,) = await services.announce(record)
    assert message.outgoing.post.generations[0].reason is Reason.UNREACHABLE
    assert services.oxen.jobs == {}


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_order_whose_answer_is_lost_is_unknown_and_not_sent_again(services: Services, accepted: bool) -> None:
    services.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=accepted)
    record = await services.sent()
    assert await services.states(record) == [S.UNKNOWN]
    for _ in range(20):
        services.clock.advance(minutes=1)
        await services.send()
    assert services.oxen.count("enqueue") == 1


@pytest.mark.parametrize("error", [RuntimeError("unheard of"), OSError("disk full"), ProviderError("new kind")])
async def test_an_error_nobody_listed_makes_the_order_unknown(services: Services, error: Exception) -> None:
    """It may have been accepted: `sending` for ever would also hold up every other look-up."""
    services.oxen.faults.fail("enqueue", error, after=True)
    record = await services.sent()
    assert await services.states(record) == [S.UNKNOWN]
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED]
    assert services.oxen.count("enqueue") == 1


async def test_ids_that_cannot_be_stored_make_the_order_unknown(services: Services) -> None:
    """The provider repeats an id: the database refuses it, and the order is looked up like any other."""
    await services.sent()
    services.oxen.numbers = iter([1])
    record = await services.sent()
    assert await services.states(record) == [S.UNKNOWN]


async def test_what_cannot_be_written_at_all_is_written_as_soon_as_it_can(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away for longer than anybody waits, and the process lives on: nobody else takes stock for it."""

    async def away(*_: Any, **__: Any) -> Any:
        raise OSError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(services.orders, "adopt", away)
        broken.setattr(services.orders, "lose", away)
        record = await services.sent()
        assert await services.states(record) == [S.SENDING]
    await services.send()
    assert await services.states(record) == [S.UNKNOWN]


async def test_orders_leave_side_by_side_but_not_too_many(services: Services) -> None:
    holds = [services.oxen.faults.hold("enqueue") for _ in range(8)]
    for _ in range(10):
        await services.order()
    assert await services.submitter.step() == IDLE
    for held in holds:
        await held.reached.wait()
    assert services.submitter.pool.full
    assert services.oxen.count("enqueue") == 8
    for held in holds:
        held.release.set()
    await services.submitter.pool.drain()
    await services.send()
    assert services.oxen.count("enqueue") == 10


# Cancelled on the way.


@pytest.mark.parametrize("one", [True, False])
async def test_what_is_cancelled_before_it_is_sent_is_never_sent(services: Services, one: bool) -> None:
    record = await services.order(video_request(count=3))
    only = record.generations[0].id if one else None
    await services.order_service.cancel(record.order.id, MEMBER, GUILD, moderator=False, only=only)
    await services.send()
    assert await services.states(record) == [S.CANCELLED, *[S.QUEUED if one else S.CANCELLED] * 2]
    assert len(services.oxen.jobs) == (2 if one else 0)
    assert len(await services.announce(record)) == 1


async def test_what_is_cancelled_while_the_provider_is_down_is_not_sent_later(services: Services) -> None:
    held = services.oxen.faults.hold("enqueue")
    services.oxen.faults.fail("enqueue", Unavailable("reset"), after=True)
    record = await services.order()
    await services.submitter.step()
    await held.reached.wait()
    await services.cancel(record)
    assert await services.states(record) == [S.SENDING]
    await services.answered(held)
    services.clock.advance(minutes=1)
    await services.send()
    assert await services.states(record) == [S.CANCELLED]
    assert services.oxen.count("enqueue") == 1


async def test_the_plan_is_ordered_as_it_was_accepted(services: Services) -> None:
    record = await services.sent(video_request(duration=10, aspect_ratio="16:9"))
    (job,) = services.oxen.jobs.values()
    assert job.request.parameters == {"duration": 10, "aspect_ratio": "16:9"}
    assert (job.request.model_id, job.request.prompt) == (VIDEO_MODEL, record.order.request.prompt)


# Files that were given with an order: asked for right before the POST, and what becomes of the order without them.

URL = "https://cdn.discordapp.com/attachments/1/2/heron.png?ex=1"


def with_a_picture() -> ValidatedRequest:
    picture = Attachment(kind=InputKind.IMAGE, name="heron.png", media_type="image/png", size=9, url=URL)
    return replace(video_request(), inputs=(Input(slot="input_image", attachment=picture),))


async def test_the_link_that_is_sent_is_the_one_that_is_valid_now(services: Services) -> None:
    await services.sent(with_a_picture())
    (job,) = services.oxen.jobs.values()
    assert job.body["input_image"] == f"{URL}&fresh=1"


async def test_an_order_without_files_asks_for_none(services: Services) -> None:
    await services.sent()
    assert services.input_files.asked == 0


async def test_each_attempt_asks_anew(services: Services) -> None:
    services.oxen.faults.fail("enqueue", Unavailable("refused"))
    record = await services.order(with_a_picture())
    services.clock.advance(await services.send() or timedelta())
    services.clock.advance(minutes=1)
    await services.send()
    assert await services.states(record) == [S.QUEUED]
    (job,) = services.oxen.jobs.values()
    assert job.body["input_image"] == f"{URL}&fresh=2"


async def test_a_file_that_is_gone_ends_the_order_unsent(services: Services) -> None:
    services.input_files.faults.fail("fresh", InputGone(1))
    record = await services.sent(with_a_picture())
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.INPUT_GONE)
    assert services.oxen.calls == []
    assert len(await services.announce(record)) == 1


async def test_a_file_that_cannot_be_reached_now_is_waited_for(services: Services) -> None:
    services.input_files.faults.fail("fresh", TryLater("503", timedelta(seconds=30)))
    record = await services.sent(with_a_picture())
    assert await services.states(record) == [S.INTENDED]
    assert await services.send() == timedelta(seconds=30)
    services.clock.advance(seconds=30)
    await services.send()
    assert await services.states(record) == [S.QUEUED]


async def test_a_file_that_cannot_be_reached_for_long_ends_the_order_unsent(services: Services) -> None:
    services.input_files.faults.fail("fresh", TryLater("503"), times=1000)
    record = await services.sent(with_a_picture())
    for _ in range(2 * int(GIVE_UP_UNSENT / timedelta(seconds=10))):
        services.clock.advance(seconds=10)
        await services.send()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.INPUT_UNREACHABLE)
    assert services.oxen.calls == []


async def test_a_crash_while_a_file_is_asked_for_leaves_the_order_to_be_sent(services: Services) -> None:
    held = services.input_files.faults.hold("fresh")
    record = await services.order(with_a_picture())
    await services.submitter.step()
    await held.reached.wait()
    again = await services.killed()
    assert await again.states(record) == [S.INTENDED]
    await again.send()
    assert await again.states(record) == [S.QUEUED]


@pytest.mark.parametrize("error", [RuntimeError("nobody thought of it")])
async def test_what_nobody_thought_of_is_tried_again_but_not_at_once(services: Services, error: Exception) -> None:
    services.input_files.faults.fail("fresh", error)
    record = await services.sent(with_a_picture())
    assert await services.states(record) == [S.INTENDED]
    assert await services.send() == LONGEST_PAUSE
    services.clock.advance(LONGEST_PAUSE)
    await services.send()
    assert await services.states(record) == [S.QUEUED]
