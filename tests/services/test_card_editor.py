"""A card is edited by an interaction's token while that lives, and a late older edit never overwrites a newer one."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.ids import MessageId
from bot.domain.messenger import CardToken, MessengerError, TokenOver, TryLater, Undeliverable
from bot.domain.orders.order import OrderRecord
from bot.services.delivery.card_editor import CardEditor
from bot.services.policy import Timing
from tests.services.kit import Services

TIMING = Timing()
FIRST, PRESSED = CardToken(secret="first"), CardToken(secret="pressed")


@pytest.fixture
def editor(services: Services) -> CardEditor:
    return services.background.card_editor


async def held(services: Services, editor: CardEditor) -> tuple[OrderRecord, MessageId]:
    """An order whose card answers an interaction."""
    record = await services.order()
    card_id = record.order.context.card_message_id
    assert card_id is not None
    editor.hold(card_id, FIRST)
    return record, card_id


async def test_the_token_edits_until_it_is_too_old(services: Services, editor: CardEditor) -> None:
    record, card_id = await held(services, editor)
    for minutes in (0, 13, 2):
        services.clock.advance(minutes=minutes)
        await editor.draw(record)
    assert services.messenger.tokens == [FIRST, FIRST, None]
    editor.hold(card_id, PRESSED)
    await editor.draw(record)
    assert services.messenger.tokens[-1] == PRESSED


async def test_a_token_that_died_early_is_given_up_at_once(services: Services, editor: CardEditor) -> None:
    record, _ = await held(services, editor)
    services.messenger.faults.fail("redraw", TokenOver("401 50027"))
    await editor.draw(record)
    await editor.draw(record)
    assert services.messenger.tokens == [None, None]


async def test_trouble_with_a_token_is_tried_again_without_it(services: Services, editor: CardEditor) -> None:
    record, _ = await held(services, editor)
    services.messenger.faults.fail("redraw", TryLater("502"))
    with pytest.raises(TryLater):
        await editor.draw(record)
    await editor.draw(record)
    assert services.messenger.tokens == [None]


async def test_a_message_that_is_deleted_is_no_fault_of_the_token(services: Services, editor: CardEditor) -> None:
    record, _ = await held(services, editor)
    services.messenger.faults.fail("redraw", Undeliverable("404 10008"))
    with pytest.raises(Undeliverable):
        await editor.draw(record)
    assert services.messenger.tokens == []
    await editor.draw(record)
    assert services.messenger.tokens == [FIRST]


async def test_an_answer_that_never_comes_is_waited_for_and_then_nothing_overtaken(services: Services) -> None:
    """What is still on its way may take effect: the next edit is made when it can no longer."""
    record, card_id = await held(services, services.background.card_editor)
    editor = CardEditor(services.messenger, services.clock, replace(TIMING, card_answer=TIMING.card_answer * 0))
    editor.hold(card_id, FIRST)
    services.messenger.faults.hold("redraw", before=True)
    with pytest.raises(TryLater) as caught:
        await editor.draw(record)
    assert caught.value.pause == TIMING.card_again
    services.clock.advance(seconds=4)
    with pytest.raises(TryLater) as caught:
        await editor.draw(record)
    assert caught.value.pause is not None
    assert caught.value.pause.total_seconds() == pytest.approx(6)
    services.clock.advance(seconds=6)
    await editor.draw(record)
    assert services.messenger.tokens == [None]


async def test_the_newer_state_wins_whoever_is_later(services: Services, editor: CardEditor) -> None:
    record, _ = await held(services, editor)
    newer = replace(record, revision=record.revision + 1)
    first = services.messenger.faults.hold("redraw", before=True)
    drawing = [asyncio.create_task(editor.draw(record))]
    await first.reached.wait()
    drawing += [asyncio.create_task(editor.draw(each)) for each in (newer, record)]
    await asyncio.sleep(0)
    first.release.set()
    await asyncio.gather(*drawing)
    assert [drawn.revision for drawn in services.messenger.redrawn] == [record.revision, newer.revision]


async def test_nobody_draws_by_an_old_token_what_a_press_has_changed(services: Services, editor: CardEditor) -> None:
    record, card_id = await held(services, editor)
    async with editor.pressed(card_id, PRESSED):
        drawing = asyncio.create_task(editor.draw(record))
        await asyncio.sleep(0)
        assert services.messenger.tokens == []
    await drawing
    assert services.messenger.tokens == [PRESSED]


async def test_a_press_does_not_wait_for_an_edit(services: Services, editor: CardEditor) -> None:
    record, card_id = await held(services, editor)
    under_way = services.messenger.faults.hold("redraw", before=True)
    drawing = asyncio.create_task(editor.draw(record))
    await under_way.reached.wait()
    async with editor.pressed(card_id, PRESSED):
        assert not drawing.done()
    under_way.release.set()
    await drawing
    await editor.draw(record)
    assert services.messenger.tokens == [FIRST, PRESSED]


async def test_a_press_that_is_refused_brings_no_token(services: Services, editor: CardEditor) -> None:
    record, card_id = await held(services, editor)
    with pytest.raises(MessengerError):
        async with editor.pressed(card_id, PRESSED):
            raise MessengerError
    await editor.draw(record)
    assert services.messenger.tokens == [FIRST]


def test_a_token_is_in_no_text() -> None:
    assert FIRST.secret not in f"{FIRST} {FIRST!r}"
