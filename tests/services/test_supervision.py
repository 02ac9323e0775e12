"""Loops that stay up, pools that do nothing twice, and wakeups."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.roles import Replaced
from bot.services.supervision import IDLE, Loop, WorkerPool, backoff, side_by_side, wait
from bot.services.wakeups import Topic, Wakeups
from tests.fakes.clock import START, ManualClock
from tests.services.kit import Services

SECOND = timedelta(seconds=1)


class EndOfTest(BaseException):
    """Ends a loop from inside its pause: nothing that a step could raise."""


class Pauses:
    """In place of waiting: writes down how long it should have been and whether somebody had called already."""

    def __init__(self, until: int, during: Callable[[asyncio.Event], None] = lambda _: None) -> None:
        self.rests: list[timedelta] = []
        self.woken: list[bool] = []
        self._until = until
        self._during = during

    async def __call__(self, event: asyncio.Event, limit: timedelta) -> None:
        self.rests.append(limit)
        self.woken.append(event.is_set())
        self._during(event)
        if len(self.rests) == self._until:
            raise EndOfTest


# Loops.


@pytest.mark.parametrize("error", [RuntimeError("x"), ExceptionGroup("xs", [ValueError("x")]), TimeoutError()])
async def test_a_loop_outlives_its_errors_and_counts_them(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    outcomes: list[Exception | timedelta] = [SECOND, *[error] * 8, SECOND, error]

    async def step() -> timedelta:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        clock.advance(hours=1)
        return outcome

    pauses = Pauses(11)
    loop = Loop("test", step, clock, pauses)
    assert loop.health.last_success is None
    with pytest.raises(EndOfTest):
        await loop.run()
    assert [rest.total_seconds() for rest in pauses.rests] == [1, 1, 2, 4, 8, 16, 32, 60, 60, 1, 1]
    assert (loop.health.failures, loop.health.failures_in_a_row) == (9, 1)
    assert loop.health.last_success == clock.now()
    assert [r.getMessage() for r in caplog.records] == ["loop failed"] * 9


@pytest.mark.parametrize("when", ["step", "rest"])
async def test_a_wake_up_is_answered_once(when: str) -> None:
    """During a step it is not lost; during a rest it is taken note of before the next step, and not once more after."""

    async def step() -> timedelta:
        if when == "step":
            loop.wake.set()
        return 60 * SECOND

    pauses = Pauses(2, during=lambda event: event.set() if when == "rest" else None)
    loop = Loop("test", step, ManualClock(), pauses)
    with pytest.raises(EndOfTest):
        await loop.run()
    assert pauses.woken == [when == "step"] * 2


async def test_a_wake_up_cuts_a_rest_short() -> None:
    steps = 0
    resting = asyncio.Event()

    async def step() -> timedelta:
        nonlocal steps
        steps += 1
        resting.set()
        return timedelta(days=1)

    loop = Loop("test", step, ManualClock())
    task = asyncio.create_task(loop.run())
    async with asyncio.timeout(5):
        for _ in range(3):
            await resting.wait()
            resting.clear()
            loop.wake.set()
        await resting.wait()
    assert steps == 4
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("limit", [timedelta(), timedelta(milliseconds=1), timedelta(seconds=-5), timedelta(days=1)])
async def test_a_wait_ends_by_itself_or_by_what_has_happened(limit: timedelta) -> None:
    event = asyncio.Event()
    if limit > SECOND:
        event.set()
    await wait(event, limit)


@given(attempt=st.integers(1, 10_000))
def test_backoff_grows_and_is_bounded(attempt: int) -> None:
    pause = backoff(attempt, SECOND, 60 * SECOND)
    assert SECOND <= pause <= backoff(attempt + 1, SECOND, 60 * SECOND) <= 60 * SECOND


# Steps that hang.


async def test_a_step_that_hangs_is_broken_off_counted_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    clock, begun, broken_off = ManualClock(), 0, 0

    async def step() -> timedelta:
        nonlocal begun, broken_off
        begun += 1
        if begun == 3:
            return 60 * SECOND
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            broken_off += 1
            raise
        raise AssertionError

    pauses = Pauses(3)
    loop = Loop("test", step, clock, pauses, limit=timedelta(milliseconds=1))
    with pytest.raises(EndOfTest):
        await loop.run()
    assert (begun, broken_off) == (3, 2)
    assert pauses.rests == [SECOND, 2 * SECOND, 60 * SECOND]
    assert (loop.health.failures, loop.health.failures_in_a_row) == (2, 0)
    assert loop.health.last_success == clock.now()
    assert [r.getMessage() for r in caplog.records] == ["loop failed"] * 2


@pytest.mark.parametrize("limit", [None, timedelta(days=1)])
async def test_a_step_that_lasts_can_be_ended(limit: timedelta | None) -> None:
    begun = 0

    async def step() -> timedelta:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(Loop("test", step, ManualClock(), limit=limit).run())
    for _ in range(10):
        await asyncio.sleep(0)
    assert begun == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# Pools.


class Job:
    """Runs until it is released."""

    def __init__(self, error: Exception | None = None, *, released: bool = False) -> None:
        self.started = asyncio.Event()
        self.release = asyncio.Event()
        self.outcome = "not started"
        self._error = error
        if released:
            self.release.set()

    async def run(self, _: str = "") -> None:
        self.outcome = "started"
        self.started.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.outcome = "cancelled"
            raise
        self.outcome = "done"
        if self._error is not None:
            raise self._error


class Pool(WorkerPool):
    """A pool whose loop waits for posts."""

    def __init__(self, size: int) -> None:
        wakeups = Wakeups()
        self.wake = wakeups.subscribe([Topic.POST])
        super().__init__("test", size, ManualClock(), wakeups, Topic.POST)

    @property
    def woken(self) -> bool:
        return self.wake.is_set()

    def take(self, job: Job, *keys: str) -> timedelta:
        """The loop's step: all these are due."""
        return self.take_up([(key, START) for key in keys], START, job.run, longest=SECOND)

    async def has(self, running: int) -> None:
        async with asyncio.timeout(5):
            while len(self._tasks) != running:  # noqa: ASYNC110 - a turn for the others, and no waiting
                await asyncio.sleep(0)


