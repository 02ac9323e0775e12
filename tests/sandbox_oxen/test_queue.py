"""The queue's four calls, as the provider's reference describes them."""

import asyncio
import uuid

import pytest

from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Conforms, Start

KEYS = {"herd": ("north", "south"), "flock": ("west",)}


async def test_enqueue_answers_one_queued_id_per_output(start: Start, conforms: Conforms) -> None:
    client = await start()
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": 4}
    answer = await client.call("POST", "/api/ai/queue", body)
    conforms("QueueCreateResponse", answer.body)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert [row["status"] for row in answer.body["generations"]] == ["queued"] * 4
    assert len({uuid.UUID(row["generation_id"]) for row in answer.body["generations"]}) == 4


async def test_a_row_tells_what_was_asked_and_what_became_of_it(start: Start, conforms: Conforms) -> None:
    client = await start(clock=(clock := ManualClock(1_775_000_000.7)))
    (one,) = await client.enqueue(VIDEO_MODEL, duration=10, seed=7, aspect_ratio="9:16", target_directory="films")
    row = await client.row(one)
    conforms("QueueGenerationResponse", row)
    assert row == {
        "generation_id": one,
        "model_name": VIDEO_MODEL,
        "prompt": "a fox",
        "media_type": "video",
        "status": "processing",
        "enqueued_at": 1_775_000_000,
        "started_at": 1_775_000_000,
        "completed_at": None,
        "target_namespace": "sandbox",
        "seed": 7,
        "duration": 10,
        "aspect_ratio": "9:16",
    }
    clock.advance(300)
    row = await client.ended(one)
    conforms("QueueGenerationResponse", row)
    assert (row["status"], row["completed_at"]) == ("succeeded", 1_775_000_300)
    assert row["result_url"].startswith(f"{client.sandbox.url}/results/{one}.mp4?")
    assert "error_message" not in row


async def test_what_was_not_submitted_is_not_in_the_row(start: Start) -> None:
    client = await start()
    row = await client.ended((await client.enqueue())[0])
    assert not {"seed", "duration", "aspect_ratio", "error_message", "target_directory"} & row.keys()


async def test_the_list_shows_what_is_open_unless_a_status_is_asked_for(
    start: Start, clock: ManualClock, conforms: Conforms
) -> None:
    client = await start(clock=clock, concurrency=1)
    (first,) = await client.enqueue()
    clock.advance(30)
    await client.sandbox.finished(first)
    running, waiting = await client.enqueue(num_generations=2)
    (bad,) = await client.enqueue(aspect_ratio="1:7")
    answer = await client.call("GET", "/api/ai/queue")
    conforms("QueueListResponse", answer.body)
    assert [row["generation_id"] for row in answer.body["generations"]] == [running, waiting, bad]
    assert await client.rows(status="processing") == [running]
    assert await client.rows(status="queued") == [waiting, bad]
    assert await client.rows(status="succeeded") == [first]
    await client.call("DELETE", f"/api/ai/queue/{waiting}")
    assert await client.rows(status="cancelled") == [waiting]
    for _ in range(2):
        clock.advance(30)
        await asyncio.sleep(0.02)
    assert await client.rows(status="failed") == [bad]
    assert await client.rows() == []


async def test_every_filter_narrows_the_list(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock)
    (image,) = await client.enqueue(target_namespace="north", target_repo="films", target_directory="march/1")
    (video,) = await client.enqueue(VIDEO_MODEL, target_namespace="south", target_repo="films")
    assert await client.rows() == [image, video]
    assert await client.rows(namespace="north") == [image]
    assert await client.rows(namespace="nobody") == []
    assert await client.rows(model=VIDEO_MODEL) == [video]
    assert await client.rows(media_type="image") == [image]
    assert await client.rows(repo="films") == [image, video]
    assert await client.rows(folder="march/1") == [image]
    assert await client.rows(repo="films", media_type="video", namespace="north") == []


async def test_a_bounded_number_runs_at_once_first_come_first_served(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock, concurrency=3)
    ids = [each for _ in range(3) for each in await client.enqueue(num_generations=2)]
    assert await client.rows(status="processing") == ids[:3]
    clock.advance(30)
    for each in ids[:3]:
        await client.sandbox.finished(each)
    assert await client.rows(status="processing") == ids[3:]
    assert await client.rows(status="queued") == []


@pytest.mark.parametrize("waiting", [False, True])
async def test_cancelling_stops_the_work_uncharged(start: Start, clock: ManualClock, waiting: bool) -> None:
    client = await start(clock=clock, concurrency=1)
    ids = await client.enqueue(num_generations=2)
    one = ids[waiting]
    answer = await client.call("DELETE", f"/api/ai/queue/{one}")
    assert (answer.status, answer.body) == (200, {"status": "success", "generation_id": one})
    row = await client.ended(one)
    assert (row["status"], row["completed_at"]) == ("cancelled", int(clock.now()))
    assert "result_url" not in row
    assert client.sandbox.ledger.account("sandbox").charges == []
    assert await client.rows(status="processing") == [ids[not waiting]]


