"""What a REST handler is given and what it gives back.

Handlers are plain functions: a request takes effect in one step, between two turns of the event loop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sandbox.discord import objects
from sandbox.discord.forms import Json, Problems, as_object, integer, moment, shape, snowflake, validate
from sandbox.discord.uploads import Body
from sandbox.discord.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    world: World
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Body

    @property
    def form(self) -> Json:
        return as_object(self.body.json)

    def id(self, name: str) -> int:
        """An id from the path; InvalidForm when it is none."""
        return self._checked(name, self.params[name])

    def asked_id(self, name: str) -> int | None:
        """An id from the query string."""
        return self._checked(name, self.query[name]) if name in self.query else None

    def asked_moment(self, name: str) -> str | None:
        """A moment from the query string, written as `objects.moment` writes them; without a zone it is UTC."""
        if name not in self.query:
            return None
        validate(shape({name: moment}), {name: self.query[name]})
        found = datetime.fromisoformat(self.query[name])
        return objects.moment((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())

    def limit(self, default: int, most: int) -> int:
        """How many are asked for, 1 to `most`."""
        raw: Any = self.query.get("limit", str(default))
        limit = int(raw) if raw.isdecimal() else raw
        validate(shape({"limit": integer(1, most)}), {"limit": limit})
        return int(limit)

    def asked(self, name: str) -> bool:
        return self.query.get(name, "").lower() in {"1", "true"}

    @staticmethod
    def _checked(name: str, value: str) -> int:
        problems = Problems()
        snowflake(value, (name,), problems)
        problems.settle()
        return int(value)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: Any = None
    """None answers without a body (204)."""


NOTHING = Reply(204)
Handler: TypeAlias = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str
    template: str
    """As in the public schema: /channels/{channel_id}/messages."""
    handler: Handler
    public: bool = False
    """No bot token is needed: the path carries its own, or nothing is secret."""


def get(template: str, handler: Handler, *, public: bool = False) -> Route:
    return Route(method="GET", template=template, handler=handler, public=public)


def post(template: str, handler: Handler, *, public: bool = False) -> Route:
    return Route(method="POST", template=template, handler=handler, public=public)


def put(template: str, handler: Handler) -> Route:
    return Route(method="PUT", template=template, handler=handler)


def patch(template: str, handler: Handler, *, public: bool = False) -> Route:
    return Route(method="PATCH", template=template, handler=handler, public=public)


def delete(template: str, handler: Handler, *, public: bool = False) -> Route:
    return Route(method="DELETE", template=template, handler=handler, public=public)
