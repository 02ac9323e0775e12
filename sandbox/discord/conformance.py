"""Requests and answers held against Discord's public OpenAPI schema, which the caller brings along.

    checker = Conformance(Path("openapi.min.json"))
    DiscordSandbox(exchange_hook=checker.exchange, dispatch_hook=checker.dispatch)
    assert not checker.violations, checker.report()

jsonschema and jsonschema-rs are imported when a checker is made, not before: running the stand-in does not need them.
The second is a hundred times as fast and says whether; the first says why not.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.discord import dispatched
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.rest.pipeline import Exchange

_BASE = "urn:discord"
_LEAF: Json = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}
_FIRST_REFUSAL, _FIRST_FAILURE = 400, 500
_TOO_MANY = 429
# The schema at hand has no route for these, but Discord (and libraries) do.
_UNSPECIFIED = frozenset({"/users/{user_id}", "/soundboard-default-sounds", "/applications/{application_id}/skus"})


# Routes of Discord's that the file at hand leaves out, and the names in it of what they answer.
_REFUSED = {"$ref": "#/components/responses/ClientErrorResponse"}
_BESIDE: dict[str, dict[str, Json | None]] = {
    "/channels/{channel_id}/thread-members": {"get": {"type": "array", "items": {"$ref": "ThreadMemberResponse"}}},
    "/channels/{channel_id}/thread-members/@me": {"get": {"$ref": "ThreadMemberResponse"}, "put": None, "delete": None},
    "/channels/{channel_id}/thread-members/{user_id}": {
        "get": {"$ref": "ThreadMemberResponse"}, "put": None, "delete": None,
    },
    "/channels/{channel_id}/users/@me/threads/archived/private": {"get": {"$ref": "ThreadsResponse"}},
    "/channels/{channel_id}/pins": {"get": {"type": "array", "items": {"$ref": "MessageResponse"}}},
    "/channels/{channel_id}/pins/{message_id}": {"put": None, "delete": None},
}  # fmt: skip


def _beside(known: Json) -> Json:
    """Those routes as the schema would write them, except those that it has after all."""

    def written(body: Json | None) -> Json:
        if body is None:
            return {"responses": {"204": {}, "4XX": _REFUSED}}
        named = json.loads(json.dumps(body).replace('"$ref": "', '"$ref": "#/components/schemas/'))
        return {"responses": {"200": {"content": {"application/json": {"schema": named}}}, "4XX": _REFUSED}}

    return {
        template: {method: written(body) for method, body in methods.items()}
        for template, methods in _BESIDE.items()
        if template not in known
    }


class _Schema:
    """The schema, and the validators of its parts as they were needed so far."""

    def __init__(self, path: Path) -> None:
        import jsonschema_rs
        import referencing
        import referencing.jsonschema

        self.document = as_object(json.loads(path.read_text(encoding="utf-8")))
        # The schema gives the leaves of an error tree the integer code of the whole error; the documentation
        # (reference, "Error Messages") and every real answer have names there: BASE_TYPE_REQUIRED.
        self.document["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]["items"] = _LEAF
        # The schema knows replies only; forwards are in the documentation (resources/message, Message Reference Types).
        self.document["components"]["schemas"]["MessageReferenceType"] = {"type": "integer", "enum": [0, 1]}
        # So are media channels (resources/channel, Channel Types).
        place = self.document["components"]["schemas"]["GuildChannelResponse"]["properties"]["type"]
        place["enum"] = [*place["enum"], 16]
        self.document["components"]["schemas"]["ChannelTypes"]["oneOf"].append({"const": 16})
        self.document["paths"] |= _beside(self.document["paths"])
        # The schema knows subscriptions and quests only; purchases are in the documentation (resources/entitlement).
        self.document["components"]["schemas"]["EntitlementTypes"] = {"type": "integer", "minimum": 1, "maximum": 10}
        resource = referencing.Resource[Any](contents=self.document, specification=referencing.jsonschema.DRAFT202012)
        self._registry = referencing.Registry[Any]().with_resource(_BASE, resource)
        self._quick_registry: Any = jsonschema_rs.Registry([(_BASE, self.document)], draft=jsonschema_rs.Draft202012)
        self._validators: dict[str, tuple[Any, Any]] = {}

    def errors(self, pointer: str, value: Any) -> Iterator[Any]:
        """What the part behind `pointer` has against the value."""
        if pointer not in self._validators:
            self._validators[pointer] = self._validator(pointer)
        quick, explaining = self._validators[pointer]
        return iter(()) if quick.is_valid(value) else explaining.iter_errors(value)

    def _validator(self, pointer: str) -> tuple[Any, Any]:
        import jsonschema
        import jsonschema_rs

        kind: Any = jsonschema.Draft202012Validator
        schema = {"$ref": f"{_BASE}{pointer}"}
        quick = jsonschema_rs.Draft202012Validator(schema, registry=self._quick_registry, validate_formats=True)
        return quick, kind(schema, registry=self._registry, format_checker=kind.FORMAT_CHECKER)


_schema = cache(_Schema)  # reading it takes longer than most tests


class Conformance:
    """Collects violations. Requests are judged only when the stand-in accepted them: refusing is its job."""

    def __init__(self, schema: Path) -> None:
        self._schema = _schema(schema)
        self.violations: list[str] = []
        self.checked = 0

    def report(self) -> str:
        return "\n".join(["the public schema was violated:", *self.violations])

    def exchange(self, exchange: Exchange) -> None:
        operation = self._operation(exchange)
        if operation is None:
            return
        where = f"{exchange.method} {exchange.template}"
        if exchange.status < _FIRST_REFUSAL and exchange.request is not None:
            self._judge_request(where, operation, exchange)
        answers = as_object(operation["responses"])
        named = str(exchange.status)
        if exchange.status == _TOO_MANY and "retry_after" not in as_object(exchange.response):
            # 30046 and its like are 429s with the body of any other error.
            named = "4XX"
        elif named not in answers and _FIRST_REFUSAL <= exchange.status < _FIRST_FAILURE:
            named = "4XX"
        if named not in answers:
            self.violations.append(f"{where}: the schema has no answer {exchange.status}")
            return
        self._judge_answer(f"{where} -> {exchange.status}", as_object(answers[named]), named, where, exchange.response)

    def dispatch(self, payload: Json) -> None:
        for where, name, value in dispatched.parts(str(payload["t"]), as_object(payload["d"])):
            self._judge(f"gateway {where}", f"#/components/schemas/{name}", value)

    def _operation(self, exchange: Exchange) -> Json | None:
        if exchange.template in _UNSPECIFIED:
            return None
        path = as_object(as_object(self._schema.document["paths"]).get(exchange.template))
        operation = path.get(exchange.method.lower())
        if operation is None:
            self.violations.append(f"{exchange.method} {exchange.template}: not in the public schema")
            return None
        return as_object(operation)

    def _judge_request(self, where: str, operation: Json, exchange: Exchange) -> None:
        content = as_object(as_object(operation.get("requestBody")).get("content"))
        kind = "multipart/form-data" if exchange.multipart and "application/json" not in content else "application/json"
        if kind in content:
            body = f"requestBody/content/{_escaped(kind)}/schema"
            pointer = f"#/paths/{_escaped(exchange.template)}/{exchange.method.lower()}/{body}"
            self._judge(f"{where} request", pointer, _texts_for_ids(exchange.request))

    def _judge_answer(self, where: str, answer: Json, named: str, operation: str, body: Any) -> None:
        if "$ref" in answer:
            pointer = f"{answer['$ref']}/content/{_escaped('application/json')}/schema"
        elif "content" in answer:
            method, template = operation.split(" ")
            content = f"responses/{named}/content/{_escaped('application/json')}/schema"
            pointer = f"#/paths/{_escaped(template)}/{method.lower()}/{content}"
        else:
            if body is not None:
                self.violations.append(f"{where}: the schema has no body here")
            return
        self._judge(where, pointer, body)

    def _judge(self, where: str, pointer: str, value: Any) -> None:
        self.checked += 1
        for error in self._schema.errors(pointer, json.loads(json.dumps(value))):
            self.violations.append(f"{where}: {_innermost(error)}")


def _innermost(error: Any) -> str:
    """The most telling of nested oneOf errors: the deepest in the value."""
    deepest = error
    while deepest.context:
        deepest = max(deepest.context, key=lambda one: (len(one.absolute_path), -len(one.context or ())))
    path = "/".join(str(step) for step in deepest.absolute_path)
    return f"at {path or '(top)'}: {deepest.message[:300]}"


def _escaped(part: str) -> str:
    """A JSON pointer step inside a URI fragment."""
    text = part.replace("~", "~0").replace("/", "~1")
    return text.replace("{", "%7B").replace("}", "%7D")


_IDS = frozenset(
    {"id", "owner_id", "sku_id", "message_id", "channel_id", "guild_id", "recipient_id", "emoji_id", "application_id"}
)


def _texts_for_ids(value: Any, key: str = "") -> Any:
    """Discord reads numbers where its schema says snowflake (a string), and libraries send them.

    Component ids are numbers in the schema: an object with a `type` beside its `id` keeps the number, unless it is an
    overwrite or a default value.
    """
    if isinstance(value, list):
        listed = as_list(value)
        return [
            str(one) if key in {"users", "roles"} and isinstance(one, int) else _texts_for_ids(one) for one in listed
        ]
    if not isinstance(value, dict):
        return value
    entries = as_object(value)
    component = isinstance(entries.get("type"), int) and not entries.keys() & {"allow", "deny"}
    result: Json = {}
    for name, one in entries.items():
        bare = isinstance(one, int) and not isinstance(one, bool)
        as_text = bare and name in _IDS and not (name == "id" and component)
        result[name] = str(one) if as_text else _texts_for_ids(one, name)
    return result
