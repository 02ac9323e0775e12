"""Health over HTTP, for the container's probe and for whoever watches: `/healthz` and `/readyz`."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.services.supervision import Loop

_SICK_AFTER = 5  # failures of one loop in a row


class Health:
    """Reads the loops and what `ready` says; decides nothing."""

    def __init__(
        self, loops: Sequence[Loop], ready: Callable[[], bool], facts: Callable[[], Mapping[str, Any]]
    ) -> None:
        self._loops = loops
        self._ready = ready
        self._facts = facts

    @property
    def alive(self) -> bool:
        """Whether every loop still gets through its step now and then."""
        return all(loop.health.failures_in_a_row < _SICK_AFTER for loop in self._loops)

    @property
    def ready(self) -> bool:
        """Whether members can use the bot at this moment."""
        return self._ready()

    def report(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "alive": self.alive,
            "ready": self.ready,
            **self._facts(),
            "loops": {
                loop.name: {
                    "last_success": loop.health.last_success.isoformat() if loop.health.last_success else None,
                    "failures": loop.health.failures,
                    "failures_in_a_row": loop.health.failures_in_a_row,
                }
                for loop in self._loops
            },
        }


@asynccontextmanager
async def serve_health(health: Health, host: str, port: int) -> AsyncGenerator[int]:
    """Serves the reports while the block runs; yields the port. 200 when fine, 503 when not."""

    def answer(fine: Callable[[], bool]) -> Callable[[web.Request], Any]:
        async def handle(_: web.Request) -> web.Response:
            status = 200 if fine() else 503
            return web.Response(text=json.dumps(health.report()), status=status, content_type="application/json")

        return handle

    app = web.Application()
    app.router.add_get("/healthz", answer(lambda: health.alive))
    app.router.add_get("/readyz", answer(lambda: health.ready))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
