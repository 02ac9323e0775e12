"""The event stream: framing, keep-alives, one event a generation, and to whom."""

import json

import aiohttp
import pytest

from sandbox.oxen.clock import ManualClock
from tests.sandbox_oxen.listening import KEEP_ALIVE, block, event, listening, nothing_comes, told
from tests.sandbox_oxen.support import IMAGE_MODEL, VIDEO_MODEL, Endless, Start

KEYS = {"herd": ("north",), "flock": ("north",)}


async def test_a_success_is_told_once_exactly_as_documented(start: Start) -> None:
    client = await start(keep_alive=0.2)
    async with listening(client) as stream:
        (one,) = await client.enqueue(VIDEO_MODEL)
        name, data = (await event(stream)).removesuffix("\n\n").split("\n")
        assert name == "event: media_generation_completed"
        success = json.loads(data.removeprefix("data: "))
        url = success.pop("url")
        assert success == {"generation_id": one, "status": "succeeded", "media_type": "video", "model": VIDEO_MODEL}
        assert (await client.holding(None).call("GET", url)).status == 200
        assert await nothing_comes(stream)


async def test_a_failure_is_told_with_its_error(start: Start) -> None:
    client = await start(keep_alive=0.2)
    async with listening(client) as stream:
        (one,) = await client.enqueue(aspect_ratio="1:7")
        assert await told(stream) == {
            "generation_id": one,
            "status": "failed",
            "media_type": "image",
            "error": "aspect_ratio must be one of 1:1, 16:9, 9:16, 4:3, 3:4",
        }
        assert await nothing_comes(stream)


async def test_silence_is_kept_alive(start: Start) -> None:
    client = await start(keep_alive=0.01)
    async with listening(client) as stream:
        assert [await block(stream) for _ in range(3)] == [KEEP_ALIVE] * 3


async def test_cancelled_and_expired_fire_nothing(start: Start, clock: ManualClock) -> None:
    client = await start(clock=clock, keep_alive=0.1, renderer=Endless())
    async with listening(client) as stream:
        cancelled, _ = await client.enqueue(num_generations=2)
        await client.call("DELETE", f"/api/ai/queue/{cancelled}")
        clock.advance(24 * 60 * 60)
        assert await client.rows() == []
        assert await nothing_comes(stream)


async def test_what_fires_while_nobody_listens_is_gone(start: Start) -> None:
    client = await start(keep_alive=0.05)
    await client.ended((await client.enqueue())[0])
    async with listening(client) as stream:
        assert await nothing_comes(stream)


async def test_a_stream_belongs_to_its_key_not_to_a_namespace(start: Start) -> None:
    herd = (await start(keys=KEYS, keep_alive=0.1)).holding("herd")
    async with listening(herd) as first, listening(herd) as second, listening(herd.holding("flock")) as other:
        (one,) = await herd.enqueue()
        assert one in await event(first)
        assert one in await event(second)
        assert await nothing_comes(other)


async def test_a_blocking_call_fires_nothing(start: Start) -> None:
    client = await start(keep_alive=0.1)
    async with listening(client) as stream:
        answer = await client.call("POST", "/api/ai/images/generate", {"model": IMAGE_MODEL, "prompt": "a fox"})
        assert answer.status == 200
        assert await nothing_comes(stream)


async def test_stopping_ends_the_streams(start: Start) -> None:
    client = await start()
    async with listening(client) as stream:
        await client.sandbox.stop()
        assert await stream.read() == b""


async def test_no_event_and_malformed_and_drop_strike_the_next_event(start: Start) -> None:
    client = await start(keep_alive=0.2, concurrency=1)
    faults = [{"on": "events", "kind": kind, "times": 1} for kind in ("no_event", "malformed", "drop_after")]
    await client.call("PUT", "/sandbox/faults", {"faults": faults})
    async with listening(client) as stream:
        eaten, cut, dropped = [(await client.enqueue())[0] for _ in range(3)]
        for each in (eaten, cut, dropped):
            await client.sandbox.finished(each)
        broken = (await event(stream)).split("data: ")[1]
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken)
        assert (await stream.read()).replace(KEEP_ALIVE.encode(), b"") == b""
    assert await client.rows(status="succeeded") == [eaten, cut, dropped]


async def test_connecting_can_be_refused(start: Start) -> None:
    client = await start()
    faults = [{"on": "events", "kind": "drop_before", "times": 1}, {"on": "events", "kind": "status", "value": 503}]
    await client.call("PUT", "/sandbox/faults", {"faults": faults})
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.call("GET", "/api/events")
    assert (await client.call("GET", "/api/events")).status == 503
