"""The catalogue's calls: a search, one model by either path, custom models up and down."""

import json
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.provider import NotFound, Unavailable
from bot.oxen.catalogue import RemoteModel, restored
from bot.oxen.client import OxenClient
from bot.oxen.transport import Request
from sandbox.oxen.server import OxenSandbox
from tests.cases import for_each
from tests.fakes.orders import KEY
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL
from tests.fakes.transport import Reply, replies, talking

CUSTOM = {
    "id": "acme/our-fox:v2",
    "object": "model",
    "model_type": "custom",
    "source_model": "wan-ai-wan2-1-t2v-1-3b-diffusers",
    "capabilities": {"output": ["video"]},
    "deployments": [{"status": "inactive"}],
    "request_schema": {"properties": {"prompt": {"type": "string"}}, "required": ["prompt"]},
}
Call = Callable[[OxenClient], Awaitable[RemoteModel]]


# Against the stand-in.


async def test_a_search_finds_what_the_provider_finds() -> None:
    async with OxenSandbox(keys={KEY: None}) as sandbox, OxenClient(sandbox.url, KEY) as oxen:
        found = await oxen.models.search("kling 2.6 & pro")
        assert not len(found)
        found = await oxen.models.search("flux klein")
        everything = await oxen.catalogue()
    assert IMAGE_MODEL in {model.id for model in found}
    assert 0 < len(found) < len(everything)
    assert all(everything.get(model.id) == model for model in found)


async def test_one_model_is_the_one_in_the_list() -> None:
    async with OxenSandbox(keys={KEY: None}) as sandbox, OxenClient(sandbox.url, KEY) as oxen:
        one = await oxen.models.get(VIDEO_MODEL)
        assert one.model == (await oxen.catalogue()).get(VIDEO_MODEL)
        assert one.usable
        with pytest.raises(NotFound):
            await oxen.models.get("no-such-model")


async def test_a_model_as_it_was_kept_is_the_model() -> None:
    async with OxenSandbox(keys={KEY: None}) as sandbox, OxenClient(sandbox.url, KEY) as oxen:
        catalogue = await oxen.catalogue()
    assert len(catalogue) > 100
    assert restored([model.source for model in catalogue]) == list(catalogue)


# One model.


@for_each("name", ["request_schema", "json_request_schema"])
async def test_both_names_of_the_schema(name: str) -> None:
    row = {"id": "m", name: {"properties": {"duration": {"type": "integer"}}}}
    async with talking(replies(200, row)) as (oxen, _):
        assert list((await oxen.models.get("m")).model.parameters) == ["duration"]


async def test_a_provider_that_knows_the_older_path_only() -> None:
    def answer(request: Request) -> Reply:
        older = request.url.path.startswith("/api/evaluations/models/")
        return replies(200, {"id": "m", "json_request_schema": {}}) if older else replies(404)

    async with talking(answer) as (oxen, asked):
        assert (await oxen.models.get("m")).model.id == "m"
    assert [request.url.raw_path for request in asked.requests] == ["/api/ai/models/m", "/api/evaluations/models/m"]


@for_each(
    ("model_id", "path"),
    [
        ("acme/our-fox", "/api/ai/models/acme%2Four-fox"),
        ("a b?c#d%", "/api/ai/models/a%20b%3Fc%23d%25"),
        ("ü", "/api/ai/models/%C3%BC"),
        ("m" * 500, "/api/ai/models/" + "m" * 500),
    ],
)
async def test_an_id_is_one_segment_of_the_path(model_id: str, path: str) -> None:
    async with talking(replies(200, {"id": "m"})) as (oxen, asked):
        await oxen.models.get(model_id)
    assert [request.url.raw_path for request in asked.requests] == [path]


@for_each("name", ["..", ".", "../queue", "", "../../api/keys"])
async def test_an_id_does_not_lead_elsewhere(name: str) -> None:
    async with talking(replies(200, {"id": "m"})) as (oxen, asked):
        await oxen.models.get(name)
        await oxen.models.activate(name)
    one, up = (request.url.raw_path for request in asked.requests)
    assert one.startswith("/api/ai/models/")
    assert up.startswith("/api/ai/models/")
    assert up.endswith("/activate")


@for_each("body", [None, [], {}, {"id": 7}, {"id": "m" * 101}, "m"])
async def test_a_malformed_model_is_an_error(body: object) -> None:
    async with talking(replies(200, body)) as (oxen, _):
        with pytest.raises(Unavailable):
            await oxen.models.get("m")


# Custom models.


@for_each(
    ("deployments", "read", "usable"),
    [
        ([{"status": "active"}], ("active",), True),
        ([{"status": "inactive"}, {"status": "active"}], ("inactive", "active"), True),
        ([{"status": "deploying"}], ("deploying",), False),
        ([{"status": "tomorrow"}, None, {}, {"status": []}], ("unknown",) * 4, False),
        ([{"status": "active"}] * 100_000, ("active",) * 20, True),
        ([], (), False),
        (None, (), False),
        ({"status": "active"}, (), False),
    ],
)
async def test_whether_a_custom_model_can_be_used(deployments: object, read: tuple[str, ...], usable: bool) -> None:
    row = CUSTOM | {"deployments": deployments}
    async with talking(replies(200, row)) as (oxen, _):
        found = await oxen.models.get("acme/our-fox:v2")
    assert (found.custom, found.source) == (True, "wan-ai-wan2-1-t2v-1-3b-diffusers")
    assert (found.deployments, found.usable) == (read, usable)


@for_each(
    ("call", "action"),
    [
        (lambda oxen: oxen.models.activate(CUSTOM["id"]), "activate"),
        (lambda oxen: oxen.models.deactivate(CUSTOM["id"]), "deactivate"),
    ],
)
async def test_up_and_down(call: Call, action: str) -> None:
    async with talking(replies(200, CUSTOM | {"deployments": [{"status": "deploying"}]})) as (oxen, asked):
        found = await call(oxen)
    (request,) = asked.requests
    assert (request.method, request.url.raw_path) == ("POST", f"/api/ai/models/acme%2Four-fox%3Av2/{action}")
    assert (request.headers["Authorization"], request.body) == (f"Bearer {KEY}", None)
    assert found.deployments == ("deploying",)


async def test_an_entry_beyond_what_json_knows_can_be_kept() -> None:
    text = '{"data":[{"id":"m","x":1e999,"y":[NaN],"z":"\\u0000\\ud800"}]}'
    async with talking(replies(200, text.encode())) as (oxen, _):
        (model,) = await oxen.catalogue()
    assert model.source.encode()
    assert restored([model.source, "{", "[]", "7", json.dumps("x")]) == [model]
