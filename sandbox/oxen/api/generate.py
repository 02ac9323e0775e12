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
from sandbox.oxen.inputs.slots import image_slot
from sandbox.oxen.keys import ApiKey
from sandbox.oxen.parameters import BOTH_PROMPTS, EDIT_MASK, EDIT_SIZE, NO_PROMPT
from sandbox.oxen.wire import INSUFFICIENT_CREDITS, PROVIDER_ERROR, Rejection, answer, json_object

PREFIX = "Getting model response error: 422 - Value error, "
PREFIXED = {BOTH_PROMPTS, NO_PROMPT}
# What the edit call names its picture; the first that is given counts.
PICTURE = ("input_image", "image")
# An edited picture is as large as the one it was made from, unless a size or a shape is asked for.
SAME_SIZE = "same"
SIZES = {EDIT_SIZE, "size", "resolution", "aspect_ratio", "width"}


def routes(parts: Parts) -> list[Route]:
    videos, images = _Blocking(parts, "video"), _Blocking(parts, "image")
    # The older pages write the path without `/ai`: both exist.
    return [
        route
        for root in ("/api/ai", "/api")
        for route in (
            Route("POST", f"{root}/videos/generate", "generate", videos.generate),
            Route("POST", f"{root}/images/generate", "generate", images.generate),
            Route("POST", f"{root}/images/edit", "generate", images.edit),
        )
    ]


class _Blocking:
    def __init__(self, parts: Parts, media_type: MediaType) -> None:
        self._parts = parts
        self._media_type = media_type

    async def generate(self, request: web.Request) -> web.Response:
        key = self._parts.key(request)
        return await self._answer(await json_object(request), key)

    async def edit(self, request: web.Request) -> web.Response:
        """The picture goes where the model takes it; `mask` and `size` are the call's own."""
        key = self._parts.key(request)
        body = await json_object(request)
        return await self._answer(self._as_order(body), key)

    async def _answer(self, body: Mapping[str, Any], key: ApiKey) -> web.Response:
        count = body.get("n", body.get("num_generations", 1))
        body = await self._parts.uploads.stored(body)
        admitted = self._parts.admission.admit(body, key, count=count, listed=False)
        self._check(admitted[0])
        for generation in admitted:
            self._parts.scheduler.enqueue(generation)
        ended = [await self._parts.scheduler.finished(each.id) for each in admitted]
        outputs = [await self._output(each, body) for each in ended]
        created = int(self._parts.clock.now())
        return answer({"model": body["model"], "created": created, f"{self._media_type}s": outputs})

    def _as_order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The picture is `input_image`, one or several ("Image Editing"), or `image`, as the schema calls it.

        Without one it is for the model to say whether a prompt will do, as in the minimal samples of many pages.
        Raises Rejection (400) for a model that edits none.
        """
        order = {name: value for name, value in body.items() if name not in {*PICTURE, "mask", "size"}}
        model = self._parts.catalogue.get(str(body.get("model")))
        if model is None:
            return order  # Refused by its name when it is admitted.
        if (slot := image_slot(model)) is None:
            raise Rejection.plain(400, ":unsupported_media_type")
        order[EDIT_MASK] = body.get("mask")
        if size := body.get("size"):
            order["size" if "size" in model.properties else EDIT_SIZE] = size
        picture = next((body[name] for name in PICTURE if body.get(name) is not None), None)
        if picture is not None:
            name, takes_list = slot
            order[name] = [picture] if takes_list and not isinstance(picture, list) else picture
            if not order.keys() & SIZES:
                order[EDIT_SIZE] = SAME_SIZE
        return order

    def _check(self, generation: Generation) -> None:
        if generation.model.media_type != self._media_type:
            raise Rejection.plain(400, ":unsupported_media_type")
        if generation.refusal:
            raise _refused(generation.refusal)

    async def _output(self, ended: Generation | None, body: Mapping[str, Any]) -> dict[str, str]:
        if ended is not None and ended.refusal:
            raise _refused(ended.refusal)
        if ended is not None and ended.error == INSUFFICIENT_CREDITS:
            raise Rejection.plain(400, INSUFFICIENT_CREDITS)
        if ended is None or ended.state is not State.SUCCEEDED or ended.result is None:
            raise Rejection.plain(502, (ended and ended.error) or PROVIDER_ERROR)
        if body.get("response_format") == "b64_json":
            return {"b64_json": await asyncio.to_thread(_encoded, ended.result)}
        return {"url": self._parts.result_url(ended) or ""}


def _refused(message: str) -> Rejection:
    prefix = PREFIX if message in PREFIXED else ""
    return Rejection.plain(400, prefix + message)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
