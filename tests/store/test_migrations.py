"""The schema goes forward, once, and only from a past that is ours."""

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.store import migrations
from bot.store.database import SqliteDatabase
from bot.store.faults import DatabaseFault
from bot.store.migrations import SERVES, MigrationError, SchemaState, apply, inspect, migrate
from bot.store.statements import split
from tests.cases import for_each
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
    return {name: " ".join(sql.split()) for name, sql in rows if not name.startswith("sqlite_")}


def columns(database: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(database)) as db:
        return {row[1] for row in db.execute(f"PRAGMA table_info({table})")}


def test_a_fresh_database_gets_all_of_them_in_order(database: Path) -> None:
    assert migrate(database, MIGRATIONS) == NAMES
    assert {"orders", "generations", "posts", "guilds", "key_values"} <= schema(database).keys()
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
    (folder / SERVES).write_text("9999.future", encoding="utf-8")
    migrate(database, folder)
    extra.unlink()
    with pytest.raises(MigrationError, match=r"9999\.future, .* newer Drover. Run that version, or restore a backup"):
        look(database, folder)  # type: ignore[operator]


@pytest.mark.parametrize("look", [migrate, inspect])
def test_the_version_before_runs_on_the_schema_of_the_next_and_not_on_that_of_the_one_after(
    database: Path, folder: Path, tmp_path: Path, look: object
) -> None:
    versions = [Path(shutil.copytree(folder, tmp_path / str(number))) for number in range(3)]
    known = NAMES[-1]
    for number, version in enumerate(versions):
        (version / SERVES).write_text(f"{known}\n", encoding="utf-8")
        known = f"999{number}.more"
        for newer in versions[number:]:
            (newer / f"{known}.sql").write_text(f"CREATE TABLE more{number} (id TEXT);", encoding="utf-8")
    migrate(database, versions[0])
    assert migrate(database, versions[1]) == ("9991.more",)
    assert look(database, versions[0]) in ((), SchemaState(applied=(*NAMES, "9990.more"), pending=()))  # type: ignore[operator]
    migrate(database, versions[2])
    look(database, versions[1])  # type: ignore[operator]
    with pytest.raises(MigrationError, match=r"9991\.more, .* newer Drover"):
        look(database, versions[0])  # type: ignore[operator]


def test_what_came_after_the_version_that_is_served_only_adds() -> None:
    """Processes of the version before go on writing: what they do not know must be empty or have a value by itself."""
    served = (MIGRATIONS / SERVES).read_text(encoding="utf-8").strip()
    adds = re.compile(
        r"CREATE TABLE \w+ \(|CREATE INDEX \w+ ON |UPDATE |INSERT "
        r"|ALTER TABLE \w+ ADD COLUMN \w+ \w+(?! NOT NULL(?! DEFAULT))"
    )
    for name in NAMES[NAMES.index(served) + 1 :]:
        for statement in split((MIGRATIONS / f"{name}.sql").read_text(encoding="utf-8")):
            assert adds.match(statement), f"{name}: {statement}"


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


# Databases of versions before 14, in which yoyo kept count.

OF_YOYO = """
CREATE TABLE "yoyo_lock" ("locked" INT DEFAULT 1, "ctime" TIMESTAMP, "pid" INT NOT NULL, PRIMARY KEY ("locked"));
CREATE TABLE "_yoyo_version" ("version" INT NOT NULL PRIMARY KEY, "installed_at_utc" TIMESTAMP);
CREATE TABLE "_yoyo_log" ("id" VARCHAR(36), "migration_id" VARCHAR(255), "username" VARCHAR(255), PRIMARY KEY ("id"));
CREATE TABLE "_yoyo_migration" (
    "migration_hash" VARCHAR(64), "migration_id" VARCHAR(255), "applied_at_utc" TIMESTAMP,
    PRIMARY KEY ("migration_hash")
);
CREATE TABLE migration_digests (name TEXT PRIMARY KEY, digest TEXT NOT NULL);
"""
BEFORE = NAMES[:13]


