"""Attachments over HTTP: links are signed and run out; files are streamed from disk."""

from urllib.parse import quote

from aiohttp import web

from sandbox.discord.objects import signature
from sandbox.discord.world import World


class Cdn:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{prefix}/{root}/{{channel_id}}/{{attachment_id}}/{{filename}}", self.serve)
            for prefix in ("", "/media")
            for root in ("attachments", "ephemeral-attachments")
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """404 for what does not exist, has a wrong signature or one that ran out."""
        world, query = self._world, request.query
        parts = request.path.removeprefix("/media").split("/")
        path = f"/{parts[1]}/{parts[2]}/{parts[3]}/{quote(request.match_info['filename'])}"
        expires, issued = query.get("ex", ""), query.get("is", "")
        found = world.attachments.get(_number(parts[3]))
        valid = query.get("hm") == signature(world, path, expires, issued)
        if found is None or not valid or int(expires, 16) < world.clock.now() or not found.path.exists():
            return web.Response(status=404, text="This content is no longer available.")
        return web.FileResponse(found.path, headers={"Content-Type": found.content_type})


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
