"""Models by their schemas: valid orders come back as the media asked for, wrong ones fail when they run.

Here a model of each group is rendered; `tests/models` renders one for each set of parameters that decide how it looks.
"""

import io
from decimal import Decimal
from pathlib import Path

import av
import pytest
from PIL import Image

from sandbox.oxen.catalogue import Catalogue, Model
from sandbox.oxen.render.renderer import MediaRenderer
from tests.sandbox_oxen import orders
from tests.sandbox_oxen.files import FILM_SECONDS, WIDE, Cdn
from tests.sandbox_oxen.support import Client, Start

MODELS = Catalogue.from_file().all()
# What the page of one model says in place of a parameter's name.
WORDED_OTHERWISE = {"kling-video-o3-pro-video-to-video-edit": ("Field required", "Invalid URL")}
OF_EACH_GROUP = (
    "wan-v2-7-text-to-video",
    "luma-ray-v3-2-image-to-video",
    "bytedance-seedance-2-0-mini-reference-to-video",
    "xai-grok-imagine-video-edit-video",
    "ltx-2-3-pro-extend-video",
    "ltx-2-3-pro-retake",
    "ltx-2-3-pro-audio-to-video",
    "topazlabs-video-upscale",
    "topazlabs-image-upscale",
    "z-image-turbo",
    "qwen-image-edit",
)


async def made(client: Client, order: orders.Order) -> bytes:
    answer = await client.call("POST", "/api/ai/queue", order)
    assert answer.status == 200, answer.body
    row = await client.ended(answer.body["generations"][0]["generation_id"])
    assert row["status"] == "succeeded", row
    return (await client.call("GET", row["result_url"])).body


@pytest.mark.parametrize("model_id", OF_EACH_GROUP)
async def test_a_valid_order_comes_back_as_what_was_asked(
    start: Start, cdn: Cdn, tmp_path: Path, model_id: str
) -> None:
    (model,) = (each for each in MODELS if each.id == model_id)
    client = await start(renderer=MediaRenderer(workers=1, sketch=True))
    order = orders.full(model, cdn)
    content = await made(client, order)
    if model.media_type == "image":
        is_the_picture(content, model, order)
    else:
        path = tmp_path / "film"
        path.write_bytes(content)
        is_the_film(path, model, order)
    assert len(client.sandbox.ledger.account("sandbox").charges) == 1
    assert [each.name for each in client.sandbox.folder.glob("*.inputs")] == []


def is_the_picture(content: bytes, model: Model, order: orders.Order) -> None:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        width, height = picture.size
        asked = {**model.defaults, **order}.get("output_format", "png").replace("jpg", "jpeg")
        assert picture.format == asked.upper()
    if (ratio := orders.shape(model, order)) is not None:
        assert width / height == pytest.approx(ratio, rel=0.04)
    if model.id.startswith("topazlabs"):
        factor = {**model.defaults, **order}
        grown = factor.get("upscale_factor", factor.get("scale", "2x"))
        assert (width, height) == tuple(edge * int(grown[0]) for edge in WIDE)


def is_the_film(path: Path, model: Model, order: orders.Order) -> None:
    with av.open(str(path)) as opened:
        (video,) = opened.streams.video
        last = [packet for packet in opened.demux(video) if packet.size][-1]
        assert video.duration is not None
        assert video.time_base is not None
        length = float(video.duration * video.time_base)
        rate = orders.rate(model, order)
        if rate is not None:
            assert 1 / float((last.duration or 0) * video.time_base) == pytest.approx(rate, rel=1e-2)
        assert length == pytest.approx(float(orders.seconds(model, order)), abs=1 / 12)
        assert (last.pts or 0) + (last.duration or 0) == video.duration
        if {**model.defaults, **order}.get("generate_audio") is True:
            assert len(opened.streams.audio) == 1
        if (short := orders.short_edge(model, order)) is not None:
            assert min(video.width, video.height) == short
        if (ratio := orders.shape(model, order)) is not None:
            assert video.width / video.height == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prompt": None}, "Field required"),
        ({"input_video": None}, "Field required"),
        ({"input_video": "birds.mp4"}, "Invalid URL"),
        ({"elements": [{}]}, "Field required"),
        (
            {"elements": [{"frontal_image_url": "https://x/1", "reference_image_urls": ["https://x/2"] * 4}]},
            "elements[0].reference_image_urls must have at most 3 items",
        ),
    ],
)
async def test_what_is_wrong_with_an_edit_of_a_film_is_said_as_on_its_page(
    start: Start, cdn: Cdn, given: dict[str, object], message: str
) -> None:
    client = await start()
    order = {"model": "kling-video-o3-pro-video-to-video-edit", "prompt": "a bird", "input_video": cdn.url("film.mp4")}
    answer = await client.call("POST", "/api/ai/queue", order | given)
    row = await client.ended(answer.body["generations"][0]["generation_id"])
    assert (row["status"], row["error_message"]) == ("failed", message)
    refused = await client.call("POST", "/api/ai/videos/generate", order | given)
    assert (refused.status, refused.body) == (400, {"error": {"message": message}})


async def test_an_edit_of_a_film_costs_what_its_page_says(start: Start, cdn: Cdn) -> None:
    client = await start()
    order = {"model": "kling-video-o3-pro-video-to-video-edit", "prompt": "a bird", "input_video": cdn.url("film.mp4")}
    await client.ended((await client.call("POST", "/api/ai/queue", order)).body["generations"][0]["generation_id"])
    (charge,) = client.sandbox.ledger.account("sandbox").charges
    assert charge.cost == Decimal("0.336") * FILM_SECONDS


async def test_a_wrong_parameter_is_taken_and_fails_when_it_runs_by_its_name(start: Start, cdn: Cdn) -> None:
    client = await start()
    wrong = [(each, *case) for each in MODELS for case in orders.wrong(each, cdn)]
    for model, name, order in wrong:
        answer = await client.call("POST", "/api/ai/queue", order)
        assert answer.status == 200, (name, answer.body)
        row = await client.ended(answer.body["generations"][0]["generation_id"])
        assert row["status"] == "failed", (name, order)
        words = WORDED_OTHERWISE.get(model.id, ())
        assert row["error_message"].startswith((name, *words)), row["error_message"]
    assert client.sandbox.ledger.account("sandbox").charges == []
