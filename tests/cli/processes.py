"""Processes of `drover` that need not import it first: forks of a server that has, which saves most of their time.

Each is a process like any other, with its own folder, environment, signals, standard streams and exit code.
"""

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        *(__name__, "pytest", "bot.app", "bot.checkup", "bot.orphans", "bot.terminal.generate"),
        *("sandbox.oxen.server", "sandbox.discord.server"),
    ]
)
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

_Pipe = tuple[asyncio.StreamReader, asyncio.ReadTransport]


class Forked:
    """The part of `asyncio.subprocess.Process` that tests use."""

    def __init__(self, process: Any, stdout: _Pipe, stderr: _Pipe) -> None:
        self._process = process
        self.pid: int = process.pid
        self._pipes = stdout[1], stderr[1]
        self._over = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(process.sentinel, self._ended)
        self.stdout = stdout[0]
        self.stderr = stderr[0]

    @property
    def returncode(self) -> int | None:
        return self._over.result() if self._over.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._over)

    async def communicate(self) -> tuple[bytes, bytes]:
        try:
            out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        finally:
            for pipe in self._pipes:
                pipe.close()
            await asyncio.sleep(0)  # they close at the next turn of the loop
        return out, err

    def send_signal(self, number: int) -> None:
        """Raises `ProcessLookupError` when it has ended."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._over.set_result(self._process.exitcode)
        self._process.close()


async def fork(
    arguments: tuple[str, ...], folder: Path, env: Mapping[str, str], *, log: int | None = None, session: bool = False,
    module: str = "bot",
) -> Forked:  # fmt: skip
    """`drover`, or another module, with these arguments in that folder, with only `env` around it and no input.

    `log` is a descriptor that takes what it writes to standard error, which is at its end at once here. With `session`
    it leads a session of its own, and ends when the server of forks does, which ends with us.
    """
    with contextlib.ExitStack() as ours:
        nothing = ours.enter_context(open(os.devnull, "rb"))  # noqa: ASYNC230, PTH123 - no disk is read
        readers, writers = [], []
        for _ in ("stdout", "stderr"):
            reading, writing = os.pipe()
            readers.append(await _reader(reading))
            writers.append(writing)
            ours.callback(os.close, writing)
        if log is not None:
            writers[1] = log
        process = _FORKS.Process(
            target=_become, args=(arguments, folder, dict(env), _Files(nothing.fileno(), *writers), session, module)
        )
        process.start()
    if session:  # whoever kills it kills its session
        with contextlib.suppress(ProcessLookupError):
            while os.getsid(process.pid) != process.pid:  # noqa: ASYNC110 - it cannot tell
                await asyncio.sleep(0.002)
    return Forked(process, *readers)


async def _reader(descriptor: int) -> _Pipe:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    return reader, transport


class _Files:
    """What becomes descriptors 0, 1 and 2 on the other side."""

    def __init__(self, *descriptors: int) -> None:
        self._descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, tuple(DupFd(each) for each in self._descriptors)


def _opened(*passed: Any) -> tuple[int, ...]:
    return tuple(each.detach() for each in passed)


def _become(
    arguments: tuple[str, ...], folder: Path, env: dict[str, str], files: tuple[int, ...], session: bool, module: str
) -> None:
    if session:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
        os.setsid()
    for standard, given in enumerate(files):
        os.dup2(given, standard)
        os.close(given)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["drover", *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
