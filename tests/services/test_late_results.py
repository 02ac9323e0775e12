"""What was given up without the provider's word, and was made after all: told and charged, late but once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.domain.ids import RemoteId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import Booked, OrderRecord
from bot.domain.provider import Ambiguous, Unavailable
from bot.services.delivery.delivery import LONGEST_PAUSE
from bot.services.ordering.late_results import LOOK_FOR
from bot.services.ordering.reconciler import ABSENT_AFTER
from bot.services.tracking.settler import MISSING_FOR
from tests.fakes.messenger import Message
from tests.fakes.oxen import Job
from tests.services.kit import EPHEMERAL, GUILD, PRICE, WITH_AND_WITHOUT_ROWS, S, Services, priced
from tests.store.kit import Balance, balance_of

CLOSED = Undeliverable("404 10003: Unknown Channel")
SOON = timedelta(minutes=11)  # longer than between two looks


def booked(spent: Decimal = Decimal(0), unclear: Decimal = Decimal(0)) -> Balance:
    return Balance(spent=spent, reserved=Decimal(0), unclear=unclear)


async def lost(services: Services, *, told: bool = True) -> tuple[OrderRecord, Job]:
    """An order whose row was missed for too long, and what the provider really has of it."""
    record = await services.sent(priced())
    job = services.oxen.jobs.pop(await services.remote_id(record))
    await services.poll()
    services.clock.advance(MISSING_FOR)
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    if told:
        assert len(await services.announce(record)) == 1
    return record, job


async def absent(services: Services) -> OrderRecord:
    """An order whose answer was lost, and that was looked for in vain."""
    services.oxen.faults.fail("enqueue", Ambiguous("timeout"))
    record = await services.sent(priced())
    await services.reconciler.step()
    services.clock.advance(ABSENT_AFTER)
    await services.reconciler.step()
    assert (await services.states(record)) == [S.ABSENT]
    assert len(await services.announce(record)) == 1
    return record


def made_after_all(services: Services, job: Job) -> None:
    services.oxen.jobs[job.id] = job
    services.oxen.finish(job.id)


async def looked(services: Services) -> None:
    services.clock.advance(SOON)
    await services.late_results.step()


async def late(services: Services, record: OrderRecord) -> Message:
    """The one message that tells of the success, besides the first that told of its failure."""
    assert await services.states(record) == [S.SUCCEEDED]
    assert await balance_of(services.db, GUILD) == booked(spent=PRICE)
    first, second = await services.announce(record)
    assert [g.state for g in first.outgoing.post.generations] == [S.FAILED] or not first.outgoing.files
    assert second.outgoing.files
    assert second.outgoing.post.generations[0].late
    for _ in range(3):
        await looked(services)
    assert len(await services.announce(record)) == 2
    assert await balance_of(services.db, GUILD) == booked(spent=PRICE)
    return second


async def test_a_row_that_was_lost_and_is_a_success_after_all(services: Services) -> None:
    record, job = await lost(services)
    assert await balance_of(services.db, GUILD) == booked(unclear=PRICE)
    await services.late_results.step()
    assert await services.states(record) == [S.FAILED]
    made_after_all(services, job)
    await looked(services)
    await late(services, record)


@WITH_AND_WITHOUT_ROWS
async def test_an_event_for_what_was_given_up(services: Services) -> None:
    """In `ephemeral` nothing else ever tells of it."""
    async with services.listen():
        record, job = await lost(services)
        made_after_all(services, job)
        while not services.inbox.due():
            await services.record(record)
        await services.track()
        await late(services, record)


async def test_the_first_word_is_told_before_the_second(services: Services) -> None:
    """The message that says that it failed may be on its way: what it says cannot be changed."""
    record, job = await lost(services, told=False)
    services.messenger.faults.fail("post", Unavailable("503"), after=True)  # type: ignore[arg-type]
    await services.deliver()
    made_after_all(services, job)
    await services.late_results.step()
    assert await services.states(record) == [S.FAILED]
    services.clock.advance(SOON)
    await services.deliver()
    await looked(services)
    await late(services, record)


async def test_a_success_waits_for_no_channel_that_is_closed(services: Services) -> None:
    """The provider forgets it sooner than the first message is given up: it counts at once, and is told once."""
    record, job = await lost(services, told=False)
    services.messenger.faults.fail("post", CLOSED, times=2)
    await services.deliver()
    assert (await services.record(record)).untold
    made_after_all(services, job)
    await looked(services)
    assert await services.states(record) == [S.SUCCEEDED]
    assert await balance_of(services.db, GUILD) == booked(spent=PRICE)
    await services.deliver()
    assert (await services.record(record)).untold  # of the success now
    assert len([key for key, _ in await services.notices.open() if key.key.startswith("untold")]) == 1
    services.messenger.faults.clear()
    services.clock.advance(LONGEST_PAUSE)
    (only,) = await services.announce(record)
    assert only.outgoing.files
    assert only.outgoing.post.generations[0].late
    assert not (await services.record(record)).untold
    assert await services.posts.open() == []


async def test_what_was_held_beside_it_is_told_as_before(services: Services) -> None:
    record = await services.sent(priced(count=2))
    ready, missed = await services.remote_ids(record)
    job = services.oxen.jobs.pop(missed)
    services.oxen.finish(ready)
    await services.poll()
    services.clock.advance(MISSING_FOR)
    await services.poll()
    services.messenger.faults.fail("post", CLOSED)
    await services.deliver()
    made_after_all(services, job)
    await looked(services)
    messages = await services.announce(record)
    assert sorted(g.remote_id or "" for m in messages for g in m.outgoing.post.generations) == sorted([ready, missed])
    assert [len(m.outgoing.files) for m in messages] == [1, 1]


async def test_a_first_word_that_arrived_before_the_channel_closed_is_one_of_two(services: Services) -> None:
    """The answer to it was lost, and then nobody could be told any more."""
    record, job = await lost(services, told=False)
    services.messenger.faults.fail("post", TryLater("500"), after=True)
    await services.deliver()
    services.messenger.faults.fail("find", CLOSED)
    services.clock.advance(LONGEST_PAUSE)
    await services.deliver()
    assert (await services.record(record)).untold
    made_after_all(services, job)
    await looked(services)
    await late(services, record)


async def test_a_first_word_that_is_on_its_way_meanwhile_is_one_of_two(services: Services) -> None:
    """The channel has opened, and takes what was held at the very moment in which the success is seen."""
    record, job = await lost(services, told=False)
    services.messenger.faults.fail("post", CLOSED)
    await services.deliver()
    services.clock.advance(LONGEST_PAUSE)
    on_its_way = services.messenger.faults.hold("post")
    await services.delivery.step()
    await on_its_way.reached.wait()
    made_after_all(services, job)
    await looked(services)
    on_its_way.release.set()
    await services.delivery.pool.drain()
    await late(services, record)


async def test_a_row_that_was_lost_and_has_failed_costs_nothing(services: Services) -> None:
    record, job = await lost(services)
    services.oxen.jobs[job.id] = job
    services.oxen.fail(job.id)
    await looked(services)
    assert await services.outcome(record) == (S.FAILED, Reason.LOST, None)
    assert await balance_of(services.db, GUILD) == booked()
    assert (await services.record(record)).booked == Booked(charged=None, told=True, unclear=None)
    assert len(await services.announce(record)) == 1
    services.oxen.calls.clear()
    await looked(services)
    assert services.oxen.calls == []


async def test_an_order_that_was_absent_and_turns_up_in_the_history(services: Services) -> None:
    sent_at = services.clock.now()
    record = await absent(services)
    assert await balance_of(services.db, GUILD) == booked(unclear=PRICE)
    (turned_up,) = await services.oxen.enqueue(record.order.request, 1, None, token=record.order.id)
    job = services.oxen.jobs[turned_up]
    services.oxen.jobs[turned_up] = replace(job, enqueued_at=sent_at + timedelta(seconds=40))
    await looked(services)
    assert await services.states(record) == [S.ABSENT]
    services.oxen.finish(turned_up)
    await looked(services)
    await late(services, record)
    assert await services.remote_ids(record) == [turned_up]


async def test_another_order_that_looks_like_it_is_not_it(services: Services) -> None:
    """Somebody else's, much later, by other means; and our own repetition, which has an owner or will have one."""
    record = await absent(services)
    services.clock.advance(hours=1)
    (theirs,) = await services.oxen.enqueue(record.order.request, 1, None)
    services.oxen.finish(theirs)
    repeated = await services.sent(priced())
    services.oxen.finish(await services.remote_id(repeated))
    await looked(services)
    assert await services.states(record) == [S.ABSENT]


