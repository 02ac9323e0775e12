"""The blocking twins of the queue: the answer comes when the media is there.

They refuse bad parameters at once, and with the provider's prefix where its page quotes one.
"""

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.catalogue import MediaType
from sandbox.oxen.generations import Generation, State
from sandbox.oxen.parameters import BOTH_PROMPTS, NO_PROMPT
from sandbox.oxen.wire import PROVIDER_ERROR, Rejection, json_object

PREFIX = "Getting model response error: 422 - Value error, "
PREFIXED = {BOTH_PROMPTS, NO_PROMPT}


def routes(parts: Parts) -> list[Route]:
    videos, images = _Blocking(parts, "video"), _Blocking(parts, "image")
    return [
        Route("POST", "/api/ai/videos/generate", "generate", videos.generate),
        # The older pages write the path without `/ai`: both exist.
        Route("POST", "/api/videos/generate", "generate", videos.generate),
        Route("POST", "/api/ai/images/generate", "generate", images.generate),
        Route("POST", "/api/images/generate", "generate", images.generate),
        Route("POST", "/api/ai/images/edit", "generate", images.generate),
    ]


class _Blocking:
    def __init__(self, parts: Parts, media_type: MediaType) -> None:
        self._parts = parts
        self._media_type = media_type

    async def generate(self, request: web.Request) -> web.Response:
        key = self._parts.key(request)
        body = await json_object(request)
        count = body.get("n", body.get("num_generations", 1))
        admitted = self._parts.admission.admit(body, key, count=count, listed=False)
        self._check(admitted[0])
        for generation in admitted:
            self._parts.scheduler.enqueue(generation)
        ended = [await self._parts.scheduler.finished(each.id) for each in admitted]
        outputs = [await self._output(each, body) for each in ended]
        created = int(self._parts.clock.now())
        return web.json_response({"model": body["model"], "created": created, f"{self._media_type}s": outputs})

    def _check(self, generation: Generation) -> None:
        if generation.model.media_type != self._media_type:
            raise Rejection.plain(400, ":unsupported_media_type")
        if generation.refusal:
            prefix = PREFIX if generation.refusal in PREFIXED else ""
            raise Rejection.plain(400, prefix + generation.refusal)

    async def _output(self, ended: Generation | None, body: Mapping[str, Any]) -> dict[str, str]:
        if ended is None or ended.state is not State.SUCCEEDED or ended.result is None:
            raise Rejection.plain(502, (ended and ended.error) or PROVIDER_ERROR)
        if body.get("response_format") == "b64_json":
            return {"b64_json": await asyncio.to_thread(_encoded, ended.result)}
        return {"url": self._parts.result_url(ended) or ""}


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
