"""What happened, in order, for those who watch: each entry has a sequence number and the time."""

import asyncio
from collections import deque
from itertools import islice

from sandbox.discord.clock import Clock
from sandbox.discord.forms import Json

_KEPT = 10_000


class Feed:
    """Keeps the last 10,000 entries; `read` waits for one newer than a sequence number."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Json] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()
        self.last = 0

    def add(self, kind: str, **details: object) -> None:
        self.last += 1
        self._entries.append({"sequence": self.last, "time": self._clock.now(), "kind": kind, **details})
        self._news.set()
        self._news = asyncio.Event()

    async def read(self, after: int, wait: float) -> list[Json]:
        """Entries after that number; waits up to `wait` (real) seconds for the first of them."""
        deadline = asyncio.get_running_loop().time() + wait
        while self.last <= after:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return []
        missed = min(self.last - after, len(self._entries))
        return list(islice(self._entries, len(self._entries) - missed, None))
