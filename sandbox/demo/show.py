"""`drover demo`: everything from the first process to the last."""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.demo import DemoFailed
from sandbox.demo.processes import Processes
from sandbox.demo.screen import Screen
from sandbox.demo.stage import Stage
from sandbox.discord.client import Refused

_LIMIT = 300.0  # seconds, from the first process on
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOG_LINES, _LOG_WIDTH = 15, 400  # lines, and characters of each


async def show(*, prompt: str | None, output: Path, act: int | None = None) -> int:
    """Runs the demo, or one act of it, prints it, keeps what it made in `output`. The exit code is that of `staged`."""
    return await staged(partial(_perform, prompt, (1, 2) if act is None else (act,), output))


async def staged(perform: Callable[[Processes, Screen, Path], Coroutine[Any, Any, str | None]]) -> int:
    """Runs `perform` with processes that it may start and a folder for them; it returns why it failed, or None.

    Returns the exit code. 0: all ended as it should. 1: something did not, and the reason is printed. 128 + n: signal n
    asked to stop, so 130 for Ctrl-C. No process is left behind, whichever.
    """
    screen = Screen(sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="drover-demo-"))
    processes = Processes(folder)
    work = asyncio.create_task(perform(processes, screen, folder))
    stopped_by = stop_on_signals(work)
    try:
        await asyncio.wait({work})
        await processes.dismiss()
        if stopped_by:
            screen.say("", "Stopped. Nothing is left running.")
            return 128 + stopped_by[0]
        reason = work.result()
        if reason is not None:
            explain(f"The demo failed: {reason}", processes, screen)
        return 0 if reason is None else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def explain(headline: str, processes: Processes, screen: Screen) -> None:
    """What failed, and the end of what each process had to say on standard error."""
    screen.say("", screen.style.red(headline))
    for child in processes.children:
        lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        if lines:
            screen.heading(f"The last lines of {child.name}")
            screen.say(*(f"  {line[:_LOG_WIDTH]}" for line in lines))


def stop_on_signals(work: asyncio.Task[Any]) -> list[signal.Signals]:
    """The first signal cancels the work; later ones are ignored, as what has to be done then is being done.

    The list holds that first signal, once there was one.
    """
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        if not received:
            received.append(number)
            work.cancel()

    for number in _SIGNALS:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
    return received


async def _perform(
    prompt: str | None, acts: Sequence[int], output: Path, processes: Processes, screen: Screen, folder: Path
) -> str | None:
    """The reason why the demo failed, or None."""
    async with aiohttp.ClientSession() as session:
        stage = Stage(session, processes, screen, output=output, folder=folder, acts=acts)
        try:
            async with asyncio.timeout(_LIMIT):
                await stage.perform(prompt)
        except TimeoutError:
            return f"after {_LIMIT:g} s it still waited for {stage.waiting}"
        except (DemoFailed, Refused, aiohttp.ClientError, OSError) as error:
            return str(error) or type(error).__name__
    return None
