"""The patience of somebody who waits at a shell: a minute for a lost order, a quarter of an hour for a provider."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import settings as settings_module
from bot.domain.clock import SystemClock
from bot.domain.ids import ModelId
from bot.oxen.client import OxenClient
from bot.terminal.following import LOOKED_FOR, OUT_OF_REACH_FOR, watching
from bot.terminal.screen import Screen
from bot.terminal.shell import ExitCode, Failed, Shell
from sandbox.oxen.faults import Fault
from tests.fakes.orders import video_request
from tests.terminal.kit import KEY, PROMPT, VIDEO_MODEL, FakeRenderer, Provider

VIDEO = video_request(PROMPT, model=ModelId(VIDEO_MODEL))


class HurriedClock(SystemClock):
    """The machine's clock, and `ahead` of it."""

    ahead = timedelta()

    def go_on(self, period: timedelta) -> None:
        self.ahead += period

    def now(self) -> datetime:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()


class Ear(io.StringIO):
    """What the command tells; at these `words`, `then` happens."""

    words = "nothing yet"
    then: Callable[[], None] = staticmethod(lambda: None)

    def write(self, text: str) -> int:
        if self.words in text:
            self.then()
        return super().write(text)


class Harness:
    def __init__(self, oxen: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in oxen.env.items():
            monkeypatch.setenv(name, str(value))
        self.clock, self.ear = HurriedClock(), Ear()
        self.given = settings_module.load(DISCORD_TOKEN="-")

    def shell(self, client: OxenClient) -> Shell:
        return Shell(oxen=client, settings=self.given, screen=Screen(err=self.ear), clock=self.clock)

    def at(self, words: str, passes: timedelta) -> None:
        """When the command tells these words, so much time passes."""
        self.ear.words, self.ear.then = words, lambda: self.clock.go_on(passes)


@pytest.fixture
def harness(oxen: Provider, monkeypatch: pytest.MonkeyPatch) -> Harness:
    return Harness(oxen, monkeypatch)


async def test_a_lost_order_is_looked_for_for_a_minute(harness: Harness, oxen: Provider, tmp_path: Path) -> None:
    oxen.sandbox.faults.set([Fault(on="enqueue", kind="drop_before")])
    harness.at("was lost", LOOKED_FOR)
    async with OxenClient(oxen.sandbox.url, KEY) as client, watching(harness.shell(client), tmp_path, VIDEO) as watch:
        with pytest.raises(Failed) as caught:
            await watch.order(VIDEO, None)
    assert caught.value.code is ExitCode.UNKNOWN
    assert oxen.sandbox.traffic.counts["POST /api/ai/queue"] == 1


async def test_a_provider_that_never_answers_again_is_given_up_after_a_while(
    harness: Harness, oxen: Provider, renderer: FakeRenderer, tmp_path: Path
) -> None:
    renderer.open.clear()
    harness.at("does not answer", OUT_OF_REACH_FOR)
    async with OxenClient(oxen.sandbox.url, KEY) as client, watching(harness.shell(client), tmp_path) as watch:
        [remote_id] = await client.enqueue(VIDEO, 1, None)
        oxen.sandbox.faults.set([Fault(on=each, kind="status", value=503) for each in ("list", "get")])
        [output] = await watch.follow([remote_id])
    assert output.state is None
    assert output.problem == f"Oxen has not answered for a long time; `drover download {remote_id}` asks again"
    renderer.open.set()


async def test_rows_that_cannot_be_written_any_more_end_it(
    harness: Harness, oxen: Provider, renderer: FakeRenderer, tmp_path: Path
) -> None:
    """What was ordered goes on, and its id is said."""
    renderer.open.clear()
    async with OxenClient(oxen.sandbox.url, KEY) as client, watching(harness.shell(client), tmp_path) as watch:
        [remote_id] = await client.enqueue(VIDEO, 1, None)
        harness.ear.words, harness.ear.then = (
            "0 of 1 ready",
            lambda: watch._engine.rows.orders._db.__setattr__("_closing", True),
        )
        with pytest.raises(Failed, match=f"drover download {remote_id}") as caught:
            await watch.follow([remote_id])
    assert caught.value.kind == "disk"
    renderer.open.set()
