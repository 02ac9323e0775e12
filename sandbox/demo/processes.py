"""The three processes: started one by one, each in a session of its own, and ended together, whatever happens."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.demo import DemoFailed

ROOT = Path(__file__).resolve().parent.parent.parent
_PATIENCE = 3.0  # seconds from TERM to KILL
_START = 20.0  # seconds for a stand-in to be ready; it takes a tenth of that
# The kernel ends a child whose parent was killed, and keeps that promise across exec. Asked for in the child itself:
# code between fork and exec (preexec_fn) is not safe. Elsewhere than on Linux only KILL leaves children behind.
_ENDS_WITH_PARENT = (
    "import ctypes, os, signal, sys;"
    "ctypes.CDLL(None).prctl(1, signal.SIGTERM) if sys.platform == 'linux' else None;"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
_OWN = ("DROVER_", "DISCORD_", "OXEN_")
DATABASE = "drover.sqlite3"
_POLL, _POLL_QUIET = 10, 30  # seconds between two looks of the bot at the provider's queue, at normal speed


def address(line: str) -> str:
    """Of `… sandbox ready http://127.0.0.1:41234`."""
    return line.rpartition(" ")[2]


def discord_settings(url: str, token: str, folder: Path) -> dict[str, str]:
    """What the bot needs to use that stand-in for Discord, and to keep its things in that folder."""
    return {
        "DISCORD_TOKEN": token,
        "DISCORD_API_URL": f"{url}/api/v10",
        "DISCORD_GATEWAY_URL": f"{url.replace('http', 'ws', 1)}/",
        "DROVER_DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "DROVER_WORK_DIR": str(folder / "work"),
        "DROVER_LOG_FORMAT": "json",
    }


def oxen_settings(url: str, key: str, speed: float) -> dict[str, str]:
    """What it needs to use that stand-in for Oxen. Time passes faster there, so the bot looks as much more often."""
    return {
        "OXEN_API_KEY": key,
        "OXEN_API_URL": url,
        "DROVER_POLL_SECONDS": str(_POLL / speed),
        "DROVER_POLL_SECONDS_WITH_EVENTS": str(_POLL_QUIET / speed),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """`started` in unix seconds; `log` has what it wrote to standard error."""

    name: str
    process: Process
    started: float
    log: Path

    async def line(self) -> str:
        """The next line of its standard output. Raises `DemoFailed` when there is none in time."""
        stdout = self.process.stdout
        try:
            async with asyncio.timeout(_START):
                read = await stdout.readline() if stdout is not None else b""
        except TimeoutError:
            raise DemoFailed(f"{self.name} was not ready after {_START:g} s") from None
        if not read:
            raise DemoFailed(f"{self.name} ended before it was ready")
        return read.decode().strip()

    async def gone(self) -> None:
        """Waits for its end, which is a failure: `DemoFailed`."""
        code = await self.process.wait()
        raise DemoFailed(f"{self.name} ended by itself, with exit code {code}")


class Processes:
    """Children, their folder and their environment. Who starts them here calls `dismiss` at the end, uncancelled.

    `root`: the checkout whose bot they run, by the interpreter `python`.
    """

    def __init__(self, folder: Path, root: Path = ROOT, python: str | Path = sys.executable) -> None:
        self._folder = folder
        self._root = root
        self._python = python
        self._passing: list[Process] = []
        self.children: list[Child] = []

    async def start(
        self, name: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> Child:
        """Runs `python -m bot` with these arguments, far from the user's own settings and `.env`."""
        started = time.time()
        with log.open("wb") as written:
            process = await self._spawn(arguments, environment or {}, stderr=written)
        child = Child(name=name, process=process, started=started, log=log)
        self.children.append(child)
        return child

    async def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, list[str]]:
        """Runs `python -m bot` with these arguments to its end: its exit code, and the lines that it wrote anywhere."""
        process = await self._spawn(arguments, environment, stderr=asyncio.subprocess.STDOUT)
        self._passing.append(process)
        written, _ = await process.communicate()
        self._passing.remove(process)
        return process.returncode or 0, written.decode(errors="replace").splitlines()

    async def watch(self) -> None:
        """Raises `DemoFailed` as soon as one of them ends by itself."""
        watchers = [asyncio.create_task(child.gone()) for child in self.children]
        try:
            await asyncio.gather(*watchers)
        finally:
            for watcher in watchers:
                watcher.cancel()

    async def dismiss(self) -> None:
        """Asks all to end, then makes them: nothing of theirs runs when this returns."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for child in reversed(self.children):  # the bot first: it leaves quietly while the others still answer
                    if child.process.returncode is None:
                        with contextlib.suppress(ProcessLookupError):
                            child.process.terminate()
                    await child.process.wait()
        processes = [*self._passing, *(child.process for child in self.children)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # its session: what it started itself as well
        await asyncio.gather(*(process.wait() for process in processes))

    async def _spawn(self, arguments: Sequence[str], environment: Mapping[str, str], *, stderr: Any) -> Process:
        return await asyncio.create_subprocess_exec(
            *(self._python, "-I", "-S", "-c", _ENDS_WITH_PARENT, "-m", "bot", *arguments),
            cwd=self._folder,
            env=self._environment() | dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C is for the demo, which then ends its children
        )

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        return inherited | {"PYTHONPATH": str(self._root), "TMPDIR": str(self._folder)}
