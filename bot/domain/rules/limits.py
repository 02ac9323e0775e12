"""The check of one order against a guild's rules and against what was spent. Pure and exact.

`policy_input` gathers what the rules ask about an order, from the request, its context and its model.

The same function decides before the acknowledgement and again inside the transaction that accepts the order. A refusal
names the limit, what is left of it, and when it begins anew: amounts are USD, instants unix seconds as text, for
Discord to show in the reader's own time.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.domain.clock import to_millis
from bot.domain.errors import Refusal, Value
from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.orders.estimate import (
    SIZES,
    UNKNOWN_SECONDS,
    Estimate,
    ceiling,
    most_seconds,
    seconds_of,
    settings_of,
    together,
)
from bot.domain.orders.order import Order, RequestContext, ValidatedRequest
from bot.domain.rules.periods import Period, day_of, minute_of, month_of, next_minute
from bot.domain.rules.policy import STANDARD, GuildPolicy, Unpriced, lines

SHARES = (50, 80, 100)  # percent of a budget at which its guild is told
_CENT, _TENTH = Decimal("0.01"), Decimal("0.001")  # USD
_SIDES = ("width", "height")  # pixels
_WORDED = ("prompt", "text", "lyrics", "script", "caption")
_UNWANTED = "negative"  # such a prompt says what is not to be seen


class Asks(enum.StrEnum):
    """Who has to say yes before an order is accepted."""

    REQUESTER = "requester"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody's yes to a cost of so many USD, and to less."""

    cost: Decimal
    by: Asks = Asks.REQUESTER


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInput:
    """What the rules ask about one order.

    `estimate`, `seconds` and `lines` are of one output; `most_seconds` is how long it may become, for a ceiling.
    """

    at: datetime
    requester_id: UserId
    roles: frozenset[RoleId]
    channels: frozenset[ChannelId]  # the channel, and what it belongs to
    age_restricted: bool
    model_id: str
    model_name: str
    groups: frozenset[str]
    prompt: str
    count: int
    kind: MediaKind
    estimate: Estimate
    most_seconds: float
    seconds: float | None = None
    seconds_open: bool = False  # the model would choose the length, though it could be told one
    lines: int | None = None
    confirmed: Confirmed | None = None
    trial: Decimal | None = None  # USD that the operator gives the guild in all; None: it pays for itself

    @property
    def total(self) -> Estimate:
        """What all its outputs will cost together."""
        return self.estimate.times(self.count)

    def under(self, policy: GuildPolicy) -> "PolicyInput":
        """The same, with the ceiling of these rules where nothing is known of the price."""
        if self.estimate.known:
            return self
        return replace(self, estimate=ceiling_of(self.kind, self.most_seconds, policy, self.estimate.drivers))


def ceiling_of(kind: MediaKind, seconds: float, policy: GuildPolicy, drivers: str = "") -> Estimate:
    """What the rules set aside for an output of whose price nothing is known."""
    rates = {"image": policy.ceiling_image, "second": policy.ceiling_second}
    return ceiling(kind, seconds=seconds, drivers=drivers, **rates)


def policy_input(
    validated: ValidatedRequest,
    context: RequestContext,
    at: datetime,
    model: Model | None = None,
    confirmed: Confirmed | None = None,
) -> PolicyInput:
    """`model` None: it is not in the catalogue any more, and only what the request says is known."""
    settings = settings_of(model, validated.parameters)
    seconds = seconds_of(settings)
    longest = most_seconds(model, settings, validated.inputs) if model is not None else seconds or UNKNOWN_SECONDS
    sizes = [settings[name] for name in SIZES if name in settings]
    if all(name in settings for name in _SIDES):
        sizes.append("x".join(str(settings[name]) for name in _SIDES))
    return PolicyInput(
        at=at,
        requester_id=context.requester_id,
        roles=context.roles,
        channels=frozenset({context.channel_id, *context.within}),
        age_restricted=context.age_restricted,
        model_id=validated.model_id,
        model_name=validated.model_name,
        groups=frozenset(model.groups) if model is not None else frozenset(),
        prompt="\n".join([validated.prompt, *_words(validated.parameters)]),
        count=validated.count,
        kind=validated.kind,
        estimate=validated.estimate or ceiling_of(validated.kind, longest, STANDARD),
        most_seconds=longest,
        seconds=seconds,
        seconds_open=seconds is None and model is not None and model.duration is not None,
        lines=next((found for size in sizes if (found := lines(size)) is not None), None),
        confirmed=confirmed,
    )


