import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.oxen.client import Timeouts
from bot.store.database import SqliteDatabase
from bot.store.migrations import migrate
from tests.fakes.clock import ManualClock
from tests.fakes.discretion import assert_discreet
from tests.hostile.harness import Harness, staged

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture(autouse=True)
def nothing_leaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever the provider does, neither a prompt nor a key comes into the log; nor does anybody's traceback."""
    caplog.set_level(logging.DEBUG, logger="bot")
    yield
    assert_discreet(caplog.records)
    assert not [record for record in caplog.records if record.exc_info]
    assert all(len(record.getMessage()) + len(str(record.__dict__)) < 5000 for record in caplog.records)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    return path


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def timeouts() -> Timeouts:
    """The client's own; a test of something slow says otherwise by parametrizing it."""
    return Timeouts()


@pytest.fixture
async def harness(migrated: Path, tmp_path: Path, clock: ManualClock, timeouts: Timeouts) -> AsyncIterator[Harness]:
    async with (
        SqliteDatabase(Path(shutil.copy(migrated, tmp_path))) as db,
        staged(db, clock, tmp_path / "on-the-way", timeouts) as ready,
    ):
        yield ready
