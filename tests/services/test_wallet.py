"""The guild's money and its queue, through the services: prices first, limits at once, turns, and moderators' acts."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.chat.settings.views import notice_text
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, OrderId, RoleId, UserId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.estimate import UNKNOWN_SECONDS, Estimate, EstimateSource
from bot.domain.orders.order import (
    CONFIRMATION_LIFETIME,
    ConfirmationState,
    OrderRecord,
    PendingConfirmation,
    ValidatedRequest,
)
from bot.domain.orders.payer import Payer, Unbilled
from bot.domain.orders.waiting import TYPICAL, Forecast, Scope
from bot.domain.provider import Unavailable
from bot.domain.records.guild_log import ActKind
from bot.domain.rules.policy import Allowance, Unpriced
from bot.services.queue.queue_service import BACK, FRONT
from bot.services.wallet.billing import BillingPolicy
from bot.services.wallet.costs import DAILY
from bot.settings import LOCALES
from bot.texts import Translations
from tests.fakes.orders import at, video_request
from tests.fakes.oxen import COST, small_catalogue
from tests.services.kit import (
    BROWSE,
    GUILD,
    HERE,
    MEMBER,
    MODERATOR,
    OTHER_GUILD,
    OTHER_MEMBER,
    PRICE,
    S,
    Services,
    priced,
    refused,
)
from tests.store.kit import Balance, balance_of


async def ordered(services: Services, by: UserId = MEMBER) -> OrderRecord:
    """A second after the one before: of one moment's orders none is the first."""
    services.clock.advance(timedelta(seconds=1))
    return await services.order(by=by)


def ids(records: list[tuple[int, OrderRecord]]) -> list[OrderId]:
    return [record.order.id for _, record in records]


# The price first.


async def test_above_the_threshold_an_order_waits_and_costs_nothing(services: Services) -> None:
    await services.rules(confirm_above=Decimal("0.40"))
    confirmation = await services.pending()
    assert (confirmation.total, confirmation.lapses_at) == (at(PRICE), services.clock.now() + CONFIRMATION_LIFETIME)
    assert await services.engine.rows.confirmations.get(confirmation.order.id) == confirmation
    assert await services.orders.get(confirmation.order.id) is None
    assert (await balance_of(services.db, GUILD)).reserved == 0
    assert isinstance(await services.order_service.submit(priced(price=Decimal("0.40")), HERE), OrderRecord)


async def test_a_yes_makes_it_an_order_once_however_often_it_is_pressed(services: Services) -> None:
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending(priced(count=2))
    presses = [services.order_service.confirm(confirmation.order.id, HERE) for _ in range(4)]
    records = await asyncio.gather(*presses)
    assert {r.order.id for r in records if isinstance(r, OrderRecord)} == {confirmation.order.id}
    assert len(await services.orders.queue(GUILD)) == 1
    assert (await balance_of(services.db, GUILD)).reserved == 2 * PRICE
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.CONFIRMED


async def test_only_the_requester_says_yes_or_no(services: Services) -> None:
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending()
    order_id = confirmation.order.id
    other = replace(HERE, requester_id=OTHER_MEMBER)
    assert await refused(services.order_service.confirm(order_id, other)) == "confirmation-not-yours"
    assert (
        await refused(services.order_service.withdraw(order_id, replace(HERE, requester_id=OTHER_MEMBER)))
        == "confirmation-not-yours"
    )
    assert (
        await refused(services.order_service.confirm(order_id, replace(HERE, guild_id=OTHER_GUILD)))
        == "confirmation-unknown"
    )
    await services.order_service.withdraw(order_id, HERE)
    await services.order_service.withdraw(order_id, HERE)
    assert await refused(services.order_service.confirm(order_id, HERE)) == "confirmation-withdrawn"


async def test_a_yes_is_to_that_price_and_to_todays_rules(services: Services) -> None:
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending()
    await services.rules(month_budget=Decimal("0.49"))
    assert await refused(services.order_service.confirm(confirmation.order.id, HERE)) == "limit-guild-month"
    await services.rules(month_budget=None, roles=frozenset({RoleId(5)}))
    assert await refused(services.order_service.confirm(confirmation.order.id, HERE)) == "role"
    assert isinstance(
        await services.order_service.confirm(confirmation.order.id, replace(HERE, roles=frozenset({RoleId(5)}))),
        OrderRecord,
    )


