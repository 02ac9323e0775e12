"""A consistent copy of the database while the bot runs, and the way back.

A restored copy is old: what it calls unsent may have been sent since, and what it calls unposted may have been
posted. `restore` marks those rows, so that the bot looks before it acts.
"""

import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosql

from bot.domain.clock import to_millis
from bot.domain.errors import OperatorError
from bot.store.migrations import MigrationError, inspect

_aiosql: Any = aiosql  # its signatures are half unknown
_SQL = Path(__file__).with_suffix(".sql")
RESTORED_AT = "restored_at"  # a fact: unix milliseconds; of older orders a channel may show more than the rows know


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
        part.unlink(missing_ok=True)
        with closing(_open_for_reading(database)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read where nobody may write
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BackupError(f"cannot copy {database} to {target}: {error}") from error
    return target.stat().st_size


def restore(source: Path, database: Path, migrations: Path, now: datetime) -> Path | None:
    """Puts `source` in the place of the database; where the old one was laid, or None if there was none.

    The caller holds the database (`lock.sole_user`). The old one may be damaged: that is what backups are for.
    """
    if not source.exists():
        raise BackupError(f"there is no file {source}")
    part = database.with_name(f"{database.name}.restoring")
    part.unlink(missing_ok=True)
    try:
        with closing(_open_for_reading(source)) as copy, closing(sqlite3.connect(part)) as new:
            _check(copy, source, migrations)
            copy.backup(new)
            _mark_what_is_unsure(new, now)
        return _swap(part, database)
    except (sqlite3.Error, OSError, MigrationError) as error:
        raise BackupError(f"cannot restore {source}: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _open_for_reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _check(copy: sqlite3.Connection, source: Path, migrations: Path) -> None:
    (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}")
    if not inspect(source, migrations).applied:
        raise BackupError(f"{source} is no copy of a database of Drover's")


def _mark_what_is_unsure(db: sqlite3.Connection, now: datetime) -> None:
    statements: Any = _aiosql.from_path(_SQL, "sqlite3")
    with db:
        statements.unsure_what_was_sent(db)
        statements.unsure_since(db)
        statements.take_all_ended(db)
        statements.unsure_what_was_posted(db, now=to_millis(now))
        statements.redraw_all_cards(db, now=to_millis(now))
        statements.remember_when(db, name=RESTORED_AT, now=to_millis(now))


def _swap(part: Path, database: Path) -> Path | None:
    """The old database keeps its contents under another name; its write-ahead log belongs to it alone."""
    kept = _free_name(database) if database.exists() else None
    if kept is not None:
        with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=0)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.replace(kept)
    for suffix in ("-wal", "-shm"):
        beside = database.with_name(database.name + suffix)
        if kept is not None and beside.exists():  # somebody else has it open, or it is damaged
            beside.replace(kept.with_name(kept.name + suffix))
        beside.unlink(missing_ok=True)
    part.replace(database)
    return kept


def _free_name(database: Path) -> Path:
    """Where the old database is laid: whoever restores the wrong copy first must not lose it to the second."""
    names = (f"{database.name}.before-restore{number}" for number in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(path for name in names if not (path := database.with_name(name)).exists())
