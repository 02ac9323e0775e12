"""Brings the schema forward with yoyo, and refuses a database whose past is not ours.

yoyo knows applied migrations by name alone. Beside each name we keep the digest of its text, so that an edited
or unknown applied migration stops the start instead of leaving two schemas under one name.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yoyo  # pyright: ignore[reportMissingTypeStubs]

from bot.domain.errors import OperatorError
from bot.store import private
from bot.store.faults import RESTORE, DatabaseFault, examine, explained, marker, open_to_read

log = logging.getLogger(__name__)
_yoyo: Any = yoyo  # it has no types

BESIDE = ("-wal", "-shm", "-journal", ".lock", ".made")  # files that belong to a database, by what their names add
_WIPED = 1  # in the file's `user_version`: nothing that was deleted before is left in it
_DIGESTS = "CREATE TABLE IF NOT EXISTS migration_digests (name TEXT PRIMARY KEY, digest TEXT NOT NULL)"
# A digest alone proves nothing: it is written before its migration, which may have failed.
_APPLIED = "SELECT d.name, d.digest FROM migration_digests AS d JOIN _yoyo_migration AS m ON m.migration_id = d.name"

_COLUMNS = "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"


class MigrationError(OperatorError):
    """The schema cannot be brought forward; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Names of the migrations that are applied, and of those that wait to be."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]


def migrate(database: Path, folder: Path) -> tuple[str, ...]:
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
        with _backend(database) as backend:
            done = _apply(backend, _texts(folder), folder)
        with closing(open_to_read(database)) as db:
            _refuse_missing_tables(database, db, _texts(folder).values())
        _wipe_once(database, new=not there)
        private.make_file(marker(database))
    return done


def inspect(database: Path, folder: Path) -> SchemaState:
    """What is applied and what is pending, without changing anything. Raises as `migrate` does."""
    texts = _texts(folder)
    if not examine(database):
        return SchemaState((), tuple(texts))
    with explained(database), closing(open_to_read(database)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"migration_digests", "_yoyo_migration"} <= tables:
            return SchemaState((), tuple(texts))
        applied = dict(db.execute(_APPLIED).fetchall())
        _refuse_a_foreign_past(applied, texts)
        _refuse_missing_tables(database, db, [text for name, text in texts.items() if name in applied])
    return SchemaState(
        tuple(name for name in texts if name in applied), tuple(name for name in texts if name not in applied)
    )


def _apply(backend: Any, texts: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    backend.ensure_internal_schema_updated()
    backend.execute(_DIGESTS)
    _refuse_a_foreign_past(dict(backend.execute(_APPLIED).fetchall()), texts)
    done: list[str] = []
    migrations: Any = _yoyo.read_migrations(str(folder))
    for migration in backend.to_apply(migrations):
        # The digest first: a crash between the two leaves a migration that is simply applied at the next start.
        with backend.transaction():
            backend.execute(
                "INSERT INTO migration_digests (name, digest) VALUES (:name, :digest) "
                "ON CONFLICT (name) DO UPDATE SET digest = excluded.digest",
                {"name": migration.id, "digest": _digest(texts[migration.id])},
            )
        try:
            backend.apply_one(migration)
        except sqlite3.Error as error:
            raise MigrationError(
                f"migration {migration.id} failed and was undone ({error}). "
                "Run the version of Drover that was used before, and report this"
            ) from error
        done.append(str(migration.id))
        log.info("migration applied", extra={"migration": migration.id})
    return tuple(done)


def _refuse_a_foreign_past(applied: Mapping[str, str], texts: Mapping[str, str]) -> None:
    for name, digest in applied.items():
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
    with closing(sqlite3.connect(":memory:")) as whole:
        for text in texts:
            whole.executescript(text)
        missing = sorted({*whole.execute(_COLUMNS)} - {*db.execute(_COLUMNS)})
    if missing:
        table, column = missing[0]
        there = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        what = f"column {column} of table {table}" if there else f"table {table}"
        raise DatabaseFault(f"the database {database} is damaged: {what} is missing", RESTORE)


def _texts(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _backend(database: Path) -> Any:
    # yoyo takes the path out of the URL as it is, and hands it to SQLite as a URI: "#", "?" and "%" have to be quoted.
    return _yoyo.get_backend(f"sqlite:///{quote(str(database.absolute()))}")


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
