"""The stand-in itself: one aiohttp application on a loopback port."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.discord import community, state, threads
from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import Clock
from sandbox.discord.control import Control
from sandbox.discord.faults import Faults
from sandbox.discord.forms import Json
from sandbox.discord.gateway import Gateway
from sandbox.discord.page import Page, loopback_only
from sandbox.discord.ratelimits import RateLimits
from sandbox.discord.rest.kit import Call, Reply
from sandbox.discord.rest.pipeline import Exchange, Pipeline
from sandbox.discord.sessions import Starts
from sandbox.discord.world import EPHEMERAL_SECONDS, LINK_SECONDS, World


class DiscordSandbox:
    """`async with DiscordSandbox() as sandbox:` serves until the block ends and leaves nothing behind.

    `community` is a JSON file like data/community.json. `token` replaces the default one. `exchange_hook` is told every
    REST request with its answer, `dispatch_hook` every gateway dispatch ({"t", "s", "d", "op"}). Links to attachments
    are good for `link_seconds`, files of options and modals stay for `ephemeral_seconds`, both by `clock`. Two
    IDENTIFYs of one shard less than `identify_seconds` apart collide (op 9); with 0 they never do. `backstage` is the
    address that the page's panel beside the chat asks for more than is Discord's.
    Inside the block `url` (http://127.0.0.1:port), `token` and `application_id` say how to log in; `world` and `clock`
    are there for tests in the same process, the control API under /sandbox/api for everybody.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        community_file: Path | None = None,
        token: str | None = None,
        clock: Clock | None = None,
        exchange_hook: Callable[[Exchange], None] | None = None,
        dispatch_hook: Callable[[Json], None] | None = None,
        link_seconds: float = LINK_SECONDS,
        ephemeral_seconds: float = EPHEMERAL_SECONDS,
        identify_seconds: float = 5.0,
        backstage: str | None = None,
    ) -> None:
        form = community.read(community_file or community.DEFAULT)
        self._port = port
        self._folder = tempfile.TemporaryDirectory(prefix="discord-sandbox-")
        self.clock = clock or Clock()
        application = community.application_of(form, token)
        self.world = World(
            clock=self.clock, application=application, files=Path(self._folder.name), link_seconds=link_seconds,
            ephemeral_seconds=ephemeral_seconds,
        )  # fmt: skip
        community.settle(self.world, form)
        starts = Starts(clock=self.clock, seconds=identify_seconds)
        self.gateway = Gateway(world=self.world, starts=starts, observe=dispatch_hook)
        self.faults = Faults()
        self.limits = RateLimits(clock=self.clock)
        self.rest = Pipeline(
            world=self.world, faults=self.faults, limits=self.limits, gateway_bot=self._gateway_bot,
            exchange_hook=exchange_hook,
        )  # fmt: skip
        self._runner: web.AppRunner | None = None
        self._page = Page(backstage)
        self.url = ""

    @property
    def token(self) -> str:
        return self.world.application.token

    @property
    def application_id(self) -> int:
        return self.world.application.id

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start(self) -> None:
        app = web.Application(client_max_size=256 * 1024 * 1024, middlewares=[loopback_only])
        app.add_routes(self._page.routes(self.gateway.handle))
        app.add_routes([web.get("/gateway", self.gateway.handle), web.get("/gateway/ws", self.gateway.handle)])
        app.add_routes(list(self.rest.routes()))
        app.add_routes(Cdn(self.world, self.faults).routes())
        app.add_routes(Control(self.world, self.gateway, self.rest).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = self.world.url = f"http://127.0.0.1:{port}"
        for one in self.world.channels.values():
            if one.type in state.THREADS:
                threads.touch(self.world, one)

    async def _stop(self) -> None:
        self.clock.stop()
        await self.gateway.shut()
        if self._runner is not None:
            await self._runner.cleanup()
        # A thousand uploads take a moment to remove; the loop may go on meanwhile.
        await asyncio.get_running_loop().run_in_executor(None, self._folder.cleanup)

    def _gateway_bot(self, call: Call) -> Reply:
        url = call.world.url.replace("http", "ws", 1)
        shards = self.gateway.recommended_shards()
        return Reply(200, {"url": url, "shards": shards, "session_start_limit": self.gateway.starts.describe()})
