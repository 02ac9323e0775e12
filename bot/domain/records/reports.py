"""What a guild, or one of its members, has used in a period, and what was ordered once. Values only; amounts are USD.

Everything counts in the period in which its order was accepted, as it does towards the limits.
"""

import enum
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.ids import NOBODY, GenerationId, MessageId, OrderId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.order import Order
from bot.domain.rules.periods import Period, Span

_S = GenerationState
FAILED = (_S.FAILED, _S.EXPIRED, _S.ABSENT)
_HALF, _MOST = 0.5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Half of the waits were as long as `half` or shorter, nine of ten as long as `most`."""

    half: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a day, a member or a model comes to. `name` is its date, its id, or the model's name.

    `unsure`: so much of it is an estimate or unclear.
    """

    name: str
    usd: Decimal
    orders: int
    unsure: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """What became of the images, or of the videos: `outputs` that succeeded, what they cost, how long they took.

    `unsure`: so much of the cost is an estimate or unclear.
    """

    kind: MediaKind
    outputs: int
    usd: Decimal
    unsure: Decimal
    success_rate: float | None
    took: Wait | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the period will have come to at its end, if it goes on as until now. `exhausted`: when the budget is."""

    usd: Decimal
    exhausted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent in the period."""

    usd: Decimal
    spent: Decimal

    @property
    def share(self) -> float:
        """How much of it is spent; more than 1 when it was overspent."""
        return float(self.spent / self.usd) if self.usd else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStanding:
    """What a guild's orders of a day or month (`span`) come to until now, and its `budget` for that, if it has one.

    `charged` is what their outputs cost, `reserved` for what is under way, `unclear` what may have been charged.
    """

    span: Span
    charged: Decimal
    reserved: Decimal
    unclear: Decimal
    budget: Decimal | None
    resets: datetime

    @property
    def left(self) -> Decimal | None:
        """What may still be spent; None without a budget."""
        if self.budget is None:
            return None
        return max(self.budget - self.charged - self.reserved - self.unclear, Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """`member` None is the whole guild. `spent` includes what is `reserved` for what is still under way, what is
    `unclear` (estimates of outputs that may have been made and charged, as nobody can tell), and what is `estimated`
    (charged, and the provider has not said how much).

    `members` and `models` are sorted, dearest first; `others` was spent by people who have been forgotten since.
    `took` is the time from the order to its result, `held` the part of it until the order was sent to the provider.
    """

    period: Period
    member: UserId | None
    spent: Decimal
    reserved: Decimal
    unclear: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)
    orders: int
    days: tuple[Spent, ...]
    members: tuple[Spent, ...]
    models: tuple[Spent, ...]
    kinds: tuple[OfKind, ...] = ()
    others: Decimal
    states: Mapping[GenerationState, int]
    took: Wait | None
    held: Wait | None
    budget: Budget | None
    day_budget: Decimal | None
    forecast: Forecast | None = None

    @property
    def unsure(self) -> Decimal:
        return self.unclear + self.estimated

    @property
    def succeeded(self) -> int:
        return self.states.get(_S.SUCCEEDED, 0)

    @property
    def failed(self) -> int:
        """Generations that brought nothing, cancelled ones aside."""
        return sum(self.states.get(state, 0) for state in FAILED)

    @property
    def cancelled(self) -> int:
        return self.states.get(_S.CANCELLED, 0)

    @property
    def success_rate(self) -> float | None:
        """Of what was made or should have been; None before anything was."""
        return success_rate(self.states)


def success_rate(states: Mapping[GenerationState, int]) -> float | None:
    """Of what was made or should have been; None before anything was. What was cancelled does not count."""
    succeeded = states.get(_S.SUCCEEDED, 0)
    tried = succeeded + sum(states.get(state, 0) for state in FAILED)
    return succeeded / tried if tried else None


def wait_of(seconds: Counter[int]) -> Wait | None:
    """The waits of whole seconds, each with how often it occurred; None without any."""
    if not seconds.total():
        return None
    return Wait(half=timedelta(seconds=_quantile(seconds, _HALF)), most=timedelta(seconds=_quantile(seconds, _MOST)))


def _quantile(seconds: Counter[int], share: float) -> int:
    wanted, seen = math.ceil(share * seconds.total()), 0
    for value in sorted(seconds):
        seen += seconds[value]
        if seen >= wanted:
            return value
    raise AssertionError("a share of all is reached")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order with its generations. `cost` is USD, None where nobody knows; `posts` tells which message has which.

    `wordless`: its prompt was deleted.
    """

    order: Order
    generations: tuple[Generation, ...]
    cost: Decimal | None
    posts: Mapping[GenerationId, MessageId]
    wordless: bool = False

    @property
    def forgotten(self) -> bool:
        """Whether the person who ordered it asked to be forgotten."""
        return self.order.context.requester_id == NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What an order goes on from, the nearest first, and what goes on from it, the newest first."""

    ancestors: tuple[PastOrder, ...] = ()
    children: tuple[PastOrder, ...] = ()


class Way(enum.StrEnum):
    """From where a page goes on; the values are what the buttons carry."""

    NEWEST = "n"
    OLDER = "o"
    NEWER = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, newest first. `newer` and `older` are orders from which to go on; None: there is nothing there."""

    entries: tuple[PastOrder, ...]
    newer: OrderId | None
    older: OrderId | None
