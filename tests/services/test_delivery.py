"""From the rows to the channel: one message for what is owed, with the files, whatever dies on the way."""

import shutil
from datetime import timedelta

import pytest

from bot.domain.ids import ID_LENGTH
from bot.domain.messenger import (
    FilesRefused,
    Form,
    Limits,
    TooLarge,
    TryLater,
    Undeliverable,
    Unexplained,
    WordsRefused,
)
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import OrderRecord, ValidatedRequest
from bot.domain.provider import KeyRefused, Rejected, Unavailable
from bot.services.delivery.delivery import FETCH_FOR, GIVE_UP, TOLD_WITHIN, UNEXPLAINED
from bot.services.supervision import IDLE
from tests.fakes.messenger import NONCE_WINDOW, Message
from tests.fakes.orders import image_request, video_request
from tests.fakes.oxen import RESULT, Dialect
from tests.media.samples import sample
from tests.services.bench import GRACE, Bench, S


async def ready(bench: Bench, count: int = 1, *, size: int = 5) -> OrderRecord:
    """An order whose outputs, of `size` bytes each, wait to be delivered. Output n is made of the digit n."""
    record = await bench.sent(video_request(count=count))
    for n, remote_id in enumerate(await bench.remote_ids(record), 1):
        bench.oxen.finish(remote_id, str(n).encode() * size)
    await bench.poll()
    assert await bench.states(record) == [S.SUCCEEDED] * count
    return await bench.record(record)


def only(bench: Bench, record: OrderRecord) -> Message:
    (message,) = bench.posted(record)
    return message


def contents(message: Message) -> list[bytes]:
    return list(message.contents.values())


def nothing_left(bench: Bench) -> bool:
    return not bench.work_dir.exists() or not any(bench.work_dir.iterdir())


# One message for one order.


async def test_all_outputs_come_in_one_message(bench: Bench) -> None:
    record = await ready(bench, 4)
    wakes = bench.wakes
    await bench.deliver()
    message = only(bench, record)
    assert contents(message) == [b"11111", b"22222", b"33333", b"44444"]
    assert message.outgoing.links == {}
    assert message.file_names == [f"video-{record.order.id[-6:]}-{n}.bin" for n in (1, 2, 3, 4)]
    assert bench.wakes > wakes
    assert await bench.deliver() == IDLE
    assert bench.messenger.attempts == 1


async def test_the_post_is_its_own_nonce(bench: Bench) -> None:
    record = await ready(bench)
    await bench.deliver()
    post_id = only(bench, record).post_id
    assert len(post_id) == ID_LENGTH <= 25
    assert bench.messenger.searches == 0  # nobody can have sent it before the first attempt


async def test_an_output_waits_a_while_for_the_others(bench: Bench) -> None:
    record = await bench.sent(video_request(count=2))
    first, second = await bench.remote_ids(record)
    bench.oxen.finish(first)
    await bench.poll()
    assert await bench.deliver() == GRACE
    assert bench.posted(record) == []
    bench.clock.advance(GRACE / 2)
    bench.oxen.finish(second)
    bench.tracking.stream(up=True)  # what is asked for now
    await bench.tracking.step()
    await bench.deliver()
    assert len(contents(only(bench, record))) == 2


async def test_what_ends_after_the_wait_comes_as_the_next_part(bench: Bench) -> None:
    record = await bench.sent(video_request(count=4))
    first, *others = await bench.remote_ids(record)
    bench.oxen.finish(first, b"1")
    await bench.poll()
    bench.clock.advance(GRACE)
    await bench.deliver()
    for remote_id in others:
        bench.oxen.finish(remote_id, b"2")
    await bench.poll()
    await bench.deliver()
    one, two = bench.posted(record)
    assert (one.outgoing.post.part, contents(one)) == (1, [b"1"])
    assert (two.outgoing.post.part, contents(two)) == (2, [b"2"] * 3)
    assert one.post_id != two.post_id


async def test_what_ends_while_a_part_is_retried_is_not_lost(bench: Bench) -> None:
    record = await bench.sent(video_request(count=2))
    first, second = await bench.remote_ids(record)
    bench.oxen.finish(first, b"1")
    await bench.poll()
    bench.clock.advance(GRACE)
    bench.messenger.faults.fail("post", TryLater("502"))
    await bench.deliver()
    bench.oxen.finish(second, b"2")
    await bench.poll()
    await bench.deliver()
    bench.clock.advance(minutes=1)
    await bench.deliver()
    assert sorted(contents(m) for m in bench.posted(record)) == [[b"1"], [b"2"]]