async def test_a_price_that_rose_is_told_again(services: Services) -> None:
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending(replace(video_request(duration=5), estimate=at(PRICE)))
    dearer = PRICE * 2
    services.oxen.models = small_catalogue(usd_per_second=float(dearer / 5))
    await services.catalogue_cache.step()
    services.clock.advance(timedelta(minutes=1))
    anew = await services.order_service.confirm(confirmation.order.id, HERE)
    assert isinstance(anew, PendingConfirmation)
    assert (anew.order.id, anew.before) == (confirmation.order.id, PRICE)
    assert anew.total is not None
    assert anew.total.usd == dearer
    assert anew.lapses_at == services.clock.now() + CONFIRMATION_LIFETIME
    record = await services.order_service.confirm(confirmation.order.id, HERE)
    assert isinstance(record, OrderRecord)
    assert record.order.request.total == anew.total


async def test_without_a_public_price_the_guild_decides(services: Services) -> None:
    await services.rules(unpriced=Unpriced.REFUSE)
    assert await refused(services.order_service.submit(priced(price=None), HERE)) == "price-unknown"
    await services.rules(unpriced=Unpriced.CEILING, ceiling_second=Decimal("0.10"))
    record = await services.order(priced(price=None))
    assert record.order.request.total == at(Decimal("0.10") * UNKNOWN_SECONDS, EstimateSource.CEILING)
    await services.rules(confirm_above=Decimal("0.99"))
    asked = await services.pending(priced(price=None))
    assert (asked.by_manager, asked.above) == (False, Decimal("0.99"))


# Limits.


async def test_changing_a_limit_acts_at_once_and_a_failure_gives_back(services: Services) -> None:
    await services.rules(day_budget=Decimal("0.50"))
    record = await services.order(priced())
    assert await refused(services.order_service.submit(priced(), HERE)) == "limit-guild-day"
    assert await refused(services.order_service.check(priced(), HERE)) == "limit-guild-day"
    await services.cancel(record)
    again = await services.order(priced())
    await services.rules(day_budget=Decimal(1))
    await services.order(priced())
    assert await refused(services.order_service.submit(priced(), HERE)) == "limit-guild-day"
    services.clock.advance(timedelta(days=1))
    await services.order(priced())
    assert (await services.record(again)).order.request.estimate == at(PRICE)


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2026-03-28T22:50:00+00:00", "2026-03-28T23:10:00+00:00"),  # the day of which the clocks leave out an hour
        ("2026-03-29T21:50:00+00:00", "2026-03-29T22:10:00+00:00"),  # its end
        ("2026-10-25T22:50:00+00:00", "2026-10-25T23:10:00+00:00"),  # the end of that which has one hour twice
    ],
)
async def test_a_day_ends_at_the_guilds_midnight(services: Services, last: str, first: str) -> None:
    await services.rules(time_zone=BERLIN, day_budget=PRICE)
    services.clock.jump(datetime.fromisoformat(last) - services.clock.now())
    await services.order(priced())
    with pytest.raises(Refusal) as refusal:
        await services.order_service.submit(priced(), HERE)
    midnight = datetime.fromisoformat(last) + timedelta(minutes=10)
    assert (refusal.value.key, refusal.value.values["resets"]) == ("limit-guild-day", str(int(midnight.timestamp())))
    services.clock.jump(datetime.fromisoformat(first) - services.clock.now())
    await services.order(priced())
    assert await refused(services.order_service.submit(priced(), HERE)) == "limit-guild-day"


async def test_a_month_ends_in_the_guilds_zone_and_what_fails_then_is_given_back_to_it(services: Services) -> None:
    """In UTC it is April already: in New York it is not."""
    await services.rules(time_zone="America/New_York", month_budget=2 * PRICE)
    services.clock.jump(datetime(2026, 4, 1, 3, 50, tzinfo=UTC) - services.clock.now())
    late = await services.sent(priced(count=2))
    assert await refused(services.order_service.submit(priced(), HERE)) == "limit-guild-month"
    services.clock.advance(timedelta(minutes=20))
    await services.order(priced())
    for remote_id in await services.remote_ids(late):
        services.oxen.fail(remote_id)
    await services.poll()
    await services.order(priced())
    assert await refused(services.order_service.submit(priced(), HERE)) == "limit-guild-month", (
        "March's refund is not April's"
    )
    assert (await balance_of(services.db, GUILD)).reserved == 2 * PRICE


