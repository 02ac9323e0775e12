"""How long an order will take, told from how long others took."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.ids import OrderId

_LIKELY, _NEARLY_SURE = 0.5, 0.9
_FEWEST = 3  # of fewer nothing can be told
_NEAR, _STEPS = 3, 4  # further back than the third, a quarter of the way is worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """From now until the result: half of the orders like it are there after `likely`, nine of ten after `at_most`."""

    likely: timedelta
    at_most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an order stood at `at`. `ahead` are the orders before it in the guild's own queue; 0 and `admitted`: none.

    `paused`: nothing of the guild is sent until somebody resumes it, so there is no estimate of what waits.
    """

    order_id: OrderId
    at: datetime
    admitted: bool
    ahead: int
    estimate: Forecast | None
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Generations that are not over and that nobody has cancelled, in how many orders.

    `reserved`: USD for all of them; of `unpriced` the price is not known, only what is set aside. `unsent` did not
    leave yet.
    """

    orders: int
    generations: int
    unsent: int
    unpriced: int
    reserved: Decimal


def worth_telling(shown: int, now: int) -> bool:
    """Whether somebody who was shown one place should be shown another: near the head each step counts."""
    return now != shown and (now <= _NEAR or abs(now - shown) >= max(1, shown // _STEPS))


def waves(*, running: int, ahead: int, own: int, limit: int | None) -> int:
    """How many fillings of the guild's places it takes until the order's own generations are over."""
    return max(1, math.ceil((running + ahead + own) / limit)) if limit else 1


def estimate(took: Sequence[timedelta], waves: int = 1, since: timedelta = timedelta()) -> Forecast | None:
    """None where too few are known. `since`: how long the order has been at the provider.

    Those before it in the queue are taken to last as long as it does: the queue mixes models, and so does luck.
    """
    if len(took) < _FEWEST:
        return None
    ordered = sorted(took)
    return Forecast(
        likely=max(_quantile(ordered, _LIKELY) * waves - since, timedelta()),
        at_most=max(_quantile(ordered, _NEARLY_SURE) * waves - since, timedelta()),
    )


def _quantile(ordered: Sequence[timedelta], share: float) -> timedelta:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
