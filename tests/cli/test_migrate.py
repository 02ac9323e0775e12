"""`drover migrate`: once, again, and what it refuses."""

import sqlite3

import pytest

from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from bot.store.private import sole_user
from tests.cli.kit import Ended, Shell

NAMES = [path.stem for path in sorted(MIGRATIONS.glob("*.sql"))]


def refused(ended: Ended, *phrases: str, code: int = 1) -> None:
    """One line that says why, and no traceback."""
    assert ended.code == code
    [line] = ended.lines
    for phrase in phrases:
        assert phrase in line


async def test_a_fresh_database_and_then_nothing_to_do(shell: Shell) -> None:
    first = await shell("migrate")
    assert first.code == 0
    assert first.out.splitlines() == [*(f"applied {name}" for name in NAMES), "var/drover.sqlite3 is up to date"]
    assert first.err == ""
    with sqlite3.connect(shell.folder / "var" / "drover.sqlite3") as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert {"orders", "generations", "posts", "guilds", "key_values"} <= tables
    second = await shell("migrate")
    assert (second.code, second.out) == (0, "var/drover.sqlite3 is up to date\n")


async def test_an_edited_migration_is_refused(shell: Shell) -> None:
    migrate(shell.folder / "var" / "drover.sqlite3", MIGRATIONS)
    db = sqlite3.connect(shell.folder / "var" / "drover.sqlite3")
    with db:
        db.execute("UPDATE schema_migrations SET digest = 'another' WHERE name = ?", (NAMES[0],))
    db.close()
    refused(await shell("migrate"), f"migration {NAMES[0]} was edited", "Put its file back")


async def test_a_database_of_a_newer_version_is_refused(shell: Shell) -> None:
    migrate(shell.folder / "var" / "drover.sqlite3", MIGRATIONS)
    db = sqlite3.connect(shell.folder / "var" / "drover.sqlite3")
    with db:
        db.execute("UPDATE schema_migrations SET name = '9999.future' WHERE name = ?", (NAMES[0],))
    db.close()
    refused(await shell("migrate"), "9999.future", "newer Drover")


async def test_while_another_process_has_the_database(shell: Shell) -> None:
    database = shell.folder / "drover.sqlite3"
    with sole_user(database):
        ended = await shell("migrate", env={"DROVER_DATABASE_URL": f"sqlite:///{database}"})
    refused(ended, "another Drover is running", "Stop it first", "DROVER_DATABASE_URL")


async def test_a_file_that_is_no_database(shell: Shell) -> None:
    (shell.folder / "notes.txt").write_text("These are no rows. " * 100)
    ended = await shell("migrate", env={"DROVER_DATABASE_URL": "sqlite:///notes.txt"})
    refused(ended, "notes.txt", "DROVER_DATABASE_URL")


@pytest.mark.parametrize("place", ["under a file", "in /proc", "a folder"])
async def test_a_place_where_nothing_can_be_written(shell: Shell, place: str) -> None:
    (shell.folder / "file").touch()
    (shell.folder / "folder").mkdir()
    url = {
        "under a file": "sqlite:///file/drover.sqlite3",
        "in /proc": "sqlite:////proc/drover/drover.sqlite3",
        "a folder": "sqlite:///folder",
    }[place]
    ended = await shell("migrate", env={"DROVER_DATABASE_URL": url})
    assert ended.code in {1, 2}
    refused(ended, "DROVER_DATABASE_URL", "cannot write", code=ended.code)


async def test_it_needs_no_secrets_but_a_database(shell: Shell) -> None:
    refused(
        await shell("migrate", env={"DROVER_DATABASE_URL": "mysql://x"}), "DROVER_DATABASE_URL: ", "example", code=2
    )
