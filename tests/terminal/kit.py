"""The stand-in for Oxen in each of its three dialects, for commands that speak to it without Discord."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.studio import Renderer
from sandbox.oxen.server import OxenSandbox

DIALECTS = ("ephemeral", "persistent", "browse")
VIDEO_MODEL = "kling-video-v2-6-pro-text-to-video"
IMAGE_MODEL = "black-forest-labs-flux-2-klein-4b"
PROMPT = "a heron that nobody may read about"
KEY = "key-that-nobody-may-read"


# The head of an MP4: a type box, and a box of content that goes on to the end of the file.
FILM = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\0mdat" + 2000 * b"."


class FakeRenderer:
    """A renderer that takes no time once it is `open`. What it makes is called a film, and has no pictures."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()
        self.content = FILM

    async def render(self, plan: Plan, path: Path) -> None:
        self.entered.set()
        await self.open.wait()
        await asyncio.to_thread(path.write_bytes, self.content)

    def close(self) -> None: ...


@dataclass
class Provider:
    """`env` is all that a command needs to speak to it."""

    sandbox: OxenSandbox
    dialect: str
    env: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The bodies of what was accepted."""
        return [each["request"] for each in self.sandbox.traffic.accepted]


@asynccontextmanager
async def provider(dialect: str, renderer: Renderer | None = None, speed: float = 400) -> AsyncIterator[Provider]:
    async with contextlib.AsyncExitStack() as stack:
        sandbox = OxenSandbox(speed=speed, dialect=dialect, renderer=renderer, keys={KEY: None})
        await stack.enter_async_context(sandbox)
        env = {
            "OXEN_API_KEY": KEY,
            "OXEN_API_URL": sandbox.url,
            "DROVER_POLL_SECONDS": 0.2,
            "DROVER_POLL_SECONDS_WITH_EVENTS": 0.2,
        }
        yield Provider(sandbox, dialect, env)
