"""How a control request is taken and answered, also when it asks for what no real client would do."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from sandbox.discord.errors import ApiError
from sandbox.discord.forms import Json, as_object

Action: TypeAlias = Callable[[web.Request, Json], Awaitable[Any]]
_BASE = "/sandbox/api"


class Refusal(Exception):
    """Becomes {"error": …, "problems": {…}} with this status."""

    def __init__(self, status: int, error: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.problems = problems or {}

    def __str__(self) -> str:
        details = "; ".join(f"{name}: {problem}" for name, problem in self.problems.items())
        return f"{self.error} ({details})" if details else self.error

    def body(self) -> dict[str, Any]:
        return {"error": self.error, "problems": self.problems}


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
