"""Discord's limit over all routes: 50 requests a second for a bot (public documentation, topics/rate-limits).

discord.py keeps the limit of each route by what Discord's headers say. Of this one no header tells before it is
exceeded, and every answer 429 counts towards a ban. Answers to interactions are exempt, and members wait for them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import aiohttp
from yarl import URL

_EXEMPT = ("/interactions/", "/webhooks/")


class Pace:
    """Lets at most `per_second` begin in any second, evenly spaced, first come first served."""

    def __init__(
        self,
        per_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
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
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._on_request_start)
        return config

    async def _on_request_start(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestStartParams
    ) -> None:
        if counts(request.url):
            await self.turn()


def counts(url: URL) -> bool:
    """Whether a request to `url` counts towards the limit; files and the gateway do not."""
    return "/api/" in url.path and not any(part in url.path for part in _EXEMPT)
