"""A machine's clock that is wrong for a while: nothing ends, lapses or is deleted by it that others know better."""

from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_request
from tests.fakes.oxen import COST
from tests.services.kit import BROWSE, GUILD, HERE, PRICE, S, Services, priced
from tests.store.kit import balance_of

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
async def services(services: Services, request: pytest.FixtureRequest) -> Services:
    """As always, in a process that has known the time for a while, or has not."""
    services.oxen.clock = TrueTime(services.clock)  # type: ignore[assignment]
    await every_loop(services)
    services.clock.advance(request.param)
    await every_loop(services)
    return services


async def every_loop(services: Services) -> None:
    await services.send()
    await services.reconciler.step()
    await services.tracker.step()
    await services.deliver()
    await services.lapse()


@contextmanager
def clock_ahead(services: Services, by: timedelta = FAR_AHEAD) -> Iterator[None]:
    """For five seconds."""
    services.clock.jump(by)
    yield
    services.clock.advance(seconds=5)
    services.clock.jump(-by)


async def test_what_the_provider_lists_is_not_overdue(services: Services) -> None:
    record = await services.sent(video_request(count=3))
    await services.poll()
    with clock_ahead(services):
        await services.poll()
        await services.canceller.step()
    assert await services.states(record) == [S.PROCESSING] * 3 or await services.states(record) == [S.QUEUED] * 3
    for remote_id in await services.remote_ids(record):
        services.oxen.finish(remote_id)
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED] * 3
    (message,) = await services.announce(record)
    assert len(message.outgoing.post.generations) == 3


async def test_a_clock_that_stays_wrong_ends_nothing_that_is_listed(services: Services) -> None:
    record = await services.sent()
    services.clock.jump(FAR_AHEAD)
    for _ in range(12):
        services.clock.advance(minutes=10)
        await services.poll()
    assert await services.states(record) == [S.QUEUED]


@pytest.mark.parametrize("call", ["list", "get"])
async def test_what_the_provider_does_not_speak_of_at_that_moment_is_not_overdue(services: Services, call: str) -> None:
    record = await services.sent()
    (remote_id,) = await services.remote_ids(record)
    if call == "get":
        services.oxen.finish(remote_id)  # it has left the list
    with clock_ahead(services):
        services.oxen.faults.fail(call, AWAY, times=100)
        await services.poll()
    assert await services.states(record) == [S.QUEUED]
    services.oxen.faults.clear()
    if call == "list":
        services.oxen.finish(remote_id)
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED]


async def test_a_lost_order_is_not_hopeless(services: Services) -> None:
    services.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    record = await services.sent()
    with clock_ahead(services):
        services.oxen.faults.fail("list", AWAY)
        await services.reconciler.step()
    assert await services.states(record) == [S.UNKNOWN]
    services.clock.advance(seconds=10)
    await services.reconciler.step()
    assert await services.states(record) == [S.QUEUED]


async def test_an_unsent_order_is_not_given_up(services: Services) -> None:
    record = await services.order()
    with clock_ahead(services):
        services.oxen.faults.fail("enqueue", AWAY)
        await services.send()
    assert await services.states(record) == [S.INTENDED]
    services.clock.advance(minutes=1)
    await services.send()
    assert await services.states(record) == [S.QUEUED]


async def test_an_order_of_tomorrow_is_given_up_as_soon_as_any_other(services: Services) -> None:
    """Accepted while the clock was a day ahead."""
    services.oxen.faults.fail("enqueue", AWAY, times=100)
    with clock_ahead(services, DAY_AHEAD):
        record = await services.order()
    for _ in range(12):
        await services.send()
        services.clock.advance(minutes=1)
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.UNREACHABLE)


async def test_a_result_is_not_given_up(services: Services) -> None:
    record = await services.made()
    services.messenger.faults.fail("post", TryLater("503"))
    await services.deliver()
    with clock_ahead(services, GIVE_UP + timedelta(hours=1)):
        services.messenger.faults.fail("post", TryLater("503"))
        await services.deliver()
    services.clock.advance(LONGEST_PAUSE)
    assert len(await services.announce(record)) == 1