async def test_cancelling_after_the_end_changes_nothing(start: Start) -> None:
    client = await start()
    (one,) = await client.enqueue()
    before = await client.ended(one)
    assert (await client.call("DELETE", f"/api/ai/queue/{one}")).status == 200
    assert (await client.row(one))["status"] == before["status"] == "succeeded"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_id_is_answered_as_documented(start: Start, method: str) -> None:
    client = await start()
    answer = await client.call(method, f"/api/ai/queue/{uuid.uuid4()}")
    assert answer.status == 404
    assert answer.body["error"] == {
        "type": "resource_not_found",
        "title": "The requested resource could not be found",
    }
    assert answer.body["status"] == "error"


async def test_generations_expire_a_day_after_they_were_enqueued(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock)
    (one,) = await client.enqueue()
    clock.advance(30)
    await client.ended(one)
    clock.advance(24 * 60 * 60 - 31)
    assert (await client.row(one))["status"] == "succeeded"
    clock.advance(1)
    assert (await client.call("GET", f"/api/ai/queue/{one}")).status == 404
    assert await client.rows(status="succeeded") == []


@pytest.mark.parametrize("count", [0, 5, -1, "2", 1.5, True, None])
async def test_a_count_out_of_range_is_refused(start: Start, count: object) -> None:
    client = await start()
    body = {"model": IMAGE_MODEL, "prompt": "a fox", "num_generations": count}
    answer = await client.call("POST", "/api/ai/queue", body)
    assert answer.status == 400
    assert answer.body == {"error": {"message": "num_generations must be an integer between 1 and 4"}}


async def test_only_models_that_make_images_or_video_are_accepted(start: Start) -> None:
    text_model = {"id": "scribe", "object": "model", "owned_by": "oxen", "capabilities": {"output": ["text"]}}
    client = await start(catalogue=Catalogue([text_model]))
    unknown = await client.call("POST", "/api/ai/queue", {"model": "nobody", "prompt": "a fox"})
    assert (unknown.status, unknown.body) == (404, {"error": {"message": "Model not found: nobody"}})
    text = await client.call("POST", "/api/ai/queue", {"model": "scribe", "prompt": "a fox"})
    assert (text.status, text.body) == (400, {"error": {"message": ":unsupported_media_type"}})
    missing = await client.call("POST", "/api/ai/queue", {"prompt": "a fox"})
    assert missing.status == 400


@pytest.mark.parametrize("key", [None, "wrong", ""])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/ai/queue"),
        ("GET", "/api/ai/queue"),
        ("GET", "/api/ai/queue/x"),
        ("DELETE", "/api/ai/queue/x"),
        ("GET", "/api/events"),
        ("GET", "/api/ai/models"),
        ("GET", "/api/ai/models/search"),
        ("GET", f"/api/ai/models/{IMAGE_MODEL}"),
        ("POST", "/api/ai/videos/generate"),
    ],
)
async def test_nothing_is_open_without_a_key(start: Start, method: str, path: str, key: str | None) -> None:
    client = (await start()).holding(key)
    answer = await client.call(method, path)
    assert answer.status == 401
    assert answer.body["error"]["type"] == answer.body["status_message"] == "unauthenticated"


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b'"text"', b"\xff", b'{"duration": NaN}'])
async def test_a_body_that_is_no_json_object_is_refused(start: Start, body: bytes) -> None:
    client = await start()
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    async with client.session.post(client.sandbox.url + "/api/ai/queue", data=body, headers=headers) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"]["detail"]


async def test_what_does_not_exist_is_answered_in_json(start: Start) -> None:
    client = await start()
    assert (await client.call("GET", "/api/ai/nothing")).body["error"]["type"] == "resource_not_found"
    assert (await client.call("PATCH", "/api/ai/queue")).status == 405


async def test_a_key_bills_and_sees_its_own_namespaces_only(start: Start) -> None:
    herd = (await start(keys=KEYS)).holding("herd")
    flock = herd.holding("flock")
    (default,) = await herd.enqueue()
    (named,) = await herd.enqueue(target_namespace="south")
    (other,) = await flock.enqueue()
    assert [(await herd.ended(each))["target_namespace"] for each in (default, named)] == ["north", "south"]
    await flock.ended(other)
    assert await herd.rows(status="succeeded") == [default, named]
    assert await flock.rows(status="succeeded") == [other]
    assert (await flock.call("GET", f"/api/ai/queue/{named}")).status == 404
    assert (await flock.call("DELETE", f"/api/ai/queue/{named}")).status == 404
    refused = await flock.call(
        "POST", "/api/ai/queue", {"model": IMAGE_MODEL, "prompt": "x", "target_namespace": "north"}
    )
    assert (refused.status, refused.body["error"]["type"]) == (403, "forbidden")
