"""One process per database. The lock is the kernel's: it goes when the process does, however that ends."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import OperatorError
from bot.store import private
from bot.store.faults import explained


class DatabaseInUse(OperatorError):
    """Another Drover works on this database; the message says what to do."""


@contextmanager
def sole_user(database: Path) -> Generator[None]:
    """Holds the database for this process. Raises `DatabaseInUse` at once when another one has it, `DatabaseFault`."""
    path = database.with_name(f"{database.name}.lock")
    with explained(database):
        private.make_file(path)
    with path.open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseInUse(
                f"another Drover is running on {database}. Stop it first, or set DROVER_DATABASE_URL to another file"
            ) from error
        yield
