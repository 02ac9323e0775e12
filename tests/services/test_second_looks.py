"""What was given up without the provider's word, and was made after all: told and charged, late but once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.ids import RemoteId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import Ambiguous, Unavailable
from bot.services.delivery.delivery import LONGEST_PAUSE
from bot.services.ordering.reconciliation import ABSENT_AFTER
from bot.services.ordering.second_looks import LOOK_FOR
from bot.services.tracking.expiry import MISSING_FOR
from bot.store.wallet.ledger import Balance, Ledger
from tests.fakes.messenger import Message
from tests.fakes.oxen import Dialect, Job
from tests.services.bench import GUILD, Bench, S
from tests.services.test_wallet import PRICE, priced

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
WITH_ROWS = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])
CLOSED = Undeliverable("404 10003: Unknown Channel")
SOON = timedelta(minutes=11)  # longer than between two looks


async def balance(bench: Bench) -> Balance:
    return await Ledger(bench.db).balance(GUILD)


def booked(spent: Decimal = Decimal(0), unclear: Decimal = Decimal(0)) -> Balance:
    return Balance(spent=spent, reserved=Decimal(0), unclear=unclear)


async def lost(bench: Bench, *, told: bool = True) -> tuple[OrderRecord, Job]:
    """An order whose row was missed for too long, and what the provider really has of it."""
    record = await bench.sent(priced())
    job = bench.oxen.jobs.pop(await bench.remote_id(record))
    await bench.poll()
    bench.clock.advance(MISSING_FOR)
    await bench.poll()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    if told:
        assert len(await bench.announce(record)) == 1
    return record, job


async def absent(bench: Bench) -> OrderRecord:
    """An order whose answer was lost, and that was looked for in vain."""
    bench.oxen.faults.fail("enqueue", Ambiguous("timeout"))
    record = await bench.sent(priced())
    await bench.reconciliation.step()
    bench.clock.advance(ABSENT_AFTER)
    await bench.reconciliation.step()
    assert (await bench.states(record)) == [S.ABSENT]
    assert len(await bench.announce(record)) == 1
    return record


async def looked(bench: Bench) -> None:
    bench.clock.advance(SOON)
    await bench.second_looks.step()


async def late(bench: Bench, record: OrderRecord) -> Message:
    """The one message that tells of the success, besides the first that told of its failure."""
    assert await bench.states(record) == [S.SUCCEEDED]
    assert await balance(bench) == booked(spent=PRICE)
    first, second = await bench.announce(record)
    assert [g.state for g in first.outgoing.post.generations] == [S.FAILED] or not first.outgoing.files
    assert second.outgoing.files
    assert second.outgoing.post.generations[0].late
    for _ in range(3):
        await looked(bench)
    assert len(await bench.announce(record)) == 2
    assert await balance(bench) == booked(spent=PRICE)
    return second


@WITH_ROWS
async def test_a_row_that_was_lost_and_is_a_success_after_all(bench: Bench) -> None:
    record, job = await lost(bench)
    assert await balance(bench) == booked(unclear=PRICE)
    await bench.second_looks.step()
    assert await bench.states(record) == [S.FAILED]
    bench.oxen.jobs[job.id] = job
    bench.oxen.finish(job.id)
    await looked(bench)
    await late(bench, record)


@EVERY_DIALECT
async def test_an_event_for_what_was_given_up(bench: Bench) -> None:
    """In `ephemeral` nothing else ever tells of it."""
    async with bench.listen():
        record, job = await lost(bench)
        bench.oxen.jobs[job.id] = job
        bench.oxen.finish(job.id)
        while not bench.tracking._hints.due(bench.clock.monotonic()):
            await bench.record(record)
        await bench.tracking.step()
        await late(bench, record)


async def test_the_first_word_is_told_before_the_second(bench: Bench) -> None:
    """The message that says that it failed may be on its way: what it says cannot be changed."""
    record, job = await lost(bench, told=False)
    bench.messenger.faults.fail("post", Unavailable("503"), after=True)  # type: ignore[arg-type]
    await bench.deliver()
    bench.oxen.jobs[job.id] = job
    bench.oxen.finish(job.id)
    await bench.second_looks.step()
    assert await bench.states(record) == [S.FAILED]
    bench.clock.advance(SOON)
    await bench.deliver()
    await looked(bench)
    await late(bench, record)


async def test_a_success_waits_for_no_channel_that_is_closed(bench: Bench) -> None:
    """The provider forgets it sooner than the first message is given up: it counts at once, and is told once."""
    record, job = await lost(bench, told=False)
    bench.messenger.faults.fail("post", CLOSED, times=2)
    await bench.deliver()
    assert (await bench.record(record)).untold
    bench.oxen.jobs[job.id] = job
    bench.oxen.finish(job.id)
    await looked(bench)
    assert await bench.states(record) == [S.SUCCEEDED]
    assert await balance(bench) == booked(spent=PRICE)
    await bench.deliver()
    assert (await bench.record(record)).untold  # of the success now
    bench.messenger.faults.clear()
    bench.clock.advance(LONGEST_PAUSE)
    (only,) = await bench.announce(record)
    assert only.outgoing.files
    assert only.outgoing.post.generations[0].late
    assert not (await bench.record(record)).untold
    assert await bench.posts.open() == []


async def test_what_was_held_beside_it_is_told_as_before(bench: Bench) -> None:
    record = await bench.sent(priced(count=2))
    ready, missed = await bench.remote_ids(record)
    job = bench.oxen.jobs.pop(missed)
    bench.oxen.finish(ready)
    await bench.poll()
    bench.clock.advance(MISSING_FOR)
    await bench.poll()
    bench.messenger.faults.fail("post", CLOSED)
    await bench.deliver()
    bench.oxen.jobs[job.id] = job
    bench.oxen.finish(job.id)
    await looked(bench)
    messages = await bench.announce(record)
    assert sorted(g.remote_id or "" for m in messages for g in m.outgoing.post.generations) == sorted([ready, missed])
    assert [len(m.outgoing.files) for m in messages] == [1, 1]


async def test_a_first_word_that_arrived_before_the_channel_closed_is_one_of_two(bench: Bench) -> None:
    """The answer to it was lost, and then nobody could be told any more."""
    record, job = await lost(bench, told=False)
    bench.messenger.faults.fail("post", TryLater("500"), after=True)
    await bench.deliver()
    bench.messenger.faults.fail("find", CLOSED)
    bench.clock.advance(LONGEST_PAUSE)
    await bench.deliver()
    assert (await bench.record(record)).untold
    bench.oxen.jobs[job.id] = job
    bench.oxen.finish(job.id)
    await looked(bench)
    await late(bench, record)


async def test_a_first_word_that_is_on_its_way_meanwhile_is_one_of_two(bench: Bench) -> None:
    """The channel has opened, and takes what was held at the very moment in which the success is seen."""
    record, job = await lost(bench, told=False)
    bench.messenger.faults.fail("post", CLOSED)
    await bench.deliver()
    bench.clock.advance(LONGEST_PAUSE)
    on_its_way = bench.messenger.faults.hold("post")
    await bench.delivery.step()
    await on_its_way.reached.wait()
    bench.oxen.jobs[job.id] = job
    bench.oxen.finish(job.id)
    await looked(bench)
    on_its_way.release.set()
    await bench.delivery.pool.drain()
    await late(bench, record)


async def test_a_row_that_was_lost_and_has_failed_costs_nothing(bench: Bench) -> None:
    record, job = await lost(bench)
    bench.oxen.jobs[job.id] = job
    bench.oxen.fail(job.id)
    await looked(bench)
    assert await bench.outcome(record) == (S.FAILED, Reason.LOST, None)
    assert await balance(bench) == booked()
    assert (await bench.record(record)).charged == 0
    assert len(await bench.announce(record)) == 1
    bench.oxen.calls.clear()
    await looked(bench)
    assert bench.oxen.calls == []


@WITH_ROWS
async def test_an_order_that_was_absent_and_turns_up_in_the_history(bench: Bench) -> None:
    sent_at = bench.clock.now()
    record = await absent(bench)
    assert await balance(bench) == booked(unclear=PRICE)
    (turned_up,) = await bench.oxen.enqueue(record.order.request, 1, None, token=record.order.id)
    job = bench.oxen.jobs[turned_up]
    bench.oxen.jobs[turned_up] = replace(job, enqueued_at=sent_at + timedelta(seconds=40))
    await looked(bench)
    assert await bench.states(record) == [S.ABSENT]
    bench.oxen.finish(turned_up)
    await looked(bench)
    await late(bench, record)
    assert await bench.remote_ids(record) == [turned_up]


async def test_another_order_that_looks_like_it_is_not_it(bench: Bench) -> None:
    """Somebody else's, much later, by other means; and our own repetition, which has an owner or will have one."""
    record = await absent(bench)
    bench.clock.advance(hours=1)
    (theirs,) = await bench.oxen.enqueue(record.order.request, 1, None)
    bench.oxen.finish(theirs)
    repeated = await bench.sent(priced())
    bench.oxen.finish(await bench.remote_id(repeated))
    await looked(bench)
    assert await bench.states(record) == [S.ABSENT]