@pytest.mark.parametrize("how", ["failed", "cancelled"])
async def test_an_end_without_a_result_is_told_too(bench: Bench, how: str) -> None:
    record = await bench.sent()
    if how == "failed":
        bench.oxen.fail(await bench.remote_id(record))
    else:
        await bench.oxen.cancel(await bench.remote_id(record))
    await bench.poll()
    await bench.deliver()
    message = only(bench, record)
    assert [g.state.value for g in message.outgoing.post.generations] == [how]
    assert (message.outgoing.files, message.outgoing.links) == ({}, {})
    assert bench.oxen.count("download") == 0


async def test_a_mixed_end_is_told_in_one_message(bench: Bench) -> None:
    record = await bench.sent(video_request(count=2))
    first, second = await bench.remote_ids(record)
    bench.oxen.finish(first)
    bench.oxen.fail(second)
    await bench.poll()
    await bench.deliver()
    message = only(bench, record)
    assert [g.state for g in message.outgoing.post.generations] == [S.SUCCEEDED, S.FAILED]
    assert contents(message) == [RESULT]


# Killed on the way.


async def test_killed_after_the_message_was_sent(bench: Bench) -> None:
    record = await ready(bench)
    held = bench.messenger.faults.hold("post")
    await bench.delivery.step()
    await held.reached.wait()
    bench = await bench.killed()
    bench.clock.advance(NONCE_WINDOW * 2)  # Discord remembers no nonce any more
    await bench.deliver()
    assert len(bench.posted(record)) == bench.messenger.attempts == 1
    assert bench.messenger.searches == 1
    assert await bench.deliver() == IDLE
    assert bench.messenger.searches == 1


async def test_killed_before_the_message_was_sent(bench: Bench) -> None:
    record = await ready(bench)
    held = bench.messenger.faults.hold("post", before=True)
    await bench.delivery.step()
    await held.reached.wait()
    bench = await bench.killed()
    assert nothing_left(bench)
    await bench.deliver()
    assert contents(only(bench, record)) == [b"11111"]


async def test_killed_while_the_file_is_fetched(bench: Bench) -> None:
    record = await ready(bench)
    held = bench.oxen.faults.hold("download")
    await bench.delivery.step()
    await held.reached.wait()
    bench = await bench.killed()
    await bench.deliver()
    assert contents(only(bench, record)) == [b"11111"]


async def test_an_answer_that_was_lost_after_the_message_was_sent(bench: Bench) -> None:
    record = await ready(bench)
    bench.messenger.faults.fail("post", TryLater("TimeoutError"), after=True)
    await bench.deliver()
    bench.clock.advance(minutes=10)
    await bench.deliver()
    assert len(bench.posted(record)) == 1
    assert await bench.deliver() == IDLE


async def test_a_search_that_fails_is_no_reason_to_send(bench: Bench) -> None:
    record = await ready(bench)
    bench.messenger.faults.fail("post", TryLater("TimeoutError"), after=True)
    bench.messenger.faults.fail("find", TryLater("502"))
    for _ in range(3):
        await bench.deliver()
        bench.clock.advance(minutes=10)
    assert len(bench.posted(record)) == bench.messenger.attempts == 1


# Trouble in the channel.


async def test_discord_that_has_trouble_is_tried_with_growing_pauses(bench: Bench) -> None:
    record = await ready(bench)
    bench.messenger.faults.fail("post", TryLater("502"), times=9)
    pauses: list[float] = []
    for _ in range(9):
        await bench.deliver()
        pause = await bench.deliver()  # not due: only says when
        pauses.append(pause.total_seconds())
        bench.clock.advance(pause)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    await bench.deliver()
    assert contents(only(bench, record)) == [b"11111"]
    assert nothing_left(bench)


async def test_discord_that_says_how_long_to_wait_is_believed(bench: Bench) -> None:
    await ready(bench)
    bench.messenger.faults.fail("post", TryLater("rate limited", timedelta(seconds=77)))
    await bench.deliver()
    assert await bench.deliver() == timedelta(seconds=77)


async def test_discord_that_has_trouble_for_a_day_is_given_up(bench: Bench) -> None:
    record = await ready(bench)
    bench.messenger.faults.fail("post", TryLater("502"), times=1000)
    began = bench.clock.now()
    while (rest := await bench.deliver()) != IDLE or bench.clock.now() - began < GIVE_UP:
        bench.clock.advance(rest)
        assert bench.clock.now() - began < GIVE_UP * 2
    assert bench.posted(record) == []
    assert await bench.posts.open() == []


