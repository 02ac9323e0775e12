"""The answer to the paid POST, in every way in which it can be wrong. The POST leaves once, and is paid once."""

import asyncio
import json

import pytest

from bot.domain.orders.generation import Reason
from bot.domain.provider import Ambiguous, KeyRefused, ProviderError, Rejected, Unavailable
from bot.oxen.client import OxenClient
from tests.fakes.orders import KEY, PROMPT, video_request
from tests.hostile.harness import SHORT, Harness
from tests.hostile.upstream import GIB, HTML, Sent, bomb, drips, packed
from tests.oxen.servers import Answer, Request, closes, raw, resets, says, says_json, serving, then_closes
from tests.services.kit import OTHER_GUILD, S

JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
GOOD = b'{"generations":[{"generation_id":"gen-1","status":"queued"}]}'


def one(remote_id: object) -> Answer:
    return says_json(200, {"generations": [{"generation_id": remote_id, "status": "queued"}]})


# Nobody can tell from these whether the order was taken: it was, and has to be found.
LOST: dict[str, Answer] = {
    "HTML instead of JSON": says(200, HTML, content_type="text/html"),
    "truncated JSON": says(200, GOOD[:20]),
    "JSON cut off by the connection": then_closes(says(200, GOOD[:20], content_length=str(len(GOOD)))),
    "an empty body": says(200),
    "no content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "null": says(200, b"null"),
    "wrong types": says_json(200, {"generations": [{"generation_id": {"id": "gen-1"}, "status": 7}]}),
    "generations as an object": says_json(200, {"generations": {"generation_id": "gen-1"}}),
    "generations as null": says_json(200, {"generations": None}),
    "200 with an error body": says_json(200, {"error": {"message": f"no {PROMPT}"}, "status": "error"}),
    "an id that is a number": one(7),
    "an id that is empty": one(""),
    "an id that is a path": one("../../api/keys"),
    "an id of a megabyte": one("a" * 1024 * 1024),
    "JSON nested without end": says(200, b"[" * 1_000_000),
    "a huge integer": says(200, b'{"generations":[{"generation_id":"gen-1"}],"count":' + b"9" * 100_000 + b"}"),
    "no UTF-8": says(200, GOOD[:-1] + b',"x":"\xff"}'),
    "no HTTP": then_closes(raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    "an HTTP status out of range": then_closes(raw(b"HTTP/1.1 999999 What\r\n\r\n")),
    "switching protocols": then_closes(
        raw(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
    ),
    "see other": says(303, location="/api/ai/queue/gen-1"),
    "moved": says(302, location="/login"),
    "broken chunks": then_closes(
        raw(JSON_HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n" + GOOD + b"\r\n0\r\n\r\n")
    ),
    "two lengths": then_closes(raw(JSON_HEAD + b"content-length: 5\r\ncontent-length: 61\r\n\r\n" + GOOD)),
    "a negative length": then_closes(raw(JSON_HEAD + b"content-length: -1\r\n\r\n" + GOOD)),
    "headers too large": then_closes(raw(JSON_HEAD + b"x: " + b"y" * 1_000_000 + b"\r\n\r\n" + GOOD)),
    "too many headers": then_closes(raw(JSON_HEAD + b"x: y\r\n" * 50_000 + b"\r\n" + GOOD)),
    "gzip that is none": says(200, GOOD, content_encoding="gzip"),
    "an unknown encoding": says(200, packed(GOOD), content_encoding="zip-of-our-own"),
    "a compressed bomb": says(200, bomb(64 * 1024 * 1024), content_encoding="gzip"),
    "a body of 10 GiB announced": says(200, GOOD, content_length=str(10 * GIB)),
    "the connection closed": closes,
    "the connection reset": resets,
    "500": says(500, HTML),
    "a gateway in between": says(504, HTML),
    "408": says(408),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
async def test_an_answer_that_says_nothing(harness: Harness, answer: Answer) -> None:
    """Ambiguous: it is looked for, found, delivered, and was ordered once."""
    with pytest.raises(Ambiguous) as caught:
        await _enqueue(harness, answer)
    assert PROMPT not in str(caught.value)
    assert len(str(caught.value)) < 200
    harness.up.on("enqueue", harness.up.after_accepting(answer))
    record = await harness.ordered()
    assert await harness.services.states(record) == [S.UNKNOWN]
    await harness.round()
    assert await harness.services.remote_ids(record) == list(harness.up.rows)
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.message(record).outgoing.files
    assert harness.posts == 1 + 1  # the client's alone, and the order's
    await harness.still_works()


async def _enqueue(harness: Harness, answer: Answer) -> None:
    """The client alone."""
    harness.up.on("enqueue", answer)
    await harness.client.enqueue(video_request(), 1, None)


async def test_an_answer_that_says_nothing_to_an_order_not_taken(harness: Harness) -> None:
    """Looked for in vain, and never sent again: the member hears that it does not exist."""
    await harness.ordered(video_request(prompt="another"))  # by its rows it is known what the provider keeps
    await harness.round()
    harness.up.on("enqueue", says(200, HTML))
    record = await harness.ordered()
    assert await harness.settles(record) == [S.ABSENT]
    assert (await harness.services.outcome(record))[1] is Reason.ABSENT
    assert harness.posts == 2
    await harness.still_works()


@pytest.mark.parametrize("timeouts", [SHORT])
async def test_an_answer_that_drips(harness: Harness) -> None:
    head = JSON_HEAD + b"content-length: 100000\r\n\r\n"
    harness.up.on("enqueue", harness.up.after_accepting(drips(head)))
    record = await harness.ordered()
    assert await harness.services.states(record) == [S.UNKNOWN]
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.posts == 1


@pytest.mark.parametrize("timeouts", [SHORT])
async def test_a_head_that_drips(harness: Harness) -> None:
    with pytest.raises(Ambiguous):
        await _enqueue(harness, drips(b"HTTP/1.1 200 OK\r\nx: ", b"y"))


@pytest.mark.parametrize("timeouts", [SHORT])
async def test_interim_answers_without_end(harness: Harness) -> None:
    with pytest.raises(Ambiguous):
        await _enqueue(harness, drips(b"", b"HTTP/1.1 102 Processing\r\n\r\n"))


async def test_a_body_without_end(harness: Harness) -> None:
    sent = Sent()
    head = JSON_HEAD + b"connection: close\r\n\r\n"
    with pytest.raises(Ambiguous):
        await _enqueue(harness, sent.endlessly(head, b" " * 65536, 256 * 1024 * 1024))
    assert sent.bytes < 32 * 1024 * 1024


# These are odd, and say all the same what became of the order.
ODD: dict[str, bytes] = {
    "HTTP/1.0 that closes": b"HTTP/1.0 200 OK\r\n\r\n" + GOOD,
    "100 Continue unasked": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + JSON_HEAD + b"content-length: 61\r\n\r\n" + GOOD,
    "early hints": b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + JSON_HEAD + b"connection: close\r\n\r\n" + GOOD,
    "a content type that lies": b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nconnection: close\r\n\r\n" + GOOD,
    "a byte order mark": JSON_HEAD + b"connection: close\r\n\r\n\xef\xbb\xbf" + GOOD,
    "NaN": JSON_HEAD + b"connection: close\r\n\r\n" + GOOD[:-1] + b',"cost":NaN,"x":-Infinity}',
    "duplicate keys": JSON_HEAD
    + b'connection: close\r\n\r\n{"generations":[],"generations":[{"generation_id":"x","generation_id":"gen-1"}]}',
    "half a character": JSON_HEAD + b"connection: close\r\n\r\n" + GOOD[:-1] + b',"x":"\\ud800"}',
    "a status of tomorrow": JSON_HEAD + b"connection: close\r\n\r\n" + GOOD.replace(b"queued", b"paused"),
    "gzip that is one": JSON_HEAD + b"content-encoding: gzip\r\nconnection: close\r\n\r\n" + packed(GOOD),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
async def test_an_odd_answer_that_says_enough(harness: Harness, answer: bytes) -> None:
    harness.up.on("enqueue", harness.up.after_accepting(then_closes(raw(answer))))
    record = await harness.ordered()
    assert await harness.services.remote_ids(record) == ["gen-1"]
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.posts == 1


async def test_an_answer_before_the_question() -> None:
    """What was said before anybody asked is no worse than any other answer; the POST leaves once."""

    async def hasty(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(JSON_HEAD + b"content-length: 12\r\n\r\n" + b'{"oh": "no"}')
        writer.close()

    server = await asyncio.start_server(hasty, "127.0.0.1", 0)
    async with server, OxenClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", KEY) as client:
        with pytest.raises((Ambiguous, Unavailable)):
            await client.enqueue(video_request(), 1, None)


# It surely was not taken: it may be sent again, or the member hears why not.


@pytest.mark.parametrize("answer", [says(429), says(429, HTML, retry_after="yesterday")], ids=["without", "nonsense"])
async def test_too_fast_without_a_word_when_to_come_back(harness: Harness, answer: Answer) -> None:
    with pytest.raises(Unavailable):
        await _enqueue(harness, answer)
    record = await harness.ordered()
    assert await harness.services.states(record) == [S.INTENDED]
    harness.up.heal()
    harness.services.clock.advance(minutes=1)
    await harness.services.send()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert len(harness.up.rows) == 1


async def test_a_redirect_to_another_host(harness: Harness) -> None:
    """Neither key nor order follow it, whichever redirect it is."""
    async with serving(says(200, GOOD)) as elsewhere:
        for status, error in {
            301: Ambiguous,
            302: Ambiguous,
            303: Ambiguous,
            307: Unavailable,
            308: Unavailable,
        }.items():
            with pytest.raises(error):
                await _enqueue(harness, says(status, location=f"{elsewhere.url}/api/ai/queue"))
    assert elsewhere.requests == []


REFUSALS: dict[str, tuple[Answer, type[ProviderError]]] = {
    "empty generations": (says_json(200, {"generations": []}), Rejected),
    "a bad key": (says(401, HTML), KeyRefused),
    "a rejection without words": (says(400, HTML), Rejected),
    "a rejection in null": (says_json(422, {"error": None, "status": None}), Rejected),
    "an error message of a megabyte": (says_json(400, {"error": {"detail": "no " * 400_000}}), Rejected),
    "an error message with markup": (
        says_json(
            400, {"error": {"detail": "@everyone **[free](https://x.invalid)**\x00\x1b[31m\u202e\ud800\nsecond"}}
        ),
        Rejected,
    ),
}


@pytest.mark.parametrize(("answer", "error"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal(harness: Harness, answer: Answer, error: type[ProviderError]) -> None:
    with pytest.raises(error) as caught:
        await _enqueue(harness, answer)
    assert isinstance(caught.value, Rejected)
    assert 0 < len(caught.value.detail) <= 300
    assert caught.value.detail.isprintable()
    record = await harness.ordered()
    assert await harness.settles(record) == [S.FAILED]
    assert harness.posts == 2
    await harness.still_works()


# Ids.


async def test_more_ids_than_asked_for(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """Those beyond the order are the operator's to judge: named in the log, owned by nobody."""
    harness.up.on("enqueue", harness.up.accepting(lambda ids: _tickets([*ids, "extra-1", "extra-2"])))
    record = await harness.ordered(video_request(count=2))
    assert await harness.services.remote_ids(record) == ["gen-1", "gen-2"]
    assert [r.__dict__["remote"] for r in caplog.records if r.msg == "ids not taken"] == [["extra-1", "extra-2"]]
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED] * 2
    assert harness.posts == 1


async def test_twenty_thousand_ids(harness: Harness) -> None:
    many = [f"extra-{number}" for number in range(20_000)]
    harness.up.on("enqueue", harness.up.accepting(lambda ids: _tickets([*ids, *many])))
    assert await harness.services.remote_ids(await harness.ordered()) == ["gen-1"]


async def test_fewer_ids_than_asked_for(harness: Harness) -> None:
    harness.up.on("enqueue", says_json(200, _tickets(["gen-1"])))
    record = await harness.ordered(video_request(count=3))
    assert await harness.services.states(record) == [S.QUEUED, S.FAILED, S.FAILED]
    assert [g.reason for g in await harness.services.rows(record)][1:] == [Reason.SHORT] * 2


async def test_an_id_twice_in_one_reply(harness: Harness) -> None:
    """Two were taken and one id is not known: it is looked for, and found."""
    harness.up.on("enqueue", harness.up.accepting(lambda ids: _tickets([ids[0], ids[0]])))
    record = await harness.ordered(video_request(count=2))
    assert await harness.services.states(record) == [S.QUEUED, S.UNKNOWN]
    await harness.round()
    assert await harness.services.remote_ids(record) == ["gen-1", "gen-2"]
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED] * 2
    assert harness.posts == 1


async def test_an_id_that_another_order_owns(harness: Harness) -> None:
    """Across servers and namespaces: the first keeps it, the second is looked for and found."""
    await harness.services.pays(OTHER_GUILD, "other-club")
    first = await harness.ordered()
    harness.up.on("enqueue", harness.up.accepting(lambda _: _tickets(["gen-1"])))
    second = await harness.services.sent(guild=OTHER_GUILD)
    assert await harness.services.remote_ids(first) == ["gen-1"]
    assert await harness.services.states(second) == [S.UNKNOWN]
    await harness.round()
    assert await harness.services.remote_ids(second) == ["gen-2"]
    harness.up.finish()
    assert await harness.settles(first) == await harness.settles(second) == [S.SUCCEEDED]
    assert harness.posts == 2


async def test_an_id_that_another_order_owns_and_nothing_else_is_there(harness: Harness) -> None:
    first = await harness.ordered()
    harness.up.on("enqueue", says_json(200, _tickets(["gen-1"])))
    second = await harness.ordered()
    assert await harness.settles(second) == [S.ABSENT]
    harness.up.finish()
    assert await harness.settles(first) == [S.SUCCEEDED]


def _tickets(ids: list[str]) -> dict[str, object]:
    return {"generations": [{"generation_id": remote_id, "status": "queued"} for remote_id in ids]}


# What else comes with an answer.


async def test_cookies_are_neither_kept_nor_sent(harness: Harness) -> None:
    set_cookie = {"set_cookie": "session=owned; Path=/"}
    harness.up.on("list", says_json(200, {"generations": []}, **set_cookie))
    harness.up.on("enqueue", says_json(200, _tickets(["gen-1"]), **set_cookie))
    for _ in range(2):
        await harness.client.list(None)
        await harness.client.enqueue(video_request(), 1, None)
    assert [request for request in harness.up.server.requests if "cookie" in request.headers] == []


async def test_the_order_itself_is_whole(harness: Harness) -> None:
    """Whatever a prompt holds, it is one JSON value and no header."""
    prompt = f'{PROMPT}"}}\r\nX-Evil: 1\r\n\r\n\x00\u2028 🦊'
    await harness.ordered(video_request(prompt=prompt))
    (request,) = harness.up.server.posts
    assert json.loads(request.body)["prompt"] == prompt
    assert "x-evil" not in request.headers


async def test_answers_arrive_in_any_pieces(harness: Harness) -> None:
    async def in_pieces(_: Request, writer: asyncio.StreamWriter) -> None:
        for byte in JSON_HEAD + b"content-length: 61\r\n\r\n" + GOOD:
            writer.write(bytes([byte]))
            await writer.drain()

    harness.up.on("enqueue", in_pieces)
    assert await harness.client.enqueue(video_request(), 1, None) == ["gen-1"]
