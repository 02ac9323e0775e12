"""The stand-in on a real socket, and a browser."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.page.kit import browsing
from tests.sandbox_discord.kit import Bot, Rest, RunBot, point_at, running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as started:
        yield started


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox(identify_seconds=0) as started:
        started.limits.enabled = False
        yield started


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def community(sandbox: DiscordSandbox, session: aiohttp.ClientSession) -> Community:
    return Community(session, sandbox.url)


@pytest.fixture
def rest(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> Rest:
    return Rest(session, sandbox)


@pytest.fixture
async def bot() -> Bot:
    return Bot()


@pytest.fixture
def run_bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> RunBot:
    point_at(sandbox, monkeypatch)
    return lambda client: running(client, sandbox.token)