async def test_a_result_that_was_dated_by_a_clock_behind_is_not_given_up(services: Services) -> None:
    """A process that has just started knows no better."""
    services.clock.jump(-FAR_AHEAD)
    services = await services.killed()
    record = await services.sent()
    services.oxen.finish(await services.remote_id(record))
    services.messenger.faults.fail("post", TryLater("503"), times=6)
    await services.poll()
    await services.deliver()
    services.clock.jump(FAR_AHEAD)
    for _ in range(5):
        services.clock.advance(LONGEST_PAUSE)
        await services.deliver()
    services.clock.advance(LONGEST_PAUSE)
    assert len(await services.announce(record)) == 1


@BROWSE
async def test_what_was_made_by_a_clock_behind_has_its_cost(services: Services) -> None:
    services.clock.jump(-FAR_AHEAD)
    services = await services.killed()
    costing = services.cost_collector
    await services.made(priced())
    services.oxen.faults.fail("cost", AWAY, times=2)
    await costing.step()
    services.clock.jump(FAR_AHEAD)
    for _ in range(2):
        services.clock.advance(CONFIRMED_AFTER)
        await costing.step()
    assert (await balance_of(services.db, GUILD)).spent == COST


# Pending confirmations.


@pytest.mark.parametrize("by", [DAY_AHEAD, -DAY_AHEAD])
async def test_a_pending_confirmation_of_a_wrong_clock_waits_two_minutes(services: Services, by: timedelta) -> None:
    await services.rules(confirm_above=Decimal(0))
    with clock_ahead(services, by):
        confirmation = await services.pending()
        await services.lapse()
    services.clock.advance(CONFIRMATION_LIFETIME - 6 * SECOND)
    assert await services.lapse() == SECOND
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.OPEN
    services.clock.advance(SECOND)
    with pytest.raises(Refusal, match="confirmation-lapsed"):
        await services.order_service.confirm(confirmation.order.id, HERE)
    await services.lapse()
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED


@pytest.mark.parametrize("answer", ["confirm", "withdraw"])
async def test_a_yes_and_a_no_count_while_the_clock_is_wrong(services: Services, answer: str) -> None:
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending()
    await services.lapse()
    with clock_ahead(services):
        await services.lapse()
        if answer == "confirm":
            assert isinstance(await services.order_service.confirm(confirmation.order.id, HERE), OrderRecord)
        else:
            await services.order_service.withdraw(confirmation.order.id, HERE)
    assert await services.confirmation_state(confirmation.order.id) is (
        ConfirmationState.CONFIRMED if answer == "confirm" else ConfirmationState.WITHDRAWN
    )
    assert services.messenger.confirmations_redrawn == []


async def test_a_pending_confirmation_of_tomorrow_lapses_after_a_restart_as_well(services: Services) -> None:
    await services.rules(confirm_above=Decimal(0))
    with clock_ahead(services, DAY_AHEAD):
        await services.pending()
    again = await services.killed()
    await again.lapse()
    services.clock.advance(CONFIRMATION_LIFETIME)
    await again.lapse()
    assert len(services.messenger.confirmations_redrawn) == 1


# What is deleted, and what is counted.


async def test_nothing_is_forgotten_early(services: Services) -> None:
    record = await services.made()
    await services.announce(record)
    await services.redraw()
    await services.rules(retention=1)
    departures, left = services.engine.rows.left_guilds, GuildId(77)
    await departures.note(left, services.clock.now())
    forgetter = services.background.eraser
    with clock_ahead(services, timedelta(days=40)):
        await forgetter.step()
    assert not (await services.record(record)).forgotten
    assert await departures.due(services.clock.now()) == [left]  # noted, and not purged
    for later in (timedelta(days=2), CONFIRMED_AFTER):
        services.clock.advance(later)
        await forgetter.step()
    assert (await services.record(record)).forgotten


async def test_an_order_counts_towards_the_day_in_which_it_was_placed(services: Services) -> None:
    services.clock.advance(hours=1)
    await services.rules(day_budget=PRICE)
    await services.order(priced())
    services.clock.advance(minutes=10)
    with pytest.raises(Refusal, match="limit-guild-day"):
        await services.order_service.submit(priced(), HERE)
    with clock_ahead(services), pytest.raises(Refusal, match="limit-guild-day"):
        await services.order_service.submit(priced(), HERE)
