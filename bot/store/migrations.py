"""Brings the schema forward: the files of `migrations/` in the order of their names, each once, in one transaction.

The table `schema_migrations` has the name of each that was applied, the digest of its text and the moment. So an
applied file that was edited stops the start instead of leaving two schemas under one name. So does one that this
version does not know, unless the newer one said in `schema_serves` that this one can run beside it: its file
`migrations/SERVES` names the last migration of the version before, and those after it only add (a test holds that).
`apply` speaks to any database through `Schema`; `migrate` and `inspect` are for a file of SQLite.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from bot.domain.clock import Clock, SystemClock, to_millis
from bot.domain.errors import OperatorError
from bot.store import private
from bot.store.faults import RESTORE, DatabaseFault, examine, explained, marker, open_to_read
from bot.store.statements import SqlValue, Statements, split

log = logging.getLogger(__name__)

BESIDE = ("-wal", "-shm", "-journal", ".lock", ".made")  # files that belong to a database, by what their names add
SERVES = "SERVES"
_SQL = Statements("migrations")
_WIPED = 1  # in the file's `user_version`: nothing that was deleted before is left in it
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_SCHEMA = "SELECT sql FROM sqlite_master ORDER BY type, name"
_COLUMNS = "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
_CLOCK = SystemClock()
_OF_YOYO = ("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock", "migration_digests")


class MigrationError(OperatorError):
    """The schema cannot be brought forward; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Names of the migrations that are applied, and of those that wait to be."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]


class Schema(Protocol):
    """A database as `apply` needs it."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What `execute` raises for a statement that cannot be carried out."""
        ...

    def execute(self, statement: str, values: Mapping[str, SqlValue]) -> Iterable[Any]:
        """The rows of a statement. It may write values as `:value`."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is committed together, or none of it when an error leaves the block."""
        ...


def apply(schema: Schema, folder: Path, now: datetime) -> tuple[str, ...]:
    """Applies what is pending and returns the names. The caller is alone with the database. Raises `MigrationError`."""
    texts = read_texts(folder)
    serves = (folder / SERVES).read_text(encoding="utf-8").strip() if (folder / SERVES).exists() else None
    with schema.transaction():
        schema.execute(_SQL.text("make_schema_migrations"), {})
        schema.execute(_SQL.text("make_schema_serves"), {})
        applied = dict(schema.execute(_SQL.text("applied_migrations"), {}))
        served = schema.execute(_SQL.text("schema_serves"), {})
    refuse_a_foreign_past(applied, texts, served)
    pending = [name for name in texts if name not in applied]
    for name in pending:
        noted: dict[str, SqlValue] = {"name": name, "digest": _digest(texts[name]), "now": to_millis(now)}
        try:
            with schema.transaction():
                for statement in split(texts[name]):
                    schema.execute(statement, {})
                schema.execute(_SQL.text("note_migration"), noted)
                schema.execute(_SQL.text("forget_schema_serves"), {})
                if serves is not None:
                    schema.execute(_SQL.text("note_schema_serves"), {"known": serves, "latest": name})
        except schema.errors as error:
            raise MigrationError(
                f"migration {name} failed and was undone ({error}). "
                "Run the version of Drover that was used before, and report this"
            ) from error
        log.info("migration applied", extra={"migration": name})
    return tuple(pending)


def migrate(database: Path, folder: Path, clock: Clock = _CLOCK) -> tuple[str, ...]:
    """Applies what is pending, in order, and returns the names. Blocks: run it before the loops start.

    Raises `MigrationError` when an applied migration was edited or is unknown here, `DatabaseFault` when the file is
    damaged or cannot be written. The caller sees to it that it is alone (`lock.sole_user`). Afterwards the database and
    what belongs to it is private, and nothing that was deleted is left in it.
    """
    with explained(database):
        private.make_folder(database.parent)
        there = examine(database)
        private.make_file(database)
        for suffix in BESIDE:
            private.tighten(database.with_name(f"{database.name}{suffix}"))
        for kept in database.parent.glob(f"{database.name}.before-restore*"):
            private.tighten(kept)
        with closing(sqlite3.connect(database, isolation_level=None)) as db:
            done = bring_forward(db, folder, clock.now())
        with closing(open_to_read(database)) as db:
            texts, made = read_texts(folder).values(), marker(database)
            whole = _digest("\n".join([*texts, *(sql or "" for (sql,) in db.execute(_SCHEMA))]))
            known = made.exists() and made.read_bytes() == whole.encode()
            if not known:  # else it is as it was when all of it was there; making it anew to compare takes 20 ms
                _refuse_missing_tables(database, db, texts)
        _wipe_once(database, new=not there)
        private.make_file(made)
        if not known:
            made.write_text(whole, encoding="utf-8")
    return done


