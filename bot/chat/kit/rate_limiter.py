"""Discord's limit over all routes: 50 requests a second for a bot (public documentation, topics/rate-limits).

discord.py keeps the limit of each route by what Discord's headers say. Of this one no header tells before it is
exceeded, and every answer 429 counts towards a ban. Answers to interactions are exempt, and members wait for them.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

import aiohttp
from yarl import URL

from bot.domain.contact import Contact
from bot.domain.roles import ALWAYS, Hold

_API = "/api/"
_BUSY = 429
_BROKEN = 500  # and above
_EXEMPT = ("/interactions/", "/webhooks/")
_AT_ONCE = 1 / 9  # of a second's requests, where they are late: 5 of 45, so that 50 are not exceeded if the net is late


class RateLimiter:
    """Lets at most `per_second` (or this process's share) begin in any second, evenly spaced: what can wait after all
    else, else in turn.

    Where the process could not keep the pace for a moment, because others had the processor, those who waited all the
    while make up for it: a few of them begin at once. Else every such moment would be lost for good, and at nine
    tenths of the limit the line would grow with each.

    `contact` is what the answers say about Discord. `hold` is asked right before each request that the bot's token
    makes, and raises `NotHeld` where another process may make it by now.
    """

    def __init__(
        self,
        per_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hold: Hold = ALWAYS,
    ) -> None:
        self._hold = hold
        self.contact = Contact(now)
        self._per_second = per_second
        self._begun = deque[float]()
        self.share(1)
        self._now = now
        self._sleep = sleep
        self._next = 0.0
        self._line: list[tuple[bool, int, asyncio.Future[None]]] = []  # a heap: who is next comes first
        self._numbers = count()
        self._calling: asyncio.Task[None] | None = None
        self.answers: Counter[str] = Counter()  # to all requests, by their status: 2xx, 429, …

    def share(self, processes: int) -> None:
        """From now on so many processes live on the limit, this one among them, and each has as much of it."""
        per_second = self._per_second / processes
        self._gap = 1 / per_second
        self._late = max(0, int(per_second * _AT_ONCE) - 1) * self._gap  # seconds that are made up for
        # The last ones of any second, or of as many seconds as one takes.
        self._begun = deque(self._begun, maxlen=max(1, int(per_second)))

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return len(self._line)

    async def turn(self, *, can_wait: bool = False) -> None:
        """Returns when it is the caller's turn."""
        now = self._now()
        if not self._line and now >= self._soonest():
            self._begin(now, late=0.0)
            return
        mine = asyncio.get_running_loop().create_future()
        heappush(self._line, (can_wait, next(self._numbers), mine))
        if self._calling is None:
            self._calling = asyncio.create_task(self._call(), name="rate limiter")
        await mine

    async def _call(self) -> None:
        """Calls those who wait, until nobody does. Who is next is decided when the turn comes, not before."""
        try:
            while self._line:
                await self._sleep(max(0.0, self._soonest() - self._now()))
                _, _, theirs = heappop(self._line)
                if not theirs.done():  # who gave up uses no turn
                    self._begin(self._now(), late=self._late)
                    theirs.set_result(None)
        finally:
            self._calling = None

    def _soonest(self) -> float:
        full = len(self._begun) == self._begun.maxlen
        return max(self._next, self._begun[0] + len(self._begun) * self._gap) if full else self._next

    def _begin(self, now: float, *, late: float) -> None:
        self._begun.append(now)
        self._next = max(self._next, now - late) + self._gap

    def trace(self) -> aiohttp.TraceConfig:
        """For `discord.Client(http_trace=…)`: each request waits for its turn, below the library's own waiting."""

        async def start(_: Any, __: Any, request: aiohttp.TraceRequestStartParams) -> None:
            if counts(request.url):
                # An edit of a card only shows anew what the result's message tells as well.
                await self.turn(can_wait=request.method == "PATCH" and "/messages/" in request.url.path)
                self._hold()

        async def end(_: Any, __: Any, request: aiohttp.TraceRequestEndParams) -> None:
            status = request.response.status
            self.answers[str(status) if status == _BUSY else f"{status // 100}xx"] += 1
            if _API in request.url.path and status != _BUSY:
                if status < _BROKEN:
                    self.contact.reached()
                else:
                    self.contact.failed(f"status {status}")

        async def broke(_: Any, __: Any, request: aiohttp.TraceRequestExceptionParams) -> None:
            error = request.exception
            if _API in request.url.path and isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
                self.contact.failed(type(error).__name__)

        config = aiohttp.TraceConfig()
        config.on_request_start.append(start)
        config.on_request_end.append(end)
        config.on_request_exception.append(broke)
        return config


def counts(url: URL) -> bool:
    """Whether a request to `url` counts towards the limit; files and the gateway do not."""
    return _API in url.path and not any(part in url.path for part in _EXEMPT)
