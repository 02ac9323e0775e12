"""The schema goes forward, once, and only from a past that is ours."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.faults import DatabaseFault
from bot.store.migrations import MigrationError, SchemaState, inspect, migrate
from tests.store.kit import MIGRATIONS

NAMES = tuple(path.stem for path in sorted(MIGRATIONS.glob("*.sql")))
STATEMENTS = sorted((Path(__file__).parents[2] / "bot" / "store").rglob("*.sql"))
SQLITE_ONLY = re.compile(
    r"\b(AUTOINCREMENT|INTEGER\s+PRIMARY\s+KEY|WITHOUT\s+ROWID|STRICT|datetime\s*\(|strftime\s*\(|julianday\s*\("
    r"|INSERT\s+OR|REPLACE\s+INTO|UPDATE\s+OR|PRAGMA|GLOB|IFNULL|IIF|GROUP_CONCAT|rowid|json_extract|BLOB"
    r"|last_insert_rowid)\b|`",
    re.IGNORECASE,
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "drover.sqlite3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations, to be tampered with."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def schema(database: Path) -> dict[str, str]:
    """Every table and index with the text that made it, blanks aside."""
    with closing(sqlite3.connect(database)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows if not name.startswith(("_yoyo", "yoyo", "sqlite_"))}


def columns(database: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(database)) as db:
        return {row[1] for row in db.execute(f"PRAGMA table_info({table})")}


def test_a_fresh_database_gets_all_of_them_in_order(database: Path) -> None:
    assert migrate(database, MIGRATIONS) == NAMES
    assert {"orders", "generations", "posts", "guilds", "facts"} <= schema(database).keys()
    assert inspect(database, MIGRATIONS) == SchemaState(applied=NAMES, pending=())


def test_the_second_time_nothing_happens(database: Path) -> None:
    migrate(database, MIGRATIONS)
    before = schema(database)
    assert migrate(database, MIGRATIONS) == ()
    assert schema(database) == before


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    database = tmp_path / "var" / "state" / "drover.sqlite3"
    assert migrate(database, MIGRATIONS) == NAMES
    assert database.exists()


def test_what_is_pending_is_listed_and_nothing_is_changed(database: Path, folder: Path) -> None:
    assert inspect(database, folder) == SchemaState(applied=(), pending=NAMES)
    assert not database.exists()
    migrate(database, folder)
    (folder / "9999.more.sql").write_text("CREATE TABLE more (id TEXT);", encoding="utf-8")
    before = database.read_bytes()
    assert inspect(database, folder) == SchemaState(applied=NAMES, pending=("9999.more",))
    assert database.read_bytes() == before
    assert migrate(database, folder) == ("9999.more",)
    assert inspect(database, folder).pending == ()


def test_an_empty_file_is_a_database_with_everything_pending(database: Path) -> None:
    database.touch()
    assert inspect(database, MIGRATIONS).pending == NAMES
    assert migrate(database, MIGRATIONS) == NAMES


@pytest.mark.parametrize("look", [migrate, inspect])
def test_an_edited_migration_is_refused(database: Path, folder: Path, look: object) -> None:
    migrate(database, folder)
    edited = folder / f"{NAMES[0]}.sql"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n-- just a comment\n", encoding="utf-8")
    with pytest.raises(MigrationError, match=rf"{NAMES[0]} was edited .* Put its file back"):
        look(database, folder)  # type: ignore[operator]


@pytest.mark.parametrize("look", [migrate, inspect])
def test_a_migration_that_is_unknown_here_is_refused(database: Path, folder: Path, look: object) -> None:
    extra = folder / "9999.future.sql"
    extra.write_text("CREATE TABLE future (id TEXT);", encoding="utf-8")
    migrate(database, folder)
    extra.unlink()
    with pytest.raises(MigrationError, match=r"9999\.future, .* newer Drover. Run that version, or restore a backup"):
        look(database, folder)  # type: ignore[operator]


def test_a_migration_that_fails_leaves_nothing_of_itself_and_can_be_put_right(database: Path, folder: Path) -> None:
    migrate(database, folder)
    before = schema(database)
    broken = folder / "9999.broken.sql"
    broken.write_text("CREATE TABLE good (id TEXT);\nCREATE TABEL bad (id TEXT);\n", encoding="utf-8")
    with pytest.raises(MigrationError, match=r"9999\.broken"):
        migrate(database, folder)
    assert schema(database) == before
    assert inspect(database, folder).pending == ("9999.broken",)
    broken.write_text("CREATE TABLE good (id TEXT);\nCREATE TABLE bad (id TEXT);\n", encoding="utf-8")
    assert migrate(database, folder) == ("9999.broken",)
    broken.write_text("CREATE TABLE good (id TEXT);\n", encoding="utf-8")
    with pytest.raises(MigrationError, match="was edited"):
        migrate(database, folder)


def test_a_migration_that_was_never_applied_may_be_withdrawn(database: Path, folder: Path) -> None:
    migrate(database, folder)
    broken = folder / "9999.broken.sql"
    broken.write_text("CREATE TABEL bad (id TEXT);\n", encoding="utf-8")
    with pytest.raises(MigrationError):
        migrate(database, folder)
    broken.unlink()
    assert migrate(database, folder) == ()


@pytest.mark.parametrize(
    "place",
    [
        "/proc/drover.sqlite3",  # a folder that nobody can write, whoever runs the tests
        "/proc/drover/drover.sqlite3",
    ],
)
def test_a_place_that_cannot_be_written_says_what_to_do(place: str) -> None:
    with pytest.raises(DatabaseFault, match=r"/proc/drover.* the right to write there, or set DROVER_DATABASE_URL"):
        migrate(Path(place), MIGRATIONS)


def test_a_file_in_the_way_of_the_folder_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("", encoding="utf-8")
    with pytest.raises(DatabaseFault, match="set DROVER_DATABASE_URL to another place"):
        migrate(tmp_path / "var" / "drover.sqlite3", MIGRATIONS)


@pytest.mark.parametrize("look", [migrate, inspect])
def test_a_file_that_is_no_database_is_refused(database: Path, look: object) -> None:
    database.write_text("dear diary, " * 1000, encoding="utf-8")
    with pytest.raises(DatabaseFault, match=r"is damaged, or is no database of Drover's.*drover restore"):
        look(database, MIGRATIONS)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["my bot", "bot#1", "bot?", "100%", "a%20b", "bücher", "it's", "a&b=c;d", "[x]"])
def test_a_folder_may_be_called_anything(tmp_path: Path, name: str) -> None:
    database = tmp_path / name / "drover.sqlite3"
    assert migrate(database, MIGRATIONS) == NAMES
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert {path.name for path in database.parent.iterdir()} == {database.name, f"{database.name}.made"}
    assert inspect(database, MIGRATIONS).pending == ()


def test_migrating_from_every_past_leads_to_the_same_schema(tmp_path: Path) -> None:
    """Applied one start after another, each version in its turn, as an old installation saw them."""
    fresh, old = tmp_path / "fresh.sqlite3", tmp_path / "old.sqlite3"
    migrate(fresh, MIGRATIONS)
    growing = tmp_path / "growing"
    growing.mkdir()
    for name in NAMES:
        shutil.copy(MIGRATIONS / f"{name}.sql", growing)
        assert migrate(old, growing) == (name,)
    assert schema(old) == schema(fresh)


def test_the_live_schema_is_what_the_files_say(tmp_path: Path, migrated: Path) -> None:
    """Against the plain files, without the tool that keeps count."""
    replayed = tmp_path / "replayed.sqlite3"
    with closing(sqlite3.connect(replayed)) as db:
        for name in NAMES:
            db.executescript((MIGRATIONS / f"{name}.sql").read_text(encoding="utf-8"))
    live = schema(migrated)
    assert live.pop("migration_digests")
    assert live == schema(replayed)


async def test_a_database_in_use_can_be_inspected(database: Path) -> None:
    migrate(database, MIGRATIONS)
    async with Database(database):
        assert inspect(database, MIGRATIONS).applied == NAMES


@pytest.mark.parametrize("path", [*sorted(MIGRATIONS.glob("*.sql")), *STATEMENTS], ids=lambda path: path.name)
def test_no_file_speaks_a_dialect_of_sqlite(path: Path) -> None:
    code = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
    assert SQLITE_ONLY.findall(code) == []


def test_no_instant_and_no_foreign_id_is_too_narrow_for_its_column(migrated: Path) -> None:
    """PostgreSQL's INTEGER has 32 bits: milliseconds and snowflakes need BIGINT."""
    narrow = re.compile(r"^\s*(\w+(?:_at|_by|_id))\s+INTEGER", re.MULTILINE)
    for name in NAMES:
        assert narrow.findall((MIGRATIONS / f"{name}.sql").read_text(encoding="utf-8")) == []
    assert "remote_id" in columns(migrated, "generations")


def test_migrations_are_numbered_without_gaps() -> None:
    assert [int(name.partition(".")[0]) for name in NAMES] == list(range(1, len(NAMES) + 1))
