"""What the provider says of work under way: lists, rows and cancellations that cannot be believed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.clock import from_millis
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Reason
from bot.oxen.client import OxenClient
from bot.oxen.errors import OxenError, Unavailable
from tests.fakes.clock import START
from tests.fakes.orders import PROMPT, video_plan
from tests.hostile.stage import SHORT, Stage
from tests.hostile.upstream import GIB, HTML, bomb, drips
from tests.oxen.servers import Answer, closes, raw, says, says_json, then_closes
from tests.services.bench import OTHER_GUILD, S

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
async def test_a_read_that_tells_nothing(stage: Stage, answer: Answer) -> None:
    for route in ("list", "get", "cancel", "models"):
        stage.up.on(route, answer)
        with pytest.raises(Unavailable) as caught:
            await READS[route](stage.client)
        assert PROMPT not in str(caught.value)
        stage.up.heal()
    record = await stage.ordered()
    for route in ("list", "get"):
        stage.up.on(route, answer)
    stage.up.finish()
    await stage.round()
    await stage.round()
    assert await stage.bench.states(record) == [S.QUEUED]
    stage.up.heal()
    assert await stage.settles(record) == [S.SUCCEEDED]
    assert stage.posts == 1


@pytest.mark.parametrize("timeouts", [SHORT])
@pytest.mark.parametrize("call", READS.values(), ids=READS)
async def test_a_read_that_drips(stage: Stage, call: Callable[[OxenClient], Awaitable[object]]) -> None:
    for route in READS:
        stage.up.on(route, drips(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"))
    with pytest.raises(Unavailable):
        await call(stage.client)


async def test_a_list_that_never_works_again(stage: Stage) -> None:
    """After a day and a bit nothing can come any more, and the member is told so."""
    record = await stage.ordered()
    for route in ("list", "get"):
        stage.up.on(route, says(200, HTML))
    assert await stage.settles(record, rounds=15, passes=timedelta(hours=2)) == [S.EXPIRED]
    await stage.still_works()


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
async def test_a_row_that_says_little(stage: Stage, changes: dict[str, Any]) -> None:
    """Its id is in the list: it is under way, whatever else there is."""
    record = await stage.ordered()
    good = dict(stage.up.rows[GEN])
    stage.up.rows[GEN] |= changes
    stage.up.on("list", says_json(200, {"generations": [stage.up.rows[GEN]]}))
    for _ in range(3):
        await stage.round()
    assert await stage.bench.states(record) in ([S.QUEUED], [S.PROCESSING])
    stage.up.heal()
    stage.up.rows[GEN] = good
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]
    assert stage.posts == 1


async def test_a_row_that_is_at_work_for_ever(stage: Stage) -> None:
    record = await stage.ordered()
    stage.up.rows[GEN]["status"] = "processing"
    assert await stage.settles(record, rounds=15, passes=timedelta(hours=2)) == [S.EXPIRED]


ENDS: dict[str, tuple[dict[str, Any], S, str | None]] = {
    "canceled": ({"status": "canceled"}, S.CANCELLED, None),
    "timed out": ({"status": "timed_out"}, S.FAILED, "timed_out"),
    "an unknown end": ({"status": "evicted", "ended_at": 1775091500, "error_message": "no GPU"}, S.FAILED,
                       "evicted: no GPU"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "state", "words"), ENDS.values(), ids=ENDS)
async def test_an_end_in_other_words(stage: Stage, changes: dict[str, Any], state: S, words: str | None) -> None:
    record = await stage.ordered()
    stage.up.rows[GEN] |= changes
    assert await stage.settles(record, rounds=5) == [state]
    assert (await stage.bench.outcome(record))[2] == words
    await stage.still_works()


async def test_a_row_of_another_generation_is_not_believed(stage: Stage) -> None:
    first = await stage.ordered(video_plan(prompt="one"))
    second = await stage.ordered(video_plan(prompt="two"))
    stage.up.rows["gen-2"]["status"] = "failed"
    stage.up.on("list", says_json(200, {"generations": []}))
    stage.up.on("get", says_json(200, stage.up.rows["gen-2"]))
    with pytest.raises(Unavailable):
        await stage.client.get(GEN)
    for _ in range(3):
        await stage.round()
    assert await stage.bench.states(first) == [S.QUEUED]
    assert await stage.bench.states(second) == [S.FAILED]


async def test_a_cost_of_another_generation_is_not_believed(stage: Stage) -> None:
    stage.client._echoes_directory = True
    stage.up.on("result", says_json(200, {"generation": {"generation_id": "gen-2", "cost": "900"}}))
    assert await stage.client.cost(GEN) is None


async def test_a_success_that_is_taken_back(stage: Stage) -> None:
    """What was told stays told."""
    record = await stage.ordered()
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]
    stage.up.rows[GEN]["status"] = "processing"
    for _ in range(3):
        await stage.round()
    assert await stage.bench.states(record) == [S.SUCCEEDED]
    assert stage.told(record) == 1


async def test_an_id_that_is_listed_twice(stage: Stage) -> None:
    record = await stage.ordered()
    row = stage.up.rows[GEN]
    stage.up.on("list", says_json(200, {"generations": [row, row | {"status": "processing"}, row]}))
    await stage.round()
    await stage.round()
    stage.up.heal()
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]


async def test_ids_repeated_across_namespaces(stage: Stage) -> None:
    """Two servers pay from two namespaces, and each list shows the rows of both: each order ends once, as its own."""
    await stage.bench.pays(OTHER_GUILD, "other-club")
    first = await stage.ordered()
    second = await stage.bench.sent(guild=OTHER_GUILD)
    stage.up.rows["gen-2"]["status"] = "failed"
    stage.up.on("list", says_json(200, {"generations": list(stage.up.rows.values())}))
    await stage.round()
    stage.up.heal()
    stage.up.finish()
    assert await stage.settles(first) == [S.SUCCEEDED]
    assert await stage.settles(second) == [S.FAILED]


async def test_a_lost_order_does_not_adopt_from_another_namespace(stage: Stage) -> None:
    """The same prompt elsewhere is somebody else's, even if the list leaves out its filter."""
    await stage.bench.pays(OTHER_GUILD, "other-club")
    await stage.ordered(video_plan(prompt="another"))  # by its rows it is known what the provider keeps
    await stage.round()
    theirs = stage.up.rows[GEN] | {"generation_id": "theirs", "prompt": PROMPT, "target_namespace": "third-club"}
    stage.up.on("list", says_json(200, {"generations": [theirs]}))
    stage.up.on("enqueue", closes)
    lost = await stage.bench.sent(guild=OTHER_GUILD)
    assert await stage.settles(lost) == [S.ABSENT]
    assert await stage.bench.remote_ids(lost) == []


