"""Answers with the media in them, the history's pages and single models: read by scripts, with as little trust."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import Ambiguous, KeyRefused, ProviderError, Rejected, Unavailable
from bot.oxen.client import OxenClient
from tests.fakes.orders import KEY, PROMPT
from tests.fakes.oxen import RESULT, VIDEO_MODEL
from tests.fakes.transport import Reply, replies, talking
from tests.hostile.harness import SHORT
from tests.hostile.upstream import GIB, HTML, Sent, bomb, drips
from tests.oxen.servers import Answer, Server, closes, raw, resets, says, says_json, serving, then_closes

BODY = {"model": VIDEO_MODEL, "prompt": PROMPT}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
MIB = 1024 * 1024
BRISK = replace(SHORT, blocking=0.3)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def made(*media: object) -> Reply:
    return replies(200, {"model": VIDEO_MODEL, "created": 1, "videos": [{"b64_json": each} for each in media]})


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def trouble(answer: Answer | Reply, folder: Path | None, **more: Any) -> ProviderError:
    """How the one call ends, without prompt or key in its words; it left once, and nothing is left on the disk."""
    opened = talking(answer) if isinstance(answer, Reply) else _served(answer)
    async with opened as (oxen, asked):
        with pytest.raises(ProviderError) as caught:
            await oxen.blocking.generate(MediaKind.VIDEO, BODY, folder=folder, **more)
    assert PROMPT not in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(asked.posts) == 1
    assert folder is None or not files(folder)
    return caught.value


@asynccontextmanager
async def _served(answer: Answer) -> AsyncIterator[tuple[OxenClient, Server]]:
    async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=BRISK) as oxen:
        yield oxen, server


# Nobody can tell from these whether anything was made.

SAYS_NOTHING: dict[str, Answer | Reply] = {
    "HTML instead of JSON": says(200, HTML),
    "truncated JSON": says(200, b'{"videos":[{"b64_'),
    "JSON cut off by the connection": then_closes(says(200, b'{"videos":[', content_length="99")),
    "a medium cut off by the connection": then_closes(says(200, b'{"videos":[{"b64_json":"QUJD', content_length="99")),
    "an empty body": says(200),
    "no content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "null": says(200, b"null"),
    "wrong types": says_json(200, {"videos": {"url": "https://results.example/1.mp4"}}),
    "an empty list": made(),
    "200 with an error body": says_json(200, {"error": {"message": f"no {PROMPT}"}, "status": "error"}),
    "JSON nested without end": says(200, b"[" * 500_000),
    "a huge integer": says(200, b'{"videos":[],"created":' + b"9" * 100_000 + b"}"),
    "no UTF-8": says(200, b'{"videos":[{"url":"https://results.example/\xff"}]}'),
    "no HTTP": then_closes(raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    "broken chunks": then_closes(raw(HEAD[:-2] + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")),
    "gzip that is none": says(200, b"{}", content_encoding="gzip"),
    "a compressed bomb": says(200, bomb(64 * MIB), content_encoding="gzip"),
    "a body of 10 GiB announced": says(200, b"{}", content_length=str(10 * GIB)),
    "see other": says(303, location="/results/1.mp4"),
    "the connection closed": closes,
    "the connection reset": resets,
    "500": says(500, HTML),
    "a gateway in between": says(504, HTML),
    "408": says(408),
}


@pytest.mark.parametrize("answer", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
async def test_a_direct_answer_that_says_nothing(tmp_path: Path, answer: Answer | Reply) -> None:
    for folder in (None, tmp_path):
        error = await trouble(answer, folder)
        assert type(error) is Ambiguous


NO_MEDIA: dict[str, Reply] = {
    "base64 that is none": made("!!!!"),
    "base64 cut short": made(b64(RESULT)[:-3]),
    "base64 that goes on after its end": made("QQ==" + b64(RESULT)),
    "line breaks in base64": made(b64(RESULT)[:8] + "\n" + b64(RESULT)[8:]),
    "a medium that is HTML": made(b64(HTML)),
    "a program": made(b64(b"\x7fELF" + b"\0" * 100)),
    "a medium cut short": made(b64(RESULT[:-3])),
    "a medium that is empty": made(""),
    "a medium that is null": made(None),
    "a medium that is a number": made(7),
    "a medium beyond the limit": made(b64(RESULT + b"\0\0\0\x08free" * 1000)),
    "thirteen media": made(*[b64(RESULT)] * 13),
    "a name of a file of ours in place of a medium": replies(200, {"videos": [{"b64_json": ["0"]}]}),
    "megabytes of JSON around the media": replies(200, {"x": "y" * 2 * MIB, "videos": [{"b64_json": b64(RESULT)}]}),
}


@pytest.mark.parametrize("answer", NO_MEDIA.values(), ids=NO_MEDIA)
async def test_media_that_are_none(tmp_path: Path, answer: Reply) -> None:
    error = await trouble(answer, tmp_path, limit=2000)
    assert type(error) is Ambiguous


LINKS: dict[str, object] = {
    "a script": "javascript:alert(1)",
    "a file of this machine": "file:///etc/passwd",
    "a data URI": "data:text/html,x",
    "a link with credentials": "https://user:password@results.example/1.mp4",
    "a link with markup": "https://results.example/<b>",
    "a link of a megabyte": "https://results.example/" + "x" * MIB,
    "a link that is a list": ["https://results.example/1.mp4"],
}


@pytest.mark.parametrize("url", LINKS.values(), ids=LINKS)
async def test_a_direct_link_that_leads_where_it_must_not(url: object) -> None:
    error = await trouble(replies(200, {"videos": [{"url": url}]}), None)
    assert type(error) is Ambiguous


async def test_media_without_end(tmp_path: Path) -> None:
    sent = Sent()
    answer = sent.endlessly(HEAD + b'{"videos":[{"b64_json":"', b"QUJD" * 65536, 500 * MIB)
    error = await trouble(answer, tmp_path, limit=MIB)
    assert type(error) is Ambiguous
    assert sent.bytes < 50 * MIB


async def test_a_direct_answer_that_drips(tmp_path: Path) -> None:
    answer = drips(HEAD + b'{"videos":[{"b64_json":"', b"QUJD")
    async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=BRISK) as oxen:
        with pytest.raises(Ambiguous):
            await oxen.blocking.generate(MediaKind.VIDEO, BODY, folder=tmp_path)
    assert not files(tmp_path)


async def test_a_direct_refusal_that_drips() -> None:
    answer = drips(b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: application/json\r\n\r\n{")
    error = await trouble(answer, None)
    assert type(error) is Ambiguous


REFUSALS: dict[str, tuple[Answer, type[ProviderError]]] = {
    "400": (says_json(400, {"error": {"message": "x" * MIB}}), Rejected),
    "a refusal that drips": (drips(b"HTTP/1.1 400 Bad Request\r\n\r\n{"), Rejected),
    "401": (says(401, HTML), KeyRefused),
    "422 in null": (says(422, b"null"), Rejected),
    "429": (says(429), Unavailable),
    "a redirect to another host": (says(307, location="http://127.0.0.1:1/"), Unavailable),
    "a model that is not there": (says_json(404, {"error": {"message": "Model not found: x"}}), Rejected),
}


@pytest.mark.parametrize(("answer", "kind"), REFUSALS.values(), ids=REFUSALS)
async def test_a_direct_refusal(answer: Answer, kind: type[ProviderError]) -> None:
    error = await trouble(answer, None)
    assert type(error) is kind
    if isinstance(error, Rejected):
        assert len(error.detail) <= 300


# History.

ROW = {"generation_id": "gen-1", "status": "succeeded", "model_name": "m", "cost": "0.35"}
GOOD_PAGE = {"count": 1, "generations": [ROW], "page_number": 1, "total_pages": 1, "total_entries": 1}
ODD_PAGES: dict[str, tuple[dict[str, Any], Decimal | None]] = {
    "numbers that are none": ({"page_number": "one", "total_pages": [], "total_entries": None}, None),
    "numbers beyond all numbers": ({"page_number": 10**400, "total_pages": -1, "total_entries": True}, None),
    "a total that is a poem": ({"total_cost": "a fortune"}, None),
    "a total below nothing": ({"total_cost": "-5"}, None),
    "a total beyond all money": ({"total_cost": "9" * 30}, None),
    "a total that is a number": ({"total_cost": 0.35}, Decimal("0.35")),
    "rows that are none": ({"generations": [None, 7, [], {"generation_id": "../x"}, ROW]}, None),
    "a hundred thousand rows": ({"generations": [ROW] * 100_000}, None),
    "parameters of other types": ({"generations": [ROW | {"seed": [], "duration": {"a": 1}}]}, None),
}


@pytest.mark.parametrize(("odd", "total"), ODD_PAGES.values(), ids=ODD_PAGES)
async def test_a_page_that_is_odd(odd: dict[str, Any], total: Decimal | None) -> None:
    async with talking(replies(200, GOOD_PAGE | odd)) as (oxen, _):
        page = await oxen.history_page()
    assert 0 < len(page.rows) <= 10_000
    assert {row.cost for row in page.rows} == {Decimal("0.35")}
    assert page.total_cost == total
    assert 0 <= page.entries <= 10**9
    assert page.number == page.pages == 1


READS: dict[str, Callable[[OxenClient], Awaitable[object]]] = {
    "a page": lambda oxen: oxen.history_page(),
    "a record": lambda oxen: oxen.record("gen-1"),  # type: ignore[arg-type]
    "a model": lambda oxen: oxen.models.get("m"),
    "a search": lambda oxen: oxen.models.search("m"),
}
NO_ANSWERS: tuple[Answer, ...] = (
    says(200, HTML),
    says(200, b"null"),
    says_json(200, {"generations": {}, "generation": 7, "data": None, "id": []}),
    says_json(200, {"generation": ROW | {"generation_id": "another"}}),
    says(200, bomb(64 * MIB), content_encoding="gzip"),
    says(200, b"[" * 500_000),
    says(503),
    drips(HEAD),
)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_a_read_of_a_script_that_tells_nothing(read: Callable[[OxenClient], Awaitable[object]]) -> None:
    for answer in NO_ANSWERS:
        async with serving(answer) as server, OxenClient(server.url, KEY, timeouts=BRISK) as oxen:
            with pytest.raises(Unavailable):
                await read(oxen)


# Custom models.

DEPLOYMENTS: dict[str, object] = {
    "no list": {"status": "active"},
    "null": None,
    "deployments of other types": [None, 7, "active", {"status": ["active"]}],
    "a state of tomorrow": [{"status": "warming"}],
    "a hundred thousand deployments": [{"status": "inactive"}] * 100_000,
}


@pytest.mark.parametrize("deployments", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
async def test_deployments_that_are_odd(deployments: object) -> None:
    row = {"id": "m", "model_type": "custom", "source_model": 7, "deployments": deployments}
    async with talking(replies(200, row)) as (oxen, _):
        found = await oxen.models.activate("m")
    assert (found.usable, found.source) == (False, None)
    assert len(found.deployments) <= 20


async def test_an_id_of_a_model_is_no_path() -> None:
    async with serving(says(200, b'{"id": "m"}')) as server, OxenClient(server.url, KEY) as oxen:
        for name in ("../../keys", "..", "a/b", "?x=1", "#", "%2e%2e", "\r\nhost: x"):
            await oxen.models.get(name)
    paths = [request.path for request in server.requests]
    assert all(path.startswith("/api/ai/models/") and path.count("/") == 4 for path in paths)
    assert not any("?" in path or "#" in path for path in paths)
