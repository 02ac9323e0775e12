"""What a row's status means, in whatever words: the provider's pages, its schema and its rows do not agree on them.

A word that is known says what it says. One that is not known is an end where the row shows one: the moment of an end, a
result, or why there is none. Else the work goes on: a state of tomorrow is no end.
"""

import re

from bot.domain.provider import RemoteStatus

_OPEN = ("queued", "processing")
_OVER = ("succeeded", "failed", "cancelled")
_BETWEEN = re.compile(r"[\s_-]+")
_MEANINGS: dict[RemoteStatus, str] = {
    "queued": "queued pending waiting enqueued scheduled created submitted accepted received in_queue",
    "processing": "processing running started starting in_progress progressing working generating rendering uploading "
    "preparing paused retrying canceling cancelling finishing finalizing saving delayed throttled",
    "succeeded": "succeeded success successful completed complete done finished",
    "failed": "failed failure fail error errored timeout timed_out time_out rejected refused denied expired nsfw "
    "blocked moderated flagged filtered content_filtered invalid crashed dead lost out_of_credits insufficient_credits",
    "cancelled": "cancelled canceled aborted stopped terminated killed revoked deleted removed",
}
_BY_WORD: dict[str, RemoteStatus] = {word: status for status, words in _MEANINGS.items() for word in words.split()}
_PLAIN = frozenset({"failed", "failure", "fail", "error", "errored"})  # they say nothing about why


def known(word: object) -> RemoteStatus | None:
    """What the word means, whatever its case and its blanks; None for a word that nobody knows."""
    return _BY_WORD.get(_folded(word)) if isinstance(word, str) else None


def read(word: object, *, ended: bool, result: bool, error: bool) -> RemoteStatus:
    """How the row stands: by its word, else by what it shows of an `ended` work, a `result` or an `error`."""
    meant = known(word)
    surely = word in _OPEN or not ended  # a word for work that goes on, but not one of the provider's: the end counts
    if meant in _OVER or (meant is not None and surely):
        return meant
    if result:
        return "succeeded"
    named = isinstance(word, str) and bool(word.strip())
    return "failed" if ended or (error and named) else "processing"


def why(word: object, error: str | None) -> str | None:
    """The provider's words for an end that is no success: its message, with the status where that says more."""
    said = word.strip() if isinstance(word, str) else ""
    if not said or _folded(said) in _PLAIN or known(said) in {"succeeded", "cancelled"}:
        return error
    if error is None or not error.strip():
        return said
    return error if said.casefold() in error.casefold() else f"{said}: {error}"


def _folded(word: str) -> str:
    return _BETWEEN.sub("_", word.strip().casefold())
