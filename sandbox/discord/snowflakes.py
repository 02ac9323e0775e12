"""Ids as Discord makes them: milliseconds since 2015 in the upper 42 bits, so that ids sort by time."""

from sandbox.discord.clock import Clock

EPOCH_MS = 1_420_070_400_000
_SEQUENCE_BITS = 22


class Snowflakes:
    """Ever growing ids of this clock; two calls in one millisecond differ in the lower bits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        fresh = at(self._clock.now())
        self._last = max(fresh, self._last + 1)
        return self._last


def at(seconds: float) -> int:
    """The lowest id of a moment (unix seconds)."""
    return (int(seconds * 1000) - EPOCH_MS) << _SEQUENCE_BITS


def created_at(snowflake: int) -> float:
    """When an id was made, unix seconds."""
    return ((snowflake >> _SEQUENCE_BITS) + EPOCH_MS) / 1000
