"""Places on cards, who is banned, what a cancellation weighs, and which models a server offers."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.ids import ChannelId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import TYPICAL, Scope, worth_telling
from bot.domain.records.guild_log import ActKind
from bot.services.policy import TIMING
from tests.fakes.orders import image_request, video_request
from tests.services.kit import (
    GUILD,
    HERE,
    MEMBER,
    MODERATOR,
    OTHER_GUILD,
    OTHER_MEMBER,
    PRICE,
    Services,
    priced,
    refused,
)
from tests.services.test_wallet import ordered


@pytest.mark.parametrize(
    ("shown", "now", "told"),
    [(1, 1, False), (2, 1, True), (4, 3, True), (40, 39, False), (40, 30, True), (5, 4, True), (3, 9, True)],
)
def test_near_the_head_each_step_counts_and_further_back_a_quarter(shown: int, now: int, *, told: bool) -> None:
    assert worth_telling(shown, now) is told


async def waiting(services: Services, count: int) -> list[OrderRecord]:
    """One order that is admitted, and `count` that wait behind it."""
    await services.rules(running=1)
    return [await ordered(services) for _ in range(count + 1)]


async def drawn(services: Services) -> list[str]:
    """Whose cards are drawn at the next look, and what they show."""
    services.messenger.redrawn.clear()
    await services.queue_cards.step()
    services.clock.advance(timedelta(seconds=20))
    await services.redraw()
    return [record.order.id for record in services.messenger.redrawn]


async def test_a_card_is_drawn_when_its_place_changes_and_not_otherwise(services: Services) -> None:
    first, second, third = await waiting(services, 2)
    services.clock.advance(timedelta(seconds=20))
    await services.redraw()
    for each in (first, second, third):
        services.order_service.card_shown(await services.record(each))
    assert await drawn(services) == [], "they were drawn a moment ago"
    assert set(await drawn(services)) == {second.order.id, third.order.id}, "much may have changed since"
    assert await drawn(services) == []
    await services.queue_service.move(third.order.id, GUILD, 1, MODERATOR)
    assert set(await drawn(services)) == {second.order.id, third.order.id}
    places = {r.order.id: r.place.ahead for r in services.messenger.redrawn if r.place is not None}
    assert places == {third.order.id: 0, second.order.id: 1}
    assert await drawn(services) == []
    await services.queue_service.pause(GUILD, MODERATOR)
    assert {first.order.id, second.order.id, third.order.id} <= {*await drawn(services), first.order.id}
    assert all(r.place is not None and r.place.paused for r in services.messenger.redrawn)


async def test_a_pause_between_the_first_card_and_the_first_look_is_told(services: Services) -> None:
    first, second = await waiting(services, 1)
    for each in (first, second):
        services.order_service.card_shown(await services.record(each))
    await services.queue_service.pause(GUILD, MODERATOR)
    await drawn(services)
    services.clock.advance(TIMING.queue_positions)
    assert second.order.id in await drawn(services)
    [place] = [record.place for record in services.messenger.redrawn if record.order.id == second.order.id]
    assert place is not None
    assert place.paused


async def test_a_new_process_draws_what_waits_once(services: Services) -> None:
    records = await waiting(services, 2)
    services.clock.advance(TIMING.queue_positions * 2)
    await services.redraw()
    again = await services.killed()
    assert set(await drawn(again)) == {record.order.id for record in records[1:]}
    assert await drawn(again) == []


async def test_the_places_of_two_guilds_are_counted_apart(services: Services) -> None:
    await waiting(services, 2)
    await services.rules(OTHER_GUILD, running=1)
    for _ in range(2):
        await services.order(guild=OTHER_GUILD)
    found = await services.queues.waiting()
    assert sorted((each.guild_id, each.place) for each in found) == [(GUILD, 1), (GUILD, 2), (OTHER_GUILD, 1)]


async def test_what_a_cancellation_weighs(services: Services) -> None:
    await services.rules(running=2)
    at_oxen = await services.order_service.submit(priced(count=2), HERE)
    await services.send()
    other = replace(HERE, requester_id=OTHER_MEMBER, channel_id=ChannelId(10))
    unpriced = await services.order_service.submit(priced(count=2, price=None), other)
    everything = await services.queue_service.weigh(GUILD, Scope())
    assert (everything.orders, everything.generations, everything.unsent) == (2, 4, 2)
    assert (everything.unpriced, everything.reserved) == (2, 2 * PRICE + 2 * 5)
    assert (await services.queue_service.weigh(GUILD, Scope(member=MEMBER))).generations == 2
    assert (await services.queue_service.weigh(GUILD, Scope(channel=ChannelId(10)))).reserved == 10
    assert (await services.queue_service.weigh(GUILD, Scope(order=unpriced.order.id))).orders == 1
    assert (await services.queue_service.weigh(OTHER_GUILD, Scope(order=at_oxen.order.id))).orders == 0
    assert await services.queue_service.cancel(GUILD, MODERATOR, Scope(member=MEMBER)) == 2
    assert (await services.queue_service.weigh(GUILD, Scope(member=MEMBER))).generations == 0, (
        "what is being cancelled counts no more"
    )


async def test_a_ban_is_in_force_at_once_and_in_the_audit_log(services: Services) -> None:
    moderation_service = services.moderation_service
    await moderation_service.ban(GUILD, MEMBER, MODERATOR)
    assert await refused(services.order_service.submit(priced(), HERE)) == "banned"
    assert await refused(moderation_service.ban(GUILD, MEMBER, MODERATOR)) == "ban-already"
    assert await refused(moderation_service.ban(GUILD, MODERATOR, MODERATOR)) == "ban-self"
    assert await refused(moderation_service.unban(OTHER_GUILD, MEMBER, MODERATOR)) == "ban-none"
    await moderation_service.unban(GUILD, MEMBER, MODERATOR)
    assert isinstance(await services.order_service.submit(priced(), HERE), OrderRecord)
    acts = await services.audit.page(GUILD, below=None, limit=10)
    assert [(each.act.kind, each.act.subject, each.act.after) for each in acts] == [
        (ActKind.RULES_CHANGED, "banned", "[]"),
        (ActKind.RULES_CHANGED, "banned", f"[{MEMBER}]"),
    ]


async def test_no_more_are_banned_than_the_rules_hold(services: Services) -> None:
    await services.rules(banned=frozenset(UserId(n) for n in range(1000, 2000)))
    assert await refused(services.moderation_service.ban(GUILD, MEMBER, MODERATOR)) == "ban-many"


async def test_the_rules_in_memory_follow_each_change_and_a_restart(services: Services) -> None:
    assert services.engine.policy_service.known(GUILD).confirm_above is None
    await services.rules(confirm_above=Decimal(1))
    assert services.engine.policy_service.known(GUILD).confirm_above == 1
    again = await services.killed()
    await again.policies.load()
    assert again.engine.policy_service.known(GUILD) == await again.policies.get(GUILD)
    assert again.engine.policy_service.known(OTHER_GUILD).confirm_above is None


async def test_only_what_a_server_offers_is_offered_and_taken_by_itself(services: Services) -> None:
    await services.catalogue_cache.step()
    models = list(services.catalogue_cache.require())
    named, restricted = models[0], models[1]
    await services.rules(models=frozenset({named.id, restricted.id}), restricted_models=frozenset({restricted.id}))
    offered = services.queue_service.offered(HERE)
    assert [model.id for model in models if offered(model)] == [named.id]
    at_night = services.queue_service.offered(replace(HERE, age_restricted=True))
    assert {model.id for model in models if at_night(model)} == {named.id, restricted.id}


async def test_a_comparison_is_expected_with_the_slowest_of_its_models(services: Services) -> None:
    record = await services.order_service.submit(image_request(), HERE, others=[video_request()])
    assert isinstance(record, OrderRecord)
    await services.send()
    placed = await services.queue_service.placed(await services.record(record))
    assert placed.place is not None
    assert placed.place.estimate == TYPICAL[MediaKind.VIDEO] != TYPICAL[MediaKind.IMAGE]