async def test_what_does_not_turn_up_within_a_day_was_never_made(services: Services) -> None:
    record = await absent(services)
    for _ in range(3):
        services.clock.advance(LOOK_FOR / 2)
        await services.late_results.step()
    assert (await services.states(record), await balance_of(services.db, GUILD)) == ([S.ABSENT], booked())


@EPHEMERAL
async def test_a_lost_order_stays_unclear_where_the_provider_keeps_nothing(services: Services) -> None:
    """It ended while nobody listened: a process that was killed, a stream that broke."""
    record = await services.sent(priced())
    services.oxen.finish(await services.remote_id(record), announce=False)
    services = await services.killed()
    await services.poll()
    services.clock.advance(MISSING_FOR)
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    for _ in range(3):
        services.clock.advance(LOOK_FOR / 2)
        await services.late_results.step()
    assert await balance_of(services.db, GUILD) == booked(unclear=PRICE)
    assert (await services.record(record)).booked == Booked(charged=None, told=True, unclear=PRICE)


async def test_looks_become_ever_more_seldom(services: Services) -> None:
    await lost(services)
    services.oxen.calls.clear()
    until, rests = services.clock.now() + timedelta(hours=24), list[timedelta]()
    while services.clock.now() < until:
        rests.append(await services.late_results.step())
        services.clock.advance(rests[-1])
    assert rests == sorted(rests)
    assert services.oxen.count("get") < 250


async def test_a_wrong_remote_id_revives_nothing(services: Services) -> None:
    record, _ = await lost(services)
    services.oxen.faults.fail("get", Unavailable("502"))
    await looked(services)
    assert await services.states(record) == [S.FAILED]
    absent_one = await absent(services)
    (generation,) = await services.rows(absent_one)
    taken = RemoteId(str(await services.remote_id(record)))
    assert not await services.generations.settle_late(generation.id, None, services.clock.now(), taken)
    assert await services.states(absent_one) == [S.ABSENT]
