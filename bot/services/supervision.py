"""Loops that stay up. A loop is a step that somebody can test; keeping it going is this module's business.

A step returns how long to rest; a wake-up, or the end, cuts the rest short. A step that raises is counted,
logged and tried again with backoff: no loop ends because of an error that nobody listed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, TypeVarTuple

from bot.domain.clock import Clock, rest_until
from bot.domain.roles import Replaced
from bot.services.wakeups import Topic, Wakeups

log = logging.getLogger(__name__)

_Key = TypeVar("_Key", bound=str)
_Given = TypeVarTuple("_Given")
Step = Callable[[], Awaitable[timedelta]]
Wait = Callable[[asyncio.Event, timedelta], Awaitable[None]]

_SIDE_BY_SIDE = 8
HANGS = timedelta(minutes=2)  # how long a step may take before something is wrong with it
JOB_HANGS = timedelta(hours=1)  # the same for a job: the slowest fetches several files for ten minutes each
IDLE = timedelta(minutes=1)  # how long a loop rests when nothing is due and nobody wakes it
_FIRST_BACKOFF = timedelta(seconds=1)
_LAST_BACKOFF = timedelta(minutes=1)


async def wait(event: asyncio.Event, limit: timedelta) -> None:
    """Returns when `event` is set, or after `limit`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit.total_seconds()):
            await event.wait()


@dataclass(slots=True)
class LoopHealth:
    """What health reports of a loop or a pool. `due`: when it has to have had another success (monotonic).

    `passes` are the steps that a loop has begun.
    """

    passes: int = 0
    last_success: datetime | None = None
    failures_in_a_row: int = 0
    failures: int = 0
    due: float | None = None

    def failed(self) -> None:
        self.failures += 1
        self.failures_in_a_row += 1


