"""Whose turn it is to identify a shard: Discord takes one in five seconds for each bucket (events/gateway).

The buckets are `shard_id % max_concurrency`. Who comes too soon is told so by op 9, and has to come again.
"""

import asyncio
import logging
from datetime import timedelta

from bot.domain.clock import Clock, Sleep
from bot.domain.shards import Turn, TurnBook

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=5.2)  # Discord's five seconds, and what may come in between on the way there
_LOOK = 0.25  # seconds between two looks at who had the last turn
_LOOK_ON = 1.0  # the same of who wants none yet


class IdentifyTurns:
    """Hands out turns to this process; with `book`, to one of many at a time.

    No two machines' clocks are compared: who finds a turn whose end nobody has told waits for a whole pause by its own
    clock. So a process that died after its turn costs the others one pause, and no more. Who stands by looks on, and
    has seen most of that pause by the time that it may take over.
    """

    def __init__(
        self, clock: Clock, book: TurnBook | None = None, pause: timedelta = PAUSE, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.max_concurrency = 1
        self._clock = clock
        self._book = book
        self._pause = pause.total_seconds()
        self._sleep = sleep
        self._free_at: dict[int, float] = {}  # after this process's own turns, monotonic
        self._own: dict[int, int] = {}  # the numbers of these
        self._seen: dict[int, tuple[int, float]] = {}  # each bucket's last turn, and when it was seen first, monotonic
        self._ends = set[asyncio.Task[None]]()

    async def take(self, shard_id: int) -> None:
        """Returns when the shard may be identified, which has to happen now."""
        bucket = shard_id % self.max_concurrency
        while (left := self._free_at.get(bucket, 0.0) - self._clock.monotonic()) > 0:
            await self._sleep(left)
        if self._book is not None:
            book = self._book
            self._own[bucket] = number = await self._next(book, bucket)

            async def end() -> None:
                await self._sleep(self._pause)
                book.end(bucket, number)

            task = asyncio.create_task(end(), name="identify turn")
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)
        self._free_at[bucket] = self._clock.monotonic() + self._pause

    async def _next(self, book: TurnBook, bucket: int) -> int:
        """The number of the turn that this process has now."""
        last = await book.last(bucket)
        while True:
            waited = self._clock.monotonic() - self._seen_since(bucket, last)
            free = last.over or last.number == self._own.get(bucket) or waited >= self._pause
            if free and await book.take(bucket, last.number + 1):
                return last.number + 1
            if not free:
                await self._sleep(_LOOK)
            last = await book.last(bucket)

    def _seen_since(self, bucket: int, turn: Turn) -> float:
        number, since = self._seen.get(bucket, (turn.number, self._clock.monotonic()))
        self._seen[bucket] = seen = (turn.number, since if number == turn.number else self._clock.monotonic())
        return seen[1]

    async def look_on(self) -> None:
        """For ever: sees who has which turn, without taking one."""
        while self._book is not None:
            try:
                for bucket, turn in (await self._book.all()).items():
                    self._seen_since(bucket, turn)
            except Exception as error:  # noqa: BLE001 - whatever it was, it costs a pause at most
                log.info("turns not seen", extra={"error": type(error).__name__})
            await self._sleep(_LOOK_ON)

    async def close(self) -> None:
        """Tells no more ends: the others wait a pause instead."""
        for task in list(self._ends):
            task.cancel()
        await asyncio.gather(*self._ends, return_exceptions=True)
