"""The stand-in on a real socket, its control client, and the unmodified discord.py logged into it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import yarl

from sandbox.discord.client import Community
from sandbox.discord.conformance import Conformance
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, Socket, point_at, running

SCHEMA = Path(__file__).parent.parent / "data" / "discord" / "openapi.min.json"


@pytest.fixture(scope="session")
def schema() -> Conformance:
    return Conformance(SCHEMA)


@pytest.fixture
def conformance(schema: Conformance) -> Iterator[Conformance]:
    """Every exchange and dispatch of a test is checked; what broke the public schema fails the test at its end."""
    schema.violations.clear()
    yield schema
    assert not schema.violations, schema.report()


@pytest.fixture
async def sandbox(conformance: Conformance) -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox(
        exchange_hook=conformance.exchange, dispatch_hook=conformance.dispatch, identify_seconds=0
    ) as running:
        yield running


@pytest.fixture
async def session(sandbox: DiscordSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def community(sandbox: DiscordSandbox, session: aiohttp.ClientSession) -> Community:
    return Community(session, sandbox.url)


@pytest.fixture
def rest(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> Rest:
    return Rest(session, sandbox)


@pytest.fixture
def gateway(session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> Callable[..., Awaitable[Socket]]:
    """Open a raw connection; HELLO is still to be received."""

    async def connect(**query: str) -> Socket:
        url = yarl.URL(sandbox.url.replace("http", "ws", 1) + "/").with_query(v="10", encoding="json", **query)
        return Socket(await session.ws_connect(url, max_msg_size=0), query.get("compress"))

    return connect


@pytest.fixture
async def bot() -> Bot:
    return Bot()


@pytest.fixture
def run_bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> RunBot:
    """Log a discord.py client in, pointed at the stand-in; it is closed after the block."""
    point_at(sandbox, monkeypatch)
    return lambda bot: running(bot, sandbox.token)
