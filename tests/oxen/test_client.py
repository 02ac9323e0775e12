"""The client against servers that misbehave: what each kind of trouble is called, and that a POST leaves once."""

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import NoReturn

import pytest

from bot.domain.ids import RemoteId
from bot.domain.provider import (
    Ambiguous,
    Connected,
    Event,
    KeepAlive,
    KeyRefused,
    NotFound,
    OxenError,
    Rejected,
    Unavailable,
)
from bot.oxen.client import OxenClient, Timeouts
from tests.fakes.discretion import assert_discreet
from tests.fakes.orders import KEY, PROMPT, video_request
from tests.fakes.oxen import RESULT
from tests.oxen.servers import (
    Answer,
    Request,
    closes,
    never,
    raw,
    resets,
    says,
    says_json,
    serving,
    then_closes,
)

SOON = Timeouts(read=0.05, enqueue=0.05, download=0.05, silence=0.05)
SOME_ID = RemoteId("7cf9b23a-1234-5678-9abc-def012345678")
ACCEPTED = {"generations": [{"generation_id": "a", "status": "queued"}]}
ECHO = {"error": {"type": "t", "title": "T", "detail": f"Value error, input_value='{PROMPT}' of {KEY}"}}


@pytest.fixture(autouse=True)
def nothing_leaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test in here may write the prompt or the key into a log."""
    caplog.set_level(logging.DEBUG)
    yield
    assert_discreet(caplog.records)


def told(error: BaseException) -> str:
    """All that a log could show of it."""
    return "".join(traceback.format_exception(error)) + str(error) + repr(error)


async def enqueue(
    url: str, count: int = 1, namespace: str | None = None, timeouts: Timeouts | None = None
) -> list[RemoteId]:
    async with OxenClient(url, KEY, timeouts=timeouts or Timeouts()) as oxen:
        return await oxen.enqueue(video_request(duration=5), count, namespace)


async def trouble(call: Awaitable[object]) -> OxenError:
    """The error that the call ends with; it quotes neither prompt nor key."""
    with pytest.raises(OxenError) as caught:
        await call
    assert PROMPT not in told(caught.value)
    assert KEY not in told(caught.value)
    return caught.value


# What an order looks like on the wire.


async def test_an_order_on_the_wire() -> None:
    async with serving(says_json(200, ACCEPTED)) as server:
        assert await enqueue(server.url, 1, "acme") == ["a"]
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/api/ai/queue")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(request.body) == {
        "model": "kling-video-v2-6-pro-text-to-video",
        "prompt": PROMPT,
        "duration": 5,
        "num_generations": 1,
        "target_namespace": "acme",
    }


async def test_an_order_that_the_keys_own_namespace_pays_names_none() -> None:
    async with serving(says_json(200, ACCEPTED)) as server:
        await enqueue(server.url)
    assert "target_namespace" not in json.loads(server.requests[0].body)


async def test_fewer_ids_than_ordered_are_what_was_accepted() -> None:
    async with serving(says_json(200, ACCEPTED)) as server:
        assert await enqueue(server.url, 4) == ["a"]


@pytest.mark.parametrize(
    ("row", "directory"),
    [
        ({"generation_id": "a", "model": "m"}, None),
        ({"generation_id": "a", "model_name": "m", "status": "queued"}, None),
        ({"generation_id": "a", "model_name": "m", "status": "queued", "target_directory": None}, "order-1"),
    ],
    ids=["ephemeral", "persistent", "browse"],
)
async def test_an_order_is_marked_where_rows_have_a_place_for_it(row: dict[str, object], directory: str | None) -> None:
    async with serving(says_json(200, {"generations": [row]})) as server, OxenClient(server.url, KEY) as oxen:
        await oxen.enqueue(video_request(), 1, None, token="order-0")
        await oxen.list(None)
        await oxen.enqueue(video_request(), 1, None, token="order-1")
    first, second = (json.loads(request.body) for request in server.posts)
    assert "target_directory" not in first
    assert second.get("target_directory") == directory


# An order's troubles, by what is to be done next. Each server saw exactly one POST.

TROUBLES: dict[str, tuple[Answer, type[OxenError]]] = {
    "closed without an answer": (closes, Ambiguous),
    "reset after the request was read": (resets, Ambiguous),
    "half a head": (then_closes(raw(b"HTTP/1.1 200 OK\r\ncontent-")), Ambiguous),
    "half a body": (then_closes(says(200, b'{"generations":[', content_length="99")), Ambiguous),
    "no HTTP": (then_closes(raw(b"\x00\x01\x02 hello\r\n\r\n")), Ambiguous),
    "a head without end": (then_closes(raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n")), Ambiguous),
    "200 without JSON": (says(200, b"<html>OK</html>"), Ambiguous),
    "200 without a body": (says(200), Ambiguous),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), Ambiguous),
    "200 of another shape": (says_json(200, {"id": PROMPT}), Ambiguous),
    "200 with a row without id": (says_json(200, {"generations": [{"status": "queued"}]}), Ambiguous),
    "200 that nests for ever": (says(200, b"[" * 200_000), Ambiguous),
    "200 in no encoding": (says(200, b'{"generations": "\xff"}'), Ambiguous),
    "nothing accepted": (says_json(200, {"generations": []}), Rejected),
    "a redirect": (says(307, location="/elsewhere"), Unavailable),
    "400": (says_json(400, ECHO), Rejected),
    "401": (says_json(401, ECHO), KeyRefused),
    "402": (says_json(402, ECHO), Rejected),
    "403": (says_json(403, ECHO), KeyRefused),
    "404": (says_json(404, ECHO), Rejected),
    "408": (says_json(408, ECHO), Ambiguous),
    "422": (says_json(422, ECHO), Rejected),
    "429": (says_json(429, ECHO), Unavailable),
    "500": (says_json(500, ECHO), Ambiguous),
    "502": (says_json(502, {"error": {"message": "The model provider returned an error."}}), Ambiguous),
    "503": (says(503, b"<html>down</html>"), Ambiguous),
    "504": (says(504), Ambiguous),
}


@pytest.mark.parametrize(("answer", "kind"), TROUBLES.values(), ids=TROUBLES)
async def test_what_an_orders_trouble_is_called(answer: Answer, kind: type[OxenError]) -> None:
    async with serving(answer) as server:
        error = await trouble(enqueue(server.url))
    assert type(error) is kind
    assert len(server.posts) == len(server.requests) == 1


async def test_an_answer_that_does_not_come_in_time() -> None:
    async with serving(never) as server:
        assert type(await trouble(enqueue(server.url, timeouts=SOON))) is Ambiguous
    assert len(server.posts) == 1


async def test_a_body_that_does_not_come_in_time() -> None:
    async with serving(says(200, b"{", content_length="99")) as server:
        assert type(await trouble(enqueue(server.url, timeouts=SOON))) is Ambiguous
    assert len(server.posts) == 1


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_connection_refused() -> None:
    assert type(await trouble(enqueue(f"http://127.0.0.1:{unused_port()}"))) is Unavailable


async def test_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    assert type(await trouble(enqueue("http://oxen.invalid"))) is Unavailable


async def test_a_connection_that_does_not_stand_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object, **__: object) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", silent)
    assert type(await trouble(enqueue("http://oxen.invalid", timeouts=Timeouts(connect=0.05)))) is Unavailable


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=["no TLS", "hangs up"])
async def test_tls_that_fails(greeting: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(greeting)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert type(await trouble(enqueue(f"https://127.0.0.1:{port}"))) is Unavailable


async def test_a_kept_alive_connection_that_died_costs_no_second_post() -> None:
    """The server says "keep-alive" and hangs up: who reuses that connection cannot know what became of the order."""
    async with (
        serving(then_closes(says_json(200, ACCEPTED, connection="keep-alive"))) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        for _ in range(3):
            assert await oxen.enqueue(video_request(), 1, None) == ["a"]
    assert len(server.posts) == 3
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


# The words of a rejection.


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"type": "t", "title": "T", "detail": "D"}, "status": "error", "status_message": "S"}, "D"),
        ({"error": {"type": "t", "title": "T"}, "status": "error", "status_message": "S"}, "T"),
        ({"error": {"message": "num_generations must be an integer between 1 and 4"}}, "num_generations must be"),
        ({"status": "error", "status_message": "S"}, "S"),
        ({"what": "else"}, "status 400"),
        ({"error": {"detail": "x" * 5000}}, "x" * 300),
    ],
)
async def test_the_best_words_of_a_rejection(body: object, words: str) -> None:
    async with serving(says_json(400, body)) as server:
        error = await trouble(enqueue(server.url))
    assert isinstance(error, Rejected)
    assert (error.status, error.detail[: len(words)]) == (400, words)
    assert len(error.detail) <= 300


@pytest.mark.parametrize(
    "answer", [says(400, b"<html>"), then_closes(says(400, b"{", content_length="99"))], ids=["HTML", "half"]
)
async def test_a_rejection_whose_words_cannot_be_read(answer: Answer) -> None:
    async with serving(answer) as server:
        error = await trouble(enqueue(server.url))
    assert isinstance(error, Rejected)
    assert error.detail == "status 400"


async def test_an_unknown_model_by_name() -> None:
    async with serving(says_json(404, {"error": {"message": "Model not found: kling"}})) as server:
        error = await trouble(enqueue(server.url))
    assert isinstance(error, Rejected)
    assert (error.status, error.detail) == (404, "Model not found: kling")


# Reads: they may simply be asked again.

READS: dict[str, Callable[[OxenClient], Awaitable[object]]] = {
    "list": lambda oxen: oxen.list("acme"),
    "get": lambda oxen: oxen.get(SOME_ID),
    "cancel": lambda oxen: oxen.cancel(SOME_ID),
    "catalogue": lambda oxen: oxen.catalogue(),
}
CALLS: dict[str, Callable[[OxenClient], Awaitable[object]]] = {
    **READS,
    "enqueue": lambda oxen: oxen.enqueue(video_request(), 1, None),
}
READ_TROUBLES: dict[str, Answer] = {
    "closed": closes,
    "reset": resets,
    "half": then_closes(says(200, b"{", content_length="99")),
    "no HTTP": then_closes(raw(b"hello\r\n\r\n")),
    "no JSON": says(200, b"<html>"),
    "429": says(429),
    "500": says_json(500, ECHO),
    "503": says(503, b"<html>"),
    "redirect": says(302, location="http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("call", READS.values(), ids=READS)
@pytest.mark.parametrize("answer", READ_TROUBLES.values(), ids=READ_TROUBLES)
async def test_a_read_that_fails(answer: Answer, call: Callable[[OxenClient], Awaitable[object]]) -> None:
    async with serving(answer) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(call(oxen))) is Unavailable


@pytest.mark.parametrize("call", READS.values(), ids=READS)
async def test_a_read_that_is_not_answered(call: Callable[[OxenClient], Awaitable[object]]) -> None:
    async with serving(never) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        assert type(await trouble(call(oxen))) is Unavailable


@pytest.mark.parametrize("call", READS.values(), ids=READS)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_read_with_a_bad_key(call: Callable[[OxenClient], Awaitable[object]], status: int) -> None:
    async with serving(says_json(status, ECHO)) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(call(oxen))) is KeyRefused


@pytest.mark.parametrize("call", [READS["list"], READS["get"], READS["catalogue"]], ids=["list", "get", "catalogue"])
async def test_an_answer_of_another_shape(call: Callable[[OxenClient], Awaitable[object]]) -> None:
    async with (
        serving(says_json(200, {"generations": PROMPT, "data": PROMPT})) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        assert type(await trouble(call(oxen))) is Unavailable


async def test_the_filters_of_a_list() -> None:
    async with (
        serving(says_json(200, {"count": 0, "generations": []})) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        await oxen.list(None)
        await oxen.list("a&b", "failed")
    assert [request.path for request in server.requests] == [
        "/api/ai/queue",
        "/api/ai/queue?namespace=a%26b&status=failed",
    ]


@pytest.mark.parametrize("call", [READS["get"], READS["cancel"]], ids=["get", "cancel"])
async def test_one_that_is_not_there(call: Callable[[OxenClient], Awaitable[object]]) -> None:
    body = {"error": {"type": "resource_not_found", "title": "The requested resource could not be found"}}
    async with serving(says_json(404, body)) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(call(oxen))) is NotFound


async def test_a_cancel_that_comes_too_late_and_is_told_so() -> None:
    async with serving(says_json(400, ECHO)) as server, OxenClient(server.url, KEY) as oxen:
        await oxen.cancel(SOME_ID)
    assert [request.method for request in server.requests] == ["DELETE"]


# The event stream.

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


async def heard(oxen: OxenClient) -> tuple[list[Event], OxenError]:
    """What the stream said, and how it ended."""
    events: list[Event] = []

    async def collect() -> None:
        async with aclosing(oxen.events()) as stream:
            async for event in stream:
                events.append(event)  # noqa: PERF401 - what came before the error counts

    return events, await trouble(collect())


async def test_a_stream_that_ends() -> None:
    async with (
        serving(then_closes(raw(HEAD + b": keep-alive\n\nevent: a\ndata: x\n\nevent: b\n"))) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        events, error = await heard(oxen)
    assert events == [Connected(), KeepAlive(), KeepAlive()]
    assert type(error) is Unavailable
    assert server.requests[0].path == "/api/events"


async def test_a_stream_that_falls_silent() -> None:
    async def falls_silent(request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(HEAD + b": keep-alive\n\n")(request, writer)
        await never(request, writer)

    async with serving(falls_silent) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        events, error = await heard(oxen)
    assert events == [Connected(), KeepAlive()]
    assert type(error) is Unavailable


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (never, Unavailable),
        (closes, Unavailable),
        (resets, Unavailable),
        (says(502), Unavailable),
        (says(302, location="http://127.0.0.1:1/"), Unavailable),
        (says_json(401, ECHO), KeyRefused),
        (says_json(400, ECHO), Rejected),
    ],
    ids=["silence", "closed", "reset", "502", "redirect", "401", "400"],
)
async def test_a_stream_that_does_not_open(answer: Answer, kind: type[OxenError]) -> None:
    async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        events, error = await heard(oxen)
    assert events == []
    assert type(error) is kind


async def test_a_stream_that_breaks_amid_an_event() -> None:
    async def breaks(request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(HEAD + b"event: a\ndata: x")(request, writer)
        writer.transport.abort()

    async with serving(breaks) as server, OxenClient(server.url, KEY) as oxen:
        events, error = await heard(oxen)
    assert events in ([Connected()], [])  # the reset may overtake the head
    assert type(error) is Unavailable


async def test_a_stream_with_a_line_without_end() -> None:
    async with (
        serving(then_closes(raw(HEAD + b"data: " + b"x" * 1_100_000))) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        events, error = await heard(oxen)
    assert events == [Connected()]
    assert type(error) is Unavailable


# Downloads, and whom the key is shown to.


def nothing_in(folder: Path) -> bool:
    return not any(folder.iterdir())


async def test_the_key_does_not_follow_a_redirect(tmp_path: Path) -> None:
    async with (
        serving(says(200, RESULT, content_type="video/mp4")) as elsewhere,
        serving(says(302, location=f"{elsewhere.url}/x.mp4?signature=1")) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        assert await oxen.download(f"{server.url}/api/results/x", tmp_path / "x", 100) == len(RESULT)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert (elsewhere.requests[0].path, "authorization" in elsewhere.requests[0].headers) == (
        "/x.mp4?signature=1",
        False,
    )
    assert KEY not in str(elsewhere.requests)


async def test_the_key_goes_to_no_other_host(tmp_path: Path) -> None:
    async with (
        serving(says(200, RESULT)) as elsewhere,
        serving(never) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        assert await oxen.download(f"{elsewhere.url}/x.mp4", tmp_path / "x", 100) == len(RESULT)
    assert KEY not in str(elsewhere.requests)
    assert server.requests == []


async def test_the_key_does_not_come_back_with_a_redirect(tmp_path: Path) -> None:
    """Somebody else's redirect to the provider is not the provider's own request."""
    async with (
        serving(says(200, RESULT)) as server,
        serving(says(302, location=f"{server.url}/api/ai/queue")) as elsewhere,
        OxenClient(server.url, KEY) as oxen,
    ):
        await oxen.download(f"{elsewhere.url}/x.mp4", tmp_path / "x", 100)
    assert KEY not in str(server.requests)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_no_call_of_the_api_follows_a_redirect(call: Callable[[OxenClient], Awaitable[object]]) -> None:
    async with (
        serving(says_json(200, ACCEPTED)) as elsewhere,
        serving(says(307, location=elsewhere.url)) as server,
        OxenClient(server.url, KEY) as oxen,
    ):
        await trouble(call(oxen))
    assert elsewhere.requests == []


async def test_a_redirect_to_a_relative_place(tmp_path: Path) -> None:
    async def moved(request: Request, writer: asyncio.StreamWriter) -> None:
        there = request.path == "/files/x.mp4"
        await (says(200, RESULT) if there else says(301, location="../files/x.mp4"))(request, writer)

    async with serving(moved) as server, OxenClient(server.url, KEY) as oxen:
        assert await oxen.download("/results/x", tmp_path / "x", 100) == len(RESULT)
    assert [request.path for request in server.requests] == ["/results/x", "/files/x.mp4"]


async def test_a_redirect_without_end(tmp_path: Path) -> None:
    async with serving(says(302, location="/again")) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(oxen.download(server.url, tmp_path / "x", 100))) is Unavailable
    assert len(server.requests) < 10


NO_LINKS = ["data:video/mp4;base64,AAAA", "ftp://127.0.0.1/x", "mailto:a@example.com", "http://[bad/x"]


@pytest.mark.parametrize("link", NO_LINKS)
async def test_a_link_that_leads_nowhere(link: str, tmp_path: Path) -> None:
    async with serving(says(302, location=link)) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(oxen.download(link, tmp_path / "x", 100))) is Rejected
        assert type(await trouble(oxen.download(server.url, tmp_path / "x", 100))) is Rejected
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (says(404), NotFound),
        (says(403), KeyRefused),
        (says(410), Rejected),
        (says(500), Unavailable),
        (says(304), Unavailable),
        (closes, Unavailable),
        (then_closes(says(200, b"half", content_length="8")), Unavailable),
        (then_closes(says(200, b"4\r\nhalf\r\n", content_length="", transfer_encoding="chunked")), Unavailable),
    ],
    ids=["404", "403", "410", "500", "304", "closed", "half", "half a chunk"],
)
async def test_a_download_that_fails(answer: Answer, kind: type[OxenError], tmp_path: Path) -> None:
    async with serving(answer) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(oxen.download(server.url, tmp_path / "x", 100))) is kind


async def test_a_download_that_stalls(tmp_path: Path) -> None:
    stalls = says(200, b"half", content_length="8")
    async with serving(stalls) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        assert type(await trouble(oxen.download(server.url, tmp_path / "x", 100))) is Unavailable


async def test_a_file_too_large_is_not_fetched(tmp_path: Path) -> None:
    async with serving(says(200, RESULT, content_length="101")) as server, OxenClient(server.url, KEY) as oxen:
        assert await oxen.download(server.url, tmp_path / "x", 100) is None
    assert nothing_in(tmp_path)


async def test_a_file_that_turns_out_too_large_is_removed(tmp_path: Path) -> None:
    endless = then_closes(raw(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + RESULT + b"x" * 101))
    async with serving(endless) as server, OxenClient(server.url, KEY) as oxen:
        assert await oxen.download(server.url, tmp_path / "x", 100) is None
    assert nothing_in(tmp_path)


async def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    async with serving(says(200, RESULT)) as server, OxenClient(server.url, KEY) as oxen:
        assert type(await trouble(oxen.download(server.url, tmp_path / "none" / "x", 100))) is Unavailable
