"""A consistent copy of the database while the bot runs, and the way back.

A restored copy is old: what it calls unsent may have been sent since, and what it calls unposted may have been
posted. `restore` marks those rows, so that the bot looks before it acts. A copy of an older version is brought forward.
"""

import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from bot.domain.clock import to_millis
from bot.domain.errors import OperatorError
from bot.store import private
from bot.store.faults import DatabaseFault, examine, fault, marker, open_to_read
from bot.store.installation import RESTORED_AT
from bot.store.migrations import MigrationError, SqliteSchema, bring_forward, inspect
from bot.store.statements import Connection, Statements

_SQL = Statements("backup")


class BackupError(OperatorError):
    """The copy could not be made or taken back; the message says why and what to do."""


def backup(database: Path, target: Path) -> int:
    """Copies the database to `target`, whole or not at all; its size in bytes. The bot may be running.

    The copy is private. Raises `BackupError`, or `DatabaseFault` when the database is damaged.
    """
    if target.exists():
        raise BackupError(f"{target} exists; choose another name, or remove it first")
    if not examine(database):
        raise BackupError(f"there is no database at {database}; DROVER_DATABASE_URL says where it is")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        private.make_file(part)
        with closing(open_to_read(database)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read where nobody may write
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BackupError(f"cannot copy {database} to {target}: {fault(part, error)}") from error
    return target.stat().st_size


def restore(source: Path, database: Path, migrations: Path, now: datetime) -> Path | None:
    """Puts `source` in the place of the database; where the old one was laid, or None if there was none.

    The caller holds the database (`lock.sole_user`). The old one may be damaged: that is what backups are for.
    """
    if not source.exists():
        raise BackupError(f"there is no file {source}")
    if database.is_dir():
        raise BackupError(f"{database} is a folder; set DROVER_DATABASE_URL to a file")
    part = database.with_name(f"{database.name}.restoring")
    try:
        part.unlink(missing_ok=True)
        _check(source, migrations)
        private.make_file(part)
        with closing(open_to_read(source)) as copy, closing(sqlite3.connect(part, isolation_level=None)) as new:
            copy.backup(new)
            bring_forward(new, migrations, now)  # the statements below are for the schema of this version
            with SqliteSchema(new).transaction():
                mark_what_is_unsure(new, now)
        kept = _swap(part, database)
        private.make_file(marker(database))
    except DatabaseFault as error:
        raise BackupError(f"cannot restore {source}: {error.problem}") from error
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"cannot restore {source}: {fault(database, error)}") from error
    except MigrationError as error:
        raise BackupError(f"cannot restore {source}: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return kept


def _check(source: Path, migrations: Path) -> None:
    if not examine(source):
        raise BackupError(f"cannot restore {source}: it is empty")
    with closing(open_to_read(source)) as copy:
        (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}")
    if not inspect(source, migrations).applied:
        raise BackupError(f"{source} is no copy of a database of Drover's")


def mark_what_is_unsure(db: Connection, now: datetime) -> None:
    """After a restore: what the copy calls unsent or unposted is looked up before anything is done about it."""
    at = to_millis(now)
    _SQL.run(db, "unsure_what_was_sent")
    _SQL.run(db, "unsure_since")
    _SQL.run(db, "take_all_ended")
    _SQL.run(db, "unsure_what_was_posted", now=at)
    _SQL.run(db, "redraw_all_cards", now=at)
    _SQL.run(db, "remember_when", name=RESTORED_AT, now=at)


def _swap(part: Path, database: Path) -> Path | None:
    """The old database keeps its contents under another name; its write-ahead log belongs to it alone."""
    kept = None
    if database.exists():
        # Whoever restores the wrong copy first must not lose the old database to the second.
        names = (f"{database.name}.before-restore{number}" for number in ("", *(f"-{n}" for n in range(2, 10_000))))
        kept = next(path for name in names if not (path := database.with_name(name)).exists())
        with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=0)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.replace(kept)
        private.tighten(kept)
    for suffix in ("-wal", "-shm"):
        beside = database.with_name(database.name + suffix)
        if kept is not None and beside.exists():  # somebody else has it open, or it is damaged
            beside.replace(kept.with_name(kept.name + suffix))
            private.tighten(kept.with_name(kept.name + suffix))
        beside.unlink(missing_ok=True)
    part.replace(database)
    return kept
