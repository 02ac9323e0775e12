"""How long an order will take, told from how long others took; and how much of it is over."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.ids import ChannelId, OrderId, UserId
from bot.domain.models.catalogue import MediaKind

_LIKELY, _NEARLY_SURE = 0.5, 0.9
_FEWEST = 3  # of fewer nothing can be told
_NEAR, _PARTS = 3, 4  # further back than the third, a quarter of the way is worth a word
STEPS = 10  # of a bar; the last one is only reached by what is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """From the beginning: of orders like it, half are there after `likely`, nine of ten after `at_most`."""

    likely: timedelta
    at_most: timedelta


TYPICAL: Mapping[MediaKind, Forecast] = {
    # What Oxen says of its models (API.md, "Polling, timing, price"), while nobody has seen how long one takes.
    MediaKind.IMAGE: Forecast(likely=timedelta(seconds=15), at_most=timedelta(seconds=30)),
    MediaKind.VIDEO: Forecast(likely=timedelta(minutes=3), at_most=timedelta(minutes=15)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """Where an order stood at `at`. `ahead` are the orders before it in the guild's own queue; 0 and `admitted`: none.

    `since` is when the `estimate` begins: when the order was sent, and `at` while it waits for that. `paused`: nothing
    of the guild is sent until somebody resumes it, so there is no estimate of what waits.
    """

    order_id: OrderId
    at: datetime
    since: datetime
    admitted: bool
    ahead: int
    estimate: Forecast | None
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be cancelled: one order, all of a member, all in a channel; with none of them, everything."""

    order: OrderId | None = None
    member: UserId | None = None
    channel: ChannelId | None = None

    @property
    def kind(self) -> str:
        if self.order is not None:
            return "order"
        if self.member is not None:
            return "member"
        return "channel" if self.channel is not None else "all"

    @property
    def subject(self) -> str:
        """The id of the order, member or channel; "" for everything."""
        return str(self.order or self.member or self.channel or "")


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
    return now != shown and (now <= _NEAR or abs(now - shown) >= max(1, shown // _PARTS))


def waves(*, running: int, ahead: int, own: int, limit: int | None) -> int:
    """How many fillings of the guild's places it takes until the order's own generations are over."""
    return max(1, math.ceil((running + ahead + own) / limit)) if limit else 1


def forecast(took: Sequence[timedelta]) -> Forecast | None:
    """None where too few are known."""
    if len(took) < _FEWEST:
        return None
    ordered = sorted(took)
    likely, at_most = (ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in (_LIKELY, _NEARLY_SURE))
    return Forecast(likely=likely, at_most=at_most)


def steps_done(place: QueuePosition, over: int, count: int) -> int:
    """Of `STEPS`, for an order of which `over` outputs of `count` are over; the others count by the time they take."""
    share = 1.0
    if place.estimate is not None and place.estimate.likely:
        share = min(max((place.at - place.since) / place.estimate.likely, 0.0), 1.0)
    return min(int(STEPS * (over + (count - over) * share) / count), STEPS - 1)


def next_step(place: QueuePosition) -> datetime | None:
    """When the bar, or what is said of the time, is the next to change; None: no more."""
    if place.estimate is None:
        return None
    likely = place.estimate.likely
    moments = [
        *(place.since + likely * step / STEPS for step in range(1, STEPS + 1)),
        place.since + place.estimate.at_most,
    ]
    return next((moment for moment in moments if moment > place.at), None)