async def test_a_list_of_a_hundred_thousand_strangers(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Said, but not a hundred thousand times; ours is asked for by its id."""
    record = await stage.ordered()
    strangers = [{"generation_id": f"s{n}", "status": "queued"} for n in range(100_000)]
    stage.up.on("list", says_json(200, {"generations": strangers}))
    await stage.round()
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]
    assert len([r for r in caplog.records if "stray" in r.msg]) <= 40


async def test_an_error_message_of_a_megabyte(stage: Stage) -> None:
    record = await stage.ordered()
    nasty = "@everyone **[free](https://x.invalid)**\x00\x1b[31m\u202e\nsecond line " + "x" * 1024 * 1024
    stage.up.rows[GEN] |= {"status": "failed", "error_message": nasty}
    assert await stage.settles(record) == [S.FAILED]
    _, reason, detail = await stage.bench.outcome(record)
    assert reason is Reason.PROVIDER
    assert detail is not None
    assert len(detail) <= 300
    assert detail.isprintable()
    await stage.still_works()


async def test_a_failure_without_a_word(stage: Stage) -> None:
    record = await stage.ordered()
    stage.up.rows[GEN] |= {"status": "failed", "error_message": "\x00\u200b \n"}
    assert await stage.settles(record) == [S.FAILED]
    assert (await stage.bench.outcome(record))[2] is None


# Clocks.


@pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "behind"])
async def test_a_provider_whose_clock_is_wrong_by_an_hour(stage: Stage, hours: int) -> None:
    """An order whose answer was lost is found all the same, and its card tells the time by our clock."""
    stage.up.on("enqueue", stage.up.after_accepting(closes))
    record = await stage.ordered()
    skewed = int(stage.bench.clock.now().timestamp()) + hours * 3600
    stage.up.rows[GEN] |= {"enqueued_at": skewed, "started_at": skewed, "status": "processing"}
    for _ in range(4):
        await stage.round()
    (row,) = await stage.bench.rows(record)
    assert row.state is S.PROCESSING
    assert row.queued_at is not None
    assert row.started_at is not None
    assert row.queued_at <= row.started_at <= stage.bench.clock.now()
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]
    assert stage.posts == 1


MOMENTS = {
    "over before it began": {"started_at": EPOCH, "completed_at": EPOCH - 9999},
    "in the year 9999": {"started_at": "9999-12-31T23:59:59+00:00", "enqueued_at": "9999-12-31T23:59:59-12:00"},
    "in the year 1": {"started_at": "0001-01-01T00:00:00+14:00", "enqueued_at": -62135596800},
}


@pytest.mark.parametrize("moments", MOMENTS.values(), ids=MOMENTS)
async def test_moments_that_make_no_sense(stage: Stage, moments: dict[str, object]) -> None:
    record = await stage.ordered()
    stage.up.rows[GEN] |= {"status": "processing"} | moments
    await stage.round()
    await stage.round()
    (row,) = await stage.bench.rows(record)
    assert row.started_at is not None
    assert from_millis(0) < row.started_at <= stage.bench.clock.now()
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]


# Cancellations.


async def test_a_cancel_that_is_accepted_and_does_nothing(stage: Stage) -> None:
    """The row decides: what was made after all is delivered."""
    record = await stage.ordered()
    stage.up.on("cancel", says_json(200, {"status": "success", "generation_id": GEN}))
    await stage.bench.cancel(record)
    for _ in range(3):
        await stage.round()
    assert await stage.bench.states(record) == [S.QUEUED]
    stage.up.finish()
    assert await stage.settles(record) == [S.SUCCEEDED]
    assert stage.message(record).parcel.files


CANCELS: dict[str, tuple[Answer, type[OxenError] | None]] = {
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), None),
    "400": (says_json(400, {"error": {"message": "too late"}}), None),
    "200 with an error body": (says_json(200, {"error": {"message": "no"}}), Unavailable),
    "200 with a status of error": (says_json(200, {"status": "error", "status_message": "no"}), Unavailable),
    "HTML": (says(200, HTML), Unavailable),
}


@pytest.mark.parametrize(("answer", "error"), CANCELS.values(), ids=CANCELS)
async def test_an_odd_answer_to_a_cancel(stage: Stage, answer: Answer, error: type[OxenError] | None) -> None:
    stage.up.on("cancel", answer)
    if error is None:
        await stage.client.cancel(GEN)
    else:
        with pytest.raises(error):
            await stage.client.cancel(GEN)
    record = await stage.ordered()
    await stage.bench.cancel(record)
    await stage.round()
    stage.up.rows[GEN]["status"] = "cancelled"
    assert await stage.settles(record) == [S.CANCELLED]
    assert stage.told(record) == 1
