"""The blocking twins: paid for, sent once, and their media either linked or on the disk."""

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import Ambiguous, ProviderError, Rejected
from bot.oxen.client import OxenClient, Timeouts
from bot.oxen.transport import Request
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.server import OxenSandbox
from tests.cases import for_each
from tests.fakes.discretion import assert_discreet
from tests.fakes.orders import KEY, PROMPT
from tests.fakes.oxen import IMAGE_MODEL, RESULT, VIDEO_MODEL
from tests.fakes.transport import OXEN, Reply, replies, talking
from tests.oxen.servers import (
    never,
    raw,
    says,
    serving,
)
from tests.sandbox_oxen.support import Blank

SOON = Timeouts(read=0.3, blocking=0.3)
BODY = {"model": VIDEO_MODEL, "prompt": PROMPT, "duration": 5}
B64 = base64.b64encode(RESULT).decode()
ECHO = {"error": {"type": "t", "title": "T", "detail": f"Value error, input_value='{PROMPT}' of {KEY}"}}
Call = Callable[[OxenClient], Awaitable[Any]]


@pytest.fixture(autouse=True)
def nothing_leaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert_discreet(caplog.records)


def made(*outputs: dict[str, Any], name: str = "videos") -> dict[str, Any]:
    return {"model": VIDEO_MODEL, "created": 1775090508, name: list(outputs)}


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def video(oxen: OxenClient, **more: Any) -> Awaitable[Any]:
    return oxen.blocking.generate(MediaKind.VIDEO, BODY, **more)


# What is sent.


@for_each(
    ("call", "path", "name"),
    [
        (lambda oxen: oxen.blocking.generate(MediaKind.VIDEO, BODY), "/api/ai/videos/generate", "videos"),
        (lambda oxen: oxen.blocking.generate(MediaKind.IMAGE, BODY), "/api/ai/images/generate", "images"),
        (lambda oxen: oxen.blocking.edit(BODY), "/api/ai/images/edit", "images"),
    ],
)
async def test_a_call_on_the_wire(call: Call, path: str, name: str) -> None:
    async with talking(replies(200, made({"url": "https://cdn.example/1.mp4"}, name=name))) as (oxen, asked):
        (output,) = await call(oxen)
    (request,) = asked.requests
    assert (request.method, request.url.path) == ("POST", path)
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body == {**BODY, "response_format": "url"}
    assert (output.url, output.file, output.size) == ("https://cdn.example/1.mp4", None, None)


async def test_who_pays_and_how_it_is_to_come(tmp_path: Path) -> None:
    async with talking(replies(200, made({"b64_json": B64}))) as (oxen, asked):
        (output,) = await video(oxen, namespace="acme", folder=tmp_path)
    assert asked.requests[0].body == {**BODY, "response_format": "b64_json", "target_namespace": "acme"}
    assert (output.url, output.size) == (None, len(RESULT))
    assert await asyncio.to_thread(output.file.read_bytes) == RESULT


# The older paths (seed 004).


async def test_a_provider_that_knows_the_older_paths_only() -> None:
    def answer(request: Request) -> Reply:
        known = not request.url.path.startswith("/api/ai/")
        return replies(200, made({"url": "/results/1.mp4"})) if known else replies(404, b"<html>no such page</html>")

    async with talking(answer) as (oxen, asked):
        outputs = [await video(oxen) for _ in range(2)]
    assert [each.url.path for each in asked.posts] == ["/api/ai/videos/generate", *["/api/videos/generate"] * 2]
    assert outputs[0][0].url == f"{OXEN}/results/1.mp4"


async def test_a_provider_without_such_a_call() -> None:
    async with talking(replies(404)) as (oxen, asked):
        assert type(await trouble(video(oxen))) is Rejected
    assert len(asked.posts) == 2


# Troubles, by what is to be done next.


async def trouble(call: Awaitable[object]) -> ProviderError:
    """The error that the call ends with; it quotes neither prompt nor key."""
    with pytest.raises(ProviderError) as caught:
        await call
    assert PROMPT not in str(caught.value)
    assert KEY not in str(caught.value)
    return caught.value


