"""What each call asks, and what each kind of trouble is called: by a transport that answers from a function."""

import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.contact import Contact
from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import (
    Ambiguous,
    Completed,
    Connected,
    KeepAlive,
    KeyRefused,
    NotFound,
    ProviderError,
    Rejected,
    Unavailable,
    Unreadable,
)
from bot.oxen.client import OxenClient
from bot.oxen.links import BadLink
from bot.oxen.transport import Broken, NotSent, Pool
from tests.cases import for_each
from tests.fakes.clock import ManualClock
from tests.fakes.orders import KEY, PROMPT, video_request
from tests.fakes.oxen import RESULT
from tests.fakes.transport import OXEN, Reply, replies, talking

SOME_ID = RemoteId("7cf9b23a-1234-5678-9abc-def012345678")
ECHO = {"error": {"type": "t", "title": "T", "detail": f"Value error, input_value='{PROMPT}' of {KEY}"}}
HTML = b"<!doctype html><html><body>We will be back soon.</body></html>"
BODY = {"model": "m", "prompt": PROMPT}
Call = Callable[[OxenClient], Awaitable[object]]


async def first_event(oxen: OxenClient) -> object:
    async with aclosing(oxen.events()) as events:
        return await anext(events)


READS: dict[str, Call] = {
    "list": lambda oxen: oxen.list("acme"),
    "get": lambda oxen: oxen.get(SOME_ID),
    "cancel": lambda oxen: oxen.cancel(SOME_ID),
    "history_page": lambda oxen: oxen.history_page("acme"),
    "record": lambda oxen: oxen.record(SOME_ID),
    "catalogue": lambda oxen: oxen.catalogue(),
    "search": lambda oxen: oxen.models.search("fox"),
    "model": lambda oxen: oxen.models.get("m"),
}
POSTS: dict[str, Call] = {
    "enqueue": lambda oxen: oxen.enqueue(video_request(), 1, None),
    "activate": lambda oxen: oxen.models.activate("m"),
    "deactivate": lambda oxen: oxen.models.deactivate("m"),
    "generate": lambda oxen: oxen.blocking.generate(MediaKind.VIDEO, BODY),
    "edit": lambda oxen: oxen.blocking.edit(BODY),
}
STREAM: dict[str, Call] = {"events": first_event}
DOWNLOAD: dict[str, Call] = {"download": lambda oxen: oxen.download("/results/x.mp4", Path("never"), 100)}

# How each answer is to be understood: by a read, by a POST.
BOTH: dict[str, tuple[Reply | Exception, type[ProviderError], type[ProviderError]]] = {
    "never left": (NotSent("ClientConnectorError"), Unavailable, Unavailable),
    "broken off": (Broken("ServerDisconnectedError"), Unavailable, Ambiguous),
    "100": (replies(100), Unavailable, Ambiguous),
    "302": (replies(302, location="http://127.0.0.1:1/"), Unavailable, Ambiguous),
    "303": (replies(303, location="/x"), Unavailable, Ambiguous),
    "307": (replies(307, location="http://127.0.0.1:1/"), Unavailable, Unavailable),
    "401": (replies(401, ECHO), KeyRefused, KeyRefused),
    "402": (replies(402, ECHO), Rejected, Rejected),
    "403": (replies(403, ECHO), KeyRefused, KeyRefused),
    "404": (replies(404, {"error": {"message": "Model not found: m"}}), NotFound, Rejected),
    "408": (replies(408, ECHO), Unavailable, Ambiguous),
    "422": (replies(422, HTML), Rejected, Rejected),
    "429": (replies(429, ECHO), Unavailable, Unavailable),
    "500": (replies(500, ECHO), Unavailable, Ambiguous),
    "503": (replies(503, HTML), Unavailable, Ambiguous),
}
BODIES: dict[str, tuple[Reply | Exception, type[ProviderError], type[ProviderError]]] = {
    "half a body": (Reply(200, b"{", breaks=Broken("ClientPayloadError")), Unavailable, Ambiguous),
    "no JSON": (replies(200, HTML), Unavailable, Ambiguous),
    "no body": (replies(200, b""), Unavailable, Ambiguous),
    "no UTF-8": (replies(200, b'{"generations": "\xff"}'), Unavailable, Ambiguous),
    "another shape": (replies(200, {"generations": PROMPT, "data": PROMPT, "error": PROMPT}), Unavailable, Ambiguous),
    "nested for ever": (replies(200, b"[" * 200_000), Unavailable, Ambiguous),
    "too much": (replies(200, b"{}", content_length=str(10**11)), Unavailable, Ambiguous),
}


