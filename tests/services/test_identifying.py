"""Turns to identify, five seconds apart for each bucket, over all processes."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise

from bot.domain.shards import Turn, TurnBook
from bot.services.identifying import IdentifyTurns
from tests.fakes.clock import ManualClock

PAUSE = 5.0


class Hours(ManualClock):
    """A machine on which time passes only while all of its processes sleep."""

    def __init__(self) -> None:
        super().__init__()
        self._wakes: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        mine = asyncio.get_running_loop().create_future()
        self._wakes.append((self.monotonic() + seconds, mine))
        await mine

    async def until(self, done: Callable[[], bool]) -> None:
        while not done():
            for _ in range(20):
                await asyncio.sleep(0)
            if done() or not self._wakes:
                continue
            soonest = min(self._wakes, key=lambda each: each[0])
            self._wakes.remove(soonest)
            self.advance(seconds=max(0.0, soonest[0] - self.monotonic()))
            if not soonest[1].done():
                soonest[1].set_result(None)


class Book(TurnBook):
    """The rows, in memory."""

    def __init__(self) -> None:
        self.turns: dict[int, Turn] = {}
        self.away = False

    async def last(self, bucket: int) -> Turn:
        await asyncio.sleep(0)
        return self.turns.get(bucket, Turn())

    async def all(self) -> Mapping[int, Turn]:
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError
        return dict(self.turns)

    async def take(self, bucket: int, number: int) -> bool:
        await asyncio.sleep(0)
        if self.turns.get(bucket, Turn()).number != number - 1:
            return False
        self.turns[bucket] = Turn(number, over=False)
        return True

    def end(self, bucket: int, number: int) -> None:
        if self.turns[bucket].number == number:
            self.turns[bucket] = Turn(number)


async def identified(hours: Hours, *processes: tuple[IdentifyTurns, range]) -> list[tuple[float, int]]:
    """When each shard was, in seconds from now; each process takes its own one after the other."""
    began, seen = hours.monotonic(), list[tuple[float, int]]()

    async def start(turns: IdentifyTurns, shards: range) -> None:
        for shard in shards:
            await turns.take(shard)
            seen.append((round(hours.monotonic() - began, 2), shard))

    work = asyncio.gather(*(start(*each) for each in processes))
    await hours.until(work.done)
    await work
    return seen


def turns(hours: Hours, book: TurnBook | None = None, concurrency: int = 1) -> IdentifyTurns:
    made = IdentifyTurns(hours, book, timedelta(seconds=PAUSE), hours.sleep)
    made.max_concurrency = concurrency
    return made


async def test_a_process_alone_waits_for_its_own_turns_only() -> None:
    hours = Hours()
    alone = turns(hours)
    assert await identified(hours, (alone, range(3))) == [(0, 0), (5, 1), (10, 2)]
    assert await identified(hours, (alone, range(1))) == [(5, 0)]  # it comes again
    hours.advance(seconds=60)
    assert await identified(hours, (alone, range(1))) == [(0, 0)]


async def test_each_bucket_has_its_own_turns() -> None:
    hours = Hours()
    seen = await identified(hours, (turns(hours, concurrency=2), range(6)))
    assert [at for at, _ in seen] == [0, 0, 5, 5, 10, 10]


async def test_processes_take_turns_and_lose_next_to_no_time() -> None:
    hours, book = Hours(), Book()
    processes = [(turns(hours, book), range(first, first + 3)) for first in (0, 3, 6)]
    moments = [at for at, _ in await identified(hours, *processes)]
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(moments))
    assert moments[-1] <= 8 * (PAUSE + 0.25)


async def test_a_process_that_died_after_a_turn_costs_the_next_one_a_pause_and_an_old_turn_costs_nothing() -> None:
    hours, book = Hours(), Book()
    first = turns(hours, book)
    assert await identified(hours, (first, range(1))) == [(0, 0)]
    await first.close()  # nobody tells any more that its pause is over
    hours.advance(seconds=3600)
    [(at, _)] = await identified(hours, (second := turns(hours, book), range(1)))
    assert PAUSE <= at <= PAUSE + 0.25
    await hours.until(lambda: book.turns[0].over)
    assert await identified(hours, (turns(hours, book), range(1))) == [(0, 0)]
    await second.close()


async def test_who_stands_by_has_seen_the_pause_of_who_died_after_a_turn() -> None:
    hours, book = Hours(), Book()
    first, second = turns(hours, book), turns(hours, book)
    looking = asyncio.create_task(second.look_on())
    assert await identified(hours, (first, range(1))) == [(0, 0)]
    await first.close()
    book.away = True  # for a moment
    began = hours.monotonic()
    await hours.until(lambda: hours.monotonic() >= began + 1)
    book.away = False
    await hours.until(lambda: hours.monotonic() >= began + 4)  # sooner than it would be over
    looking.cancel()
    [(at, _)] = await identified(hours, (second, range(1)))
    assert began + PAUSE <= began + 4 + at <= began + PAUSE + 2.25
    await second.close()
