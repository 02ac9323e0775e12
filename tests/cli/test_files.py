"""The files that `drover` leaves: for its own user alone; and what every command says of a database that is damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from tests.cli.kit import Shell

Env = dict[str, object]


def shared(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.stat().st_mode & 0o077]


def opened(folder: Path) -> None:
    """As an older version left them."""
    (folder / "var" / "work" / "matplotlib").mkdir(parents=True)
    (folder / "var" / "work" / "matplotlib").parent.chmod(0o755)
    migrate(folder / "var" / "drover.sqlite3", MIGRATIONS)
    for path in (folder / "var").rglob("drover.sqlite3*"):
        path.chmod(0o644)


@pytest.mark.parametrize("old", [False, True])
async def test_only_the_owner_may_read_the_files(shell: Shell, tmp_path: Path, env: Env, old: bool) -> None:
    if old:
        opened(tmp_path)
    async with shell.run(env=env) as running:
        await running.log("ready")
        assert (await shell("backup", "copy")).code == 0
        found = shared(tmp_path)
        assert await running.end() == 0
    assert (await shell("restore", "copy")).code == 0
    assert [path for path in {*found, *shared(tmp_path)} if "matplotlib" not in path] == (
        [str(tmp_path / "var")] if old else []  # which may be shared with others on purpose
    )


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def letters(path: Path) -> None:
    path.write_text("dear diary, " * 1000)


@pytest.mark.parametrize("spoil", [emptied, half, letters])
async def test_every_command_says_what_is_wrong_and_how_to_mend_it(shell: Shell, env: Env, spoil: object) -> None:
    database = shell.folder / "var" / "drover.sqlite3"
    migrate(database, MIGRATIONS)
    assert (await shell("backup", "copy")).code == 0
    spoil(database)  # type: ignore[operator]
    said: set[str] = set()
    for command in (["run"], ["migrate"], ["backup", "another"], ["keys", "check"], ["orphans"], ["check"]):
        ended = await shell(*command, env=env)
        assert ended.code == 1, command
        [line] = [line for line in (ended.out + ended.err).splitlines() if "drover restore COPY" in line]
        assert "Traceback" not in ended.err
        said.add(line.removeprefix("WRONG database: "))
    assert len(said) == 1
    assert "right to write" not in said.pop()
    assert (await shell("restore", "copy")).code == 0
    assert (await shell("migrate")).out.splitlines()[-1] == "var/drover.sqlite3 is up to date"


@pytest.mark.parametrize("command", [["run"], ["check"]])
async def test_a_database_that_another_program_has_locked(shell: Shell, env: Env, command: list[str]) -> None:
    database = shell.folder / "var" / "drover.sqlite3"
    migrate(database, MIGRATIONS)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        ended = await shell(*command, env=env)
    assert ended.code == 1
    assert "is locked by another program" in ended.out + ended.err
    assert "Traceback" not in ended.err
