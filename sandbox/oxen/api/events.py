"""`GET /api/events`: one line of comment when idle, one event when a generation ends."""

import asyncio
from typing import Any

from aiohttp import ClientConnectionResetError, web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.generations import Generation, State
from sandbox.oxen.streams import COMPLETED, KEEP_ALIVE, Inbox, encode


def routes(parts: Parts) -> list[Route]:
    return [Route("GET", "/api/events", "events", _Events(parts).stream)]


class _Events:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def stream(self, request: web.Request) -> web.StreamResponse:
        key = self._parts.key(request).key
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Connection": "close"}
        )
        inbox = self._parts.streams.open(key)
        try:
            await response.prepare(request)
            await self._pump(response, inbox)
        except ClientConnectionResetError:
            pass  # The client left; nobody is to be told.
        finally:
            self._parts.streams.close(key, inbox)
        return response

    async def _pump(self, response: web.StreamResponse, inbox: Inbox) -> None:
        while True:
            try:
                message = await asyncio.wait_for(inbox.get(), self._parts.keep_alive)
            except TimeoutError:
                message = KEEP_ALIVE
            if message is None:
                return
            await response.write(message)


def announce(parts: Parts, generation: Generation) -> None:
    """Fire the completion event, unless a fault strikes it or the dialect keeps silent."""
    if not generation.listed or not parts.dialect.tells(generation):
        return
    data = _data(parts, generation)
    fault = parts.faults.strike("events", "no_event", "drop_after", "malformed")
    match fault and fault.kind:
        case "no_event":
            return
        case "drop_after":
            parts.streams.hang_up(generation.key)
        case "malformed":
            whole = encode(COMPLETED, data)
            parts.streams.publish(generation.key, whole[: len(whole) * 2 // 3] + b"\n\n")
        case _:
            parts.streams.publish(generation.key, encode(COMPLETED, data))


def _data(parts: Parts, generation: Generation) -> dict[str, Any]:
    data: dict[str, Any] = {
        "generation_id": generation.id,
        "status": generation.state.value,
        "media_type": generation.model.media_type,
    }
    if generation.state is State.SUCCEEDED:
        return {**data, "model": generation.model.id, "url": parts.result_url(generation)}
    return {**data, "error": generation.error}