def policy_input_of(order: Order) -> PolicyInput:
    """What the order itself can tell."""
    return policy_input(order.request, order.context, order.created_at)


def _words(value: Json | Mapping[str, Json], *, worded: bool = False) -> Iterator[str]:
    """Every text in the parameters that becomes a part of what is to be seen or heard."""
    if isinstance(value, str):
        if worded:
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _words(each, worded=worded)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _words(each, worded=any(w in name for w in _WORDED) and _UNWANTED not in name)


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


def check(order: PolicyInput, policy: GuildPolicy, standing: Standing) -> None:
    """Raises `Refusal` when the rules or the limits forbid the order. Of an unknown price the ceiling counts."""
    check_all([order], policy, standing)


def check_all(orders: Sequence[PolicyInput], policy: GuildPolicy, standing: Standing) -> PolicyInput:
    """`check`, for orders that are accepted together or not at all; what the rules ask about them as a whole.

    Each counts as an order, and what they cost is one amount.
    """
    first, *others = (order.under(policy) for order in orders)
    for order in (first, *others):
        check_rules(order, policy)
    if others:
        prices = [order.total for order in (first, *others)]
        first = replace(first, estimate=together(prices), count=1)
        standing = replace(
            standing,
            member_orders=standing.member_orders + len(others),
            member_in_flight=standing.member_in_flight + len(others),
        )
    check_limits(first, policy, standing)
    return first


def check_access(
    member: UserId, roles: frozenset[RoleId], channels: frozenset[ChannelId], at: datetime, policy: GuildPolicy
) -> None:
    """Raises `Refusal` when the member may order nothing there and then. `channels`: as in `PolicyInput`."""
    if member in policy.banned:
        raise Refusal("banned")
    if policy.drained:
        raise Refusal("queue-drained")
    if policy.channels and not policy.channels & channels:
        raise Refusal("channel", allowed=" ".join(f"<#{each}>" for each in sorted(policy.channels)[:10]))
    if policy.roles and not policy.roles & roles:
        raise Refusal("role", allowed=" ".join(f"<@&{each}>" for each in sorted(policy.roles)[:10]))
    quiet = policy.quiet
    if quiet is not None and quiet.at(minute_of(at, policy.time_zone)):
        raise Refusal("quiet", ends=instant(next_minute(at, quiet.end, policy.time_zone)))


def check_rules(order: PolicyInput, policy: GuildPolicy) -> None:
    """What does not depend on what was ordered before. Raises `Refusal`."""
    check_access(order.requester_id, order.roles, order.channels, order.at, policy)
    if not policy.offers(order.model_id, order.groups):
        raise Refusal("model-not-allowed", model=order.model_name)
    if order.model_id in policy.restricted_models and not order.age_restricted:
        raise Refusal("model-age-restricted", model=order.model_name)

    member = policy.allowance(order.roles)
    if member.longest is not None:
        if order.seconds_open:
            raise Refusal("limit-length-open", model=order.model_name, max=member.longest)
        if order.seconds is not None and order.seconds > member.longest:
            raise Refusal("limit-length", given=f"{order.seconds:g}", max=member.longest)
    if member.resolution is not None and order.lines is not None and order.lines > member.resolution:
        raise Refusal("limit-resolution", given=f"{order.lines}p", allowed=f"{member.resolution}p")

    # The word that was found is told to the one who wrote it, and to nobody else: replies are private.
    if (found := policy.blocked.find(order.prompt)) is not None:
        raise Refusal("prompt-blocked", word=found)
    if not order.age_restricted and (found := policy.restricted.find(order.prompt)) is not None:
        raise Refusal("prompt-age-restricted", word=found)

    if policy.running is not None and order.count > policy.running:
        raise Refusal("limit-running", given=order.count, max=policy.running)
    if not order.estimate.known and policy.unpriced is Unpriced.REFUSE:
        raise Refusal("price-unknown", model=order.model_name)


