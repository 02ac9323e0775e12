"""What a guild's rules and limits let pass, and what a member is told when they do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.rules.limits import Asks, Confirmed, PolicyInput, Standing, check, marks, who_confirms
from bot.domain.rules.patterns import Patterns
from bot.domain.rules.policy import Allowance, GuildPolicy, QuietHours, Unpriced
from tests.cases import for_each

AT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # 23:30 in Berlin
BERLIN = "Europe/Berlin"
MEMBER, ARTIST, VIP = UserId(1), RoleId(7), RoleId(8)


def at(usd: str | None) -> Estimate:
    """The price of an output; None: it is not known."""
    return Estimate.of_price(Decimal(usd or 0), EstimateSource.LISTED if usd is not None else EstimateSource.CEILING)


def order(cost: str | None = "0.35", **given: Any) -> PolicyInput:
    default = PolicyInput(
        at=AT,
        requester_id=MEMBER,
        roles=frozenset({ARTIST}),
        channels=frozenset({ChannelId(9), ChannelId(90)}),
        age_restricted=False,
        model_id="kling",
        model_name="Kling",
        groups=frozenset({"text-to-video"}),
        prompt="A fox in the snow",
        count=1,
        kind=MediaKind.VIDEO,
        estimate=at(cost),
        most_seconds=5.0,
        seconds=5.0,
        lines=720,
    )
    return replace(default, **given)


def refusal(facts: PolicyInput, policy: GuildPolicy, standing: Standing | None = None) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refusal) as caught:
        check(facts, policy, standing or Standing())
    return caught.value.key, dict(caught.value.values)


def test_a_guild_that_has_said_nothing_allows_everything() -> None:
    check(order(None, count=4), GuildPolicy(), Standing(guild_month=Decimal(10_000)))


@for_each(
    ("rules", "key"),
    [
        ({"banned": frozenset({MEMBER})}, "banned"),
        ({"drained": True}, "queue-drained"),
        ({"channels": frozenset({ChannelId(5)})}, "channel"),
        ({"roles": frozenset({VIP})}, "role"),
        ({"models": frozenset({"flux"})}, "model-not-allowed"),
        ({"groups": frozenset({"upscale"})}, "model-not-allowed"),
        ({"restricted_models": frozenset({"kling"})}, "model-age-restricted"),
        ({"everyone": Allowance(longest=4)}, "limit-length"),
        ({"everyone": Allowance(resolution=480)}, "limit-resolution"),
        ({"blocked": Patterns(("fox",))}, "prompt-blocked"),
        ({"restricted": Patterns(("sno*",))}, "prompt-age-restricted"),
        ({"quiet": QuietHours(start=22 * 60, end=7 * 60), "time_zone": BERLIN}, "quiet"),
    ],
)
def test_each_rule_refuses_by_its_name(rules: dict[str, Any], key: str) -> None:
    assert refusal(order(), GuildPolicy(**rules))[0] == key


@for_each(
    "rules",
    [
        {"channels": frozenset({ChannelId(90)})},  # the category, or a thread's channel
        {"roles": frozenset({VIP, ARTIST})},
        {"models": frozenset({"kling"}), "groups": frozenset({"upscale"})},
        {"groups": frozenset({"text-to-video"})},
        {"everyone": Allowance(longest=5, resolution=720)},
        {"everyone": Allowance(longest=1), "by_role": {ARTIST: Allowance(longest=10)}},
        {"blocked": Patterns(("dog",))},
        {"quiet": QuietHours(start=9 * 60, end=17 * 60), "time_zone": BERLIN},
    ],
)
def test_each_rule_lets_pass_what_it_allows(rules: dict[str, Any]) -> None:
    check(order(), GuildPolicy(**rules), Standing())


def test_an_age_restricted_channel_lifts_what_is_so_marked() -> None:
    policy = GuildPolicy(restricted=Patterns(("fox",)), restricted_models=frozenset({"kling"}))
    check(order(age_restricted=True), policy, Standing())


def test_a_length_that_the_model_would_choose_is_no_way_round_the_limit() -> None:
    assert refusal(order(seconds=None, seconds_open=True), GuildPolicy(everyone=Allowance(longest=5)))[0] == (
        "limit-length-open"
    )


def test_more_than_may_run_at_once_is_refused_with_what_may() -> None:
    assert refusal(order(count=4), GuildPolicy(running=3)) == ("limit-running", {"given": 4, "max": 3})


def test_the_end_of_the_quiet_hours_is_told() -> None:
    policy = GuildPolicy(quiet=QuietHours(start=22 * 60, end=7 * 60), time_zone=BERLIN)
    ends = datetime(2026, 11, 21, 6, tzinfo=UTC)  # 7 in Berlin
    assert refusal(order(), policy) == ("quiet", {"ends": str(int(ends.timestamp()))})


# Money.


def test_a_budget_is_a_hard_stop_to_the_cent() -> None:
    policy = GuildPolicy(month_budget=Decimal(10))
    check(order(), policy, Standing(guild_month=Decimal("9.65")))
    key, values = refusal(order(), policy, Standing(guild_month=Decimal("9.66")))
    assert (key, values["limit"], values["left"], values["cost"]) == (
        "limit-guild-month",
        Decimal(10),
        Decimal("0.34"),
        Decimal("0.35"),
    )


def test_at_the_limit_not_even_what_costs_nothing_passes() -> None:
    policy = GuildPolicy(day_budget=Decimal(1))
    assert refusal(order("0"), policy, Standing(guild_day=Decimal(1)))[0] == "limit-guild-day"
    check(order("0"), policy, Standing(guild_day=Decimal("0.99")))


def test_an_unknown_price_counts_as_the_ceiling_towards_a_budget() -> None:
    policy = GuildPolicy(day_budget=Decimal(5), ceiling_second=Decimal("0.50"), ceiling_image=Decimal("0.25"))
    check(order(None, count=2), policy, Standing())
    key, values = refusal(order(None, count=2), policy, Standing(guild_day=Decimal("0.01")))
    assert (key, values["cost"], values["source"]) == ("limit-guild-day", 5, "ceiling")
    check(order(None, kind=MediaKind.IMAGE, count=4), policy, Standing(guild_day=Decimal(4)))


def test_it_resets_at_the_guilds_midnight_and_the_guilds_first() -> None:
    month = GuildPolicy(month_budget=Decimal("0.1"), time_zone=BERLIN)
    day = GuildPolicy(day_budget=Decimal("0.1"), time_zone=BERLIN)
    december, saturday = datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert refusal(order(), month)[1]["resets"] == str(int(december.timestamp()))
    assert refusal(order(), day)[1]["resets"] == str(int(saturday.timestamp()))


@for_each(
    ("allowance", "standing", "key"),
    [
        (Allowance(in_flight=2), Standing(member_in_flight=2), "limit-in-flight"),
        (Allowance(per_day=3), Standing(member_orders=3), "limit-per-day"),
        (Allowance(spend_per_day=Decimal(1)), Standing(member_day=Decimal("0.7")), "limit-member-day"),
        (Allowance(spend_per_month=Decimal(1)), Standing(member_month=Decimal("0.7")), "limit-member-month"),
    ],
)
def test_a_members_limits_and_the_most_generous_of_the_roles(
    allowance: Allowance, standing: Standing, key: str
) -> None:
    policy = GuildPolicy(everyone=allowance)
    assert refusal(order(), policy, standing)[0] == key
    generous = Allowance(in_flight=9, per_day=9, spend_per_day=Decimal(9), spend_per_month=Decimal(9))
    check(order(), replace(policy, by_role={ARTIST: generous, VIP: Allowance(per_day=1)}), standing)
    assert refusal(order(), replace(policy, by_role={VIP: generous}), standing)[0] == key


# The price first.


@for_each(
    ("policy", "cost", "confirmed", "asks"),  # a video of 5 s: the ceiling is $2.50
    [
        (GuildPolicy(confirm_above=Decimal("0.3")), "0.35", None, Asks.REQUESTER),
        (GuildPolicy(confirm_above=Decimal("0.35")), "0.35", None, None),
        (GuildPolicy(confirm_above=Decimal("0.3")), "0.35", Confirmed(Decimal("0.35")), None),
        (GuildPolicy(confirm_above=Decimal("0.3")), "0.36", Confirmed(Decimal("0.35")), Asks.REQUESTER),
        (GuildPolicy(confirm_above=Decimal("0.3")), "0.31", Confirmed(Decimal("0.35")), None),
        (GuildPolicy(), None, None, None),
        (GuildPolicy(month_budget=Decimal(10)), None, None, None),
        (GuildPolicy(confirm_above=Decimal("2.50")), None, None, None),
        (GuildPolicy(confirm_above=Decimal("2.49")), None, None, Asks.REQUESTER),
        (GuildPolicy(unpriced=Unpriced.MANAGER), "0.35", None, None),
        (GuildPolicy(unpriced=Unpriced.MANAGER), None, None, Asks.MANAGER),
        (GuildPolicy(unpriced=Unpriced.MANAGER), None, Confirmed(Decimal(9)), Asks.MANAGER),
        (GuildPolicy(unpriced=Unpriced.MANAGER), None, Confirmed(Decimal(9), Asks.MANAGER), None),
        (GuildPolicy(unpriced=Unpriced.MANAGER), None, Confirmed(Decimal(1), Asks.MANAGER), Asks.MANAGER),
    ],
)
def test_when_a_yes_is_needed(
    policy: GuildPolicy, cost: str | None, confirmed: Confirmed | None, asks: Asks | None
) -> None:
    assert who_confirms(order(cost, confirmed=confirmed).under(policy), policy) is asks


def test_an_order_without_a_price_is_refused_where_the_guild_wants_that() -> None:
    assert refusal(order(None), GuildPolicy(unpriced=Unpriced.REFUSE)) == ("price-unknown", {"model": "Kling"})


# Notices.


def test_marks_are_told_by_budget_period_and_share() -> None:
    policy = GuildPolicy(month_budget=Decimal(10), day_budget=Decimal(4), time_zone=BERLIN)
    found = list(marks(policy, Standing(guild_month=Decimal(8), guild_day=Decimal("1.99")), AT))
    assert [(mark.period, mark.share) for mark in found] == [("month", 80), ("month", 50)]
    assert found[0].key == "budget:month:2026-11:10:80"
    after = marks(policy, Standing(guild_month=Decimal(10)), AT + timedelta(days=20))
    assert next(mark.key for mark in after) == "budget:month:2026-12:10:100"
