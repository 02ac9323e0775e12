"""A catalogue that cannot be used as it is: the models that can be, stay; and an old one is better than none."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.choices import length_choices, ratio_choices
from bot.domain.orders.order import GenerationRequest
from tests.fakes.oxen import VIDEO_MODEL
from tests.hostile.harness import Harness
from tests.hostile.upstream import HTML, bomb, model
from tests.oxen.servers import Answer, says, says_json


def schema(**properties: object) -> dict[str, Any]:
    return {"request_schema": {"properties": {"prompt": {"type": "string"}} | properties}}


# What is left out; a good one beside it stays.

ODD_MODELS: dict[str, object] = {
    "a model without an id": {"capabilities": {"output": ["video"]}},
    "a model whose id is a number": model(7),
    "a model whose id is too long for a choice": model("m" * 101),
    "a model that is null": None,
    "a schema that is a list": model("odd", request_schema=[]),
    "capabilities of other types": model("odd", capabilities={"output": {"video": True}}),
}


@pytest.mark.parametrize("odd", ODD_MODELS.values(), ids=ODD_MODELS)
async def test_a_model_that_cannot_be_read(harness: Harness, odd: object) -> None:
    harness.up.on("models", says_json(200, {"data": [odd, model("good"), odd]}))
    assert [m.id for m in await harness.client.catalogue()] == ["good"]


# What is kept, and must not break a command.

ODD_SCHEMAS: dict[str, dict[str, Any]] = {
    "properties as a list": {"request_schema": {"properties": [], "required": 7}},
    "a required that is no list": {"request_schema": {"properties": {"prompt": {}}, "required": {"prompt": 1}}},
    "bounds that are none": schema(duration={"minimum": "few", "maximum": [], "maxLength": {}}),
    "bounds beyond all bounds": schema(duration={"minimum": -1e308, "maximum": 10**400}, seed={"maximum": 10**4000}),
    "choices that are none": schema(duration={"enum": [None, {}, [], "x" * 10_000, "9" * 5000 + "s"]}),
    "a hundred thousand choices": schema(duration={"enum": list(range(100_000))}),
    "a default that is a tree": schema(duration={"default": {"a": [1]}}),
    "half a character in a choice": schema(aspect_ratio={"enum": ["\ud800", "16:9"]}),
    "a price that is a poem": schema() | {"pricing": {"method": "per_video_output_second", "cost_per_second": "lots"}},
    "a price below nothing": schema() | {"pricing": {"method": "per_image", "cost_per_image": -1}},
    "a name of a megabyte": schema() | {"display_name": "n" * 1024 * 1024},
    "a name with markup": schema() | {"display_name": "\x00\x1b[31m@everyone\n**x**"},
    "a name that is a list": schema() | {"display_name": ["x"]},
}


@pytest.mark.parametrize("changes", ODD_SCHEMAS.values(), ids=ODD_SCHEMAS)
async def test_a_model_whose_description_is_odd(harness: Harness, changes: dict[str, Any]) -> None:
    """It can be found and shown, and an order of it ends in a plan or in a refusal, never in an error."""
    harness.up.on("models", says_json(200, {"data": [model("odd") | changes]}))
    await harness.services.catalogue_cache.step()
    (read,) = harness.services.catalogue_cache.require()
    assert len(read.name) <= 100
    assert read.name.isprintable()
    assert (read.name + "".join(map(str, ratio_choices(read)))).encode()
    assert len(length_choices(read)) <= 600
    harness.services.catalogue_cache.require().find("od", MediaKind.VIDEO)
    for request in (
        GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="odd", duration=5, aspect_ratio="4:3", seed=1),
    ):
        try:
            harness.services.order_service.validate(request)
        except Refusal as refusal:
            assert refusal.key  # noqa: PT017 - either way is fine, nothing else is


async def test_duplicate_ids_in_the_catalogue(harness: Harness) -> None:
    harness.up.on(
        "models", says_json(200, {"data": [model("twin", display_name=name) for name in ("first", "second")]})
    )
    assert [m.id for m in await harness.client.catalogue()] == ["twin"]


async def test_a_catalogue_of_a_hundred_thousand_models(harness: Harness) -> None:
    """More than anybody has: the first two thousand are enough to order from."""
    small = {"capabilities": {"output": ["video"]}}
    harness.up.on("models", says_json(200, {"data": [{"id": f"m{n}"} | small for n in range(100_000)]}))
    await harness.services.catalogue_cache.step()
    assert len(harness.services.catalogue_cache.require()) == 2000


async def test_a_catalogue_that_is_another_one_each_time(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    for turn in range(3):
        harness.up.on("models", says_json(200, {"data": [model(f"m{turn}-{n}") for n in range(2000)]}))
        caplog.clear()
        await harness.services.catalogue_cache.step()
        harness.services.clock.advance(timedelta(hours=1))
        assert len(caplog.records) < 100
    catalogue_cache = harness.services.catalogue_cache.require()
    assert catalogue_cache.get("m2-0") is not None
    assert catalogue_cache.gone("m1-0") is not None
    assert catalogue_cache.gone("m0-0") is None
    again = await harness.services.killed()
    await again.catalogue_cache.load()
    assert [each.id for each in again.catalogue_cache.require()] == [each.id for each in catalogue_cache]
    assert again.catalogue_cache.require().gone("m1-1999") == catalogue_cache.gone("m1-1999")


NO_CATALOGUE: dict[str, Answer] = {
    "HTML": says(200, HTML),
    "an empty catalogue": says_json(200, {"data": []}),
    "models as an object": says_json(200, {"data": {VIDEO_MODEL: {}}}),
    "a compressed bomb": says(200, bomb(64 * 1024 * 1024), content_encoding="gzip"),
    "a catalogue of 17 MiB": says(200, b'{"data":[],"x":"' + b"x" * 17 * 1024 * 1024 + b'"}'),
}


@pytest.mark.parametrize("answer", NO_CATALOGUE.values(), ids=NO_CATALOGUE)
async def test_a_malformed_catalogue_changes_nothing(harness: Harness, answer: Answer) -> None:
    """The one that was there before stays."""
    await harness.services.catalogue_cache.step()
    harness.up.on("models", answer)
    await harness.services.catalogue_cache.step()
    assert [m.id for m in harness.services.catalogue_cache.require()] == ["kling"]
