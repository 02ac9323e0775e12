"""The settings, their examples and `.env.example` tell the same story."""

import re
from pathlib import Path

import pytest

from bot.settings import EXAMPLES, Settings
from tests.architecture.kit import ROOT

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
LINE = re.compile(r"^(?P<off># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
LINES = {m["name"]: (m["value"], m["off"] is None) for m in LINE.finditer(EXAMPLE)}
SECRETS = {"DISCORD_TOKEN", "OXEN_API_KEY", "DROVER_MASTER_KEY"}
ALIASES = {str(field.alias): name for name, field in Settings.model_fields.items()}
NEEDED = {"DISCORD_TOKEN": "x", "OXEN_API_KEY": "x"}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env
    for name in ALIASES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def taken(name: str, *value: str) -> object:
    """What the setting with that variable is, given that value; without one, as it is by itself."""
    given = NEEDED | dict.fromkeys([name], *value) if value else NEEDED
    return getattr(Settings(**given), ALIASES[name])  # type: ignore[arg-type]


def test_every_setting_has_a_variable_of_its_own() -> None:
    assert len(ALIASES) == len(Settings.model_fields)
    assert all(re.fullmatch(r"(DROVER|DISCORD|OXEN)_[A-Z0-9_]+", alias) for alias in ALIASES)


def test_the_example_names_exactly_the_settings() -> None:
    assert set(LINES) == set(ALIASES)
    assert len(LINE.findall(EXAMPLE)) == len(LINES), "a variable stands there twice"


def test_the_example_holds_no_secrets() -> None:
    assert {name: LINES[name] for name in SECRETS} == dict.fromkeys(SECRETS, ("", True))


def test_what_the_example_shows_is_the_default() -> None:
    shown = {name: value for name, (value, on) in LINES.items() if on and name not in SECRETS}
    assert [name for name, value in shown.items() if taken(name, value) != taken(name)] == []


def test_what_the_example_leaves_out_has_no_default_and_can_be_put_in() -> None:
    left_out = {name: (taken(name, value), taken(name)) for name, (value, on) in LINES.items() if not on}
    assert [name for name, (value, default) in left_out.items() if value is None or default not in {None, value}] == []


def test_every_setting_has_an_example_for_whoever_got_it_wrong() -> None:
    assert set(EXAMPLES) == set(ALIASES)
    for name, example in EXAMPLES.items():
        assert example.startswith(f"{name}=")


def test_every_example_is_one_that_would_be_taken() -> None:
    written = {name: EXAMPLES[name].partition("=")[2].partition(" (")[0] for name in set(ALIASES) - SECRETS}
    assert [name for name, value in written.items() if taken(name, value) is None] == []


def test_every_setting_that_is_explained_has_its_comment_above_it() -> None:
    for block in EXAMPLE.split("\n\n"):
        assert block.startswith("#"), block
