"""One order is one POST: sent once, whatever the answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.models.catalogue import Catalogue
from bot.domain.orders.generation import Reason
from bot.domain.provider import Ambiguous, KeyRefused, OxenError, Rejected, Unavailable
from bot.services.ordering.submission import GIVE_UP_UNSENT
from bot.services.supervision import IDLE
from bot.validation import body_check
from tests.fakes.orders import PROMPT, video_request
from tests.fakes.oxen import VIDEO_MODEL
from tests.services.bench import GUILD, Bench, S


async def test_an_order_is_sent_and_its_ids_are_kept(bench: Bench) -> None:
    record = await bench.order(video_request(count=3))
    wakes = bench.wakes
    await bench.send()
    assert await bench.states(record) == [S.QUEUED] * 3
    assert await bench.remote_ids(record) == list(bench.oxen.jobs)
    assert bench.wakes > wakes
    assert await bench.send() == IDLE
    assert bench.oxen.count("enqueue") == 1


async def test_the_guilds_namespace_is_billed(bench: Bench) -> None:
    await bench.pays(GUILD, "acme")
    await bench.sent()
    assert bench.oxen.calls == [("enqueue", "acme")]


async def test_the_row_says_sending_before_the_order_leaves(bench: Bench) -> None:
    held = bench.oxen.faults.hold("enqueue")
    record = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    assert await bench.states(record) == [S.SENDING]
    assert (await bench.record(record)).sent_at == bench.clock.now()
    await bench.submission.step()  # it is in hand, and not due
    held.release.set()
    await bench.submission.pool.drain()
    assert await bench.states(record) == [S.QUEUED]
    assert bench.oxen.count("enqueue") == 1


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
async def test_a_rejected_order_fails_at_once_and_says_why(bench: Bench, error: Rejected, reason: Reason) -> None:
    bench.oxen.faults.fail("enqueue", error)
    record = await bench.sent()
    assert await bench.outcome(record) == (S.FAILED, reason, error.detail)
    assert len(await bench.announce(record)) == 1
    await bench.send()
    assert bench.oxen.count("enqueue") == 1


async def test_what_the_models_schema_does_not_take_any_more_is_never_sent(bench: Bench) -> None:
    """It was right when it was accepted. The provider would take it, charge for it, and fail without a word."""
    await bench.catalogue_cache.step()
    record = await bench.order()
    strict = body_check({"properties": {"prompt": {"type": "string", "maxLength": 3}}})
    (model,) = [each for each in bench.oxen.models if each.id == VIDEO_MODEL]
    bench.oxen.models = Catalogue([replace(model, violation=strict)])
    await bench.catalogue_cache.step()
    await bench.send()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.SETTINGS_REFUSED)
    assert len(await bench.announce(record)) == 1
    assert bench.oxen.count("enqueue") == 0


async def test_what_was_not_accepted_of_an_order_fails(bench: Bench) -> None:
    bench.oxen.accepts = 3
    record = await bench.sent(video_request(count=4))
    assert await bench.states(record) == [S.QUEUED, S.QUEUED, S.QUEUED, S.FAILED]
    assert (await bench.rows(record))[3].reason is Reason.SHORT


async def test_nothing_accepted_is_a_rejection(bench: Bench) -> None:
    bench.oxen.accepts = 0
    record = await bench.sent()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.REJECTED)


async def test_an_order_that_surely_did_not_arrive_is_sent_again_with_growing_pauses(bench: Bench) -> None:
    bench.oxen.faults.fail("enqueue", Unavailable("refused"), times=4)
    record = await bench.order()
    pauses: list[float] = []
    for _ in range(4):
        await bench.send()
        assert await bench.states(record) == [S.INTENDED]
        pause = await bench.send()  # not due: only says when
        pauses.append(pause.total_seconds())
        bench.clock.advance(pause)
    assert pauses == [2, 4, 8, 16]
    await bench.send()
    assert await bench.states(record) == [S.QUEUED]
    assert bench.oxen.count("enqueue") == 5
    assert len(bench.oxen.jobs) == 1


async def test_an_order_that_cannot_be_sent_for_ten_minutes_is_given_up(bench: Bench) -> None:
    bench.oxen.faults.fail("enqueue", Unavailable("refused"), times=100)
    record = await bench.order()
    began = bench.clock.now()
    while await bench.states(record) == [S.INTENDED]:
        await bench.send()
        bench.clock.advance(await bench.send())
    assert GIVE_UP_UNSENT <= bench.clock.now() - began <= GIVE_UP_UNSENT + timedelta(minutes=3)
    assert await bench.outcome(record) == (S.FAILED, Reason.UNREACHABLE, None)
    (message,) = await bench.announce(record)
    assert message.outgoing.post.generations[0].reason is Reason.UNREACHABLE
    assert bench.oxen.jobs == {}


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_order_whose_answer_is_lost_is_unknown_and_not_sent_again(bench: Bench, accepted: bool) -> None:
    bench.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=accepted)
    record = await bench.sent()
    assert await bench.states(record) == [S.UNKNOWN]
    for _ in range(20):
        bench.clock.advance(minutes=1)
        await bench.send()
    assert bench.oxen.count("enqueue") == 1


@pytest.mark.parametrize("error", [RuntimeError("unheard of"), OSError("disk full"), OxenError("new kind")])
async def test_an_error_nobody_listed_makes_the_order_unknown(bench: Bench, error: Exception) -> None:
    """It may have been accepted: `sending` for ever would also hold up every other look-up."""
    bench.oxen.faults.fail("enqueue", error, after=True)
    record = await bench.sent()
    assert await bench.states(record) == [S.UNKNOWN]
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED]
    assert bench.oxen.count("enqueue") == 1


async def test_ids_that_cannot_be_stored_make_the_order_unknown(bench: Bench) -> None:
    """The provider repeats an id: the database refuses it, and the order is looked up like any other."""
    await bench.sent()
    bench.oxen._numbers = iter([1])  # type: ignore[assignment]
    record = await bench.sent()
    assert await bench.states(record) == [S.UNKNOWN]


async def test_orders_leave_side_by_side_but_not_too_many(bench: Bench) -> None:
    holds = [bench.oxen.faults.hold("enqueue") for _ in range(8)]
    for _ in range(10):
        await bench.order()
    assert await bench.submission.step() == IDLE
    for held in holds:
        await held.reached.wait()
    assert bench.submission.pool.full
    assert bench.oxen.count("enqueue") == 8
    for held in holds:
        held.release.set()
    await bench.submission.pool.drain()
    await bench.send()
    assert bench.oxen.count("enqueue") == 10


async def test_one_slow_order_holds_nobody_up(bench: Bench) -> None:
    held = bench.oxen.faults.hold("enqueue")
    slow = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    quick = await bench.order()
    await bench.submission.step()
    await bench.reaches(quick, S.QUEUED)
    assert await bench.states(slow) == [S.SENDING]
    held.release.set()
    await bench.submission.pool.drain()


# Cancelled on the way.


async def test_what_is_cancelled_before_it_is_sent_is_never_sent(bench: Bench) -> None:
    record = await bench.order(video_request(count=2))
    await bench.cancel(record)
    assert await bench.states(record) == [S.CANCELLED] * 2
    await bench.send()
    assert bench.oxen.calls == []
    assert len(await bench.announce(record)) == 1


async def test_one_of_several_cancelled_before_sending_is_not_ordered(bench: Bench) -> None:
    record = await bench.order(video_request(count=3))
    first = record.generations[0].id
    order = record.order
    await bench.ordering.cancel(
        order.id, order.context.requester_id, order.context.guild_id, moderator=False, only=first
    )
    await bench.send()
    assert await bench.states(record) == [S.CANCELLED, S.QUEUED, S.QUEUED]
    assert len(bench.oxen.jobs) == 2


async def test_what_is_cancelled_while_the_provider_is_down_is_not_sent_later(bench: Bench) -> None:
    held = bench.oxen.faults.hold("enqueue")
    bench.oxen.faults.fail("enqueue", Unavailable("reset"), after=True)
    record = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    await bench.cancel(record)
    assert await bench.states(record) == [S.SENDING]
    held.release.set()
    await bench.submission.pool.drain()
    bench.clock.advance(minutes=1)
    await bench.send()
    assert await bench.states(record) == [S.CANCELLED]
    assert bench.oxen.count("enqueue") == 1


async def test_the_plan_is_ordered_as_it_was_accepted(bench: Bench) -> None:
    record = await bench.sent(video_request(duration=10, aspect_ratio="16:9"))
    (job,) = bench.oxen.jobs.values()
    assert job.request.parameters == {"duration": 10, "aspect_ratio": "16:9"}
    assert (job.request.model_id, job.request.prompt) == (VIDEO_MODEL, record.order.request.prompt)
