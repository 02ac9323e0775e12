"""A machine's clock that is wrong for a while: nothing ends, lapses or is deleted by it that others know better."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain.clock import CONFIRMED_AFTER
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId
from bot.domain.messenger import TryLater
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import CONFIRMATION_LIFETIME, ConfirmationState, OrderRecord
from bot.domain.provider import Ambiguous, Unavailable
from bot.services.delivery.delivery import GIVE_UP, LONGEST_PAUSE
from bot.services.privacy.forgetting import Forgetter
from bot.services.wallet.costing import Costing
from bot.store.records.privacy import LeftGuilds, PrivacyRepository
from bot.store.wallet.ledger import Ledger
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_request
from tests.fakes.oxen import COST, Dialect
from tests.services.bench import GUILD, MODERATOR, Bench, S
from tests.services.test_wallet import HERE, PRICE, priced, rules, was_pending

DAY_AHEAD, FAR_AHEAD = timedelta(days=1), timedelta(hours=27)
SECOND = timedelta(seconds=1)
AWAY = Unavailable("502")


class TrueTime:
    """The provider's clock: it goes on as the machine's does, and knows nothing of its jumps."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self._start = clock, clock.now() - timedelta(seconds=clock.monotonic())

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._clock.monotonic())

    def monotonic(self) -> float:
        return self._clock.monotonic()


@pytest.fixture(params=[timedelta(), timedelta(hours=1)], ids=["just started", "an hour after the start"])
async def bench(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    """As always, in a process that has known the time for a while, or has not."""
    bench.oxen._clock = TrueTime(bench.clock)  # type: ignore[assignment]
    await every_loop(bench)
    bench.clock.advance(request.param)
    await every_loop(bench)
    return bench


async def every_loop(bench: Bench) -> None:
    await bench.send()
    await bench.reconciliation.step()
    await bench.tracking.step()
    await bench.deliver()
    await bench.lapse()


@contextmanager
def clock_ahead(bench: Bench, by: timedelta = FAR_AHEAD) -> Iterator[None]:
    """For five seconds."""
    bench.clock.jump(by)
    yield
    bench.clock.advance(seconds=5)
    bench.clock.jump(-by)


async def test_what_the_provider_lists_is_not_overdue(bench: Bench) -> None:
    record = await bench.sent(video_request(count=3))
    await bench.poll()
    with clock_ahead(bench):
        await bench.poll()
        await bench.cancelling.step()
    assert await bench.states(record) == [S.PROCESSING] * 3 or await bench.states(record) == [S.QUEUED] * 3
    for remote_id in await bench.remote_ids(record):
        bench.oxen.finish(remote_id)
    await bench.poll()
    assert await bench.states(record) == [S.SUCCEEDED] * 3
    (message,) = await bench.announce(record)
    assert len(message.outgoing.post.generations) == 3


async def test_a_clock_that_stays_wrong_ends_nothing_that_is_listed(bench: Bench) -> None:
    record = await bench.sent()
    bench.clock.jump(FAR_AHEAD)
    for _ in range(12):
        bench.clock.advance(minutes=10)
        await bench.poll()
    assert await bench.states(record) == [S.QUEUED]


@pytest.mark.parametrize("call", ["list", "get"])
async def test_what_the_provider_does_not_speak_of_at_that_moment_is_not_overdue(bench: Bench, call: str) -> None:
    record = await bench.sent()
    (remote_id,) = await bench.remote_ids(record)
    if call == "get":
        bench.oxen.finish(remote_id)  # it has left the list
    with clock_ahead(bench):
        bench.oxen.faults.fail(call, AWAY, times=100)
        await bench.poll()
    assert await bench.states(record) == [S.QUEUED]
    bench.oxen.faults.clear()
    if call == "list":
        bench.oxen.finish(remote_id)
    await bench.poll()
    assert await bench.states(record) == [S.SUCCEEDED]


async def test_a_lost_order_is_not_hopeless(bench: Bench) -> None:
    bench.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    record = await bench.sent()
    with clock_ahead(bench):
        bench.oxen.faults.fail("list", AWAY)
        await bench.reconciliation.step()
    assert await bench.states(record) == [S.UNKNOWN]
    bench.clock.advance(seconds=10)
    await bench.reconciliation.step()
    assert await bench.states(record) == [S.QUEUED]


async def test_an_unsent_order_is_not_given_up(bench: Bench) -> None:
    record = await bench.order()
    with clock_ahead(bench):
        bench.oxen.faults.fail("enqueue", AWAY)
        await bench.send()
    assert await bench.states(record) == [S.INTENDED]
    bench.clock.advance(minutes=1)
    await bench.send()
    assert await bench.states(record) == [S.QUEUED]


async def test_an_order_of_tomorrow_is_given_up_as_soon_as_any_other(bench: Bench) -> None:
    """Accepted while the clock was a day ahead."""
    bench.oxen.faults.fail("enqueue", AWAY, times=100)
    with clock_ahead(bench, DAY_AHEAD):
        record = await bench.order()
    for _ in range(12):
        await bench.send()
        bench.clock.advance(minutes=1)
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.UNREACHABLE)


async def test_a_result_is_not_given_up(bench: Bench) -> None:
    record = await bench.sent()
    bench.oxen.finish(await bench.remote_id(record))
    await bench.poll()
    bench.messenger.faults.fail("post", TryLater("503"))
    await bench.deliver()
    with clock_ahead(bench, GIVE_UP + timedelta(hours=1)):
        bench.messenger.faults.fail("post", TryLater("503"))
        await bench.deliver()
    bench.clock.advance(LONGEST_PAUSE)
    assert len(await bench.announce(record)) == 1


