"""How a control request is taken and answered."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from sandbox.discord.control.refusals import Refusal
from sandbox.discord.errors import ApiError
from sandbox.discord.forms import Json, as_object

Action: TypeAlias = Callable[[web.Request, Json], Awaitable[Any]]
_BASE = "/sandbox/api"


def route(method: str, path: str, action: Action) -> web.RouteDef:
    """JSON in, JSON out; a refusal has `error` and `problems`."""
    return web.route(method, f"{_BASE}{path}", _answering(action))


def _answering(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            return web.json_response(await action(request, as_object(json.loads(raw or b"{}"))))
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}", "problems": {}}, status=400)
        except ApiError as error:
            return web.json_response({"error": str(error), "problems": {}}, status=400)

    return handle
