"""What happens when a generation runs: how long it takes, and what the model refuses only then."""

import base64
from typing import Any

import pytest

from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.clock import ManualClock
from sandbox.oxen.timing import SPANS, Timing
from tests.sandbox_oxen import orders
from tests.sandbox_oxen.files import Cdn, picture
from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, SMALL_MODEL, VIDEO_MODEL, Start

URL = "https://example.com/a.png"
DATA = "data:image/png;base64," + base64.b64encode(picture()).decode()

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (VIDEO_MODEL, {"prompt": "x", "duration": 7}, "duration must be one of 5, 10"),
    (VIDEO_MODEL, {"prompt": "x", "duration": "five"}, "duration must be of type integer"),
    (VIDEO_MODEL, {"prompt": "x", "generate_audio": "yes"}, "generate_audio must be of type boolean"),
    (VIDEO_MODEL, {}, "Either 'prompt' or 'multi_prompt' must be provided."),
    (VIDEO_MODEL, {"prompt": ""}, "Either 'prompt' or 'multi_prompt' must be provided."),
    (IMAGE_MODEL, {"prompt": "x", "aspect_ratio": "1:7"}, "aspect_ratio must be one of 1:1, 16:9, 9:16, 4:3, 3:4"),
    (IMAGE_MODEL, {"prompt": "x", "num_inference_steps": 51}, "num_inference_steps must be at most 50"),
    (IMAGE_MODEL, {"prompt": "x", "guidance_scale": -0.5}, "guidance_scale must be at least 0.0"),
    (IMAGE_MODEL, {"prompt": "x", "seed": 1.5}, "seed must be of type integer"),
    (IMAGE_MODEL, {"prompt": "x", "input_image": ["no"]}, "input_image[0] must be a URL or a data URI"),
    (IMAGE_MODEL, {"prompt": 7}, "prompt must be of type string"),
    (SHOTS_MODEL, {"prompt": "x" * 513}, "prompt must have at most 512 characters"),
    (SHOTS_MODEL, {"prompt": "x", "input_image": [URL] * 5}, "input_image must have at most 4 items"),
    (SHOTS_MODEL, {"prompt": "x", "elements": [{}]}, "elements[0].frontal_image_url is required"),
    (SHOTS_MODEL, {"multi_prompt": [{"duration": 4}]}, "multi_prompt[0].prompt is required"),
    (SHOTS_MODEL, {"multi_prompt": "x"}, "multi_prompt must be of type array"),
    (SHOTS_MODEL, {"multi_prompt": []}, "Either 'prompt' or 'multi_prompt' must be provided."),
    (
        SHOTS_MODEL,
        {"prompt": "x", "multi_prompt": [{"prompt": "y"}]},
        "Cannot provide both 'prompt' and 'multi_prompt'.",
    ),
    (
        SHOTS_MODEL,
        {"multi_prompt": [{"prompt": "x", "duration": 8}] * 2},
        "Total shot duration (16s) exceeds maximum allowed (15s).",
    ),
    (
        SHOTS_MODEL,
        {"multi_prompt": [{"prompt": "x", "duration": 2}]},
        "Total shot duration (2s) is below minimum allowed (3s).",
    ),
    ("kling-video-v3-pro-motion-control", {"prompt": "x", "input_image": URL}, "input_video is required"),
    (
        "ltx-2-3-pro-extend-video",
        {"prompt": "x", "input_video": URL, "duration": 10**400},
        "duration must be between 1 and 60",
    ),
]

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    (VIDEO_MODEL, {"prompt": "x", "duration": None, "seed": None}),
    (VIDEO_MODEL, {"prompt": "x", "no_such_parameter": {"at": "all"}, "width": 10**9, "fps": "many"}),
    (IMAGE_MODEL, {"prompt": "x", "input_image": DATA, "seed": 10**400}),
    (SMALL_MODEL, {"prompt": "x", "aspect_ratio": "9" * 400 + ":1"}),
    (IMAGE_MODEL, {"prompt": "\ud800 \x00 日本語", "input_image": [DATA]}),
    (SHOTS_MODEL, {"multi_prompt": [{"prompt": "x"}, {"prompt": "y", "duration": 10}]}),
    ("google-veo-3-1", {"prompt": "x", "resolution": "720p"}),
    ("luma-ray-v3-2-text-to-video", {"prompt": "x", "duration": "10s"}),
    ("openai-sora-2-pro", {"prompt": "x", "seconds": "8"}),
]


@pytest.mark.parametrize(("model", "parameters", "message"), REFUSED)
async def test_a_parameter_outside_the_schema_fails_at_run_time(
    start: Start, model: str, parameters: dict[str, Any], message: str
) -> None:
    client = await start()
    answer = await client.call("POST", "/api/ai/queue", {"model": model, **parameters})
    assert answer.status == 200
    row = await client.ended(answer.body["generations"][0]["generation_id"])
    assert (row["status"], row["error_message"]) == ("failed", message)
    assert "result_url" not in row
    assert client.sandbox.ledger.account("sandbox").charges == []


@pytest.mark.parametrize(("model", "parameters"), ACCEPTED)
async def test_what_the_schema_allows_succeeds(start: Start, model: str, parameters: dict[str, Any]) -> None:
    client = await start()
    answer = await client.call("POST", "/api/ai/queue", {"model": model, **parameters})
    row = await client.ended(answer.body["generations"][0]["generation_id"])
    assert row["status"] == "succeeded", row


async def test_every_model_runs_on_its_defaults(start: Start, cdn: Cdn) -> None:
    client = await start()
    for model in Catalogue.from_file().all():
        (row,) = (await client.call("POST", "/api/ai/queue", orders.required(model, cdn))).body["generations"]
        ended = await client.ended(row["generation_id"])
        assert ended["status"] == "succeeded", (model.id, ended)


@pytest.mark.parametrize(("model", "media_type"), [(IMAGE_MODEL, "image"), (VIDEO_MODEL, "video")])
async def test_generations_take_realistic_times_divided_by_the_speed(
    start: Start, clock: ManualClock, model: str, media_type: str
) -> None:
    span, speed = SPANS[media_type], 10
    client = await start(clock=clock, speed=speed)
    (one,) = await client.enqueue(model)
    clock.advance(span.least / speed - 0.01)
    assert (await client.row(one))["status"] == "processing"
    clock.advance((span.most - span.least) / speed + 0.02)
    assert (await client.ended(one))["status"] == "succeeded"


def test_run_times_come_from_a_seeded_distribution_within_limits() -> None:
    for media_type, span in SPANS.items():
        drawn = [timing.draw(media_type) for timing in [Timing(3)] for _ in range(500)]
        again = [timing.draw(media_type) for timing in [Timing(3)] for _ in range(500)]
        assert drawn == again
        assert span.least <= min(drawn) < span.typical < max(drawn) <= span.most
        assert len(set(drawn)) > 400


async def test_a_renderer_that_breaks_is_provider_trouble(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        async def render(self, *_: object) -> None:
            raise OSError("no space")

        def close(self) -> None: ...

    client = await start(renderer=Broken())
    row = await client.ended((await client.enqueue())[0])
    assert (row["status"], row["error_message"]) == ("failed", "The model provider returned an error.")
    assert "rendering failed" in caplog.text
