"""What an order is estimated to cost, and what of that binds: sources, agreement, charges above, unclear money."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.estimate import ABSURD, Estimate, EstimateSource
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import (
    AGREEMENT_LIFETIME,
    ConfirmationState,
    GenerationRequest,
    OrderRecord,
    PendingConfirmation,
)
from bot.domain.records.guild_log import ActKind
from bot.domain.rules.policy import Unpriced
from bot.domain.rules.prices import PriceList, SetPrice, read_prices
from bot.services.tracking.settler import MISSING_FOR
from bot.services.wallet.costs import DAILY
from tests.fakes.orders import PROMPT, at, video_request
from tests.fakes.oxen import VIDEO_MODEL, small_catalogue
from tests.services.kit import (
    BROWSE,
    GUILD,
    HERE,
    MODERATOR,
    OTHER_GUILD,
    OTHER_MEMBER,
    PRICE,
    S,
    Services,
    priced,
    refused,
)
from tests.store.kit import balance_of

FIVE = replace(video_request(duration=5), estimate=None)
MANAGER = replace(HERE, requester_id=MODERATOR)


def estimate(services: Services, guild: int = GUILD, **given: int) -> Estimate:
    model = services.catalogue_cache.require().get(VIDEO_MODEL)
    assert model is not None
    return services.engine.estimator.estimate(guild, model, given)  # type: ignore[arg-type]


def known(found: Estimate) -> tuple[EstimateSource, Decimal, Decimal]:
    return found.source, found.usd, found.reserve


# Where it is known from.


@BROWSE
async def test_the_first_source_that_knows_something_tells(services: Services) -> None:
    await services.catalogue_cache.step()
    assert known(estimate(services, duration=5)) == (EstimateSource.CEILING, Decimal("2.50"), Decimal("2.50"))
    await services.rules(ceiling_second=Decimal("0.20"))
    assert estimate(services, duration=5).usd == Decimal(1)
    assert estimate(services).usd == Decimal(2), "nobody knows how long: the longest"

    for _ in range(2):
        await services.made(FIVE)
        await services.cost_collector.step()
        services.clock.advance(minutes=5)
    assert not estimate(services, duration=5).known, "two are too few"
    await services.made(FIVE)
    services.oxen.price = Decimal("0.40")
    await services.cost_collector.step()
    learnt = estimate(services, duration=5)
    assert known(learnt) == (EstimateSource.LEARNT, Decimal("0.35"), Decimal("0.40"))
    assert learnt.samples == 3
    assert not estimate(services, duration=10).known, "ten seconds cost something else"
    await services.pays(OTHER_GUILD, "film-club")
    await services.billing.payer_of(OTHER_GUILD)
    assert estimate(services, OTHER_GUILD, duration=5).samples == 3, "who has no experience has everybody's"
    again = services.again()
    await again.engine.recover()
    await again.catalogue_cache.step()
    assert estimate(again, duration=5) == learnt, "it is in the rows"

    operators = services.again(prices=PriceList(prices={VIDEO_MODEL: SetPrice(usd=Decimal("0.10"))}))
    await operators.engine.recover()
    await operators.catalogue_cache.step()
    assert known(estimate(operators, duration=5)) == (EstimateSource.SET, Decimal("0.5"), Decimal("0.5"))
    for guild in (GUILD, OTHER_GUILD):
        await operators.rules(guild, prices={VIDEO_MODEL: SetPrice(usd=Decimal("0.33"), per_output=True)})
    assert estimate(operators, duration=5).usd == Decimal("0.5"), "a server's list counts for its own money"
    assert estimate(operators, OTHER_GUILD, duration=5).usd == Decimal("0.33")

    services.oxen.models = small_catalogue(usd_per_second=0.07)
    await operators.catalogue_cache.step()
    assert known(estimate(operators, OTHER_GUILD, duration=5)) == (EstimateSource.LISTED, *[Decimal("0.35")] * 2)


async def test_lines_of_a_list_that_are_wrong_are_named_and_the_others_count(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [
        "# what we found out",
        "[prices]",
        f'"{VIDEO_MODEL}" = 0.07  # a second',
        '"flux" = "0,04 USD"',
        "wan-2.7 = $0.10",
        '"topaz" = { output = 0.3 }',
        '"a" = -1',
        '"b" = "4 EUR"',
        '"c" = "€4"',
        '"d" = nan',
        '"e" = ten',
        "f",
        '"flux" = 1',
        '"g" = 1001',
        '"h" = { minute = 1 }',
    ]
    read = read_prices("\n".join(lines))
    assert {name: (str(price.usd), price.per_output) for name, price in read.prices.items()} == {
        VIDEO_MODEL: ("0.07", False),
        "flux": ("0.04", False),
        "wan-2.7": ("0.10", False),
        "topaz": ("0.3", True),
    }
    assert [(each.number, each.why) for each in read.complaints] == [
        *((7, "negative"), (8, "currency"), (9, "currency"), (10, "number"), (11, "number"), (12, "shape")),
        *((13, "twice"), (14, "large"), (15, "shape")),
    ]
    await services.again(prices=read).catalogue_cache.step()
    unknown = [each.__dict__["entry"] for each in caplog.records if each.message == "price line ignored"]
    assert unknown == ['"flux" = "0,04 USD"', "wan-2.7 = $0.10", '"topaz" = { output = 0.3 }']


@BROWSE
@pytest.mark.parametrize("cost", [Decimal(-1), ABSURD + 1])
async def test_a_cost_that_cannot_be_is_neither_booked_nor_learnt_from(
    services: Services, cost: Decimal, caplog: pytest.LogCaptureFixture
) -> None:
    await services.made(priced())
    services.oxen.price = cost
    for _ in range(3):
        await services.cost_collector.step()
        services.clock.advance(minutes=5)
    assert (await balance_of(services.db, GUILD)).spent == PRICE
    assert [each.message for each in caplog.records].count("cost ignored") == 1


async def test_a_list_price_that_jumps_is_used_and_told(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    for usd, told in ((0.07, "model price changed"), (0.1, "model price changed"), (1.0, "model price jumped")):
        services.oxen.models = small_catalogue(usd_per_second=usd)
        caplog.clear()
        await services.catalogue_cache.step()
        assert told in [each.message for each in caplog.records] or usd == 0.07
        assert estimate(services, duration=5).usd == Decimal(str(usd)) * 5


# A manager has to agree.


async def test_a_manager_agrees_in_the_requesters_name_to_an_unknown_price(services: Services) -> None:
    await services.rules(unpriced=Unpriced.MANAGER, month_budget=Decimal(12))
    asked = await services.order_service.submit(replace(video_request(), estimate=None), HERE)
    assert isinstance(asked, PendingConfirmation)
    assert (asked.by_manager, asked.total) == (True, at(5, EstimateSource.CEILING))
    assert asked.lapses_at == services.clock.now() + AGREEMENT_LIFETIME
    assert [each.key for each, _ in await services.notices.open()] == [f"agreement:{asked.order.id}"]
    confirm = services.order_service.confirm
    assert await refused(confirm(asked.order.id, HERE)) == "confirmation-manager"
    other = replace(HERE, requester_id=OTHER_MEMBER)
    assert await refused(services.order_service.withdraw(asked.order.id, other)) == "confirmation-manager"

    services.clock.advance(hours=23)
    await services.lapse()
    record = await confirm(asked.order.id, MANAGER, manager=True)
    assert isinstance(record, OrderRecord)
    assert record.order.context.requester_id == HERE.requester_id
    assert (await balance_of(services.db, GUILD)).reserved == 5

    late = await services.order_service.submit(replace(video_request(), estimate=None), HERE)
    await services.rules(month_budget=Decimal(6))
    assert await refused(confirm(late.order.id, MANAGER, manager=True)) == "limit-guild-month", "they are held as well"
    services.clock.advance(hours=25)
    await services.lapse()
    assert await services.confirmation_state(late.order.id) is ConfirmationState.LAPSED


# A charge above what was set aside.


@BROWSE
async def test_a_charge_above_is_told_and_stops_what_would_come_next(services: Services) -> None:
    await services.rules(month_budget=Decimal(1), running=1)
    first, second = await services.order(priced()), await services.order(priced())
    await services.send()
    services.oxen.finish(await services.remote_id(first))
    services.oxen.price = Decimal("0.80")
    await services.poll()
    await services.cost_collector.step()
    assert f"above:{first.order.id}" in [each.key for each, _ in await services.notices.open()]
    await services.send()
    assert await services.outcome(second) == (S.FAILED, Reason.BUDGET, None)
    assert (await balance_of(services.db, GUILD)).spent == Decimal("0.80")
    assert services.oxen.count("enqueue") == 1
    assert await refused(services.order_service.submit(priced(), HERE)) == "limit-guild-month"


# Unclear money.


async def lost(services: Services) -> OrderRecord:
    record = await services.sent(priced())
    services.oxen.jobs.pop(await services.remote_id(record))
    await services.poll()
    services.clock.advance(MISSING_FOR)
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    return record


@pytest.mark.parametrize("charged", [True, False])
async def test_a_manager_says_what_became_of_it(services: Services, charged: bool) -> None:
    record = await lost(services)
    unclear = services.engine.unclear_money
    (one,) = await unclear.of(GUILD)
    assert (one.order_id, one.usd, one.reason) == (record.order.id, PRICE, Reason.LOST)
    assert await services.order_service.may_be_paid_twice(record.order.id)
    assert await refused(unclear.settle(OTHER_GUILD, one.generation_id, MODERATOR, charged=charged)) == (
        "unclear-settled"
    )
    await unclear.settle(GUILD, one.generation_id, MODERATOR, charged=charged)
    balance = await balance_of(services.db, GUILD)
    assert (balance.spent, balance.unclear) == (PRICE if charged else 0, 0)
    (act,) = await services.audit.page(GUILD)
    assert act.act.kind is (ActKind.UNCLEAR_CHARGED if charged else ActKind.UNCLEAR_FREE)
    assert (act.act.by, act.act.subject, act.act.before) == (MODERATOR, record.order.id, '"0.5"')
    assert await refused(unclear.settle(GUILD, one.generation_id, MODERATOR, charged=True)) == "unclear-settled"
    assert await services.order_service.may_be_paid_twice(record.order.id) is None
    # The result is another matter.
    await services.announce(record)
    (generation,) = await services.rows(record)
    assert await services.generations.settle_late(generation.id, None, services.clock.now())
    assert (await balance_of(services.db, GUILD)).spent == PRICE


async def test_an_output_beyond_the_panels_list_can_be_cleared(services: Services) -> None:
    """A panel lists the latest; one that was drawn before these came still has the button of an older one."""
    record = await lost(services)
    services.clock.advance(minutes=5)
    for _ in range(7):
        await services.sent(priced(count=4))
    services.oxen.jobs.clear()
    await services.poll()
    services.clock.advance(MISSING_FOR)
    await services.poll()
    unclear, (oldest,) = services.engine.unclear_money, await services.rows(record)
    assert oldest.id not in [each.generation_id for each in await unclear.of(GUILD)]
    settled = await unclear.settle(GUILD, oldest.id, MODERATOR, charged=False)
    assert (settled.order_id, settled.usd) == (record.order.id, PRICE)
    assert (await balance_of(services.db, GUILD)).unclear == PRICE * 28


@BROWSE
@pytest.mark.parametrize("others", [Decimal(0), Decimal("0.30")])
async def test_the_comparison_clears_what_the_provider_has_not_charged(services: Services, others: Decimal) -> None:
    await services.made(priced())
    services.oxen.price = PRICE
    await services.cost_collector.step()
    await lost(services)
    services.clock.advance(DAILY * 3)
    services.oxen.price += others  # the total is more: it may be this one
    await services.ledger_comparer.step()
    assert (await balance_of(services.db, GUILD)).unclear == (PRICE if others else 0)


async def test_in_an_edition_that_tells_no_costs_the_estimate_stands(services: Services) -> None:
    """With a budget of ten cents and what nobody knows the price of, one order passes, and is booked."""
    await services.rules(month_budget=Decimal("0.10"), ceiling_image=Decimal("0.02"))
    await services.catalogue_cache.step()
    request = GenerationRequest(kind=MediaKind.IMAGE, prompt=PROMPT, count=4)
    await services.made(services.order_service.validate(request, guild_id=GUILD))
    for _ in range(5):
        again = services.order_service.submit(services.order_service.validate(request, guild_id=GUILD), HERE)
        assert await refused(again) == "limit-guild-month"
    balance = await balance_of(services.db, GUILD)
    assert (balance.spent, balance.reserved) == (Decimal("0.08"), 0)
