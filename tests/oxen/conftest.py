from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.oxen.stage import FakeStage, Stage, sandbox_stage


@pytest.fixture(params=["fake", "sandbox"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The same promises, kept by the fake and by the client on a real socket."""
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            yield FakeStage()
        else:
            yield await stack.enter_async_context(sandbox_stage())
