"""What is quoted is what is charged: the real client's catalogue against the books of the stand-in."""

from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest

from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.parameters import Scalar, as_seconds
from bot.domain.money import quote
from bot.domain.orders.order import Plan
from bot.oxen.client import OxenClient
from sandbox.oxen.server import OxenSandbox
from tests.fakes.orders import KEY
from tests.sandbox_oxen.support import Blank

CHOSEN = ("duration", "seconds", "quality", "resolution", "size", "generate_audio")
INPUT = "https://inputs.invalid/input"
Given = dict[str, Scalar]


@pytest.fixture
async def sandbox() -> AsyncIterator[OxenSandbox]:
    async with OxenSandbox(speed=1e9, concurrency=64, renderer=Blank(), keys={KEY: None}) as running:
        yield running


@pytest.fixture
async def oxen(sandbox: OxenSandbox) -> AsyncIterator[OxenClient]:
    async with OxenClient(sandbox.url, KEY) as client:
        yield client


def required(model: Model) -> Given:
    """Something that the schema takes for each parameter without which the model does not run."""
    return dict.fromkeys(model.needs, INPUT)


def orders(model: Model) -> list[Given]:
    """The usual order, and for each parameter that has a price each value that it can have."""
    varied: list[Given] = [{}]
    for name in CHOSEN:
        parameter = model.parameters.get(name)
        if parameter is not None:
            choices = parameter.choices or ((True, False) if "boolean" in parameter.types else (3, 7))
            varied += [{**base, name: choice} for base in list(varied) for choice in choices]
    return [{**required(model), **each} for each in varied]


def plan(model: Model, given: Given) -> Plan:
    kind = MediaKind.IMAGE if MediaKind.IMAGE in model.makes else MediaKind.VIDEO
    return Plan(kind=kind, model_id=model.id, model_name=model.name, prompt="a fox", parameters=given, count=1)


async def charged(sandbox: OxenSandbox) -> dict[str, Decimal]:
    """The books, by generation, as anybody can read them."""
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/sandbox/ledger") as answer:
        namespaces = (await answer.json())["namespaces"]
    return {
        entry["generation_id"]: Decimal(entry["cost"])
        for account in namespaces.values()
        for entry in account["entries"]
    }


def known_length(model: Model, given: Given) -> bool:
    if MediaKind.IMAGE in model.makes:
        return True
    parameter = model.duration
    chosen = given.get(parameter.name, parameter.default) if parameter is not None else None
    return chosen is not None and as_seconds(chosen) is not None


async def test_every_model_with_a_public_price_costs_what_was_quoted(sandbox: OxenSandbox, oxen: OxenClient) -> None:
    catalogue: Catalogue = await oxen.catalogue()
    priced = [model for model in catalogue if model.pricing is not None]
    assert len(priced) == 6
    quotes: dict[str, tuple[str, Given, Decimal]] = {}
    for model in priced:
        for given in orders(model):
            cost = quote(model.pricing, model.parameters, given)
            assert (cost is not None) == known_length(model, given), (model.id, given)
            if cost is not None:
                [remote_id] = await oxen.enqueue(plan(model, given), 1, "film-club")
                quotes[remote_id] = model.id, given, cost
    for remote_id in quotes:
        await sandbox.finished(remote_id)
    books = await charged(sandbox)
    for remote_id, (model_id, given, cost) in quotes.items():
        assert books.get(remote_id) == cost, (model_id, given)
    assert {model_id for model_id, *_ in quotes.values()} == {m.id for m in priced if known_models(m)}


def known_models(model: Model) -> bool:
    """Whether there is an order of it whose price is known beforehand."""
    return any(known_length(model, given) for given in orders(model))


async def test_models_without_a_public_price_have_no_quote(oxen: OxenClient) -> None:
    unpriced = [model for model in await oxen.catalogue() if model.pricing is None]
    assert len(unpriced) > 100
    assert {quote(model.pricing, model.parameters, {"duration": 5}) for model in unpriced} == {None}
