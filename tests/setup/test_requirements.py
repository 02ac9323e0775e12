"""What gets installed is decided by the files of the checkout: not by a pip, not by what has been released since."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.setup.kit import CHECKOUT, REQUIREMENTS, environment, installed, lines, promised, tempting

PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return tempting(tmp_path_factory.mktemp("index") / "newer")


def test_make_installs_exactly_the_pinned_versions_and_says_how_long_it_took(
    newer: Mapping[str, str], tmp_path: Path
) -> None:
    for part in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / part, tmp_path)
    for folder in ("requirements", "bot", "cogs", "sandbox"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)  # with what is compiled already
    settings = {name: value for name, value in newer.items() if not name.startswith(("MAKE", "MFLAGS"))}
    made = subprocess.run(
        ["make", f"PYTHON={sys.executable}", ".venv/.dev"],
        check=True, capture_output=True, text=True, env=settings, cwd=tmp_path,
    )  # fmt: skip
    assert len(re.findall(r"Installed what .* in \d+ s\.", made.stdout)) == 2
    found = installed(tmp_path / ".venv/bin/python")
    assert {name: found[name] for name in promised("dev")} == promised("dev")
    assert found.keys() - promised("dev").keys() <= {"drover", "pip", "setuptools"}
    check = subprocess.run(
        [tmp_path / ".venv/bin/python", "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout) == (0, "No broken requirements found.\n")


@pytest.mark.parametrize("pip", ["oldest", "newest"])
def test_neither_a_pip_nor_its_settings_change_what_is_installed(
    pip: str, newer: Mapping[str, str], tmp_path: Path
) -> None:
    """By settings that add to the files or lead elsewhere. "dev" is installed above, "sandbox" by the image's steps."""
    python = environment(tmp_path / "venv", pip)
    own = installed(python)
    (tmp_path / "more.txt").write_text("click==8.0.0\nuv<0.1\n")
    more = str(tmp_path / "more.txt")
    adds = {"PIP_CONSTRAINT": more, "UV_CONSTRAINT": more, "UV_OVERRIDE": more, "PIP_TARGET": str(tmp_path / "else")}
    subprocess.run([REQUIREMENTS / "install.sh", tmp_path / "venv", "run"], check=True, env={**newer, **adds})
    assert installed(python) == {**promised("run"), **promised("installer"), **own}
    assert not (tmp_path / "else").exists()


def test_the_sets_agree() -> None:
    for file in ("run", "sandbox", "installer"):
        assert {str(line) for line in lines(file)} <= {str(line) for line in lines("dev")}


def test_a_file_that_is_not_what_was_pinned_is_not_installed(tmp_path: Path) -> None:
    environment(tmp_path / "venv", "newest")
    shutil.copytree(REQUIREMENTS, tmp_path / "requirements")
    pinned = (tmp_path / "requirements/run.txt").read_text().splitlines()
    forged = [line[:-6] + "000000" if "--hash" in line and not line.endswith("\\") else line for line in pinned]
    forged = [line.replace(line[-12:-6], "000000") if line.strip().startswith("--hash") else line for line in forged]
    (tmp_path / "requirements/run.txt").write_text("\n".join(forged))
    script = tmp_path / "requirements/install.sh"
    refused = subprocess.run([script, tmp_path / "venv", "run"], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "hash" in refused.stderr.lower()


@pytest.mark.parametrize("version", [PYTHONS[0], PYTHONS[-1]])
def test_the_lock_resolves_for_the_oldest_and_the_newest_python(version: str) -> None:
    """Where that interpreter is not at hand, its word is the resolver's."""
    asked = ["--python-version", version, "--python-platform", "x86_64-manylinux_2_28", "--only-binary", ":all:"]
    layout = ["--quiet", "--no-header", "--no-annotate", "-c", REQUIREMENTS / "dev.txt"]
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "pip", "compile", *asked, *layout, REQUIREMENTS / "dev.in"]
    resolved = subprocess.run(command, capture_output=True, text=True, check=False)
    assert resolved.returncode == 0, resolved.stderr
    assert set(resolved.stdout.split()) <= {f"{line.name}{line.specifier}" for line in lines("dev")}


@pytest.mark.parametrize("version", [v for v in PYTHONS if not sys.version.startswith(v)])
def test_the_bot_starts_on_each_other_python(version: str, newer: Mapping[str, str], tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    tried = python and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    if not python or not tried:
        pytest.skip(f"no Python {version} here: the resolver alone speaks for it")
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([REQUIREMENTS / "install.sh", tmp_path / "venv", "sandbox"], check=True, env=newer)
    strict = [tmp_path / "venv/bin/python", "-W", "error", "-W", "ignore:'audioop' is deprecated:DeprecationWarning"]
    everything = "import bot.app, cogs, sandbox.demo.show, sandbox.discord.server, sandbox.oxen.server"
    subprocess.run([*strict, "-c", everything], check=True, cwd=CHECKOUT)
