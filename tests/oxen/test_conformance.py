"""Every request of the client, and every answer of the stand-in that it reads, is what the provider's schema says.

The schema is that of the `browse` edition. Where the provider's pages and models contradict it, that is written down
here, so that nothing else slips through.
"""

import base64
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from bot.domain.provider import KeyRefused, NotFound, Rejected
from bot.oxen.client import OxenClient
from sandbox.oxen.server import OxenSandbox
from tests.fakes.orders import KEY, video_request
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL
from tests.oxen.openapi import Exchange, OpenApi, Witness, witnessing
from tests.sandbox_oxen.support import Blank

CUSTOM = "acme-our-fox"


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "green").save(out, "PNG")
    return out.getvalue()


PICTURE = f"data:image/png;base64,{base64.b64encode(_png()).decode()}"
# Calls that Drover has no use for (docs/oxen.md says why).
UNUSED = {("POST", "/api/ai/audio/generate"), ("PUT", "/api/ai/models/{id}"), ("DELETE", "/api/ai/models/{id}")}


@pytest.fixture(scope="module")
def openapi() -> OpenApi:
    return OpenApi()


@pytest.fixture
async def sandbox() -> AsyncIterator[OxenSandbox]:
    async with OxenSandbox(speed=1e9, dialect="browse", renderer=Blank(), keys={KEY: None}) as running:
        yield running


@pytest.fixture
async def witness(sandbox: OxenSandbox) -> AsyncIterator[Witness]:
    async with witnessing(sandbox.url) as between:
        yield between


@pytest.fixture
async def oxen(witness: Witness) -> AsyncIterator[OxenClient]:
    async with OxenClient(witness.url, KEY) as client:
        yield client


def contradicted(exchange: Exchange, model: Model | None = None) -> set[str]:
    """What the schema has against a request that other pages of the provider ask for."""
    asked = exchange.asked if isinstance(exchange.asked, dict) else {}
    expected: set[str] = set()
    if "multi_prompt" in asked:  # seed 001: "use this or multi_prompt"
        expected.add("$: 'prompt' is a required property")
    duration = model.duration if model is not None else None
    if duration is not None and "integer" not in duration.types and isinstance(asked.get("duration"), str):
        expected.add("$.duration")  # the model's own schema wants a text
    return expected


def check(openapi: OpenApi, exchanges: Sequence[Exchange], model: Model | None = None) -> None:
    assert exchanges
    for exchange in exchanges:
        where = f"{exchange.method} {exchange.path}"
        wrong = set(openapi.against_request(exchange))
        excused = contradicted(exchange, model)
        assert not {m for m in wrong if not any(m.startswith(each) for each in excused)}, where
        assert openapi.against_answer(exchange) == [], where


async def test_every_call_follows_the_schema(
    openapi: OpenApi, witness: Witness, sandbox: OxenSandbox, oxen: OxenClient, tmp_path: Path
) -> None:
    filters = {"model": VIDEO_MODEL, "media_type": "video", "repo": "films", "folder": "shorts"}
    await oxen.catalogue()
    await oxen.models.search("kling")
    await oxen.models.get(VIDEO_MODEL)
    ids = await oxen.enqueue(video_request(seed=7, aspect_ratio="16:9"), 2, "film-club")
    await sandbox.finished(ids[0])
    await oxen.get(ids[0])
    await oxen.enqueue(video_request(), 1, None, token="order-1")
    await oxen.cancel(ids[1])
    await oxen.history("film-club")
    for status in ("queued", "processing", "succeeded", "failed", "cancelled"):
        await oxen.list("film-club", status, **filters)
        await oxen.history_page("film-club", page=1, size=1000, status=status, **filters)
    assert len((await oxen.history_page("film-club")).rows) == 2
    await oxen.record(ids[0])
    await oxen.cost(ids[0])
    await oxen.blocking.generate(
        MediaKind.VIDEO, {"model": VIDEO_MODEL, "prompt": "a fox", "duration": 5}, namespace="film-club"
    )
    await oxen.blocking.generate(MediaKind.IMAGE, {"model": IMAGE_MODEL, "prompt": "a fox", "n": 2, "seed": 7})
    await oxen.blocking.edit({"model": IMAGE_MODEL, "prompt": "a fox, but green", "image": PICTURE})
    used = {openapi.operation(exchange) for exchange in witness.exchanges}
    assert used == openapi.operations - UNUSED - {
        ("POST", "/api/ai/models/{id}/activate"),
        ("POST", "/api/ai/models/{id}/deactivate"),
    }
    check(openapi, witness.exchanges)


async def test_what_is_refused(openapi: OpenApi, witness: Witness, oxen: OxenClient) -> None:
    for call in (
        oxen.get("7cf9b23a-1234-5678-9abc-def012345678"),
        oxen.cancel("7cf9b23a-1234-5678-9abc-def012345678"),
        oxen.record("7cf9b23a-1234-5678-9abc-def012345678"),
    ):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(Rejected):
        await oxen.enqueue(video_request(), 5, None)
    with pytest.raises(Rejected):
        await oxen.blocking.generate(MediaKind.IMAGE, {"model": VIDEO_MODEL, "prompt": "a fox"})
    over = [exchange for exchange in witness.exchanges if exchange.asked and exchange.asked.get("num_generations") == 5]
    assert over
    check(openapi, witness.exchanges)


async def test_custom_models_up_and_down(
    openapi: OpenApi, witness: Witness, sandbox: OxenSandbox, oxen: OxenClient
) -> None:
    custom(sandbox)
    await oxen.models.activate(CUSTOM)
    assert (await oxen.models.get(CUSTOM)).custom
    await oxen.models.deactivate(CUSTOM)
    check(openapi, witness.exchanges)
    with pytest.raises(KeyRefused):
        await oxen.models.activate(VIDEO_MODEL)


def custom(sandbox: OxenSandbox) -> None:
    base = sandbox._parts.catalogue.get(VIDEO_MODEL)
    assert base is not None
    sandbox._parts.catalogue.put({**base.row, "id": CUSTOM, "model_type": "custom", "source_model": VIDEO_MODEL})


async def test_an_order_of_every_model(openapi: OpenApi, witness: Witness, oxen: OxenClient) -> None:
    """The smallest order that Drover would send for each model that runs on words alone."""
    catalogue = await oxen.catalogue()
    ordered = 0
    for model in catalogue:
        for kind in MediaKind:
            if (order := smallest(model, kind, catalogue)) is None:
                continue
            witness.exchanges.clear()
            await oxen.enqueue(order, 1, "film-club")
            check(openapi, witness.exchanges, model)
            ordered += 1
    assert ordered > 50


def smallest(model: Model, kind: MediaKind, catalogue: object) -> ValidatedRequest | None:
    if kind not in model.makes:
        return None
    try:
        return validate(GenerationRequest(kind=kind, prompt="a fox", model=model.id), catalogue, ())
    except Refusal:
        return None


async def test_a_storyboard(openapi: OpenApi, witness: Witness, oxen: OxenClient) -> None:
    shots = [{"prompt": "waves", "duration": 5}, {"prompt": "the coast", "duration": 5}]
    order = video_request(prompt="", model="kling-video-o3-pro-reference-to-video", multi_prompt=shots)
    await oxen.enqueue(order, 1, None)
    (exchange,) = witness.exchanges
    assert openapi.against_request(exchange) == ["$: 'prompt' is a required property"]
    check(openapi, witness.exchanges)
