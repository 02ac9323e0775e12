import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.domain.provider import Provider
from bot.store.database import Database
from bot.store.migrations import migrate
from tests.fakes.clock import ManualClock
from tests.fakes.discretion import assert_discreet
from tests.fakes.messenger import FakeMessenger
from tests.fakes.oxen import Dialect, FakeOxen
from tests.postgres import opened
from tests.services.kit import Services

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture(autouse=True)
def discreet_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test in here may write a prompt or a key into a log."""
    caplog.set_level(logging.DEBUG, logger="bot")
    yield
    assert_discreet(caplog.records)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the whole schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    return path


ON_BOTH = {"test_ordering", "test_submitter", "test_delivery", "test_canceller", "test_wallet", "test_privacy"} | {
    "test_stars",
    "test_takeback",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where transactions decide, both databases do; `--postgres` runs the rest on PostgreSQL too."""
    if "backend" in metafunc.fixturenames:
        both = metafunc.config.getoption("postgres") or metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
        metafunc.parametrize("backend", ["sqlite", "postgres"] if both else ["sqlite"])


@pytest.fixture
def database_file(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path))


@pytest.fixture
async def db(backend: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    async with opened(backend, request) as database:
        yield database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def dialect() -> Dialect:
    """What the provider speaks; a test says otherwise by parametrizing it."""
    return Dialect.PERSISTENT


@pytest.fixture
def oxen(clock: ManualClock, dialect: Dialect) -> FakeOxen:
    return FakeOxen(clock, dialect)


@pytest.fixture
def messenger(clock: ManualClock) -> FakeMessenger:
    return FakeMessenger(clock)


@pytest.fixture
def known() -> dict[str, Provider]:
    """Keys that servers may enter, with who answers by them; a test says otherwise by a fixture of that name."""
    return {}


@pytest.fixture
def services(
    db: Database,
    clock: ManualClock,
    oxen: FakeOxen,
    messenger: FakeMessenger,
    known: dict[str, Provider],
    tmp_path: Path,
) -> Services:
    return Services(db, clock, oxen, messenger, tmp_path / "on-the-way", known)
