"""A model of each group, each edition of the API: by the queue, and by the calls that answer with the media."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.models.catalogue import Model, ModelGroup
from bot.domain.models.parameters import Json
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from bot.domain.provider import Completed
from bot.oxen.blocking import Output
from bot.oxen.client import OxenClient
from sandbox.oxen.dialects import DIALECTS
from tests import schemas
from tests.domain.kit import SCHEMAS
from tests.models.expected import is_what_was_asked
from tests.models.kit import CATALOGUE, Harness, drawn, sent, served, small

BY_GROUP: Mapping[ModelGroup, str] = {
    ModelGroup.TEXT_TO_VIDEO: "wan-ai-wan2-1-t2v-1-3b-diffusers",
    ModelGroup.IMAGE_TO_VIDEO: "luma-ray-v3-2-image-to-video",
    ModelGroup.REFERENCE_TO_VIDEO: "bytedance-seedance-2-0-mini-reference-to-video",
    ModelGroup.VIDEO_TO_VIDEO: "xai-grok-imagine-video-edit-video",
    ModelGroup.UPSCALE: "topazlabs-image-upscale",
    ModelGroup.TEXT_TO_IMAGE: "z-image-turbo",
    ModelGroup.IMAGE_EDITING: "qwen-image-edit",
}
# Each group, each edition with links and with bytes, and not each of them with each other.
CASES = [(group, list(DIALECTS)[n % len(DIALECTS)], n % 2 == 1) for n, group in enumerate(BY_GROUP)]
by_group = pytest.mark.parametrize(("group", "harness"), [case[:2] for case in CASES], indirect=["harness"])
by_answer = pytest.mark.parametrize(("group", "harness", "inline"), CASES, indirect=["harness"])


def model_of(group: ModelGroup) -> Model:
    model = CATALOGUE.get(BY_GROUP[group])
    assert model is not None
    return model


def request_for(model: Model) -> GenerationRequest:
    return small(drawn(schemas.full(model, SCHEMAS[model.id])), model)


def test_every_group_is_here() -> None:
    assert BY_GROUP.keys() == set(ModelGroup)
    assert all(group in model_of(group).groups for group in ModelGroup)


async def told(oxen: OxenClient, listening: asyncio.Event) -> Completed:
    """The first end that the event stream tells of."""
    async for event in oxen.events():
        listening.set()
        if isinstance(event, Completed):
            return event
    raise AssertionError("the stream ended")


@by_group
async def test_each_group_can_be_made_by_the_queue(harness: Harness, group: ModelGroup) -> None:
    """What all editions have in common: the row at first, and an event with a link in the end."""
    model = model_of(group)
    request = request_for(model)
    planned = validate(request, CATALOGUE, ())
    listening = asyncio.Event()
    ear = asyncio.create_task(told(harness.oxen, listening))
    await listening.wait()
    (remote_id,) = await harness.oxen.enqueue(planned, 1, None, urls=served(request.attachments, harness.cdn))
    end = await asyncio.wait_for(ear, 60)
    assert (end.id, end.succeeded) == (remote_id, True), end
    is_what_was_asked(await harness.downloaded(end.url, remote_id), model.id, sent(planned))


def body_of(planned: ValidatedRequest, urls: Mapping[str, str]) -> dict[str, Json]:
    return {**planned.body(urls), "model": planned.model_id}


async def file_of(harness: Harness, outputs: list[Output]) -> Path:
    (output,) = outputs
    return output.file or await harness.downloaded(output.url, "by-link")


@by_answer
async def test_each_group_can_be_made_by_the_blocking_call(harness: Harness, group: ModelGroup, inline: bool) -> None:
    model = model_of(group)
    request = request_for(model)
    planned = validate(request, CATALOGUE, ())
    body = body_of(planned, served(request.attachments, harness.cdn))
    outputs = await harness.oxen.blocking.generate(planned.kind, body, folder=harness.folder if inline else None)
    assert (outputs[0].file is not None) is inline
    is_what_was_asked(await file_of(harness, outputs), model.id, sent(planned))


@pytest.mark.parametrize(("harness", "inline"), [case[1:] for case in CASES[:3]], indirect=["harness"])
async def test_a_picture_is_edited_by_the_call_for_that(harness: Harness, inline: bool) -> None:
    """openapi.json, ImageEditRequest: the picture is `image`, whatever the model calls it, and `size` is pixels."""
    body: dict[str, Json] = {
        "model": BY_GROUP[ModelGroup.IMAGE_EDITING],
        "prompt": "the same at night",
        "image": harness.cdn.url("tall.png"),
        "mask": harness.cdn.url("picture.png"),
        "size": "256x512",
    }
    outputs = await harness.oxen.blocking.edit(body, folder=harness.folder if inline else None)
    with Image.open(await file_of(harness, outputs)) as picture:
        assert picture.size == (256, 512)
    assert set(harness.cdn.asked) == {"tall.png", "picture.png"}
