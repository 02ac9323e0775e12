"""The client on real sockets: connections, silence and what is cut off. `tests/hostile` has more of the kind."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.domain.ids import RemoteId
from bot.domain.provider import Ambiguous, Connected, Event, KeepAlive, ProviderError, Unavailable
from bot.domain.roles import NotHeld
from bot.oxen.client import OxenClient, Timeouts
from tests.cases import for_each
from tests.fakes.discretion import assert_discreet
from tests.fakes.orders import KEY, video_request
from tests.fakes.oxen import RESULT
from tests.oxen.servers import Answer, Request, never, raw, says, says_json, serving, then_closes

SOON = Timeouts(read=0.3, enqueue=0.3, download=0.3, silence=0.3)
SOME_ID = RemoteId("7cf9b23a-1234-5678-9abc-def012345678")
ACCEPTED = {"generations": [{"generation_id": "a", "status": "queued"}]}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
CALLS: dict[str, Callable[[OxenClient], Awaitable[object]]] = {
    "list": lambda oxen: oxen.list("acme"),
    "cancel": lambda oxen: oxen.cancel(SOME_ID),
    "enqueue": lambda oxen: oxen.enqueue(video_request(), 1, None),
    "activate": lambda oxen: oxen.models.activate("m"),
}


@pytest.fixture(autouse=True)
def nothing_leaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test in here may write the prompt or the key into a log."""
    caplog.set_level(logging.DEBUG)
    yield
    assert_discreet(caplog.records)


async def trouble(call: Awaitable[object]) -> type[ProviderError]:
    with pytest.raises(ProviderError) as caught:
        await call
    return type(caught.value)


# Calls.


@for_each("name", CALLS)
async def test_a_process_that_may_not_act_sends_no_request(name: str) -> None:
    """Another process may do it by then: surely nothing was sent."""

    def hold() -> None:
        raise NotHeld

    async with serving(says_json(200, ACCEPTED)) as server, OxenClient(server.url, KEY, hold=hold) as oxen:
        assert await trouble(CALLS[name](oxen)) is Unavailable
        assert server.requests == []


@for_each("answer", [never, says(200, b"{", content_length="99")])
@for_each("name", CALLS)
async def test_an_answer_that_does_not_come_in_time(name: str, answer: Answer) -> None:
    async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        paid = name in {"enqueue", "activate"}
        assert await trouble(CALLS[name](oxen)) is (Ambiguous if paid else Unavailable)
    assert len(server.posts) == paid


async def test_tls_that_hangs_up() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, OxenClient(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", KEY) as oxen:
        assert await trouble(CALLS["enqueue"](oxen)) is Unavailable


async def test_a_kept_alive_connection_that_died_costs_no_second_post() -> None:
    """The server says "keep-alive" and hangs up: who reuses that connection cannot know what became of the order."""
    async with (
        serving(then_closes(says_json(200, ACCEPTED, connection="keep-alive"))) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        for _ in range(3):
            assert await oxen.enqueue(video_request(), 1, None) == ["a"]
    assert [request.connection for request in server.posts] == [1, 2, 3]


async def test_each_order_has_its_own_connection_even_if_the_server_would_keep_it() -> None:
    async with (
        serving(says_json(200, ACCEPTED, connection="keep-alive")) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        await oxen.list(None)
        await oxen.list(None)
        await oxen.enqueue(video_request(), 1, None)
        await oxen.enqueue(video_request(), 1, None)
    assert [request.connection for request in server.requests] == [1, 1, 2, 3]


@for_each("name", CALLS)
async def test_no_call_of_the_api_follows_a_redirect(name: str) -> None:
    async with (
        serving(says_json(200, ACCEPTED)) as elsewhere,
        serving(says(307, location=elsewhere.url)) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        assert await trouble(CALLS[name](oxen)) is Unavailable
    assert elsewhere.requests == []


# The event stream.


async def heard(oxen: OxenClient) -> list[Event]:
    """What the stream said until it broke."""
    events: list[Event] = []

    async def collect() -> None:
        async with aclosing(oxen.events()) as stream:
            async for event in stream:
                events.append(event)  # noqa: PERF401 - what came before the error counts

    assert await trouble(collect()) is Unavailable
    return events


async def test_a_stream_that_falls_silent() -> None:
    async def falls_silent(request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(HEAD + b": keep-alive\n\n")(request, writer)
        await never(request, writer)

    async with serving(falls_silent) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        assert await heard(oxen) == [Connected(), KeepAlive()]


async def test_a_stream_that_does_not_open() -> None:
    async with serving(never) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        assert await heard(oxen) == []


async def test_a_stream_that_breaks_amid_an_event() -> None:
    async def breaks(request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(HEAD + b"event: a\ndata: x")(request, writer)
        writer.transport.abort()

    async with serving(breaks) as server, OxenClient(server.url, KEY) as oxen:
        assert await heard(oxen) in ([Connected()], [])  # the reset may overtake the head


# Downloads.


async def test_a_redirect_to_a_relative_place(tmp_path: Path) -> None:
    async def moved(request: Request, writer: asyncio.StreamWriter) -> None:
        there = request.path == "/files/x.mp4"
        await (says(200, RESULT) if there else says(301, location="../files/x.mp4"))(request, writer)

    async with serving(moved) as server, OxenClient(server.url, KEY) as oxen:
        assert await oxen.download("/results/x", tmp_path / "x", 100) == len(RESULT)
    assert [request.path for request in server.requests] == ["/results/x", "/files/x.mp4"]


async def test_a_download_that_stalls(tmp_path: Path) -> None:
    stalls = says(200, b"half", content_length="8")
    async with serving(stalls) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        assert await trouble(oxen.download(server.url, tmp_path / "x", 100)) is Unavailable
