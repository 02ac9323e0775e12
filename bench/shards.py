"""Ten thousand guilds on several shards: how soon they are served, and what the processes weigh."""

import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.figures import Table, number, verdict
from bench.stage import HERE, ROOT, Bot, Ended
from sandbox.discord.client import Community
from sandbox.postgres import server

_SHARDS = 4
_AIM_MIB, _IDENTIFY = 150.0, 5.0
_SETTLED = 10.0  # seconds after all are ready, until they are weighed
_ADDRESS = re.compile(r"http://[\w.:]+")
_RANGES = (f"0-1/{_SHARDS}", f"2/{_SHARDS}", f"3/{_SHARDS}")


@dataclass(frozen=True, slots=True)
class Served:
    """Seconds from the first process's start until all shards are connected; MiB of each process; IDENTIFYs that came
    too soon (op 9).
    """

    seconds: float
    weights: Sequence[float]
    too_soon: int


async def measure(*, quick: bool) -> list[Table]:
    guilds, settled = (500, 4.0) if quick else (10_000, _SETTLED)
    aim = _IDENTIFY * _SHARDS + _IDENTIFY
    found = {
        "one process": await serve(guilds, [()], settled=settled),
        "three processes": await serve(guilds, [("--shards", each) for each in _RANGES], settled=settled),
    }
    rows = [
        (
            name,
            number(one.seconds, 1),
            f"under {aim:g}",
            verdict(met=one.seconds < aim),
            ", ".join(number(weight, 0) for weight in one.weights),
            f"under {_AIM_MIB:g}",
            verdict(met=max(one.weights) < _AIM_MIB),
            str(one.too_soon),
            verdict(met=one.too_soon == 0),
        )
        for name, one in found.items()
    ]
    head = ("", "ready, s", "aim", "", "MiB each", "aim", "", "op 9", "")
    notes = ("One session may begin in 5 s. From the start of the first process; all of them start at once.",)
    return [Table(title=f"{guilds:,} guilds on {_SHARDS} shards", head=head, rows=rows, notes=notes)]


async def serve(guilds: int, processes: Sequence[Sequence[str]], *, settled: float, concurrency: int = 1) -> Served:
    """Runs `drover run` with each of these arguments, on one PostgreSQL, until all shards are there.

    `concurrency`: how many sessions may begin in five seconds.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
        postgres = stack.enter_context(server("max_connections=100"))
        oxen, _ = await stack.enter_async_context(_stand_in("oxen", folder))
        discord, token = await stack.enter_async_context(_stand_in("discord", folder))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        community = Community(session, discord)
        await community.make_up(guilds)
        # The stand-in's own guilds are in it as well: Discord would want a fifth shard.
        await community.gateway_terms(shards=_SHARDS, max_concurrency=concurrency, guilds_per_shard=guilds + 2)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": token,
            "DISCORD_API_URL": discord,
            "OXEN_API_KEY": "sandbox",
            "OXEN_API_URL": oxen,
            "DROVER_DATABASE_URL": postgres.url(),
            "DROVER_WITHOUT_NAMESPACE": "own",
            "DROVER_LOG_FORMAT": "json",
        }
        migrating = await HERE("-m", "bot", "migrate", cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL)
        if await migrating.wait():
            raise Ended("the database cannot be migrated")
        began = time.monotonic()
        bots: list[Bot] = []
        for number_, arguments in enumerate(processes):
            place = folder / f"process-{number_}"
            place.mkdir()
            log = place / "log"
            with log.open("wb") as written:
                process = await HERE(
                    *("-m", "bot", "run", *arguments), cwd=place, stdout=written, stderr=written,
                    env={**environment, "TMPDIR": str(place), "DROVER_WORK_DIR": str(place / "work")},
                )  # fmt: skip
            stack.push_async_callback(_end, process)
            bots.append(Bot(process, time.time(), log))
        await asyncio.gather(*(bot.until_said("ready") for bot in bots))
        seconds = time.monotonic() - began
        await asyncio.sleep(settled)
        terms = await community.gateway_terms()
        return Served(seconds, [bot.resident() for bot in bots], terms["too_soon"])


@contextlib.asynccontextmanager
async def _stand_in(kind: str, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """A stand-in in a process of its own: its address, and the token that it takes, if any."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox", kind), cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None  # noqa: S101 - asked for above
        found = _ADDRESS.search((await process.stdout.readline()).decode())
        if found is None:
            raise Ended(f"the stand-in for {kind} did not start")
        token = (await process.stdout.readline()).decode().split()[-1] if kind == "discord" else ""
        yield found[0], token
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()
