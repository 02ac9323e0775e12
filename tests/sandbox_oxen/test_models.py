"""The catalogue over HTTP."""

from typing import Any

import pytest

from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.listening import event, listening
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Client, Conforms, Start


async def test_all_models_are_listed_in_the_providers_shape(start: Start, conforms: Conforms) -> None:
    client = await start()
    answer = await client.call("GET", "/api/ai/models")
    conforms("ListModelsResponse", answer.body)
    assert len(answer.body["data"]) == 115
    told = {"owned_by", "display_name", "summary", "model_type", "endpoint", "capabilities", "deployments"}
    told |= {"developer", "image_url", "released_at", "pricing", "request_schema", "created", "description"}
    assert all(told <= model.keys() for model in answer.body["data"])
    assert [
        model["id"] for model in answer.body["data"] if not model["summary"] or not model["developer"]["name"]
    ] == []
    kling = (await client.call("GET", "/api/ai/models", developer_name="kling")).body["data"]
    assert [model["id"] for model in kling if "kling" not in model["id"]] == []
    assert VIDEO_MODEL in [model["id"] for model in kling]
    assert (await client.call("GET", "/api/ai/models", developer_name="nobody")).body["data"] == []
    assert len((await client.call("GET", "/api/ai/models", provider_name="oxen")).body["data"]) == 115


async def test_search_looks_for_every_word_in_id_and_name(start: Start, conforms: Conforms) -> None:
    client = await start()
    answer = await client.call("GET", "/api/ai/models/search", search="KLING text-to-video")
    conforms("ListModelsResponse", answer.body)
    assert [model["id"] for model in answer.body["data"]] == [VIDEO_MODEL]
    assert (await client.call("GET", "/api/ai/models/search", search="no such model")).body["data"] == []


async def test_one_model_has_its_schema_under_the_name_of_its_path(start: Start, conforms: Conforms) -> None:
    client = await start()
    model = (await client.call("GET", f"/api/ai/models/{IMAGE_MODEL}")).body
    conforms("Model", model)
    older = (await client.call("GET", f"/api/evaluations/models/{IMAGE_MODEL}")).body
    assert "request_schema" not in older
    assert older["json_request_schema"] == model["request_schema"]


async def test_an_unknown_model_is_named(start: Start) -> None:
    client = await start()
    answer = await client.call("GET", "/api/ai/models/nobody")
    assert (answer.status, answer.body) == (404, {"error": {"message": "Model not found: nobody"}})


KEYS = {"herd": ("north", "barn"), "flock": ("west",)}
CUSTOM = {"source_model": IMAGE_MODEL, "model_type": "custom", "owned_by": "barn", "display_name": "Foxes"}


@pytest.fixture
async def owner(start: Start, clock: ManualClock) -> Client:
    """Holds the key whose organization has a custom model, `foxes`."""
    client = (await start(keys=KEYS, clock=clock, speed=1, keep_alive=5)).holding("herd")
    answer = await client.call("PUT", "/sandbox/models/foxes", CUSTOM)
    assert answer.status == 200, answer.body
    return client


async def status_of(client: Client, model: str = "foxes") -> str:
    (deployment,) = (await client.call("GET", f"/api/ai/models/{model}")).body["deployments"]
    return deployment["status"]


async def test_a_custom_model_works_once_it_is_activated(owner: Client, clock: ManualClock, conforms: Conforms) -> None:
    body = {"model": "foxes", "prompt": "a fox"}
    assert await status_of(owner) == "inactive"
    refused = await owner.call("POST", "/api/ai/queue", body)
    assert (refused.status, refused.body) == (400, {"error": {"message": "Model is not active: foxes"}})
    activated = await owner.call("POST", "/api/ai/models/foxes/activate")
    conforms("Model", activated.body)
    assert activated.body["deployments"] == [{"status": "deploying"}]
    assert (await owner.call("POST", "/api/ai/queue", body)).status == 400
    live = {"deployment_status": "live"}
    assert (await owner.call("GET", "/api/ai/models/foxes", **live)).status == 404
    clock.advance(60)
    assert await status_of(owner) == "active"
    assert (await owner.call("GET", "/api/ai/models/foxes", **live)).status == 200
    await owner.enqueue("foxes")
    # Once more changes nothing.
    assert (await owner.call("POST", "/api/ai/models/foxes/activate")).body["deployments"] == [{"status": "active"}]
    conforms("Model", (await owner.call("POST", "/api/ai/models/foxes/deactivate")).body)
    assert await status_of(owner) == "inactive"
    assert (await owner.call("POST", "/api/ai/queue", body)).status == 400


