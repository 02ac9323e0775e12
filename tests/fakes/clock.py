"""Time that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 4, 1, 12, tzinfo=UTC)


class ManualClock:
    """A `bot.domain.clock.Clock`. Nothing waits on it: a test moves it and then steps what it tests."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._passed = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    def advance(self, by: timedelta | None = None, **parts: float) -> None:
        """Forward by `by`, or by `timedelta(**parts)`: `clock.advance(seconds=10)`."""
        span = timedelta(**parts) if by is None else by
        self._now += span
        self._passed += span.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Somebody sets the machine's clock; no time passes."""
        self._now += by
