"""One process for one database, for as long as the process lives and no longer."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.store.private import DatabaseInUse, sole_user

ROOT = Path(__file__).parents[2]
HOLDS = """
import sys
from pathlib import Path
from bot.store.lock import sole_user
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
