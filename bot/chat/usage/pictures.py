"""Pictures of numbers, drawn by a process of their own (`bot.chat.usage.drawing`, decision 23).

It begins with the first picture and ends when none was wanted for a while, so that the bot itself never imports
matplotlib, and keeps its memory only while somebody looks at numbers.
"""

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from datetime import timedelta
from pathlib import Path

from bot.chat.usage.drawing import LENGTH, Chart

log = logging.getLogger(__name__)

FONTS = "matplotlib"  # the folder of its list of fonts
_ROOT = Path(__file__).resolve().parents[3]
_KEPT = timedelta(minutes=5)  # after the last picture
_PATIENCE = timedelta(seconds=10)  # with one picture; the first one builds matplotlib's list of fonts
# What the process is given of the environment: it needs no token, and no key.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Undrawn(Exception):
    """There is no picture. The numbers are all that can be shown; the next one may work again."""


class Pictures:
    """`folder` is where matplotlib keeps its list of fonts, so that it looks for them once and not at every start."""

    def __init__(self, folder: Path, *, kept: timedelta = _KEPT, patience: timedelta = _PATIENCE) -> None:
        self._folder = folder / FONTS
        self._kept = kept
        self._patience = patience
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[int]] = set()

    async def draw(self, chart: Chart) -> bytes:
        """The PNG of the chart. One at a time. Raises `Undrawn`."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    return await self._drawn(await self._running(), chart)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                log.warning("picture not drawn", extra={"error": type(error).__name__})
                raise Undrawn from error
            finally:
                self._end_later()

    async def prepare(self) -> None:
        """Starts the process, so that it is ready when the numbers are. Whether that worked shows when it draws."""
        async with self._turn:
            with contextlib.suppress(OSError):
                await self._running()
            self._end_later()

    async def close(self) -> None:
        """Ends the process. Another picture would start it again."""
        async with self._turn:
            self._end(at_once=True)
        await asyncio.gather(*self._leaving)

    async def _drawn(self, process: Process, chart: Chart) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        try:
            process.stdin.write(chart.dump())
            await process.stdin.drain()
            length = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
            return await process.stdout.readexactly(length)
        except BaseException:  # what it was about to answer must not be taken for the next picture
            self._end(at_once=True)
            raise

    async def _running(self) -> Process:
        if self._ending is not None:
            self._ending.cancel()
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.chat.usage.drawing"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=_ROOT,
                env=self._environment(),
                start_new_session=True,  # the terminal's Ctrl-C is ours to handle
            )
        return self._process

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "MPLCONFIGDIR": str(self._folder),
            "OPENBLAS_NUM_THREADS": "1",  # numpy would start a thread for each core, each with memory of its own
        }

    def _end_later(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(self._kept.total_seconds(), self._end)

    def _end(self, *, at_once: bool = False) -> None:
        """Closes its input, upon which it ends; `at_once` also in the middle of a picture."""
        process, self._process = self._process, None
        if self._ending is not None:
            self._ending.cancel()
        if process is None:
            return
        if at_once:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if process.stdin is not None:
            process.stdin.close()
        leaving = asyncio.ensure_future(process.wait())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
