"""A migrated database for each test, and the repositories on it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.migrations import migrate
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


@pytest.fixture
async def db(database_file: Path) -> AsyncIterator[Database]:
    async with Database(database_file) as database:
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
def template(migrated: Path) -> None:
    """For the state machines: Hypothesis makes them, so nothing can be given to them."""
    StoreMachine.template = migrated
