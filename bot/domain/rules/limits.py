"""The check of one order against a guild's rules and against what was spent. Pure and exact.

The same function decides before the acknowledgement and again inside the transaction that accepts the order. A refusal
names the limit, what is left of it, and when it begins anew: amounts are USD, instants unix seconds for Discord to show
in the reader's own time; both as text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from bot.domain.clock import to_millis
from bot.domain.errors import Refusal, Value
from bot.domain.rules.periods import Period, day_of, minute_of, month_of, next_minute
from bot.domain.rules.policy import Allowance, GuildPolicy, OrderFacts, Unpriced

SHARES = (50, 80, 100)  # percent of a budget at which its guild is told
_SHOWN = Decimal("0.0001")  # USD; a price for one image may be less than a cent


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts towards the limits at one moment. USD; reserved counts as spent, given back does not."""

    guild_day: Decimal = Decimal(0)
    guild_month: Decimal = Decimal(0)
    member_day: Decimal = Decimal(0)
    member_month: Decimal = Decimal(0)
    member_orders: int = 0  # accepted today
    member_in_flight: int = 0  # orders that are not over


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A share of a budget that was reached, with what identifies it: it is told once."""

    period: str  # "day" or "month"
    share: int  # percent
    label: str  # of the period
    spent: Decimal
    budget: Decimal
    resets: datetime

    @property
    def key(self) -> str:
        return f"budget:{self.period}:{self.label}:{self.budget.normalize():f}:{self.share}"


def check(facts: OrderFacts, policy: GuildPolicy, standing: Standing) -> None:
    """Raises `Refusal` when the rules or the limits forbid the order."""
    check_rules(facts, policy)
    check_limits(facts, policy, standing)


def check_rules(facts: OrderFacts, policy: GuildPolicy) -> None:
    """What does not depend on what was ordered before. Raises `Refusal`."""
    _check_access(facts, policy)
    _check_hours(facts, policy)
    _check_model(facts, policy)
    _check_size(facts, policy)
    _check_prompt(facts, policy)
    if policy.running is not None and facts.count > policy.running:
        raise Refusal("limit-running", given=facts.count, max=policy.running)
    if facts.cost is None and policy.on_unpriced is Unpriced.REFUSE:
        raise Refusal("price-unknown", model=facts.model_name)


def check_limits(facts: OrderFacts, policy: GuildPolicy, standing: Standing) -> None:
    """What depends on what was ordered before. Raises `Refusal`."""
    day, month = day_of(facts.at, policy.time_zone), month_of(facts.at, policy.time_zone)
    member = policy.allowance(facts.roles)
    _check_number(member, standing, day)
    if _exceeded(member.spend_per_month, standing.member_month, facts):
        raise Refusal("limit-member-month", **_money(member.spend_per_month, standing.member_month, facts, month))
    if _exceeded(member.spend_per_day, standing.member_day, facts):
        raise Refusal("limit-member-day", **_money(member.spend_per_day, standing.member_day, facts, day))
    if _exceeded(policy.month_budget, standing.guild_month, facts):
        raise Refusal("limit-guild-month", **_money(policy.month_budget, standing.guild_month, facts, month))
    if _exceeded(policy.day_budget, standing.guild_day, facts):
        raise Refusal("limit-guild-day", **_money(policy.day_budget, standing.guild_day, facts, day))


def check_trial(cost: Decimal | None, left: Decimal) -> None:
    """Raises `Refusal` when what is `left` of a trial (USD) does not pay for the order; never for an unknown price."""
    if cost is None:
        raise Refusal("trial-unpriced")
    if cost > left:
        raise Refusal("trial-over", left=f"{max(left, Decimal(0)):.2f}", price=f"{cost:.2f}")


def to_confirm(facts: OrderFacts, policy: GuildPolicy) -> bool:
    """Whether the requester has to say yes to the price first, or again."""
    if facts.confirmed is not None and facts.confirmed.covers(facts.cost):
        return False
    if facts.cost is None:
        return policy.on_unpriced is Unpriced.CONFIRM
    return policy.confirm_above is not None and facts.cost > policy.confirm_above


def marks(policy: GuildPolicy, standing: Standing, at: datetime) -> Iterator[Mark]:
    """Every share of a budget that is reached at `at`, the highest of each budget first."""
    for name, budget, spent, period in (
        ("month", policy.month_budget, standing.guild_month, month_of(at, policy.time_zone)),
        ("day", policy.day_budget, standing.guild_day, day_of(at, policy.time_zone)),
    ):
        for share in reversed(SHARES):
            if budget is not None and spent * 100 >= budget * share:
                yield Mark(period=name, share=share, label=period.label, spent=spent, budget=budget, resets=period.end)


def usd(amount: Decimal) -> str:
    """An amount as a text: with cents, with more where it has more, and never more than there is."""
    shown = f"{amount.quantize(_SHOWN, rounding=ROUND_FLOOR):f}"
    return shown.removesuffix("00")


def instant(moment: datetime) -> str:
    """Unix seconds as text: as a number it would get separators, and Discord would show them."""
    return str(to_millis(moment) // 1000)


def _check_access(facts: OrderFacts, policy: GuildPolicy) -> None:
    if facts.requester_id in policy.banned:
        raise Refusal("banned")
    if policy.drained:
        raise Refusal("queue-drained")
    if policy.channels and not policy.channels & facts.channels:
        raise Refusal("channel", allowed=" ".join(f"<#{each}>" for each in sorted(policy.channels)[:10]))
    if policy.roles and not policy.roles & facts.roles:
        raise Refusal("role", allowed=" ".join(f"<@&{each}>" for each in sorted(policy.roles)[:10]))


def _check_hours(facts: OrderFacts, policy: GuildPolicy) -> None:
    quiet = policy.quiet
    if quiet is not None and quiet.at(minute_of(facts.at, policy.time_zone)):
        raise Refusal("quiet", ends=instant(next_minute(facts.at, quiet.end, policy.time_zone)))


def _check_model(facts: OrderFacts, policy: GuildPolicy) -> None:
    if not policy.offers(facts.model_id, facts.groups):
        raise Refusal("model-not-allowed", model=facts.model_name)
    if facts.model_id in policy.restricted_models and not facts.age_restricted:
        raise Refusal("model-age-restricted", model=facts.model_name)


def _check_size(facts: OrderFacts, policy: GuildPolicy) -> None:
    member = policy.allowance(facts.roles)
    if member.longest is not None:
        if facts.seconds_open:
            raise Refusal("limit-length-open", model=facts.model_name, max=member.longest)
        if facts.seconds is not None and facts.seconds > member.longest:
            raise Refusal("limit-length", given=f"{facts.seconds:g}", max=member.longest)
    if member.resolution is not None and facts.lines is not None and facts.lines > member.resolution:
        raise Refusal("limit-resolution", given=f"{facts.lines}p", allowed=f"{member.resolution}p")


def _check_prompt(facts: OrderFacts, policy: GuildPolicy) -> None:
    """The pattern that was found is told to the one who wrote it, and to nobody else: replies are private."""
    found = policy.blocked.find(facts.prompt)
    if found is not None:
        raise Refusal("prompt-blocked", word=found)
    found = None if facts.age_restricted else policy.restricted.find(facts.prompt)
    if found is not None:
        raise Refusal("prompt-age-restricted", word=found)


def _check_number(member: Allowance, standing: Standing, day: Period) -> None:
    if member.in_flight is not None and standing.member_in_flight >= member.in_flight:
        raise Refusal("limit-in-flight", max=member.in_flight)
    if member.per_day is not None and standing.member_orders >= member.per_day:
        raise Refusal("limit-per-day", max=member.per_day, resets=instant(day.end))


def _exceeded(limit: Decimal | None, spent: Decimal, facts: OrderFacts) -> bool:
    """At the limit nothing more is ordered, not even what costs nothing or nobody knows what."""
    return limit is not None and (spent >= limit or spent + (facts.cost or 0) > limit)


def _money(limit: Decimal | None, spent: Decimal, facts: OrderFacts, period: Period) -> dict[str, Value]:
    full = limit or Decimal(0)
    return {
        "limit": usd(full),
        "left": usd(max(full - spent, Decimal(0))),
        "cost": usd(facts.cost) if facts.cost is not None else "unknown",
        "resets": instant(period.end),
    }
