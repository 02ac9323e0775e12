"""Stages for tests that stop, break or restart the bot: one of their own for each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.discord.conformance import Conformance
from tests.e2e.kit import SCHEMA, Stages


@pytest.fixture(scope="session")
def schema() -> Conformance:
    return Conformance(SCHEMA)


@pytest.fixture
def conformance(schema: Conformance) -> Iterator[Conformance]:
    """Every exchange and dispatch of a test is checked; what broke Discord's public schema fails it at its end."""
    schema.violations.clear()
    yield schema
    assert not schema.violations, schema.report()


ON_BOTH = {"test_restart", "test_results"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The way of an order, and what a restart goes on with, on both databases."""
    if "backend" in metafunc.fixturenames:
        both = metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
        metafunc.parametrize("backend", ["sqlite", "postgres"] if both else ["sqlite"])


@pytest.fixture
async def stages(
    tmp_path: Path, conformance: Conformance, backend: str, request: pytest.FixtureRequest
) -> AsyncIterator[Stages]:
    options = {}
    if backend == "postgres":
        options["DROVER_DATABASE_URL"] = request.getfixturevalue("postgres").url
    async with Stages(tmp_path, conformance, **options) as made:
        yield made