def check_limits(order: PolicyInput, policy: GuildPolicy, standing: Standing) -> None:
    """What depends on what was ordered before. Raises `Refusal`."""
    day, month = day_of(order.at, policy.time_zone), month_of(order.at, policy.time_zone)
    member = policy.allowance(order.roles)
    if member.in_flight is not None and standing.member_in_flight >= member.in_flight:
        raise Refusal("limit-in-flight", max=member.in_flight)
    if member.per_day is not None and standing.member_orders >= member.per_day:
        raise Refusal("limit-per-day", max=member.per_day, resets=instant(day.end))
    if _exceeded(member.spend_per_month, standing.member_month, order):
        raise Refusal("limit-member-month", **_money(member.spend_per_month, standing.member_month, order, month))
    if _exceeded(member.spend_per_day, standing.member_day, order):
        raise Refusal("limit-member-day", **_money(member.spend_per_day, standing.member_day, order, day))
    if _exceeded(policy.month_budget, standing.guild_month, order):
        raise Refusal("limit-guild-month", **_money(policy.month_budget, standing.guild_month, order, month))
    if _exceeded(policy.day_budget, standing.guild_day, order):
        raise Refusal("limit-guild-day", **_money(policy.day_budget, standing.guild_day, order, day))


def _exceeded(limit: Decimal | None, spent: Decimal, order: PolicyInput) -> bool:
    """At the limit nothing more is ordered, not even what costs nothing."""
    return limit is not None and (spent >= limit or spent + order.total.reserve > limit)


def _money(limit: Decimal | None, spent: Decimal, order: PolicyInput, period: Period) -> dict[str, Value]:
    full = limit or Decimal(0)
    return {
        "limit": full,
        "left": rounded(max(full - spent, Decimal(0)), ROUND_FLOOR),
        "cost": rounded(order.total.reserve, ROUND_CEILING),
        "source": order.estimate.source.value,
        "resets": instant(period.end),
    }


def check_trial(cost: Decimal, left: Decimal) -> None:
    """Raises `Refusal` when what is `left` of a trial (USD) is less than what the order sets aside."""
    if cost > left:
        raise Refusal(
            "trial-over", left=rounded(max(left, Decimal(0)), ROUND_FLOOR), price=rounded(cost, ROUND_CEILING)
        )


def who_confirms(order: PolicyInput, policy: GuildPolicy) -> Asks | None:
    """Who has to say yes first, or again. A manager's yes is the requester's too."""
    cost = order.total.usd
    yes = order.confirmed if order.confirmed is not None and cost <= order.confirmed.cost else None
    if not order.estimate.known and policy.unpriced is Unpriced.MANAGER:
        return None if yes is not None and yes.by is Asks.MANAGER else Asks.MANAGER
    if yes is None and policy.confirm_above is not None and cost > policy.confirm_above:
        return Asks.REQUESTER
    return None


def marks(policy: GuildPolicy, standing: Standing, at: datetime) -> Iterator[Mark]:
    """Every share of a budget that is reached at `at`, the highest of each budget first."""
    for name, budget, spent, period in (
        ("month", policy.month_budget, standing.guild_month, month_of(at, policy.time_zone)),
        ("day", policy.day_budget, standing.guild_day, day_of(at, policy.time_zone)),
    ):
        for share in reversed(SHARES):
            if budget is not None and spent * 100 >= budget * share:
                yield Mark(period=name, share=share, label=period.label, spent=spent, budget=budget, resets=period.end)


def rounded(amount: Decimal, rounding: str) -> Decimal:
    """To cents, below one to tenths of them, as a text shows it.

    What is left is rounded down, what something costs is rounded up: where it does not fit, the text shows that too.
    """
    return amount.quantize(_CENT if amount >= _CENT else _TENTH, rounding)


def instant(moment: datetime) -> str:
    """Unix seconds as text: as a number it would get separators, and Discord would show them."""
    return str(to_millis(moment) // 1000)
