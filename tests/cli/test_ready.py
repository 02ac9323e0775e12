"""A real bot from which one thing after another is taken: `/readyz` says so within ten seconds, and when it is back."""

import asyncio
import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.discord.client import Community
from sandbox.oxen.faults import Fault
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Shell
from tests.e2e.kit import FakeRenderer

Env = dict[str, object]
WITHIN, QUICK = 10.0, 0.1  # seconds: until it shows, and for an answer
NONSENSE = [Fault(on=where, kind="malformed") for where in ("list", "get", "models", "history")]


class Readiness:
    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._url = f"http://127.0.0.1:{port}"

    async def asked(self, page: str = "readyz") -> tuple[int, dict[str, Any]]:
        async with self._session.get(f"{self._url}/{page}") as answer:
            return answer.status, json.loads(await answer.text())

    async def says(self, *words: str) -> None:
        """Until one of the reasons has these words; without words, until there is none."""
        until, report = time.monotonic() + WITHIN, dict[str, Any]()
        while time.monotonic() < until:
            status, report = await self.asked()
            assert (status == 200) == (not report["not_ready"]) == report["ready"]
            if any(all(word in reason for word in words) for reason in report["not_ready"]) if words else status == 200:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(report["not_ready"])


async def test_it_says_what_members_miss_and_when_they_have_it_again(
    shell: Shell, env: Env, provider: OxenSandbox, community: Community, renderer: FakeRenderer, port: int
) -> None:
    database, work = shell.folder / "var" / "drover.sqlite3", shell.folder / "var" / "work"
    watched: Env = {**env, "DROVER_HEALTH_PORT": port, "DROVER_POLL_SECONDS": 0.3}
    renderer.hold("a slow fox")
    async with aiohttp.ClientSession() as session, shell.run(env=watched) as running:
        readiness = Readiness(session, port)
        await running.log("catalogue fetched")
        await running.log("ready")
        await readiness.says()
        options = {"prompt": "a slow fox"}
        await community.invoke(user="Bo", channel="video-lab", command="image", options=options)
        await running.log("order sent")

        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await readiness.says("database: ", "locked", "a shell of sqlite3")
            took = [await answered(readiness) for _ in range(5)]
            assert min(took) < QUICK
        await readiness.says()

        shutil.rmtree(work)
        await asyncio.sleep(0)
        await readiness.says()
        in_the_way_of(work)
        await readiness.says("work folder: cannot write in")
        checked = await shell("check", env=watched)
        assert "WRONG work folder: cannot write in" in checked.out
        assert "WRONG running: work folder: cannot write in" in checked.out
        work.unlink()
        await readiness.says()

        provider.faults.set(NONSENSE)
        await readiness.says("Oxen: cannot be reached at", "check OXEN_API_URL")
        assert (await readiness.asked("healthz"))[0] == 200
        provider.faults.set([Fault(on=where, kind="status", value=401) for where in ("list", "get")])
        await readiness.says("Oxen: does not accept OXEN_API_KEY")
        provider.faults.set([])
        await readiness.says()

        for path in database.parent.glob("drover.sqlite3*"):
            if path.suffix not in {".lock", ".made"}:
                path.unlink()
        await readiness.says("was removed or replaced while Drover runs", "drover restore COPY")
        assert "is gone, though there has been one" in (await shell("check", env=watched)).out
        asked = json.loads((await shell("health", env=watched)).out)
        assert any("was removed or replaced" in reason for reason in asked["not_ready"])
        renderer.release("a slow fox")
        await running.end()
    again = await shell("run", env=env)
    assert again.code == 1
    [line] = [line for line in again.lines if "database" in line]
    assert "is gone, though there has been one. Put a backup in its place with `drover restore COPY`" in line


def in_the_way_of(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("a file")


async def answered(readiness: Readiness) -> float:
    """Seconds."""
    began = time.monotonic()
    await readiness.asked()
    return time.monotonic() - began
