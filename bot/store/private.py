"""Files that are nobody's but Drover's: readable by the user that runs it and by no other, whatever the umask.

One process holds a database. That lock is the kernel's: it goes when the process does, however that ends.
"""

import errno
import fcntl
import logging
import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import OperatorError
from bot.store.faults import explained

log = logging.getLogger(__name__)

PROBE = ".drover-writes-here"
_PROBED = 64 * 1024  # bytes
_FILE, _FOLDER = 0o600, 0o700
OF_THE_DISK = frozenset(  # errors of ours, and of no network
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOENT}
)


class DatabaseInUse(OperatorError):
    """Another Drover works on this database; the message says what to do."""


@contextmanager
def sole_user(database: Path) -> Generator[None]:
    """Holds the database for this process. Raises `DatabaseInUse` at once when another one has it, `DatabaseFault`."""
    path = database.with_name(f"{database.name}.lock")
    with explained(database):
        make_file(path)
    with path.open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseInUse(
                f"another Drover is running on {database}. Stop it first, or set DROVER_DATABASE_URL to another file"
            ) from error
        yield


def make_file(path: Path) -> None:
    """There is a file, and it is private: a new one, or an old one of this user's. Raises `OSError`.

    SQLite gives its log and its index the rights of the database. Never for a file that this process has open with
    SQLite: closing another descriptor of it would drop SQLite's locks.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE))
    tighten(path)


def make_folder(folder: Path) -> None:
    """There is a folder; what of the way to it was missing is private. Raises `OSError`."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=_FOLDER, exist_ok=True)
    if not folder.is_dir():
        folder.mkdir()  # raises what is in its way


def try_folder(folder: Path) -> None:
    """There is a folder, and files can be kept in it: one of some size is, for a moment. Raises `OSError`."""
    make_folder(folder)
    probe = folder / PROBE
    try:
        with probe.open("wb") as file:
            file.write(bytes(_PROBED))
    finally:
        probe.unlink(missing_ok=True)


def unwritable(folder: Path, error: OSError) -> str:
    """Why no file can be kept in the folder, and what to do, in words."""
    said = os.strerror(error.errno) if error.errno else type(error).__name__
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"cannot write in {folder}: the disk is full; make room on it"
    if error.errno == errno.EIO:
        return f"cannot write in {folder}: the disk fails ({said}); look at it, and at the system's log"
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return f"cannot write in {folder}: a file is in the way ({said}); remove it, or choose another place"
    return f"cannot write in {folder} ({said}); give the user that runs Drover the right to, or choose another place"


def tighten(path: Path) -> None:
    """Takes other users' rights from a file of this user's, if there is one; where that is not allowed it stays."""
    _tighten(path, stat.S_ISREG, _FILE)


def tighten_folder(folder: Path, ours: Callable[[str], bool]) -> None:
    """The same for a folder in which there is nothing but what `ours` knows by its name: a shared one stays shared."""
    try:
        alone = all(ours(each.name) for each in folder.iterdir())
    except OSError:
        return
    if alone:
        _tighten(folder, stat.S_ISDIR, _FOLDER)


def _tighten(path: Path, is_right: Callable[[int], bool], rights: int) -> None:
    try:
        found = path.lstat()
        shared = found.st_mode & stat.S_ISVTX
        if is_right(found.st_mode) and not shared and found.st_uid == os.geteuid() and found.st_mode & 0o077:
            path.chmod(stat.S_IMODE(found.st_mode) & rights)
    except FileNotFoundError:
        pass
    except OSError as error:  # a disk without rights, or one that is only to be read
        log.warning("file stays open to others", extra={"file": str(path), "errno": error.errno})
