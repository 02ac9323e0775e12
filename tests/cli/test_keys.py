"""`drover keys`, and a start with keys that nothing opens."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.clock import SystemClock
from bot.domain.ids import GuildId, UserId
from bot.domain.orders.payer import fingerprint
from bot.settings import MIGRATIONS
from bot.store import beside
from bot.store.database import SqliteDatabase
from bot.store.migrations import migrate
from bot.store.private import sole_user
from bot.store.storage import SqliteStorage
from bot.store.wallet.accounts import Keys, StoredKey
from bot.store.wallet.vault import Vault, is_master_key, new_master_key
from tests.cli.kit import Shell

SECRET = "key-that-nobody-may-read"
OLD, NEW = new_master_key(), new_master_key()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    return path


@pytest.fixture
async def stored(database: Path) -> None:
    """A server has entered a key; it is sealed with the old master key."""
    key = StoredKey(id=fingerprint(SECRET), sealed=Vault([OLD]).seal(SECRET), tail="read", refused=False)
    async with SqliteDatabase(database) as db:
        await Keys(db).give(GuildId(1), key, None, UserId(2), SystemClock().now())


async def test_a_new_master_key_is_printed_and_differs_each_time(shell: Shell) -> None:
    first, second = await asyncio.gather(shell("keys", "new"), shell("keys", "new"))
    assert (first.code, first.err) == (0, "")
    assert is_master_key(first.out.strip())
    assert first.out != second.out


@pytest.mark.usefixtures("stored")
async def test_check_says_whether_all_of_them_open(shell: Shell) -> None:
    right = await shell("keys", "check", env={"DROVER_MASTER_KEY": f"{NEW},{OLD}"})
    assert (right.code, right.out) == (0, "1 keys of servers are stored; all of them open.\n")
    for env in ({}, {"DROVER_MASTER_KEY": NEW}):
        wrong = await shell("keys", "check", env=env)
        assert wrong.code == 2
        [line] = wrong.lines
        assert line.startswith("DROVER_MASTER_KEY: the database holds 1 encrypted keys of servers, and 1 stay shut")
        assert SECRET not in line


async def test_check_without_keys_or_a_database(shell: Shell) -> None:
    ended = await shell("keys", "check")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "0 keys of servers are stored."
    assert "drover keys new" in ended.out


@pytest.mark.usefixtures("stored")
async def test_a_new_master_key_takes_the_place_of_the_old_one(shell: Shell, database: Path, tmp_path: Path) -> None:
    file = tmp_path / "master-keys"
    file.write_text(f"{NEW}\n{OLD}\n")
    ended = await shell("keys", "rotate", env={"DROVER_MASTER_KEY_FILE": file})
    assert (ended.code, ended.err) == (0, "")
    assert beside.unopened(SqliteStorage(database), Vault([NEW])) == 0
    assert beside.unopened(SqliteStorage(database), Vault([OLD])) == 1


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("env", [{}, {"DROVER_MASTER_KEY": NEW}], ids=["none", "a wrong one"])
async def test_nothing_is_rotated_without_the_old_one(shell: Shell, database: Path, env: dict[str, object]) -> None:
    before = beside.stored(SqliteStorage(database))
    ended = await shell("keys", "rotate", env=env)
    assert ended.code == 2
    assert len(ended.lines) == 1
    assert beside.stored(SqliteStorage(database)) == before


@pytest.mark.usefixtures("stored")
async def test_nothing_is_rotated_while_the_bot_runs(shell: Shell, database: Path) -> None:
    before = beside.stored(SqliteStorage(database))
    with sole_user(database):
        ended = await shell("keys", "rotate", env={"DROVER_MASTER_KEY": f"{NEW},{OLD}"})
    assert ended.code == 1
    assert "another Drover is running" in ended.err
    assert beside.stored(SqliteStorage(database)) == before


@pytest.mark.usefixtures("stored")
async def test_keys_that_are_lost_for_good_can_be_dropped(shell: Shell, database: Path) -> None:
    asked = await shell("keys", "drop", env={"DROVER_MASTER_KEY": NEW})
    assert asked.code != 0
    assert beside.stored(SqliteStorage(database))
    ended = await shell("keys", "drop", "--yes", env={"DROVER_MASTER_KEY": NEW})
    assert (ended.code, ended.err) == (0, "")
    assert not beside.stored(SqliteStorage(database))


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("master", [None, NEW], ids=["none", "a wrong one"])
async def test_a_start_with_keys_that_stay_shut_is_refused(
    shell: Shell, env: dict[str, object], master: str | None
) -> None:
    ended = await shell("run", env=env | ({"DROVER_MASTER_KEY": master} if master else {}))
    assert ended.code == 2
    [line] = [line for line in ended.lines if "DROVER_MASTER_KEY" in line]
    assert "drover keys drop" in line
    assert "Traceback" not in ended.err


@pytest.mark.usefixtures("stored")
async def test_a_start_with_the_right_master_key_works_and_shows_no_key(shell: Shell, env: dict[str, object]) -> None:
    async with shell.run(env=env | {"DROVER_MASTER_KEY": OLD}) as running:
        await running.log("ready")
        assert await running.end() == 0
        assert not any(SECRET in line or OLD in line for line in running.raw)


@pytest.mark.usefixtures("stored")
async def test_the_check_tells_of_keys_that_stay_shut(shell: Shell, env: dict[str, object]) -> None:
    ended = await shell("check", env=env)
    assert "WRONG keys: DROVER_MASTER_KEY: the database holds 1 encrypted keys of servers" in ended.out
    ended = await shell("check", env=env | {"DROVER_MASTER_KEY": OLD})
    assert "ok    keys: servers can enter keys of their own; 1 are stored, and all of them open" in ended.out
