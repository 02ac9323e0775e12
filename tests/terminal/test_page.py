"""docs/command-line.md: every command in it runs against the stand-in, and it leaves none out."""

import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.ids import ModelId, RemoteId
from bot.domain.orders.generation import GenerationState
from bot.oxen.client import OxenClient
from bot.terminal.commands import ALL
from bot.terminal.shell import ExitCode
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import ROOT
from tests.fakes.orders import video_request
from tests.terminal.kit import KEY, VIDEO_MODEL, FakeRenderer, Provider, Shell, provider

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line.removeprefix("$ ") for block in BLOCKS for line in block.splitlines()]


@pytest.fixture
async def held() -> AsyncIterator[Provider]:
    """Where nothing ends by itself."""
    renderer = FakeRenderer()
    renderer.open.clear()
    async with provider("browse", renderer) as running:
        yield running
        renderer.open.set()


def prepare(folder: Path) -> None:
    Image.new("RGB", (640, 360), "teal").save(folder / "sketch.png")
    (folder / "shots.txt").write_text("3s Aerial view of waves\n2s A gull lands\n", encoding="utf-8")


async def ordered(sandbox: OxenSandbox, *, over: bool) -> RemoteId:
    async with OxenClient(sandbox.url, KEY) as oxen:
        [remote_id] = await oxen.enqueue(video_request(model=ModelId(VIDEO_MODEL)), 1, None)
    if over:
        ended = await sandbox.finished(remote_id)
        assert ended is not None
        assert ended.state.value == GenerationState.SUCCEEDED
    return remote_id


@pytest.mark.parametrize("line", LINES)
async def test_every_command_on_the_page_does_what_it_says(
    shell: Shell, studio: Provider, held: Provider, line: str
) -> None:
    prepare(shell.folder)
    command, _, remark = line.partition("   # exits with ")
    words = shlex.split(command.partition(" | ")[0])[1:]
    oxen = held if words[0] == "cancel" else studio
    if "ID" in words:
        words[words.index("ID")] = await ordered(oxen.sandbox, over=oxen is studio)
    ended = await shell(*words, env=oxen.env)
    assert ended.code == int(remark or 0), ended.err
    assert ended.out or remark


def test_no_command_is_left_out() -> None:
    shown = {line.split()[1] for line in LINES}
    assert shown == {command.name for command in ALL}
    options = {option for command in ALL for each in command.params for option in each.opts if option.startswith("--")}
    assert {option for option in options if option not in PAGE} == set()


def test_every_exit_code_is_explained_on_the_page_and_in_the_help() -> None:
    for ending in ExitCode:
        assert f"| {int(ending)} |" in PAGE
    for command in ALL:
        if command.name in {"generate", "download"}:
            assert all(f"\n  {int(ending)}  " in (command.epilog or "") for ending in ExitCode)
