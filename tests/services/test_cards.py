"""A card shows what the rows know: redrawn when it is behind, not more often than that."""

from datetime import timedelta

import pytest

from bot.domain.messenger import EditsLimited, TryLater, Undeliverable, Unexplained
from bot.services.policy import TIMING
from bot.services.supervision import IDLE
from bot.store.orders.orders import FIRST_CARD
from tests.fakes.orders import video_request
from tests.services.kit import HERE, S, Services


async def test_the_first_card_is_the_commands_unless_it_never_comes(services: Services) -> None:
    record = await services.order()
    assert await services.redraw() == FIRST_CARD
    assert services.messenger.redrawn == []
    services.clock.advance(FIRST_CARD)
    await services.redraw()
    assert [drawn.order.id for drawn in services.messenger.redrawn] == [record.order.id]
    assert await services.redraw() == IDLE


async def test_a_card_that_is_behind_is_redrawn_and_nothing_else(services: Services) -> None:
    record = await services.order()
    services.order_service.card_shown(record)
    await services.order_service.submit(video_request(), HERE)  # an order without a card
    services.clock.advance(hours=1)
    assert await services.redraw() == IDLE
    await services.send()
    await services.redraw()
    (drawn,) = services.messenger.redrawn
    assert [g.state for g in drawn.generations] == [S.QUEUED]
    assert await services.redraw() == IDLE


async def test_changes_that_come_thick_are_one_redraw(services: Services) -> None:
    record = await services.order(video_request(count=4))
    services.order_service.card_shown(record)
    await services.send()
    for remote_id in await services.remote_ids(record):
        services.oxen.start(remote_id)
    await services.poll()
    await services.redraw()
    (drawn,) = services.messenger.redrawn
    assert [g.state for g in drawn.generations] == [S.PROCESSING] * 4
    for remote_id in await services.remote_ids(record):
        services.oxen.finish(remote_id)
        services.inbox.set_up(up=True)  # asks for a list now
        await services.tracker.step()
        await services.redraw()
    assert len(services.messenger.redrawn) == 1  # the last edit is less than a second old
    services.clock.advance(TIMING.card_cost)
    await services.redraw()
    assert len(services.messenger.redrawn) == 2
    assert [g.state for g in services.messenger.redrawn[-1].generations] == [S.SUCCEEDED] * 4


async def test_what_changes_during_a_redraw_is_drawn_next(services: Services) -> None:
    record = await services.sent()
    services.clock.advance(FIRST_CARD)
    held = services.messenger.faults.hold("redraw")
    await services.cards.step()
    await held.reached.wait()
    services.oxen.start(await services.remote_id(record))
    await services.poll()
    await services.cards.step()  # the card is in hand
    assert len(services.messenger.redrawn) == 1
    held.release.set()
    await services.cards.pool.drain()
    services.clock.advance(TIMING.card)
    await services.redraw()
    assert [drawn.generations[0].state for drawn in services.messenger.redrawn] == [S.QUEUED, S.PROCESSING]


@pytest.mark.parametrize(
    ("error", "days"), [(Undeliverable("404 10008: Unknown Message"), 0), (Unexplained("400 999999"), 2)]
)
async def test_a_card_that_is_gone_or_refused_for_days_is_given_up(
    services: Services, error: Exception, days: int
) -> None:
    await services.sent()
    services.clock.advance(FIRST_CARD + timedelta(days=days))
    services.messenger.faults.fail("redraw", error)
    await services.redraw()
    services.clock.advance(hours=1)
    assert await services.redraw() == IDLE
    assert services.messenger.redrawn == []


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (TryLater("502"), timedelta(seconds=10)),
        (TryLater("rate limited", timedelta(seconds=33)), timedelta(seconds=33)),
        (Unexplained("400 999999"), timedelta(minutes=10)),
        (RuntimeError("unheard of"), timedelta(seconds=10)),
    ],
    ids=["trouble", "rate limit", "unexplained", "unlisted"],
)
async def test_a_redraw_that_fails_is_tried_later(services: Services, error: Exception, pause: timedelta) -> None:
    await services.sent()
    services.clock.advance(FIRST_CARD)
    services.messenger.faults.fail("redraw", error)
    await services.redraw()
    assert await services.redraw() == pause
    services.clock.advance(pause)
    await services.redraw()
    assert len(services.messenger.redrawn) == 1
    assert await services.redraw() == IDLE


async def test_a_restart_redraws_what_was_not_drawn(services: Services) -> None:
    await services.sent()
    services.clock.advance(FIRST_CARD)
    held = services.messenger.faults.hold("redraw", before=True)
    await services.cards.step()
    await held.reached.wait()
    services = await services.killed()
    await services.redraw()
    assert len(services.messenger.redrawn) == 1


@pytest.mark.parametrize(("said", "waits"), [(2, 60), (600, 600)])
async def test_a_card_whose_edits_are_limited_waits_long_enough(services: Services, said: int, waits: int) -> None:
    record = await services.order()
    services.clock.advance(FIRST_CARD)
    services.messenger.faults.fail("redraw", EditsLimited("429 30046", timedelta(seconds=said)))
    await services.redraw()
    assert await services.redraw() == timedelta(seconds=waits)
    services.clock.advance(seconds=waits)
    await services.redraw()
    assert [drawn.order.id for drawn in services.messenger.redrawn] == [record.order.id]
