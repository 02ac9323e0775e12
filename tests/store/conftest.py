"""A migrated database for each test, and the repositories on it."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.migrations import migrate
from bot.store.storage import SqliteStorage, Storage
from bot.store.storage import storage as storage_of
from tests.postgres import Postgres, opened
from tests.store.kit import MIGRATIONS, MediaInfo, Row, Store
from tests.store.machine import StoreMachine


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the whole schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    return path


@pytest.fixture
def database_file(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is not about a file of SQLite's runs on both databases."""
    if "backend" in metafunc.fixturenames:
        of_sqlite = "database_file" in metafunc.fixturenames or hasattr(metafunc.module, "OF_SQLITE")
        metafunc.parametrize("backend", ["sqlite"] if of_sqlite else ["sqlite", "postgres"])


@pytest.fixture
async def db(backend: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    async with opened(backend, request) as database:
        yield database


@pytest.fixture
def look(db: Database) -> MediaInfo:
    async def rows(table: str) -> list[Row]:
        found = await db.read(lambda reader: reader.execute(f"SELECT * FROM {table} ORDER BY id").fetchall())  # noqa: S608
        return [dict(row) for row in found]

    return rows


@pytest.fixture
def store(db: Database) -> Store:
    return Store(db)


@pytest.fixture
def storage(backend: str, request: pytest.FixtureRequest) -> Storage:
    """That of `db`, for commands beside the bot."""
    if backend == "sqlite":
        return SqliteStorage(request.getfixturevalue("database_file"))
    return storage_of(request.getfixturevalue("postgres").url)


@pytest.fixture
def template(migrated: Path) -> None:
    """For the state machines: Hypothesis makes them, so nothing can be given to them."""
    StoreMachine.template = migrated


@pytest.fixture
def on_postgres(postgres_server: Postgres) -> Iterator[None]:
    """The state machines work on PostgreSQL."""
    StoreMachine.postgres = postgres_server
    yield
    StoreMachine.postgres = None


@pytest.fixture
def machines_on(request: pytest.FixtureRequest) -> None:
    """The state machines work on the database that the test says."""
    request.getfixturevalue("on_postgres" if request.param == "postgres" else "template")
