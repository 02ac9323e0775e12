"""What is wrong with a database is said by its cause, with what to do, and nothing begins anew by itself."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.store.backup import backup, restore
from bot.store.faults import DatabaseFault, examine, explained, fault, marker
from bot.store.migrations import inspect, migrate
from bot.store.private import sole_user
from tests.cases import for_each
from tests.store.kit import MIGRATIONS

LATER = datetime(2026, 5, 1, tzinfo=UTC)
Spoil = Callable[[Path], object]


@pytest.fixture
def database(database_file: Path) -> Path:
    """One that has been used: some pages, and closed well."""
    path = database_file
    marker(path).touch()
    with closing(sqlite3.connect(path)) as db:
        with db:
            db.executemany("INSERT INTO key_values VALUES (?, ?)", ((f"fact {n}", "x" * 500) for n in range(200)))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def rewritten(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda path: path.write_bytes(change(path.read_bytes()))


def bad_page(content: bytes) -> bytes:
    middle = len(content) // 2 // 4096 * 4096
    return content[:middle] + os.urandom(4096) + content[middle + 4096 :]


def without_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA user_version = 1")


def somebody_elses(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE songs (name TEXT)")
        db.execute("CREATE TABLE schema_migrations (version TEXT)")  # others count in a table of that name, too


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


FAULTS: dict[str, tuple[Spoil, str]] = {
    "emptied": (
        rewritten(lambda _: b""),
        r"was emptied: it has 0 bytes.*drover restore COPY.*remove drover.sqlite3.made",
    ),
    "gone": (Path.unlink, r"is gone, though there has been one.*drover restore COPY"),
    "no tables": (without_tables, r"was emptied: it has no tables.*drover restore COPY"),
    "letters": (rewritten(lambda _: b"dear diary, " * 1000), r"damaged, or is no database.*drover restore COPY"),
    "zeroes": (rewritten(lambda content: bytes(len(content))), r"damaged, or is no database.*drover restore COPY"),
    "short": (rewritten(lambda content: content[:50]), r"is damaged.*drover restore COPY"),
    "cut": (rewritten(lambda content: content[: len(content) // 2]), r"a part of its end is missing.*drover restore"),
    "cut by a bit": (rewritten(lambda content: content[:-100]), r"is damaged.*drover restore COPY"),
    "bad page": (rewritten(bad_page), r"is damaged \(.*drover restore COPY"),
    "bad header": (rewritten(lambda c: c[:16] + b"\xff" * 84 + c[100:]), r"is damaged.*drover restore COPY"),
    "another's": (somebody_elses, r"database of another program's\. To go on, set DROVER_DATABASE_URL"),
    "a folder": (a_folder, r"that is a folder\. To go on, set DROVER_DATABASE_URL"),
    "a pipe": (a_pipe, r"that is no file\. To go on, set DROVER_DATABASE_URL"),
    "no log": (lambda path: path.with_name(f"{path.name}-shm").touch(), r"-wal is missing.*drover restore COPY"),
}
every_fault = pytest.mark.parametrize(("spoil", "said"), FAULTS.values(), ids=FAULTS)
ASKED: dict[str, Callable[[Path], Any]] = {
    "migrate": lambda path: migrate(path, MIGRATIONS),
    "inspect": lambda path: inspect(path, MIGRATIONS),
    "backup": lambda path: backup(path, path.with_name("copy")),
}


@every_fault
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_fault_is_named_by_its_cause(database: Path, spoil: Spoil, said: str, ask: Callable[[Path], Any]) -> None:
    spoil(database)
    before = database.read_bytes() if database.is_file() else None
    with pytest.raises(DatabaseFault, match=said) as found:
        ask(database)
    assert "\n" not in str(found.value)
    assert (database.read_bytes() if database.is_file() else None) == before
    assert not database.with_name("copy").exists()


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "a folder"])
def test_a_backup_mends_it(database: Path, name: str) -> None:
    copy = database.with_name("copy")
    backup(database, copy)
    FAULTS[name][0](database)
    restore(copy, database, MIGRATIONS, LATER)
    assert examine(database)
    assert migrate(database, MIGRATIONS) == ()
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT COUNT(*) FROM key_values").fetchone()[0] >= 200


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE notices", "damaged: table notices is missing.*drover restore COPY"),
        ("ALTER TABLE queue_turns DROP COLUMN turn", "damaged: column turn of table queue_turns is missing"),
    ],
)
def test_a_table_that_somebody_dropped(database: Path, statement: str, said: str) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute(statement)
    for ask in (inspect, migrate):
        with pytest.raises(DatabaseFault, match=said):
            ask(database, MIGRATIONS)


@pytest.mark.parametrize("suffix", [".lock", ".made"])
def test_a_folder_in_the_place_of_a_file_beside_it(database: Path, suffix: str) -> None:
    beside = database.with_name(f"{database.name}{suffix}")
    beside.unlink(missing_ok=True)
    beside.mkdir()
    said = f"{suffix}, which belongs to the database: it is a folder. Remove it"
    with pytest.raises(DatabaseFault, match=said), sole_user(database):
        migrate(database, MIGRATIONS)


def test_a_first_start_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    """SQLite makes a file of 0 bytes first; nothing says yet that there was a database."""
    path = tmp_path / "drover.sqlite3"
    assert not examine(path)
    path.touch()
    assert not examine(path)
    assert migrate(path, MIGRATIONS) != ()
    assert examine(path)


def test_an_emptied_one_is_noticed_by_what_is_left_of_it_in_the_log(tmp_path: Path) -> None:
    """As in an installation of an older version, which laid no marker beside it."""
    path = tmp_path / "drover.sqlite3"
    path.touch()
    path.with_name(f"{path.name}-wal").write_bytes(b"frames")
    with pytest.raises(DatabaseFault, match="was emptied"):
        migrate(path, MIGRATIONS)


def test_beginning_anew_takes_two_steps(database: Path) -> None:
    database.unlink()
    database.with_name(f"{database.name}.made").unlink()
    assert migrate(database, MIGRATIONS) != ()


def test_what_a_killed_process_left_is_no_fault(database: Path) -> None:
    """Its log is there, and the file may be shorter than its header says."""
    with closing(sqlite3.connect(database)) as db:
        with db:
            db.executemany("INSERT INTO key_values VALUES (?, ?)", ((f"more {n}", "x" * 500) for n in range(50)))
        kept = {
            path.name: path.read_bytes() for path in database.parent.iterdir() if path.name.startswith(database.name)
        }
    for name, content in kept.items():
        database.with_name(name).write_bytes(content)
    assert examine(database)
    assert migrate(database, MIGRATIONS) == ()


def test_a_database_that_somebody_has_locked(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with (
            pytest.raises(DatabaseFault, match=r"is locked by another program.*Close what has it open"),
            explained(database),
            closing(sqlite3.connect(database, timeout=0)) as db,
        ):
            db.execute("SELECT * FROM key_values")


def test_a_disk_that_is_full(database: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DatabaseFault, match=r"the disk is full.*Make room"), explained(database):
            db.executemany("INSERT INTO key_values VALUES (?, ?)", ((f"more {n}", "x" * 5000) for n in range(50)))


@for_each(
    ("number", "said"),
    [
        (28, "the disk is full"),
        (30, "the right to write there"),
        (13, "the right to write there"),
        (5, "the disk fails"),
    ],
)
def test_errors_of_the_system(number: int, said: str) -> None:
    assert said in str(fault(Path("drover.sqlite3"), OSError(number, os.strerror(number))))


def test_a_lock_that_cannot_be_laid_is_said() -> None:
    with pytest.raises(DatabaseFault, match="the right to write there"), sole_user(Path("/proc/drover.sqlite3")):
        pass
