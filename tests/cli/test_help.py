"""Every command explains itself, and does so without loading what it would need to run."""

import pytest

from bot import __version__
from tests.cli.kit import Shell

COMMANDS = [
    (),
    ("run",),
    ("demo",),
    ("migrate",),
    ("check",),
    ("health",),
    ("sandbox",),
    ("sandbox", "oxen"),
    ("sandbox", "discord"),
    ("generate",),
    ("download",),
    ("models",),
    ("model",),
    ("queue",),
    ("cancel",),
    ("history",),
]
HEAVY = ("discord.http", "aiohttp", "pydantic", "av", "numpy")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_help_is_quick(shell: Shell, command: tuple[str, ...]) -> None:
    ended = await shell(*command, "--help", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert ended.code == 0
    assert ended.out.startswith("Usage: drover")
    loaded = {line.rpartition("|")[2].strip() for line in ended.lines if line.startswith("import time:")}
    assert "click" in loaded
    assert not loaded & set(HEAVY)


async def test_every_command_is_listed(shell: Shell) -> None:
    ended = await shell("-h")
    for command in {words[0] for words in COMMANDS if words}:
        assert f"\n  {command} " in ended.out


async def test_the_version(shell: Shell) -> None:
    assert (await shell("--version")).out.strip() == f"drover, version {__version__}"


@pytest.mark.parametrize(
    "command", [("walk",), ("run", "--fast"), ("check", "--channel", "general"), ("sandbox", "slack"), ("health",)]
)
async def test_a_wrong_command_line_says_so(shell: Shell, command: tuple[str, ...]) -> None:
    ended = await shell(*command)
    assert ended.code == 2
    assert "Error: " in ended.err
    assert "Traceback" not in ended.err
    assert list(shell.folder.iterdir()) == []
