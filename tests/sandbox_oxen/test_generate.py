"""The blocking calls."""

import base64
from typing import Any

import pytest

from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, VIDEO_MODEL, Conforms, Start

PREFIX = "Getting model response error: 422 - Value error, "


@pytest.mark.parametrize("path", ["/api/ai/videos/generate", "/api/videos/generate"])
async def test_video_is_answered_with_a_url(start: Start, conforms: Conforms, path: str) -> None:
    client = await start()
    answer = await client.call("POST", path, {"model": VIDEO_MODEL, "prompt": "a fox", "duration": 5})
    conforms("VideoGenerateResponse", answer.body)
    assert (answer.status, answer.body["model"]) == (200, VIDEO_MODEL)
    assert (await client.call("GET", answer.body["videos"][0]["url"])).status == 200
    assert len(client.sandbox.ledger.account("sandbox").charges) == 1
    assert await client.rows(status="succeeded") == []


@pytest.mark.parametrize("path", ["/api/ai/images/generate", "/api/images/generate"])
async def test_images_are_answered_by_count(start: Start, conforms: Conforms, path: str) -> None:
    client = await start()
    answer = await client.call("POST", path, {"model": IMAGE_MODEL, "prompt": "a fox", "n": 2})
    conforms("ImageGenerateResponse", answer.body)
    assert len({image["url"] for image in answer.body["images"]}) == 2


async def test_bytes_can_come_inline(start: Start) -> None:
    client = await start()
    body = {"model": VIDEO_MODEL, "prompt": "a fox", "response_format": "b64_json"}
    answer = await client.call("POST", "/api/ai/videos/generate", body)
    (video,) = answer.body["videos"]
    assert len(base64.b64decode(video["b64_json"], validate=True)) == 32


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, PREFIX + "Either 'prompt' or 'multi_prompt' must be provided."),
        (
            {"prompt": "x", "multi_prompt": [{"prompt": "y"}]},
            PREFIX + "Cannot provide both 'prompt' and 'multi_prompt'.",
        ),
        ({"prompt": "x", "duration": 16}, "duration must be at most 15"),
    ],
)
async def test_bad_parameters_are_refused_at_once(start: Start, parameters: dict[str, Any], message: str) -> None:
    client = await start()
    answer = await client.call("POST", "/api/ai/videos/generate", {"model": SHOTS_MODEL, **parameters})
    assert (answer.status, answer.body) == (400, {"error": {"message": message}})


async def test_the_model_must_make_what_the_path_says(start: Start) -> None:
    client = await start()
    answer = await client.call("POST", "/api/ai/videos/generate", {"model": IMAGE_MODEL, "prompt": "a fox"})
    assert (answer.status, answer.body) == (400, {"error": {"message": ":unsupported_media_type"}})


async def test_provider_trouble_is_a_502(start: Start) -> None:
    client = await start()
    fault = {"on": "generation", "kind": "fail", "times": 1}
    await client.call("PUT", "/sandbox/faults", {"faults": [fault]})
    answer = await client.call("POST", "/api/ai/images/generate", {"model": IMAGE_MODEL, "prompt": "a fox"})
    assert (answer.status, answer.body) == (502, {"error": {"message": "The model provider returned an error."}})
