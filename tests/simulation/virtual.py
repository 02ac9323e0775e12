"""Virtual time and deterministic execution: an event loop without threads, sockets or a clock of its own.

One life of the bot runs in one `VirtualLoop`. Time passes only when nothing is ready to run. A crash stops the loop
between two callbacks: no `finally`, no `except` runs, as with SIGKILL. What was committed stays, the rest is gone.
A crash within a unit of work stops it between two statements, and the loop right after.

Where several processes live at once, each has a loop on the one timeline, and a `Schedule` has one of them do a step.
"""

import asyncio
import contextlib
import contextvars
import heapq
import random
import sqlite3
import sys
import warnings
from collections.abc import Callable, Collection, Coroutine, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.roles import ALWAYS

T = TypeVar("T")
MAX_STEPS = 400_000
STEP = 1e-6  # seconds that a callback takes
_PATIENCE = 50
_TURNS = (0, 0, 1, 2, 5, 20)  # of the loop, until a thread has begun or its answer has come
_AT_A_TIME = (1, 1, 2, 5, 20)  # callbacks of one process, until another may be next
EPOCH = datetime(2026, 11, 20, tzinfo=UTC)


class Crash(BaseException):
    """The process is gone."""


class Stuck(AssertionError):
    """Nothing is ready and nothing will ever be: somebody waits for something that cannot come."""


class Timeline:
    """Seconds since the beginning, and what happens in the world when. Outlives every life of the bot."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.jump = timedelta(0)  # what somebody did to the machine's clock
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, delay: float, happen: Callable[[], None]) -> None:
        """Lets something happen in `delay` seconds, whether the bot lives or not."""
        self._count += 1
        heapq.heappush(self._happenings, (self.seconds + delay, self._count, happen))

    def next_at(self) -> float | None:
        return self._happenings[0][0] if self._happenings else None

    def advance(self, to: float) -> None:
        """Moves on to `to`, letting happen what is due by then."""
        while self._happenings and self._happenings[0][0] <= to:
            when, _, happen = heapq.heappop(self._happenings)
            self.seconds = max(self.seconds, when)
            happen()
        self.seconds = max(self.seconds, to)


class VirtualClock:
    """The machine's clock as the bot sees it: it may jump."""

    def __init__(self, timeline: Timeline, apart: timedelta = timedelta(0)) -> None:
        self._timeline = timeline
        self._epoch = EPOCH + apart

    def now(self) -> datetime:
        return self._epoch + timedelta(seconds=self._timeline.seconds) + self._timeline.jump

    def monotonic(self) -> float:
        return self._timeline.seconds


class VirtualLoop(asyncio.BaseEventLoop):
    """One life. `crash_after` callbacks it ends, if it gets that far.

    `turns` are drawn for what a thread would do: callbacks until it has begun, and until its answer is there.
    `may_act` is asked before anything leaves for the outside, and raises `NotHeld`.
    """

    def __init__(
        self, timeline: Timeline, crash_after: int | None = None, turns: Callable[[], int] = lambda: 0
    ) -> None:
        super().__init__()
        self._timeline = timeline
        self._turns = turns
        self.crash_after = crash_after
        self.steps = 0
        self.asleep_until = 0.0  # paused, as by SIGSTOP
        self.waited = 0.0  # seconds that the work of a thread has slept
        self.may_act = ALWAYS
        self.fate: tuple[int, Callable[[], None]] = (MAX_STEPS, lambda: None)  # at that step something happens to it
        self.dead = False

    def time(self) -> float:
        return self._timeline.seconds

    def _write_to_self(self) -> None:
        """Nothing sleeps in a selector here."""

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """As usual, without looking for what cannot be here: a closed loop, another thread, debugging."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """In this thread: others would make two runs of one seed differ."""
        future = self.create_future()

        def run() -> None:
            before, self.waited, error, value = self.waited, 0.0, None, None
            try:
                value = func(*args)
            except Exception as raised:  # noqa: BLE001 - it is the caller's
                error = raised
            except Crash:
                return
            took, self.waited = self.waited, before

            def answer() -> None:
                if future.done():
                    return
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result(value)

            if took:
                self.call_later(took, answer)
            else:
                self._after(self._turns(), answer)

        self._after(self._turns(), run)
        return future

    def _after(self, turns: int, do: Callable[[], None]) -> None:
        if turns:
            self.call_soon(self._after, turns - 1, do)
        else:
            do()

    def sleep(self, seconds: float) -> None:
        """As the thread of the work that is running: its answer comes so much later."""
        self.waited += seconds

    def _run_once(self) -> None:
        while not self._ready:
            self._pass_time()
        self.step()

    @property
    def has_work(self) -> bool:
        """Whether a callback is ready, and the process is not paused."""
        return bool(self._ready) and self.asleep_until <= self._timeline.seconds

    def step(self) -> None:
        """Runs one callback."""
        self.tick()
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Stuck(f"{MAX_STEPS} steps, and it is only {self._timeline.seconds:.0f} s: something spins")
        if self.steps == self.fate[0]:
            self.fate[1]()
        self._timeline.seconds += STEP
        handle = self._ready.popleft()
        if not handle.cancelled():
            handle._run()
        if self.crash_after is not None and self.crash_after < 0:  # within a unit of work
            raise Crash

    def tick(self) -> None:
        """One step nearer to the crash: between two callbacks, and between two statements of a unit of work."""
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after < 0:
                raise Crash

    def _pass_time(self) -> None:
        if self._stopping:
            self._ready.append(asyncio.Handle(lambda: None, (), self))
            return
        _advance(self._timeline, [self])

    def next_at(self) -> float | None:
        """When it has to do something next, as far as it knows now."""
        while self._scheduled and self._scheduled[0].cancelled():
            heapq.heappop(self._scheduled)._scheduled = False
        if self._ready:
            return self.asleep_until
        return max(self._scheduled[0].when(), self.asleep_until) if self._scheduled else None

    def take_up(self) -> None:
        """What is due by now is ready."""
        while self._scheduled and self._scheduled[0].when() <= self._timeline.seconds:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False
            self._ready.append(handle)

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """A generator of a life that has ended is simply dropped."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Nobody asks any more how the work of a life that has ended went."""
        if not self.dead:
            super().call_exception_handler(context)

    def die(self) -> None:
        """Ends the life between two callbacks. Call `bury` when no clean-up of its can touch the world any more."""
        self.dead = True
        self._corpses = list(asyncio.all_tasks(self))
        self._forget()

    def clear_away(self) -> None:
        """Ends the coroutines that the life left behind; what they do about it goes nowhere."""
        for task in self._corpses:
            task._log_destroy_pending = False
            coroutine = task.get_coro()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # one that never started was never awaited
                for _ in range(_PATIENCE):  # each `finally` that awaits wants to be told again
                    with contextlib.suppress(BaseException):
                        coroutine.close()
                        break
        self._forget()
        self.close()

    def _forget(self) -> None:
        self._ready.clear()
        self._scheduled.clear()


