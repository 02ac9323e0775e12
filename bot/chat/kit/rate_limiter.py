"""Discord's limit over all routes: 50 requests a second for a bot (public documentation, topics/rate-limits).

discord.py keeps the limit of each route by what Discord's headers say. Of this one no header tells before it is
exceeded, and every answer 429 counts towards a ban. Answers to interactions are exempt, and members wait for them.
"""

import asyncio
import logging
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

from bot.domain.contact import Contact
from bot.domain.roles import ALWAYS, Hold

log = logging.getLogger(__name__)

_API = "/api/"
_BUSY = 429
_BROKEN = 500  # and above
_EXEMPT = ("/interactions/", "/webhooks/")
_SPARE = 1 / 9  # of a second's requests: with 45, what is left to Discord's 50
_SECOND = 1.0  # over which Discord counts
_NOTICED = 5.0  # seconds in which every process sees that another came: each looks every 2, at what it saw every 2
_LOST = 10.0  # seconds without an answer, after which it does not stand in the way of others
_WEIGHT = 1 / 256  # of one answer in how long they take: what is usual changes slowly, a hold-up changes it little


class RateLimiter:
    """Lets at most `per_second` (or this process's share) begin in any second, evenly spaced: what can wait after all
    else, else in turn.

    Where the process could not keep the pace for a moment, because others had the processor, those who waited all the
    while make up for it: a few of them begin at once. Else every such moment would be lost for good, and at nine
    tenths of the limit the line would grow with each.

    Discord counts a request when it arrives, some time before its answer, and what a slow wire or a busy machine holds
    back arrives at once: with it, a second of Discord's would have more than began in any of ours. So of those that are
    unanswered, or were answered within the last second, there are as many as Discord takes (a ninth more than
    `per_second`) and those that are usually on their way; the next one waits for an answer, or for that second to pass.
    Each `turn` is followed by one `answered`.

    `contact` is what the answers say about Discord. `hold` is asked right before each request that the bot's token
    makes, and raises `NotHeld` where another process may make it by now; `answer` before each other one.
    """

    def __init__(
        self,
        per_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hold: Hold = ALWAYS,
        answer: Hold = ALWAYS,
        part: float = 1.0,
    ) -> None:
        self._hold = hold
        self._answer = answer
        self.contact = Contact(now)
        self._per_second = per_second
        self._begun = deque[float]()  # the last ones of any second, or of as many seconds as one takes
        self._unanswered = deque[float]()  # when they began, oldest first
        self._answered = deque[float]()  # the last ones, oldest first
        self._part, self._more_since = part, math.inf
        self._live_on(part)
        self._mean_answer = 0.0  # seconds until an answer, on average
        self._now = now
        self._sleep = sleep
        self._next = 0.0
        self._line: list[tuple[bool, int, asyncio.Future[float]]] = []  # a heap: who is next comes first
        self._numbers = count()
        self._calling: asyncio.Task[None] | None = None
        self.answers: Counter[str] = Counter()  # to all requests, by their status: 2xx, 429, …

    def share(self, part: float) -> None:
        """This process has that part of the limit, of 1, where several live on it. To be told every few seconds.

        Less holds at once. More holds once it was more for a while: by then the others, who see later than this one
        that it came, have less.
        """
        now = self._now()
        if part <= self._part:
            self._more_since = math.inf
        else:
            self._more_since = min(self._more_since, now)
        if part < self._part or now >= self._more_since + _NOTICED:
            self._part, self._more_since = part, math.inf
            self._live_on(part)
            log.info("limit shared", extra={"part": round(part, 3)})

    def _live_on(self, part: float) -> None:
        per_second = self._per_second * part
        self._gap = 1 / per_second
        self._late = max(0, int(per_second * _SPARE) - 1) * self._gap  # seconds that are made up for
        self._begun = deque(self._begun, maxlen=max(1, int(per_second)))
        self._taken = max(1, int(per_second) + int(per_second * _SPARE))  # by Discord, within a second
        self._answered = deque(self._answered, maxlen=2 * self._taken)

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return len(self._line)

    async def turn(self, *, can_wait: bool = False) -> float:
        """Returns when it is the caller's turn, and what time it is then."""
        now = self._now()
        if not self._line and now >= self._soonest():
            self._begin(now, late=0.0)
            return now
        mine: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        heappush(self._line, (can_wait, next(self._numbers), mine))
        if self._calling is None:
            self._calling = asyncio.create_task(self._call(), name="rate limiter")
        try:
            return await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it had its turn in the same moment
                self.answered(mine.result())
            raise

    async def _call(self) -> None:
        """Calls those who wait, until nobody does. Who is next is decided when the turn comes, not before."""
        try:
            while self._line:
                await self._sleep(max(0.0, self._soonest() - self._now()))
                if self._room() < 1:
                    continue
                _, _, theirs = heappop(self._line)
                if not theirs.done():  # who gave up uses no turn
                    now = self._now()
                    self._begin(now, late=self._late)
                    theirs.set_result(now)
        finally:
            self._calling = None

    def _soonest(self) -> float:
        """When the next one may begin; where only an answer can tell, when to look again."""
        full = len(self._begun) == self._begun.maxlen
        paced = max(self._next, self._begun[0] + len(self._begun) * self._gap) if full else self._next
        room = self._room()
        if room < 1:
            return self._now() + self._gap
        # All but one of the room may be taken by those that were answered within the last second.
        return max(paced, self._answered[-room] + _SECOND) if room <= len(self._answered) else paced

    def _room(self) -> int:
        """How many there may be beside those on their way."""
        while self._unanswered and self._unanswered[0] < self._now() - _LOST:
            self._unanswered.popleft()
        return self._taken + int(self._mean_answer / self._gap) - len(self._unanswered)

    def answered(self, began: float) -> None:
        """The answer to one that had its turn at `began` came, or will not come."""
        now = self._now()
        if began in self._unanswered:
            self._unanswered.remove(began)
        self._answered.append(now)
        self._mean_answer += (min(now - began, _SECOND) - self._mean_answer) * _WEIGHT

    def _begin(self, now: float, *, late: float) -> None:
        self._unanswered.append(now)
        self._begun.append(now)
        self._next = max(self._next, now - late) + self._gap

    def trace(self) -> aiohttp.TraceConfig:
        """For `discord.Client(http_trace=…)`: each request waits for its turn, below the library's own waiting."""

        async def start(_: Any, about: SimpleNamespace, request: aiohttp.TraceRequestStartParams) -> None:
            about.began = None
            if counts(request.url):
                # An edit of a card only shows anew what the result's message tells as well.
                began = await self.turn(can_wait=request.method == "PATCH" and "/messages/" in request.url.path)
                try:
                    self._hold()
                except BaseException:
                    self.answered(began)
                    raise
                about.began = began
            elif _API in request.url.path:
                self._answer()

        async def end(_: Any, about: SimpleNamespace, request: aiohttp.TraceRequestEndParams) -> None:
            if about.began is not None:
                self.answered(about.began)
            status = request.response.status
            self.answers[str(status) if status == _BUSY else f"{status // 100}xx"] += 1
            if _API in request.url.path and status != _BUSY:
                if status < _BROKEN:
                    self.contact.reached()
                else:
                    self.contact.failed(f"status {status}")

        async def broke(_: Any, about: SimpleNamespace, request: aiohttp.TraceRequestExceptionParams) -> None:
            if about.began is not None:
                self.answered(about.began)
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
