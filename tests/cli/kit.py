"""`drover` as a process of its own, away from the checkout, with no more environment than a test gives it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cli.processes import Forked, fork

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0  # seconds; far more than anything here takes
Process = asyncio.subprocess.Process | Forked
# What an interpreter reads before it runs anything: one that is already running would not heed it.
_FOR_THE_INTERPRETER = ("PYTHON", "LANG", "LC_")


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said on standard error."""
        return self.err.splitlines()


@dataclass
class Running:
    """A `drover run` with JSON logs; `records` grows while somebody waits."""

    process: Process
    records: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    raw: list[str] = field(default_factory=list[str])

    async def log(self, message: str) -> dict[str, Any]:
        """The first record with that message, once it is there."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for record in self.records:
                    if record["event"] == message:
                        return record
                if not await self._read():
                    raise AssertionError("\n".join(["the process ended", *self.raw]))

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal, reads the rest, returns the exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            while await self._read():
                pass
            return await self.process.wait()

    async def _read(self) -> bool:
        assert self.process.stderr is not None
        line = (await self.process.stderr.readline()).decode().rstrip("\n")
        if not line:
            return False
        self.raw.append(line)
        self.records.append(json.loads(line))
        return True


@dataclass(frozen=True)
class Shell:
    """Runs `drover` in `folder`. `fresh`: each time in an interpreter of its own, which takes half a second longer."""

    folder: Path
    fresh: bool = False

    async def __call__(self, *arguments: str, env: Mapping[str, object] | None = None) -> Ended:
        process = await self.start(*arguments, env=env or {})
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    @contextlib.asynccontextmanager
    async def run(self, *arguments: str, env: Mapping[str, object], command: str = "run") -> AsyncIterator[Running]:
        process = await self.start(command, *arguments, env={"DROVER_LOG_FORMAT": "json", **env})
        running = Running(process)
        try:
            yield running
        finally:
            if process.returncode is None:
                await running.end(signal.SIGKILL)
            await process.communicate()  # to the end of both pipes, which closes them

    async def start(self, *arguments: str, env: Mapping[str, object]) -> Process:
        """A process whose standard input is empty; its output is to be read."""
        given = self.environment(env)
        if not self.fresh and not any(name.startswith(_FOR_THE_INTERPRETER) for name in env):
            return await fork(arguments, self.folder, given)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env=given,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    def environment(self, env: Mapping[str, object]) -> dict[str, str]:
        """`env`, and what a process needs to find itself and `bot`."""
        given = {name: str(value) for name, value in env.items()}
        places = {"HOME": str(self.folder), "TMPDIR": str(self.folder.parent)}  # what is killed leaves its files there
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **places, **given}