def made_with_yoyo(database: Path, names: Sequence[str]) -> None:
    """What a version left behind that knew these migrations."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.executescript(OF_YOYO)
        db.execute("INSERT INTO _yoyo_log VALUES ('1', '0001.initial', 'somebody-at-home')")
        for name in names:
            text = (MIGRATIONS / f"{name}.sql").read_text(encoding="utf-8")
            db.executescript(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            db.execute("INSERT INTO migration_digests VALUES (?, ?)", (name, digest))
            db.execute("INSERT INTO _yoyo_migration VALUES (?, ?, '2026-11-28T12:00:00')", (f"hash of {name}", name))


@pytest.mark.parametrize("known", [0, 1, 12, 13])
def test_a_database_in_which_yoyo_kept_count_is_taken_over(database: Path, known: int) -> None:
    made_with_yoyo(database, NAMES[:known])
    with closing(sqlite3.connect(database)) as db, db:  # the digest was written first, then the process was killed
        db.execute("INSERT INTO migration_digests VALUES (?, 'of a try')", (NAMES[known],))
    before = database.read_bytes()
    assert inspect(database, MIGRATIONS) == SchemaState(applied=NAMES[:known], pending=NAMES[known:])
    assert database.read_bytes() == before
    assert migrate(database, MIGRATIONS) == NAMES[known:]
    fresh = database.with_name("fresh")
    migrate(fresh, MIGRATIONS)
    assert schema(database) == schema(fresh)
    assert b"somebody-at-home" not in database.read_bytes()
    assert migrate(database, MIGRATIONS) == ()


@pytest.mark.parametrize("look", [migrate, inspect])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE migration_digests SET digest = 'x' WHERE name = '0003.indexes'", "0003.indexes was edited"),
        ("UPDATE migration_digests SET name = '9999.x' WHERE name = '0003.indexes'", None),
        ("DROP TABLE tallies", "table tallies is missing"),
    ],
)
def test_what_is_refused_now_is_refused_there(database: Path, change: str, said: str | None, look: object) -> None:
    made_with_yoyo(database, BEFORE)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(change)
        if said is None:
            db.execute("UPDATE _yoyo_migration SET migration_id = '9999.x' WHERE migration_id = '0003.indexes'")
    with pytest.raises(OperatorError, match=said or r"9999\.x, which this version does not know"):
        look(database, MIGRATIONS)  # type: ignore[operator]


def test_rows_of_before_keep_everything_when_their_tables_are_made_anew(database: Path) -> None:
    made_with_yoyo(database, BEFORE)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("INSERT INTO keys (id, sealed, tail, added_at) VALUES ('k', 's', 't', 1)")
        db.execute(
            "INSERT INTO guilds (guild_id, namespace, updated_at, updated_by, key_id) VALUES (7, 'n', 2, 3, 'k')"
        )
        db.execute("INSERT INTO models VALUES ('kling', 1, 'Kling', '{}', NULL)")
        db.execute("INSERT INTO facts VALUES ('a', 'b')")
        db.execute("INSERT INTO turns VALUES (7, 4)")
        db.execute(
            "INSERT INTO orders (id, guild_id, channel_id, requester_id, locale, kind, model_id, model_name, prompt, "
            "parameters, created_at, send_due_at, key_id) "
            "VALUES ('o', 7, 1, 2, 'de', 'video', 'kling', 'K', '', '', 1, 1, 'k')"
        )
        db.execute("INSERT INTO posts (id, order_id, part, state, due_at) VALUES ('p', 'o', 1, 'waiting', 1)")
        taken = {
            "id": "g", "order_id": "o", "ordinal": 1, "state": "succeeded", "remote_id": "r", "queued_at": 2,
            "started_at": 3, "ended_at": 4, "result_url": "u", "reason": "re", "detail": "d", "cancel_requested_at": 5,
            "cancel_requested_by": 6, "cancel_due_at": 7, "post_id": "p", "cost_known_at": 8, "key_id": "k",
            "clarified_at": 9, "kind": "video",
        }  # fmt: skip
        assert set(taken) == columns(database, "generations")
        marks = ", ".join("?" * len(taken))
        db.execute(f"INSERT INTO generations ({', '.join(taken)}) VALUES ({marks})", [*taken.values()])  # noqa: S608
        db.execute("INSERT INTO entries VALUES ('g', 'charge', 7, 'n', 350000, 10)")
    migrate(database, MIGRATIONS)
    with closing(sqlite3.connect(database)) as db:
        db.row_factory = sqlite3.Row

        def rows(table: str) -> list[dict[str, object]]:
            return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608

        assert rows("generations") == [{**taken, "provider": "oxen", "result_mark": None, "unconfirmed_since": None}]
        assert rows("entries") == [
            {"generation_id": "g", "kind": "charge", "guild_id": 7, "namespace": "n", "micro_usd": 350000, "at": 10}
        ]
        assert rows("guilds") == [
            {"guild_id": 7, "provider": "oxen", "namespace": "n", "key_id": "k", "updated_at": 2, "updated_by": 3}
        ]
        assert rows("models") == [
            {"provider": "oxen", "id": "kling", "place": 1, "name": "Kling", "entry": "{}", "gone_at": None}
        ]
        assert (rows("key_values"), rows("queue_turns")) == (
            [{"name": "a", "content": "b"}],
            [{"guild_id": 7, "turn": 4}],
        )
        assert [rows("orders")[0]["provider"], rows("keys")[0]["provider"]] == ["oxen", "oxen"]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        references = {
            (row["table"], row["from"])
            for t in ("generations", "entries", "guilds")
            for row in db.execute(f"PRAGMA foreign_key_list({t})")
        }
    assert references == {
        ("orders", "order_id"), ("posts", "post_id"), ("generations", "generation_id"), ("keys", "key_id"),
    }  # fmt: skip


def test_no_index_is_lost_when_a_table_is_made_anew(tmp_path: Path, migrated: Path) -> None:
    """But for those that are called after their table."""
    made_with_yoyo(tmp_path / "old", BEFORE)

    def indexes(database: Path) -> set[str]:
        names = {"drafts": "pending_confirmations", "places": "queue_positions"}
        found = {name for name, sql in schema(database).items() if sql.startswith(("CREATE INDEX", "CREATE UNIQUE"))}
        return {re.sub("^(drafts|places)", lambda match: names[match[0]], name) for name in found}

    assert indexes(migrated) >= indexes(tmp_path / "old")


def test_the_runner_speaks_to_whatever_answers_like_a_database(folder: Path) -> None:
    """So a connection to another database can be given to it."""
    said: list[str] = []

    class Other:
        errors = (KeyError,)

        def execute(self, statement: str, values: object) -> list[tuple[str, str]]:
            said.append(statement.split("(", maxsplit=1)[0].strip())
            if "TABEL" in statement:
                raise KeyError(statement)
            return []

        @contextmanager
        def transaction(self) -> Generator[None]:
            said.append("begin")
            yield
            said.append("commit")

    for name in NAMES:
        (folder / f"{name}.sql").unlink()
    (folder / "0001.a.sql").write_text("CREATE TABLE a (id TEXT);\nCREATE TABLE b (id TEXT);")
    (folder / "0002.b.sql").write_text("CREATE TABEL c (id TEXT);")
    with pytest.raises(MigrationError, match=r"0002\.b failed and was undone"):
        apply(Other(), folder, datetime(2026, 1, 1, tzinfo=UTC))
    assert said[5:] == [
        "commit", "begin", "CREATE TABLE a", "CREATE TABLE b", "INSERT INTO schema_migrations",
        "DELETE FROM schema_serves", "INSERT INTO schema_serves", "commit",
        "begin", "CREATE TABEL c",
    ]  # fmt: skip


@for_each(
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
    assert live.pop("schema_migrations")
    assert live.pop("schema_serves")
    assert live == schema(replayed)


async def test_a_database_in_use_can_be_inspected(database: Path) -> None:
    migrate(database, MIGRATIONS)
    async with SqliteDatabase(database):
        assert inspect(database, MIGRATIONS).applied == NAMES


@for_each("path", [*sorted(MIGRATIONS.glob("*.sql")), *STATEMENTS])
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
    numbers = [int(name.partition(".")[0]) for name in NAMES]
    assert len(set(numbers)) == len(numbers)


def test_the_migration_sums_up_what_was_entered_before(tmp_path: Path) -> None:
    folder, path = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations")), tmp_path / "drover.sqlite3"
    later = {each: each.read_text(encoding="utf-8") for each in folder.glob("*.sql") if each.name >= "0007"}
    for each in later:
        each.unlink()
    migrate(path, folder)
    with closing(sqlite3.connect(path)) as db, db:
        for order, member, at in (("a", 1, 5), ("b", 1, 900_000 - 1), ("c", 2, 900_000), ("d", 2, 900_000)):
            db.execute(
                "INSERT INTO orders (id, guild_id, channel_id, requester_id, locale, kind, model_id, model_name, "
                "prompt, parameters, created_at, send_due_at) "
                "VALUES (?, 7, 9, ?, 'de', 'video', 'm', 'M', 'p', '{}', ?, ?)",
                (order, member, at, at),
            )
            state = "queued" if order == "c" else "succeeded"
            db.execute(
                "INSERT INTO generations (id, order_id, ordinal, state, ended_at) VALUES (?, ?, 1, ?, ?)",
                (f"{order}1", order, state, None if order == "c" else at),
            )
        for generation, kind, micro in (
            ("a1", "reserve", 100), ("a1", "release", -100), ("a1", "charge", 100), ("a1", "adjust", 20),
            ("b1", "reserve", 50), ("b1", "release", -50), ("c1", "reserve", 70),
        ):  # fmt: skip
            db.execute("INSERT INTO entries VALUES (?, ?, 7, NULL, ?, 0)", (generation, kind, micro))
    for each, text in later.items():
        each.write_text(text, encoding="utf-8")
    migrate(path, folder)
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT user_id, quarter, micro_usd, orders FROM tallies ORDER BY user_id, quarter"
        ).fetchall()
        places = db.execute("SELECT order_id, guild_id, requester_id, open, stage FROM queue_positions").fetchall()
    assert found == [(0, 0, 120, 2), (0, 1, 70, 2), (1, 0, 120, 2), (2, 1, 70, 2)]
    assert places == [("c", 7, 2, 1, "sent")]


def test_a_schema_is_compared_until_it_was_whole_and_when_it_has_changed(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    whole = migrations.columns_of

    def counted(texts: tuple[str, ...]) -> frozenset[tuple[str, str]]:
        compared.append(len(texts))
        return whole(texts)

    monkeypatch.setattr(migrations, "columns_of", counted)
    migrate(database, MIGRATIONS)
    migrate(database, MIGRATIONS)
    assert len(compared) == 1
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("CREATE TABLE foreign_to_us (id TEXT)")
    migrate(database, MIGRATIONS)
    assert len(compared) == 2
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DROP TABLE tallies")
    for _ in range(2):  # what was missed is no schema that was whole
        with pytest.raises(OperatorError, match="table tallies is missing"):
            migrate(database, MIGRATIONS)