@for_each(("name", "call"), [*READS.items(), *POSTS.items(), *STREAM.items(), *DOWNLOAD.items()])
async def test_what_trouble_is_called(name: str, call: Call) -> None:
    """By what is to be done next; it knows its call, has no status but one that was sent, and quotes nobody."""
    has_json = name in READS or name in POSTS
    for title, (answer, read, post) in {**BOTH, **(BODIES if has_json else {})}.items():
        if name == "download" and title in {"302", "303", "307"}:
            continue  # that is followed
        async with talking(answer) as (oxen, asked):
            with pytest.raises(ProviderError) as caught:
                await call(oxen)
        error = caught.value
        assert (title, type(error)) == (title, post if name in POSTS else read)
        assert (title, error.call) == (title, name)
        if isinstance(error, Rejected):
            assert isinstance(answer, Reply)
            assert error.status == answer.status
            assert 0 < len(error.detail) <= 300
        shown = "".join(traceback.format_exception(error)) + str(error) + repr(error)
        assert PROMPT not in shown
        assert KEY not in shown
        assert len(asked.posts) == (name in POSTS)


async def test_a_refusal_without_a_status_has_none() -> None:
    """Nobody sent one, so none is told."""
    async with talking(replies(201, {"generations": []})) as (oxen, _):
        with pytest.raises(Rejected) as caught:
            await oxen.enqueue(video_request(), 1, None)
    assert (caught.value.status, caught.value.call) == (None, "enqueue")
    assert caught.value.detail == "Oxen accepted nothing of this order."
    for link in ("mailto:a@example.com", "http://[bad/x", "https://", "file:///etc/passwd", "http://10.0.0.1/x"):
        async with talking(BadLink("NonHttpUrlClientError")) as (oxen, _):
            with pytest.raises(Rejected) as caught:
                await oxen.download(link, Path("never"), 1)
        assert (caught.value.status, caught.value.call) == (None, "download")


async def test_an_invalid_address_of_the_provider_is_no_refusal() -> None:
    async with talking(BadLink("InvalidURL")) as (oxen, _):
        for call in (READS["list"], POSTS["enqueue"], first_event):
            with pytest.raises(Unavailable):
                await call(oxen)


async def test_a_cancel_that_comes_too_late_and_is_told_so() -> None:
    async with talking(replies(400, ECHO)) as (oxen, asked):
        await oxen.cancel(SOME_ID)
    assert [(request.method, request.url.path) for request in asked.requests] == [
        ("DELETE", f"/api/ai/queue/{SOME_ID}")
    ]


@for_each(
    ("body", "words"),
    [
        ({"error": {"type": "t", "title": "T", "detail": "D"}, "status": "error", "status_message": "S"}, "D"),
        ({"error": {"type": "t", "title": "T"}, "status": "error", "status_message": "S"}, "T"),
        ({"error": {"message": "num_generations must be an integer between 1 and 4"}}, "num_generations must be"),
        ({"status": "error", "status_message": "S"}, "S"),
        ({"what": "else"}, "status 400"),
        (b"<html>", "status 400"),
        (Reply(400, b"{", breaks=Broken("ClientPayloadError")), "status 400"),
        ({"error": {"detail": "x" * 5000}}, "x" * 300),
    ],
)
async def test_the_best_words_of_a_rejection(body: object, words: str) -> None:
    async with talking(body if isinstance(body, Reply) else replies(400, body)) as (oxen, _):
        with pytest.raises(Rejected) as caught:
            await oxen.enqueue(video_request(), 1, None)
    assert (caught.value.status, caught.value.detail[: len(words)]) == (400, words)
    assert len(caught.value.detail) <= 300


