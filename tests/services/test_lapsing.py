"""Drafts that lapse: the card first, then the row; nothing lost by a crash in between, and no storm of attempts."""

from datetime import timedelta
from decimal import Decimal

from bot.domain.ids import OrderId
from bot.domain.orders.draft import LIFETIME, Draft, DraftState
from bot.domain.orders.order import OrderRecord
from bot.services.ports import TryLater, Undeliverable
from tests.services.bench import Bench
from tests.services.test_wallet import HERE, drafted, rules

SECOND = timedelta(seconds=1)


async def due(bench: Bench) -> Draft:
    """A draft whose time is up."""
    await rules(bench, confirm_above=Decimal(0))
    draft = await drafted(bench)
    bench.clock.advance(LIFETIME)
    return draft


async def state(bench: Bench, draft_id: OrderId) -> DraftState:
    draft = await bench.ordering.draft(draft_id)
    assert draft is not None
    return draft.state


async def test_the_card_says_so_and_then_the_row(bench: Bench) -> None:
    draft = await due(bench)
    await bench.lapse()
    [drawn] = bench.messenger.drafts_redrawn
    assert (drawn.order.id, drawn.state) == (draft.order.id, DraftState.LAPSED)
    assert await state(bench, draft.order.id) is DraftState.LAPSED
    await bench.lapse()
    assert len(bench.messenger.drafts_redrawn) == 1


async def test_nothing_is_drawn_before_its_time_nor_of_what_was_confirmed(bench: Bench) -> None:
    await rules(bench, confirm_above=Decimal(0))
    draft = await drafted(bench)
    bench.clock.advance(LIFETIME - SECOND)
    assert await bench.lapse() == SECOND
    assert isinstance(await bench.ordering.confirm(draft.order.id, HERE), OrderRecord)
    bench.clock.advance(LIFETIME)
    await bench.lapse()
    assert bench.messenger.drafts_redrawn == []
    assert await state(bench, draft.order.id) is DraftState.CONFIRMED


async def test_a_process_that_dies_after_the_card_draws_it_again_and_harms_nobody(bench: Bench) -> None:
    draft = await due(bench)
    bench.messenger.faults.fail("redraw_draft", TryLater("502"), after=True)
    await bench.lapse()
    again = await bench.killed()
    await again.lapse()
    assert len(bench.messenger.drafts_redrawn) == 2
    assert await state(again, draft.order.id) is DraftState.LAPSED


async def test_a_card_that_is_gone_needs_no_word(bench: Bench) -> None:
    draft = await due(bench)
    bench.messenger.faults.fail("redraw_draft", Undeliverable("404 10008"))
    await bench.lapse()
    assert await state(bench, draft.order.id) is DraftState.LAPSED


async def test_one_that_cannot_be_drawn_now_waits_as_long_as_it_was_told_and_holds_up_nobody(bench: Bench) -> None:
    draft = await due(bench)
    bench.messenger.faults.fail("redraw_draft", TryLater("429", timedelta(seconds=30)))
    await bench.lapse()
    assert await bench.lapse() == timedelta(seconds=30)
    assert await state(bench, draft.order.id) is DraftState.OPEN
    other = await drafted(bench)
    bench.clock.advance(timedelta(seconds=30))
    await bench.lapse()
    assert await state(bench, draft.order.id) is DraftState.LAPSED
    bench.clock.advance(LIFETIME)
    await bench.lapse()
    assert await state(bench, other.order.id) is DraftState.LAPSED


async def test_after_ten_minutes_nobody_tries_any_more(bench: Bench) -> None:
    draft = await due(bench)
    for _ in range(100):
        bench.messenger.faults.fail("redraw_draft", TryLater("500"))
        await bench.lapse()
        if await state(bench, draft.order.id) is DraftState.LAPSED:
            break
        bench.clock.advance(timedelta(seconds=10))
    assert await state(bench, draft.order.id) is DraftState.LAPSED
    assert bench.clock.now() - draft.lapses_at == timedelta(minutes=10)
    assert bench.messenger.drafts_redrawn == []
