"""When what the provider says no more, or says for ever, is over all the same."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Generation, GenerationState, Outcome, Reason

LIFETIME = timedelta(hours=24)  # API.md: "Generations expire 24 h after they were enqueued"
MISSING_FOR = timedelta(seconds=20)  # a row may lag behind its own enqueue; longer than this it is gone
SLACK = timedelta(hours=2)  # clocks differ, and jump

_EXPIRED = Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED)


def overdue(generation: Generation, now: datetime) -> Outcome | None:
    """Expired, whatever the provider says: nothing is in flight for ever."""
    return _EXPIRED if _older(generation, now, LIFETIME + SLACK) else None


class Absences:
    """Since when each row is missed (seconds, monotonic). A restart begins to count anew."""

    def __init__(self) -> None:
        self._since: dict[RemoteId, float] = {}

    def missed(self, generation: Generation, now: datetime, monotonic: float) -> Outcome | None:
        """Its row is not there: expired when it is old enough, lost when it is missed for long, else None."""
        if _older(generation, now, LIFETIME):
            return _EXPIRED
        if generation.remote_id is None:
            return None
        since = self._since.setdefault(generation.remote_id, monotonic)
        if monotonic - since < MISSING_FOR.total_seconds():
            return None
        return Outcome(state=GenerationState.FAILED, reason=Reason.LOST)

    def seen(self, ids: Collection[RemoteId]) -> None:
        """They are there, or over."""
        if self._since:
            for remote_id in ids:
                self._since.pop(remote_id, None)

    def clear(self) -> None:
        """Nothing is under way."""
        self._since.clear()


def _older(generation: Generation, now: datetime, age: timedelta) -> bool:
    return generation.queued_at is not None and now - generation.queued_at >= age
