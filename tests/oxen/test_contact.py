"""What the client's ordinary requests tell of whether the provider can be reached."""

from typing import Any

import pytest
from aiohttp import web

from bot.domain.contact import Contact
from bot.domain.provider import OxenError
from bot.oxen.client import OxenClient
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_request
from tests.oxen.test_client import says, says_json, serving

HTML = b"<!doctype html><html><body>We will be back soon.</body></html>"


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (says_json(200, {"generations": []}), None),
        (says(200, HTML), "JSONDecodeError"),
        (says(502, HTML), "status 502"),
        (says_json(429, {}), None),
        (says_json(404, {}), None),
        (says_json(400, {}), None),
    ],
)
async def test_a_read(answer: Any, trouble: str | None) -> None:
    contact = Contact(ManualClock().monotonic)
    async with serving(answer) as server, OxenClient(server.url, "key", contact=contact) as oxen:
        try:
            await oxen.list(None)
        except OxenError:
            assert answer is not None
    assert contact.trouble == trouble
    assert not contact.refused


@pytest.mark.parametrize(
    ("answer", "trouble"), [(says(200, HTML), True), (says(503), True), (says_json(400, {}), False)]
)
async def test_an_order(answer: Any, trouble: bool) -> None:
    contact = Contact(ManualClock().monotonic)
    async with serving(answer) as server, OxenClient(server.url, "key", contact=contact) as oxen:
        with pytest.raises(OxenError):
            await oxen.enqueue(video_request(), 1, None)
    assert (contact.trouble is not None) == trouble


@pytest.mark.parametrize(("status", "refused"), [(401, True), (403, False)])
async def test_a_key_that_is_not_taken(status: int, refused: bool) -> None:
    """403 may be about a namespace alone."""
    contact = Contact(ManualClock().monotonic)
    async with (
        serving(says_json(status, {"error": "no"})) as server,
        OxenClient(server.url, "key", contact=contact) as oxen,
    ):
        with pytest.raises(OxenError):
            await oxen.list(None)
    assert (contact.refused, contact.trouble) == (refused, None)


async def test_nobody_there(unused_tcp_port: int) -> None:
    contact = Contact(ManualClock().monotonic)
    async with OxenClient(f"http://127.0.0.1:{unused_tcp_port}", "key", contact=contact) as oxen:
        with pytest.raises(OxenError):
            await oxen.list(None)
    assert contact.trouble == "ClientConnectorError"


async def test_an_event_stream_that_ends_is_worth_a_question_and_no_more() -> None:
    contact = Contact(ManualClock().monotonic)

    async def ends(_: web.Request) -> web.Response:
        return web.Response(text=": hello\n\n", content_type="text/event-stream")

    async with serving(ends) as server, OxenClient(server.url, "key", contact=contact) as oxen:
        with pytest.raises(OxenError):
            async for _ in oxen.events():
                pass
    assert (contact.doubted, contact.trouble) == (True, None)


async def test_a_page_in_the_place_of_the_stream_is_a_failure_until_something_else_is_answered() -> None:
    contact = Contact(ManualClock().monotonic)
    page = says(200, HTML, content_type="text/html")
    async with serving(page) as server, OxenClient(server.url, "key", contact=contact) as oxen:
        with pytest.raises(OxenError):
            async for _ in oxen.events():
                pass
    assert (contact.doubted, contact.trouble) == (True, "a page of HTML")


async def test_a_stream_that_nobody_answers(unused_tcp_port: int) -> None:
    contact = Contact(ManualClock().monotonic)
    async with OxenClient(f"http://127.0.0.1:{unused_tcp_port}", "key", contact=contact) as oxen:
        with pytest.raises(OxenError):
            async for _ in oxen.events():
                pass
    assert contact.trouble == "ClientConnectorError"
