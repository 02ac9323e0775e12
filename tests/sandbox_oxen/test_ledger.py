"""What generations cost, and who pays."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.oxen.catalogue import Catalogue, Model
from sandbox.oxen.clock import ManualClock
from sandbox.oxen.pricing import price
from sandbox.oxen.render.plan import plan
from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, VIDEO_MODEL, Start

SEEDANCE = "bytedance-seedance-2-0-fast-text-to-video"
CATALOGUE = Catalogue.from_file()


@pytest.mark.parametrize(
    ("model", "parameters", "cost"),
    [
        (VIDEO_MODEL, {"duration": 10}, "0.7"),
        (VIDEO_MODEL, {}, "0.35"),
        (SHOTS_MODEL, {"duration": 3}, "0.672"),
        (SEEDANCE, {"duration": 4, "resolution": "480p"}, "0.308"),
        (SEEDANCE, {"duration": 4}, "0.692"),
        ("gpt-image-2", {}, "0.29"),
        ("gpt-image-2", {"quality": "low", "resolution": "1K"}, "0.004"),
        ("gpt-image-2", {"quality": "high", "resolution": "4K"}, "1.13"),
        (IMAGE_MODEL, {}, "0.04"),
        ("google-veo-3-1", {"duration": 8}, "0.56"),
    ],
)
def test_the_price_is_the_models_own_or_flat(model: str, parameters: dict[str, Any], cost: str) -> None:
    assert charged(CATALOGUE.get(model), parameters) == Decimal(cost)


@pytest.mark.parametrize(
    ("pricing", "parameters", "cost"),
    [
        ({"cost_per_second": "0.1", "cost_per_second_with_audio": "0.2"}, {"generate_audio": True}, "1"),
        ({"cost_per_second": "0.1", "cost_per_second_with_audio": "0.2"}, {"generate_audio": False}, "0.5"),
        ({"cost_per_second": 0.1, "cost_per_second_high_res": 0.3}, {"resolution": "1080p"}, "1.5"),
        ({"cost_per_second": 0.1, "cost_per_second_high_res": 0.3}, {"resolution": "720p"}, "0.5"),
        ({"method": "time", "cost_per_second": 0.01}, {}, "0.9"),
        ({"cost_per_second": 0.1, "cost_per_second_high_res": 0.3}, {"resolution": "2160p"}, "1.5"),
        ({"cost_per_second_by_resolution": {"720P": "0.2", "4K": 1}}, {"resolution": "4k"}, "5"),
        ({"cost_per_second_by_resolution": {"720p": "0.2"}}, {"resolution": "auto"}, "1"),
        ({"method": "time", "cost_per_second": "0.0012"}, {}, "0.108"),
        ({"method": "token", "input_cost_per_token": None, "output_cost_per_token": 1.5e-5}, {}, "0.375"),
        (
            {"method": "token", "input_cost_per_token": 1e-6, "output_cost_per_token": 0},
            {"prompt": "x" * 40},
            "0.000011",
        ),
        ({"cost_per_second": None}, {}, "0.35"),
    ],
)
def test_every_way_of_pricing_video_is_known(pricing: dict[str, Any], parameters: dict[str, Any], cost: str) -> None:
    properties = {"prompt": {"type": "string"}, "resolution": {"type": "string"}, "generate_audio": {"type": "boolean"}}
    row = {
        "id": "film",
        "capabilities": {"output": ["video"]},
        "pricing": {"method": "per_video_output_second", **pricing},
        "request_schema": {"type": "object", "properties": properties},
    }
    assert charged(Model(row), parameters) == Decimal(cost)


def charged(model: Model | None, parameters: dict[str, Any]) -> Decimal:
    assert model is not None
    asked = {"prompt": "a fox", **parameters}
    return price(model, asked, plan(model, asked, 0), run_seconds=90)


async def test_successes_are_charged_to_the_namespace_that_asked(start: Start) -> None:
    client = await start()
    ids = await client.enqueue(VIDEO_MODEL, num_generations=3, target_namespace="north")
    ids += await client.enqueue(IMAGE_MODEL)
    (failed,) = await client.enqueue(VIDEO_MODEL, duration=7, target_namespace="north")
    for each in (*ids, failed):
        await client.sandbox.finished(each)
    namespaces = (await client.call("GET", "/sandbox/ledger")).body["namespaces"]
    assert {name: account["total"] for name, account in namespaces.items()} == {"north": "1.05", "sandbox": "0.04"}
    entries = namespaces["north"]["entries"]
    assert {entry["generation_id"]: entry["cost"] for entry in entries} == dict.fromkeys(ids[:3], "0.35")
    assert set(entries[0]) == {"generation_id", "model", "cost", "at"}


async def test_credit_is_checked_when_enqueueing_against_all_that_is_open(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock)
    await client.call("PUT", "/sandbox/ledger/north", {"balance": "1.00"})
    body = {"model": VIDEO_MODEL, "prompt": "a fox", "target_namespace": "north"}
    ids = await client.enqueue(**body, num_generations=2)
    refused = await client.call("POST", "/api/ai/queue", body)
    assert (refused.status, refused.body) == (400, {"error": {"message": "Insufficient credits"}})
    clock.advance(300)
    for each in ids:
        await client.sandbox.finished(each)
    account = (await client.call("GET", "/sandbox/ledger")).body["namespaces"]["north"]
    assert (account["balance"], account["total"]) == ("0.30", "0.70")
    await client.call("PUT", "/sandbox/ledger/north", {"balance": None})
    await client.enqueue(**body)


async def test_credit_that_is_gone_at_the_end_fails_the_generation(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock)
    (one,) = await client.enqueue(VIDEO_MODEL)
    await client.call("PUT", "/sandbox/ledger/sandbox", {"balance": "0.34"})
    clock.advance(300)
    row = await client.ended(one)
    assert (row["status"], row["error_message"]) == ("failed", "Insufficient credits")


@pytest.mark.parametrize("balance", ["much", "NaN", [], {}])
async def test_a_balance_that_is_no_amount_is_refused(start: Start, balance: object) -> None:
    client = await start()
    assert (await client.call("PUT", "/sandbox/ledger/north", {"balance": balance})).status == 400
