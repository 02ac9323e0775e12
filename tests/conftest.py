"""What holds for all tests."""

import gc
import os
import secrets
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres import Postgres

# The same cases each time, however slow the machine; `make soak` draws others (--hypothesis-profile=others).
settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("others", deadline=None, max_examples=200, print_blob=True)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run all tests of the services on PostgreSQL, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `waits` start first, while others have work for the cores.

    `--dist worksteal` gives each worker an equal part of the tests, in their order; each part begins with some of them.
    """
    waiting = [item for item in items if item.get_closest_marker("waits")]
    others = [item for item in items if not item.get_closest_marker("waits")]
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    parts = [others[len(others) * n // workers : len(others) * (n + 1) // workers] for n in range(workers)]
    items[:] = [item for n, part in enumerate(parts) for item in (*waiting[n::workers], *part)]


def pytest_collection_finish() -> None:
    """Ten thousand collected tests are a large heap in which nothing becomes garbage: it is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A database with the whole schema on a server of our own, or on that of DROVER_TEST_POSTGRES."""
    with Postgres.running(os.environ.get("DROVER_TEST_POSTGRES"), f"drover_{secrets.token_hex(4)}") as postgres:
        yield postgres


@pytest.fixture
def postgres(postgres_server: Postgres) -> Postgres:
    """Without rows."""
    postgres_server.empty()
    return postgres_server
