"""What every REST request goes through: fault, authorization, rate limit, body, handler, answer, record."""

import asyncio
import contextlib
import json
import logging
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.discord import errors, state, uploads
from sandbox.discord.faults import Fault, Faults
from sandbox.discord.forms import Json
from sandbox.discord.ratelimits import RateLimits, counts_against
from sandbox.discord.rest import (
    callbacks,
    channels,
    commands,
    guilds,
    messages,
    monetization,
    pins,
    reactions,
    threads,
    users,
    webhooks,
)
from sandbox.discord.rest.kit import Call, Handler, Reply, Route, get
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

log = logging.getLogger(__name__)

API = "/api/v10"
# A literal step (@me, @original, pins) stands before the parameter that would swallow it.
_FAMILIES = (users, guilds, channels, threads, pins, messages, reactions, commands, callbacks, webhooks, monetization)
_LOGGED = 5000
_PARAMETER = re.compile(r"\{[^}]+\}")
_TOO_MANY = 429
_INVALID = frozenset({401, 403, _TOO_MANY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, for those who check them against the public schema."""

    method: str
    template: str
    path: str
    status: int
    request: Any
    response: Any
    multipart: bool


@dataclass(slots=True, kw_only=True)
class Pipeline:
    world: World
    faults: Faults
    limits: RateLimits
    gateway_bot: Handler
    exchange_hook: Callable[[Exchange], None] | None = None
    log: deque[Json] = field(default_factory=lambda: deque[Json](maxlen=_LOGGED))
    counts: Counter[str] = field(default_factory=Counter[str])
    by_limit: Counter[str] = field(default_factory=Counter[str])
    """Requests by the limit that each counts against: global, webhook or none."""
    invalid: int = 0
    """Requests that count towards Discord's ban at 10,000 in 10 minutes."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """Answers 429 by their scope: user, global or shared."""
    _paths: list[re.Pattern[str]] = field(default_factory=list[re.Pattern[str]])
    """Those that are served, with whatever method."""

    def routes(self) -> Iterator[web.RouteDef]:
        listed = [route for family in _FAMILIES for route in family.ROUTES]
        listed.append(get("/gateway/bot", self.gateway_bot))
        self._paths = [re.compile(_PARAMETER.sub("[^/]+", route.template)) for route in listed]
        for route in listed:
            yield web.route(route.method, f"{API}{route.template}", self._bound(route))
        yield web.route("*", "/api/{rest:.*}", self._unknown)

    def _bound(self, route: Route) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            fault = self.faults.strike(route.method, route.template, request.path.removeprefix(API))
            if fault is not None and fault.latency:
                await asyncio.sleep(fault.latency)
            if fault is not None and fault.when == "before" and (fault.drop or fault.status):
                response = await self._broken(request, route, fault)
            else:
                response = await self._served(request, route)
                if fault is not None and (fault.drop or fault.status):
                    response = await self._broken(request, route, fault)
            self._record(route, request, response, started)
            return response

        return handle

    async def _served(self, request: web.Request, route: Route) -> web.Response:
        verdict = self.limits.take(route.method, route.template, request.match_info)
        headers = verdict.headers
        body: Body | None = None
        try:
            self._authorize(request, route)
            if verdict.retry_after is not None:
                reply = Reply(_TOO_MANY, verdict.body())
                # A body nobody reads would make the server cut the connection off.
                await _drain(request)
            else:
                body = await uploads.read(request, self.world.files)
                reply = self._handled(request, route, body)
        except errors.ApiError as error:
            reply = Reply(error.status, error.body())
            headers = headers | error.headers
            await _drain(request)
        except Exception:
            # A fault of the stand-in. The schema check knows no answer 500, so the test that met it fails.
            log.exception("the stand-in failed")
            reply = Reply(500, {"message": "500: Internal Server Error", "code": 0})
        if self.exchange_hook is not None:
            self.exchange_hook(
                Exchange(
                    method=route.method, template=route.template, path=request.path, status=reply.status,
                    request=body.json if body else None, response=reply.body,
                    multipart=uploads.kind_of_body(request) == "multipart/form-data",
                )
            )  # fmt: skip
        return answer(reply, headers)

    def _handled(self, request: web.Request, route: Route, body: Body) -> Reply:
        """Let the route act; files that no attachment took over are removed, all of them when it refused."""
        call = Call(world=self.world, params=request.match_info, query=request.query, body=body)
        attachments = self.world.attachments
        try:
            reply = route.handler(call)
        except errors.ApiError:
            for one in _made_of(body, attachments):
                del attachments[one.id]
            body.discard(())
            raise
        body.discard([one.path for one in _made_of(body, attachments)])
        return reply

    def _authorize(self, request: web.Request, route: Route) -> None:
        if route.public:
            return
        if request.headers.get("Authorization") != f"Bot {self.world.application.token}":
            raise errors.unauthorized()

    async def _unknown(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(API)
        known = any(one.fullmatch(path) for one in self._paths)
        error = errors.method_not_allowed() if known else errors.not_found()
        self.counts[f"{request.method} (unknown)"] += 1
        # What stands further back in an unknown path may be a token.
        shown = "/".join(path.split("/")[:2])
        self.log.append({"method": request.method, "route": None, "path": shown, "status": error.status})
        if self.exchange_hook is not None:
            # Under its own path it is in nobody's schema: a bot that asks for it should hear of it in its tests.
            self.exchange_hook(
                Exchange(
                    method=request.method, template=path, path=path, status=error.status, request=None,
                    response=error.body(), multipart=False,
                )
            )  # fmt: skip
        return answer(Reply(error.status, error.body()), {})

    async def _broken(self, request: web.Request, route: Route, fault: Fault) -> web.Response:
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        await _drain(request)
        if fault.status != _TOO_MANY or fault.retry_after is None:
            return answer(Reply(fault.status or 500, fault.body()), {})
        verdict = self.limits.refuse(
            route.method, route.template, request.match_info, fault.retry_after, fault.scope
        )  # fmt: skip
        return answer(Reply(_TOO_MANY, {**verdict.body(), "code": fault.code}), verdict.headers)

    def _record(self, route: Route, request: web.Request, response: web.StreamResponse, started: float) -> None:
        """Count and log; a path with a token in it is logged as its template."""
        against = counts_against(route.template)
        self.counts[f"{route.method} {route.template}"] += 1
        self.by_limit[against] += 1
        self.invalid += response.status in _INVALID and response.headers.get("X-RateLimit-Scope") != "shared"
        if response.status == _TOO_MANY:
            self.refused[response.headers.get("X-RateLimit-Scope", "user")] += 1
        secret = "token}" in route.template
        self.log.append(
            {
                "time": self.world.clock.now(),
                "method": route.method,
                "route": route.template,
                "path": route.template if secret else request.path.removeprefix(API),
                "status": response.status,
                "limit": against,
                "milliseconds": round((time.perf_counter() - started) * 1000, 3),
            }
        )


def _made_of(body: Body, attachments: dict[int, state.Attachment]) -> list[state.Attachment]:
    """The attachments that a request's files became."""
    paths = {one.path for one in body.uploads}
    newest = islice(reversed(attachments.values()), len(paths))
    return [one for one in newest if one.path in paths]


async def _drain(request: web.Request) -> None:
    """Read what is left of a refused request's body, so that the client gets to read the answer."""
    with contextlib.suppress(Exception):
        async for _chunk in request.content.iter_chunked(256 * 1024):
            pass


def answer(reply: Reply, headers: dict[str, str]) -> web.Response:
    """A response as Discord's: the type without a charset (libraries compare it), and `Via`, as 429s need it."""
    headers = {**headers, "Via": "1.1 sandbox"}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    content = json.dumps(reply.body, separators=(",", ":")).encode()
    return web.Response(status=reply.status, body=content, content_type="application/json", headers=headers)