async def test_a_pool_runs_jobs_side_by_side() -> None:
    pool, first, second = Pool(2), Job(), Job()
    pool.take(first, "1")
    assert pool.busy_with("1")
    assert not pool.full
    pool.take(second, "2")
    assert pool.full
    await asyncio.gather(first.started.wait(), second.started.wait())
    second.release.set()
    await pool.has(1)
    assert (pool.busy_with("1"), pool.busy_with("2")) == (True, False)
    first.release.set()
    await pool.drain()
    assert not pool.woken, "nothing was passed over"


async def test_what_is_due_far_ahead_by_a_clock_that_was_wrong_does_not_wait_behind_what_is_due_soon() -> None:
    pool, done = Pool(2), list[str]()
    soon = timedelta(seconds=30)

    async def job(key: str) -> None:
        done.append(key)

    due = [("soon", START + soon), ("tomorrow", START + timedelta(days=1))]
    assert pool.take_up(due, START, job, longest=timedelta(minutes=1)) == soon
    await pool.drain()
    assert done == ["tomorrow"]


async def test_a_pool_never_runs_two_jobs_for_one_key_and_wakes_its_loop_when_the_first_is_over() -> None:
    pool, first, second, other = Pool(4), Job(), Job(), Job(released=True)
    pool.take(first, "key")
    await first.started.wait()
    pool.take(second, "key", "other")  # the other is another key's
    await pool.has(2)
    other.release.set()
    second.release.set()
    await pool.has(1)
    assert (second.outcome, pool.woken) == ("done", False)
    first.release.set()
    await pool.drain()
    assert pool.woken
    assert not pool.busy_with("key")


