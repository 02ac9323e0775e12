from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.oxen.harness import FakeStage, Harness, sandbox_stage


async def staged(which: str, dialect: str) -> AsyncIterator[Harness]:
    async with AsyncExitStack() as stack:
        yield FakeStage(dialect) if which == "fake" else await stack.enter_async_context(sandbox_stage(dialect))


@pytest.fixture(params=["fake persistent", "fake browse", "sandbox persistent", "sandbox browse"])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The same promises, kept by the fake and by the client on a real socket."""
    async for each in staged(*request.param.split()):
        yield each


@pytest.fixture(params=["fake", "sandbox"])
async def ephemeral(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The dialect that forgets what is over."""
    async for each in staged(request.param, "ephemeral"):
        yield each
