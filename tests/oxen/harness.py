"""Providers to put the contract to: each comes with a hand on what it is working on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.ids import RemoteId
from bot.domain.provider import Provider
from bot.oxen.client import OxenClient
from sandbox.oxen.render.plan import Plan as RenderPlan
from sandbox.oxen.server import OxenSandbox
from tests.fakes.clock import ManualClock
from tests.fakes.orders import KEY
from tests.fakes.oxen import RESULT, Dialect, FakeOxen

DEAD_LINK = "/results/nothing.mp4?expires=1&signature=0"


class Harness(Protocol):
    """A provider, and a hand on what it is working on. `dead_link` opens nothing."""

    @property
    def provider(self) -> Provider: ...
    @property
    def dead_link(self) -> str: ...

    async def working_on(self, remote_id: RemoteId) -> None:
        """Returns when the generation is no longer only queued."""
        ...

    async def finish(self, remote_id: RemoteId) -> None:
        """It succeeds, with `RESULT`."""
        ...

    async def fail(self, remote_id: RemoteId) -> None: ...


class FakeStage:
    dead_link: str = "https://results.invalid/nothing.mp4"

    def __init__(self, dialect: str) -> None:
        self.oxen = FakeOxen(ManualClock(), Dialect(dialect))
        self.provider: Provider = self.oxen

    async def working_on(self, remote_id: RemoteId) -> None:
        self.oxen.start(remote_id)

    async def finish(self, remote_id: RemoteId) -> None:
        self.oxen.finish(remote_id)

    async def fail(self, remote_id: RemoteId) -> None:
        self.oxen.fail(remote_id, "The model provider returned an error.")


class HeldRenderer:
    """Renders a generation when it is told to."""

    def __init__(self) -> None:
        self._released: dict[str, asyncio.Event] = {}
        self._started: dict[str, asyncio.Event] = {}
        self._broken: set[str] = set()

    def event(self, which: dict[str, asyncio.Event], generation_id: str) -> asyncio.Event:
        return which.setdefault(generation_id, asyncio.Event())

    async def started(self, generation_id: str) -> None:
        await self.event(self._started, generation_id).wait()

    def release(self, generation_id: str, *, broken: bool = False) -> None:
        if broken:
            self._broken.add(generation_id)
        self.event(self._released, generation_id).set()

    async def render(self, validated: RenderPlan, path: Path) -> None:
        self.event(self._started, path.stem).set()
        await self.event(self._released, path.stem).wait()
        if path.stem in self._broken:
            raise RuntimeError("as the test wants it")
        await asyncio.to_thread(path.write_bytes, RESULT)

    def close(self) -> None: ...


@dataclass
class SandboxStage:
    provider: Provider
    sandbox: OxenSandbox
    renderer: HeldRenderer

    @property
    def dead_link(self) -> str:
        return self.sandbox.url + DEAD_LINK

    async def working_on(self, remote_id: RemoteId) -> None:
        await self.renderer.started(remote_id)

    async def finish(self, remote_id: RemoteId) -> None:
        self.renderer.release(remote_id)
        await self.sandbox.finished(remote_id)

    async def fail(self, remote_id: RemoteId) -> None:
        self.renderer.release(remote_id, broken=True)
        await self.sandbox.finished(remote_id)


@asynccontextmanager
async def sandbox_stage(dialect: str) -> AsyncGenerator[SandboxStage]:
    renderer = HeldRenderer()
    async with (
        OxenSandbox(
            speed=1e6, dialect=dialect, renderer=renderer, concurrency=100, keys={KEY: None}, keep_alive=0.05
        ) as sandbox,
        OxenClient(sandbox.url, KEY) as client,
    ):
        yield SandboxStage(client, sandbox, renderer)
