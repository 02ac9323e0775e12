"""Time that a test may push forward: every deadline of the stand-in hangs on one of these."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable


class Timer:
    """A promise to call something once; `cancel` takes it back."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self._action = None

    def fire(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


class Clock:
    """Unix time in seconds: real time plus what `advance` added.

    `call_later` must be used inside a running event loop; `advance` fires what became due before it returns, in order.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._real = now
        self._offset = 0.0
        self._due: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    def now(self) -> float:
        return self._real() + self._offset

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        heapq.heappush(self._due, (self.now() + seconds, next(self._numbers), timer))
        self._arm()
        return timer

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time only goes forward")
        self._offset += seconds
        self._ring()

    def stop(self) -> None:
        """Forget every timer."""
        self._due.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _arm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._due:
            wait = max(0.0, self._due[0][0] - self.now())
            self._alarm = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        while self._due and self._due[0][0] <= self.now():
            heapq.heappop(self._due)[2].fire()
        self._arm()
