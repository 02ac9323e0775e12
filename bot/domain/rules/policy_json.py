"""A guild's rules as JSON and back, across versions: what is unknown is passed over, what is missing stays standard."""

import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, cast

from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.rules.patterns import Patterns
from bot.domain.rules.policy import Allowance, GuildPolicy, QuietHours, Unpriced

_PLAIN = (
    *("time_zone", "running", "acts_told", "weekly_summary", "retention", "paused", "drained"),
    *("log_channel", "log_channel_lost"),
)
_AMOUNTS = ("month_budget", "day_budget", "confirm_above")
_WORDS = ("models", "groups", "restricted_models")
_PATTERNS = ("blocked", "restricted")


def dump_policy(policy: GuildPolicy) -> str:
    """All fields, sorted, so that equal rules are equal texts."""
    return json.dumps(to_json(policy), sort_keys=True)


def to_json(policy: GuildPolicy) -> dict[str, Any]:
    """Plain values by field: amounts as text, sets as sorted lists."""
    quiet = policy.quiet
    return {
        **{name: getattr(policy, name) for name in _PLAIN},
        **{name: _amount_out(getattr(policy, name)) for name in _AMOUNTS},
        **{name: sorted(getattr(policy, name)) for name in (*_WORDS, "channels", "roles", "banned")},
        **{name: list(getattr(policy, name).texts) for name in _PATTERNS},
        "unpriced": policy.unpriced,
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
        **{name: _amount_in(said[name]) for name in _AMOUNTS},
        **{name: frozenset[str](said[name]) for name in _WORDS},
        **{name: Patterns(tuple(said[name])) for name in _PATTERNS},
    }
    return GuildPolicy(
        **known,
        unpriced=Unpriced(said["unpriced"]) if said["unpriced"] is not None else None,
        everyone=_allowance_in(said["everyone"]),
        by_role={RoleId(int(role)): _allowance_in(each) for role, each in said["by_role"].items()},
        channels=frozenset(ChannelId(each) for each in said["channels"]),
        roles=frozenset(RoleId(each) for each in said["roles"]),
        banned=frozenset(UserId(each) for each in said["banned"]),
        quiet=QuietHours(start=quiet[0], end=quiet[1]) if quiet is not None else None,
    )


def changes(before: GuildPolicy, after: GuildPolicy) -> dict[str, tuple[Any, Any]]:
    """The fields in which two sets of rules differ, each with its plain value in both."""
    old, new = to_json(before), to_json(after)
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _amount_out(amount: Decimal | None) -> str | None:
    return str(amount) if amount is not None else None


def _amount_in(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _allowance_out(said: Allowance) -> dict[str, Any]:
    values = {each.name: getattr(said, each.name) for each in fields(Allowance)}
    return {name: str(v) if isinstance(v, Decimal) else v for name, v in values.items() if v is not None}


def _allowance_in(said: Mapping[str, Any]) -> Allowance:
    names = {each.name for each in fields(Allowance)} & said.keys()
    amounts = {"spend_per_day", "spend_per_month"}
    known: dict[str, Any] = {name: Decimal(said[name]) if name in amounts else said[name] for name in names}
    return Allowance(**known)
