"""The provider's own schema (0.243.1), and what passes between a client and a server held against it."""

import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from jsonschema import Draft202012Validator, FormatChecker

FILE = Path(__file__).parents[1] / "data" / "oxen" / "openapi.json"
_PASSED_ON = ("Authorization", "Content-Type", "Accept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as they went over the wire. Bodies are JSON, None for none."""

    method: str
    path: str
    query: Mapping[str, str]
    asked: Any
    status: int
    said: Any


class OpenApi:
    """What the schema has against an exchange: nothing, or the messages of the validator."""

    def __init__(self) -> None:
        self._document = as_json_schema(json.loads(FILE.read_text(encoding="utf-8")))
        self._paths = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): path for path in self._document["paths"]}

    @property
    def operations(self) -> set[tuple[str, str]]:
        """Every method and path."""
        return {(method.upper(), path) for path, calls in self._document["paths"].items() for method in calls}

    def parameters(self) -> Iterator[tuple[str, str, str]]:
        """Every method, path and name of a parameter in the query or the body."""
        for path, calls in self._document["paths"].items():
            for method, call in calls.items():
                names = [each["name"] for each in call.get("parameters", []) if each["in"] == "query"]
                body = self._body(call).get("$ref", "").rpartition("/")[2]
                names += self._document["components"]["schemas"].get(body, {}).get("properties", {})
                yield from ((method.upper(), path, name) for name in names)

    def operation(self, exchange: Exchange) -> tuple[str, str]:
        """The operation that the request is one of. Fails when there is no such."""
        found = [path for pattern, path in self._paths.items() if pattern.fullmatch(exchange.path)]
        exact = exchange.path if exchange.path in found else next(iter(found), None)
        assert exact is not None, f"no such path: {exchange.path}"
        return exchange.method, exact

    def against_request(self, exchange: Exchange) -> list[str]:
        call = self._call(exchange)
        known = {each["name"]: each["schema"] for each in call.get("parameters", []) if each["in"] == "query"}
        wrong = [f"no such filter: {name}" for name in exchange.query if name not in known]
        for name, text in exchange.query.items():
            if name in known:
                value = int(text) if known[name].get("type") == "integer" else text
                wrong += [f"{name}: {each}" for each in self._against(known[name], value)]
        required = {each["name"] for each in call.get("parameters", []) if each["in"] == "query" and each["required"]}
        wrong += [f"{name} is required" for name in required - set(exchange.query)]
        schema = self._body(call)
        return wrong + (self._against(schema, exchange.asked) if schema else [])

    def against_answer(self, exchange: Exchange) -> list[str]:
        answers = self._call(exchange)["responses"]
        assert str(exchange.status) in answers, f"no such status: {exchange.status}"
        content = answers[str(exchange.status)]["content"]["application/json"]
        return self._against(content["schema"], exchange.said)

    def _call(self, exchange: Exchange) -> Mapping[str, Any]:
        method, path = self.operation(exchange)
        assert method.lower() in self._document["paths"][path], f"no such call: {method} {path}"
        return self._document["paths"][path][method.lower()]

    def _body(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        return call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})

    def _against(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        whole = {**schema, "components": self._document["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: as_json_schema(each) for key, each in node.items() if key != "nullable"}
    # `pricing` may be null, and its numbers may arrive as strings (API.md); the schema forgets to allow both.
    if isinstance(plain.get("pricing"), dict):
        plain["pricing"] = {"anyOf": [_spelled(plain["pricing"]), {"type": "null"}]}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@dataclass
class Witness:
    """A host between a client and a server that writes down what passes."""

    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list[Exchange])


@asynccontextmanager
async def witnessing(server: str) -> AsyncGenerator[Witness]:
    """Stands on a socket of its own before the server at that URL."""
    witness = Witness()
    async with aiohttp.ClientSession(server) as session:

        async def pass_on(request: web.Request) -> web.Response:
            body = await request.read()
            headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
            async with session.request(
                request.method, request.rel_url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                said = await answer.read()
            witness.exchanges.append(
                Exchange(
                    method=request.method,
                    path=request.rel_url.raw_path,
                    query=dict(request.query),
                    asked=json.loads(body) if body else None,
                    status=answer.status,
                    said=json.loads(said) if said else None,
                )
            )
            return web.Response(body=said, status=answer.status, content_type=answer.content_type)

        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{path:.*}", pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            witness.url = "http://{}:{}".format(*runner.addresses[0][:2])
            yield witness
        finally:
            await runner.cleanup()


def _spelled(node: Any) -> Any:
    """The same, with numbers also as text."""
    if isinstance(node, list):
        return [_spelled(each) for each in node]
    if node == {"type": "number"}:
        return {"anyOf": [node, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}]}
    return {key: _spelled(each) for key, each in node.items()} if isinstance(node, dict) else node
