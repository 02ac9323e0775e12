"""`/api/ai/queue`: enqueue, list, get, cancel."""

from typing import Any

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.generations import Generation
from sandbox.oxen.wire import answer, json_object


def routes(parts: Parts) -> list[Route]:
    queue = _Queue(parts)
    one = "/api/ai/queue/{generation_id}"
    return [
        Route("POST", "/api/ai/queue", "enqueue", queue.enqueue),
        Route("GET", "/api/ai/queue", "list", queue.list),
        Route("GET", one, "get", queue.get),
        Route("DELETE", one, "cancel", queue.cancel),
    ]


class _Queue:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def enqueue(self, request: web.Request) -> web.Response:
        parts = self._parts
        key = parts.key(request)
        body = await json_object(request)
        if parts.faults.strike("enqueue", "empty"):
            return answer({"generations": []})
        order = await parts.uploads.stored(body)
        admitted = parts.admission.admit(order, key, count=body.get("num_generations", 1))
        if fault := parts.faults.strike("enqueue", "partial"):
            admitted = admitted[: fault.value]
        for generation in admitted:
            parts.scheduler.enqueue(generation)
        ids = [generation.id for generation in admitted]
        parts.traffic.accept(body, admitted[0].namespace, ids, parts.clock.now())
        status = parts.dialect.first_status
        return answer({"generations": [{"generation_id": each, "status": status} for each in ids]})

    async def list(self, request: web.Request) -> web.Response:
        key = self._parts.reader(request)
        dialect, own = self._parts.dialect, key.own_namespace
        seen = self._parts.listed(key, "list")
        rows = [self._row(row) for row in seen if dialect.lists(row, request.query, own)]
        rows = self._parts.reworded("list", rows)
        return answer({"count": len(rows), "generations": rows})

    async def get(self, request: web.Request) -> web.Response:
        [row] = self._parts.reworded("get", [self._row(self._parts.visible(request))])
        return answer(row)

    async def cancel(self, request: web.Request) -> web.Response:
        row = self._parts.visible(request)
        self._parts.scheduler.cancel(row.id)
        return answer({"status": "success", "generation_id": row.id})

    def _row(self, generation: Generation) -> dict[str, Any]:
        return self._parts.dialect.row(generation, self._parts.result_url(generation))
