"""A guild's rules: what it may spend, who may order what, where and when. Values only; `limits` applies them."""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.rules.patterns import Patterns

# Lines of a picture, by the names that models use; of 1k to 4k those of the common screens.
_NAMED_LINES = {"0.5k": 540, "1k": 1080, "2k": 1440, "4k": 2160, "8k": 4320}


class Unpriced(enum.StrEnum):
    """What becomes of an order whose price the catalogue does not tell."""

    REFUSE = "refuse"
    CONFIRM = "confirm"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one member may do. None: this says nothing about it; where nobody says anything there is no limit.

    Amounts are USD; `longest` is seconds; `resolution` lines of a picture (`lines`).
    """

    in_flight: int | None = None  # orders that are not over
    per_day: int | None = None  # orders
    spend_per_day: Decimal | None = None
    spend_per_month: Decimal | None = None
    longest: int | None = None
    resolution: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Minutes since midnight in the guild's zone; nothing is ordered from `start` until `end`, over midnight or not."""

    start: int
    end: int

    def at(self, minute: int) -> bool:
        """Whether the minute of a day is a quiet one."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildPolicy:
    """All rules of one guild. As it stands here, everything is allowed to everybody.

    An empty `channels`, `roles`, `models` or `groups` allows all of them. Models are named by id, groups by the values
    of `catalogue.ModelGroup`.
    """

    time_zone: str = "UTC"
    month_budget: Decimal | None = None
    day_budget: Decimal | None = None
    confirm_above: Decimal | None = None
    unpriced: Unpriced | None = None  # None: asked about where there is a budget, allowed where there is none
    running: int | None = None  # generations at once
    everyone: Allowance = field(default_factory=Allowance)
    by_role: Mapping[RoleId, Allowance] = field(default_factory=dict[RoleId, Allowance])
    channels: frozenset[ChannelId] = frozenset()
    roles: frozenset[RoleId] = frozenset()
    models: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    blocked: Patterns = field(default_factory=Patterns)
    restricted: Patterns = field(default_factory=Patterns)  # in age-restricted channels only
    restricted_models: frozenset[str] = frozenset()
    quiet: QuietHours | None = None
    banned: frozenset[UserId] = frozenset()
    log_channel: ChannelId | None = None
    log_channel_lost: ChannelId | None = None  # the one before: nothing could be posted there any more
    acts_told: bool = False  # moderators' acts and changes of these rules, in the log channel
    weekly_summary: bool = False
    retention: int | None = None  # days for which prompts are kept
    paused: bool = False  # nothing is sent
    drained: bool = False  # nothing new is accepted

    @property
    def on_unpriced(self) -> Unpriced:
        if self.unpriced is not None:
            return self.unpriced
        budgeted = self.month_budget is not None or self.day_budget is not None
        return Unpriced.CONFIRM if budgeted else Unpriced.ALLOW

    def offers(self, model_id: str, groups: Collection[str]) -> bool:
        """Whether the model, which does what `groups` say, may be ordered, if not in every channel."""
        return not (self.models or self.groups) or model_id in self.models or not self.groups.isdisjoint(groups)

    def allowance(self, roles: Iterable[RoleId]) -> Allowance:
        """What a member with these roles may do: of everything said about it, the most generous applies."""
        said = [self.everyone, *(self.by_role[role] for role in roles if role in self.by_role)]
        most: dict[str, Any] = {}
        for each in fields(Allowance):
            stated = [value for value in (getattr(one, each.name) for one in said) if value is not None]
            if stated:
                most[each.name] = max(stated)
        return Allowance(**most)


STANDARD = GuildPolicy()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A requester's yes to this cost (USD); None is a yes to not knowing."""

    cost: Decimal | None

    def covers(self, cost: Decimal | None) -> bool:
        """Whether the yes holds for `cost` too: it does for less, and for nothing that was not told."""
        if cost is None or self.cost is None:
            return cost is self.cost
        return cost <= self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What the rules ask about one order.

    `cost` is USD for all its outputs, None where nobody knows; `seconds` and `lines` are of one output.
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
    cost: Decimal | None
    seconds: float | None = None
    seconds_open: bool = False  # the model would choose the length, though it could be told one
    lines: int | None = None
    confirmed: Confirmed | None = None
    trial: Decimal | None = None  # USD that the operator gives the guild in all; None: it pays for itself


def lines(resolution: object) -> int | None:
    """How many lines a picture of this resolution has: "720p" 720, "4k" 2160, "1024x1536" 1024; None if it is open."""
    text = str(resolution).strip().lower()
    if text in _NAMED_LINES:
        return _NAMED_LINES[text]
    sides = text.removesuffix("p").replace("*", "x").split("x")
    if not 1 <= len(sides) <= 2 or not all(side.isdecimal() for side in sides):  # noqa: PLR2004 - width and height
        return None
    return min(int(side) for side in sides)