async def test_a_channel_that_is_closed_holds_up_nobody_else(bench: Bench) -> None:
    closed, other = await ready(bench), await ready(bench)
    bench.messenger.faults.fail("post", Undeliverable("404 10003: Unknown Channel"))
    await bench.deliver()
    assert sorted([len(bench.posted(closed)), len(bench.posted(other))]) == [0, 1]
    bench.clock.advance(await bench.deliver())
    await bench.deliver()
    assert [len(bench.posted(closed)), len(bench.posted(other))] == [1, 1]
    assert await bench.posts.open() == []
    assert nothing_left(bench)


# What the channel does not take as it is.


@pytest.mark.parametrize(
    ("refusals", "form"),
    [
        ([FilesRefused("403 50013")], Form.LINKS),
        ([TooLarge("413")], Form.WHOLE),
        ([WordsRefused("400 200000"), WordsRefused("400 200000")], Form.WORDS),
        ([WordsRefused("400 200000"), FilesRefused("403 50013")], Form.WORDS),
        ([FilesRefused("403 50013"), WordsRefused("400 240000")], Form.WORDS),
        ([TooLarge("413"), WordsRefused("400 200000")], Form.WORDS),
        ([TooLarge("413"), TooLarge("413")], Form.WORDS),
    ],
    ids=lambda given: "+".join(type(each).__name__ for each in given) if isinstance(given, list) else None,
)
async def test_it_is_told_in_the_largest_form_that_the_channel_takes(
    bench: Bench, refusals: list[Exception], form: Form
) -> None:
    record = await ready(bench, 2)
    for refusal in refusals:
        bench.messenger.faults.fail("post", refusal)
    await bench.deliver()
    message = only(bench, record)
    assert (message.outgoing.form, message.outgoing.files) == (form, {})
    assert len(message.outgoing.links) == 2
    assert bench.messenger.attempts == len(refusals) + 1
    assert await bench.posts.open() == []


async def test_words_that_are_refused_cost_no_file(bench: Bench) -> None:
    record = await ready(bench, 2)
    bench.messenger.faults.fail("post", WordsRefused("400 200000"))
    await bench.deliver()
    message = only(bench, record)
    assert message.outgoing.form is Form.BRIEF
    assert contents(message) == [b"11111", b"22222"]


async def test_a_search_that_is_refused_for_reasons_unknown_goes_to_the_requester(bench: Bench) -> None:
    record = await ready(bench)
    bench.messenger.takes_direct = True
    bench.messenger.faults.fail("post", TryLater("503"))
    bench.messenger.faults.fail("find", Unexplained("400 999999"), times=1000)
    while not bench.messenger.direct:
        bench.clock.advance(await bench.deliver())
        assert bench.messenger.searches <= UNEXPLAINED
    assert bench.posted(record) == []
    assert await bench.posts.open() == []


async def test_a_refusal_that_nobody_knows_is_tried_again_and_then_got_round(bench: Bench) -> None:
    record = await ready(bench)
    bench.messenger.faults.fail("post", Unexplained("400 999999"), times=UNEXPLAINED)
    began = bench.clock.now()
    while not bench.posted(record):
        bench.clock.advance(await bench.deliver())
        assert bench.clock.now() - began < timedelta(minutes=10)
    assert only(bench, record).outgoing.form is Form.WORDS
    assert bench.messenger.attempts == UNEXPLAINED + 1


async def test_a_refusal_that_nobody_knows_and_that_stays_goes_to_the_requester(bench: Bench) -> None:
    await ready(bench)
    bench.messenger.takes_direct = True
    bench.messenger.faults.fail("post", Unexplained("400 999999"), times=1000)
    began = bench.clock.now()
    while not bench.messenger.direct:
        bench.clock.advance(await bench.deliver())
        assert bench.clock.now() - began < timedelta(minutes=10)
    assert await bench.posts.open() == []


async def test_trouble_that_lasts_is_told_on_the_card(bench: Bench) -> None:
    """Discord fails at this message for an hour: meanwhile the card says that the result is there."""
    record = await ready(bench)
    bench.messenger.faults.fail("post", TryLater("503 130000"), times=1000)
    began = bench.clock.now()
    while not (await bench.record(record)).untold:
        bench.clock.advance(await bench.deliver())
        assert bench.clock.now() - began < timedelta(minutes=25)
    assert bench.clock.now() - began >= TOLD_WITHIN
    bench.messenger.faults.clear()
    bench.clock.advance(await bench.deliver())
    await bench.deliver()
    assert len(bench.posted(record)) == 1
    assert not (await bench.record(record)).untold


