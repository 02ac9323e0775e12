"""Trouble on demand, and what was really done while it struck."""

import io
import time
from typing import Any

import aiohttp
import av
import pytest

from sandbox.oxen.clock import ManualClock
from sandbox.oxen.faults import FORMATS
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


# How a file of each format begins, after how many bytes.
BEGINNINGS = {
    **dict.fromkeys(("h264", "hevc", "10bit", "av1"), (4, b"ftypisom")),
    "mov": (4, b"ftypqt  "),
    **dict.fromkeys(("webm", "mkv"), (0, b"\x1aE\xdf\xa3")),
    "avi": (8, b"AVI "),
    **dict.fromkeys(("png", "apng"), (0, b"\x89PNG")),
    "jpg": (0, b"\xff\xd8\xff"),
    **dict.fromkeys(("webp", "webp-moving"), (8, b"WEBP")),
    "avif": (4, b"ftypavif"),
    "bmp": (0, b"BM"),
    "gif": (0, b"GIF89a"),
    "mp3": (0, b"ID3"),
    "m4a": (4, b"ftypM4A "),
    "html": (0, b"<!doctype html>"),
    "unknown": (0, b""),
}
# Codec and bits of a colour of those that only a decoder tells apart.
CODECS = {"h264": ("h264", 8), "hevc": ("hevc", 8), "10bit": ("hevc", 10), "av1": ("libdav1d", 8)}


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("model", [VIDEO_MODEL, IMAGE_MODEL])
async def test_a_result_can_be_of_a_format_that_nobody_asked_for(start: Start, model: str, form: str) -> None:
    """Behind a link, and with a type, that still say what was asked for; and it costs the same."""
    client = await start()
    await set_fault(client, "generation", "format", form)
    row = await client.ended((await client.enqueue(model))[0])
    healthy = await client.ended((await client.enqueue(model))[0])
    answer, other = [await client.call("GET", each["result_url"]) for each in (row, healthy)]
    offset, beginning = BEGINNINGS[form]
    assert answer.body[offset:].startswith(beginning)
    assert answer.body != other.body
    assert answer.headers["Content-Type"] == other.headers["Content-Type"]
    ending = ".mp4" if model == VIDEO_MODEL else ".png"
    assert row["result_url"].partition("?")[0].endswith(ending)
    assert len(client.sandbox.ledger.account("sandbox").charges) == 2
    if form in CODECS:
        with av.open(io.BytesIO(answer.body)) as film:
            [frame, *_] = film.decode(video=0)
            name, bits = CODECS[form]
            assert film.streams.video[0].codec_context.name == name
            assert frame.format.components[0].bits == bits


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent", "browse"])
async def test_a_success_can_come_without_a_result(start: Start, dialect: str) -> None:
    client = await start(dialect=dialect)
    await set_fault(client, "generation", "no_result")
    (one,) = await client.enqueue()
    ended = await client.sandbox.finished(one)
    assert ended is not None
    assert (ended.state, ended.result) == ("succeeded", None)
    assert len(client.sandbox.ledger.account("sandbox").charges) == 1
    if dialect != "ephemeral":
        row = await client.row(one)
        assert row["status"] == "succeeded"
        assert "result_url" not in row


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent", "browse"])
async def test_a_run_can_leave_no_trace(start: Start, dialect: str) -> None:
    client = await start(dialect=dialect)
    await set_fault(client, "generation", "vanish")
    (gone,) = await client.enqueue()
    assert await client.sandbox.finished(gone) is None
    assert (await client.call("GET", "/sandbox/requests")).body["vanished"] == [gone]
    assert (await client.call("GET", f"/api/ai/queue/{gone}")).status == 404
    assert client.sandbox.ledger.account("sandbox").charges == []
    (one,) = await client.enqueue()
    assert await client.sandbox.finished(one) is not None, "only the next one"


@pytest.mark.parametrize("word", ["rendering", "SUCCEEDED", "", None])
async def test_a_status_can_be_another_word(start: Start, word: str | None) -> None:
    client = await start(dialect="browse")
    (one,) = await client.enqueue()
    await client.ended(one)
    await set_fault(client, "get", "word", word)
    assert (await client.row(one))["status"] == word
    assert (await client.row(one))["status"] == "succeeded"
    await set_fault(client, "list", "word", word)
    [listed] = (await client.call("GET", "/api/ai/queue", status="succeeded")).body["generations"]
    assert listed["status"] == word
    await set_fault(client, "history", "word", word)
    [listed] = (await client.call("GET", "/api/ai/generations")).body["generations"]
    assert listed["status"] == word


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
        [{"on": "generation", "kind": "format", "value": "laserdisc"}],
        [{"on": "generation", "kind": "format"}],
        [{"on": "result", "kind": "format", "value": "gif"}],
        [{"on": "list", "kind": "no_result"}],
        [{"on": "enqueue", "kind": "word", "value": "done"}],
        [{"on": "list", "kind": "word", "value": 7}],
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