async def test_what_does_not_turn_up_within_a_day_was_never_made(bench: Bench) -> None:
    record = await absent(bench)
    for _ in range(3):
        bench.clock.advance(LOOK_FOR / 2)
        await bench.second_looks.step()
    assert (await bench.states(record), await balance(bench)) == ([S.ABSENT], booked())


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_where_the_provider_keeps_nothing_it_stays_unclear(bench: Bench) -> None:
    """It ended while nobody listened: a process that was killed, a stream that broke."""
    record = await bench.sent(priced())
    bench.oxen.finish(await bench.remote_id(record), announce=False)
    bench = await bench.killed()
    await bench.poll()
    bench.clock.advance(MISSING_FOR)
    await bench.poll()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    for _ in range(3):
        bench.clock.advance(LOOK_FOR / 2)
        await bench.second_looks.step()
    assert await balance(bench) == booked(unclear=PRICE)
    assert (await bench.record(record)).charged is None


async def test_looks_become_ever_more_seldom(bench: Bench) -> None:
    await lost(bench)
    bench.oxen.calls.clear()
    until, rests = bench.clock.now() + timedelta(hours=24), list[timedelta]()
    while bench.clock.now() < until:
        rests.append(await bench.second_looks.step())
        bench.clock.advance(rests[-1])
    assert rests == sorted(rests)
    assert bench.oxen.count("get") < 250


async def test_a_wrong_remote_id_revives_nothing(bench: Bench) -> None:
    record, _ = await lost(bench)
    bench.oxen.faults.fail("get", Unavailable("502"))
    await looked(bench)
    assert await bench.states(record) == [S.FAILED]
    absent_one = await absent(bench)
    (generation,) = await bench.rows(absent_one)
    taken = RemoteId(str(await bench.remote_id(record)))
    assert not await bench.generations.settle_late(generation.id, None, bench.clock.now(), taken)
    assert await bench.states(absent_one) == [S.ABSENT]
