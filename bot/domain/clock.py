"""Time is an argument. In the code it is an aware UTC datetime, in the tables unix milliseconds."""

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


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def to_millis(moment: datetime) -> int:
    """Whole unix milliseconds, without going through a float."""
    return (moment - _EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The moment, in UTC, that `to_millis` wrote down."""
    return _EPOCH + millis * _MILLISECOND
