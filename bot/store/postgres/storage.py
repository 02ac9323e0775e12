"""One database of a PostgreSQL, for whoever starts, checks or looks after it."""

from collections.abc import Generator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

import psycopg

from bot.domain.clock import Clock, SystemClock
from bot.domain.roles import RunningProcess
from bot.store.database import Database
from bot.store.faults import DatabaseFault
from bot.store.migrations import SchemaState
from bot.store.postgres import schema
from bot.store.postgres.connections import Session, connect
from bot.store.postgres.database import PostgresDatabase
from bot.store.postgres.faults import explained, fault, is_fault, shown
from bot.store.postgres.membership import role_of
from bot.store.statements import Connection, Statements

_SQL = Statements("postgres")
_CLOCK = SystemClock()


class PostgresStorage:
    """See `bot.store.storage.Storage`."""

    file = None

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return shown(self.url)

    def user(self) -> AbstractContextManager[object]:
        return nullcontext()  # several may be

    def sole_user(self) -> AbstractContextManager[object]:
        return schema.sole_user(self.url)

    def migrate(self, folder: Path, clock: Clock = _CLOCK) -> tuple[str, ...]:
        return schema.migrate(self.url, folder, clock)

    def inspect(self, folder: Path) -> SchemaState:
        return schema.inspect(self.url, folder)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        with explained(self.url), closing(connect(self.url)) as db:
            db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield Session(db)

    @contextmanager
    def changing(self) -> Generator[Connection]:
        with explained(self.url), closing(connect(self.url)) as db, db.transaction():
            yield Session(db)

    def open(self) -> AbstractAsyncContextManager[Database]:
        return PostgresDatabase(self.url)

    def processes(self) -> Sequence[RunningProcess]:
        with self.reading() as db:
            return [
                RunningProcess(
                    id=row["id"],
                    role=role_of(row),
                    host=row["host"],
                    version=row["version"],
                    connected=bool(row["connected"]),
                )
                for row in _SQL.all(db, "processes")
            ]

    def fault(self, error: BaseException) -> DatabaseFault | None:
        return fault(self.url, error) if isinstance(error, psycopg.Error) and is_fault(error) else None
