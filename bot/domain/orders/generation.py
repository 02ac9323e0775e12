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
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import OXEN, GenerationId, OrderId, ProviderName, RemoteId, UserId
from bot.domain.orders.payer import KeyId


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
    KEY_REFUSED = "key-refused"  # the operator's key may not do this
    KEY_UNUSABLE = "key-unusable"  # the server's own key is refused or gone: nothing was ordered
    KEY_LOST = "key-lost"  # the same while it was made: what became of it cannot be seen
    INPUT_GONE = "input-gone"  # a file that was given with the order is deleted
    INPUT_REFUSED = "input-refused"  # the provider cannot read a file that was given: it will not another time
    INPUT_UNREACHABLE = "input-unreachable"  # whether it is could not be told
    UNREACHABLE = "unreachable"  # nothing was ever sent
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
    def late(self) -> bool:
        """Whether it is a success that had been given up."""
        return self.state is GenerationState.SUCCEEDED and self.clarified_at is not None

    @property
    def worth_repeating(self) -> bool:
        """Whether it ended without a result for a reason that may be gone the next time."""
        return self.state.ended and self.reason in WORTH_REPEATING


_REFUSED = ("datainspectionfailed", "moderat", "rejected text", "nsfw", "content_filter")
_LINK = re.compile(r"\(?https?://\S+")
_FILE = (
    r"\b(?![a-z_]*_(?:size|count|format|strength|scale|weight)\b)"  # how much of it, or how: no file
    r"(?:[a-z_]*(?:image|video|audio|picture|photo|sound|media|mask|frame|file|input)[a-z_]*)\b"
    r"(?![\s-](?:to-|models?\b|generat|services?\b|providers?\b))"  # what works on files is none
)
_NEAR = r"[^.;:!?]{0,60}?"  # in one sentence
_BAD = (
    r"(?:unsupported|unreadable|invalid|corrupt(?:ed)?|broken|damaged|malformed|truncated|empty|animated|encrypted|"
    r"undecodable|incomplete|too (?:large|big|small|long|short)|not an? (?:valid |supported )?[a-z]+|"
    r"not (?:valid|supported|readable|allowed))"
)
# What surely was given: a film or a sound without such a word before it may be the one that should have been made.
_GIVEN = (
    r"\b(?:(?:image|picture|photo|frame|mask|file)s?|(?:input|reference|source|start|tail)_[a-z_]+|"
    r"(?:input|source|reference|uploaded|provided|given|first|last|start)\s(?:image|frame|video|audio|sound|media|file)s?)\b"
)
_MEASURE = r"\b(?:dimensions?|resolution|size|width|height|duration|length|pixels?|aspect[ _]ratio|sides?|edges?)\b"
_BOUND = (
    r"\b(?:too|exceeds?|exceeded|at (?:least|most)|minimum|maximum|larger|smaller|longer|shorter|less|more|below|above|"
    r"outside|out of|between|under|over)\b"
)
_READ = r"(?:decod|read|open|pars|identif|recogni[sz]|understand|understood|convert)[a-z]*"
_FAILED = r"(?:can ?not|can't|could not|couldn't|unable to|failed to|failure to|error(?: while| when)?)"
_BAD_INPUT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_FILE}[^\w]{_NEAR}\b(?:is|are|was|were|seems|appears|looks|must be)\b{_NEAR}\b{_BAD}\b",
        rf"\b(?:unsupported|invalid|unknown|corrupt(?:ed)?|broken|damaged|malformed|bad|truncated)\s(?:\w+\s)?{_FILE}",
        r"\b(?:unsupported|invalid|unknown)\s(?:\w+\s)?(?:format|codec|mime|content.type)",
        rf"\b(?:format|codec|mime.?type|content.type)s?\b{_NEAR}\b{_BAD}\b",
        rf"\b{_FAILED}\s(?:be\s)?{_READ}\b{_NEAR}{_FILE}",
        rf"{_FILE}{_NEAR}\b(?:{_FAILED}|not)\s(?:be\s)?{_READ}\b",
        rf"(?:{_GIVEN}{_NEAR}{_MEASURE}|{_MEASURE}{_NEAR}{_GIVEN})[^.;!?]{{0,60}}?{_BOUND}",
        rf"{_GIVEN}\s(?:(?:is|was|must be|has to be|should be)\s)?{_BOUND}",
    )
)
# What may be better the next time, although it is about a file: it was not had, or something was too busy.
_PASSING = re.compile(
    r"fetch|download|time(?:d)? ?out|temporar|unavailable|busy|overload|queue|rate limit|try again later|connection|"
    r"internal|out of memory|http [45]|status(?: code)?:? [45]"
)


def reason_for(message: str) -> Reason:
    """Sorts the provider's words of failure (API.md, "Errors" and "Seen by other clients of this API")."""
    folded = message.lower()
    if any(sign in folded for sign in _REFUSED):
        return Reason.PROMPT_REFUSED
    if "insufficient credit" in folded or "insufficient_credit" in folded:
        return Reason.NO_CREDIT
    sentence = _LINK.sub("", folded)
    if not _PASSING.search(sentence) and any(pattern.search(sentence) for pattern in _BAD_INPUT):
        return Reason.INPUT_REFUSED
    return Reason.PROVIDER
