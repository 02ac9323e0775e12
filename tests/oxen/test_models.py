"""The catalogue's calls: a search, one model by either path, custom models up and down."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.domain.provider import Ambiguous, KeyRefused, NotFound, OxenError, Rejected, Unavailable
from bot.oxen.client import OxenClient, Timeouts
from bot.oxen.deployments import RemoteModel
from bot.oxen.wire import restored
from sandbox.oxen.server import OxenSandbox
from tests.fakes.orders import KEY
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL
from tests.oxen.servers import Answer, closes, never, raw, resets, says, says_json, serving, then_closes

SOON = Timeouts(read=0.05, enqueue=0.05)
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
        found = await oxen.search("kling 2.6 & pro")
        assert not len(found)
        found = await oxen.search("flux klein")
        everything = await oxen.catalogue()
    assert IMAGE_MODEL in {model.id for model in found}
    assert 0 < len(found) < len(everything)
    assert all(everything.get(model.id) == model for model in found)


async def test_one_model_is_the_one_in_the_list() -> None:
    async with OxenSandbox(keys={KEY: None}) as sandbox, OxenClient(sandbox.url, KEY) as oxen:
        one = await oxen.model(VIDEO_MODEL)
        assert one.model == (await oxen.catalogue()).get(VIDEO_MODEL)
        assert one.usable
        with pytest.raises(NotFound):
            await oxen.model("no-such-model")


async def test_a_model_as_it_was_kept_is_the_model() -> None:
    async with OxenSandbox(keys={KEY: None}) as sandbox, OxenClient(sandbox.url, KEY) as oxen:
        catalogue = await oxen.catalogue()
    assert len(catalogue) > 100
    assert restored([model.source for model in catalogue]) == list(catalogue)


# One model.


@pytest.mark.parametrize("name", ["request_schema", "json_request_schema"])
async def test_both_names_of_the_schema(name: str) -> None:
    row = {"id": "m", name: {"properties": {"duration": {"type": "integer"}}}}
    async with serving(says_json(200, row)) as server, OxenClient(server.url, KEY) as oxen:
        assert list((await oxen.model("m")).model.parameters) == ["duration"]


async def test_a_provider_that_knows_the_older_path_only() -> None:
    async def answer(request: Any, writer: Any) -> None:
        older = request.path.startswith("/api/evaluations/models/")
        await (says_json(200, {"id": "m", "json_request_schema": {}}) if older else says(404))(request, writer)

    async with serving(answer) as server, OxenClient(server.url, KEY) as oxen:
        assert (await oxen.model("m")).model.id == "m"
    assert [request.path for request in server.requests] == ["/api/ai/models/m", "/api/evaluations/models/m"]


@pytest.mark.parametrize(
    ("model_id", "path"),
    [
        ("acme/our-fox", "/api/ai/models/acme%2Four-fox"),
        ("a b?c#d%", "/api/ai/models/a%20b%3Fc%23d%25"),
        ("ü", "/api/ai/models/%C3%BC"),
        ("m" * 500, "/api/ai/models/" + "m" * 500),
    ],
)
async def test_an_id_is_one_segment_of_the_path(model_id: str, path: str) -> None:
    async with serving(says_json(200, {"id": "m"})) as server, OxenClient(server.url, KEY) as oxen:
        await oxen.model(model_id)
    assert [request.path for request in server.requests] == [path]


@pytest.mark.parametrize("name", ["..", ".", "../queue", "", "../../api/keys"])
async def test_an_id_does_not_lead_elsewhere(name: str) -> None:
    async with serving(says_json(200, {"id": "m"})) as server, OxenClient(server.url, KEY) as oxen:
        await oxen.model(name)
        await oxen.activate(name)
    one, up = (request.path for request in server.requests)
    assert one.startswith("/api/ai/models/")
    assert up.startswith("/api/ai/models/")
    assert up.endswith("/activate")


@pytest.mark.parametrize("body", [None, [], {}, {"id": 7}, {"id": "m" * 101}, "m"])
async def test_a_model_that_is_none(body: object) -> None:
    async with serving(says_json(200, body)) as server, OxenClient(server.url, KEY) as oxen:
        with pytest.raises(Unavailable):
            await oxen.model("m")


# Custom models.


@pytest.mark.parametrize(
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
    async with serving(says_json(200, row)) as server, OxenClient(server.url, KEY) as oxen:
        found = await oxen.model("acme/our-fox:v2")
    assert (found.custom, found.source) == (True, "wan-ai-wan2-1-t2v-1-3b-diffusers")
    assert (found.deployments, found.usable) == (read, usable)


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (lambda oxen: oxen.activate(CUSTOM["id"]), "activate"),
        (lambda oxen: oxen.deactivate(CUSTOM["id"]), "deactivate"),
    ],
    ids=["activate", "deactivate"],
)
async def test_up_and_down(call: Call, action: str) -> None:
    answer = says_json(200, CUSTOM | {"deployments": [{"status": "deploying"}]})
    async with serving(answer) as server, OxenClient(server.url, KEY) as oxen:
        found = await call(oxen)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", f"/api/ai/models/acme%2Four-fox%3Av2/{action}")
    assert (request.headers["authorization"], request.body) == (f"Bearer {KEY}", b"")
    assert found.deployments == ("deploying",)


TROUBLES: dict[str, tuple[Answer, type[OxenError]]] = {
    "closed": (closes, Ambiguous),
    "reset": (resets, Ambiguous),
    "never": (never, Ambiguous),
    "half": (then_closes(says(200, b"{", content_length="99")), Ambiguous),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), Ambiguous),
    "no model": (says_json(200, {"status": "success"}), Ambiguous),
    "500": (says(500), Ambiguous),
    "429": (says(429), Unavailable),
    "401": (says(401), KeyRefused),
    "404": (says_json(404, {"error": {"message": "Model not found: x"}}), Rejected),
    "422": (says_json(422, {"error": {"message": "a base model needs no activation"}}), Rejected),
}


@pytest.mark.parametrize(("answer", "kind"), TROUBLES.values(), ids=TROUBLES)
async def test_what_the_trouble_of_an_activation_is_called(answer: Answer, kind: type[OxenError]) -> None:
    async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        with pytest.raises(OxenError) as caught:
            await oxen.activate("x")
    assert type(caught.value) is kind
    assert len(server.posts) == 1


async def test_an_entry_beyond_what_json_knows_can_be_kept() -> None:
    text = '{"data":[{"id":"m","x":1e999,"y":[NaN],"z":"\\u0000\\ud800"}]}'
    async with serving(says(200, text.encode())) as server, OxenClient(server.url, KEY) as oxen:
        (model,) = await oxen.catalogue()
    assert model.source.encode()
    assert restored([model.source, "{", "[]", "7", json.dumps("x")]) == [model]
