"""Discord's limit over all routes: 50 requests a second for a bot (public documentation, topics/rate-limits).

discord.py keeps the limit of each route by what Discord's headers say. Of this one no header tells before it is
exceeded, and every answer 429 counts towards a ban. Answers to interactions are exempt, and members wait for them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from yarl import URL

from bot.domain.contact import Contact

_API = "/api/"
_BUSY = 429
_BROKEN = 500  # and above
_EXEMPT = ("/interactions/", "/webhooks/")


class RateLimiter:
    """Lets at most `per_second` begin in any second, evenly spaced, first come first served.

    `contact` is what the answers say about Discord.
    """

    def __init__(
        self,
        per_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.contact = Contact(now)
        self._gap = 1 / per_second
        self._now = now
        self._sleep = sleep
        self._next = 0.0

    async def turn(self) -> None:
        """Returns when it is the caller's turn."""
        now = self._now()
        mine = max(now, self._next)
        self._next = mine + self._gap
        if mine > now:
            await self._sleep(mine - now)

    def trace(self) -> aiohttp.TraceConfig:
        """For `discord.Client(http_trace=…)`: each request waits for its turn, below the library's own waiting."""

        async def start(_: Any, __: Any, request: aiohttp.TraceRequestStartParams) -> None:
            if counts(request.url):
                await self.turn()

        async def end(_: Any, __: Any, request: aiohttp.TraceRequestEndParams) -> None:
            status = request.response.status
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
