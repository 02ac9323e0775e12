"""A PostgreSQL for tests: one server for each process of pytest, one database, emptied for each test."""

from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from bot.store.database import Database, SqliteDatabase
from sandbox.postgres import NoServer, PostgresServer, server

if TYPE_CHECKING:
    import psycopg

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@dataclass
class Postgres:
    """`url` is that of a migrated database. `process` is the server, if it is our own."""

    url: str
    process: PostgresServer | None

    @classmethod
    @contextmanager
    def running(cls, given: str | None, name: str) -> Generator[Self]:
        """On the server `given`, or on one that is started. `name` is that of the database, which goes at the end."""
        pytest.importorskip("psycopg", reason="install requirements/dev.txt")
        from bot.domain.clock import SystemClock
        from bot.store.postgres.connections import connect
        from bot.store.postgres.schema import migrate

        with ExitStack() as stack:
            process = None
            if given is None:
                try:
                    process = stack.enter_context(server("max_connections=60", "shared_buffers=32MB"))
                except NoServer as error:
                    pytest.skip(str(error))
                given = process.url()
            with closing(connect(given)) as db:
                db.execute(f"CREATE DATABASE {name}".encode())
            url = named(given, name)
            try:
                migrate(url, MIGRATIONS, SystemClock())
                yield cls(url, process)
            finally:
                with closing(connect(given)) as db:
                    db.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def connect(self) -> "psycopg.Connection[Any]":
        from bot.store.postgres.connections import connect

        return connect(self.url)

    def database(self, **given: Any) -> Any:
        """To be opened."""
        from bot.store.postgres.database import Patience, PostgresDatabase

        return PostgresDatabase(self.url, **{"patience": Patience(gather=0), **given})

    def empty(self) -> None:
        """Deletes all rows but those that say what was applied; whoever was connected is cut off."""
        with closing(self.connect()) as db:
            db.execute(CUT_OFF)
            tables = db.execute(TABLES).fetchall()
            db.execute("BEGIN")
            db.execute("SET LOCAL session_replication_role = replica")  # in any order, whatever refers to what
            db.execute("; ".join(f"DELETE FROM {row[0]}" for row in tables).encode())  # noqa: S608 - ours
            db.execute("COMMIT")


CUT_OFF = (
    b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    b"WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
TABLES = b"SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'schema_migrations'"


def named(url: str, database: str) -> str:
    """The URL of another database of that server."""
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}" + (f"?{query}" if query else "")


def opened(backend: str, request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Database]:
    """`sqlite` is on the fixture `database_file`, `postgres` on that of its name."""
    if backend == "sqlite":
        return SqliteDatabase(request.getfixturevalue("database_file"))
    return request.getfixturevalue("postgres").database()
