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


@pytest.fixture
async def stages(tmp_path: Path, conformance: Conformance) -> AsyncIterator[Stages]:
    async with Stages(tmp_path, conformance) as made:
        yield made
