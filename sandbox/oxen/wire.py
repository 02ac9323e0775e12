"""The two error shapes that the provider answers with, and which condition takes which.

The reference prints `{"error": {"type", "title", "detail"}, "status": "error", "status_message"}` for what the
web framework refuses (no key, no such resource, no right, no JSON), and quotes bare sentences for what the
generation code refuses (count, model, credit, parameters): those come as `{"error": {"message"}}`.
"""

import json
from typing import Any, Self

from aiohttp import web

JSON = dict[str, Any]

INSUFFICIENT_CREDITS = "Insufficient credits"
PROVIDER_ERROR = "The model provider returned an error."


class Rejection(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, body: JSON) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body

    @classmethod
    def titled(cls, status: int, kind: str, title: str, detail: str | None = None) -> Self:
        error: JSON = {"type": kind, "title": title} | ({"detail": detail} if detail else {})
        return cls(status, {"error": error, "status": "error", "status_message": kind})

    @classmethod
    def plain(cls, status: int, message: str) -> Self:
        return cls(status, {"error": {"message": message}})

    def response(self) -> web.Response:
        return answer(self.body, self.status)


def compact(value: object) -> str:
    """JSON without spaces after colons and commas: a sample of the provider's looks for `"generation_id":"<id>"`."""
    return json.dumps(value, separators=(",", ":"))


def answer(body: object, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=compact)


def unauthenticated() -> Rejection:
    return Rejection.titled(401, "unauthenticated", "unauthenticated", "A valid API key is required.")


def not_found() -> Rejection:
    """Printed in the reference without a detail."""
    return Rejection.titled(404, "resource_not_found", "The requested resource could not be found")


def forbidden(namespace: str) -> Rejection:
    return Rejection.titled(403, "forbidden", "Forbidden", f"This key may not bill the namespace {namespace}.")


def bad_request(detail: str) -> Rejection:
    return Rejection.titled(400, "bad_request", "Bad request", detail)


def for_status(status: int) -> Rejection:
    """What a made-up failure of this status says."""
    match status:
        case 401:
            return unauthenticated()
        case 404:
            return not_found()
        case 429:
            return Rejection.titled(429, "too_many_requests", "Too many requests")
        case 502:
            return Rejection.plain(502, PROVIDER_ERROR)
        case _:
            kind = "internal_server_error" if status >= web.HTTPInternalServerError.status_code else "bad_request"
            return Rejection.titled(status, kind, "Something went wrong")


def _strictly(text: str) -> Any:
    """Python reads NaN and Infinity, which are no JSON, and would send them back as such."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


async def json_object(request: web.Request) -> JSON:
    """The request's body. Raises Rejection (400) unless it is a JSON object."""
    try:
        body = await request.json(loads=_strictly)
    except ValueError:
        raise bad_request("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    return body  # pyright: ignore[reportUnknownVariableType]