async def test_files_that_are_too_large_after_all_become_links(bench: Bench) -> None:
    record = await ready(bench, 2)
    bench.messenger.faults.fail("post", TooLarge("413"))
    await bench.deliver()
    message = only(bench, record)
    assert message.outgoing.files == {}
    ids = await bench.remote_ids(record)
    assert list(message.outgoing.links.values()) == [bench.oxen.url(remote_id) for remote_id in ids]
    assert nothing_left(bench)


async def test_links_in_place_of_files_are_the_ones_that_work(bench: Bench) -> None:
    record = await ready(bench)
    bench.oxen.kill_links()
    bench.messenger.faults.fail("post", TooLarge("413"))
    await bench.deliver()
    assert list(only(bench, record).outgoing.links.values()) == [bench.oxen.url(await bench.remote_id(record))]


# What fits into a message.


@pytest.mark.parametrize(
    ("limits", "files", "links"),
    [
        (Limits(file_bytes=100, total_bytes=1000), [1, 2, 3], []),
        (Limits(file_bytes=99, total_bytes=1000), [], [1, 2, 3]),
        (Limits(file_bytes=100, total_bytes=299), [1, 2], [3]),
        (Limits(file_bytes=100, total_bytes=100), [1], [2, 3]),
        (Limits(file_bytes=100, total_bytes=1000, files=2), [1, 2], [3]),
    ],
    ids=["all fit", "each too large", "two fit", "one fits", "two files"],
)
async def test_what_does_not_fit_is_linked(bench: Bench, limits: Limits, files: list[int], links: list[int]) -> None:
    bench.messenger.allowed = limits
    record = await ready(bench, 3, size=100)
    await bench.deliver()
    message = only(bench, record)
    ordinals = {g.id: g.ordinal for g in message.outgoing.post.generations}
    assert [ordinals[g] for g in message.outgoing.files] == files
    assert [ordinals[g] for g in message.outgoing.links] == links
    assert contents(message) == [str(n).encode() * 100 for n in files]
    assert nothing_left(bench)


async def test_a_small_output_after_a_large_one_still_fits(bench: Bench) -> None:
    bench.messenger.allowed = Limits(file_bytes=100, total_bytes=1000)
    record = await bench.sent(video_request(count=2))
    first, second = await bench.remote_ids(record)
    bench.oxen.finish(first, b"1" * 101)
    bench.oxen.finish(second, b"2" * 99)
    await bench.poll()
    await bench.deliver()
    message = only(bench, record)
    assert contents(message) == [b"2" * 99]
    assert list(message.outgoing.links.values()) == [bench.oxen.url(first)]


# Trouble with the file.


async def test_a_dead_link_is_asked_for_anew(bench: Bench) -> None:
    record = await ready(bench)
    bench.oxen.kill_links()
    await bench.deliver()
    assert contents(only(bench, record)) == [b"11111"]


@pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
async def test_a_dead_link_of_which_nobody_knows_another(bench: Bench) -> None:
    """The person learns that it succeeded and where the result lies: in the namespace."""
    record = await bench.sent()
    async with bench.listen():
        bench.oxen.finish(await bench.remote_id(record))
        while not (await bench.states(record))[0].ended:
            await bench.tracking.step()
    bench.oxen.kill_links()
    await bench.deliver()
    message = only(bench, record)
    assert (message.outgoing.files, message.outgoing.links) == ({}, {})
    assert [g.state for g in message.outgoing.post.generations] == [S.SUCCEEDED]


async def test_a_fresh_link_that_is_dead_too_holds_no_message_back(bench: Bench) -> None:
    record = await ready(bench)
    bench.oxen.faults.fail("download", KeyRefused(403, "Forbidden"), times=100)
    await bench.deliver()
    assert only(bench, record).outgoing.files == {}


async def test_a_file_that_cannot_be_fetched_is_tried_again(bench: Bench) -> None:
    record = await ready(bench)
    bench.oxen.faults.fail("download", Unavailable("reset"))
    await bench.deliver()
    assert bench.posted(record) == []
    assert nothing_left(bench)
    bench.clock.advance(await bench.deliver())
    await bench.deliver()
    assert contents(only(bench, record)) == [b"11111"]


@pytest.mark.parametrize("call", ["download", "get"])
async def test_a_file_that_cannot_be_fetched_for_long_is_linked(bench: Bench, call: str) -> None:
    """Every order has its visible outcome: whoever waits would rather have a link than nothing."""
    record = await ready(bench)
    if call == "get":
        bench.oxen.kill_links()
    bench.oxen.faults.fail(call, Unavailable("refused"), times=1000)
    began = bench.clock.now()
    while not bench.posted(record):
        bench.clock.advance(await bench.deliver())
        assert bench.clock.now() - began < timedelta(hours=1)
    assert list(only(bench, record).outgoing.links) == [g.id for g in record.generations]
    assert await bench.posts.open() == []


