"""A notice: one message that a guild's log channel is owed, told once, however often its cause occurs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Value
from bot.domain.ids import GuildId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKey:
    """What is told once: `key` is unique within its guild."""

    guild_id: GuildId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One row of the outbox, claimed. `kind` names a text `notice-<kind>`; `values` fill its gaps."""

    id: NoticeKey
    kind: str
    values: Mapping[str, Value]
    created_at: datetime
    attempt: int
    first_attempt_at: datetime
