"""What is wrong with a database file, by its cause and in words: each says what to do, and none needs a traceback."""

import errno
import os
import sqlite3
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bot.domain.errors import OperatorError

_MAGIC = b"SQLite format 3\0"
_HEADER = 100  # bytes
_CHECKED = 1024**3  # bytes, a second's work; in a larger one what is damaged shows when it is read
_OF_YOYO = ("_yoyo", "yoyo", "migration_digests")  # tables of what counted migrations before we did

RESTORE = "Put a backup in its place with `drover restore COPY`; what is there now is kept beside it"
_RESTORE_IT = RESTORE[0].lower() + RESTORE[1:]  # within a sentence
_CHOOSE = "set DROVER_DATABASE_URL to another file"
_ALLOW = "Give the user that runs Drover the right to write there, or set DROVER_DATABASE_URL to another place"


class DatabaseFault(OperatorError):
    """The database cannot be used; `problem` says why, `suggestion` what to do about it."""

    def __init__(self, problem: str, suggestion: str) -> None:
        super().__init__(f"{problem}. {suggestion}")
        self.problem = problem
        self.suggestion = suggestion


def marker(database: Path) -> Path:
    """A file beside the database that says: it has been made, so from now on none, or an empty one, is a loss.

    In it is the digest of the schema that was found to be whole.
    """
    return database.with_name(f"{database.name}.made")


def examine(database: Path) -> bool:
    """Whether there is a database; one that is to be made yet is none. Raises `DatabaseFault`.

    For the beginning, and for commands beside the bot: it reads the whole file, unless that is larger than a gigabyte.
    """
    size = _size(database)
    if not size:
        log = database.with_name(f"{database.name}-wal")
        if marker(database).exists() or (log.exists() and log.stat().st_size > 0):
            what = "is gone" if size is None else "was emptied: it has 0 bytes"
            begin = f"To begin with an empty one, remove {marker(database).name} and {log.name} beside it"
            raise DatabaseFault(f"the database {database} {what}, though there has been one", f"{RESTORE}. {begin}")
        return False
    _check_file(database, size)
    try:
        with closing(open_to_read(database)) as db:
            _check_rows(database, db, size)
    except sqlite3.Error as error:
        raise fault(database, error) from error
    return True


def open_to_read(database: Path) -> sqlite3.Connection:
    """A connection that changes nothing. Raises `sqlite3.Error`."""
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)


def lock_for_a_moment(database: Path) -> None:
    """Takes the right to write and gives it back, with nothing written. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")


@contextmanager
def explained(database: Path) -> Generator[None]:
    """Raises `DatabaseFault` for SQLite's and the system's errors inside."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise fault(database, error) from error


def is_fault(error: BaseException) -> bool:
    """Whether it is about the file or the disk, and about no statement of ours."""
    return _kind(error) is not None


def _kind(error: BaseException) -> str | None:
    name = str(getattr(error, "sqlite_errorname", ""))
    return next((each for each in _BY_KIND if name == each or name.startswith(f"{each}_")), None)


def fault(database: Path, error: sqlite3.Error | OSError) -> DatabaseFault:
    """The error by its cause."""
    if isinstance(error, OSError):
        return _of_the_system(database, error)
    kind = _kind(error)
    if kind == "SQLITE_IOERR":
        with suppress(OSError):
            kind = "SQLITE_FULL" if os.statvfs(database.parent).f_bavail == 0 else kind
    if kind is None:
        return DatabaseFault(f"the database {database} cannot be used ({error})", f"{RESTORE}, or {_CHOOSE}")
    problem, suggestion = _BY_KIND[kind]
    return DatabaseFault(f"{problem.format(database=database)} ({error})", suggestion)


_DAMAGED = ("the database {database} is damaged", RESTORE)
_BY_KIND = {
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": ("{database} is damaged, or is no database of Drover's", f"{RESTORE}, or {_CHOOSE}"),
    "SQLITE_FULL": ("cannot write the database {database}: the disk is full", "Make room on it"),
    "SQLITE_BUSY": (
        "the database {database} is locked by another program",
        "Close what has it open (a shell of sqlite3, a tool for copies)",
    ),
    "SQLITE_LOCKED": ("the database {database} is locked", "Close what has it open"),
    "SQLITE_READONLY": ("cannot write the database {database}: it may only be read", _ALLOW),
    "SQLITE_PERM": ("cannot write the database {database}", _ALLOW),
    "SQLITE_CANTOPEN": ("cannot read or write the database {database}", _ALLOW),
    "SQLITE_IOERR": (
        "the disk fails with the database {database}",
        f"Look at the disk, and at the system's log. If the file is lost: {_RESTORE_IT}",
    ),
}


def _of_the_system(database: Path, error: OSError) -> DatabaseFault:
    said = os.strerror(error.errno) if error.errno else type(error).__name__
    beside = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else database
    if error.errno == errno.EISDIR and beside.name != database.name:
        return DatabaseFault(f"cannot write {beside}, which belongs to the database: it is a folder", "Remove it")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DatabaseFault(f"cannot write the database {database}: the disk is full", "Make room on it")
    if error.errno == errno.EIO:
        return DatabaseFault(f"the disk fails with the database {database} ({said})", "Look at the disk")
    return DatabaseFault(f"cannot write the database {database} ({said})", _ALLOW)


def _size(database: Path) -> int | None:
    """In bytes; None where there is nothing."""
    try:
        found = database.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise fault(database, error) from error
    if not stat.S_ISREG(found.st_mode):
        what = "is a folder" if stat.S_ISDIR(found.st_mode) else "is no file"
        raise DatabaseFault(f"cannot write the database {database}: that {what}", f"To go on, {_CHOOSE}")
    return found.st_size


def _check_file(database: Path, size: int) -> None:
    try:
        with database.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as error:
        said = os.strerror(error.errno or 0)
        raise DatabaseFault(f"cannot read the database {database} ({said})", _ALLOW) from error
    if not header.startswith(_MAGIC):
        problem, suggestion = _BY_KIND["SQLITE_NOTADB"]
        raise DatabaseFault(f"{problem.format(database=database)}: it does not begin as one", suggestion)
    log, index = (database.with_name(f"{database.name}{suffix}") for suffix in ("-wal", "-shm"))
    if not log.exists() and index.exists():  # SQLite removes the index first
        raise DatabaseFault(
            f"{log} is missing: it had the last changes of the database {database}",
            f"Lay it beside the database again. If it is lost: {_RESTORE_IT}, or remove {index.name} to go on without "
            "them",
        )
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    valid = header[24:28] == header[92:96]  # an old SQLite wrote last, and did not count
    if not log.exists() and valid and size < pages * (65536 if page == 1 else page):
        raise DatabaseFault(f"the database {database} is damaged: a part of its end is missing", RESTORE)


def _check_rows(database: Path, db: sqlite3.Connection, size: int) -> None:
    tables = [str(row[0]) for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if not tables and marker(database).exists():
        raise DatabaseFault(f"the database {database} was emptied: it has no tables, and has had some", RESTORE)
    # Other programs have a table of that name, too, but no digests in it.
    counted = any(column[1] == "digest" for column in db.execute("PRAGMA table_info(schema_migrations)"))
    if tables and not counted and not any(name.startswith(_OF_YOYO) for name in tables):
        raise DatabaseFault(f"{database} is a database of another program's", f"To go on, {_CHOOSE}")
    verdict = "ok" if size > _CHECKED else str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        detail = " ".join(verdict.split())
        raise DatabaseFault(f"the database {database} is damaged ({detail})", RESTORE)
