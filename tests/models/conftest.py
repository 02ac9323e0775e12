"""A stand-in that renders, a client of it, and a server with real files, for each test; the files are made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.oxen.client import OxenClient
from sandbox.oxen.render.renderer import MediaRenderer
from sandbox.oxen.server import OxenSandbox
from tests.models.kit import Harness
from tests.sandbox_oxen.files import serving

KEY = "the-herd"


@pytest.fixture
async def harness(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harness]:
    dialect = getattr(request, "param", "browse")
    async with (
        serving() as cdn,
        OxenSandbox(
            speed=1e6, dialect=dialect, renderer=MediaRenderer(workers=2, sketch=True), keys={KEY: None}, concurrency=4
        ) as sandbox,
        OxenClient(sandbox.url, KEY) as oxen,
    ):
        yield Harness(sandbox, oxen, cdn, tmp_path)
