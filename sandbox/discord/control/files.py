"""Files that a member's client sends ahead, streamed to disk, before the command, form or message that they go with."""

from dataclasses import replace
from uuid import uuid4

from aiohttp import web

from sandbox.discord import objects, uploads
from sandbox.discord.control import kit, lookup
from sandbox.discord.world import World

_KEPT_SECONDS = 3600.0
_CHUNK = 256 * 1024


def route(world: World) -> web.RouteDef:
    """`POST /uploads?user=&guild=&filename=` with the file as body: {"upload": what an attachment names it by}."""

    async def receive(request: web.Request) -> web.Response:
        try:
            return web.json_response({"upload": await _received(world, request)})
        except kit.Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)

    return web.post("/sandbox/api/uploads", receive)


async def _received(world: World, request: web.Request) -> str:
    """Nothing is left of a file that is too large, or whose sender hung up."""
    query = request.query
    member, filename = lookup.user(world, query.get("user")), query.get("filename", "unknown")
    guild = lookup.guild(world, query["guild"]) if query.get("guild") else None
    limit, upload = objects.upload_limit(guild, member), uploads.write(world.files, filename, b"")
    size, whole = 0, False
    try:
        with upload.path.open("wb") as file:
            async for chunk in request.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size <= limit:  # what is beyond it is read all the same: who still sends reads no answer
                    file.write(chunk)
        whole = size <= limit
    finally:
        if not whole:
            upload.path.unlink()
    if not whole:
        raise kit.Refusal(413, f"{filename} is too large to upload here")
    name = uuid4().hex
    world.uploads[name] = replace(upload, size=size)

    def expire() -> None:
        left = world.uploads.pop(name, None)
        if left is not None:
            left.path.unlink(missing_ok=True)

    world.clock.call_later(_KEPT_SECONDS, expire)
    return name
