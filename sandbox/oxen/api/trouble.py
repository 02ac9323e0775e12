"""Faults around a handler: the answer is delayed, replaced, cut or never sent."""

import asyncio

from aiohttp import web

from sandbox.oxen.api.common import Handler, Route
from sandbox.oxen.faults import Faults
from sandbox.oxen.traffic import Traffic
from sandbox.oxen.wire import Rejection, for_status

DEFAULT_STATUS = 500
# Streams and files are no JSON answers: `events.announce` and `results` cut them where it hurts.
CUT_BY_THEMSELVES = {"events", "result"}


def guarded(route: Route, faults: Faults, traffic: Traffic) -> Handler:
    """The route's handler, counted, with errors turned into answers and faults striking where they are set."""

    async def handle(request: web.Request) -> web.StreamResponse:
        traffic.received(route.method, route.path)
        try:
            if route.place is None:
                return await route.handler(request)
            return await _troubled(route.place, route.handler, faults, request)
        except Rejection as rejection:
            return rejection.response()

    return handle


@web.middleware
async def plain_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No such route, too large a body: the framework's own refusals, as JSON."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return for_status(refusal.status).response()


async def _troubled(place: str, handler: Handler, faults: Faults, request: web.Request) -> web.StreamResponse:
    if fault := faults.strike(place, "latency"):
        # Real seconds: what is put to the test is the client's own timeout.
        await asyncio.sleep(fault.value)
    if faults.strike(place, "drop_before"):
        return _drop(request)
    if fault := faults.strike(place, "status"):
        raise for_status(fault.value or DEFAULT_STATUS)
    drop = place != "events" and faults.strike(place, "drop_after")
    malformed = place not in CUT_BY_THEMSELVES and faults.strike(place, "malformed")
    response = await handler(request)
    if drop:
        return _drop(request)
    return _cut(response) if malformed and isinstance(response, web.Response) else response


def _drop(request: web.Request) -> web.Response:
    """Close the connection; the answer returned here goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _cut(response: web.Response) -> web.Response:
    whole = response.body if isinstance(response.body, bytes) else b""
    return web.Response(body=whole[: len(whole) // 2], status=response.status, content_type="application/json")
