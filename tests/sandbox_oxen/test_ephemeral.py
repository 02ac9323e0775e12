"""The `ephemeral` dialect: what its page says of rows, lists and ends."""

import uuid

import pytest

from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.listening import listening, nothing_comes, told
from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, VIDEO_MODEL, Client, Endless, Start

KEYS = {"herd": ("north", "south")}
GONE = {"type": "resource_not_found", "title": "The requested resource could not be found"}


@pytest.fixture
async def client(start: Start, clock: ManualClock) -> Client:
    """Its generations run until the clock is advanced."""
    return await start(dialect="ephemeral", clock=clock, speed=1, keep_alive=0.1)


async def gone(client: Client, generation_id: str) -> bool:
    """Whether the list and both calls on the row know nothing of it."""
    for method in ("GET", "DELETE"):
        answer = await client.call(method, f"/api/ai/queue/{generation_id}")
        if (answer.status, answer.body.get("error"), answer.body["status"]) != (404, GONE, "error"):
            return False
    return generation_id not in await client.rows()


async def test_the_first_status_is_processing(client: Client) -> None:
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": 4}
    answer = await client.call("POST", "/api/ai/queue", body)
    assert [row["status"] for row in answer.body["generations"]] == ["processing"] * 4


@pytest.mark.parametrize(
    ("model", "asked"), [(IMAGE_MODEL, {}), (VIDEO_MODEL, {"seed": 7, "aspect_ratio": "16:9", "duration": 10})]
)
async def test_a_row_has_the_fields_of_the_page_and_no_other(client: Client, model: str, asked: dict[str, int]) -> None:
    (one,) = await client.enqueue(model, **asked, negative_prompt="fog", target_repo="films")
    row = await client.row(one)
    assert row == {
        "generation_id": one,
        "model": model,
        "prompt": "a fox",
        "media_type": "image" if model == IMAGE_MODEL else "video",
        "enqueued_at": 1_775_000_000,
        **asked,
    }
    assert (await client.call("GET", "/api/ai/queue")).body == {"count": 1, "generations": [row]}


async def test_what_waits_is_listed_like_what_runs(start: Start, clock: ManualClock) -> None:
    client = await start(dialect="ephemeral", clock=clock, concurrency=1)
    ids = await client.enqueue(num_generations=3)
    assert await client.rows() == ids


async def test_a_success_leaves_the_queue_and_its_url_is_in_the_event_alone(client: Client, clock: ManualClock) -> None:
    async with listening(client) as stream:
        (one,) = await client.enqueue(VIDEO_MODEL)
        assert await client.rows() == [one]
        clock.advance(300)
        await client.sandbox.finished(one)
        assert await gone(client, one)
        event = await told(stream)
        assert (event["generation_id"], event["status"], event["model"]) == (one, "succeeded", VIDEO_MODEL)
        assert (await client.holding(None).call("GET", event["url"])).status == 200
        assert await nothing_comes(stream)
    assert len(client.sandbox.ledger.account("sandbox").charges) == 1


@pytest.mark.parametrize(
    ("model", "bad"),
    [
        (IMAGE_MODEL, {"aspect_ratio": "1:7"}),
        (VIDEO_MODEL, {"duration": 7}),
        (SHOTS_MODEL, {"multi_prompt": [{"prompt": "y"}]}),
    ],
)
async def test_a_bad_parameter_fails_silently(
    client: Client, clock: ManualClock, model: str, bad: dict[str, object]
) -> None:
    async with listening(client) as stream:
        (one,) = await client.enqueue(model, **bad)
        assert await client.rows() == [one]
        clock.advance(300)
        await client.sandbox.finished(one)
        assert await gone(client, one)
        assert await nothing_comes(stream)
    assert client.sandbox.ledger.account("sandbox").charges == []


async def test_other_failures_are_told_before_the_row_is_gone(client: Client, clock: ManualClock) -> None:
    fault = {"on": "generation", "kind": "fail", "value": "DataInspectionFailed: rejected text", "times": 1}
    await client.call("PUT", "/sandbox/faults", {"faults": [fault]})
    async with listening(client) as stream:
        (refused,) = await client.enqueue()
        (unpaid,) = await client.enqueue(VIDEO_MODEL)
        await client.call("PUT", "/sandbox/ledger/sandbox", {"balance": "0.01"})
        for one, error in ((refused, fault["value"]), (unpaid, "Insufficient credits")):
            clock.advance(300)
            await client.sandbox.finished(one)
            event = await told(stream)
            assert (event["generation_id"], event["status"], event["error"]) == (one, "failed", error)
            assert await gone(client, one)


async def test_cancelling_removes_the_row_without_an_event(client: Client) -> None:
    async with listening(client) as stream:
        one, other = await client.enqueue(num_generations=2)
        answer = await client.call("DELETE", f"/api/ai/queue/{one}")
        assert (answer.status, answer.body) == (200, {"status": "success", "generation_id": one})
        assert await gone(client, one)
        assert await client.rows() == [other]
        assert await nothing_comes(stream)


async def test_expiring_removes_the_row_without_an_event(start: Start, clock: ManualClock) -> None:
    client = await start(dialect="ephemeral", clock=clock, keep_alive=0.1, renderer=Endless())
    async with listening(client) as stream:
        (one,) = await client.enqueue()
        clock.advance(24 * 60 * 60 - 1)
        assert await client.rows() == [one]
        clock.advance(1)
        assert await gone(client, one)
        assert await nothing_comes(stream)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_id_reads_like_a_finished_one(client: Client, method: str) -> None:
    answer = await client.call(method, f"/api/ai/queue/{uuid.uuid4()}")
    assert (answer.status, answer.body["error"], answer.body["status"]) == (404, GONE, "error")


async def test_the_list_filters_by_namespace_and_model_only(client: Client) -> None:
    (image,) = await client.enqueue(target_repo="films")
    (video,) = await client.enqueue(VIDEO_MODEL)
    assert await client.rows(model=VIDEO_MODEL) == [video]
    assert await client.rows(namespace="sandbox", model=IMAGE_MODEL) == [image]
    assert await client.rows(model="nobody") == []
    for passed_over in ({"status": "succeeded"}, {"media_type": "image"}, {"repo": "films"}, {"folder": "x"}):
        assert await client.rows(**passed_over) == [image, video]


async def test_the_list_is_of_the_key_s_own_namespace_unless_another_is_named(start: Start, clock: ManualClock) -> None:
    client = (await start(dialect="ephemeral", clock=clock, keys=KEYS)).holding("herd")
    (own,) = await client.enqueue()
    (other,) = await client.enqueue(target_namespace="south")
    assert await client.rows() == [own]
    assert await client.rows(namespace="south") == [other]
    assert await client.status_of(other) == 200


async def test_a_count_out_of_range_is_refused(client: Client) -> None:
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": 5}
    answer = await client.call("POST", "/api/ai/queue", body)
    message = "num_generations must be an integer between 1 and 4"
    assert (answer.status, answer.body) == (400, {"error": {"message": message}})


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent"])
async def test_there_is_no_history(start: Start, dialect: str) -> None:
    client = await start(dialect=dialect)
    (one,) = await client.enqueue()
    for path in ("/api/ai/generations", f"/api/ai/generations/{one}"):
        assert (await client.call("GET", path)).status == 404
