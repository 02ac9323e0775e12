"""`drover play`: everything from the first process to Ctrl-C."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.demo import DemoFailed
from sandbox.demo.processes import Processes
from sandbox.demo.screen import Screen
from sandbox.demo.show import explain, stop_on_signals
from sandbox.discord.client import Refused
from sandbox.play.backstage import Backstage
from sandbox.play.troupe import Troupe


async def play(*, port: int, speed: float, browser: bool) -> int:
    """Runs until a signal. Returns the exit code: 0, or 1 where something did not start or ended by itself."""
    screen = Screen(sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="drover-play-"))
    processes = Processes(folder)
    work = asyncio.create_task(_perform(processes, screen, folder, port=port, speed=speed, browser=browser))
    stopped_by = stop_on_signals(work)
    try:
        await asyncio.wait({work})
        await processes.dismiss()
        if stopped_by:
            screen.say("", "Stopped. Nothing is left running.")
            return 0 if stopped_by[0] is signal.SIGINT else 128 + stopped_by[0]
        explain(f"It failed: {work.result()}", processes, screen)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _perform(
    processes: Processes, screen: Screen, folder: Path, *, port: int, speed: float, browser: bool
) -> str:
    """The reason why it ended by itself."""
    async with aiohttp.ClientSession() as session, contextlib.AsyncExitStack() as stack:
        troupe = Troupe(processes, folder)
        backstage = Backstage(troupe, session)
        try:
            address = await stack.enter_async_context(_served(backstage.app()))
            await troupe.start(port=port, backstage=address, speed=speed)
            stack.callback(troupe.line.cut)
            await troupe.settle(session)
            screen.say(
                f"Drover plays at  {troupe.discord_url}/",
                "",
                "Open it in a browser. You are Bo: type /video there, and a prompt. Below the channels you can be",
                "somebody else; 🎭 shows what happens behind the chat, and breaks things.",
                "Ctrl-C ends it, and leaves nothing behind.",
            )
            if browser and (sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
                await asyncio.to_thread(webbrowser.open, f"{troupe.discord_url}/")
            await asyncio.gather(troupe.watch(), backstage.follow())
        except (DemoFailed, Refused, aiohttp.ClientError, OSError) as error:
            return str(error) or type(error).__name__
    return "it ended"


@contextlib.asynccontextmanager
async def _served(app: web.Application) -> AsyncGenerator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
