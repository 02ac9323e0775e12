"""Attachments over HTTP: links are signed and run out; files are streamed from disk."""

import asyncio
from urllib.parse import quote

from aiohttp import web

from sandbox.discord.faults import Fault, Faults
from sandbox.discord.media import poster
from sandbox.discord.objects import signature
from sandbox.discord.page import ATTACHMENT_HEADERS
from sandbox.discord.state import Attachment
from sandbox.discord.world import World


class Cdn:
    """Faults hit it too: the route is the path, "/attachments/*" or "/ephemeral-attachments/*"."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{prefix}/{root}/{{channel_id}}/{{attachment_id}}/{{filename}}", self.serve)
            for prefix in ("", "/media")
            for root in ("attachments", "ephemeral-attachments")
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """404 for what does not exist, has a wrong signature or one that ran out."""
        fault = self._faults.strike("GET", request.path, request.path)
        if fault is not None and fault.latency:
            await asyncio.sleep(fault.latency)
        if fault is not None and (fault.status or fault.drop):
            return await self._broken(request, fault)
        found = self._found(request)
        if found is None:
            return web.Response(status=404, text="This content is no longer available.")
        if request.path.startswith("/media/") and request.query.get("format") == "webp":
            picture = await asyncio.to_thread(poster, found.path) if found.content_type.startswith("video/") else None
            if picture is not None:
                return web.Response(body=picture, content_type="image/webp", headers=ATTACHMENT_HEADERS)
        return web.FileResponse(found.path, headers={**ATTACHMENT_HEADERS, "Content-Type": found.content_type})

    def _found(self, request: web.Request) -> Attachment | None:
        world, query = self._world, request.query
        parts = request.path.removeprefix("/media").split("/")
        path = f"/{parts[1]}/{parts[2]}/{parts[3]}/{quote(request.match_info['filename'])}"
        expires, issued = query.get("ex", ""), query.get("is", "")
        found = world.attachments.get(_number(parts[3]))
        valid = query.get("hm") == signature(world, path, expires, issued)
        if found is None or not valid or int(expires, 16) < world.clock.now() or not found.path.exists():
            return None
        return found

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """A status, or the connection cut: at once, or (`when` "after") in the middle of the file."""
        if not fault.drop:
            return web.Response(status=fault.status or 500, text=fault.message)
        found, response = self._found(request), web.StreamResponse()
        if fault.when == "after" and found is not None:
            content = found.path.read_bytes()
            response.content_length = len(content)
            await response.prepare(request)
            await response.write(content[: len(content) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
