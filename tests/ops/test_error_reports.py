"""Error reports: they arrive, and what they may not hold is not in them. A server here plays Sentry."""

import asyncio
import gzip
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import OperatorError
from bot.ops.error_reports import reporting
from bot.services.supervision import Loop
from tests.fakes.clock import ManualClock

PROMPT, KEY = "a fox that nobody may see", "oxen-key-that-nobody-may-see"
log = logging.getLogger("bot.services.somewhere")


class Sentry:
    """Takes envelopes: lines of JSON, a header, then a header and a report for each item."""

    def __init__(self) -> None:
        self.raw: list[str] = []
        self.dsn = ""

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(raw.splitlines()[2]) for raw in self.raw]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        self.raw.append(text.decode())
        return web.json_response({})


@pytest.fixture
async def sentry() -> AsyncIterator[Sentry]:
    taken = Sentry()
    app = web.Application()
    app.router.add_post("/api/1/envelope/", taken.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taken.dsn = f"http://public@127.0.0.1:{runner.addresses[0][1]}/1"
    yield taken
    await runner.cleanup()


def fail(prompt: str, key: str) -> None:
    """With both in its variables and in its text."""
    raise ValueError(f"{prompt} does not fit, says {key}")


async def reported(sentry: Sentry, what: Any) -> list[dict[str, Any]]:
    """What is reported of that. It runs in a thread, because the end of the block waits for what is sent."""

    def run() -> None:
        with reporting(sentry.dsn, "drover", "1.2.3"):
            what()

    await asyncio.to_thread(run)
    return sentry.reports


async def test_an_error_arrives_without_prompt_and_key(sentry: Sentry) -> None:
    def work() -> None:
        try:
            fail(PROMPT, KEY)
        except ValueError:
            log.exception("job failed", extra={"pool": "submission", "job": "o-1", "user": 12345678, "prompt": PROMPT})
        log.error("delivery impossible", extra={"order": "o-2", "error": PROMPT, "guild": 12345678})
        log.warning("order rejected", extra={"order": "o-3"})
        logging.getLogger("asyncio").error("Task <%s> failed", PROMPT)

    first, second, third = await reported(sentry, work)
    assert first["logentry"] == {"message": "job failed"}
    assert first["tags"] == {"pool": "submission", "job": "o-1"}
    assert first["release"] == "drover@1.2.3"
    assert first["server_name"] == "drover"
    [error] = first["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["stacktrace"]["frames"][-1]["function"] == "fail"
    assert (second["logentry"], second["tags"]) == ({"message": "delivery impossible"}, {"order": "o-2"})
    assert third["logentry"] == {"message": "error in asyncio"}
    for raw in sentry.raw:
        for word in (PROMPT, KEY, "12345678", "vars", "abs_path"):
            assert word not in raw


async def test_what_ends_the_bot_is_reported_and_what_the_operator_is_told_is_not(sentry: Sentry) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        await reported(sentry, lambda: fail(PROMPT, KEY))
    assert [report["exception"]["values"][0]["type"] for report in sentry.reports] == ["ValueError"]

    def told() -> None:
        raise OperatorError("DISCORD_TOKEN: is missing")

    with pytest.raises(OperatorError):
        await reported(sentry, told)
    assert len(sentry.reports) == 1


async def test_only_the_first_failure_of_a_failing_loop_is_reported(sentry: Sentry) -> None:
    async def step() -> timedelta:
        raise RuntimeError(PROMPT)

    times = iter(range(3))

    async def pause(_: asyncio.Event, __: timedelta) -> None:
        if next(times, None) is None:
            raise asyncio.CancelledError

    def work() -> None:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(Loop("tracking", step, ManualClock(), pause).run())

    [report] = await reported(sentry, work)
    assert report["tags"] == {"loop": "tracking"}
    assert PROMPT not in sentry.raw[0]


async def test_a_sentry_that_is_away_holds_nobody_up(sentry: Sentry) -> None:
    sentry.dsn = "http://public@127.0.0.1:9/1"
    assert await reported(sentry, lambda: log.error("delivery impossible")) == []


async def test_drover_run_reports_what_it_dies_of(sentry: Sentry, tmp_path: Path) -> None:
    dying = f"""
import bot.app
from bot.__main__ import main

async def run(settings, stop, **_):
    raise ValueError("{PROMPT}")

bot.app.run = run
main(["run"])
"""
    given = {"DISCORD_TOKEN": KEY, "OXEN_API_KEY": KEY, "DROVER_SENTRY_DSN": sentry.dsn, "DROVER_PROCESS": "here"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", dying, cwd=tmp_path, env=os.environ | given, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert PROMPT in said.decode()  # here, and nowhere else
    [report] = sentry.reports
    assert report["exception"]["values"][0]["type"] == "ValueError"
    assert report["server_name"] == "here"
    assert PROMPT not in sentry.raw[0]
    assert KEY not in sentry.raw[0]
