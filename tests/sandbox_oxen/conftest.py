"""A stand-in on a real socket for each test, and a client that holds its key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from sandbox.oxen.clock import ManualClock
from sandbox.oxen.server import OxenSandbox
from tests.sandbox_oxen.described import Description
from tests.sandbox_oxen.files import Cdn, serving
from tests.sandbox_oxen.support import Blank, Client, Conforms, Start


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a stand-in with the given options and returns a client of it; blank media unless told otherwise."""
    async with AsyncExitStack() as stack:

        async def started(**options: Any) -> Client:
            settings = {"speed": 1e6, "renderer": Blank(), **options}
            sandbox = await stack.enter_async_context(OxenSandbox(**settings))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            # aiohttp repeats a GET by itself when its connection drops, and a fault would be used up unseen.
            session._retry_connection = False
            return Client(sandbox, session)

        yield started


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    """Where inputs come from: a server on this machine."""
    async with serving() as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def conforms() -> Conforms:
    """Fails unless a body is valid against the named schema of the provider's own OpenAPI file."""
    return Description().conforms
