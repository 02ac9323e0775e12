"""Foreign libraries, installed once beside the environment, and the processes of the clients written with them."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
_KEPT = Path(sys.prefix) / "foreign"
_NO_REGISTRY = (
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"),
    *("error sending request", "dns error", "Could not connect", "timed out", "Network"),
)
_PATIENCE = 100.0


def javascript() -> tuple[str, ...]:
    """The command of the discord.js client. Skips where Node or npm's registry is not there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed here")
    sources = [HERE / "javascript" / name for name in ("package.json", "package-lock.json", "client.js")]
    quick = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000")
    folder = _installed("javascript", sources, [[npm, "ci", *quick]])
    return node, str(folder / "client.js")


def python() -> tuple[str, ...]:
    """The command of the hikari client, in an environment of its own. Skips where there is no Python registry."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        pytest.skip("uv is not installed here")
    sources = [HERE / "python" / name for name in ("requirements.txt", "client.py")]
    install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", "env", "-r", "requirements.txt"]
    folder = _installed("python", sources, [[uv, "venv", "--quiet", "--python", sys.executable, "env"], install])
    return str(folder / "env" / "bin" / "python"), str(folder / "client.py")


def _installed(name: str, sources: list[Path], commands: list[list[str]]) -> Path:
    """A folder with copies of the sources in which the commands have run, once for all processes that ask."""
    digest = hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()[:16]
    folder = _KEPT / f"{name}-{digest}"
    _KEPT.mkdir(exist_ok=True)
    with (_KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        # Others than the one that is wanted, and what is left of an attempt that failed.
        for stale in _KEPT.glob(f"{name}-*"):
            shutil.rmtree(stale)
        fresh = _KEPT / f"{name}-unfinished"
        fresh.mkdir()
        for one in sources:
            shutil.copy(one, fresh)
        for command in commands:
            trouble = _run(command, fresh)
            if any(word in trouble for word in _NO_REGISTRY):
                pytest.skip(f"the registry of {name} packages cannot be reached: {trouble.splitlines()[0]}")
            assert not trouble, trouble
        # The interpreter of an environment does not mind that its folder moves.
        return fresh.rename(folder)


def _run(command: list[str], folder: Path) -> str:
    """What a command that failed wrote, and nothing when it did not."""
    environment = {**os.environ, "UV_HTTP_TIMEOUT": "15"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} timed out"
    return (done.stderr or f"{command[0]} ended with {done.returncode}") if done.returncode else ""


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-6000:]


@asynccontextmanager
async def running(command: tuple[str, ...], log: Path, **environment: str) -> AsyncIterator[None]:
    """The client's process; what it printed is shown when the block fails."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stdout=output, stderr=output
        )
        try:
            yield
        except BaseException as error:
            error.add_note(f"the client printed:\n{_tail(log)}")
            raise
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
