"""`GET /results/<file>`: the media behind a signed URL. No key opens it, and none is needed."""

import asyncio
from pathlib import Path

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.wire import Rejection, not_found

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}


# Another host, as far as a client can tell.
OTHER_NAME = "localhost"


def routes(parts: Parts) -> list[Route]:
    return [Route("GET", "/results/{name}", "result", _Results(parts).get)]


class _Results:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def get(self, request: web.Request) -> web.StreamResponse:
        parts, name = self._parts, request.match_info["name"]
        expires, signature = request.query.get("expires", ""), request.query.get("signature", "")
        if not parts.signer.opens(name, expires, signature, parts.clock.now()):
            raise Rejection.titled(403, "forbidden", "The link has expired or its signature is wrong")
        row = parts.generations.get(name.partition(".")[0])
        if row is None or row.result is None:
            raise not_found()
        if parts.faults.strike("result", "redirect"):
            elsewhere = str(request.url.with_host(OTHER_NAME))
            return web.Response(status=302, headers={"Location": elsewhere})
        headers = {"Content-Type": CONTENT_TYPES[row.result.suffix]}
        if parts.faults.strike("result", "malformed"):
            return await _half(request, row.result, headers)
        return web.FileResponse(row.result, headers=headers)


async def _half(request: web.Request, path: Path, headers: dict[str, str]) -> web.StreamResponse:
    """The file announced whole, sent to its middle, and the connection closed there."""
    content = await asyncio.to_thread(path.read_bytes)
    response = web.StreamResponse(headers={**headers, "Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
