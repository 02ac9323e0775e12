"""A guild's rules: what it may spend, who may order what, where and when; and the same as JSON, as rows keep them.

`limits` applies them, `parsing` reads what a manager types. JSON lasts across versions: what is unknown is passed over,
what is missing stays standard.
"""

import enum
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, cast

from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.rules.patterns import Patterns
from bot.domain.rules.prices import SetPrice

# Lines of an image, by the names that models use; of 1k to 4k those of the common screens.
_NAMED_LINES = {"0.5k": 540, "1k": 1080, "2k": 1440, "4k": 2160, "8k": 4320}
_PLAIN = (
    *("time_zone", "running", "acts_told", "weekly_summary", "retention", "paused", "drained"),
    *("log_channel", "log_channel_lost", "showcase_channel", "showcase_channel_lost", "showcase_stars"),
    "review_channel",
)
_AMOUNTS = ("month_budget", "day_budget", "confirm_above")
_CEILINGS = ("ceiling_image", "ceiling_second")
_WORDS = ("models", "groups", "restricted_models")
_PATTERNS = ("blocked", "restricted")


class Unpriced(enum.StrEnum):
    """What becomes of an order of whose price nothing is known. Whichever it is, a ceiling is set aside for it."""

    CEILING = "ceiling"  # the ceiling is enough
    MANAGER = "manager"  # somebody who manages the server has to agree
    REFUSE = "refuse"


# What rules from before there were ceilings said: nothing, or that whoever ordered was asked.
_FORMER = {None: Unpriced.CEILING, "allow": Unpriced.CEILING, "confirm": Unpriced.CEILING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one member may do. None: this says nothing about it; where nobody says anything there is no limit.

    Amounts are USD; `longest` is seconds; `resolution` lines of an image (`lines`).
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
    unpriced: Unpriced = Unpriced.CEILING
    ceiling_image: Decimal = Decimal("0.25")  # what is set aside for an image of whose price nothing is known,
    ceiling_second: Decimal = Decimal("0.50")  # and for a second of such a video
    prices: Mapping[str, SetPrice] = field(
        default_factory=dict[str, SetPrice]
    )  # of models, where the guild pays itself
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
    showcase_channel: ChannelId | None = None  # where results appear that many have starred
    showcase_channel_lost: ChannelId | None = None  # the one before: nothing could be posted there any more
    showcase_stars: int = 3  # of members who did not order it
    reviewed: frozenset[ChannelId] = frozenset()  # where others see results after a moderator's yes
    review_channel: ChannelId | None = None  # where moderators are asked; None: in the log channel
    retention: int | None = None  # days for which prompts are kept
    paused: bool = False  # nothing is sent
    drained: bool = False  # nothing new is accepted

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


def lines(resolution: object) -> int | None:
    """How many lines an image of this resolution has: "720p" 720, "4k" 2160, "1024x1536" 1024; None if it is open."""
    text = str(resolution).strip().lower()
    if text in _NAMED_LINES:
        return _NAMED_LINES[text]
    sides = text.removesuffix("p").replace("*", "x").split("x")
    if not 1 <= len(sides) <= 2 or not all(side.isdecimal() for side in sides):  # noqa: PLR2004 - width and height
        return None
    return min(int(side) for side in sides)


def dump_policy(policy: GuildPolicy) -> str:
    """All fields, sorted, so that equal rules are equal texts."""
    return json.dumps(to_json(policy), sort_keys=True)


def to_json(policy: GuildPolicy) -> dict[str, Any]:
    """Plain values by field: amounts as text, sets as sorted lists."""
    quiet = policy.quiet
    return {
        **{name: getattr(policy, name) for name in _PLAIN},
        **{name: None if (usd := getattr(policy, name)) is None else str(usd) for name in _AMOUNTS},
        **{name: sorted(getattr(policy, name)) for name in (*_WORDS, "channels", "roles", "banned", "reviewed")},
        **{name: list(getattr(policy, name).texts) for name in _PATTERNS},
        "unpriced": policy.unpriced,
        **{name: str(getattr(policy, name)) for name in _CEILINGS},
        "prices": {name: [str(p.usd), p.per_output] for name, p in sorted(policy.prices.items())},
        "everyone": _allowance_out(policy.everyone),
        "by_role": {str(role): _allowance_out(said) for role, said in sorted(policy.by_role.items())},
        "quiet": [quiet.start, quiet.end] if quiet is not None else None,
    }


def load_policy(text: str, standard: GuildPolicy) -> GuildPolicy:
    """The rules that `dump_policy` wrote, of this version or another; what it did not write is as in `standard`."""
    said: Mapping[str, Any] = to_json(standard) | cast("dict[str, Any]", json.loads(text))
    quiet = said["quiet"]
    known: dict[str, Any] = {
        **{name: said[name] for name in _PLAIN},
        **{name: None if (usd := said[name]) is None else Decimal(usd) for name in _AMOUNTS},
        **{name: frozenset[str](said[name]) for name in _WORDS},
        **{name: Patterns(tuple(said[name])) for name in _PATTERNS},
    }
    return GuildPolicy(
        **known,
        unpriced=_FORMER.get(said["unpriced"]) or Unpriced(said["unpriced"]),
        ceiling_image=Decimal(said["ceiling_image"]),
        ceiling_second=Decimal(said["ceiling_second"]),
        prices={name: SetPrice(usd=Decimal(usd), per_output=each) for name, (usd, each) in said["prices"].items()},
        everyone=_allowance_in(said["everyone"]),
        by_role={RoleId(int(role)): _allowance_in(each) for role, each in said["by_role"].items()},
        channels=frozenset(ChannelId(each) for each in said["channels"]),
        roles=frozenset(RoleId(each) for each in said["roles"]),
        banned=frozenset(UserId(each) for each in said["banned"]),
        reviewed=frozenset(ChannelId(each) for each in said["reviewed"]),
        quiet=QuietHours(start=quiet[0], end=quiet[1]) if quiet is not None else None,
    )


def changes(before: GuildPolicy, after: GuildPolicy) -> dict[str, tuple[Any, Any]]:
    """The fields in which two sets of rules differ, each with its plain value in both."""
    old, new = to_json(before), to_json(after)
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _allowance_out(said: Allowance) -> dict[str, Any]:
    values = {each.name: getattr(said, each.name) for each in fields(Allowance)}
    return {name: str(v) if isinstance(v, Decimal) else v for name, v in values.items() if v is not None}


def _allowance_in(said: Mapping[str, Any]) -> Allowance:
    names = {each.name for each in fields(Allowance)} & said.keys()
    amounts = {"spend_per_day", "spend_per_month"}
    known: dict[str, Any] = {name: Decimal(said[name]) if name in amounts else said[name] for name in names}
    return Allowance(**known)
