"""What a log channel says: acts of those who look after the guild, budgets, a key that stopped working, the week."""

import json
from collections.abc import Mapping
from typing import Any

from bot.domain.ids import NOBODY, GuildId, UserId, is_id, short
from bot.domain.records.acts import Act, ActKind
from bot.domain.records.notice import Notice

from bot.chat.kit.translation import Texts
from bot.chat.kit.words import escape_markdown, mention
from bot.chat.settings.rule_words import change_in_words

MOST = 2000  # characters of a message
_NAME = 80
_RULES = frozenset({ActKind.RULES_CHANGED, ActKind.PAUSED, ActKind.DRAINED, ActKind.RESUMED})


def act_line(act: Act, texts: Texts) -> str:
    """Who did what."""
    values = {"user": mention(act.by) if act.by != NOBODY else texts("act-nobody"), "subject": _subject(act)}
    if act.kind in _RULES:
        values |= change_in_words(act.subject, act.before, act.after, texts)
    elif act.kind is ActKind.PAYER_CHANGED:
        values |= {"before": _payer(act.before, texts), "after": _payer(act.after, texts)}
    return texts(f"act-{act.kind.value}", **values)


def notice_text(notice: Notice, texts: Texts) -> str:
    """What the log channel is told. Raises `KeyError` for a kind that has no text."""
    if notice.kind == "act":
        return f"📝 {act_line(_act(notice), texts)}"[:MOST]
    shown = {
        name: escape_markdown(value, _NAME) if isinstance(value, str) else value
        for name, value in notice.values.items()
    }
    return texts(f"notice-{notice.kind}", **shown)[:MOST]


def _act(notice: Notice) -> Act:
    said: Mapping[str, Any] = notice.values
    return Act(
        guild_id=GuildId(notice.id.guild_id),
        by=UserId(int(said["by"])),
        kind=ActKind(said["act"]),
        subject=str(said["subject"]),
        before=said["before"] or None,
        after=said["after"] or None,
    )


def _subject(act: Act) -> str:
    match act.kind:
        case ActKind.CANCELLED_MEMBER:
            return mention(UserId(int(act.subject)))
        case ActKind.CANCELLED_CHANNEL:
            return f"<#{act.subject}>"
        case _:
            return short(act.subject) if is_id(act.subject) else act.subject


def _payer(content: str | None, texts: Texts) -> str:
    """A payer as the audit log has it: `{"namespace": …, "key": its last four characters}`."""
    said: Mapping[str, str | None] = json.loads(content) if content else {}
    namespace, key = said.get("namespace"), said.get("key")
    parts = [texts("payer-key", tail=escape_markdown(key, 4))] if key is not None else []
    if namespace is not None:
        parts.append(texts("payer-namespace", namespace=escape_markdown(namespace, _NAME)))
    return ", ".join(parts) or texts("payer-none")
