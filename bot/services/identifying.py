"""Whose turn it is to identify a shard: Discord takes one in five seconds for each bucket (events/gateway).

The buckets are `shard_id % max_concurrency`. Who comes too soon is told so by op 9, and has to come again.
"""

import asyncio
from datetime import timedelta

from bot.domain.clock import Clock, Sleep
from bot.domain.shards import TurnBook

PAUSE = timedelta(seconds=5.2)  # Discord's five seconds, and what may come in between on the way there
_LOOK = 0.25  # seconds between two looks at who had the last turn


class IdentifyTurns:
    """Hands out turns to this process; with `book`, to one of many at a time.

    No two machines' clocks are compared: who finds a turn whose end nobody has told waits for a whole pause by its own
    clock. So a process that died after its turn costs the others one pause, and no more.
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
        last, since = await book.last(bucket), self._clock.monotonic()
        while True:
            free = last.over or last.number == self._own.get(bucket) or self._clock.monotonic() - since >= self._pause
            if free and await book.take(bucket, last.number + 1):
                return last.number + 1
            if not free:
                await self._sleep(_LOOK)
            latest = await book.last(bucket)
            if latest.number != last.number:
                since = self._clock.monotonic()
            last = latest

    async def close(self) -> None:
        """Tells no more ends: the others wait a pause instead."""
        for task in list(self._ends):
            task.cancel()
        await asyncio.gather(*self._ends, return_exceptions=True)
