"""A shell in an empty folder, and both stand-ins for the commands that talk to them."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Shell
from tests.e2e.kit import FakeRenderer


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
async def platform() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox(identify_seconds=0) as running:
        yield running


@pytest.fixture
def renderer() -> FakeRenderer:
    return FakeRenderer()


@pytest.fixture
async def provider(renderer: FakeRenderer) -> AsyncIterator[OxenSandbox]:
    async with OxenSandbox(speed=400, renderer=renderer) as running:
        yield running


@pytest.fixture
async def community(platform: DiscordSandbox) -> AsyncIterator[Community]:
    async with aiohttp.ClientSession() as session:
        yield Community(session, platform.url)


@pytest.fixture
def env(platform: DiscordSandbox, provider: OxenSandbox) -> dict[str, object]:
    """All that `drover run` needs, with both stand-ins for the real hosts."""
    return {
        "DISCORD_TOKEN": platform.token,
        "DISCORD_API_URL": platform.url,
        "OXEN_API_KEY": "sandbox",
        "OXEN_API_URL": provider.url,
        "DROVER_WITHOUT_NAMESPACE": "own",
        "DROVER_NAMESPACES": "*",
        "DROVER_POLL_SECONDS_WITH_EVENTS": 0.05,
    }


@pytest.fixture
def port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