async def test_a_full_pool_wakes_its_loop_when_there_is_room() -> None:
    pool, job, waits = Pool(1), Job(), Job(released=True)
    pool.take(job, "1", "2")
    await job.started.wait()
    job.release.set()
    await pool.drain()
    assert pool.woken
    pool.wake.clear()
    pool.take(waits, "2")
    await pool.drain()
    assert (waits.outcome, pool.woken) == ("done", False)
    pool.take(Job(released=True), "3")
    assert pool.full
    assert pool.when_free() == IDLE  # nobody has looked whether more is due
    await pool.drain()
    assert pool.woken


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [(RuntimeError("x"), "ERROR", "job failed"), (Replaced("x"), "INFO", "job left to another process")],
)
async def test_a_job_that_fails_is_logged_and_over(
    error: Exception, level: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    pool = Pool(1)
    pool.take(Job(error, released=True), "1")
    await pool.drain()
    assert not pool.full
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [(level, said)]


async def test_drain_waits_for_jobs_that_jobs_start() -> None:
    pool, first, second = Pool(4), Job(released=True), Job(released=True)

    async def chain(_: str) -> None:
        await first.run()
        pool.take(second, "2")

    pool.take_up([("1", START)], START, chain, longest=SECOND)
    await pool.drain()
    assert second.outcome == "done"


async def test_dismiss_lets_finish_what_finishes_in_time() -> None:
    pool, quick, slow = Pool(4), Job(), Job()
    pool.take(quick, "quick")
    pool.take(slow, "slow")
    await asyncio.gather(quick.started.wait(), slow.started.wait())
    quick.release.set()
    await pool.dismiss(timedelta(milliseconds=10))
    assert (quick.outcome, slow.outcome) == ("done", "cancelled")
    await pool.drain()
    assert not pool.busy_with("slow")
    pool.take(Job(), "has not begun")
    await pool.dismiss(timedelta())
    await pool.dismiss(timedelta(days=1))  # nobody is left


# Wakeups.


def test_a_topic_wakes_those_who_subscribe_to_it() -> None:
    wakeups = Wakeups()
    wakeups.notify(Topic.POST)  # nobody is there yet
    posts, posts_and_cards, nothing = (
        wakeups.subscribe([Topic.POST]),
        wakeups.subscribe([Topic.POST, Topic.CARD]),
        wakeups.subscribe([]),
    )
    heard = (posts, posts_and_cards, nothing)
    assert [event.is_set() for event in heard] == [False, False, False]
    wakeups.notify(Topic.CARD, Topic.NOTICE)
    assert [event.is_set() for event in heard] == [False, True, False]
    wakeups.notify(Topic.POST)
    assert [event.is_set() for event in heard] == [True, True, False]


# Side by side.


async def test_each_is_done_once_and_only_some_at_a_time() -> None:
    done: list[tuple[int, str]] = []
    at_work = most = 0

    async def do(number: int, name: str) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1
        done.append((number, name))

    each = [(number, str(number)) for number in range(30)]
    await side_by_side(do, each)
    assert sorted(done) == each
    assert most == 8


async def test_doing_nothing_side_by_side_gives_up_no_turn() -> None:
    """A step that has nothing to do gives nobody else's task time to come between its reads."""
    others = asyncio.create_task(asyncio.sleep(0))
    await side_by_side(asyncio.sleep, [])
    assert not others.done()
    await others


async def test_one_that_fails_ends_the_others() -> None:
    begun: list[int] = []

    async def do(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise ValueError(number)
        await asyncio.sleep(0)

    with pytest.raises(ExceptionGroup):
        await side_by_side(do, [(number,) for number in range(100)])
    assert len(begun) < 30


# The loops as a whole: the page that lists them lists all, and one that dies is not missed in silence.

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_page_has_every_loop(services: Services) -> None:
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## The loops")
    table, _, _ = after.partition("\n## ")
    rows = re.findall(r"^\| ([\w ]+) \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(["loop", *services.background.loops])


async def test_a_loop_that_dies_ends_all_and_is_raised(services: Services) -> None:
    """No step can do that, nor does the tracker's here: it is the pause that fails."""
    begun = 0

    async def pause(event: asyncio.Event, limit: timedelta) -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise LookupError(limit)
        await event.wait()

    again = services.again(pause=pause)
    with pytest.RaisesGroup(LookupError):
        await again.background.run(["tracking", "costs", "comparing"])
