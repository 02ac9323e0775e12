"""A provider that keeps its promises, except for the one that a test takes away; on a real socket."""

import asyncio
import functools
import json
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.domain.clock import Clock
from tests.fakes.oxen import RESULT
from tests.oxen.servers import Answer, Request, Server, never, raw, says, says_json

GIB = 1024**3
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
OPEN = frozenset({"queued", "processing"})
HTML = b"<!doctype html><html><body><h1>Sign in</h1></body></html>"

Row = dict[str, Any]


class Upstream:
    """Call it with a request and it answers; `on` says what goes wrong.

    `rows` are the generations that were accepted, and will be billed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: dict[str, Answer] = {}
        self._numbers = 0
        self.rows: dict[str, Row] = {}
        self.server = Server()

    def on(self, route: str, answer: Answer) -> None:
        """From now on `route` (enqueue, list, get, cancel, events, models, result) is answered like this."""
        self._faults[route] = answer

    def heal(self) -> None:
        self._faults.clear()

    def accept(self, request: Request) -> list[str]:
        """Takes an order; the ids of its generations."""
        order = json.loads(request.body)
        ids: list[str] = []
        for _ in range(order["num_generations"]):
            self._numbers += 1
            remote_id = f"gen-{self._numbers}"
            ids.append(remote_id)
            self.rows[remote_id] = {
                "generation_id": remote_id,
                "status": "queued",
                "model_name": order["model"],
                "prompt": order["prompt"],
                "target_namespace": order.get("target_namespace", "own"),
                "enqueued_at": int(self._clock.now().timestamp()),
            }
        return ids

    def after_accepting(self, answer: Answer) -> Answer:
        """It takes the order, and then answers so."""

        async def both(request: Request, writer: asyncio.StreamWriter) -> None:
            self.accept(request)
            await answer(request, writer)

        return both

    def accepting(self, make: Callable[[list[str]], object]) -> Answer:
        """It takes the order, and answers with what `make` makes of its ids."""

        async def both(request: Request, writer: asyncio.StreamWriter) -> None:
            body = make(self.accept(request))
            await (says(200, body) if isinstance(body, bytes) else says_json(200, body))(request, writer)

        return both

    def finish(self, **more: Any) -> None:
        """Everything under way succeeds; `more` is said in the rows besides."""
        for remote_id, row in self.rows.items():
            if row["status"] in OPEN:
                url = f"{self.server.url}/results/{remote_id}.mp4"
                row.update({"status": "succeeded", "result_url": url} | more)

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = urlsplit(request.path).path
        route = _route(request.method, path)
        await self._faults.get(route, getattr(self, f"_{route}", says(404)))(request, writer)

    async def _enqueue(self, request: Request, writer: asyncio.StreamWriter) -> None:
        tickets = [{"generation_id": remote_id, "status": "queued"} for remote_id in self.accept(request)]
        await says_json(200, {"generations": tickets})(request, writer)

    async def _list(self, request: Request, writer: asyncio.StreamWriter) -> None:
        query = parse_qs(urlsplit(request.path).query)
        wanted = frozenset(query["status"]) if "status" in query else OPEN
        namespace = query.get("namespace", ["own"])[0]
        rows = [r for r in self.rows.values() if r["status"] in wanted and r["target_namespace"] == namespace]
        await says_json(200, {"count": len(rows), "generations": rows})(request, writer)

    async def _get(self, request: Request, writer: asyncio.StreamWriter) -> None:
        row = self.rows.get(request.path.rpartition("/")[2])
        await (says_json(200, row) if row else says_json(404, {"error": {"title": "not found"}}))(request, writer)

    async def _cancel(self, request: Request, writer: asyncio.StreamWriter) -> None:
        remote_id = request.path.rpartition("/")[2]
        self.rows[remote_id]["status"] = "cancelled"
        await says_json(200, {"status": "success", "generation_id": remote_id})(request, writer)

    async def _events(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(STREAM + b": keep-alive\n\n")(request, writer)
        await never(request, writer)

    async def _models(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await says_json(200, {"data": [model("kling")]})(request, writer)

    async def _result(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await says(200, RESULT, content_type="video/mp4")(request, writer)


def _route(method: str, path: str) -> str:
    if path.startswith("/api/ai/queue/"):
        return "cancel" if method == "DELETE" else "get"
    if path == "/api/ai/queue":
        return "enqueue" if method == "POST" else "list"
    return {"/api/events": "events", "/api/ai/models": "models"}.get(path, "result")


def model(model_id: object, **more: object) -> dict[str, object]:
    """An entry of the catalogue that makes video from a prompt."""
    schema = {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}
    return {"id": model_id, "capabilities": {"output": ["video"]}, "request_schema": schema} | more


class Sent:
    """Counts what a server could send before the other side hung up."""

    def __init__(self) -> None:
        self.bytes = 0

    def endlessly(self, head: bytes, piece: bytes, most: int) -> Answer:
        """`head`, then `piece` again and again, at most `most` bytes: nobody is supposed to take them all."""

        async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            while self.bytes < most and not writer.is_closing():
                writer.write(piece)
                await writer.drain()
                self.bytes += len(piece)
            writer.close()

        return answer


def drips(head: bytes, piece: bytes = b" ") -> Answer:
    """`head`, and then a little every few milliseconds for ever: no silence, and no end."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)

    return answer


def packed(body: bytes) -> bytes:
    """`body`, gzipped."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


@functools.cache
def bomb(size: int, around: bytes = b" ") -> bytes:
    """A few kilobytes that unpack to `size` bytes: one packed MiB, said again and again."""
    piece = around * (1024 * 1024 // len(around))
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)  # which refers to nothing before it
    times, crc = size // len(piece), 0
    for _ in range(times):
        crc = zlib.crc32(piece, crc)
    end = b"\x03\0" + crc.to_bytes(4, "little") + (times * len(piece)).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + block * times + end
