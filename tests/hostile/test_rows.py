"""What the provider says of work under way: lists, rows and cancellations that cannot be believed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.clock import from_millis
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Reason
from bot.domain.provider import ProviderError, Unavailable
from bot.oxen.client import OxenClient
from tests.fakes.clock import START
from tests.fakes.orders import PROMPT, video_request
from tests.hostile.harness import SHORT, Harness
from tests.hostile.upstream import GIB, HTML, bomb, drips
from tests.oxen.servers import Answer, closes, raw, says, says_json, then_closes
from tests.services.kit import OTHER_GUILD, S

GEN = RemoteId("gen-1")
READS: dict[str, Callable[[OxenClient], Awaitable[object]]] = {
    "list": lambda oxen: oxen.list(None),
    "get": lambda oxen: oxen.get(GEN),
    "cancel": lambda oxen: oxen.cancel(GEN),
    "models": lambda oxen: oxen.catalogue(),
}
EPOCH = int(START.timestamp())


# Answers that are none: the last good state stands, and it is asked again.

NO_ANSWER: dict[str, Answer] = {
    "HTML": says(200, HTML, content_type="text/html"),
    "truncated": says(200, b'{"count":1,"generations":[{"generation_id":"ge'),
    "cut off": then_closes(says(200, b"{", content_length="99")),
    "another shape": says_json(200, [[[]]]),
    "an error as 200": says_json(200, {"error": {"message": PROMPT}, "status": "error"}),
    "a scalar": says(200, b"0"),
    "nested without end": says(200, b'{"generations":' * 100_000),
    "a compressed bomb": says(200, bomb(64 * 1024 * 1024), content_encoding="gzip"),
    "10 GiB announced": says(200, b"{}", content_length=str(10 * GIB)),
    "broken chunks": then_closes(raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n{}\r\n")),
    "a redirect loop": says(301, location="/api/ai/queue"),
    "429": says(429),
    "503": says(503, HTML),
    "closed": closes,
}


@pytest.mark.parametrize("answer", NO_ANSWER.values(), ids=NO_ANSWER)
async def test_a_read_that_tells_nothing(harness: Harness, answer: Answer) -> None:
    for route in ("list", "get", "cancel", "models"):
        harness.up.on(route, answer)
        with pytest.raises(Unavailable) as caught:
            await READS[route](harness.client)
        assert PROMPT not in str(caught.value)
        harness.up.heal()
    record = await harness.ordered()
    for route in ("list", "get"):
        harness.up.on(route, answer)
    harness.up.finish()
    await harness.round()
    await harness.round()
    assert await harness.services.states(record) == [S.QUEUED]
    harness.up.heal()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.posts == 1


@pytest.mark.parametrize("timeouts", [SHORT])
@pytest.mark.parametrize("call", READS.values(), ids=READS)
async def test_a_read_that_drips(harness: Harness, call: Callable[[OxenClient], Awaitable[object]]) -> None:
    for route in READS:
        harness.up.on(route, drips(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"))
    with pytest.raises(Unavailable):
        await call(harness.client)


async def test_a_list_that_never_works_again(harness: Harness) -> None:
    """After a day and a bit nothing can come any more, and the member is told so."""
    record = await harness.ordered()
    for route in ("list", "get"):
        harness.up.on(route, says(200, HTML))
    assert await harness.settles(record, rounds=15, passes=timedelta(hours=2)) == [S.EXPIRED]
    await harness.still_works()


# Rows.

ROWS: dict[str, dict[str, Any]] = {
    "a status that nobody knows": {"status": "paused"},
    "no status at all but null": {"status": None},
    "null everywhere": dict.fromkeys(("status", "model_name", "prompt", "enqueued_at", "started_at", "result_url")),
    "fields of other types": {"model_name": 7, "prompt": [1], "seed": "x", "result_url": {}, "error_message": []},
    "moments that are none": {"enqueued_at": 1e300, "started_at": "soon", "completed_at": []},
    "half a character": {"prompt": "\ud800", "error_message": "\udc00"},
}


@pytest.mark.parametrize("changes", ROWS.values(), ids=ROWS)
async def test_a_row_that_says_little(harness: Harness, changes: dict[str, Any]) -> None:
    """Its id is in the list: it is under way, whatever else there is."""
    record = await harness.ordered()
    good = dict(harness.up.rows[GEN])
    harness.up.rows[GEN] |= changes
    harness.up.on("list", says_json(200, {"generations": [harness.up.rows[GEN]]}))
    for _ in range(3):
        await harness.round()
    assert await harness.services.states(record) in ([S.QUEUED], [S.PROCESSING])
    harness.up.heal()
    harness.up.rows[GEN] = good
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.posts == 1


async def test_a_row_that_is_at_work_for_ever(harness: Harness) -> None:
    record = await harness.ordered()
    harness.up.rows[GEN]["status"] = "processing"
    assert await harness.settles(record, rounds=15, passes=timedelta(hours=2)) == [S.EXPIRED]


ENDS: dict[str, tuple[dict[str, Any], S, str | None]] = {
    "canceled": ({"status": "canceled"}, S.CANCELLED, None),
    "timed out": ({"status": "timed_out"}, S.FAILED, "timed_out"),
    "an unknown end": ({"status": "evicted", "ended_at": 1775091500, "error_message": "no GPU"}, S.FAILED,
                       "evicted: no GPU"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "state", "words"), ENDS.values(), ids=ENDS)
async def test_an_end_in_other_words(harness: Harness, changes: dict[str, Any], state: S, words: str | None) -> None:
    record = await harness.ordered()
    harness.up.rows[GEN] |= changes
    assert await harness.settles(record, rounds=5) == [state]
    assert (await harness.services.outcome(record))[2] == words
    await harness.still_works()


async def test_a_row_of_another_generation_is_not_believed(harness: Harness) -> None:
    first = await harness.ordered(video_request(prompt="one"))
    second = await harness.ordered(video_request(prompt="two"))
    harness.up.rows["gen-2"]["status"] = "failed"
    harness.up.on("list", says_json(200, {"generations": []}))
    harness.up.on("get", says_json(200, harness.up.rows["gen-2"]))
    with pytest.raises(Unavailable):
        await harness.client.get(GEN)
    for _ in range(3):
        await harness.round()
    assert await harness.services.states(first) == [S.QUEUED]
    assert await harness.services.states(second) == [S.FAILED]


async def test_a_cost_of_another_generation_is_not_believed(harness: Harness) -> None:
    harness.client._echoes_directory = True
    harness.up.on("result", says_json(200, {"generation": {"generation_id": "gen-2", "cost": "900"}}))
    assert await harness.client.cost(GEN) is None


async def test_a_success_that_is_taken_back(harness: Harness) -> None:
    """What was told stays told."""
    record = await harness.ordered()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    harness.up.rows[GEN]["status"] = "processing"
    for _ in range(3):
        await harness.round()
    assert await harness.services.states(record) == [S.SUCCEEDED]
    assert harness.told(record) == 1


async def test_an_id_that_is_listed_twice(harness: Harness) -> None:
    record = await harness.ordered()
    row = harness.up.rows[GEN]
    harness.up.on("list", says_json(200, {"generations": [row, row | {"status": "processing"}, row]}))
    await harness.round()
    await harness.round()
    harness.up.heal()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]


async def test_ids_repeated_across_namespaces(harness: Harness) -> None:
    """Two servers pay from two namespaces, and each list shows the rows of both: each order ends once, as its own."""
    await harness.services.pays(OTHER_GUILD, "other-club")
    first = await harness.ordered()
    second = await harness.services.sent(guild=OTHER_GUILD)
    harness.up.rows["gen-2"]["status"] = "failed"
    harness.up.on("list", says_json(200, {"generations": list(harness.up.rows.values())}))
    await harness.round()
    harness.up.heal()
    harness.up.finish()
    assert await harness.settles(first) == [S.SUCCEEDED]
    assert await harness.settles(second) == [S.FAILED]


async def test_a_lost_order_does_not_adopt_from_another_namespace(harness: Harness) -> None:
    """The same prompt elsewhere is somebody else's, even if the list leaves out its filter."""
    await harness.services.pays(OTHER_GUILD, "other-club")
    await harness.ordered(video_request(prompt="another"))  # by its rows it is known what the provider keeps
    await harness.round()
    theirs = harness.up.rows[GEN] | {"generation_id": "theirs", "prompt": PROMPT, "target_namespace": "third-club"}
    harness.up.on("list", says_json(200, {"generations": [theirs]}))
    harness.up.on("enqueue", closes)
    lost = await harness.services.sent(guild=OTHER_GUILD)
    assert await harness.settles(lost) == [S.ABSENT]
    assert await harness.services.remote_ids(lost) == []


