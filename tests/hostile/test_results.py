"""A result's link and file: where it leads, what it claims to be, and how much of it comes."""

import asyncio
import tracemalloc
from pathlib import Path

import pytest
from yarl import URL

from bot.domain.provider import ProviderError, Rejected, Unavailable
from bot.oxen.links import BadLink, Links, PublicOnlyResolver
from tests.fakes.orders import KEY
from tests.fakes.oxen import RESULT
from tests.fakes.transport import replies, talking
from tests.hostile.harness import SHORT, Harness
from tests.hostile.upstream import GIB, HTML, Sent, bomb, drips, packed
from tests.media.samples import sample
from tests.oxen.servers import Answer, closes, raw, resets, says, serving, then_closes
from tests.services.kit import S

MIB = 1024 * 1024
MP4 = b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\n"


async def fetched(harness: Harness, path: Path, answer: Answer, limit: int = 1000) -> int | None:
    harness.up.on("result", answer)
    return await harness.client.download(f"{harness.up.server.url}/results/x.mp4", path, limit)


# Files that are none. The link is dead: a fresh one is asked for, and at last the member is told where to look.

NO_RESULT: dict[str, Answer] = {
    "a video that is HTML": says(200, HTML, content_type="video/mp4"),
    "an error message as a file": says(200, b"<Error><Code>AccessDenied</Code></Error>", content_type="video/mp4"),
    "JSON": says(200, b'{"error": {"message": "expired"}}'),
    "an empty file": says(200, b"", content_type="video/mp4"),
    "a file of one byte": says(200, b"\0", content_type="video/mp4"),
    "a program": says(200, b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" * 9, content_type="video/mp4"),
    "a vector image with a script": says(200, b"<svg onload='x()'/>", content_type="image/svg+xml"),
    "a film packed unasked": says(200, packed(RESULT), content_type="video/mp4", content_encoding="gzip"),
    "a compressed bomb": says(200, bomb(64 * MIB, RESULT), content_type="video/mp4", content_encoding="gzip"),
    "403": says(403, b"<Error>expired</Error>"),
    "404": says(404),
    "410": says(410),
    "a redirect to a file": says(302, location="file:///etc/passwd"),
    "a redirect to another scheme": says(302, location="ftp://127.0.0.1/x.mp4"),
    "a redirect to data": says(302, location="data:video/mp4;base64,AAAAEGZ0eXA="),
    "a redirect to the cloud's metadata": says(302, location="http://169.254.169.254/latest/meta-data/"),
    "a redirect with credentials": says(302, location="http://key:secret@127.0.0.1/x.mp4"),
    "a redirect to a broken host": says(302, location="http://[bad/x.mp4"),
    "a redirect to a port out of range": says(302, location="http://127.0.0.1:99999/x.mp4"),
}


@pytest.mark.parametrize("answer", NO_RESULT.values(), ids=NO_RESULT)
async def test_a_file_that_is_no_result_is_not_posted(harness: Harness, tmp_path: Path, answer: Answer) -> None:
    with pytest.raises(ProviderError) as caught:
        await fetched(harness, tmp_path / "x", answer)
    assert not isinstance(caught.value, Unavailable)
    assert not (tmp_path / "x").exists()
    record = await harness.ordered()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    outgoing = harness.message(record).outgoing
    assert (outgoing.files, outgoing.links) == ({}, {})
    assert harness.posts == 1
    await harness.still_works()


async def test_a_dead_link_and_a_fresh_one(harness: Harness) -> None:
    """What the list said leads to HTML, what the row says now leads to the film."""

    async def only_fresh(request: object, writer: asyncio.StreamWriter) -> None:
        fresh = "fresh" in str(getattr(request, "path", ""))
        await says(200, RESULT if fresh else HTML)(request, writer)  # type: ignore[arg-type]

    record = await harness.ordered()
    harness.up.finish()
    await harness.services.poll()
    harness.up.rows["gen-1"]["result_url"] += "?fresh"
    harness.up.on("result", only_fresh)
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert list(harness.message(record).contents.values()) == [RESULT]


# Files that do not come whole. They are tried again, and never posted as they are.

NOT_WHOLE: dict[str, Answer] = {
    "a length that promises more": then_closes(says(200, RESULT, content_length=str(len(RESULT) + 1))),
    "a length that promises less": then_closes(says(200, RESULT, content_length=str(len(RESULT) - 1))),
    "closed early, without a length": then_closes(raw(MP4 + b"connection: close\r\n\r\n" + RESULT[:-1])),
    "HTTP/1.0, closed early": then_closes(raw(b"HTTP/1.0 200 OK\r\n\r\n" + RESULT[:-1])),
    "broken chunks": then_closes(raw(MP4 + b"transfer-encoding: chunked\r\n\r\n33\r\n" + RESULT[:-9])),
    "a part that nobody asked for": says(206, RESULT[:-1], content_range="bytes 0-49/51"),
    "no content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "a redirect loop": says(302, location="/results/x.mp4"),
    "a redirect to nowhere in particular": says(302),
    "429": says(429),
    "503": says(503, HTML),
    "closed": closes,
    "reset": resets,
}


@pytest.mark.parametrize("answer", NOT_WHOLE.values(), ids=NOT_WHOLE)
async def test_a_file_that_does_not_come_whole(harness: Harness, tmp_path: Path, answer: Answer) -> None:
    with pytest.raises(Unavailable):
        await fetched(harness, tmp_path / "x", answer)
    record = await harness.ordered()
    harness.up.finish()
    for _ in range(3):
        await harness.round()
    assert harness.told(record) == 0
    harness.up.heal()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert list(harness.message(record).contents.values()) == [RESULT]
    assert harness.posts == 1


async def test_a_file_that_never_comes_whole(harness: Harness) -> None:
    """After a quarter of an hour a link is worth more than a file some time."""
    record = await harness.ordered()
    harness.up.finish()
    harness.up.on("result", then_closes(says(200, RESULT, content_length="999")))
    assert await harness.settles(record, rounds=40) == [S.SUCCEEDED]
    assert list(harness.message(record).outgoing.links.values()) == [f"{harness.up.server.url}/results/gen-1.mp4"]
    await harness.still_works()


async def test_a_host_that_is_gone_and_a_fresh_link_elsewhere(harness: Harness) -> None:
    """The stored link's host does not answer; the row knows a better one by now."""
    async with serving(closes) as gone:
        record = await harness.ordered()
        harness.up.finish(result_url=f"{gone.url}/x.mp4")
        await harness.services.poll()
        harness.up.rows["gen-1"]["result_url"] = f"{harness.up.server.url}/results/gen-1.mp4"
        assert await harness.settles(record, rounds=3) == [S.SUCCEEDED]
    assert harness.message(record).outgoing.files


@pytest.mark.parametrize("timeouts", [SHORT])
async def test_a_file_that_drips(harness: Harness, tmp_path: Path) -> None:
    """It never falls silent and never ends; the whole of it has its time."""
    head = MP4 + b"content-length: 900\r\n\r\n" + RESULT
    with pytest.raises(Unavailable):
        await fetched(harness, tmp_path / "x", drips(head))
    with pytest.raises(Unavailable):
        await fetched(harness, tmp_path / "x", drips(MP4 + b"content-length: 900\r\n\r\n", b""))


async def test_a_result_of_10_gib_announced(harness: Harness, tmp_path: Path) -> None:
    """A link, without any of it on the disk; and hardly any of it over the line."""
    sent = Sent()
    answer = sent.endlessly(MP4 + f"content-length: {10 * GIB}\r\n\r\n".encode() + RESULT, b"x" * 65536, 64 * MIB)
    assert await fetched(harness, tmp_path / "x", answer) is None
    assert not (tmp_path / "x").exists()
    assert sent.bytes < 16 * MIB
    record = await harness.ordered()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert list(harness.message(record).outgoing.links.values()) == [f"{harness.up.server.url}/results/gen-1.mp4"]
    await harness.still_works()


async def test_a_result_without_a_length_and_without_an_end(harness: Harness, tmp_path: Path) -> None:
    """It is dropped at the limit, and nothing of it stays."""
    sent = Sent()
    answer = sent.endlessly(MP4 + b"connection: close\r\n\r\n" + RESULT, b"x" * 65536, 256 * MIB)
    tracemalloc.start()
    try:
        assert await fetched(harness, tmp_path / "x", answer, limit=4 * MIB) is None
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()
    assert not (tmp_path / "x").exists()
    assert sent.bytes < 32 * MIB


async def test_a_packed_answer_is_not_asked_for(harness: Harness, tmp_path: Path) -> None:
    assert await fetched(harness, tmp_path / "x", says(200, RESULT)) == len(RESULT)
    assert harness.up.server.requests[-1].headers["accept-encoding"] == "identity"


async def test_the_key_does_not_follow_a_link(harness: Harness, tmp_path: Path) -> None:
    """Not to another host, and not by a redirect; and no cookie does."""
    async with serving(says(200, RESULT, set_cookie="a=b")) as elsewhere:
        for _ in range(2):
            await fetched(harness, tmp_path / "x", says(302, location=f"{elsewhere.url}/x.mp4", set_cookie="c=d"))
        await harness.client.download(f"{elsewhere.url}/x.mp4", tmp_path / "y", 1000)
    assert len(elsewhere.requests) == 3
    assert KEY not in str(elsewhere.requests)
    assert not [r for r in (*elsewhere.requests, *harness.up.server.requests) if "cookie" in r.headers]


# Links.

ODD_LINKS: dict[str, object] = {
    "no link": None,
    "a link that is empty": "",
    "a file of this machine": "file:///etc/passwd",
    "a data URI": "data:video/mp4;base64,AAAAEGZ0eXA=",
    "a script": "javascript:alert(1)",
    "another scheme": "gopher://127.0.0.1:25/x",
    "a host without a scheme": "//evil.invalid/x.mp4",
    "a link with credentials": "https://key:secret@x.invalid/x.mp4",
    "a link with markup": "https://x.invalid/a)[click](https://evil.invalid",
    "a link with a mention": "https://x.invalid/ <@1> @everyone",
    "a link with line breaks": "https://x.invalid/\r\nX-Evil: 1",
    "a link that reads backwards": "https://x.invalid/\u202e4pm.exe",
    "a link with control characters": "https://x.invalid/\x00\x1b",
    "a link of a megabyte": "https://x.invalid/" + "a" * MIB,
    "a link that is a number": 7,
    "a link that is a list": ["https://x.invalid/x.mp4"],
    "the cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "the operator's network": "http://10.0.0.1/admin",
    "no host": "https://",
    "a broken host": "http://[bad/x",
    "a host that is no name": "https://x.invalid\u2100/x.mp4",
    "a port out of range": "https://x.invalid:99999/x.mp4",
}


@pytest.mark.parametrize("link", ODD_LINKS.values(), ids=ODD_LINKS)
async def test_a_link_that_leads_where_it_must_not(harness: Harness, link: object) -> None:
    """Nothing is fetched there, nothing is shown of it, and the member hears that the result is at the provider."""
    record = await harness.ordered()
    harness.up.finish(result_url=link)
    assert await harness.settles(record) == [S.SUCCEEDED]
    outgoing = harness.message(record).outgoing
    assert (outgoing.files, outgoing.links) == ({}, {})
    assert harness.posts == 1


async def test_a_relative_link(harness: Harness) -> None:
    """It means the provider's host: the file comes, and where only a link fits, it is one that can be opened."""
    record = await harness.ordered()
    harness.up.finish(result_url="/results/gen-1.mp4")
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert list(harness.message(record).contents.values()) == [RESULT]
    row = await harness.client.get(harness.services.posted(record)[0].outgoing.post.generations[0].remote_id)  # type: ignore[arg-type]
    assert row.result_url == f"{harness.up.server.url}/results/gen-1.mp4"


ADDRESSES = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"]  # noqa: S104
ADDRESSES += ["[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:10.0.0.1]", "224.0.0.1", "[::]"]


@pytest.mark.parametrize("host", ADDRESSES)
def test_an_address_that_only_we_can_reach(host: str) -> None:
    links = Links(URL("https://hub.oxen.ai"))
    with pytest.raises(BadLink, match="private network"):
        links.read(f"http://{host}/x")
    assert links.read("https://93.184.215.14/x")
    assert links.read("/x") == URL("https://hub.oxen.ai/x")


async def test_a_name_that_stands_for_such_an_address() -> None:
    resolver = PublicOnlyResolver(Links(URL("https://hub.oxen.ai")))
    with pytest.raises(BadLink, match="private network"):
        await resolver.resolve("localhost", 80)
    with pytest.raises(BadLink, match="private network"):
        await resolver.resolve("2130706433", 80)  # 127.0.0.1 as one number
    assert await PublicOnlyResolver(Links(URL("http://localhost:1"))).resolve("localhost", 80)


def test_a_redirect_from_https_to_less() -> None:
    links, here = Links(URL("https://hub.oxen.ai")), URL("https://x.invalid/a/b")
    assert links.follow(here, "../c") == URL("https://x.invalid/c")
    for location in ("http://x.invalid/c", "file:///c", "data:,c"):
        with pytest.raises(BadLink):
            links.follow(here, location)


# Contents.

NAMES = {"MP4": "mp4", "PNG": "png", "GIF": "gif", "JPEG": "jpg", "WebP": "webp", "WebM": "webm"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_what_is_a_result(tmp_path: Path, name: str) -> None:
    content = sample(name)
    for more in (b"", b"and a film behind its end"):
        async with talking(replies(200, content + more, content_type="text/html")) as (oxen, _):
            assert await oxen.download("/x.mp4", tmp_path / "x", MIB) == len(content + more)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_what_is_cut_short(tmp_path: Path, name: str) -> None:
    """Also where the length that was announced is the one that came."""
    async with talking(replies(200, sample(name)[:-3])) as (oxen, _):
        with pytest.raises(Unavailable):
            await oxen.download("/x.mp4", tmp_path / "x", MIB)


async def test_a_rejected_file_is_named_without_its_content(harness: Harness, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        await fetched(harness, tmp_path / "x", says(200, f"<html>{KEY}</html>".encode()))
    assert KEY not in f"{caught.value} {caught.value.detail}"