async def not_due(bench: Bench) -> None:
    """A wake-up now starts nothing; then it is time."""
    ((_, due),) = await bench.posts.open()
    assert due - bench.clock.now() >= timedelta(seconds=1)
    bench.clock.advance(due - bench.clock.now())


@pytest.mark.parametrize("error", [Rejected(401, "no"), KeyRefused(401, "no"), RuntimeError("unheard of"), OSError(28)])
async def test_whatever_goes_wrong_once_is_tried_again_but_not_at_once(bench: Bench, error: Exception) -> None:
    record = await ready(bench)
    bench.messenger.faults.fail("post", error)
    wakes = bench.wakes
    await bench.deliver()
    assert bench.wakes == wakes + 1
    await not_due(bench)
    assert bench.messenger.attempts == 1
    await bench.deliver()
    assert contents(only(bench, record)) == [b"11111"]


async def test_a_folder_that_cannot_be_made_is_no_busy_loop(bench: Bench) -> None:
    record = await ready(bench)
    bench.work_dir.write_text("in the way")
    await bench.deliver()
    await not_due(bench)
    bench.work_dir.unlink()
    await bench.deliver()
    assert len(bench.posted(record)) == 1


async def test_a_work_folder_that_was_cleared_away_is_made_again(bench: Bench) -> None:
    for _ in range(2):
        record = await ready(bench)
        await bench.deliver()
        assert contents(only(bench, record)) == [b"11111"]
        shutil.rmtree(bench.work_dir)


async def test_where_no_file_can_be_kept_the_link_comes_instead_in_the_end(bench: Bench) -> None:
    record = await ready(bench)
    bench.work_dir.write_text("in the way")
    await bench.deliver()
    assert bench.posted(record) == []
    bench.clock.advance(FETCH_FOR)
    await bench.deliver()
    assert list(only(bench, record).outgoing.links.values()) != []


# The loop.


async def test_a_slow_delivery_holds_nobody_up(bench: Bench) -> None:
    slow, quick = await ready(bench), await ready(bench)
    held = bench.oxen.faults.hold("download")
    await bench.delivery.step()
    await held.reached.wait()
    while bench.messenger.messages == []:
        await bench.posts.open()  # a turn for the others
    assert sorted([len(bench.posted(slow)), len(bench.posted(quick))]) == [0, 1]
    await bench.delivery.step()
    held.release.set()
    await bench.delivery.pool.drain()
    assert len(bench.messenger.messages) == bench.messenger.attempts == 2


async def test_not_too_many_are_on_their_way_at_a_time(bench: Bench) -> None:
    for _ in range(18):
        await ready(bench)
    holds = [bench.oxen.faults.hold("download") for _ in range(16)]
    assert await bench.delivery.step() == IDLE
    for held in holds:
        await held.reached.wait()
    assert bench.oxen.count("download") == 16
    for held in holds:
        held.release.set()
    await bench.delivery.pool.drain()
    await bench.deliver()
    assert len(bench.messenger.messages) == 18


# What a file is called.


NAMED = {
    "gif-moving": "gif",
    "avif": "avif",
    "webm": "webm",
    "mov": "mov",
    "mp4-hevc": "mp4",
    "jpg": "jpg",
    "png": "png",
    "m4a": "m4a",
}


@pytest.mark.parametrize("made", NAMED)
@pytest.mark.parametrize("kind", MediaKind)
async def test_a_file_is_named_by_its_bytes(bench: Bench, kind: MediaKind, made: str) -> None:
    """Not by its link, which ends in .mp4, and not by what was ordered."""
    bench.messenger.allowed = Limits(file_bytes=100_000, total_bytes=100_000)
    record = await made_of(bench, video_request() if kind is MediaKind.VIDEO else image_request(), sample(made))
    assert only(bench, record).file_names == [f"{kind}-{record.order.id[-6:]}-1.{NAMED[made]}"]


async def test_a_file_that_nobody_knows_is_not_given_a_format(bench: Bench) -> None:
    record = await made_of(bench, video_request(), b"whatever this is")
    assert only(bench, record).file_names == [f"video-{record.order.id[-6:]}-1.bin"]


async def made_of(bench: Bench, validated: ValidatedRequest, content: bytes) -> OrderRecord:
    """An order that was delivered, of which this is the output."""
    record = await bench.sent(validated)
    bench.oxen.finish(await bench.remote_id(record), content)
    await bench.poll()
    await bench.deliver()
    return record
