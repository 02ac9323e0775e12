"""Where form sessions are kept, and for how long."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import UserId

LASTS = 15 * 60.0  # seconds: the token by which a private panel can be changed lives no longer
MOST = 5_000  # sessions at a time; then the oldest goes


@dataclass(slots=True, kw_only=True)
class _Open:
    """A value since `at` (monotonic seconds)."""

    at: float
    of: UserId
    value: object
    consumed: bool = False


class SessionStore:
    """What members are filling in, each for one member: kept in memory for a quarter of an hour.

    Nothing was ordered yet, so a session that is lost with the process loses nothing that a row would have to keep.
    """

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._open: dict[str, _Open] = {}

    def open(self, value: object, of: UserId) -> str:
        """Keeps the value for `of`; returns its id."""
        now = self._clock.monotonic()
        while self._open:
            oldest = next(iter(self._open))
            if len(self._open) < MOST and now - self._open[oldest].at < LASTS:
                break
            del self._open[oldest]
        session_id = self._new_id()
        self._open[session_id] = _Open(at=now, of=of, value=value)
        return session_id

    def find(self, session_id: str, by: UserId) -> Any:
        """The value. Raises `Refusal` when it is consumed, too old, somebody else's, or from before a restart."""
        one = self._open.get(session_id)
        if one is None or one.consumed or one.of != by or self._clock.monotonic() - one.at >= LASTS:
            raise Refusal("lapsed")
        return one.value

    def consume(self, session_id: str) -> None:
        """What the session was for is done: it is found no more. Raises `Refusal` when it was consumed before."""
        one = self._open.get(session_id)
        if one is None or one.consumed:
            raise Refusal("lapsed")
        one.consumed = True

    def restore(self, session_id: str) -> None:
        """It came to nothing: the session is found again, for as long as it would have been."""
        one = self._open.get(session_id)
        if one is not None:
            one.consumed = False
