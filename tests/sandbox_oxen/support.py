"""What the tests of the stand-in share: a client of it, and a renderer that takes no time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.oxen.render.plan import Plan
from sandbox.oxen.server import OxenSandbox

IMAGE_MODEL = "black-forest-labs-flux-2-klein-4b"
VIDEO_MODEL = "kling-video-v2-6-pro-text-to-video"
SMALL_MODEL = "wan-ai-wan2-1-t2v-1-3b-diffusers"
SHOTS_MODEL = "kling-video-o3-pro-reference-to-video"


class Blank:
    """A renderer that takes no time; what it writes is no media."""

    async def render(self, plan: Plan, path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, plan.entropy)

    def close(self) -> None: ...


class Endless(Blank):
    """A renderer that never gets there."""

    async def render(self, plan: Plan, path: Path) -> None:
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Client:
    """Speaks to one stand-in with one key."""

    sandbox: OxenSandbox
    session: aiohttp.ClientSession
    key: str | None = "sandbox"

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        url = path if path.startswith("http") else self.sandbox.url + path
        async with self.session.request(method, url, json=body, params=query or None, headers=headers) as reply:
            is_json = reply.content_type == "application/json"
            return Answer(reply.status, await reply.json() if is_json else await reply.read(), reply.headers)

    async def enqueue(self, model: str = IMAGE_MODEL, prompt: str | None = "a fox", **parameters: Any) -> list[str]:
        body = {"model": model, "prompt": prompt, **parameters}
        answer = await self.call("POST", "/api/ai/queue", {key: each for key, each in body.items() if each is not None})
        assert answer.status == 200, answer.body
        return [row["generation_id"] for row in answer.body["generations"]]

    async def row(self, generation_id: str) -> dict[str, Any]:
        answer = await self.call("GET", f"/api/ai/queue/{generation_id}")
        assert answer.status == 200, answer.body
        return answer.body

    async def status_of(self, generation_id: str, method: str = "GET") -> int:
        """How a call about one generation is answered."""
        return (await self.call(method, f"/api/ai/queue/{generation_id}")).status

    async def ended(self, generation_id: str) -> dict[str, Any]:
        """The row once the generation is over."""
        await self.sandbox.finished(generation_id)
        return await self.row(generation_id)

    async def rows(self, **query: str) -> list[str]:
        """The ids that a list call answers with."""
        answer = await self.call("GET", "/api/ai/queue", **query)
        assert answer.body["count"] == len(answer.body["generations"])
        return [row["generation_id"] for row in answer.body["generations"]]

    def holding(self, key: str | None) -> "Client":
        return Client(self.sandbox, self.session, key)


Start = Callable[..., Awaitable[Client]]
Conforms = Callable[[str, Any], None]