async def test_a_result_that_was_dated_by_a_clock_behind_is_not_given_up(bench: Bench) -> None:
    """A process that has just started knows no better."""
    bench.clock.jump(-FAR_AHEAD)
    bench = await bench.killed()
    record = await bench.sent()
    bench.oxen.finish(await bench.remote_id(record))
    bench.messenger.faults.fail("post", TryLater("503"), times=6)
    await bench.poll()
    await bench.deliver()
    bench.clock.jump(FAR_AHEAD)
    for _ in range(5):
        bench.clock.advance(LONGEST_PAUSE)
        await bench.deliver()
    bench.clock.advance(LONGEST_PAUSE)
    assert len(await bench.announce(record)) == 1


@pytest.mark.parametrize("dialect", [Dialect.BROWSE])
async def test_what_was_made_by_a_clock_behind_has_its_cost(bench: Bench) -> None:
    bench.clock.jump(-FAR_AHEAD)
    bench = await bench.killed()
    costing = Costing(Ledger(bench.db), bench.providers, bench.clock)
    record = await bench.sent(priced())
    bench.oxen.finish(await bench.remote_id(record))
    await bench.poll()
    bench.oxen.faults.fail("cost", AWAY, times=2)
    await costing.step()
    bench.clock.jump(FAR_AHEAD)
    for _ in range(2):
        bench.clock.advance(CONFIRMED_AFTER)
        await costing.step()
    assert (await Ledger(bench.db).balance(GUILD)).spent == COST


# Pending confirmations.


@pytest.mark.parametrize("by", [DAY_AHEAD, -DAY_AHEAD])
async def test_a_pending_confirmation_of_a_wrong_clock_waits_two_minutes(bench: Bench, by: timedelta) -> None:
    await rules(bench, confirm_above=Decimal(0))
    with clock_ahead(bench, by):
        confirmation = await was_pending(bench)
        await bench.lapse()
    bench.clock.advance(CONFIRMATION_LIFETIME - 6 * SECOND)
    assert await bench.lapse() == SECOND
    found = await bench.ordering.confirmation(confirmation.order.id)
    assert found is not None
    assert found.state is ConfirmationState.OPEN
    bench.clock.advance(SECOND)
    with pytest.raises(Refusal, match="confirmation-lapsed"):
        await bench.ordering.confirm(confirmation.order.id, HERE)
    await bench.lapse()
    found = await bench.ordering.confirmation(confirmation.order.id)
    assert found is not None
    assert found.state is ConfirmationState.LAPSED


@pytest.mark.parametrize("answer", ["confirm", "withdraw"])
async def test_a_yes_and_a_no_count_while_the_clock_is_wrong(bench: Bench, answer: str) -> None:
    await rules(bench, confirm_above=Decimal(0))
    confirmation = await was_pending(bench)
    await bench.lapse()
    with clock_ahead(bench):
        await bench.lapse()
        if answer == "confirm":
            assert isinstance(await bench.ordering.confirm(confirmation.order.id, HERE), OrderRecord)
        else:
            await bench.ordering.withdraw(confirmation.order.id, HERE.requester_id, GUILD)
    found = await bench.ordering.confirmation(confirmation.order.id)
    assert found is not None
    assert found.state is (ConfirmationState.CONFIRMED if answer == "confirm" else ConfirmationState.WITHDRAWN)
    assert bench.messenger.confirmations_redrawn == []


async def test_a_pending_confirmation_of_tomorrow_lapses_after_a_restart_as_well(bench: Bench) -> None:
    await rules(bench, confirm_above=Decimal(0))
    with clock_ahead(bench, DAY_AHEAD):
        await was_pending(bench)
    again = await bench.killed()
    await again.lapse()
    bench.clock.advance(CONFIRMATION_LIFETIME)
    await again.lapse()
    assert len(bench.messenger.confirmations_redrawn) == 1


# What is deleted, and what is counted.


async def test_nothing_is_forgotten_early(bench: Bench) -> None:
    record = await bench.sent()
    bench.oxen.finish(await bench.remote_id(record))
    await bench.poll()
    await bench.announce(record)
    await bench.redraw()
    await bench.policies.change(GUILD, lambda policy: replace(policy, retention=1), MODERATOR, bench.clock.now())
    departures, left = LeftGuilds(bench.db), GuildId(77)
    await departures.note(left, bench.clock.now())
    forgetter = Forgetter(PrivacyRepository(bench.db), departures, bench.clock)
    with clock_ahead(bench, timedelta(days=40)):
        await forgetter.step()
    assert not (await bench.record(record)).forgotten
    assert await departures.due(bench.clock.now()) == [left]  # noted, and not purged
    for later in (timedelta(days=2), CONFIRMED_AFTER):
        bench.clock.advance(later)
        await forgetter.step()
    assert (await bench.record(record)).forgotten


async def test_an_order_counts_towards_the_day_in_which_it_was_placed(bench: Bench) -> None:
    bench.clock.advance(hours=1)
    await rules(bench, day_budget=PRICE)
    await bench.order(priced())
    bench.clock.advance(minutes=10)
    with pytest.raises(Refusal, match="limit-guild-day"):
        await bench.ordering.submit(priced(), HERE)
    with clock_ahead(bench), pytest.raises(Refusal, match="limit-guild-day"):
        await bench.ordering.submit(priced(), HERE)
