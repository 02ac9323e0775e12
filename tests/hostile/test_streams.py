"""The event stream, misused. It counts with a result in hand only: whatever else it says, the rows bring the result."""

import asyncio
import contextlib
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from bot.domain.ids import RemoteId
from bot.domain.provider import Completed, Connected, Event, Unavailable
from bot.oxen.events import SseParser
from tests.fakes.orders import KEY, PROMPT, video_request
from tests.fakes.oxen import RESULT
from tests.hostile.harness import SHORT, Harness
from tests.hostile.upstream import HTML, STREAM, Sent, drips
from tests.oxen.servers import Answer, Request, closes, never, raw, says, serving, then_closes
from tests.services.kit import S, until
from tests.simulation.oxen import PICTURE

MIB = 1024 * 1024


def event(**data: object) -> bytes:
    return f"event: media_generation_completed\ndata: {json.dumps(data)}\n\n".encode()


GOOD = event(generation_id="gen-1", status="succeeded", url="https://x.invalid/gen-1.mp4")


def stays(answer: Answer) -> Answer:
    """Says it, and stays connected."""

    async def both(request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(request, writer)
        await never(request, writer)

    return both


async def heard(harness: Harness) -> list[Event]:
    """All that the stream said until it broke."""
    events: list[Event] = []

    async def collect() -> None:
        async with aclosing(harness.client.events()) as stream:
            async for each in stream:
                events.append(each)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(Unavailable):
        await collect()
    return events


@asynccontextmanager
async def listening(harness: Harness) -> AsyncIterator[None]:
    task = asyncio.create_task(harness.services.listener.step())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


# Streams that end themselves: it is tried again, and polled meanwhile.

BROKEN: dict[str, Answer] = {
    "HTML": says(200, HTML, content_type="text/html"),
    "no type": then_closes(raw(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD)),
    "no content": raw(b"HTTP/1.1 204 No Content\r\ncontent-type: text/event-stream\r\n\r\n"),
    "gzip that is none": says(200, GOOD, content_type="text/event-stream", content_encoding="gzip"),
    "broken chunks": then_closes(raw(STREAM[:-2] + b"transfer-encoding: chunked\r\n\r\nxyz\r\n")),
    "closed at once": closes,
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_an_answer_that_is_no_stream_counts_as_no_stream(harness: Harness, answer: Answer) -> None:
    harness.up.on("events", answer)
    assert [each for each in await heard(harness) if not isinstance(each, Connected)] == []
    record = await harness.ordered()
    await harness.services.listener.step()
    assert not harness.services.inbox.of(None).up
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]


async def test_a_stream_on_another_host(harness: Harness) -> None:
    async with serving(raw(STREAM + GOOD)) as elsewhere:
        harness.up.on("events", says(302, location=elsewhere.url))
        assert await heard(harness) == []
    assert elsewhere.requests == []


@pytest.mark.parametrize("timeouts", [SHORT])
async def test_a_stream_whose_head_drips(harness: Harness) -> None:
    harness.up.on("events", drips(b"HTTP/1.1 200 OK\r\nx: ", b"y"))
    assert await heard(harness) == []


@pytest.mark.parametrize("timeouts", [SHORT])
async def test_a_stream_whose_refusal_drips(harness: Harness) -> None:
    harness.up.on("events", drips(b"HTTP/1.1 400 Bad\r\ncontent-length: 100000\r\n\r\n"))
    assert await heard(harness) == []


LONG: dict[str, tuple[bytes, bytes]] = {
    "a line of 10 MiB": (b"data: ", b"x" * 65536),
    "a comment of 10 MiB": (b": ", b"x" * 65536),
    "never a newline": (b"", b"\x00" * 65536),
    "an event without end": (b"", b"data: " + b"x" * 65000 + b"\n"),
    "an event of empty lines of data": (b"", b"data\n" * 10_000),
}


@pytest.mark.parametrize(("begin", "piece"), LONG.values(), ids=LONG)
async def test_what_a_stream_never_ends(harness: Harness, begin: bytes, piece: bytes) -> None:
    """It is dropped before it fills the memory."""
    sent = Sent()
    harness.up.on("events", sent.endlessly(STREAM + begin, piece, 100 * MIB))
    tracemalloc.start()
    try:
        assert await heard(harness) == [Connected()]
        assert tracemalloc.get_traced_memory()[1] < 400 * MIB
    finally:
        tracemalloc.stop()
    assert sent.bytes < 40 * MIB


def test_a_long_line_byte_by_byte() -> None:
    """What comes in a hundred thousand pieces is not copied as often."""
    parser = SseParser(max_line=100_000)
    for _ in range(100_000):
        assert list(parser.feed(b"x")) == []
    with pytest.raises(ValueError, match="line"):
        list(parser.feed(b"x"))


# Streams that go on: what makes no sense in them is passed over.

NOISE: dict[str, bytes] = {
    "events of unknown names": b'event: deployment\ndata: {"generation_id":"gen-1"}\n\n' * 100,
    "comments without end": b": still here\n\n" * 10_000,
    "bytes that are no UTF-8": b"event: \xff\xfe\ndata: \xc3\x28\n\n",
    "NUL bytes": b"event: media\x00\ndata: \x00\x00\n\n\x00\n\n",
    "HTML amid the stream": HTML + b"\n\n",
    "an event without data": b"event: media_generation_completed\n\n",
    "data that is no JSON": b"event: media_generation_completed\ndata: <html>\n\n",
    "data of other types": event(generation_id=7, status=["succeeded"], url={}, error=1),
    "a status that is no end": event(generation_id="gen-1", status="paused"),
    "an id that is a path": event(generation_id="../../x", status="succeeded"),
    "nested data": f"event: media_generation_completed\ndata: {'[' * 100_000}\n\n".encode(),
    "a prompt in the wrong place": event(generation_id="gen-1", status=PROMPT, error=[KEY]),
    "an id that nobody owns": event(generation_id="nobodys", status="failed", error="no"),
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
async def test_noise_in_a_stream(harness: Harness, noise: bytes) -> None:
    record = await harness.ordered()
    harness.up.on("events", stays(raw(STREAM + noise + GOOD)))
    harness.up.finish()
    async with listening(harness):
        await until(lambda: harness.services.inbox.get(None, RemoteId("gen-1")) is not None)
        assert harness.services.inbox.of(None).up
        await harness.services.track()
    assert await harness.settles(record) == [S.SUCCEEDED]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"], ids=["CRLF", "LF", "CR"])
async def test_line_ends_split_over_chunks(harness: Harness, end: bytes) -> None:
    async def in_pieces(request: Request, writer: asyncio.StreamWriter) -> None:
        for byte in STREAM + GOOD.replace(b"\n", end) + b":" + end:
            writer.write(bytes([byte]))
            await writer.drain()
        writer.close()

    harness.up.on("events", in_pieces)
    (told,) = [each for each in await heard(harness) if isinstance(each, Completed)]
    assert told.id == "gen-1"


async def test_an_event_that_lies(harness: Harness) -> None:
    """The row decides: it is under way, and it will be looked at again."""
    record = await harness.ordered()
    harness.up.on("events", stays(raw(STREAM + event(generation_id="gen-1", status="failed", error="no"))))
    async with listening(harness):
        await until(lambda: bool(harness.services.inbox))
        await harness.services.track()
    assert await harness.services.states(record) == [S.QUEUED]
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]


LIES: dict[str, tuple[str, Answer]] = {
    "a page": ("/results/page", says(200, HTML, content_type="text/html")),
    "a file that is cut short": ("/results/cut.mp4", says(200, RESULT[:-3], content_type="video/mp4")),
    "a picture in place of a video": ("/results/x.mp4", says(200, PICTURE, content_type="video/mp4")),
    "nothing": ("/results/none.mp4", says(404)),
    "another order's result": ("/results/gen-2.mp4", says(200, RESULT, content_type="video/mp4")),
    "an earlier result, signed anew": ("/results/gen-0.mp4?signature=2", says(200, RESULT, content_type="video/mp4")),
}


@pytest.mark.parametrize(("path", "answer"), LIES.values(), ids=LIES)
async def test_a_success_of_what_still_runs(harness: Harness, path: str, answer: Answer) -> None:
    """The row decides, nothing is posted before it has, and then what is its own."""
    record, other = await harness.ordered(), await harness.ordered(video_request(prompt="another"))
    if "gen-0" in path:  # its link, as it was signed when it ended
        harness.up.rows["gen-2"] |= {"status": "succeeded", "result_url": f"{harness.up.server.url}/results/gen-0.mp4"}
        assert await harness.settles(other) == [S.SUCCEEDED]
    harness.up.on("result", answer)
    lie = event(generation_id="gen-1", status="succeeded", url=f"{harness.up.server.url}{path}")
    harness.up.on("events", stays(raw(STREAM + lie)))
    async with listening(harness):
        await until(lambda: bool(harness.services.inbox))
        await harness.services.track()
    await harness.services.deliver()
    assert await harness.services.states(record) == [S.QUEUED]
    assert harness.told(record) == 0
    harness.up.heal()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert list(harness.message(record).contents.values()) == [RESULT]


async def test_a_flood_of_events(harness: Harness) -> None:
    """Ids that nobody ever ordered, more than fit into the memory of hints: ours comes by the list."""
    record = await harness.ordered()
    flood = b"".join(event(generation_id=f"s{number}", status="failed", error="x" * 300) for number in range(12_000))
    harness.up.on("events", stays(raw(STREAM + flood + b": over\n\n")))
    async with listening(harness):
        await until(lambda: harness.services.inbox.get(None, RemoteId("s11999")) is not None)
    assert len(harness.services.inbox) <= 10_000
    harness.services.inbox.of(None).hints.clear()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]


async def test_a_stream_that_connects_and_breaks_at_once(harness: Harness) -> None:
    """It is not tried once a second for ever: each connection costs a list."""
    harness.up.on("events", then_closes(raw(STREAM)))
    pauses = [(await harness.services.listener.step()).total_seconds() for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
