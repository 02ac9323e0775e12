"""A card shows what the rows know: redrawn when it is behind, not more often than that."""

from datetime import timedelta

import pytest

from bot.domain.ids import ChannelId
from bot.domain.messenger import TryLater, Undeliverable, Unexplained
from bot.domain.orders.order import RequestContext
from bot.services.supervision import IDLE
from bot.store.orders.orders import CARD_PAUSE, FIRST_CARD
from tests.fakes.orders import video_request
from tests.services.bench import GUILD, MEMBER, Bench, S


async def test_the_first_card_is_the_commands_unless_it_never_comes(bench: Bench) -> None:
    record = await bench.order()
    assert await bench.redraw() == FIRST_CARD
    assert bench.messenger.redrawn == []
    bench.clock.advance(FIRST_CARD)
    await bench.redraw()
    assert [drawn.order.id for drawn in bench.messenger.redrawn] == [record.order.id]
    assert await bench.redraw() == IDLE


async def test_a_card_that_shows_everything_is_left_alone(bench: Bench) -> None:
    record = await bench.order()
    await bench.ordering.card_shown(record)
    bench.clock.advance(hours=1)
    assert await bench.redraw() == IDLE
    assert bench.messenger.redrawn == []


async def test_a_card_that_is_behind_is_redrawn(bench: Bench) -> None:
    record = await bench.order()
    await bench.ordering.card_shown(record)
    bench.clock.advance(CARD_PAUSE)
    await bench.send()
    wakes = bench.wakes
    await bench.redraw()
    (drawn,) = bench.messenger.redrawn
    assert [g.state for g in drawn.generations] == [S.QUEUED]
    assert bench.wakes > wakes
    assert await bench.redraw() == IDLE


async def test_changes_that_come_thick_are_one_redraw(bench: Bench) -> None:
    record = await bench.order(video_request(count=4))
    await bench.ordering.card_shown(record)
    await bench.send()
    for remote_id in await bench.remote_ids(record):
        bench.oxen.start(remote_id)
    await bench.poll()
    await bench.redraw()
    (drawn,) = bench.messenger.redrawn
    assert [g.state for g in drawn.generations] == [S.PROCESSING] * 4
    for remote_id in await bench.remote_ids(record):
        bench.oxen.finish(remote_id)
        bench.tracking.stream(up=True)  # asks for a list now
        await bench.tracking.step()
        await bench.redraw()
    assert len(bench.messenger.redrawn) == 1  # the last edit is less than a second old
    bench.clock.advance(CARD_PAUSE)
    await bench.redraw()
    assert len(bench.messenger.redrawn) == 2
    assert [g.state for g in bench.messenger.redrawn[-1].generations] == [S.SUCCEEDED] * 4


async def test_what_changes_during_a_redraw_is_drawn_next(bench: Bench) -> None:
    record = await bench.sent()
    bench.clock.advance(FIRST_CARD)
    held = bench.messenger.faults.hold("redraw")
    await bench.cards.step()
    await held.reached.wait()
    bench.oxen.start(await bench.remote_id(record))
    await bench.poll()
    await bench.cards.step()  # the card is in hand
    assert len(bench.messenger.redrawn) == 1
    held.release.set()
    await bench.cards.pool.drain()
    bench.clock.advance(CARD_PAUSE)
    await bench.redraw()
    assert [drawn.generations[0].state for drawn in bench.messenger.redrawn] == [S.QUEUED, S.PROCESSING]


async def test_a_card_that_is_gone_is_no_loop(bench: Bench) -> None:
    await bench.sent()
    bench.clock.advance(FIRST_CARD)
    bench.messenger.faults.fail("redraw", Undeliverable("404 10008: Unknown Message"))
    await bench.redraw()
    assert await bench.redraw() == IDLE
    bench.clock.advance(hours=1)
    assert await bench.redraw() == IDLE
    assert bench.messenger.redrawn == []


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
async def test_a_redraw_that_fails_is_tried_later(bench: Bench, error: Exception, pause: timedelta) -> None:
    await bench.sent()
    bench.clock.advance(FIRST_CARD)
    bench.messenger.faults.fail("redraw", error)
    await bench.redraw()
    assert await bench.redraw() == pause
    bench.clock.advance(pause)
    await bench.redraw()
    assert len(bench.messenger.redrawn) == 1
    assert await bench.redraw() == IDLE


async def test_a_card_that_is_refused_for_reasons_unknown_is_given_up_at_last(bench: Bench) -> None:
    await bench.sent()
    bench.clock.advance(days=2)
    bench.messenger.faults.fail("redraw", Unexplained("400 999999"))
    await bench.redraw()
    assert await bench.redraw() == IDLE


async def test_an_order_without_a_card_needs_none(bench: Bench) -> None:
    context = RequestContext(guild_id=GUILD, channel_id=ChannelId(9), requester_id=MEMBER, locale="fr")
    await bench.ordering.submit(video_request(), context)
    bench.clock.advance(hours=1)
    assert await bench.redraw() == IDLE


async def test_a_restart_redraws_what_was_not_drawn(bench: Bench) -> None:
    await bench.sent()
    bench.clock.advance(FIRST_CARD)
    held = bench.messenger.faults.hold("redraw", before=True)
    await bench.cards.step()
    await held.reached.wait()
    bench = await bench.killed()
    await bench.redraw()
    assert len(bench.messenger.redrawn) == 1
