"""When what the provider says no more, or says for ever, is over all the same.

One wrong clock decides nothing here. What the provider lists is alive, however old our rows call it, until it was
watched for longer than anything lives; what it does not list is judged by a clock that several readings agree on.
"""

from collections.abc import Collection
from datetime import timedelta

from bot.domain.clock import SteadyClock, Waits
from bot.domain.ids import GenerationId, RemoteId
from bot.domain.orders.generation import Generation, GenerationState, Outcome, Reason

LIFETIME = timedelta(hours=24)  # API.md: "Generations expire 24 h after they were enqueued"
MISSING_FOR = timedelta(seconds=20)  # a row may lag behind its own enqueue; longer than this it is gone
SLACK = timedelta(hours=2)  # clocks differ, and jump

_EXPIRED = Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED)


class Ages:
    """How old what is under way is, as far as that is sure."""

    def __init__(self, clock: SteadyClock) -> None:
        self._clock = clock
        self._waits = Waits(clock)

    def overdue(self, generation: Generation, *, listed: bool) -> Outcome | None:
        """Expired, whatever the provider says: nothing is in flight for ever."""
        lived = LIFETIME + SLACK
        watched = self._waits.watched(generation.id, lived)
        aged = generation.queued_at is not None and self._clock.passed(generation.queued_at + lived)
        return _EXPIRED if watched or (aged and not listed) else None

    def expired(self, generation: Generation) -> bool:
        """Whether it is surely older than anything that the provider keeps."""
        return generation.queued_at is not None and self._clock.passed(generation.queued_at + LIFETIME)

    def keep(self, ids: Collection[GenerationId]) -> None:
        """Forgets all others."""
        self._waits.keep(ids)


class Absences:
    """Since when each row is missed (seconds, monotonic). A restart begins to count anew."""

    def __init__(self, ages: Ages) -> None:
        self._ages = ages
        self._since: dict[RemoteId, float] = {}

    def missed(self, generation: Generation, monotonic: float) -> Outcome | None:
        """Its row is not there. Once it is missed for long: expired when it is old enough, else lost."""
        if generation.remote_id is None:
            return None
        since = self._since.setdefault(generation.remote_id, monotonic)
        if monotonic - since < MISSING_FOR.total_seconds():
            return None
        return _EXPIRED if self._ages.expired(generation) else Outcome(state=GenerationState.FAILED, reason=Reason.LOST)

    def seen(self, ids: Collection[RemoteId]) -> None:
        """They are there, or over."""
        if self._since:
            for remote_id in ids:
                self._since.pop(remote_id, None)

    def clear(self) -> None:
        """Nothing is under way."""
        self._since.clear()
