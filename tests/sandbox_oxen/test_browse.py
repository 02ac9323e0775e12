"""The `browse` dialect: rows filed under a repository and a folder, and a history with costs."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, VIDEO_MODEL, Client, Conforms, Endless, Start

HISTORY = "/api/ai/generations"
KEYS = {"herd": ("north", "south"), "flock": ("west",)}
FILED = {"target_repo": "films", "target_directory": "march/1"}


@pytest.fixture
async def client(start: Start) -> Client:
    return await start(dialect="browse")


async def settled(client: Client, model: str = IMAGE_MODEL, **parameters: Any) -> list[str]:
    """Enqueued, and over."""
    ids = await client.enqueue(model, **parameters)
    for each in ids:
        await client.sandbox.finished(each)
    return ids


async def page(client: Client, **query: str) -> dict[str, Any]:
    answer = await client.call("GET", HISTORY, **query)
    assert answer.status == 200, answer.body
    assert answer.body["count"] == len(answer.body["generations"])
    return answer.body


async def ids_of(client: Client, **query: str) -> list[str]:
    return [row["generation_id"] for row in (await page(client, **query))["generations"]]


async def test_the_queue_speaks_as_the_schema_says(client: Client, conforms: Conforms) -> None:
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": 2, **FILED}
    conforms("QueueCreateRequest", body)
    enqueued = await client.call("POST", "/api/ai/queue", body)
    conforms("QueueCreateResponse", enqueued.body)
    one, _ = (row["generation_id"] for row in enqueued.body["generations"])
    conforms("QueueGenerationResponse", await client.ended(one))
    for query in ({}, {"status": "succeeded"}):
        conforms("QueueListResponse", (await client.call("GET", "/api/ai/queue", **query)).body)
    conforms("QueueDeleteResponse", (await client.call("DELETE", f"/api/ai/queue/{one}")).body)
    assert (await client.row(one))["status"] == "succeeded"


@pytest.mark.parametrize(
    ("asked", "echoed"),
    [
        (FILED, FILED),
        ({"target_repo": "films"}, {"target_repo": "films", "target_directory": None}),
        ({}, dict.fromkeys(FILED)),
        ({"target_repo": 7, "target_directory": ["a"]}, dict.fromkeys(FILED)),
    ],
)
async def test_every_row_says_where_its_result_is_filed(
    client: Client, conforms: Conforms, asked: dict[str, Any], echoed: dict[str, str | None]
) -> None:
    (one,) = await settled(client, **asked)
    (listed,) = (await client.call("GET", "/api/ai/queue", status="succeeded")).body["generations"]
    (browsed,) = (await page(client))["generations"]
    for row in (listed, browsed, await client.row(one)):
        conforms("QueueGenerationResponse", row)
        assert {name: row[name] for name in FILED} == echoed


async def test_the_queue_filters_by_repository_and_folder(start: Start, clock: ManualClock) -> None:
    client = await start(dialect="browse", clock=clock)
    (filed,) = await client.enqueue(**FILED)
    (same_repo,) = await client.enqueue(target_repo="films")
    (loose,) = await client.enqueue()
    assert await client.rows() == [filed, same_repo, loose]
    assert await client.rows(repo="films") == [filed, same_repo]
    assert await client.rows(folder="march/1") == [filed]
    assert await client.rows(repo="films", folder="april") == []


@pytest.mark.parametrize("count", [5, 12, 13])
async def test_more_than_four_outputs_are_refused_whatever_the_schema_says(client: Client, count: int) -> None:
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": count}
    answer = await client.call("POST", "/api/ai/queue", body)
    message = "num_generations must be an integer between 1 and 4"
    assert (answer.status, answer.body) == (400, {"error": {"message": message}})


async def test_a_past_generation_has_its_cost_and_its_parameters(client: Client, conforms: Conforms) -> None:
    asked = {"duration": 10, "seed": 7, "negative_prompt": "fog", "made_up": {"by": ["us"]}}
    (one,) = await settled(client, VIDEO_MODEL, **asked, **FILED)
    answer = await client.call("GET", f"{HISTORY}/{one}")
    conforms("GenerationsShowResponse", answer.body)
    assert (answer.body["status"], answer.body["status_message"]) == ("success", "resource_found")
    row = answer.body["generation"]
    (listed,) = (await page(client))["generations"]
    for each in (row, listed):
        assert each.items() >= {**asked, **FILED, "prompt": "a fox", "model_name": VIDEO_MODEL, "cost": "0.7"}.items()
        assert (each["status"], each["error_message"]) == ("succeeded", None)
        assert (await client.holding(None).call("GET", each["result_url"])).status == 200
        assert not {"model", "num_generations"} & each.keys()
    assert row.keys() - {"result_url"} == listed.keys() - {"result_url"}


async def test_a_parameter_does_not_pass_for_a_fact(client: Client, conforms: Conforms) -> None:
    claims = {"cost": "0", "status": "cancelled", "result_url": 7, "error_message": 7, "user_id": 7, "enqueued_at": "x"}
    (one,) = await settled(client, aspect_ratio="1:7", **claims)
    row = (await client.call("GET", f"{HISTORY}/{one}")).body
    conforms("GenerationsShowResponse", row)
    assert row["generation"]["status"] == "failed"
    assert row["generation"]["error_message"].startswith("aspect_ratio must be one of")
    assert (row["generation"]["result_url"], row["generation"]["cost"]) == (None, None)


async def test_only_what_was_charged_has_a_cost_and_the_total_is_over_the_filter(
    start: Start, clock: ManualClock, conforms: Conforms
) -> None:
    client = await start(dialect="browse", clock=clock, speed=1)
    image, video = *(await client.enqueue(target_repo="films")), *(await client.enqueue(VIDEO_MODEL))
    (failed,) = await client.enqueue(aspect_ratio="1:7")
    (cancelled,) = await client.enqueue(VIDEO_MODEL)
    assert await client.status_of(cancelled, "DELETE") == 200
    clock.advance(300)
    for each in (image, video, failed):
        await client.sandbox.finished(each)
    (running,) = await client.enqueue(VIDEO_MODEL)
    whole = await page(client)
    conforms("GenerationsListResponse", whole)
    costs = {row["generation_id"]: row["cost"] for row in whole["generations"]}
    assert costs == {image: "0.04", video: "0.35", failed: None, cancelled: None, running: None}
    assert Decimal(whole["total_cost"]) == client.sandbox.ledger.account("sandbox").total == Decimal("0.39")
    assert (await page(client, page_size="1", page="2"))["total_cost"] == "0.39"
    assert (await page(client, repo="films"))["total_cost"] == "0.04"
    assert (await page(client, status="failed"))["total_cost"] == "0"
    assert (await page(client, model="nobody"))["total_cost"] == "0"


async def test_every_filter_narrows_the_history(client: Client) -> None:
    (image,) = await settled(client, target_namespace="north", **FILED)
    (video,) = await settled(client, VIDEO_MODEL, target_namespace="south", target_repo="films")
    (failed,) = await settled(client, aspect_ratio="1:7")
    assert await ids_of(client) == [failed, video, image]
    assert await ids_of(client, namespace="north") == [image]
    assert await ids_of(client, model=VIDEO_MODEL) == [video]
    assert await ids_of(client, media_type="image") == [failed, image]
    assert await ids_of(client, status="succeeded") == [video, image]
    assert await ids_of(client, repo="films") == [video, image]
    assert await ids_of(client, folder="march/1") == [image]
    assert await ids_of(client, repo="films", media_type="image", namespace="south") == []


async def test_the_history_comes_in_pages_newest_first(client: Client, conforms: Conforms) -> None:
    ids = [each for _ in range(13) for each in await settled(client, num_generations=4)][::-1]
    default = await page(client)
    facts = {"count": 50, "page_number": 1, "page_size": 50, "total_pages": 2, "total_entries": 52}
    assert default.items() >= facts.items()
    assert [*await ids_of(client), *await ids_of(client, page="2")] == ids
    assert await ids_of(client, page_size="1000") == ids
    assert await ids_of(client, page_size="5", page="3") == ids[10:15]
    assert await ids_of(client, page_size="5", page="11") == ids[50:]
    behind = await page(client, page_size="5", page="12")
    conforms("GenerationsListResponse", behind)
    assert (behind["generations"], behind["total_entries"], behind["total_pages"]) == ([], 52, 11)


async def test_an_empty_history_is_one_empty_page(client: Client, conforms: Conforms) -> None:
    empty = await page(client)
    conforms("GenerationsListResponse", empty)
    assert empty == {
        "count": 0,
        "generations": [],
        "page_number": 1,
        "page_size": 50,
        "total_pages": 1,
        "total_entries": 0,
        "total_cost": "0",
    }


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "-1"},
        {"page": "two"},
        {"page": ""},
        {"page": "9" * 5000},
        {"page": "²"},
        {"page_size": "0"},
        {"page_size": "1001"},
        {"page_size": "1.5"},
    ],
)
async def test_a_page_outside_its_limits_is_refused(client: Client, query: dict[str, str]) -> None:
    answer = await client.call("GET", HISTORY, **query)
    assert answer.status == 400
    assert answer.body["error"]["detail"].startswith(next(iter(query)) + " must be a whole number")


async def test_a_key_browses_its_own_namespaces_only(start: Start) -> None:
    herd = (await start(dialect="browse", keys=KEYS)).holding("herd")
    flock = herd.holding("flock")
    (named,) = await settled(herd, target_namespace="south")
    (other,) = await settled(flock)
    assert (await ids_of(herd), await ids_of(flock)) == ([named], [other])
    for listed in (HISTORY, "/api/ai/queue"):
        assert (await flock.call("GET", listed, namespace="south")).status == 403
    for path, key, status in (
        (f"{HISTORY}/{named}", "flock", 404),
        (f"{HISTORY}/{uuid.uuid4()}", "herd", 404),
        (f"{HISTORY}/{named}", None, 401),
        (HISTORY, None, 401),
    ):
        assert (await herd.holding(key).call("GET", path)).status == status


async def test_blocking_calls_are_not_in_the_history(client: Client) -> None:
    body = {"model": IMAGE_MODEL, "prompt": "a fox"}
    assert (await client.call("POST", "/api/ai/images/generate", body)).status == 200
    assert await ids_of(client) == []


async def test_the_history_ends_a_day_after_the_enqueue(start: Start, clock: ManualClock) -> None:
    client = await start(dialect="browse", clock=clock, renderer=Endless())
    (one,) = await client.enqueue(SHOTS_MODEL, None, multi_prompt=[{"prompt": "x"}])
    clock.advance(24 * 60 * 60 - 1)
    assert await ids_of(client) == [one]
    clock.advance(1)
    assert await ids_of(client) == []
    assert (await client.call("GET", f"{HISTORY}/{one}")).status == 404


async def test_the_history_can_lag_and_fail_by_itself(start: Start, clock: ManualClock) -> None:
    client = await start(dialect="browse", clock=clock)
    faults = [{"on": "history", "kind": "lag", "value": 5}, {"on": "history", "kind": "status", "times": 1}]
    await client.call("PUT", "/sandbox/faults", {"faults": faults})
    (one,) = await client.enqueue()
    assert (await client.call("GET", HISTORY)).status == 500
    assert (await page(client))["total_entries"] == 0
    assert await client.rows() == [one]
    clock.advance(5)
    assert await ids_of(client) == [one]