def inspect(database: Path, folder: Path) -> SchemaState:
    """What is applied and what is pending, without changing anything. Raises as `migrate` does."""
    texts = read_texts(folder)
    if not examine(database):
        return SchemaState((), tuple(texts))
    with explained(database), closing(open_to_read(database)) as db:
        applied = _applied(db)
        serving = db.execute(_TABLES + " AND name = 'schema_serves'").fetchone() is not None
        refuse_a_foreign_past(applied, texts, db.execute(_SQL.text("schema_serves")) if serving else ())
        _refuse_missing_tables(database, db, [text for name, text in texts.items() if name in applied])
    return SchemaState(
        tuple(name for name in texts if name in applied), tuple(name for name in texts if name not in applied)
    )


def bring_forward(db: sqlite3.Connection, folder: Path, now: datetime) -> tuple[str, ...]:
    """Applies what is pending on a connection of `isolation_level=None` and returns the names. Raises as `migrate`.

    Where yoyo kept count, our table takes the place of its tables first, in one transaction; nothing runs again.
    """
    db.execute("PRAGMA secure_delete = ON")  # a table that is made anew leaves its old rows in the file
    schema = SqliteSchema(db)
    of_yoyo = [name for (name,) in db.execute(_TABLES) if name in _OF_YOYO]
    if of_yoyo:
        applied = _applied(db)
        refuse_a_foreign_past(applied, read_texts(folder))
        with schema.transaction():
            db.execute(_SQL.text("make_schema_migrations"))
            for name, digest in applied.items():
                db.execute(_SQL.text("note_migration"), {"name": name, "digest": digest, "now": to_millis(now)})
            for table in of_yoyo:
                db.execute(f"DROP TABLE {table}")
        log.info("migrations taken over", extra={"applied": len(applied)})
    return apply(schema, folder, now)


class SqliteSchema:
    """A connection that was opened with `isolation_level=None`."""

    errors = (sqlite3.Error,)

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def execute(self, statement: str, values: Mapping[str, SqlValue]) -> Iterable[Any]:
        return self._db.execute(statement, values)

    @contextmanager
    def transaction(self) -> Generator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _applied(db: sqlite3.Connection) -> dict[str, str]:
    """The names and digests of what is applied, whoever kept count."""
    tables = {name for (name,) in db.execute(_TABLES)}
    if "schema_migrations" in tables:
        return dict(db.execute(_SQL.text("applied_migrations")))
    if {"migration_digests", "_yoyo_migration"} <= tables:
        return dict(db.execute(_SQL.text("applied_by_yoyo")))
    return {}


def refuse_a_foreign_past(
    applied: Mapping[str, str], texts: Mapping[str, str], served: Iterable[Sequence[Any]] = ()
) -> None:
    """Raises `MigrationError` where something was applied that is not among `texts`, or is not what it was.

    `served`: the rows of `schema_serves`. What is unknown is accepted if the version that brought it serves this one.
    """
    latest = max(applied, default="")
    beside = any(known in texts and of == latest for known, of in served)
    for name, digest in applied.items():
        if name not in texts and beside:
            continue
        if name not in texts:
            raise MigrationError(
                f"the database has migration {name}, which this version does not know: "
                "it was used by a newer Drover. Run that version, or restore a backup"
            )
        if digest != _digest(texts[name]):
            raise MigrationError(
                f"migration {name} was edited after it had been applied. "
                "Put its file back as it was, and write the change as a new migration"
            )


def _refuse_missing_tables(database: Path, db: sqlite3.Connection, texts: Iterable[str]) -> None:
    """What the migrations make has to be there: a table may have been dropped, or lost by an attempt to repair it."""
    missing = sorted(columns_of(tuple(texts)) - {*db.execute(_COLUMNS)})
    if missing:
        table, column = missing[0]
        there = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        what = f"column {column} of table {table}" if there else f"table {table}"
        raise DatabaseFault(f"the database {database} is damaged: {what} is missing", RESTORE)


@cache
def columns_of(texts: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Table and name of each column that these migrations make."""
    with closing(sqlite3.connect(":memory:")) as whole:
        for text in texts:
            whole.executescript(text)
        return frozenset(whole.execute(_COLUMNS))


def read_texts(folder: Path) -> dict[str, str]:
    """The migrations by name, in their order."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _wipe_once(database: Path, *, new: bool) -> None:
    """What was deleted while SQLite did not overwrite it is still in the file: the file is written anew, once."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version >= _WIPED:
            return
        try:
            db.execute("PRAGMA secure_delete = ON")
            if not new:
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute(f"PRAGMA user_version = {_WIPED}")
        except sqlite3.Error as error:  # no room for a second copy, mostly: that is no reason not to start
            log.warning("database not wiped", extra={"error": str(error)})
            return
        if not new:
            log.info("database wiped")