# What is asked.

ACCEPTED = replies(200, {"generations": [{"generation_id": "a", "status": "queued"}]})


async def test_an_order_on_the_wire() -> None:
    async with talking(ACCEPTED) as (oxen, asked):
        assert await oxen.enqueue(video_request(duration=5), 4, "acme") == ["a"]  # fewer than ordered
        await oxen.enqueue(video_request(), 1, None)
    first, second = asked.requests
    assert (first.method, str(first.url), first.pool) == ("POST", f"{OXEN}/api/ai/queue", Pool.FRESH)
    assert first.headers["Authorization"] == f"Bearer {KEY}"
    assert first.body == {
        "model": "kling-video-v2-6-pro-text-to-video",
        "prompt": PROMPT,
        "duration": 5,
        "num_generations": 4,
        "target_namespace": "acme",
    }
    assert isinstance(second.body, dict)
    assert "target_namespace" not in second.body  # the key's own pays


@for_each(
    ("row", "directory"),
    [
        ({"generation_id": "a", "model": "m"}, None),
        ({"generation_id": "a", "model_name": "m", "status": "queued"}, None),
        ({"generation_id": "a", "model_name": "m", "status": "queued", "target_directory": None}, "order-1"),
    ],
)
async def test_an_order_is_marked_where_rows_have_a_place_for_it(row: dict[str, object], directory: str | None) -> None:
    async with talking(replies(200, {"generations": [row]})) as (oxen, asked):
        await oxen.enqueue(video_request(), 1, None, token="order-0")
        await oxen.list(None)
        await oxen.enqueue(video_request(), 1, None, token="order-1")
    first, second = (dict[str, Any](request.body) for request in asked.posts)  # type: ignore[call-overload]
    assert "target_directory" not in first
    assert second.get("target_directory") == directory


async def test_the_filters_on_the_wire() -> None:
    filters = {"status": "failed", "model": "m", "media_type": "video", "repo": "r/s", "folder": "f g"}
    async with talking(replies(200, {"generations": []})) as (oxen, asked):
        await oxen.list(None)
        await oxen.list("a&b", **filters)
        await oxen.history_page("acme", page=2, size=1000, **filters)
    assert [(request.url.path, request.query) for request in asked.requests] == [
        ("/api/ai/queue", {}),
        ("/api/ai/queue", {"namespace": "a&b", **filters}),
        ("/api/ai/generations", {"namespace": "acme", **filters, "page": "2", "page_size": "1000"}),
    ]


# The event stream.


async def test_what_a_stream_says() -> None:
    said = b": keep-alive\n\nevent: a\ndata: x\n\nevent: media_generation_completed\ndata: {}\n\n"
    said += b'event: media_generation_completed\ndata: {"generation_id":"a","status":"succeeded"}\n\nevent: b\n'
    heard: list[object] = []
    async with talking(replies(200, said, content_type="Text/Event-Stream; charset=utf-8")) as (oxen, _):

        async def listen() -> None:
            async for event in oxen.events():
                heard.append(event)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(Unavailable) as caught:
            await listen()
    assert heard == [Connected(), KeepAlive(), KeepAlive(), Unreadable(), Completed(id=RemoteId("a"), succeeded=True)]
    assert (str(caught.value), caught.value.call) == ("the event stream ended", "events")


# What the client's ordinary requests tell of whether the provider can be reached.

NOBODY = NotSent("ClientConnectorError")


