"""A consistent copy of the database while the bot runs, and the way back.

A restored copy is old: what it calls unsent may have been sent since, and what it calls unposted may have been
posted. `restore` marks those rows, so that the bot looks before it acts.
"""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosql

from bot.domain.clock import to_millis
from bot.domain.errors import OperatorError
from bot.store.migrations import MigrationError, inspect

_aiosql: Any = aiosql  # its signatures are half unknown
_SQL = Path(__file__).with_suffix(".sql")


class BackupError(OperatorError):
    """The copy could not be made or taken back; the message says why and what to do."""


def backup(database: Path, target: Path) -> int:
    """Copies the database to `target`, whole or not at all; its size in bytes. The bot may be running."""
    if target.exists():
        raise BackupError(f"{target} exists; choose another name, or remove it first")
    if not database.exists():
        raise BackupError(f"there is no database at {database}; DROVER_DATABASE_URL says where it is")
    part = target.with_name(f"{target.name}.part")
    try:
        with closing(_open_for_reading(database)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"cannot copy {database} to {target}: {error}") from error
    return target.stat().st_size


def restore(source: Path, database: Path, migrations: Path, now: datetime) -> Path | None:
    """Puts `source` in the place of the database; where the old one was laid, or None if there was none.

    The caller holds the database (`lock.sole_user`).
    """
    if not source.exists():
        raise BackupError(f"there is no file {source}")
    part = database.with_name(f"{database.name}.restoring")
    part.unlink(missing_ok=True)
    try:
        inspect(source, migrations)
        with closing(_open_for_reading(source)) as copy, closing(sqlite3.connect(part)) as new:
            _check(copy, source)
            copy.backup(new)
            _mark_what_is_unsure(new, now)
        return _swap(part, database)
    except (sqlite3.Error, OSError, MigrationError) as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"cannot restore {source}: {error}") from error


def _open_for_reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _check(copy: sqlite3.Connection, source: Path) -> None:
    (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}")


def _mark_what_is_unsure(db: sqlite3.Connection, now: datetime) -> None:
    statements: Any = _aiosql.from_path(_SQL, "sqlite3")
    with db:
        statements.unsure_what_was_sent(db)
        statements.unsure_since(db)
        statements.take_all_ended(db)
        statements.unsure_what_was_posted(db, now=to_millis(now))
        statements.redraw_all_cards(db, now=to_millis(now))


def _swap(part: Path, database: Path) -> Path | None:
    """The old database keeps its contents under another name; its write-ahead log belongs to it alone."""
    kept = database.with_name(f"{database.name}.before-restore")
    existed = database.exists()
    if existed:
        with closing(sqlite3.connect(database)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.replace(kept)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    part.replace(database)
    return kept if existed else None