def _advance(timeline: Timeline, loops: Collection[VirtualLoop]) -> None:
    """Lets time pass until something happens, in one of the loops or outside."""
    moments = [t for t in (timeline.next_at(), *(loop.next_at() for loop in loops)) if t is not None]
    if not moments:
        raise Stuck("nothing will ever happen again")
    timeline.advance(min(moments))
    for loop in loops:
        loop.take_up()


class Schedule:
    """Loops that live side by side: whoever has something to do may be next, as the dice fall."""

    def __init__(self, timeline: Timeline, dice: random.Random) -> None:
        self._timeline = timeline
        self._dice = dice
        self._loops: list[VirtualLoop] = []

    def begin(self, loop: VirtualLoop, life: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """From now on `loop` lives, until `end`."""
        self._loops.append(loop)
        with running(loop):
            return loop.create_task(life)

    def end(self, loop: VirtualLoop) -> None:
        self._loops.remove(loop)

    def run(self, until: asyncio.Task[None], crashed: Callable[[VirtualLoop], None]) -> None:
        """Goes on until that task is over. `crashed` is told of a loop that has, and has to `end` it."""
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, lambda _: None)  # one of a life that has ended is simply dropped
        try:
            while not until.done():
                ready = [loop for loop in self._loops if loop.has_work]
                if not ready:
                    _advance(self._timeline, self._loops)
                    continue
                loop = ready[0] if len(ready) == 1 else self._dice.choice(ready)
                try:
                    with running(loop):
                        for _ in range(self._dice.choice(_AT_A_TIME)):
                            loop.step()
                            if not loop.has_work:
                                break
                except Crash:
                    crashed(loop)
        finally:
            sys.set_asyncgen_hooks(*before)
        until.result()


@contextlib.contextmanager
def running(loop: VirtualLoop) -> Generator[None]:
    """What runs in the block finds itself in `loop`."""
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(None)


def live(loop: VirtualLoop, life: Coroutine[Any, Any, T]) -> T:
    """Lives one life to its natural end. Raises `Crash` when it ends before."""
    asyncio.set_event_loop(loop)
    main = loop.create_task(life)
    main.add_done_callback(lambda _: loop.stop())
    try:
        loop.run_forever()
    finally:
        asyncio._set_running_loop(None)
        asyncio.set_event_loop(None)
    return main.result()


class Mortal(sqlite3.Connection):
    """The process may be gone before each of its statements, COMMIT among them."""

    tick: Callable[[], None] = staticmethod(lambda: None)

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        self.tick()
        if sql.startswith("PRAGMA synchronous"):
            sql = "PRAGMA synchronous = OFF"  # the machine stays up: only the process dies
        return super().execute(sql, values)


def opened(path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """In its own process only, where SQLite asks the kernel for no lock."""
    return sqlite3.connect(
        f"{path.as_uri()}?vfs=unix-excl", uri=True, isolation_level=None, cached_statements=256, factory=factory
    )


class VirtualThread:
    """The store's `SqliteThread` without a thread: it takes a while to carry out a call, and a while to answer it.

    What a call commits is there for others before its caller knows of it, as with a real thread.
    """

    def __init__(self, path: Path, loop: VirtualLoop, dice: random.Random) -> None:
        self.raw = opened(path, Mortal)
        self.raw.tick = loop.tick  # type: ignore[attr-defined]
        self._dice = dice
        self.closed = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        await self._pass_time()
        try:
            return work(self.raw)
        finally:
            await self._pass_time()

    async def _pass_time(self) -> None:
        for _ in range(self._dice.choice(_TURNS)):
            await asyncio.sleep(0)

    def die(self) -> None:
        """What the kernel does to a killed process: uncommitted work is undone."""
        if self.closed:
            return
        if self.raw.in_transaction:
            self.raw.rollback()
        self.raw.close()

    async def close(self) -> None:
        self.closed = True
        self.raw.close()


class Machine:
    """Opens the connections of the life in `loop` and closes them, uncommitted work and all, when it crashes."""

    def __init__(self, loop: VirtualLoop, seed: int = 0) -> None:
        self._loop = loop
        self._dice = random.Random(seed)
        self._open: list[VirtualThread] = []

    async def connect(self, path: Path) -> Any:
        thread = VirtualThread(path, self._loop, self._dice)
        self._open.append(thread)
        return thread

    def pull_the_plug(self) -> None:
        for thread in self._open:
            thread.die()
        self._open.clear()