async def test_a_list_of_a_hundred_thousand_strangers(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """Said, but not a hundred thousand times; ours is asked for by its id."""
    record = await harness.ordered()
    orphans = [{"generation_id": f"s{n}", "status": "queued"} for n in range(100_000)]
    harness.up.on("list", says_json(200, {"generations": orphans}))
    await harness.round()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert len([r for r in caplog.records if "orphan" in r.msg]) <= 40


async def test_an_error_message_of_a_megabyte(harness: Harness) -> None:
    record = await harness.ordered()
    nasty = "@everyone **[free](https://x.invalid)**\x00\x1b[31m\u202e\nsecond line " + "x" * 1024 * 1024
    harness.up.rows[GEN] |= {"status": "failed", "error_message": nasty}
    assert await harness.settles(record) == [S.FAILED]
    _, reason, detail = await harness.services.outcome(record)
    assert reason is Reason.PROVIDER
    assert detail is not None
    assert len(detail) <= 300
    assert detail.isprintable()
    await harness.still_works()


async def test_a_failure_without_a_word(harness: Harness) -> None:
    record = await harness.ordered()
    harness.up.rows[GEN] |= {"status": "failed", "error_message": "\x00\u200b \n"}
    assert await harness.settles(record) == [S.FAILED]
    assert (await harness.services.outcome(record))[2] is None


# Clocks.


@pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "behind"])
async def test_a_provider_whose_clock_is_wrong_by_an_hour(harness: Harness, hours: int) -> None:
    """An order whose answer was lost is found all the same, and its card tells the time by our clock."""
    harness.up.on("enqueue", harness.up.after_accepting(closes))
    record = await harness.ordered()
    skewed = int(harness.services.clock.now().timestamp()) + hours * 3600
    harness.up.rows[GEN] |= {"enqueued_at": skewed, "started_at": skewed, "status": "processing"}
    for _ in range(4):
        await harness.round()
    (row,) = await harness.services.rows(record)
    assert row.state is S.PROCESSING
    assert row.queued_at is not None
    assert row.started_at is not None
    assert row.queued_at <= row.started_at <= harness.services.clock.now()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.posts == 1


