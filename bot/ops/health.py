"""Health over HTTP, for the container's probe and for whoever watches: `/healthz`, `/readyz` and `/metrics`.

`/healthz` is about the process: whether its loops and worker pools get through their
work. `/readyz` is about members: whether
they can use the bot, and if not, why, in words.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from bot.domain.clock import Clock
from bot.ops import reasons
from bot.services.supervision import Loop, LoopHealth, WorkerPool

_SICK_AFTER = 5  # failures of one loop or worker pool in a row
_UNWELL_AFTER = 2  # of one whose work members wait for


class Health:
    """Reads the loops, the worker pools and what `missing` says members lack; decides nothing."""

    def __init__(
        self,
        loops: Sequence[Loop],
        pools: Sequence[WorkerPool],
        missing: Callable[[], Sequence[str]],
        facts: Callable[[], Mapping[str, Any]],
        clock: Clock,
    ) -> None:
        self._loops = loops
        self._pools = pools
        self._missing = missing
        self._facts = facts
        self._clock = clock

    @property
    def not_alive(self) -> list[str]:
        """Which loops and worker pools do not get through their work, and how that shows; empty when all do."""
        return self._unwell([*self._loops, *self._pools], _SICK_AFTER)

    @property
    def not_ready(self) -> list[str]:
        """Why members cannot use the bot at this moment; empty when they can."""
        felt = [each for each in (*self._loops, *self._pools) if each.name in reasons.FELT]
        return list(dict.fromkeys([*self._missing(), *self._unwell(felt, _UNWELL_AFTER)]))

    def _unwell(self, parts: Sequence[Loop | WorkerPool], times: int) -> list[str]:
        now = self._clock.monotonic()
        failing = [reasons.fails(part.name) for part in parts if part.health.failures_in_a_row >= times]
        return failing + [reasons.hangs(part.name) for part in parts if part.hangs(now)]

    def report(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        not_alive, not_ready = self.not_alive, self.not_ready
        return {
            "alive": not not_alive,
            "ready": not not_ready,
            "not_alive": not_alive,
            "not_ready": not_ready,
            **self._facts(),
            "loops": {loop.name: self._shown(loop.health) for loop in self._loops},
            "pools": {
                pool.name: self._shown(pool.health) | {"jobs": pool.jobs, "size": pool.size} for pool in self._pools
            },
        }

    def _shown(self, health: LoopHealth) -> dict[str, Any]:
        last = health.last_success
        return {
            "last_success": last.isoformat() if last else None,
            "seconds_since_success": round((self._clock.now() - last).total_seconds(), 1) if last else None,
            "failures": health.failures,
            "failures_in_a_row": health.failures_in_a_row,
        }


class Page(Protocol):
    """What a path shows, made when it is asked for."""

    @property
    def content_type(self) -> str: ...

    async def page(self) -> bytes: ...


@asynccontextmanager
async def serve_health(health: Health, host: str, port: int, metrics: Page | None = None) -> AsyncGenerator[int]:
    """Serves the reports while the block runs; yields the port. 200 when fine, 503 when not.

    `metrics` is what `/metrics` shows.
    """
    from aiohttp import web

    def answer(what: str) -> Callable[[web.Request], Any]:
        async def handle(_: web.Request) -> web.Response:
            report = health.report()
            return web.json_response(report, status=200 if report[what] else 503)

        return handle

    app = web.Application()
    app.router.add_get("/healthz", answer("alive"))
    app.router.add_get("/readyz", answer("ready"))

    async def scrape(_: web.Request) -> web.Response:
        assert metrics is not None  # noqa: S101 - without them there is no such route
        return web.Response(body=await metrics.page(), headers={"Content-Type": metrics.content_type})

    if metrics is not None:
        app.router.add_get("/metrics", scrape)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