@for_each(
    ("call", "answer", "trouble", "refused"),
    [
        (READS["list"], replies(200, {"generations": []}), None, False),
        (READS["list"], replies(200, HTML), "JSONDecodeError", False),
        (READS["list"], replies(502, HTML), "status 502", False),
        (READS["list"], replies(429, {}), None, False),
        (READS["list"], replies(404, {}), None, False),
        (READS["list"], replies(400, {}), None, False),
        (READS["list"], replies(401, {}), None, True),
        (READS["list"], replies(403, {}), None, False),  # may be about a namespace alone
        (READS["list"], NOBODY, "ClientConnectorError", False),
        (POSTS["enqueue"], replies(200, HTML), "JSONDecodeError", False),
        (POSTS["enqueue"], replies(503), "status 503", False),
        (POSTS["enqueue"], replies(400, {}), None, False),
        (first_event, NOBODY, "ClientConnectorError", False),
        (first_event, replies(200, HTML, content_type="text/html"), "a page of HTML", False),
        (first_event, replies(200, b": hello\n\n", content_type="text/event-stream"), None, False),
    ],
)
async def test_what_a_call_tells_of_the_provider(
    call: Call, answer: Reply | Exception, trouble: str | None, refused: bool
) -> None:
    contact = Contact(ManualClock().monotonic)
    async with talking(answer, contact) as (oxen, _):
        try:
            await call(oxen)
        except ProviderError as error:
            assert error.call  # noqa: PT017 - either way is fine
    assert (contact.trouble, contact.refused) == (trouble, refused)
    assert contact.doubted == (call is first_event)  # a stream that ends is worth a question and no more


# Files.


async def test_the_key_goes_to_the_provider_only_and_never_across_a_redirect(tmp_path: Path) -> None:
    def answer(request: Any) -> Reply:
        if request.url.path == "/api/results/x":
            return replies(302, location="https://cdn.example/x.mp4?signature=1")
        if request.url.path == "/back":
            return replies(302, location=f"{OXEN}/api/ai/queue")  # somebody else's redirect is not our own request
        return replies(200, RESULT)

    async with talking(answer) as (oxen, asked):
        for link in ("/api/results/x", "https://cdn.example/back", "https://cdn.example/y.mp4"):
            assert await oxen.download(link, tmp_path / "x", 100) == len(RESULT)
    shown = [str(request.url) for request in asked.requests if KEY in str(request.headers)]
    assert shown == [f"{OXEN}/api/results/x"]
    assert {request.pool for request in asked.requests} == {Pool.PUBLIC}


async def test_a_redirect_without_end(tmp_path: Path) -> None:
    async with talking(replies(302, location="/again")) as (oxen, asked):
        with pytest.raises(Unavailable, match="too many"):
            await oxen.download("/x", tmp_path / "x", 100)
    assert len(asked.requests) < 10


@for_each("link", ["data:video/mp4;base64,AAAA", "ftp://127.0.0.1/x", "mailto:a@b.example", "http://[bad/x"])
async def test_a_link_that_leads_nowhere(link: str, tmp_path: Path) -> None:
    async with talking(replies(302, location=link)) as (oxen, asked):
        for each in (link, "/x"):
            with pytest.raises(Rejected):
                await oxen.download(each, tmp_path / "x", 100)
    assert not [request for request in asked.requests if request.url.path != "/x"]
    assert not (tmp_path / "x").exists()


async def test_a_file_and_its_limit(tmp_path: Path) -> None:
    over = Reply(200, RESULT + b"x" * 101)
    for answer, size in (
        (replies(200, RESULT, content_length="101"), None),
        (over, None),
        (replies(200, RESULT), len(RESULT)),
    ):
        async with talking(answer) as (oxen, _):
            assert await oxen.download("/x", tmp_path / "x", 100) == size
        assert (tmp_path / "x").exists() == (size is not None)
    async with talking(replies(200, RESULT)) as (oxen, _):
        with pytest.raises(Unavailable):
            await oxen.download("/x", tmp_path / "none" / "x", 100)  # cannot be written
