"""Where the state lives, for whoever starts or looks after it: a file of SQLite, or a database of PostgreSQL."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.clock import Clock, SystemClock
from bot.domain.roles import RunningProcess
from bot.store import migrations, private
from bot.store.database import Database, SqliteDatabase
from bot.store.faults import DatabaseFault, explained, fault, is_fault, open_to_read
from bot.store.migrations import SchemaState
from bot.store.statements import Connection

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")
_CLOCK = SystemClock()


class Storage(Protocol):
    """`str()` of it names it without a password. Each method raises `OperatorError` where it cannot be used."""

    @property
    def file(self) -> Path | None:
        """The file, where it is one."""
        ...

    def user(self) -> AbstractContextManager[object]:
        """For the bot: where the database takes one process, holds it for this one. Raises `DatabaseInUse`."""
        ...

    def sole_user(self) -> AbstractContextManager[object]:
        """Holds it for this process alone. Raises `DatabaseInUse` at once when another one has it."""
        ...

    def migrate(self, folder: Path, clock: Clock = _CLOCK) -> tuple[str, ...]:
        """Brings the schema forward; the names of what was applied. The caller holds it."""
        ...

    def inspect(self, folder: Path) -> SchemaState:
        """What is applied and what is pending, without changing anything."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that changes nothing, besides the bot."""
        ...

    def changing(self) -> AbstractContextManager[Connection]:
        """One transaction, all or nothing of it. The bot must not run."""
        ...

    def open(self) -> AbstractAsyncContextManager[Database]:
        """For the bot. Migrated, and this process is its `user`."""
        ...

    def processes(self) -> Sequence[RunningProcess]:
        """Those that share it; none where one alone may run. Migrated."""
        ...

    def fault(self, error: BaseException) -> DatabaseFault | None:
        """What is wrong with the database, if the error is about that, and about no statement of ours."""
        ...


def is_url(url: str) -> bool:
    """Whether it is `sqlite:///PATH` or `postgresql://…`."""
    return url.startswith(_POSTGRES) or (url.startswith(_SQLITE) and len(url) > len(_SQLITE))


def storage(url: str) -> Storage:
    """What such a URL names. Opens nothing."""
    if url.startswith(_POSTGRES):
        from bot.store.postgres.storage import PostgresStorage

        return PostgresStorage(url)
    return SqliteStorage(Path(url.removeprefix(_SQLITE)))


@dataclass(frozen=True)
class SqliteStorage:
    """A file; three slashes are relative, four absolute."""

    file: Path

    def __str__(self) -> str:
        return str(self.file)

    def user(self) -> AbstractContextManager[object]:
        return self.sole_user()

    def sole_user(self) -> AbstractContextManager[object]:
        return private.sole_user(self.file)

    def migrate(self, folder: Path, clock: Clock = _CLOCK) -> tuple[str, ...]:
        return migrations.migrate(self.file, folder, clock)

    def inspect(self, folder: Path) -> SchemaState:
        return migrations.inspect(self.file, folder)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        with explained(self.file), closing(open_to_read(self.file)) as db:
            db.row_factory = sqlite3.Row
            yield db

    @contextmanager
    def changing(self) -> Generator[Connection]:
        with explained(self.file), closing(sqlite3.connect(self.file)) as db, db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA secure_delete = ON")
            yield db

    def open(self) -> AbstractAsyncContextManager[Database]:
        return SqliteDatabase(self.file)

    def processes(self) -> Sequence[RunningProcess]:
        return ()

    def fault(self, error: BaseException) -> DatabaseFault | None:
        return fault(self.file, error) if isinstance(error, sqlite3.Error) and is_fault(error) else None
