"""A shell in an empty folder, and the stand-in for Oxen; nothing here needs Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.oxen.render.renderer import MediaRenderer
from tests.terminal.kit import FakeRenderer, Provider, Shell, provider


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def dialect() -> str:
    """`every_dialect` stands above it."""
    return "browse"


@pytest.fixture
async def renderer() -> FakeRenderer:
    return FakeRenderer()


@pytest.fixture
async def oxen(dialect: str, renderer: FakeRenderer) -> AsyncIterator[Provider]:
    """Renders nothing, and so is quick."""
    async with provider(dialect, renderer) as running:
        yield running


@pytest.fixture
async def studio(dialect: str) -> AsyncIterator[Provider]:
    """Makes real media, of few details."""
    async with provider(dialect, MediaRenderer(sketch=True)) as running:
        yield running
