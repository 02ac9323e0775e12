"""An order whose answer is lost: looked up, adopted or declared absent, and never sent again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import IdMaker, RemoteId
from bot.domain.models.parameters import Json
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import Ambiguous, KeyRefused, RemoteGeneration, Unavailable
from bot.services.ordering.matching import belongs
from bot.services.ordering.reconciler import ABSENT_AFTER
from bot.services.supervision import IDLE
from tests.fakes.clock import ManualClock
from tests.fakes.faults import Held
from tests.fakes.orders import image_request, video_request
from tests.fakes.oxen import Dialect
from tests.services.kit import EPHEMERAL, GUILD, OTHER_GUILD, S, Services

LOST = Ambiguous("timeout")


def lose_next(services: Services, *, accepted: bool = True) -> None:
    """The answer to the next order does not arrive."""
    services.oxen.faults.fail("enqueue", LOST, after=accepted)


async def looked_long_enough(services: Services) -> None:
    """From the first look to the last."""
    await services.reconciler.step()
    services.clock.advance(ABSENT_AFTER)
    await services.reconciler.step()


async def test_what_is_found_in_the_list_is_adopted(services: Services) -> None:
    lose_next(services)
    record = await services.sent(video_request(count=3))
    services.woken()
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED] * 3
    assert await services.remote_ids(record) == list(services.oxen.jobs)
    assert services.woken() == {"tracking", "cards"}
    assert await services.reconciler.step() == IDLE


@pytest.mark.parametrize("end", ["finish", "fail", "cancel"])
async def test_what_is_over_already_is_found_all_the_same(services: Services, end: str) -> None:
    lose_next(services)
    record = await services.sent()
    (remote_id,) = services.oxen.jobs
    if end == "cancel":
        await services.oxen.cancel(remote_id)
    else:
        (services.oxen.finish if end == "finish" else services.oxen.fail)(remote_id)
    await services.reconciler.step()
    assert await services.remote_ids(record) == [remote_id]
    await services.poll()
    assert (await services.states(record))[0].ended
    assert len(await services.announce(record)) == 1


async def test_what_is_nowhere_is_absent_but_not_at_once(services: Services) -> None:
    lose_next(services, accepted=False)
    record = await services.sent()
    sent_at = services.clock.now()
    while services.clock.now() - sent_at < ABSENT_AFTER:
        rest = await services.reconciler.step()
        assert await services.states(record) == [S.UNKNOWN]
        assert timedelta() < rest <= timedelta(seconds=10)
        services.clock.advance(rest)
    await services.reconciler.step()
    assert (await services.outcome(record))[:2] == (S.ABSENT, Reason.ABSENT)
    assert len(await services.announce(record)) == 1
    await services.send()
    assert services.oxen.count("enqueue") == 1
    assert await services.reconciler.step() == IDLE


async def test_a_list_that_lags_is_waited_for(services: Services) -> None:
    services.oxen.list_lag = timedelta(seconds=45)
    lose_next(services)
    record = await services.sent()
    await services.reconciler.step()
    assert await services.states(record) == [S.UNKNOWN]
    services.clock.advance(seconds=50)
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED]


async def test_absence_is_not_concluded_from_a_list_that_failed(services: Services) -> None:
    lose_next(services)
    record = await services.sent()
    services.clock.advance(ABSENT_AFTER * 2)
    for error in (Unavailable("502"), KeyRefused(401, "no")):
        services.oxen.faults.fail("list", error)
        await services.reconciler.step()
        assert await services.states(record) == [S.UNKNOWN]
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED]


async def test_absence_is_not_concluded_from_half_the_lists(services: Services) -> None:
    """The open ones were listed, the finished ones were not: it may be among those."""
    lose_next(services)
    record = await services.sent()
    (remote_id,) = services.oxen.jobs
    services.oxen.finish(remote_id)
    services.clock.advance(ABSENT_AFTER * 2)
    services.oxen.faults.fail("history", Unavailable("502"))
    await services.reconciler.step()
    assert await services.states(record) == [S.UNKNOWN]


async def test_a_provider_that_does_not_let_us_look_is_asked_ever_more_seldom(
    services: Services,
) -> None:
    lose_next(services)
    record = await services.sent()
    services.oxen.faults.fail("list", Unavailable("502"), times=10_000)
    until, rests = services.clock.now() + timedelta(hours=12), list[timedelta]()
    while services.clock.now() < until:
        rests.append(await services.reconciler.step())
        services.clock.advance(rests[-1])
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(seconds=10), timedelta(minutes=5))
    assert len(rests) < 12 * 60 / 5 * 1.5
    services.oxen.faults.clear()
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED]


async def test_one_that_may_be_looked_for_is_not_made_to_wait_for_another(services: Services) -> None:
    """Two keys, of which one is in trouble for hours."""
    services, theirs = await services.with_key(OTHER_GUILD)
    theirs.faults.fail("enqueue", LOST)
    await services.sent(guild=OTHER_GUILD)
    theirs.faults.fail("list", Unavailable("502"), times=10_000)
    await services.reconciler.step()
    services.clock.advance(hours=3)
    assert await services.reconciler.step() == timedelta(minutes=5)
    lose_next(services, accepted=False)
    await services.sent()
    assert await services.reconciler.step() == timedelta(seconds=10)


async def test_a_part_that_is_found_is_adopted_and_the_rest_is_absent_later(services: Services) -> None:
    services.oxen.accepts = 2
    lose_next(services)
    record = await services.sent(video_request(count=4))
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED, S.QUEUED, S.UNKNOWN, S.UNKNOWN]
    await looked_long_enough(services)
    assert await services.states(record) == [S.QUEUED, S.QUEUED, S.ABSENT, S.ABSENT]


# Killed on the way.


@pytest.mark.parametrize("accepted", [True, False])
async def test_killed_between_sending_and_the_answer(services: Services, accepted: bool) -> None:
    held = services.oxen.faults.hold("enqueue", before=not accepted)
    record = await services.order()
    await services.submitter.step()
    await held.reached.wait()
    assert await services.states(record) == [S.SENDING]
    services = await services.killed()
    assert await services.states(record) == [S.UNKNOWN]
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED if accepted else S.UNKNOWN]
    services.clock.advance(ABSENT_AFTER)
    await services.send()
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED if accepted else S.ABSENT]
    assert services.oxen.count("enqueue") == 1


# Nobody's ids are taken for somebody else's.


async def test_two_orders_alike_of_which_one_got_its_answer(services: Services) -> None:
    known = await services.sent()
    lose_next(services, accepted=False)
    unknown = await services.sent()
    await looked_long_enough(services)
    assert await services.states(known) == [S.QUEUED]
    assert await services.states(unknown) == [S.ABSENT]


async def test_two_orders_alike_that_are_both_lost(services: Services) -> None:
    lose_next(services)
    lose_next(services)
    first, second = await services.sent(video_request(count=2)), await services.sent(video_request(count=2))
    await services.reconciler.step()
    ids = await services.remote_ids(first) + await services.remote_ids(second)
    assert sorted(ids) == sorted(services.oxen.jobs)
    assert len(set(ids)) == 4


async def test_two_orders_alike_of_which_one_never_arrived(services: Services) -> None:
    lose_next(services, accepted=False)
    lose_next(services)
    first, second = await services.sent(), await services.sent()
    await looked_long_enough(services)
    states = [*await services.states(first), *await services.states(second)]
    assert sorted(states) == [S.ABSENT, S.QUEUED]


async def test_what_is_on_its_way_just_now_is_not_taken_for_what_is_lost(services: Services) -> None:
    lose_next(services, accepted=False)
    lost_one = await services.sent()
    on_its_way, held = await services.membership()
    await services.reconciler.step()
    assert await services.states(lost_one) == [S.UNKNOWN]
    await services.answered(held)
    await services.reconciler.step()
    assert await services.states(on_its_way) == [S.QUEUED]
    assert await services.states(lost_one) == [S.UNKNOWN]


async def test_what_sets_out_during_the_look_up_is_not_taken_for_what_is_lost(services: Services) -> None:
    """The provider has accepted a twin, its list shows it, and the row of the twin does not know its id yet."""
    lose_next(services, accepted=False)
    lost_one = await services.sent()
    listed = services.oxen.faults.hold("list")
    look_up = asyncio.create_task(services.reconciler.step())
    await listed.reached.wait()  # until here, nothing was on its way
    twin, held = await services.membership()
    (remote_id,) = services.oxen.jobs
    services.oxen.finish(remote_id)  # it is among the finished ones, which are listed next
    listed.release.set()
    await look_up
    await services.answered(held)
    assert await services.states(twin) == [S.QUEUED]
    assert await services.states(lost_one) == [S.UNKNOWN]


# Other orders are sent all the while.


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_lost_order_is_looked_up_whatever_is_sent_meanwhile(
    services: Services, accepted: bool, alike: bool
) -> None:
    """There is always an order on its way: before one is answered, the next has left."""
    lose_next(services, accepted=accepted)
    lost_one = await services.sent()
    lost_at = services.clock.now()
    on_its_way: list[tuple[OrderRecord, Held]] = []
    sent: list[OrderRecord] = []
    while await services.states(lost_one) == [S.UNKNOWN]:
        held = services.oxen.faults.hold("enqueue")
        number = len(sent) + len(on_its_way)
        on_its_way.append((await services.order(video_request() if alike else video_request(f"number {number}")), held))
        await services.submitter.step()
        await held.reached.wait()
        if len(on_its_way) > 1:
            answered, held = on_its_way.pop(0)
            held.release.set()
            await services.reaches(answered, S.QUEUED)
            sent.append(answered)
        await services.reconciler.step()
        services.clock.advance(seconds=10)
    assert services.clock.now() - lost_at <= ABSENT_AFTER + timedelta(seconds=60)
    assert await services.states(lost_one) == [S.QUEUED if accepted else S.ABSENT]
    for answered, held in on_its_way:
        held.release.set()
        await services.reaches(answered, S.QUEUED)
        sent.append(answered)
    owned = [remote_id for record in (lost_one, *sent) for remote_id in await services.remote_ids(record)]
    assert sorted(owned) == sorted(services.oxen.jobs)
    if accepted:
        assert await services.remote_id(lost_one) == next(iter(services.oxen.jobs))


async def test_a_payer_whose_list_is_slow_holds_up_no_other(services: Services) -> None:
    services, theirs = await services.with_key(OTHER_GUILD)
    theirs.faults.fail("enqueue", LOST)
    slow = await services.sent(guild=OTHER_GUILD)
    lose_next(services)
    ours = await services.sent()
    held = theirs.faults.hold("list")
    looking = asyncio.create_task(services.reconciler.step())
    await held.reached.wait()
    await services.reaches(ours, S.QUEUED)
    held.release.set()
    await looking
    assert await services.states(slow) == [S.UNKNOWN] or await services.states(slow) == [S.QUEUED]


async def test_many_lost_orders_of_one_payer_are_looked_for_with_one_look(services: Services) -> None:
    for _ in range(3):
        lose_next(services)
        await services.sent()
    services.oxen.calls.clear()
    for _ in range(5):  # woken by whatever changes
        await services.reconciler.step()
    assert services.oxen.count("list") == 1


async def test_somebody_elses_work_is_not_ours(services: Services) -> None:
    """Another prompt, another model, another namespace."""
    lose_next(services, accepted=False)
    record = await services.sent()
    await services.oxen.enqueue(video_request("another prompt"), 1, None)
    await services.oxen.enqueue(image_request(), 1, None)
    await services.oxen.enqueue(video_request(), 1, "acme")
    await looked_long_enough(services)
    assert await services.states(record) == [S.ABSENT]


async def test_the_row_nearest_in_time_is_taken_of_several_that_fit(services: Services) -> None:
    """Somebody ordered the very same by other means an hour ago: as long as ours is there, that one is left alone."""
    await services.oxen.enqueue(video_request(), 1, None)
    services.clock.advance(hours=1)
    lose_next(services)
    record = await services.sent()
    (_, ours) = services.oxen.jobs
    await services.reconciler.step()
    assert await services.remote_ids(record) == [ours]


async def test_the_look_up_asks_for_the_namespace_that_pays(services: Services) -> None:
    await services.pays(GUILD, "acme")
    lose_next(services)
    ours = await services.sent(guild=GUILD)
    await services.sent(guild=OTHER_GUILD)
    services.oxen.calls.clear()
    await services.reconciler.step()
    assert {about for call, about in services.oxen.calls if call == "list"} == {"acme"}
    assert await services.states(ours) == [S.QUEUED]


# Cancelled while unknown.


async def test_what_is_cancelled_while_unknown_is_ended_once_it_is_found(services: Services) -> None:
    lose_next(services)
    record = await services.sent()
    await services.cancel(record)
    assert await services.states(record) == [S.UNKNOWN]
    assert await services.canceller.step() == IDLE
    await services.reconciler.step()
    await services.canceller.step()
    assert await services.states(record) == [S.CANCELLED]
    assert [job.status for job in services.oxen.jobs.values()] == ["cancelled"]


async def test_what_is_cancelled_while_unknown_and_never_found_is_absent(services: Services) -> None:
    lose_next(services, accepted=False)
    record = await services.sent()
    await services.cancel(record)
    await looked_long_enough(services)
    assert await services.states(record) == [S.ABSENT]
    assert len(await services.announce(record)) == 1


@pytest.mark.parametrize(("dialect", "seeds"), [(Dialect.BROWSE, (1, 1)), (Dialect.PERSISTENT, (1, 2))])
async def test_two_orders_alike_are_told_apart_by_what_their_rows_say(
    services: Services, seeds: tuple[int, int]
) -> None:
    """By the order that is written on the row, where one is; by the seed."""
    for _ in range(2):
        lose_next(services)
    first, second = [await services.sent(video_request(seed=seed)) for seed in seeds]
    (first_id, second_id) = services.oxen.jobs
    services.oxen.jobs = {second_id: services.oxen.jobs[second_id], first_id: services.oxen.jobs[first_id]}
    await services.reconciler.step()
    assert await services.remote_ids(first) == [first_id]
    assert await services.remote_ids(second) == [second_id]


@EPHEMERAL
async def test_absence_proves_nothing_where_no_rows_are_kept(services: Services) -> None:
    """It may have finished, and been paid for, before anybody looked: whoever ordered is told so."""
    lose_next(services, accepted=False)
    record = await services.sent()
    await looked_long_enough(services)
    assert (await services.outcome(record))[:2] == (S.ABSENT, Reason.FORGOTTEN)
    assert len(await services.announce(record)) == 1


# Orders of several shots.


SHOTS: Json = [{"prompt": "waves from above", "duration": 5}, {"prompt": "a boat", "duration": 3}]


@pytest.mark.parametrize(("late", "found"), [(timedelta(), True), (timedelta(minutes=6), False)])
async def test_a_row_without_words_is_taken_only_for_its_own_time(
    services: Services, late: timedelta, found: bool
) -> None:
    lose_next(services)
    record = await services.sent(replace(video_request(""), parameters={"multi_prompt": SHOTS}))
    (job,) = services.oxen.jobs.values()
    services.oxen.jobs[job.id] = replace(job, enqueued_at=job.enqueued_at - late)
    await services.reconciler.step()
    assert await services.remote_ids(record) == [job.id] * found


# Whether a row at the provider is an order's own: by its folder, else by namespace, seed, model and words.

ORDER, OTHER = IdMaker(ManualClock())(), IdMaker(ManualClock())()


@pytest.mark.parametrize(
    ("row", "ours"),
    [
        ({}, True),
        ({"directory": ORDER, "prompt": "x", "model": "another", "namespace": "other"}, True),
        ({"directory": OTHER}, False),
        ({"directory": "a folder of somebody's own"}, True),
        ({"namespace": "Film-Club"}, True),
        ({"namespace": "game-night"}, False),
        ({"model": "another"}, False),
        ({"prompt": ""}, None),
        ({"prompt": "", "seed": 8}, False),
        ({"prompt": "another"}, False),
        ({"seed": 7}, True),
        ({"seed": 8}, False),
    ],
)
def test_a_row_is_recognised_by_what_it_says(row: dict[str, object], ours: bool | None) -> None:
    validated = video_request(seed=7)
    default = {"id": RemoteId("a"), "status": "queued", "model": validated.model_id, "prompt": validated.prompt}
    assert belongs(RemoteGeneration(**default | row), validated, ORDER, "film-club") is ours


@pytest.mark.parametrize(
    ("said", "ours"),
    [("Waves.", True), ("Waves. A gull.", True), ("Waves.\nA gull.", True), ("", None), ("A dog.", False)],
)
def test_a_row_may_name_any_or_all_of_the_shots(said: str, ours: bool | None) -> None:
    shots = [{"prompt": "Waves.", "duration": 2}, {"prompt": "A gull.", "duration": 3}]
    nested = [{"frontal": "https://x.invalid/a.png", "others": ["https://x.invalid/b.png"]}]
    validated = replace(video_request(), prompt="", parameters={"multi_prompt": shots, "elements": nested})
    row = RemoteGeneration(id=RemoteId("a"), status="queued", model=validated.model_id, prompt=said)
    assert belongs(row, validated, ORDER, None) is ours
