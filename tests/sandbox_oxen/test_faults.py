"""Trouble on demand, and what was really done while it struck."""

import time
from typing import Any

import aiohttp
import pytest

from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Client, Start

BODY = {"model": IMAGE_MODEL, "prompt": "a fox"}


async def set_fault(client: Client, on: str, kind: str, value: Any = None, times: int | None = 1) -> None:
    faults = [{"on": on, "kind": kind, "value": value, "times": times}]
    answer = await client.call("PUT", "/sandbox/faults", {"faults": faults})
    assert (answer.status, answer.body) == (200, {"faults": faults})


async def accepted(client: Client) -> int:
    return len((await client.call("GET", "/sandbox/requests")).body["enqueued"])


async def test_a_connection_dropped_before_leaves_nothing_behind(start: Start) -> None:
    client = await start()
    await set_fault(client, "enqueue", "drop_before")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.call("POST", "/api/ai/queue", BODY)
    assert await accepted(client) == 0
    await client.enqueue()
    assert (await client.call("GET", "/sandbox/requests")).body["counts"]["POST /api/ai/queue"] == 2


async def test_a_connection_dropped_after_leaves_a_paid_generation(start: Start) -> None:
    client = await start()
    await set_fault(client, "enqueue", "drop_after")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.call("POST", "/api/ai/queue", BODY)
    (entry,) = (await client.call("GET", "/sandbox/requests")).body["enqueued"]
    assert (entry["request"], entry["namespace"]) == (BODY, "sandbox")
    await client.ended(entry["generation_ids"][0])
    assert len(client.sandbox.ledger.account("sandbox").charges) == 1


@pytest.mark.parametrize(("status", "text"), [(429, None), (500, None), (502, "The model provider returned an error.")])
async def test_an_error_status_comes_in_place_of_the_work(start: Start, status: int, text: str | None) -> None:
    client = await start()
    await set_fault(client, "enqueue", "status", status)
    answer = await client.call("POST", "/api/ai/queue", BODY)
    assert answer.status == status
    assert answer.body["error"].get("message") == text
    assert await accepted(client) == 0
    assert (await client.call("POST", "/api/ai/queue", BODY)).status == 200


@pytest.mark.parametrize(
    ("on", "method", "path"),
    [
        ("enqueue", "POST", "/api/ai/queue"),
        ("list", "GET", "/api/ai/queue"),
        ("models", "GET", "/api/ai/models"),
        ("generate", "POST", "/api/ai/images/generate"),
    ],
)
async def test_a_malformed_answer_is_half_an_answer(start: Start, on: str, method: str, path: str) -> None:
    client = await start()
    await set_fault(client, on, "malformed")
    with pytest.raises(ValueError, match=r"line 1 column"):
        await client.call(method, path, BODY if method == "POST" else None)
    assert (await client.call(method, path, BODY if method == "POST" else None)).status == 200


@pytest.mark.parametrize("kind", ["malformed", "drop_before", "drop_after", "status"])
async def test_result_files_can_fail(start: Start, kind: str) -> None:
    client = await start()
    url = (await client.ended((await client.enqueue())[0]))["result_url"]
    await set_fault(client, "result", kind)
    try:
        assert (await client.call("GET", url)).status == 500
    except aiohttp.ClientError:
        assert kind != "status"
    assert (await client.call("GET", url)).status == 200


@pytest.mark.parametrize(("on", "method"), [("get", "GET"), ("cancel", "DELETE")])
async def test_one_generation_can_be_hard_to_reach(start: Start, on: str, method: str) -> None:
    client = await start()
    (one,) = await client.enqueue()
    await set_fault(client, on, "status", 503, times=2)
    assert [(await client.call(method, f"/api/ai/queue/{one}")).status for _ in range(3)] == [503, 503, 200]


async def test_latency_delays_the_answer(start: Start) -> None:
    client = await start()
    await set_fault(client, "list", "latency", 0.1, times=None)
    for _ in range(2):
        before = time.monotonic()
        await client.rows()
        assert time.monotonic() - before >= 0.1
    await client.call("DELETE", "/sandbox/faults")
    assert (await client.call("GET", "/sandbox/faults")).body == {"faults": []}


