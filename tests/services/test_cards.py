"""A card shows what the rows know: redrawn when it is behind, not more often than that."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.domain.messenger import CardToken, EditsLimited, TryLater, Undeliverable, Unexplained
from bot.domain.orders.order import OrderRecord
from bot.services.policy import TIMING
from bot.services.supervision import IDLE
from bot.store.orders.orders import FIRST_CARD
from tests.fakes.orders import image_request, video_request
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


async def test_what_another_process_settles_is_drawn_with_its_message(services: Services) -> None:
    """The end and the message are one edit; where nobody tells the channel, the end is shown two seconds later."""
    shows = services.again()
    for told in (True, False):
        record = await services.order()
        services.order_service.card_shown(record)
        services.clock.advance(TIMING.card)
        await services.send()
        services.oxen.finish(await services.remote_id(record))
        await services.poll()
        services.messenger.redrawn.clear()
        await shows.redraw()
        assert services.messenger.redrawn == []
        if told:
            await shows.deliver()
        else:
            services.clock.advance(TIMING.card_cost)
        await shows.redraw()
        (drawn,) = services.messenger.redrawn
        assert bool(drawn.told) is told


async def test_many_cards_of_which_the_rows_were_not_told_hold_up_no_other(services: Services) -> None:
    for _ in range(110):  # more than are read at once
        await services.order()
    services.clock.advance(FIRST_CARD)
    for _ in range(40):  # four at a time
        await services.redraw()
    assert len({drawn.order.id for drawn in services.messenger.redrawn}) == 110


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


# What is being made has a bar.


async def bars(services: Services, seconds: float) -> list[float]:
    """When a card was drawn for its bar alone within so many seconds, in seconds from now."""
    began, at = services.clock.now(), list[float]()
    while (since := (services.clock.now() - began).total_seconds()) < seconds:
        before = len(services.messenger.redrawn)
        rest = await services.cards.move_bars()
        await services.cards.pool.drain()
        at += [since] * (len(services.messenger.redrawn) - before)
        services.clock.advance(rest)
    return at


async def under_way(services: Services, count: int = 1) -> list[OrderRecord]:
    """Orders whose cards show that they are at the provider, each drawn by a token."""
    records = [await services.sent() for _ in range(count)]
    for record in records:
        assert record.order.context.card_message_id is not None
        services.background.card_editor.hold(record.order.context.card_message_id, CardToken(secret="secret"))
    services.clock.advance(FIRST_CARD)
    for _ in range(0, count, 4):
        await services.redraw()
    assert {r.order.id for r in records} <= {r.order.id for r in services.messenger.redrawn}
    return records


async def test_a_bar_moves_a_step_at_a_time_until_it_cannot_any_more(services: Services) -> None:
    """A video usually takes three minutes, and 15 at most: ten steps, and one for being late."""
    [record] = await under_way(services)
    assert [round(at) for at in await bars(services, 800)] == [10, *range(26, 171, 18)]
    assert all(token is not None for token in services.messenger.tokens)
    assert [round(at) for at in await bars(services, 300)] == [90]
    assert services.messenger.tokens[-1] is None  # a quarter of an hour is over
    assert await bars(services, 3600) == []
    services.oxen.finish(await services.remote_id(record))
    await services.poll()
    assert await bars(services, 3600) == []


async def test_a_bar_moves_at_most_every_ten_seconds_and_by_the_bots_own_token_every_five_minutes(
    services: Services,
) -> None:
    await services.sent(image_request())
    services.clock.advance(FIRST_CARD)
    await services.redraw()
    assert await bars(services, 600) == [300]
    await under_way(services)
    assert min(b - a for a, b in pairwise(await bars(services, 170))) >= TIMING.progress.total_seconds()


async def test_bars_wait_for_what_is_new_and_are_ten_a_second_at_most(services: Services) -> None:
    await under_way(services, 30)
    at = await bars(services, 14)
    assert len(at) == 30
    assert all(sum(1 for other in at if one <= other < one + 0.95) <= 10 for one in at)


async def test_a_bar_that_cannot_be_drawn_is_no_trouble(services: Services) -> None:
    await under_way(services)
    services.messenger.faults.fail("redraw", Undeliverable("404 10008: Unknown Message"))
    assert len(await bars(services, 40)) == 1
