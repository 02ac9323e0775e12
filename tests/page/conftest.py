"""The stand-in on a real socket, and a browser.

All of it, and the tests, run in one event loop, to which the browser belongs: starting one takes a second, and the
windows of two tests know nothing of each other.
"""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.page.kit import NoBrowser, browsing
from tests.sandbox_discord.kit import Bot, Rest, RunBot, point_at, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    try:
        async with browsing() as started:
            yield started
    except NoBrowser:
        pytest.skip("no Chromium is installed here: the page is not looked at in a browser")


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox(identify_seconds=0) as started:
        started.limits.enabled = False
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def community(sandbox: DiscordSandbox, session: aiohttp.ClientSession) -> Community:
    return Community(session, sandbox.url)


@pytest.fixture
def rest(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> Rest:
    return Rest(session, sandbox)


@pytest_asyncio.fixture(loop_scope="session")
async def bot() -> Bot:
    return Bot()


@pytest.fixture
def run_bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> RunBot:
    point_at(sandbox, monkeypatch)
    return lambda client: running(client, sandbox.token)