async def test_a_custom_model_is_its_owner_s_alone(owner: Client) -> None:
    other = owner.holding("flock")
    assert "foxes" in [row["id"] for row in (await owner.call("GET", "/api/ai/models")).body["data"]]
    assert "foxes" not in [row["id"] for row in (await other.call("GET", "/api/ai/models")).body["data"]]
    assert (await other.call("GET", "/api/ai/models/search", search="foxes")).body["data"] == []
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/activate"), ("POST", "/deactivate")):
        answer = await other.call(method, f"/api/ai/models/foxes{path}", {})
        assert (answer.status, answer.body) == (404, {"error": {"message": "Model not found: foxes"}})
    refused = await other.call("POST", "/api/ai/queue", {"model": "foxes", "prompt": "x"})
    assert (refused.status, refused.body) == (404, {"error": {"message": "Model not found: foxes"}})


async def test_a_custom_model_can_be_renamed_and_deleted(owner: Client, conforms: Conforms) -> None:
    renamed = await owner.call("PUT", "/api/ai/models/foxes", {"display_name": "Red foxes", "pricing": {"x": 1}})
    conforms("Model", renamed.body)
    assert (renamed.body["display_name"], renamed.body["pricing"]) == ("Red foxes", None)
    assert (await owner.call("PUT", "/api/ai/models/foxes", {"display_name": 7})).status == 400
    deleted = await owner.call("DELETE", "/api/ai/models/foxes")
    conforms("Model", deleted.body)
    assert (await owner.call("GET", "/api/ai/models/foxes")).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/activate"), ("POST", "/deactivate")]
)
async def test_the_provider_s_models_are_nobody_s_to_change(start: Start, method: str, path: str) -> None:
    client = await start()
    answer = await client.call(method, f"/api/ai/models/{IMAGE_MODEL}{path}", {})
    assert (answer.status, answer.body["error"]["type"]) == (403, "forbidden")


async def test_activating_fires_an_event_of_another_name(owner: Client) -> None:
    async with listening(owner) as stream:
        await owner.call("POST", "/api/ai/models/foxes/activate")
        told = await event(stream)
    assert told == 'event: deployment_status_changed\ndata: {"model":"foxes","status":"deploying"}\n\n'


async def test_models_come_and_go_and_change_their_price(start: Start) -> None:
    client = await start()
    pricing: dict[str, Any] = {"method": "per_video_output_second", "cost_per_second": 0.5}
    await client.call("PUT", f"/sandbox/models/{VIDEO_MODEL}", {"pricing": pricing})
    changed = (await client.call("GET", f"/api/ai/models/{VIDEO_MODEL}")).body
    assert (changed["pricing"], changed["owned_by"]) == (pricing, "oxen")
    await client.call("PUT", "/sandbox/models/new-model", {"source_model": VIDEO_MODEL, "display_name": "New"})
    (one,) = await client.enqueue("new-model")
    await client.call("DELETE", "/sandbox/models/new-model")
    assert (await client.call("GET", "/api/ai/models/new-model")).status == 404
    assert (await client.ended(one))["status"] == "succeeded"
    assert (await client.call("PUT", "/sandbox/models/x", {"source_model": "nobody"})).status == 400


async def test_fine_tuning_is_a_filter(start: Start) -> None:
    client = await start()
    await client.call("PUT", f"/sandbox/models/{IMAGE_MODEL}", {"fine_tuning": {"actions": ["text_to_image"]}})
    found = (await client.call("GET", "/api/ai/models", action="text_to_image")).body["data"]
    assert [row["id"] for row in found] == [IMAGE_MODEL]
