"""What a member may still order, and why; and the cards that say when it is little."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from discord import ui

from bot.chat.orders.cards import order_card
from bot.chat.usage.limits import limits_view
from bot.domain.ids import ChannelId, RoleId
from bot.domain.orders.left import Left, Per, Whose
from bot.domain.orders.payer import Unbilled
from bot.domain.rules.policy import Allowance, GuildPolicy, QuietHours
from bot.services.wallet.billing import BillingPolicy
from bot.settings import LOCALES
from bot.texts import Texts, Translations
from tests.services.kit import GUILD, HERE, MEMBER, OTHER_MEMBER, Services, priced

PATRON, REGULAR = RoleId(71), RoleId(72)
USD = Decimal


@pytest.fixture(params=["en-US", "de"])
def texts(request: pytest.FixtureRequest) -> Texts:
    return Translations(LOCALES).of(request.param)


def said_by(view: ui.LayoutView) -> str:
    return "\n".join(child.content for child in view.walk_children() if isinstance(child, ui.TextDisplay))


def told(left: Left) -> tuple[Whose, Per, str, RoleId | None]:
    return left.whose, left.per, f"{left.left.normalize():f} of {left.limit:f}", left.role


async def test_each_limit_says_what_it_leaves_and_who_has_set_it(services: Services, texts: Texts) -> None:
    await services.rules(
        day_budget=USD(2),
        month_budget=USD(30),
        running=4,
        everyone=Allowance(per_day=5, spend_per_day=USD(1), longest=10),
        by_role={REGULAR: Allowance(spend_per_day=USD(1)), PATRON: Allowance(spend_per_day=USD("1.50"), in_flight=3)},
    )
    await services.order(priced())  # 0.50
    await services.order(priced(), by=OTHER_MEMBER)
    context = replace(HERE, roles=frozenset({REGULAR, PATRON}))
    remaining = await services.engine.limits_service.remaining(context)
    assert [told(one) for one in remaining.limits] == [
        (Whose.MEMBER, Per.DAY, "4 of 5", None),
        (Whose.MEMBER, Per.DAY, "1 of 1.50", PATRON),
        (Whose.SERVER, Per.DAY, "1 of 2", None),
        (Whose.SERVER, Per.MONTH, "29 of 30", None),
    ]
    assert (remaining.in_flight, remaining.running, remaining.allowance.longest) == (1, 4, 10)
    shown = said_by(limits_view(remaining, texts))
    for words in (
        texts("limits-left", per="day", left=USD(1), resets="R").rpartition("R")[0],
        texts("limits-money", whose="member", left=USD(1), limit=USD("1.50"), role=f"<@&{PATRON}>"),
        texts("limits-money", whose="server", left=USD(29), limit=USD(30), role="none"),
        texts("limits-orders", count=4, max=5, role="none"),
        texts("limits-in-flight", count=1, max=3),
        texts("limits-running", max=4),
        texts("limits-longest", max=10),
    ):
        assert words in shown


async def test_the_month_binds_the_day_and_a_trial_binds_both(services: Services) -> None:
    trial = BillingPolicy(unbilled=Unbilled.TRIAL, trial=USD(2))
    services = services.again(billing_policy=trial)
    await services.rules(month_budget=USD(3), everyone=Allowance(spend_per_day=USD(5)))
    await services.order(priced(count=3))  # 1.50
    remaining = await services.engine.limits_service.remaining(HERE)
    tightest = remaining.tightest(Per.DAY, Per.MONTH, Per.ALL)
    assert tightest is not None
    assert (tightest.whose, tightest.left) == (Whose.TRIAL, USD("0.5"))
    shown = said_by(limits_view(remaining, Translations(LOCALES).of("en-US")))
    assert "**Today: $0.50**" in shown
    assert "**This month: $0.50**" in shown
    assert "What the owner of this bot gives this server to try it: $0.50 of $2.00 left" in shown


async def test_a_card_says_when_little_is_left_of_a_trial(services: Services, texts: Texts) -> None:
    services = services.again(billing_policy=BillingPolicy(unbilled=Unbilled.TRIAL, trial=USD("1.10")))
    for left in ("0.6", "0.1"):
        noted = await services.engine.limits_service.noted(await services.order(priced()))
        card = said_by(order_card(noted, texts))
        told = texts("card-left-trial", left=USD(left), limit=USD("1.10"))
        assert (told in card) is (left == "0.1")


async def test_a_member_who_may_order_nothing_reads_why(services: Services, texts: Texts) -> None:
    hour = services.clock.now().hour * 60
    quiet = QuietHours(start=hour, end=(hour + 60) % 1440)
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"banned": frozenset({MEMBER})}, "banned"),
        ({"drained": True}, "queue-drained"),
        ({"channels": frozenset({ChannelId(1)})}, "channel"),
        ({"roles": frozenset({PATRON})}, "role"),
        ({"quiet": quiet}, "quiet"),
    )
    for rules, key in cases:
        await services.policies.change(GUILD, lambda _, rules=rules: GuildPolicy(**rules), MEMBER, services.clock.now())
        remaining = await services.engine.limits_service.remaining(HERE)
        assert remaining.refusal is not None
        assert remaining.refusal.key == key
        assert "⛔" in said_by(limits_view(remaining, texts))


async def test_without_limits_the_answer_says_that_there_are_none(services: Services, texts: Texts) -> None:
    remaining = await services.engine.limits_service.remaining(HERE)
    assert texts("limits-none") in said_by(limits_view(remaining, texts))


async def test_a_card_says_when_little_is_left(services: Services, texts: Texts) -> None:
    """Little is at most a fifth of a limit; of several amounts the one that ends first is told."""
    await services.rules(day_budget=USD(2), month_budget=USD(20), everyone=Allowance(per_day=5))
    cards: list[str] = []
    record = await services.order(priced())
    cards.append(said_by(order_card(await services.engine.limits_service.noted(record), texts)))
    for _ in range(3):
        record = await services.order(priced())
        cards.append(said_by(order_card(await services.engine.limits_service.noted(record), texts)))
    assert ["🪙" in card for card in cards] == [False, False, False, True]
    noted = await services.engine.limits_service.noted(record)
    assert [(one.orders, one.left) for one in noted.little] == [(True, 1), (False, 0)]
    day = noted.little[0].resets
    assert day is not None
    resets = f"<t:{int(day.timestamp())}:R>"
    assert texts("card-left-orders", count=1, resets=resets) in cards[3]
    money = texts("card-left-money", whose="server", per="day", left="none", limit=USD(2), resets=resets)
    assert money in cards[3]
    await services.cancel(record)
    over = await services.orders.get(record.order.id)
    assert over is not None
    assert (await services.engine.limits_service.noted(over)).little == (), "an order that is over says nothing of it"
