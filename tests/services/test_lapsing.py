"""A pending confirmation lapses: the card first, then the row; a crash loses nothing, and there is no storm."""

from datetime import timedelta
from decimal import Decimal

from bot.domain.ids import OrderId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.orders.order import CONFIRMATION_LIFETIME, ConfirmationState, OrderRecord, PendingConfirmation
from tests.services.kit import Services
from tests.services.test_wallet import HERE, rules, was_pending

SECOND = timedelta(seconds=1)


async def due(services: Services) -> PendingConfirmation:
    """A pending confirmation whose time is up."""
    await rules(services, confirm_above=Decimal(0))
    confirmation = await was_pending(services)
    services.clock.advance(CONFIRMATION_LIFETIME)
    return confirmation


async def state(services: Services, confirmation_id: OrderId) -> ConfirmationState:
    confirmation = await services.ordering.confirmation(confirmation_id)
    assert confirmation is not None
    return confirmation.state


async def test_the_card_says_so_and_then_the_row(services: Services) -> None:
    confirmation = await due(services)
    await services.lapse()
    [drawn] = services.messenger.confirmations_redrawn
    assert (drawn.order.id, drawn.state) == (confirmation.order.id, ConfirmationState.LAPSED)
    assert await state(services, confirmation.order.id) is ConfirmationState.LAPSED
    await services.lapse()
    assert len(services.messenger.confirmations_redrawn) == 1


async def test_nothing_is_drawn_before_its_time_nor_of_what_was_confirmed(services: Services) -> None:
    await rules(services, confirm_above=Decimal(0))
    confirmation = await was_pending(services)
    services.clock.advance(CONFIRMATION_LIFETIME - SECOND)
    assert await services.lapse() == SECOND
    assert isinstance(await services.ordering.confirm(confirmation.order.id, HERE), OrderRecord)
    services.clock.advance(CONFIRMATION_LIFETIME)
    await services.lapse()
    assert services.messenger.confirmations_redrawn == []
    assert await state(services, confirmation.order.id) is ConfirmationState.CONFIRMED


async def test_a_process_that_dies_after_the_card_draws_it_again_and_harms_nobody(services: Services) -> None:
    confirmation = await due(services)
    services.messenger.faults.fail("redraw_draft", TryLater("502"), after=True)
    await services.lapse()
    again = await services.killed()
    await again.lapse()
    assert len(services.messenger.confirmations_redrawn) == 2
    assert await state(again, confirmation.order.id) is ConfirmationState.LAPSED


async def test_a_card_that_is_gone_needs_no_word(services: Services) -> None:
    confirmation = await due(services)
    services.messenger.faults.fail("redraw_draft", Undeliverable("404 10008"))
    await services.lapse()
    assert await state(services, confirmation.order.id) is ConfirmationState.LAPSED


async def test_one_that_cannot_be_drawn_now_waits_as_long_as_it_was_told_and_holds_up_nobody(
    services: Services,
) -> None:
    confirmation = await due(services)
    services.messenger.faults.fail("redraw_draft", TryLater("429", timedelta(seconds=30)))
    await services.lapse()
    assert await services.lapse() == timedelta(seconds=30)
    assert await state(services, confirmation.order.id) is ConfirmationState.OPEN
    other = await was_pending(services)
    services.clock.advance(timedelta(seconds=30))
    await services.lapse()
    assert await state(services, confirmation.order.id) is ConfirmationState.LAPSED
    services.clock.advance(CONFIRMATION_LIFETIME)
    await services.lapse()
    assert await state(services, other.order.id) is ConfirmationState.LAPSED


async def test_after_ten_minutes_nobody_tries_any_more(services: Services) -> None:
    confirmation = await due(services)
    for _ in range(100):
        services.messenger.faults.fail("redraw_draft", TryLater("500"))
        await services.lapse()
        if await state(services, confirmation.order.id) is ConfirmationState.LAPSED:
            break
        services.clock.advance(timedelta(seconds=10))
    assert await state(services, confirmation.order.id) is ConfirmationState.LAPSED
    assert services.clock.now() - confirmation.lapses_at == timedelta(minutes=10)
    assert services.messenger.confirmations_redrawn == []