MOMENTS = {
    "over before it began": {"started_at": EPOCH, "completed_at": EPOCH - 9999},
    "in the year 9999": {"started_at": "9999-12-31T23:59:59+00:00", "enqueued_at": "9999-12-31T23:59:59-12:00"},
    "in the year 1": {"started_at": "0001-01-01T00:00:00+14:00", "enqueued_at": -62135596800},
}


@pytest.mark.parametrize("moments", MOMENTS.values(), ids=MOMENTS)
async def test_moments_that_make_no_sense(harness: Harness, moments: dict[str, object]) -> None:
    record = await harness.ordered()
    harness.up.rows[GEN] |= {"status": "processing"} | moments
    await harness.round()
    await harness.round()
    (row,) = await harness.services.rows(record)
    assert row.started_at is not None
    assert from_millis(0) < row.started_at <= harness.services.clock.now()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]


# Cancellations.


async def test_a_cancel_that_is_accepted_and_does_nothing(harness: Harness) -> None:
    """The row decides: what was made after all is delivered."""
    record = await harness.ordered()
    harness.up.on("cancel", says_json(200, {"status": "success", "generation_id": GEN}))
    await harness.services.cancel(record)
    for _ in range(3):
        await harness.round()
    assert await harness.services.states(record) == [S.QUEUED]
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.message(record).outgoing.files


CANCELS: dict[str, tuple[Answer, type[ProviderError] | None]] = {
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), None),
    "400": (says_json(400, {"error": {"message": "too late"}}), None),
    "200 with an error body": (says_json(200, {"error": {"message": "no"}}), Unavailable),
    "200 with a status of error": (says_json(200, {"status": "error", "status_message": "no"}), Unavailable),
    "HTML": (says(200, HTML), Unavailable),
}


@pytest.mark.parametrize(("answer", "error"), CANCELS.values(), ids=CANCELS)
async def test_an_odd_answer_to_a_cancel(harness: Harness, answer: Answer, error: type[ProviderError] | None) -> None:
    harness.up.on("cancel", answer)
    if error is None:
        await harness.client.cancel(GEN)
    else:
        with pytest.raises(error):
            await harness.client.cancel(GEN)
    record = await harness.ordered()
    await harness.services.cancel(record)
    await harness.round()
    harness.up.rows[GEN]["status"] = "cancelled"
    assert await harness.settles(record) == [S.CANCELLED]
    assert harness.told(record) == 1
