"""The catalogue over HTTP."""

from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Conforms, Start


async def test_all_models_are_listed_in_the_providers_shape(start: Start, conforms: Conforms) -> None:
    client = await start()
    answer = await client.call("GET", "/api/ai/models")
    conforms("ListModelsResponse", answer.body)
    assert len(answer.body["data"]) == 113
    assert await client.call("GET", "/api/ai/models", developer_name="nobody") != answer
    assert (await client.call("GET", "/api/ai/models", developer_name="nobody")).body["data"] == []


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
