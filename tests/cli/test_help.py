"""Every command explains itself, and does so without loading what it would need to run."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import __version__
from bot.__main__ import main
from tests.cli.kit import ROOT

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
HEAVY = {"discord.http", "aiohttp", "pydantic", "av", "numpy", "rich"}


def test_help_loads_nothing_heavy() -> None:
    """In one interpreter, where whatever one command loads shows."""
    code = f"""
import sys
from bot.__main__ import main
for command in {COMMANDS}:
    main([*command, "--help"], prog_name="drover", standalone_mode=False)
sys.exit(", ".join({HEAVY} & set(sys.modules)) or 0)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("Usage: drover") == len(COMMANDS)


def test_every_command_is_listed_and_the_version() -> None:
    listed = CliRunner().invoke(main, ["-h"]).output
    for command in {words[0] for words in COMMANDS if words}:
        assert f"\n  {command} " in listed
    version = CliRunner().invoke(main, ["--version"], prog_name="drover").output
    assert version.strip() == f"drover, version {__version__}"


@pytest.mark.parametrize(
    "command", [("walk",), ("run", "--fast"), ("check", "--channel", "general"), ("sandbox", "slack"), ("health",)]
)
def test_a_wrong_command_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DROVER_HEALTH_PORT", raising=False)
    ended = CliRunner().invoke(main, command)
    assert ended.exit_code == 2
    assert "Error: " in ended.output
    assert isinstance(ended.exception, SystemExit)
    assert list(tmp_path.iterdir()) == []
