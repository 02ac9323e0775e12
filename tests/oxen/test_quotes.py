"""What is quoted is what is charged: the real client's catalogue against the books of the stand-in."""

import base64
from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest

from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.parameters import Json, as_seconds
from bot.domain.models.slots import InputKind
from bot.domain.money import Pricing
from bot.domain.orders.order import ValidatedRequest
from bot.oxen.client import OxenClient
from sandbox.oxen.server import OxenSandbox
from tests.fakes.orders import KEY
from tests.sandbox_oxen.files import picture
from tests.sandbox_oxen.support import Blank

LENGTHS, SIZES = ("duration", "seconds"), ("resolution", "size")
CHOSEN = (*LENGTHS, "quality", *SIZES, "generate_audio")
PICTURE = "data:image/png;base64," + base64.b64encode(picture()).decode()
# Billed by what only the run tells, or without a price (`sandbox/oxen/data/README.md`).
UNPRICED = {
    "black-forest-labs-flux-2-klein-4b",
    "gemini-omni-flash-preview",
    "google-veo-3-1",
    "gpt-image-1-5",
    "kling-video-v2-5-turbo-pro-image-to-video",
    "topazlabs-image-upscale",
    "topazlabs-video-upscale",
    "wan-ai-wan2-1-t2v-14b-diffusers",
    "wan-ai-wan2-1-t2v-1-3b-diffusers",
    "wan-v2-7-text-to-video",
}
# What the models' own pages print; the prices of all others are made up.
PRINTED = {
    "bytedance-seedance-2-0-fast-text-to-video": ({"duration": 5, "resolution": "480p"}, "0.385"),
    "gpt-image-2": ({"quality": "medium", "resolution": "4K"}, "0.281"),
    "kling-video-o3-pro-reference-to-video": ({"duration": 5}, "1.12"),
    "kling-video-v2-6-pro-image-to-video": ({"duration": 5}, "0.35"),
    "kling-video-v2-6-pro-text-to-video": ({"duration": 10}, "0.7"),
}
Given = dict[str, Json]


@pytest.fixture
async def sandbox() -> AsyncIterator[OxenSandbox]:
    async with OxenSandbox(speed=1e9, concurrency=64, renderer=Blank(), keys={KEY: None}) as running:
        yield running


@pytest.fixture
async def oxen(sandbox: OxenSandbox) -> AsyncIterator[OxenClient]:
    async with OxenClient(sandbox.url, KEY) as client:
        yield client


def required(model: Model) -> Given:
    """A picture for each parameter without which the model does not run."""
    return {slot.parameter: [PICTURE] if slot.many else PICTURE for slot in model.slots if slot.required}


def orders(model: Model) -> list[Given]:
    """The usual order, and for each parameter that has a price each value that it can have; the ends of lengths."""
    varied: list[Given] = [{}]
    for name in CHOSEN:
        parameter = model.parameters.get(name)
        if parameter is not None:
            choices = parameter.choices or ((True, False) if "boolean" in parameter.types else (5, 7))
            ends = (choices[0], choices[-1]) if name in LENGTHS else choices
            varied += [{**base, name: choice} for base in list(varied) for choice in ends]
    return [{**required(model), **each} for each in varied]


def validate(model: Model, given: Given) -> ValidatedRequest:
    kind = MediaKind.IMAGE if MediaKind.IMAGE in model.makes else MediaKind.VIDEO
    return ValidatedRequest(
        kind=kind, model_id=model.id, model_name=model.name, prompt="a fox", parameters=given, count=1
    )


async def charged(sandbox: OxenSandbox) -> dict[str, Decimal]:
    """The books, by generation, as anybody can read them."""
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/sandbox/ledger") as answer:
        namespaces = (await answer.json())["namespaces"]
    return {
        entry["generation_id"]: Decimal(entry["cost"])
        for account in namespaces.values()
        for entry in account["entries"]
    }


def is_known(model: Model, given: Given) -> bool:
    """Whether nothing is left to the model that its price depends on."""
    settings = {name: p.default for name, p in model.parameters.items() if p.default is not None} | given
    if MediaKind.IMAGE in model.makes:
        assert model.pricing is not None
        return not model.pricing.image_grid or "auto" not in {settings.get(name) for name in ("quality", *SIZES)}
    chosen = next((settings[name] for name in LENGTHS if name in settings), None)
    return chosen is not None and as_seconds(chosen) is not None and settings.get("resolution") != "auto"


async def test_every_model_with_a_price_costs_what_was_quoted(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    """But for those that need a film, whose length decides: `tests/models/test_agreement.py` has them, too."""
    catalogue: Catalogue = await oxen.catalogue()
    priced = [model for model in catalogue if model.pricing is not None]
    assert {model.id for model in catalogue} - {model.id for model in priced} == UNPRICED
    quotes: dict[str, tuple[str, Given, Decimal]] = {}
    looked_at = [m for m in priced if all(s.kind is InputKind.IMAGE for s in m.slots if s.required)]
    for model in looked_at:
        for given in orders(model):
            cost = model.quote(given)
            assert (cost is not None) == is_known(model, given), (model.id, given)
            if cost is not None:
                [remote_id] = await oxen.enqueue(validate(model, given), 1, "film-club")
                quotes[remote_id] = model.id, given, cost
    for remote_id in quotes:
        await sandbox.finished(remote_id)
    books = await charged(sandbox)
    for remote_id, (model_id, given, cost) in quotes.items():
        assert books.get(remote_id) == cost, (model_id, given)
    assert len({model_id for model_id, *_ in quotes.values()}) > 60


async def test_the_prices_that_the_provider_prints(oxen: OxenClient) -> None:
    catalogue = await oxen.catalogue()
    for name, (given, cost) in PRINTED.items():
        model = catalogue.get(name)
        assert model is not None
        assert model.quote(given) == Decimal(cost)
    motion = catalogue.get("kling-video-v3-pro-motion-control")
    assert motion is not None
    assert motion.pricing == Pricing(per_second=Decimal("0.168"))


async def test_where_a_film_is_worked_on_its_length_decides_and_nobody_knows_it_yet(oxen: OxenClient) -> None:
    catalogue = await oxen.catalogue()
    for name in ("luma-ray-v3-2-video-to-video", "ltx-2-3-pro-extend-video", "kling-video-o3-pro-video-to-video-edit"):
        model = catalogue.get(name)
        assert model is not None
        assert model.pricing is not None
        assert model.quote({}) is None
        assert model.quote({"duration": 5}) is None
    omni = catalogue.get("kling-video-o3-omni")
    assert omni is not None
    assert omni.quote({"duration": 5, "resolution": "720p"}) == Decimal("0.84")
    assert omni.quote({"duration": 5, "resolution": "720p"}, ["input_video"]) is None
    assert omni.quote({"duration": 5, "resolution": "720p", "input_video": "https://x/film.mp4"}) is None


async def test_models_without_a_price_have_no_quote(oxen: OxenClient) -> None:
    unpriced = [model for model in await oxen.catalogue() if model.pricing is None]
    assert {model.quote({"duration": 5}) for model in unpriced} == {None}
