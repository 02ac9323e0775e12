"""What the provider says of a generation, as an outcome of ours. Nothing in here asks or stores."""

from datetime import datetime

from bot.domain.orders.failure_words import reason_for
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.provider import Completed, RemoteGeneration

_LONGEST = 300  # characters of the provider's words


def of_row(row: RemoteGeneration) -> Outcome | None:
    """How it ended, by its row; None while it has not."""
    if row.status == "succeeded":
        return Outcome(state=GenerationState.SUCCEEDED, result_url=row.result_url)
    if row.status == "failed":
        return _failed(row.error)
    if row.status == "cancelled":
        return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED, detail=_words(row.error))
    return None


def of_vanished(event: Completed | None, *, cancelled: bool) -> Outcome | None:
    """How it ended where no row tells: by what the stream said, or because it was `cancelled`; None if nobody knows."""
    if event is not None and event.succeeded:
        return Outcome(state=GenerationState.SUCCEEDED, result_url=event.url)
    if event is not None:
        return _failed(event.error)
    return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED) if cancelled else None


def began(queued_at: datetime | None, started_at: datetime | None, now: datetime) -> datetime:
    """When the work began, by our clock: the provider's may be wrong, and whoever reads the card has only ours."""
    earliest, said = min(queued_at or now, now), started_at or now
    return max(earliest, min(said, now))


def _failed(message: str | None) -> Outcome:
    detail = _words(message)
    return Outcome(state=GenerationState.FAILED, reason=reason_for(detail or ""), detail=detail)


def _words(message: str | None) -> str | None:
    return (message or "").strip()[:_LONGEST] or None
