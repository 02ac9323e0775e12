"""A guild's rules in plain words: for the panel that shows them, and for the log of who changed what."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.chat.prices import dollars
from bot.chat.translation import Texts
from bot.chat.words import escape_markdown
from bot.domain.models.catalogue import ModelGroup
from bot.domain.rules.policy import GuildPolicy, to_json

_LISTED = 10  # of what a rule names; there may be hundreds
_VALUE = 60  # characters
_SPENT = frozenset({"spend_per_day", "spend_per_month"})
_ALLOWANCES = ("in_flight", "per_day", "spend_per_day", "spend_per_month", "longest", "resolution")

Words = Callable[[Any, Texts], str]


def rule_name(rule: str, texts: Texts) -> str:
    """What the rule (a field of `GuildPolicy`) is called."""
    return texts("rule-name", rule=rule)


def rule_lines(policy: GuildPolicy, rules: Sequence[str], texts: Texts) -> str:
    """One line for each of the rules: what it is called, and what is settled."""
    values = to_json(policy)
    return "\n".join(f"**{rule_name(rule, texts)}:** {rule_value(rule, values[rule], texts)}" for rule in rules)


def rule_value(rule: str, value: Any, texts: Texts) -> str:
    """What is settled, from the plain value that `policy_json.to_json` makes of it."""
    if value is None or value in ([], {}):
        return texts("rule-none", rule=rule)
    if isinstance(value, bool):
        return texts("rule-on" if value else "rule-off")
    words = _WORDS.get(rule)
    return words(value, texts) if words is not None else escape_markdown(str(value), _VALUE)


def change_in_words(rule: str, before: str | None, after: str | None, texts: Texts) -> dict[str, str]:
    """The values for a text about a change of the rule; `before` and `after` are JSON, as the audit log has them."""
    told = {"before": before, "after": after}
    words = {name: rule_value(rule, json.loads(value) if value else None, texts) for name, value in told.items()}
    return {"rule": rule_name(rule, texts), **words}


def _amount(value: str, texts: Texts) -> str:  # noqa: ARG001 - the same in every language
    return dollars(Decimal(value))


def _threshold(value: str, texts: Texts) -> str:
    amount = Decimal(value)
    return texts("rule-above", amount=dollars(amount)) if amount else texts("rule-always")


def _mentions(sign: str) -> Words:
    return lambda value, texts: _list([f"<{sign}{each}>" for each in value], texts)


def _models(value: Sequence[str], texts: Texts) -> str:
    return _list([f"`{escape_markdown(each, _VALUE)}`" for each in value], texts)


def _groups(value: Sequence[str], texts: Texts) -> str:
    return _list([texts(f"group-{group.value}") for group in ModelGroup if group.value in value], texts)


def _list(names: Sequence[str], texts: Texts) -> str:
    shown = ", ".join(names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} {texts('rule-further', count=len(names) - _LISTED)}"


def _quiet(value: Sequence[int], texts: Texts) -> str:  # noqa: ARG001
    return "\u2013".join(f"{minute // 60:02}:{minute % 60:02}" for minute in value)


def _allowance(said: Mapping[str, Any], texts: Texts) -> str:
    parts = [
        texts("rule-allowance", what=name, value=dollars(Decimal(said[name])) if name in _SPENT else str(said[name]))
        for name in _ALLOWANCES
        if name in said
    ]
    return " · ".join(parts) or texts("rule-none", rule="everyone")


def _by_role(value: Mapping[str, Mapping[str, Any]], texts: Texts) -> str:
    lines = [f"\n- <@&{role}>: {_allowance(said, texts)}" for role, said in list(value.items())[:_LISTED]]
    further = len(value) - _LISTED
    return "".join(lines) + (f"\n- {texts('rule-further', count=further)}" if further > 0 else "")


_WORDS: Mapping[str, Words] = {
    "month_budget": _amount,
    "day_budget": _amount,
    "confirm_above": _threshold,
    "unpriced": lambda value, texts: texts("rule-unpriced", choice=value),
    "everyone": _allowance,
    "by_role": _by_role,
    "channels": _mentions("#"),
    "roles": _mentions("@&"),
    "banned": _mentions("@"),
    "models": _models,
    "groups": _groups,
    "restricted_models": _models,
    "blocked": lambda value, texts: texts("rule-patterns", count=len(value)),
    "restricted": lambda value, texts: texts("rule-patterns", count=len(value)),
    "quiet": _quiet,
    "log_channel": lambda value, _: f"<#{value}>",
    "log_channel_lost": lambda value, _: f"<#{value}>",
    "retention": lambda value, texts: texts("rule-days", count=value),
}
