"""A pending confirmation lapses: the card first, then the row; a crash loses nothing, and there is no storm."""

from datetime import timedelta
from decimal import Decimal

from bot.domain.ids import OrderId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.orders.order import CONFIRMATION_LIFETIME, ConfirmationState, OrderRecord, PendingConfirmation
from tests.services.bench import Bench
from tests.services.test_wallet import HERE, rules, was_pending

SECOND = timedelta(seconds=1)


async def due(bench: Bench) -> PendingConfirmation:
    """A pending confirmation whose time is up."""
    await rules(bench, confirm_above=Decimal(0))
    confirmation = await was_pending(bench)
    bench.clock.advance(CONFIRMATION_LIFETIME)
    return confirmation


async def state(bench: Bench, confirmation_id: OrderId) -> ConfirmationState:
    confirmation = await bench.ordering.confirmation(confirmation_id)
    assert confirmation is not None
    return confirmation.state


async def test_the_card_says_so_and_then_the_row(bench: Bench) -> None:
    confirmation = await due(bench)
    await bench.lapse()
    [drawn] = bench.messenger.confirmations_redrawn
    assert (drawn.order.id, drawn.state) == (confirmation.order.id, ConfirmationState.LAPSED)
    assert await state(bench, confirmation.order.id) is ConfirmationState.LAPSED
    await bench.lapse()
    assert len(bench.messenger.confirmations_redrawn) == 1


async def test_nothing_is_drawn_before_its_time_nor_of_what_was_confirmed(bench: Bench) -> None:
    await rules(bench, confirm_above=Decimal(0))
    confirmation = await was_pending(bench)
    bench.clock.advance(CONFIRMATION_LIFETIME - SECOND)
    assert await bench.lapse() == SECOND
    assert isinstance(await bench.ordering.confirm(confirmation.order.id, HERE), OrderRecord)
    bench.clock.advance(CONFIRMATION_LIFETIME)
    await bench.lapse()
    assert bench.messenger.confirmations_redrawn == []
    assert await state(bench, confirmation.order.id) is ConfirmationState.CONFIRMED


async def test_a_process_that_dies_after_the_card_draws_it_again_and_harms_nobody(bench: Bench) -> None:
    confirmation = await due(bench)
    bench.messenger.faults.fail("redraw_draft", TryLater("502"), after=True)
    await bench.lapse()
    again = await bench.killed()
    await again.lapse()
    assert len(bench.messenger.confirmations_redrawn) == 2
    assert await state(again, confirmation.order.id) is ConfirmationState.LAPSED


async def test_a_card_that_is_gone_needs_no_word(bench: Bench) -> None:
    confirmation = await due(bench)
    bench.messenger.faults.fail("redraw_draft", Undeliverable("404 10008"))
    await bench.lapse()
    assert await state(bench, confirmation.order.id) is ConfirmationState.LAPSED


async def test_one_that_cannot_be_drawn_now_waits_as_long_as_it_was_told_and_holds_up_nobody(bench: Bench) -> None:
    confirmation = await due(bench)
    bench.messenger.faults.fail("redraw_draft", TryLater("429", timedelta(seconds=30)))
    await bench.lapse()
    assert await bench.lapse() == timedelta(seconds=30)
    assert await state(bench, confirmation.order.id) is ConfirmationState.OPEN
    other = await was_pending(bench)
    bench.clock.advance(timedelta(seconds=30))
    await bench.lapse()
    assert await state(bench, confirmation.order.id) is ConfirmationState.LAPSED
    bench.clock.advance(CONFIRMATION_LIFETIME)
    await bench.lapse()
    assert await state(bench, other.order.id) is ConfirmationState.LAPSED


async def test_after_ten_minutes_nobody_tries_any_more(bench: Bench) -> None:
    confirmation = await due(bench)
    for _ in range(100):
        bench.messenger.faults.fail("redraw_draft", TryLater("500"))
        await bench.lapse()
        if await state(bench, confirmation.order.id) is ConfirmationState.LAPSED:
            break
        bench.clock.advance(timedelta(seconds=10))
    assert await state(bench, confirmation.order.id) is ConfirmationState.LAPSED
    assert bench.clock.now() - confirmation.lapses_at == timedelta(minutes=10)
    assert bench.messenger.confirmations_redrawn == []