async def test_a_call_that_is_not_answered_in_time(tmp_path: Path) -> None:
    async with serving(never) as server, OxenClient(server.url, KEY, timeouts=SOON) as oxen:
        assert type(await trouble(video(oxen, folder=tmp_path))) is Ambiguous


async def test_the_providers_own_words_for_what_went_wrong_there() -> None:
    body = {"error": {"message": "The model provider returned an error."}}
    async with talking(replies(502, body)) as (oxen, _):
        error = await trouble(video(oxen))
    assert isinstance(error, Ambiguous)
    assert error.detail == "The model provider returned an error."


@for_each(("status", "kind"), [(502, Ambiguous), (400, Rejected)])
async def test_words_that_do_not_come(status: int, kind: type[ProviderError]) -> None:
    """They are waited for as long as for a read, not as long as for a video."""
    answer = says(status, b"{", content_length="99")
    async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=Timeouts(read=0.05)) as oxen:
        assert type(await trouble(video(oxen))) is kind


async def test_a_medium_beyond_the_limit(tmp_path: Path) -> None:
    async with talking(replies(200, made({"b64_json": B64}))) as (oxen, _):
        assert type(await trouble(video(oxen, folder=tmp_path, limit=len(RESULT) - 1))) is Ambiguous
        assert not files(tmp_path)
        assert await video(oxen, folder=tmp_path, limit=len(RESULT))


async def test_a_caller_that_gives_up_leaves_nothing_behind(tmp_path: Path) -> None:
    half = raw(b'HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{"videos":[{"b64_json":"' + B64.encode()[:40])
    async with serving(half) as server, OxenClient(server.url, KEY) as oxen:
        call = asyncio.ensure_future(video(oxen, folder=tmp_path))
        async with asyncio.timeout(5):
            while not files(tmp_path):  # noqa: ASYNC110 - a turn for the others
                await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert not files(tmp_path)


async def test_the_good_ones_are_kept_when_another_cannot_be_read(tmp_path: Path) -> None:
    outputs = [
        {"b64_json": B64, "revised_prompt": "a\nheron"},
        {"b64_json": "PGh0bWw+"},
        {},
        {"url": "https://x.example/1"},
    ]
    async with talking(replies(200, made(*outputs))) as (oxen, _):
        first, last = await video(oxen, folder=tmp_path)
    assert (first.size, first.revised_prompt) == (len(RESULT), "a heron")
    assert last.url == "https://x.example/1"
    assert files(tmp_path) == [first.file]


# The stand-in.


class Ready(Blank):
    """A renderer that takes no time, and has one film for everything."""

    async def render(self, plan: Plan, path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, RESULT)


async def test_the_stand_in_makes_what_is_asked_for(tmp_path: Path) -> None:
    small = {"model": "wan-ai-wan2-1-t2v-1-3b-diffusers", "prompt": "a fox"}
    async with (
        OxenSandbox(speed=1e6, renderer=Ready(), keys={KEY: None}) as sandbox,
        OxenClient(sandbox.url, KEY) as oxen,
    ):
        (film,) = await oxen.blocking.generate(MediaKind.VIDEO, small, namespace="film-club", folder=tmp_path)
        picture, _ = await oxen.blocking.generate(MediaKind.IMAGE, {"model": IMAGE_MODEL, "prompt": "a fox", "n": 2})
        assert film.file is not None
        assert picture.url is not None
        assert await oxen.download(picture.url, tmp_path / "picture", 10**7)
        assert sandbox.ledger.account("film-club").total > 0


async def test_the_stand_in_refuses_before_it_makes_anything() -> None:
    both = {**BODY, "multi_prompt": [{"prompt": "a", "duration": 5}]}
    async with OxenSandbox(speed=1e6, keys={KEY: None}) as sandbox, OxenClient(sandbox.url, KEY) as oxen:
        error = await trouble(oxen.blocking.generate(MediaKind.VIDEO, both))
    assert isinstance(error, Rejected)
    assert "both 'prompt' and 'multi_prompt'" in error.detail
