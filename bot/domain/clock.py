"""Time is an argument. In the code it is an aware UTC datetime, in the tables unix milliseconds.

A machine's clock jumps: what only has to pass is measured with `monotonic`, and a due time that lies further ahead
than anybody puts one is taken for a jump (`rest_until`).
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Sleep = Callable[[float], Awaitable[None]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Where "now" comes from."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment of this process; never jumps."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def rest_until(due: datetime, now: datetime, longest: timedelta) -> timedelta:
    """How long to rest before what is due at `due`: nothing when it is, or when the clock was set back since."""
    rest = due - now
    return rest if timedelta(0) < rest <= longest else timedelta(0)


def to_millis(moment: datetime) -> int:
    """Whole unix milliseconds, without going through a float."""
    return (moment - _EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The moment, in UTC, that `to_millis` wrote down."""
    return _EPOCH + millis * _MILLISECOND
