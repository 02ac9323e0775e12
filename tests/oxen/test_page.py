"""The page about the provider's API leaves nothing out, and names nothing that does not exist."""

import importlib
import inspect
import re
from pathlib import Path

from bot.__main__ import main
from bot.settings import LOCALES
from bot.texts import Translations
from tests.cases import for_each
from tests.oxen.openapi import OpenApi

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "oxen.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")]
FIRST_CELLS = {code for row in ROWS for code in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
# In the provider's pages, and not in its schema.
ONLY_IN_PROSE = {"GET /api/events", "POST /api/videos/generate", "GET /api/evaluations/models/{id}"}
NAMES = sorted(set(re.findall(r"`(bot\.[A-Za-z_.]+)`", PAGE)))
COMMANDS = sorted(set(re.findall(r"`drover (\w+)", PAGE)))
SLASHES = sorted(set(re.findall(r"`/([a-z]+)`", PAGE)))


def test_every_call_is_on_the_page() -> None:
    calls = {each for each in FIRST_CELLS if " /api/" in each}
    assert calls == {f"{method} {path}" for method, path in OpenApi().operations} | ONLY_IN_PROSE


def test_every_parameter_is_on_the_page() -> None:
    assert {name for _, _, name in OpenApi().parameters()} <= FIRST_CELLS


@for_each("name", NAMES)
def test_every_name_on_the_page_exists(name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = inspect.getattr_static(found, part)
        return
    raise AssertionError(name)


@for_each("name", COMMANDS)
def test_every_command_of_the_shell_exists(name: str) -> None:
    assert name in main.commands


@for_each("name", SLASHES)
def test_every_command_of_the_chat_exists(name: str) -> None:
    assert Translations(LOCALES).of("en-US")(f"command-{name}")
