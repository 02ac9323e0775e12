"""A generation: one output that the provider makes, and the states it goes through.

    intended -> sending -> queued -> processing -> succeeded | failed | cancelled | expired
                sending -> unknown -> queued | absent

`unknown` means that the answer to the POST was lost: it may have been accepted and paid for, so it is looked up
and never blindly sent again. `absent` means that looking found nothing. A transition is one guarded UPDATE in
the store; these sets are what its guards are checked against in the tests.

    failed (lost) | expired | absent -> succeeded

is a success that comes late: only the provider makes one, and it may show one that we had given up.
"""

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain.ids import OXEN, GenerationId, OrderId, ProviderName, RemoteId, UserId
from bot.domain.orders.payer import KeyId

_PARTS = 8  # of a link's path that are looked at


class GenerationState(enum.StrEnum):
    INTENDED = "intended"
    SENDING = "sending"
    UNKNOWN = "unknown"
    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ABSENT = "absent"

    @property
    def ended(self) -> bool:
        return self in ENDED


_S = GenerationState
ENDED = frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.EXPIRED, _S.ABSENT})
UPSTREAM = frozenset({_S.QUEUED, _S.PROCESSING})
TRANSITIONS: Mapping[GenerationState, frozenset[GenerationState]] = {
    _S.INTENDED: frozenset({_S.SENDING, _S.CANCELLED, _S.FAILED}),
    _S.SENDING: frozenset({_S.INTENDED, _S.QUEUED, _S.UNKNOWN, _S.FAILED}),
    _S.UNKNOWN: frozenset({_S.QUEUED, _S.ABSENT}),
    _S.QUEUED: frozenset({_S.PROCESSING, _S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    _S.PROCESSING: frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    **{state: frozenset[GenerationState]() for state in ENDED},
}


# A success that comes late, when we had given up without the provider's word (`GIVEN_UP`).
SECOND_THOUGHTS: Mapping[GenerationState, frozenset[GenerationState]] = dict.fromkeys(
    (_S.FAILED, _S.EXPIRED, _S.ABSENT), frozenset({_S.SUCCEEDED})
)


class Reason(enum.StrEnum):
    """Why a generation ended without a result, as far as Drover knows; each has a text `reason-<name>`."""

    PROVIDER = "provider"  # the provider's own words say why
    PROMPT_REFUSED = "prompt-refused"  # moderation upstream
    NO_CREDIT = "no-credit"
    REJECTED = "rejected"  # the order was turned down when it was placed
    SETTINGS_REFUSED = "settings-refused"  # its model's schema changed before it was sent: nothing was ordered
    KEY_REFUSED = "key-refused"  # the operator's key may not do this
    KEY_UNUSABLE = "key-unusable"  # the server's own key is refused or gone: nothing was ordered
    KEY_LOST = "key-lost"  # the same while it was made: what became of it cannot be seen
    INPUT_GONE = "input-gone"  # a file that was given with the order is deleted
    INPUT_REFUSED = "input-refused"  # the provider cannot read a file that was given: it will not another time
    INPUT_UNREACHABLE = "input-unreachable"  # whether it is could not be told
    UNREACHABLE = "unreachable"  # nothing was ever sent
    BUDGET = "budget"  # something cost more than was set aside, and the budget is exceeded: nothing was sent
    CANCELLED = "cancelled"
    LOST = "lost"  # it left the provider's queue without a word
    EXPIRED = "expired"
    ABSENT = "absent"
    FORGOTTEN = "forgotten"  # as absent, but this provider forgets what is over: it may have been made
    SHORT = "short"  # the provider accepted fewer than were ordered


# Where ordering the same again may well work.
WORTH_REPEATING = frozenset(
    {
        Reason.PROVIDER,
        Reason.KEY_UNUSABLE,
        Reason.INPUT_UNREACHABLE,
        Reason.UNREACHABLE,
        Reason.BUDGET,
        Reason.LOST,
        Reason.EXPIRED,
        Reason.ABSENT,
        Reason.FORGOTTEN,
        Reason.SHORT,
    }
)


# Our own judgement, which the provider may yet contradict: looked at again for a day.
GIVEN_UP = frozenset({Reason.LOST, Reason.EXPIRED, Reason.ABSENT, Reason.FORGOTTEN})
# The provider's word is missing: it may have been made and charged, and its estimate stays booked as unclear.
MAY_HAVE_BEEN_MADE = GIVEN_UP | {Reason.KEY_LOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a generation ended."""

    state: GenerationState
    result_url: str | None = None
    reason: Reason | None = None
    detail: str | None = None  # the provider's own words, shown to the person
    by_event: bool = False  # said by an event and proven by its file: the provider's rows have yet to confirm it


def result_mark(url: str) -> int:
    """By what a result is known again, whoever signs a link to it: host and path of the link, as 63 bits."""
    parts = urlsplit(url)
    digest = hashlib.sha256(f"{parts.netloc.lower()}{parts.path}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def names_in(url: str) -> set[RemoteId]:
    """What in the link's path may be the id of a generation, with and without an ending."""
    parts = urlsplit(url).path.split("/")[-_PARTS:]
    return {RemoteId(name) for part in parts for name in (part, part.partition(".")[0]) if name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One row. `ordinal` counts from 1 within its order."""

    id: GenerationId
    order_id: OrderId
    ordinal: int
    state: GenerationState
    remote_id: RemoteId | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result_url: str | None = None
    reason: Reason | None = None
    detail: str | None = None
    cancel_requested_by: UserId | None = None
    provider: ProviderName = OXEN
    key: KeyId | None = None  # by which its order was placed; None is the operator's
    clarified_at: datetime | None = None  # when what had been given up turned out to be known after all

    @property
    def log_fields(self) -> dict[str, object]:
        """Which one it is, for a line of the log."""
        return {"order": self.order_id, "generation": self.id}

    @property
    def late(self) -> bool:
        """Whether it is a success that had been given up."""
        return self.state is GenerationState.SUCCEEDED and self.clarified_at is not None

    @property
    def worth_repeating(self) -> bool:
        """Whether it ended without a result for a reason that may be gone the next time."""
        return self.state.ended and self.reason in WORTH_REPEATING