class Loop:
    """Runs `step` for ever. `wake` is set by whoever knows that there is something to do (`Wakeups.subscribe`).

    A step that takes longer than `limit` hangs: it is broken off, counted as a failure, and begun again.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        clock: Clock,
        pause: Wait = wait,
        *,
        limit: timedelta | None = None,
        wake: asyncio.Event | None = None,
    ) -> None:
        self.limit = limit
        self.name = name
        self.wake = wake if wake is not None else asyncio.Event()
        self.health = LoopHealth()
        self._step = step
        self._clock = clock
        self._pause = pause

    async def run(self) -> None:
        """Never returns; cancel it to end it."""
        self._expect(timedelta(0))
        while True:
            self.wake.clear()  # before the step: what is announced while it runs is seen in the next one
            await self._pause(self.wake, await self._guarded_step())

    def hangs(self, now: float) -> bool:
        """Whether it should have had another success by now (monotonic)."""
        return self.health.due is not None and now > self.health.due

    async def _guarded_step(self) -> timedelta:
        self.health.passes += 1
        try:
            async with asyncio.timeout(self.limit.total_seconds() if self.limit is not None else None):
                rest = await self._step()
        except Exception:
            health = self.health
            health.failed()
            log.exception("loop failed", extra={"loop": self.name, "in_a_row": health.failures_in_a_row})
            return backoff(health.failures_in_a_row, _FIRST_BACKOFF, _LAST_BACKOFF)
        self.health.failures_in_a_row = 0
        self.health.last_success = self._clock.now()
        self._expect(rest)
        return rest

    def _expect(self, rest: timedelta) -> None:
        """A step without a limit may last for ever; every other one hangs when it takes so long."""
        if self.limit is not None:
            self.health.due = self._clock.monotonic() + (rest + HANGS).total_seconds()


async def side_by_side(do: Callable[[*_Given], Awaitable[None]], each: Iterable[tuple[*_Given]]) -> None:
    """Does it for each, at most eight at a time, so that the provider gets no burst."""
    left = list(each)
    workers = min(len(left), _SIDE_BY_SIDE)
    waiting = iter(left)

    async def work() -> None:
        for given in waiting:
            await do(*given)

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())


def backoff(attempt: int, first: timedelta, last: timedelta) -> timedelta:
    """`first`, doubled with each attempt after the first, at most `last`."""
    return min(first * 2 ** min(attempt - 1, 30), last)


def ever_more_seldom(waited: timedelta, first: timedelta, last: timedelta) -> timedelta:
    """How long to wait before asking once more for what has not been told for as long as `waited`."""
    return min(max(waited / 12, first), last)


class WorkerPool:
    """Runs jobs side by side, at most `size` at a time and never two for the same key.

    A job's errors are its own affair: one that raises is logged and counted, and whatever it left in the rows is found
    by the loop that started it. That loop is woken, by `topic`, when a job is over that it may have waited for.
    """

    def __init__(self, name: str, size: int, clock: Clock, wakeups: Wakeups, topic: Topic) -> None:
        self.name = name
        self.health = LoopHealth()
        self.size = size
        self._clock = clock
        self._wakeups = wakeups
        self._topic = topic
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._began: dict[str, float] = {}  # seconds, monotonic
        self._aside: set[str] = set()  # keys of jobs whose place somebody else may have
        self._passed_over: set[str] = set()  # keys that were due again while they were busy
        self._left_over = False  # something was due when all hands were full

    @property
    def jobs(self) -> int:
        """How many are at work."""
        return len(self._tasks)

    @property
    def full(self) -> bool:
        return len(self._tasks) - len(self._aside) >= self.size

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def busy_with(self, key: str) -> bool:
        return key in self._tasks

    def start(self, key: str, job: Coroutine[None, None, None]) -> None:
        """Starts `job` under `key`. Drops it if one is at work there."""
        if key in self._tasks:
            job.close()
            return
        task = asyncio.create_task(self._guarded(key, job), name=f"{self.name} {key}")
        self._tasks[key] = task
        self._began[key] = self._clock.monotonic()

        def over(_: asyncio.Task[None]) -> None:
            del self._tasks[key], self._began[key]
            if self._left_over or key in self._passed_over:
                self._wakeups.wake([self._topic])

        task.add_done_callback(over)

    @contextlib.contextmanager
    def aside(self, key: str) -> Generator[None]:
        """While the job under `key` waits for something that takes long, another one may have its place.

        It comes back without asking for one, and its time begins anew.
        """
        self._aside.add(key)
        if self._left_over:
            self._wakeups.wake([self._topic])
        try:
            yield
        finally:
            self._aside.discard(key)
            self._began[key] = self._clock.monotonic()

    def when_free(self) -> timedelta:
        """For a step that finds all hands full: it need not look, for it is woken when one is free. How long to rest.

        On a busy day most wakeups come while they are, and looking would read a hundred rows for nothing.
        """
        self._left_over = True
        return IDLE

    def take_up(
        self,
        due: Iterable[tuple[_Key, datetime]],
        now: datetime,
        job: Callable[[_Key], Coroutine[None, None, None]],
        *,
        longest: timedelta,
    ) -> timedelta:
        """Starts a job for each key that is due, soonest first; how long until the next is.

        `longest` is the furthest ahead that anybody puts a due time: beyond it the clock was set back.
        """
        rests: list[timedelta] = []
        self._passed_over, self._left_over = set(), False
        for key, moment in due:
            if self.busy_with(key):
                self._passed_over.add(key)
                continue
            left = rest_until(moment, now, longest)
            if left:
                rests.append(left)  # one behind it may be due: the clock may have been set back in between
                continue
            if self.full:
                self._left_over = True
                break
            self.start(key, job(key))
        return min(rests, default=IDLE)

    async def drain(self) -> None:
        """Returns when nothing runs any more."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def dismiss(self, patience: timedelta) -> None:
        """Waits for what runs, at most `patience`, then cancels it. The rows remember."""
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def hangs(self, now: float) -> bool:
        """Whether a job has taken longer by now (monotonic) than any should."""
        oldest = min((at for key, at in self._began.items() if key not in self._aside), default=None)
        return oldest is not None and now - oldest > JOB_HANGS.total_seconds()

    async def _guarded(self, key: str, job: Coroutine[None, None, None]) -> None:
        try:
            await job
        except Replaced:  # this process ends within a beat
            log.info("job left to another process", extra={"pool": self.name, "job": key})
        except Exception:
            self.health.failed()
            log.exception("job failed", extra={"pool": self.name, "job": key})
        else:
            self.health.failures_in_a_row = 0
