"""What becomes of a result that somebody does not want to see: it is deleted, covered or reported. Values only.

A result is all that one order made: its outputs are in one message, or in a few, and go together.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import OrderId, UserId
from bot.domain.orders.order import MessagePlace, Order


class Wrong(enum.StrEnum):
    """What a report says is wrong with a result. Each has a text `wrong-<name>`."""

    RULES = "rules"
    SEXUAL = "sexual"
    VIOLENT = "violent"
    PERSON = "person"
    OTHER = "other"


class Verdict(enum.StrEnum):
    """How moderators have ended the reports of a result. Each has a text `verdict-<name>`."""

    DELETED = "deleted"
    COVERED = "covered"
    DISMISSED = "dismissed"


class Told(enum.Enum):
    """Who has heard of a report."""

    MODERATORS = enum.auto()  # in the log channel
    OWNER = enum.auto()  # there is no such channel: the owner of the server, directly
    LATER = enum.auto()  # nobody yet, but somebody will
    NOBODY = enum.auto()


class Tidied(enum.Enum):
    """How far the messages of a result are as its row says."""

    DONE = enum.auto()
    LATER = enum.auto()  # Discord has trouble: it is tried again
    CLOSED = enum.auto()  # we cannot get at a message now: it is tried again for a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One member's report of a result; `words` is what they wrote, perhaps nothing."""

    order_id: OrderId
    by: UserId
    wrong: Wrong
    words: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All reports of one result, the oldest first: one message for moderators, `shown_as`, that is kept up to date.

    `result` is the message that it is about, while that is there. `attempt` counts from 1.
    """

    order: Order
    complaints: Sequence[Complaint]
    revision: int
    attempt: int
    opened_at: datetime
    result: MessagePlace | None = None
    shown_as: MessagePlace | None = None
    verdict: Verdict | None = None
    decided_by: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untidy:
    """A result whose messages are not as its row says since `due`: deleted, or covered.

    `results` are those that show it, `everything` all that there are of it: questions to moderators, the card.
    """

    order: Order
    due: datetime
    results: Sequence[MessagePlace]
    everything: Sequence[MessagePlace]