async def test_an_empty_reply_means_nothing_was_enqueued(start: Start) -> None:
    client = await start()
    await set_fault(client, "enqueue", "empty")
    assert (await client.call("POST", "/api/ai/queue", BODY)).body == {"generations": []}
    assert await accepted(client) == 0


@pytest.mark.parametrize(("asked", "partial", "accepted_"), [(4, 1, 1), (4, 3, 3), (2, 3, 2)])
async def test_a_part_of_the_outputs_can_be_accepted(start: Start, asked: int, partial: int, accepted_: int) -> None:
    client = await start()
    await set_fault(client, "enqueue", "partial", partial)
    ids = await client.enqueue(num_generations=asked)
    assert len(ids) == accepted_
    (entry,) = (await client.call("GET", "/sandbox/requests")).body["enqueued"]
    assert entry["generation_ids"] == ids
    for each in ids:
        await client.sandbox.finished(each)
    assert await client.rows(status="succeeded") == ids
    assert len(client.sandbox.ledger.account("sandbox").charges) == accepted_
    assert len(await client.enqueue(num_generations=asked)) == asked


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent", "browse"])
async def test_a_list_can_lag_behind(start: Start, clock: ManualClock, dialect: str) -> None:
    client = await start(clock=clock, dialect=dialect, speed=1)
    await set_fault(client, "list", "lag", 7.5, times=None)
    (older,) = await client.enqueue(VIDEO_MODEL)
    clock.advance(5)
    (newer,) = await client.enqueue(VIDEO_MODEL)
    assert await client.rows() == []
    clock.advance(2.5)
    assert await client.rows() == [older]
    assert await client.status_of(newer) == 200
    clock.advance(5)
    assert await client.rows() == [older, newer]


async def test_a_lag_is_used_up_by_lists_that_it_touches(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock)
    (one,) = await client.enqueue()
    await set_fault(client, "list", "lag", 60)
    assert (await client.holding(None).call("GET", "/api/ai/queue")).status == 401
    assert [await client.rows() for _ in range(2)] == [[], [one]]


async def test_a_run_can_be_made_to_fail(start: Start) -> None:
    client = await start()
    await set_fault(client, "generation", "fail", "DataInspectionFailed: rejected text")
    failed, fine = [await client.ended((await client.enqueue())[0]) for _ in range(2)]
    assert failed["error_message"] == "DataInspectionFailed: rejected text"
    assert fine["status"] == "succeeded"


@pytest.mark.parametrize(
    "faults",
    [
        "all",
        ["one"],
        [{"on": "moon", "kind": "status"}],
        [{"on": "list", "kind": "sadness"}],
        [{"on": "list", "kind": "no_event"}],
        [{"on": "list", "kind": "empty"}],
        [{"on": "generation", "kind": "status"}],
        [{"on": "list", "kind": "latency"}],
        [{"on": "list", "kind": "lag"}],
        [{"on": "list", "kind": "lag", "value": -1}],
        [{"on": "get", "kind": "lag", "value": 5}],
        [{"on": "enqueue", "kind": "partial"}],
        [{"on": "enqueue", "kind": "partial", "value": 0}],
        [{"on": "enqueue", "kind": "partial", "value": 1.5}],
        [{"on": "enqueue", "kind": "partial", "value": True}],
        [{"on": "list", "kind": "partial", "value": 1}],
        [{"on": "list", "kind": "status", "value": 200}],
        [{"on": "list", "kind": "status", "times": 0}],
        [{"on": "generation", "kind": "fail", "value": 7}],
        [{"on": "list", "kind": "status", "often": True}],
        [{"on": [], "kind": {}}],
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_with_a_reason(start: Start, faults: Any) -> None:
    client = await start()
    answer = await client.call("PUT", "/sandbox/faults", {"faults": faults})
    assert answer.status == 400
    assert answer.body["error"]["detail"]


async def test_what_was_received_is_kept_without_keys_and_without_megabytes(start: Start) -> None:
    client = await start()
    await client.enqueue(input_image=["data:image/png;base64," + "A" * 900_000])
    kept = (await client.call("GET", "/sandbox/requests")).body
    assert "Bearer" not in str(kept)
    assert len(str(kept)) < 5000
    assert (await client.holding(None).call("GET", "/sandbox/health")).body["status"] == "ok"