async def test_many_orders_at_once_do_not_overspend(services: Services) -> None:
    await services.rules(month_budget=Decimal("1.60"))
    answers = await asyncio.gather(
        *(services.order_service.submit(priced(), HERE) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(answer, OrderRecord) for answer in answers) == 3
    assert (await balance_of(services.db, GUILD)).reserved == Decimal("1.50")


async def test_many_orders_at_once_do_not_use_up_more_than_the_trial(services: Services) -> None:
    billing_policy = BillingPolicy(unbilled=Unbilled.TRIAL, trial=Decimal("1.10"))
    guest = services.again(billing_policy=billing_policy)
    answers = await asyncio.gather(
        *(guest.order_service.submit(priced(), HERE) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(answer, OrderRecord) for answer in answers) == 2
    assert {answer.key for answer in answers if isinstance(answer, Refusal)} == {"trial-over"}
    assert await guest.billing.trial_left(GUILD) == Decimal("0.10")
    assert await refused(guest.order_service.submit(priced(price=None), HERE)) == "trial-over", "the ceiling counts"


async def test_budgets_are_told_once_per_share_and_only_the_highest(services: Services) -> None:
    await services.rules(month_budget=Decimal(2))
    notices = services.notices
    await services.order(priced())  # 0.50 of 2: 25 %
    assert await notices.open() == []
    await services.order(priced(count=2))  # 1.50 of 2: 75 %
    assert [key.key for key, _ in await notices.open()] == ["budget:month:2026-04:2:50"]
    record = await services.order(priced())  # all of it
    assert len(await notices.open()) == 2
    await services.cancel(record)
    await services.order(priced())
    opened = [key for key, _ in await notices.open()]
    assert [key.key for key in opened] == ["budget:month:2026-04:2:100", "budget:month:2026-04:2:50"]
    notice = await notices.claim(opened[0], services.clock.now())
    assert notice is not None
    assert (notice.kind, notice.values["share"], Decimal(notice.values["spent"])) == ("budget", 100, 2)


async def test_a_repeat_respects_limits_too(services: Services) -> None:
    record = await services.sent(priced())
    services.oxen.fail(await services.remote_id(record), "internal error")
    await services.poll()
    await services.rules(day_budget=Decimal("0.10"))
    again = services.order_service.repeat(record.order.id, HERE)
    assert await refused(again) in {"limit-guild-day", "limit-guild-month"}


# Turns.


def times(each: Forecast, fillings: int) -> Forecast:
    return Forecast(likely=each.likely * fillings, at_most=each.at_most * fillings)


async def test_members_take_turns(services: Services) -> None:
    await services.rules(running=1)
    many = [await ordered(services) for _ in range(5)]
    one = await ordered(services, OTHER_MEMBER)
    queue = ids(await services.order_service.queue(GUILD))
    assert queue == [r.order.id for r in (many[0], many[1], one, *many[2:])]
    await services.send()
    assert services.oxen.count("enqueue") == 1
    place = await services.queue_service.place(GUILD, one.order.id)
    assert place is not None
    assert (place.admitted, place.ahead, place.estimate) == (False, 1, times(TYPICAL[MediaKind.VIDEO], 3))
    assert await services.queue_service.place(OTHER_GUILD, one.order.id) is None


async def test_what_ends_makes_room_for_the_next(services: Services) -> None:
    await services.rules(running=2)
    first, second, third = [await services.order(by=UserId(n)) for n in (1, 2, 3)]
    await services.send()
    assert await services.states(third) == [S.INTENDED]
    services.oxen.finish(await services.remote_id(first))
    await services.poll()
    await services.send()
    assert await services.states(third) == [S.QUEUED]
    assert await services.states(second) == [S.QUEUED]


async def test_waiting_long_in_the_queue_is_no_reason_to_give_up_at_the_first_trouble(services: Services) -> None:
    await services.rules(paused=True)
    record = await services.order()
    services.clock.advance(timedelta(hours=3))
    await services.queue_service.resume(GUILD, MODERATOR)
    services.oxen.faults.fail("enqueue", Unavailable("no route"))
    await services.send()
    assert await services.states(record) == [S.INTENDED]


async def test_a_pause_stops_sending_and_a_drain_accepting(services: Services) -> None:
    before = await services.order()
    await services.queue_service.pause(GUILD, MODERATOR)
    after = await services.order()
    await services.send()
    assert services.oxen.count("enqueue") == 0
    await services.queue_service.drain(GUILD, MODERATOR)
    assert await refused(services.order_service.submit(video_request(), HERE)) == "queue-drained"
    await services.queue_service.resume(GUILD, MODERATOR)
    await services.send()
    assert [await services.states(r) for r in (before, after)] == [[S.QUEUED], [S.QUEUED]]
    acts = [record.act.kind for record in await services.audit.page(GUILD)]
    assert acts == [ActKind.RESUMED, ActKind.RESUMED, ActKind.DRAINED, ActKind.PAUSED]


async def test_moderators_put_orders_where_they_want(services: Services) -> None:
    await services.rules(paused=True, acts_told=True)
    a, b, c, d = [(await ordered(services, UserId(n))).order.id for n in (1, 2, 3, 4)]

    async def moved(order_id: OrderId, to: int) -> list[OrderId]:
        await services.queue_service.move(order_id, GUILD, to, MODERATOR)
        return ids(await services.order_service.queue(GUILD))

    assert await moved(c, FRONT) == [c, a, b, d]
    assert await moved(a, BACK) == [c, b, d, a]
    assert await moved(a, 2) == [c, a, b, d]
    assert await moved(a, 2) == [c, a, b, d]
    assert await moved(d, FRONT) == [d, c, a, b]
    assert await moved(d, 3) == [c, a, d, b]
    assert await refused(services.queue_service.move(OrderId("nobody"), GUILD, 1, MODERATOR)) == "not-waiting"
    assert await refused(services.queue_service.move(a, OTHER_GUILD, 1, MODERATOR)) == "not-waiting"
    act = (await services.audit.page(GUILD, limit=1))[0].act
    assert (act.kind, act.by, act.subject, act.before, act.after) == (ActKind.MOVED, MODERATOR, d, "1", "3")
    assert len(await services.notices.open()) >= 6


@pytest.mark.parametrize(
    ("scope", "ended", "kind"),
    [
        (Scope(member=OTHER_MEMBER), 1, ActKind.CANCELLED_MEMBER),
        (Scope(channel=ChannelId(9)), 3, ActKind.CANCELLED_CHANNEL),
        (Scope(channel=ChannelId(10)), 0, ActKind.CANCELLED_CHANNEL),
        (Scope(), 3, ActKind.CANCELLED_ALL),
    ],
)
async def test_moderators_cancel_by_member_channel_and_everything(
    services: Services, scope: Scope, ended: int, kind: ActKind
) -> None:
    await services.rules(paused=True)
    for by in (MEMBER, MEMBER, OTHER_MEMBER):
        await services.order(by=by)
    elsewhere = await services.order(guild=OTHER_GUILD)
    assert await services.queue_service.cancel(GUILD, MODERATOR, scope) == ended
    assert len(await services.order_service.queue(GUILD)) == 3 - ended
    assert await services.states(elsewhere) == [S.INTENDED]
    assert (await services.audit.page(GUILD))[0].act.kind is kind


async def test_how_long_it_takes_is_told_from_the_guilds_own_history(services: Services) -> None:
    for minutes in (1, 2, 3):
        record = await services.sent()
        services.clock.advance(timedelta(minutes=minutes))
        services.oxen.finish(await services.remote_id(record))
        await services.settler.look((await services.rows(record))[0])
    await services.rules(running=1)
    first, second = await services.order(), await services.order(by=OTHER_MEMBER)
    now, then = (
        await services.queue_service.place(GUILD, first.order.id),
        await services.queue_service.place(GUILD, second.order.id),
    )
    assert now is not None
    assert then is not None
    assert now.estimate is not None
    assert then.estimate is not None
    assert (now.estimate.likely, now.estimate.at_most) == (timedelta(minutes=2), timedelta(minutes=3))
    assert then.estimate.likely == timedelta(minutes=4)


async def test_how_long_it_takes_is_told_by_what_drives_the_time_and_before_anybody_knows_by_the_provider(
    services: Services,
) -> None:
    def lasting(drivers: str) -> ValidatedRequest:
        return replace(video_request(), estimate=Estimate.of_price(PRICE, EstimateSource.LISTED, drivers))

    async def expected(drivers: str, guild: GuildId = GUILD) -> Forecast:
        services.clock.advance(timedelta(minutes=2))  # what was found out is old
        record = await services.order(lasting(drivers), guild)
        await services.cancel(record)
        return await services.queue_service.forecast(record.order)

    assert await expected("5 s") == TYPICAL[MediaKind.VIDEO]
    for drivers, minutes in (("5 s", 1), ("10 s", 4)):
        for _ in range(3):
            record = await services.sent(lasting(drivers))
            services.clock.advance(timedelta(minutes=minutes))
            services.oxen.finish(await services.remote_id(record))
            await services.settler.look((await services.rows(record))[0])
    for guild in (GUILD, OTHER_GUILD):
        for drivers, likely, at_most in (("5 s", 1, 1), ("10 s", 4, 4), ("15 s", 1, 4)):
            told = await expected(drivers, guild)
            assert (told.likely, told.at_most) == (timedelta(minutes=likely), timedelta(minutes=at_most))


async def test_a_member_has_only_so_many_orders_under_way(services: Services) -> None:
    await services.rules(everyone=Allowance(in_flight=1, per_day=2))
    record = await services.order()
    assert await refused(services.order_service.submit(video_request(), HERE)) == "limit-in-flight"
    await services.cancel(record)
    await services.cancel(await services.order())
    assert await refused(services.order_service.submit(video_request(), HERE)) == "limit-per-day"


# The provider's books.


@BROWSE
async def test_a_failure_that_was_charged_all_the_same_is_the_operators_to_claim(
    services: Services,
) -> None:
    """The guild is given its money back; what the provider took shows in its books, and is told as a difference."""
    ledger, comparing = services.ledger, services.ledger_comparer
    made, failed = await services.sent(priced(price=COST)), await services.sent(priced(price=COST))
    services.oxen.finish(await services.remote_id(made))
    services.oxen.fail(await services.remote_id(failed), "internal error")
    await services.poll()
    await ledger.settle_cost((await services.rows(made))[0].id, COST, services.clock.now())
    await ledger.settle_cost((await services.rows(failed))[0].id, COST, services.clock.now())
    assert await balance_of(services.db, GUILD) == Balance(spent=COST, reserved=Decimal(0))
    services.oxen.charges_failures = True
    services.clock.advance(DAILY)
    await comparing.step()
    assert list(comparing.drift.values()) == [COST]


@BROWSE
async def test_what_the_providers_books_show_above_ours_is_told_once(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, comparing = services.ledger, services.ledger_comparer
    record = await services.made(priced(price=COST))
    await comparing.step()
    assert comparing.drift == {}, "its price is not told yet"
    await ledger.settle_cost((await services.rows(record))[0].id, COST, services.clock.now())
    services.clock.advance(DAILY)
    await comparing.step()
    assert list(comparing.drift.values()) == [0]
    orphan = await services.oxen.enqueue(video_request(), 1, None)
    services.oxen.finish(orphan[0])
    await comparing.step()
    assert list(comparing.drift.values()) == [0], "once a day"
    for _ in range(2):
        services.clock.advance(DAILY)
        await comparing.step()
    assert list(comparing.drift.values()) == [COST]
    told = [r for r in caplog.records if r.message == "ledger and provider differ"]
    assert [r.__dict__["change"] for r in told] == [str(COST)]


@BROWSE
async def test_a_difference_is_explained_by_the_orders_that_can_be_behind_it(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """The server that pays reads it, in both languages; not at the first comparison, and not when none of them can."""
    ledger, comparing = services.ledger, services.ledger_comparer
    await services.pays(GUILD, "film-club")
    await comparing.step()
    namespace = Payer(namespace="film-club")
    assert comparing.drift == {namespace: 0}, "asked before anything was ordered"
    services.clock.advance(DAILY)
    stranger = await services.oxen.enqueue(video_request(), 1, "film-club")
    services.oxen.finish(stranger[0])
    await comparing.step()
    assert comparing.drift == {namespace: COST}
    assert await services.notices.open() == [], "somebody else's"
    services.clock.advance(DAILY / 2)
    made, failed = await services.sent(priced(price=COST)), await services.sent(priced(price=COST))
    services.oxen.finish(await services.remote_id(made))
    services.oxen.fail(await services.remote_id(failed), "internal error")
    await services.poll()
    await ledger.settle_cost((await services.rows(made))[0].id, COST, services.clock.now())
    running = await services.sent(priced(price=COST))
    services.oxen.charges_failures = True
    services.clock.advance(DAILY / 2)
    await comparing.step()
    [(key, _)] = await services.notices.open()
    notice = await services.notices.claim(key, services.clock.now())
    assert notice is not None
    said = notice_text(notice, Translations(LOCALES).of("en-US"))
    assert f"has moved ${COST} above my books" in said
    assert f"one output that is being made (${COST})" in said
    assert f"one failed output that may have been charged all the same (${COST})" in said
    assert "unclear (" not in said
    assert "ein Fehlschlag, der trotzdem berechnet sein kann" in notice_text(notice, Translations(LOCALES).of("de"))
    told = [r.__dict__["behind"] for r in caplog.records if r.message == "ledger and provider differ"]
    assert told == [{}, {"running": (1, str(COST)), "failed": (1, str(COST))}]
    await services.cancel(running)


@BROWSE
async def test_a_payer_with_prices_that_are_not_told_is_compared_an_hour_later_and_at_last_with_them(
    services: Services,
) -> None:
    comparing = services.ledger_comparer
    await services.made(priced(price=COST + 1))
    await comparing.step()
    for _ in range(3):
        assert comparing.drift == {}
        services.clock.advance(timedelta(hours=1))
        await comparing.step()
    assert list(comparing.drift.values()) == [-1]


# A pending confirmation lapses: the card first, then the row; a crash loses nothing, and there is no storm.

SECOND = timedelta(seconds=1)


async def due(services: Services) -> PendingConfirmation:
    """A pending confirmation whose time is up."""
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending()
    services.clock.advance(CONFIRMATION_LIFETIME)
    return confirmation


async def test_the_card_says_so_and_then_the_row(services: Services) -> None:
    confirmation = await due(services)
    assert await refused(services.order_service.confirm(confirmation.order.id, HERE)) == "confirmation-lapsed"
    await services.lapse()
    [drawn] = services.messenger.confirmations_redrawn
    assert (drawn.order.id, drawn.state) == (confirmation.order.id, ConfirmationState.LAPSED)
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED
    await services.lapse()
    assert len(services.messenger.confirmations_redrawn) == 1
    for answer in (
        services.order_service.confirm(confirmation.order.id, HERE),
        services.order_service.withdraw(confirmation.order.id, HERE),
    ):
        assert await refused(answer) == "confirmation-lapsed"
    services.clock.advance(timedelta(days=2))
    await services.lapse()
    assert await services.engine.rows.confirmations.get(confirmation.order.id) is None, "the prompt is not kept"


async def test_nothing_is_drawn_before_its_time_nor_of_what_was_confirmed(services: Services) -> None:
    await services.rules(confirm_above=Decimal(0))
    confirmation = await services.pending()
    services.clock.advance(CONFIRMATION_LIFETIME - SECOND)
    assert await services.lapse() == SECOND
    assert isinstance(await services.order_service.confirm(confirmation.order.id, HERE), OrderRecord)
    services.clock.advance(CONFIRMATION_LIFETIME)
    await services.lapse()
    assert services.messenger.confirmations_redrawn == []
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.CONFIRMED


async def test_a_process_that_dies_after_the_card_draws_it_again_and_harms_nobody(services: Services) -> None:
    confirmation = await due(services)
    services.messenger.faults.fail("redraw_draft", TryLater("502"), after=True)
    await services.lapse()
    again = await services.killed()
    await again.lapse()
    assert len(services.messenger.confirmations_redrawn) == 2
    assert await again.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED


async def test_a_card_that_is_gone_needs_no_word(services: Services) -> None:
    confirmation = await due(services)
    services.messenger.faults.fail("redraw_draft", Undeliverable("404 10008"))
    await services.lapse()
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED


async def test_one_that_cannot_be_drawn_now_waits_as_long_as_it_was_told_and_holds_up_nobody(
    services: Services,
) -> None:
    confirmation = await due(services)
    services.messenger.faults.fail("redraw_draft", TryLater("429", timedelta(seconds=30)))
    await services.lapse()
    assert await services.lapse() == timedelta(seconds=30)
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.OPEN
    other = await services.pending()
    services.clock.advance(timedelta(seconds=30))
    await services.lapse()
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED
    services.clock.advance(CONFIRMATION_LIFETIME)
    await services.lapse()
    assert await services.confirmation_state(other.order.id) is ConfirmationState.LAPSED


async def test_after_ten_minutes_nobody_tries_any_more(services: Services) -> None:
    confirmation = await due(services)
    for _ in range(100):
        services.messenger.faults.fail("redraw_draft", TryLater("500"))
        await services.lapse()
        if await services.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED:
            break
        services.clock.advance(timedelta(seconds=10))
    assert await services.confirmation_state(confirmation.order.id) is ConfirmationState.LAPSED
    assert services.clock.now() - confirmation.lapses_at == timedelta(minutes=10)
    assert services.messenger.confirmations_redrawn == []
