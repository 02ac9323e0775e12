"""Time is an argument. In the code it is an aware UTC datetime, in the tables unix milliseconds.

A machine's clock jumps: what only has to pass is measured with `monotonic`, a due time that lies further ahead than
anybody puts one is taken for a jump (`rest_until`), and one wrong reading decides nothing (`SteadyClock`). The clocks
of two machines differ: processes that share a database go by its clock (`SharedClock`).
"""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable
from dataclasses import dataclass
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


class SharedClock:
    """The machine's clock less what it is `ahead` of the database's: all that share the rows tell one time."""

    def __init__(self, machine: Clock, ahead: Callable[[], timedelta]) -> None:
        self._machine = machine
        self._ahead = ahead

    def now(self) -> datetime:
        return self._machine.now() - self._ahead()

    def monotonic(self) -> float:
        return self._machine.monotonic()


CONFIRMED_AFTER = timedelta(minutes=5)  # so long a clock has to go right before anything ends by it
_LONG_OVER = 24 * 3600.0  # seconds; then nobody asks any more for how long something is waited for
_TOLERANCE, _DRIFT = timedelta(seconds=2), 1000  # between two readings, and one part in a thousand of what passed


class SteadyClock:
    """`machine`, except that a clock that went right for minutes is followed in a jump only when it has lasted as long.

    Whatever ends or deletes something by the time of day asks `sure` or `passed`, which know the time only when two
    readings, minutes apart by `monotonic`, agreed on it.
    """

    def __init__(self, machine: Clock, confirmed_after: timedelta = CONFIRMED_AFTER) -> None:
        self._machine = machine
        self.confirmed_after = confirmed_after
        self._read_at = machine.monotonic()
        self._zero = machine.now() - timedelta(seconds=self._read_at)  # the time of day at which `monotonic` was 0
        self._since = self._read_at  # since when, by `monotonic`, `_zero` holds
        self._confirmed = False
        self._other: tuple[datetime, float] | None = None  # what a clock that has jumped says, and since when

    def now(self) -> datetime:
        monotonic = self._machine.monotonic()
        passed, now = timedelta(seconds=monotonic), self._machine.now()
        zero = now - passed
        leeway = _TOLERANCE + timedelta(seconds=(monotonic - self._read_at) / _DRIFT)
        self._read_at = monotonic
        if abs(zero - self._zero) <= leeway:
            self._zero, self._other = zero, None
            self._confirmed = self._confirmed or monotonic - self._since >= self.confirmed_after.total_seconds()
            return now
        if not self._confirmed:
            self._zero, self._since = zero, monotonic
        elif self._other is None or abs(zero - self._other[0]) > leeway:
            self._other = zero, monotonic
        elif monotonic - self._other[1] >= self.confirmed_after.total_seconds():
            self._zero, self._other = zero, None
        return self._zero + passed

    def monotonic(self) -> float:
        return self._machine.monotonic()

    def sure(self) -> datetime | None:
        """This moment; None while only one reading says so."""
        now = self.now()
        return now if self._confirmed else None

    def passed(self, moment: datetime) -> bool:
        """Whether `moment` has surely passed."""
        now = self.sure()
        return now is not None and now >= moment


def steady(clock: Clock) -> SteadyClock:
    """The clock by which things end."""
    return clock if isinstance(clock, SteadyClock) else SteadyClock(clock)


@dataclass(slots=True)
class _Wait:
    """`first`: when it was first asked about (monotonic), `age`: how old it was then (seconds). `end`: of `left`."""

    first: float | None = None
    age: float = 0.0
    end: float | None = None


class Waits:
    """How long each thing is waited for: by the instant in its row, or by how long this process has waited itself.

    The instant may have been written by a clock that was behind: it counts if it was old when it was first asked about,
    or has become so since.
    """

    def __init__(self, clock: SteadyClock) -> None:
        self._clock = clock
        self._waits: defaultdict[Hashable, _Wait] = defaultdict(_Wait)

    def over(self, key: Hashable, since: datetime, longest: timedelta) -> bool:
        """Whether it has been waited for `longest` since then, or since this was first asked."""
        wait, now = self._waits[key], self._clock.monotonic()
        age = (self._clock.now() - since).total_seconds()
        if wait.first is None:
            wait.first, wait.age = now, age
        waited = now - wait.first
        if waited >= longest.total_seconds():
            return True
        return wait.age + waited >= longest.total_seconds() and self._clock.passed(since + longest)

    def left(self, key: Hashable, due: datetime, longest: timedelta) -> timedelta:
        """How long until `due`: at most `longest` when first asked for, and from then on less by what passed."""
        wait, now = self._waits[key], self._clock.monotonic()
        if wait.end is None:
            self._waits = defaultdict(
                _Wait, {each: w for each, w in self._waits.items() if w.end is None or now - w.end < _LONG_OVER}
            )
            wait.end = now + min(max(due - self._clock.now(), timedelta()), longest).total_seconds()
        return timedelta(seconds=max(0.0, wait.end - now))

    def drop(self, key: Hashable) -> None:
        """Nobody waits for it any more."""
        self._waits.pop(key, None)

    def keep(self, keys: Collection[Hashable]) -> None:
        """Forgets all others."""
        for key in self._waits.keys() - set(keys):
            del self._waits[key]


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
