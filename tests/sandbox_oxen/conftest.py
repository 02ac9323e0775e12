"""A stand-in on a real socket for each test, and a client that holds its key."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from sandbox.oxen.clock import ManualClock
from sandbox.oxen.server import OxenSandbox
from tests.sandbox_oxen.support import Blank, Client, Conforms, Start

OPENAPI = Path(__file__).parents[1] / "data" / "oxen" / "openapi.json"


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a stand-in with the given options and returns a client of it; blank media unless told otherwise."""
    async with AsyncExitStack() as stack:

        async def started(**options: Any) -> Client:
            settings = {"speed": 1e6, "renderer": Blank(), **options}
            sandbox = await stack.enter_async_context(OxenSandbox(**settings))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            # aiohttp repeats a GET by itself when its connection drops, and a fault would be used up unseen.
            session._retry_connection = False
            return Client(sandbox, session)

        yield started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def conforms() -> Conforms:
    """Fails unless a body is valid against the named schema of the provider's own OpenAPI file."""
    document = _plain(json.loads(OPENAPI.read_text(encoding="utf-8")))

    def check(name: str, body: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)

    return check


def _plain(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(each) for key, each in node.items() if key != "nullable"}
    # The catalogue's null `pricing` means "not public"; the schema forgets to allow it.
    if isinstance(plain.get("pricing"), dict):
        plain["pricing"] = {"anyOf": [plain["pricing"], {"type": "null"}]}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
