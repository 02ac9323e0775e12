"""What people who look after a guild did to its rules and its queue, as the audit log keeps it."""

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import GuildId, UserId


class ActKind(enum.StrEnum):
    """Each has a text `act-<name>`."""

    RULES_CHANGED = "rules-changed"  # subject: the field
    PAYER_CHANGED = "payer-changed"
    CANCELLED_ORDER = "cancelled-order"  # subject: the order
    CANCELLED_MEMBER = "cancelled-member"  # subject: the member
    CANCELLED_CHANNEL = "cancelled-channel"  # subject: the channel
    CANCELLED_ALL = "cancelled-all"
    MOVED = "moved"  # subject: the order; before and after: its place
    PAUSED = "paused"
    DRAINED = "drained"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`before` and `after` are what `subject` was and became, as JSON, where that can be said."""

    guild_id: GuildId
    by: UserId
    kind: ActKind
    subject: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRecord:
    """One row of the audit log; `ordinal` counts from 1 within the guild."""

    act: Act
    at: datetime
    ordinal: int
