"""What Drover writes is for the user that runs it alone, whatever the umask is and was."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bot.store import private
from bot.store.backup import backup, restore
from bot.store.database import SqliteDatabase
from bot.store.installation import KeyValues
from bot.store.migrations import BESIDE, migrate
from bot.store.private import DatabaseInUse, sole_user
from tests.fakes.clock import ManualClock
from tests.store.kit import MIGRATIONS


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def shared(folder: Path) -> list[str]:
    """What others may do anything with, in the folder and below."""
    return [str(path) for path in folder.rglob("*") if path.stat().st_mode & 0o077]


async def test_whatever_belongs_to_a_database(tmp_path: Path) -> None:
    database = tmp_path / "new" / "var" / "drover.sqlite3"
    with sole_user_of(database):
        migrate(database, MIGRATIONS)
        async with SqliteDatabase(database) as db:
            await KeyValues(db).put("a", "fact")
            beside = [database.with_name(f"{database.name}{suffix}") for suffix in BESIDE if suffix != "-journal"]
            assert [rights(path) for path in (database, *beside)] == ["600"] * 5
            backup(database, tmp_path / "copy")
    restore(tmp_path / "copy", database, MIGRATIONS, ManualClock().now())
    assert database.with_name(f"{database.name}.before-restore").exists()
    assert shared(tmp_path) == []


def sole_user_of(database: Path) -> AbstractContextManager[None]:
    private.make_folder(database.parent)
    return sole_user(database)


def test_an_installation_that_was_open_to_others_is_tightened(database_file: Path, tmp_path: Path) -> None:
    others = tmp_path / "somebody-elses"
    others.touch()
    old = [
        database_file.with_name(f"{database_file.name}{suffix}") for suffix in (".lock", ".made", ".before-restore-2")
    ]
    for path in old:
        path.touch()
    for path in (database_file, *old):
        path.chmod(0o664)
    with sole_user(database_file):
        migrate(database_file, MIGRATIONS)
    assert [rights(path) for path in (database_file, *old)] == ["600"] * 4
    assert (rights(others), rights(tmp_path)) == ("644", rights(tmp_path))


def test_rights_are_never_added(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o444)
    private.tighten(path)
    assert rights(path) == "400"


def test_what_is_not_ours_or_cannot_be_changed_is_no_fault() -> None:
    for path in (Path("/proc/self/status"), Path("/nowhere/file"), Path("/dev/null")):
        private.tighten(path)
    private.tighten_folder(Path("/proc/self"), lambda _: True)


def test_a_folder_with_nothing_but_ours_is_tightened_and_a_shared_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "matplotlib").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "letters").touch()
    (tmp_path / "sticky").mkdir()
    (tmp_path / "sticky").chmod(0o1777)
    for name in ("ours", "shared", "sticky"):
        private.tighten_folder(tmp_path / name, {"matplotlib"}.__contains__)
    assert [rights(tmp_path / name) for name in ("ours", "shared", "sticky")] == ["700", "755", "1777"]


def test_a_folder_is_made_with_the_way_to_it(tmp_path: Path) -> None:
    for _ in range(2):
        private.try_folder(tmp_path / "a" / "b" / "c")
    assert shared(tmp_path) == []
    assert list((tmp_path / "a" / "b" / "c").iterdir()) == []
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(OSError, match=r"Not a directory|File exists"):
            private.try_folder(path)


# One process for one database, for as long as the process lives and no longer.

ROOT = Path(__file__).parents[2]
HOLDS = """
import sys
from pathlib import Path
from bot.store.private import sole_user
with sole_user(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(database: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    database = tmp_path / "drover.sqlite3"
    with (
        another_process(database),
        pytest.raises(DatabaseInUse, match="Stop it first, or set DROVER_DATABASE_URL") as caught,
        sole_user(database),
    ):
        pass
    assert str(database) in str(caught.value)


def test_a_kill_frees_the_database(tmp_path: Path) -> None:
    database = tmp_path / "drover.sqlite3"
    with another_process(database) as holder:
        holder.send_signal(signal.SIGKILL)
        assert holder.wait() == -signal.SIGKILL
        with sole_user(database):
            pass


def test_it_is_free_again_after_the_block_however_that_ended(tmp_path: Path) -> None:
    database = tmp_path / "drover.sqlite3"
    with pytest.raises(KeyError), sole_user(database):
        raise KeyError
    with sole_user(database), pytest.raises(DatabaseInUse), sole_user(database):
        pass
    with sole_user(database):
        pass


def test_two_databases_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    with sole_user(tmp_path / "one.sqlite3"), sole_user(tmp_path / "two.sqlite3"):
        pass


def test_the_database_itself_is_not_touched(tmp_path: Path) -> None:
    with sole_user(tmp_path / "drover.sqlite3"):
        assert [path.name for path in tmp_path.iterdir()] == ["drover.sqlite3.lock"]
