"""One running bot between both stand-ins for each module: its tests only talk to it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from sandbox.discord.conformance import Conformance
from tests.e2e.kit import SCHEMA, Harness, Stages


@pytest.fixture(scope="session")
def schema() -> Conformance:
    return Conformance(SCHEMA)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory, schema: Conformance) -> AsyncIterator[Harness]:
    async with Stages(tmp_path_factory.mktemp("cogs"), schema) as made:
        yield await made()


@pytest.fixture(autouse=True)
def healthy(harness: Harness, schema: Conformance) -> Iterator[None]:
    """Discord's public schema holds for all that was sent and answered, and nothing was logged as an error."""
    mark = harness.log.begin()
    schema.violations.clear()
    yield
    assert not schema.violations, schema.report()
    assert not harness.log.troubles(mark)
