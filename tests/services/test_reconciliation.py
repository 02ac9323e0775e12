"""An order whose answer is lost: looked up, adopted or declared absent, and never sent again."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.ids import RemoteId
from bot.domain.models.parameters import Json
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import OrderRecord, ValidatedRequest
from bot.domain.provider import Ambiguous, KeyRefused, Unavailable
from bot.services.ordering.reconciliation import ABSENT_AFTER
from bot.services.supervision import IDLE
from bot.store.database import Database
from tests.fakes.clock import ManualClock
from tests.fakes.faults import Held
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY, image_request, video_request
from tests.fakes.oxen import Dialect, FakeOxen
from tests.services.bench import GUILD, MODERATOR, OTHER_GUILD, Bench, S

LOST = Ambiguous("timeout")


def lose_next(bench: Bench, *, accepted: bool = True) -> None:
    """The answer to the next order does not arrive."""
    bench.oxen.faults.fail("enqueue", LOST, after=accepted)


async def looked_long_enough(bench: Bench) -> None:
    """From the first look to the last."""
    await bench.reconciliation.step()
    bench.clock.advance(ABSENT_AFTER)
    await bench.reconciliation.step()


async def test_what_is_found_in_the_list_is_adopted(bench: Bench) -> None:
    lose_next(bench)
    record = await bench.sent(video_request(count=3))
    wakes = bench.wakes
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED] * 3
    assert await bench.remote_ids(record) == list(bench.oxen.jobs)
    assert bench.wakes > wakes
    assert await bench.reconciliation.step() == IDLE


@pytest.mark.parametrize("end", ["finish", "fail", "cancel"])
async def test_what_is_over_already_is_found_all_the_same(bench: Bench, end: str) -> None:
    lose_next(bench)
    record = await bench.sent()
    (remote_id,) = bench.oxen.jobs
    await ended(bench, remote_id, end)
    await bench.reconciliation.step()
    assert await bench.remote_ids(record) == [remote_id]
    await bench.poll()
    assert (await bench.states(record))[0].ended
    assert len(await bench.announce(record)) == 1


async def ended(bench: Bench, remote_id: RemoteId, how: str) -> None:
    if how == "finish":
        bench.oxen.finish(remote_id)
    elif how == "fail":
        bench.oxen.fail(remote_id)
    else:
        await bench.oxen.cancel(remote_id)


async def test_what_is_nowhere_is_absent_but_not_at_once(bench: Bench) -> None:
    lose_next(bench, accepted=False)
    record = await bench.sent()
    sent_at = bench.clock.now()
    while bench.clock.now() - sent_at < ABSENT_AFTER:
        rest = await bench.reconciliation.step()
        assert await bench.states(record) == [S.UNKNOWN]
        assert timedelta() < rest <= timedelta(seconds=10)
        bench.clock.advance(rest)
    await bench.reconciliation.step()
    assert (await bench.outcome(record))[:2] == (S.ABSENT, Reason.ABSENT)
    assert len(await bench.announce(record)) == 1
    await bench.send()
    assert bench.oxen.count("enqueue") == 1
    assert await bench.reconciliation.step() == IDLE


async def test_a_list_that_lags_is_waited_for(bench: Bench) -> None:
    bench.oxen.list_lag = timedelta(seconds=45)
    lose_next(bench)
    record = await bench.sent()
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.UNKNOWN]
    bench.clock.advance(seconds=50)
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED]


async def test_absence_is_not_concluded_from_a_list_that_failed(bench: Bench) -> None:
    lose_next(bench)
    record = await bench.sent()
    bench.clock.advance(ABSENT_AFTER * 2)
    for error in (Unavailable("502"), KeyRefused(401, "no")):
        bench.oxen.faults.fail("list", error)
        await bench.reconciliation.step()
        assert await bench.states(record) == [S.UNKNOWN]
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED]


async def test_absence_is_not_concluded_from_half_the_lists(bench: Bench) -> None:
    """The open ones were listed, the finished ones were not: it may be among those."""
    lose_next(bench)
    record = await bench.sent()
    (remote_id,) = bench.oxen.jobs
    bench.oxen.finish(remote_id)
    bench.clock.advance(ABSENT_AFTER * 2)
    bench.oxen.faults.fail("history", Unavailable("502"))
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.UNKNOWN]


async def test_a_provider_that_does_not_let_us_look_is_asked_ever_more_seldom(
    bench: Bench,
) -> None:
    lose_next(bench)
    record = await bench.sent()
    bench.oxen.faults.fail("list", Unavailable("502"), times=10_000)
    until, rests = bench.clock.now() + timedelta(hours=12), list[timedelta]()
    while bench.clock.now() < until:
        rests.append(await bench.reconciliation.step())
        bench.clock.advance(rests[-1])
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(seconds=10), timedelta(minutes=5))
    assert len(rests) < 12 * 60 / 5 * 1.5
    bench.oxen.faults.clear()
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED]


async def test_one_that_may_be_looked_for_is_not_made_to_wait_for_another(
    bench: Bench, db: Database, clock: ManualClock, messenger: FakeMessenger, tmp_path: Path
) -> None:
    """Two keys, of which one is in trouble for hours."""
    theirs = FakeOxen(clock, Dialect.PERSISTENT, name="theirs")
    bench = Bench(db, clock, bench.oxen, messenger, tmp_path / "on-the-way", {KEY: theirs})
    await bench.accounts.set_key(OTHER_GUILD, KEY, MODERATOR)
    theirs.faults.fail("enqueue", LOST)
    await bench.sent(guild=OTHER_GUILD)
    theirs.faults.fail("list", Unavailable("502"), times=10_000)
    await bench.reconciliation.step()
    clock.advance(hours=3)
    assert await bench.reconciliation.step() == timedelta(minutes=5)
    lose_next(bench, accepted=False)
    await bench.sent()
    assert await bench.reconciliation.step() == timedelta(seconds=10)


async def test_a_part_that_is_found_is_adopted_and_the_rest_is_absent_later(bench: Bench) -> None:
    bench.oxen.accepts = 2
    lose_next(bench)
    record = await bench.sent(video_request(count=4))
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED, S.QUEUED, S.UNKNOWN, S.UNKNOWN]
    await looked_long_enough(bench)
    assert await bench.states(record) == [S.QUEUED, S.QUEUED, S.ABSENT, S.ABSENT]


# Killed on the way.


@pytest.mark.parametrize("accepted", [True, False])
async def test_killed_between_sending_and_the_answer(bench: Bench, accepted: bool) -> None:
    held = bench.oxen.faults.hold("enqueue", before=not accepted)
    record = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    assert await bench.states(record) == [S.SENDING]
    bench = await bench.killed()
    assert await bench.states(record) == [S.UNKNOWN]
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED if accepted else S.UNKNOWN]
    bench.clock.advance(ABSENT_AFTER)
    await bench.send()
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED if accepted else S.ABSENT]
    assert bench.oxen.count("enqueue") == 1


async def test_killed_before_sending(bench: Bench) -> None:
    record = await bench.order()
    bench = await bench.killed()
    assert await bench.states(record) == [S.INTENDED]
    await bench.send()
    assert await bench.states(record) == [S.QUEUED]


# Nobody's ids are taken for somebody else's.


async def test_two_orders_alike_of_which_one_got_its_answer(bench: Bench) -> None:
    known = await bench.sent()
    lose_next(bench, accepted=False)
    unknown = await bench.sent()
    await looked_long_enough(bench)
    assert await bench.states(known) == [S.QUEUED]
    assert await bench.states(unknown) == [S.ABSENT]


async def test_two_orders_alike_that_are_both_lost(bench: Bench) -> None:
    lose_next(bench)
    lose_next(bench)
    first, second = await bench.sent(video_request(count=2)), await bench.sent(video_request(count=2))
    await bench.reconciliation.step()
    ids = await bench.remote_ids(first) + await bench.remote_ids(second)
    assert sorted(ids) == sorted(bench.oxen.jobs)
    assert len(set(ids)) == 4


async def test_two_orders_alike_of_which_one_never_arrived(bench: Bench) -> None:
    lose_next(bench, accepted=False)
    lose_next(bench)
    first, second = await bench.sent(), await bench.sent()
    await looked_long_enough(bench)
    states = [*await bench.states(first), *await bench.states(second)]
    assert sorted(states) == [S.ABSENT, S.QUEUED]


async def test_what_is_on_its_way_just_now_is_not_taken_for_what_is_lost(bench: Bench) -> None:
    lose_next(bench, accepted=False)
    lost_one = await bench.sent()
    held = bench.oxen.faults.hold("enqueue")
    on_its_way = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    await bench.reconciliation.step()
    assert await bench.states(lost_one) == [S.UNKNOWN]
    held.release.set()
    await bench.submission.pool.drain()
    await bench.reconciliation.step()
    assert await bench.states(on_its_way) == [S.QUEUED]
    assert await bench.states(lost_one) == [S.UNKNOWN]


async def test_what_sets_out_during_the_look_up_is_not_taken_for_what_is_lost(bench: Bench) -> None:
    """The provider has accepted a twin, its list shows it, and the row of the twin does not know its id yet."""
    lose_next(bench, accepted=False)
    lost_one = await bench.sent()
    listed = bench.oxen.faults.hold("list")
    look_up = asyncio.create_task(bench.reconciliation.step())
    await listed.reached.wait()  # until here, nothing was on its way
    held = bench.oxen.faults.hold("enqueue")
    twin = await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    (remote_id,) = bench.oxen.jobs
    bench.oxen.finish(remote_id)  # it is among the finished ones, which are listed next
    listed.release.set()
    await look_up
    held.release.set()
    await bench.submission.pool.drain()
    assert await bench.states(twin) == [S.QUEUED]
    assert await bench.states(lost_one) == [S.UNKNOWN]


# Other orders are sent all the while.


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_lost_order_is_looked_up_whatever_is_sent_meanwhile(bench: Bench, accepted: bool, alike: bool) -> None:
    """There is always an order on its way: before one is answered, the next has left."""
    lose_next(bench, accepted=accepted)
    lost_one = await bench.sent()
    lost_at = bench.clock.now()
    on_its_way: list[tuple[OrderRecord, Held]] = []
    sent: list[OrderRecord] = []
    while await bench.states(lost_one) == [S.UNKNOWN]:
        held = bench.oxen.faults.hold("enqueue")
        number = len(sent) + len(on_its_way)
        on_its_way.append((await bench.order(video_request() if alike else video_request(f"number {number}")), held))
        await bench.submission.step()
        await held.reached.wait()
        if len(on_its_way) > 1:
            answered, held = on_its_way.pop(0)
            held.release.set()
            await bench.reaches(answered, S.QUEUED)
            sent.append(answered)
        await bench.reconciliation.step()
        bench.clock.advance(seconds=10)
    assert bench.clock.now() - lost_at <= ABSENT_AFTER + timedelta(seconds=60)
    assert await bench.states(lost_one) == [S.QUEUED if accepted else S.ABSENT]
    for answered, held in on_its_way:
        held.release.set()
        await bench.reaches(answered, S.QUEUED)
        sent.append(answered)
    owned = [remote_id for record in (lost_one, *sent) for remote_id in await bench.remote_ids(record)]
    assert sorted(owned) == sorted(bench.oxen.jobs)
    if accepted:
        assert await bench.remote_id(lost_one) == next(iter(bench.oxen.jobs))


async def test_a_payer_whose_list_is_slow_holds_up_no_other(
    bench: Bench, db: Database, clock: ManualClock, messenger: FakeMessenger, tmp_path: Path
) -> None:
    theirs = FakeOxen(clock, Dialect.PERSISTENT, name="theirs")
    bench = Bench(db, clock, bench.oxen, messenger, tmp_path / "on-the-way", {KEY: theirs})
    await bench.accounts.set_key(OTHER_GUILD, KEY, MODERATOR)
    theirs.faults.fail("enqueue", LOST)
    slow = await bench.sent(guild=OTHER_GUILD)
    lose_next(bench)
    ours = await bench.sent()
    held = theirs.faults.hold("list")
    looking = asyncio.create_task(bench.reconciliation.step())
    await held.reached.wait()
    await bench.reaches(ours, S.QUEUED)
    held.release.set()
    await looking
    assert await bench.states(slow) == [S.UNKNOWN] or await bench.states(slow) == [S.QUEUED]


async def test_many_lost_orders_of_one_payer_are_looked_for_with_one_look(bench: Bench) -> None:
    for _ in range(3):
        lose_next(bench)
        await bench.sent()
    bench.oxen.calls.clear()
    for _ in range(5):  # woken by whatever changes
        await bench.reconciliation.step()
    assert bench.oxen.count("list") == 1


async def test_somebody_elses_work_is_not_ours(bench: Bench) -> None:
    """Another prompt, another model, another namespace."""
    lose_next(bench, accepted=False)
    record = await bench.sent()
    await bench.oxen.enqueue(video_request("another prompt"), 1, None)
    await bench.oxen.enqueue(image_request(), 1, None)
    await bench.oxen.enqueue(video_request(), 1, "acme")
    await looked_long_enough(bench)
    assert await bench.states(record) == [S.ABSENT]


async def test_another_seed_is_another_order(bench: Bench) -> None:
    lose_next(bench)
    lose_next(bench)
    first, second = await bench.sent(video_request(seed=1)), await bench.sent(video_request(seed=2))
    (first_id, second_id) = bench.oxen.jobs
    bench.oxen.jobs = {second_id: bench.oxen.jobs[second_id], first_id: bench.oxen.jobs[first_id]}
    await bench.reconciliation.step()
    assert await bench.remote_ids(first) == [first_id]
    assert await bench.remote_ids(second) == [second_id]


async def test_of_several_that_fit_the_nearest_in_time_is_taken(bench: Bench) -> None:
    """Somebody ordered the very same by other means an hour ago: as long as ours is there, that one is left alone."""
    await bench.oxen.enqueue(video_request(), 1, None)
    bench.clock.advance(hours=1)
    lose_next(bench)
    record = await bench.sent()
    (_, ours) = bench.oxen.jobs
    await bench.reconciliation.step()
    assert await bench.remote_ids(record) == [ours]


async def test_the_look_up_asks_for_the_namespace_that_pays(bench: Bench) -> None:
    await bench.pays(GUILD, "acme")
    lose_next(bench)
    ours = await bench.sent(guild=GUILD)
    await bench.sent(guild=OTHER_GUILD)
    bench.oxen.calls.clear()
    await bench.reconciliation.step()
    assert {about for call, about in bench.oxen.calls if call == "list"} == {"acme"}
    assert await bench.states(ours) == [S.QUEUED]


# Cancelled while unknown.


async def test_what_is_cancelled_while_unknown_is_ended_once_it_is_found(bench: Bench) -> None:
    lose_next(bench)
    record = await bench.sent()
    await bench.cancel(record)
    assert await bench.states(record) == [S.UNKNOWN]
    assert await bench.cancelling.step() == IDLE
    await bench.reconciliation.step()
    await bench.cancelling.step()
    assert await bench.states(record) == [S.CANCELLED]
    assert [job.status for job in bench.oxen.jobs.values()] == ["cancelled"]


async def test_what_is_cancelled_while_unknown_and_never_found_is_absent(bench: Bench) -> None:
    lose_next(bench, accepted=False)
    record = await bench.sent()
    await bench.cancel(record)
    await looked_long_enough(bench)
    assert await bench.states(record) == [S.ABSENT]
    assert len(await bench.announce(record)) == 1


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_the_ephemeral_list_is_enough_while_it_runs(bench: Bench) -> None:
    lose_next(bench)
    record = await bench.sent(video_request(count=2))
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED] * 2


@pytest.mark.parametrize("dialect", [Dialect.BROWSE])
async def test_where_the_order_is_written_on_the_row_nothing_else_counts(bench: Bench) -> None:
    lose_next(bench)
    lose_next(bench)
    first, second = await bench.sent(), await bench.sent()
    (first_id, second_id) = bench.oxen.jobs
    bench.oxen.jobs = {second_id: bench.oxen.jobs[second_id], first_id: bench.oxen.jobs[first_id]}
    await bench.reconciliation.step()
    assert await bench.remote_ids(first) == [first_id]
    assert await bench.remote_ids(second) == [second_id]


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_where_no_rows_are_kept_absence_proves_nothing(bench: Bench) -> None:
    """It may have finished, and been paid for, before anybody looked: whoever ordered is told so."""
    lose_next(bench, accepted=False)
    record = await bench.sent()
    await looked_long_enough(bench)
    assert (await bench.outcome(record))[:2] == (S.ABSENT, Reason.FORGOTTEN)
    assert len(await bench.announce(record)) == 1


# Orders of several shots.


SHOTS: Json = [{"prompt": "waves from above", "duration": 5}, {"prompt": "a boat", "duration": 3}]


def storyboard() -> ValidatedRequest:
    return replace(video_request(""), parameters={"multi_prompt": SHOTS})


@pytest.mark.parametrize("said", ["", "waves from above", "a boat", "waves from above a boat"])
async def test_an_order_of_shots_is_found_whatever_its_row_says(bench: Bench, said: str) -> None:
    lose_next(bench)
    record = await bench.sent(storyboard())
    (job,) = bench.oxen.jobs.values()
    bench.oxen.jobs[job.id] = replace(job, request=replace(job.request, prompt=said))
    await bench.reconciliation.step()
    assert await bench.remote_ids(record) == [job.id]


async def test_other_words_are_another_order(bench: Bench) -> None:
    lose_next(bench)
    record = await bench.sent(storyboard())
    (job,) = bench.oxen.jobs.values()
    bench.oxen.jobs[job.id] = replace(job, request=replace(job.request, prompt="a fox"))
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.UNKNOWN]


async def test_a_row_without_words_is_taken_only_for_its_own_time(bench: Bench) -> None:
    lose_next(bench)
    record = await bench.sent(storyboard())
    (job,) = bench.oxen.jobs.values()
    bench.oxen.jobs[job.id] = replace(job, enqueued_at=job.enqueued_at - timedelta(minutes=6))
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.UNKNOWN]


async def test_nested_parameters_do_not_keep_an_order_from_being_found(bench: Bench) -> None:
    lose_next(bench)
    nested: Json = [{"frontal": "https://x.invalid/a.png", "others": ["https://x.invalid/b.png"]}]
    record = await bench.sent(replace(video_request(), parameters={"elements": nested}))
    await bench.reconciliation.step()
    assert await bench.remote_ids(record) == list(bench.oxen.jobs)
