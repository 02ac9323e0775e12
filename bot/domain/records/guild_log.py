"""What a guild is told of: what its managers did (the audit log), and the notices that its log channel is owed."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Value
from bot.domain.ids import GuildId, UserId


class ActKind(enum.StrEnum):
    """Each has a text `act-<name>`."""

    RULES_CHANGED = "rules-changed"  # subject: the field
    PAYER_CHANGED = "payer-changed"
    CANCELLED_ORDER = "cancelled-order"  # subject: the order
    CANCELLED_MEMBER = "cancelled-member"  # subject: the member
    CANCELLED_CHANNEL = "cancelled-channel"  # subject: the channel
    CANCELLED_ALL = "cancelled-all"
    UNCLEAR_CHARGED = "unclear-charged"  # subject: the order; before: the estimate of an output
    UNCLEAR_FREE = "unclear-free"  # the same
    MOVED = "moved"  # subject: the order; before and after: its place
    PAUSED = "paused"
    DRAINED = "drained"
    RESUMED = "resumed"
    HIDDEN_RESULT = "hidden-result"  # subject: the output
    DELETED_RESULT = "deleted-result"  # subject: the order
    COVERED_RESULT = "covered-result"
    UNCOVERED_RESULT = "uncovered-result"
    DISMISSED_REPORTS = "dismissed-reports"
    APPROVED_RESULT = "approved-result"
    REFUSED_RESULT = "refused-result"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKey:
    """What is told once, however often its cause occurs: `key` is unique within its guild."""

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
