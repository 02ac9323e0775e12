"""Values to words, pure: a guild's rules as the panels and the audit log show them, and what a log channel is told."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.chat.kit.words import escape_markdown, mention
from bot.domain.ids import NOBODY, GuildId, UserId, is_id, short
from bot.domain.models.catalogue import ModelGroup
from bot.domain.records.guild_log import Act, ActKind, Notice
from bot.domain.rules.policy import GuildPolicy, to_json
from bot.store.wallet.ledger import Why
from bot.texts import Texts

MOST = 2000  # characters of a message in the log channel
_LISTED = 10  # of what a rule names; there may be hundreds
_VALUE, _NAME = 60, 80  # characters
_SPENT = frozenset({"spend_per_day", "spend_per_month"})
# Of a notice: USD, which its row keeps as text.
_AMOUNTS = frozenset({"spent", "budget", "price", "reserved", "change", *(f"{why}_usd" for why in Why)})
_ALLOWANCES = ("in_flight", "per_day", "spend_per_day", "spend_per_month", "longest", "resolution")
_RULES = frozenset({ActKind.RULES_CHANGED, ActKind.PAUSED, ActKind.DRAINED, ActKind.RESUMED})
_UNCLEAR = frozenset({ActKind.UNCLEAR_CHARGED, ActKind.UNCLEAR_FREE})

Words = Callable[[Any, Texts], str]


def rule_name(rule: str, texts: Texts) -> str:
    """What the rule (a field of `GuildPolicy`) is called."""
    return texts("rule-name", rule=rule)


def rule_lines(policy: GuildPolicy, rules: Sequence[str], texts: Texts) -> str:
    """One line for each of the rules: what it is called, and what is settled."""
    values = to_json(policy)
    return "\n".join(f"**{rule_name(rule, texts)}:** {rule_value(rule, values[rule], texts)}" for rule in rules)


def rule_value(rule: str, value: Any, texts: Texts) -> str:
    """What is settled, from the plain value that `policy.to_json` makes of it."""
    if value is None or value in ([], {}):
        return texts("rule-none", rule=rule)
    if isinstance(value, bool):
        return texts("rule-on" if value else "rule-off")
    words = _WORDS.get(rule)
    return words(value, texts) if words is not None else escape_markdown(str(value), _VALUE)


def act_line(act: Act, texts: Texts) -> str:
    """Who did what."""
    values = {"user": mention(act.by) if act.by != NOBODY else texts("act-nobody")}
    match act.kind:
        case ActKind.CANCELLED_MEMBER:
            values["subject"] = mention(UserId(int(act.subject)))
        case ActKind.CANCELLED_CHANNEL:
            values["subject"] = f"<#{act.subject}>"
        case _:
            values["subject"] = short(act.subject) if is_id(act.subject) else act.subject
    told = {"before": act.before, "after": act.after}  # JSON
    if act.kind in _RULES:
        values["rule"] = rule_name(act.subject, texts)
        for name, value in told.items():
            values[name] = rule_value(act.subject, json.loads(value) if value else None, texts)
    elif act.kind in _UNCLEAR:
        values["before"] = texts.money(Decimal(json.loads(act.before or '"0"')))
    elif act.kind is ActKind.PAYER_CHANGED:
        values |= {name: _payer(value, texts) for name, value in told.items()}
    return texts(f"act-{act.kind.value}", **values)


def notice_text(notice: Notice, texts: Texts) -> str:
    """What the log channel is told. Raises `KeyError` for a kind that has no text."""
    said: dict[str, Any] = dict(notice.values)
    said |= {name: Decimal(said[name]) for name in _AMOUNTS & said.keys()}
    if notice.kind == "act":
        act = Act(
            guild_id=GuildId(notice.id.guild_id),
            by=UserId(int(said["by"])),
            kind=ActKind(said["act"]),
            subject=str(said["subject"]),
            before=said["before"] or None,
            after=said["after"] or None,
        )
        return f"📝 {act_line(act, texts)}"[:MOST]
    best: Sequence[Mapping[str, Any]] = json.loads(said.pop("best", "[]"))
    shown = {name: escape_markdown(value, _NAME) if isinstance(value, str) else value for name, value in said.items()}
    lines = [texts(f"notice-{notice.kind}", **shown), *([texts("notice-best")] if best else [])]
    for one in best:
        url = f"https://discord.com/channels/{notice.id.guild_id}/{one['channel_id']}/{one['message_id']}"
        model, user = escape_markdown(one["model"], _NAME), mention(UserId(one["requester"]))
        lines.append(texts("notice-best-line", count=one["stars"], model=model, user=user, url=url))
    return "\n".join(lines)[:MOST]


def _payer(content: str | None, texts: Texts) -> str:
    """A payer as the audit log has it: `{"namespace": …, "key": its last four characters}`."""
    said: Mapping[str, str | None] = json.loads(content) if content else {}
    namespace, key = said.get("namespace"), said.get("key")
    parts = [texts("payer-key", tail=escape_markdown(key, 4))] if key is not None else []
    if namespace is not None:
        parts.append(texts("payer-namespace", namespace=escape_markdown(namespace, _NAME)))
    return ", ".join(parts) or texts("payer-none")


def _list(names: Sequence[str], texts: Texts, between: str = ", ", further: str = " ") -> str:
    shown = between.join(names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown}{further}{texts('rule-further', count=len(names) - _LISTED)}"


def _allowance(said: Mapping[str, Any], texts: Texts) -> str:
    parts = [
        texts("rule-allowance", what=name, value=Decimal(said[name]) if name in _SPENT else str(said[name]))
        for name in _ALLOWANCES
        if name in said
    ]
    return " · ".join(parts) or texts("rule-none", rule="everyone")


_WORDS: Mapping[str, Words] = {
    "month_budget": lambda value, texts: texts.money(Decimal(value)),
    "day_budget": lambda value, texts: texts.money(Decimal(value)),
    "confirm_above": lambda value, texts: (
        texts("rule-above", amount=Decimal(value)) if Decimal(value) else texts("rule-always")
    ),
    "ceiling_image": lambda value, texts: texts.money(Decimal(value)),
    "ceiling_second": lambda value, texts: texts.money(Decimal(value)),
    "prices": lambda value, texts: texts("rule-prices", count=len(value)),
    "unpriced": lambda value, texts: texts("rule-unpriced", choice=value),
    "everyone": _allowance,
    "by_role": lambda value, texts: _list(
        [f"\n- <@&{role}>: {_allowance(said, texts)}" for role, said in value.items()],
        texts,
        between="",
        further="\n- ",
    ),
    "channels": lambda value, texts: _list([f"<#{each}>" for each in value], texts),
    "roles": lambda value, texts: _list([f"<@&{each}>" for each in value], texts),
    "banned": lambda value, texts: _list([f"<@{each}>" for each in value], texts),
    "models": lambda value, texts: _list([f"`{escape_markdown(each, _VALUE)}`" for each in value], texts),
    "groups": lambda value, texts: _list(
        [texts(f"group-{group.value}") for group in ModelGroup if group.value in value], texts
    ),
    "restricted_models": lambda value, texts: _list([f"`{escape_markdown(each, _VALUE)}`" for each in value], texts),
    "blocked": lambda value, texts: texts("rule-patterns", count=len(value)),
    "restricted": lambda value, texts: texts("rule-patterns", count=len(value)),
    "quiet": lambda value, _: "\u2013".join(f"{minute // 60:02}:{minute % 60:02}" for minute in value),
    "log_channel": lambda value, _: f"<#{value}>",
    "review_channel": lambda value, _: f"<#{value}>",
    "reviewed": lambda value, texts: _list([f"<#{each}>" for each in value], texts),
    "log_channel_lost": lambda value, _: f"<#{value}>",
    "showcase_channel": lambda value, _: f"<#{value}>",
    "showcase_channel_lost": lambda value, _: f"<#{value}>",
    "showcase_stars": lambda value, texts: texts("rule-stars", count=value),
    "retention": lambda value, texts: texts("rule-days", count=value),
}
