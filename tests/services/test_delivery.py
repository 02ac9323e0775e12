"""From the rows to the channel: one message for what is owed, with the files, whatever dies on the way."""

import shutil
from datetime import timedelta

import pytest

from bot.domain.ids import ID_LENGTH
from bot.domain.messenger import (
    Copy,
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
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import KeyRefused, Unavailable
from bot.media.transcoder import Way
from bot.services.delivery.delivery import GIVE_UP, TOLD_WITHIN, UNEXPLAINED
from bot.services.policy import TIMING
from bot.services.supervision import IDLE
from tests.fakes.messenger import NONCE_WINDOW, Message
from tests.fakes.orders import image_request, video_request
from tests.fakes.oxen import RESULT
from tests.fakes.transcoder import COPY
from tests.media.samples import sample
from tests.services.kit import EPHEMERAL, GRACE, S, Services, until


async def ready(services: Services, count: int = 1, *, size: int = 5) -> OrderRecord:
    """An order whose outputs, of `size` bytes each, wait to be delivered. Output n is made of the digit n."""
    record = await services.sent(video_request(count=count))
    for n, remote_id in enumerate(await services.remote_ids(record), 1):
        services.oxen.finish(remote_id, str(n).encode() * size)
    await services.poll()
    assert await services.states(record) == [S.SUCCEEDED] * count
    return await services.record(record)


def only(services: Services, record: OrderRecord) -> Message:
    (message,) = services.posted(record)
    return message


def contents(message: Message) -> list[bytes]:
    return list(message.contents.values())


def nothing_left(services: Services) -> bool:
    return not services.work_dir.exists() or not any(services.work_dir.iterdir())


# One message for one order.


async def test_all_outputs_come_in_one_message(services: Services) -> None:
    record = await ready(services, 4)
    await services.deliver()
    message = only(services, record)
    assert contents(message) == [b"11111", b"22222", b"33333", b"44444"]
    assert message.outgoing.links == {}
    assert message.file_names == [f"video-{record.order.id[-6:]}-{n}.bin" for n in (1, 2, 3, 4)]
    assert await services.deliver() == IDLE
    assert services.messenger.attempts == 1


async def test_the_post_is_its_own_nonce(services: Services) -> None:
    record = await ready(services)
    await services.deliver()
    post_id = only(services, record).post_id
    assert len(post_id) == ID_LENGTH <= 25
    assert services.messenger.searches == 0  # nobody can have sent it before the first attempt


async def test_an_output_waits_a_while_for_the_others(services: Services) -> None:
    record = await services.sent(video_request(count=2))
    first, second = await services.remote_ids(record)
    services.oxen.finish(first)
    await services.poll()
    assert await services.deliver() == GRACE
    assert services.posted(record) == []
    services.clock.advance(GRACE / 2)
    services.oxen.finish(second)
    services.inbox.set_up(up=True)  # what is asked for now
    await services.track()
    await services.deliver()
    assert len(contents(only(services, record))) == 2


async def test_what_ends_after_the_wait_comes_as_the_next_part(services: Services) -> None:
    record = await services.sent(video_request(count=4))
    first, *others = await services.remote_ids(record)
    services.oxen.finish(first, b"1")
    await services.poll()
    services.clock.advance(GRACE)
    await services.deliver()
    for remote_id in others:
        services.oxen.finish(remote_id, b"2")
    await services.poll()
    await services.deliver()
    one, two = services.posted(record)
    assert (one.outgoing.post.part, contents(one)) == (1, [b"1"])
    assert (two.outgoing.post.part, contents(two)) == (2, [b"2"] * 3)
    assert one.post_id != two.post_id


async def test_what_ends_while_a_part_is_retried_is_not_lost(services: Services) -> None:
    record = await services.sent(video_request(count=2))
    first, second = await services.remote_ids(record)
    services.oxen.finish(first, b"1")
    await services.poll()
    services.clock.advance(GRACE)
    services.messenger.faults.fail("post", TryLater("502"))
    await services.deliver()
    services.oxen.finish(second, b"2")
    await services.poll()
    await services.deliver()
    services.clock.advance(minutes=1)
    await services.deliver()
    assert sorted(contents(m) for m in services.posted(record)) == [[b"1"], [b"2"]]


@pytest.mark.parametrize("how", ["failed", "cancelled"])
async def test_an_end_without_a_result_is_told_too(services: Services, how: str) -> None:
    """Alone, or in one message with what was made."""
    alone, both = await services.sent(), await services.sent(video_request(count=2))
    made, missed = await services.remote_ids(both)
    services.oxen.finish(made)
    for remote_id in (await services.remote_id(alone), missed):
        if how == "failed":
            services.oxen.fail(remote_id)
        else:
            await services.oxen.cancel(remote_id)
    await services.poll()
    await services.deliver()
    message = only(services, alone)
    assert [g.state.value for g in message.outgoing.post.generations] == [how]
    assert (message.outgoing.files, message.outgoing.links) == ({}, {})
    assert [g.state.value for g in only(services, both).outgoing.post.generations] == ["succeeded", how]
    assert contents(only(services, both)) == [RESULT]


# Killed on the way.


async def test_killed_after_the_message_was_sent(services: Services) -> None:
    record = await ready(services)
    held = services.messenger.faults.hold("post")
    await services.delivery.step()
    await held.reached.wait()
    services = await services.killed()
    services.clock.advance(NONCE_WINDOW * 2)  # Discord remembers no nonce any more
    await services.deliver()
    assert len(services.posted(record)) == services.messenger.attempts == 1
    assert services.messenger.searches == 1
    assert await services.deliver() == IDLE
    assert services.messenger.searches == 1


@pytest.mark.parametrize("call", ["post", "download"])
async def test_killed_before_the_message_was_sent(services: Services, call: str) -> None:
    record = await ready(services)
    held = (services.messenger if call == "post" else services.oxen).faults.hold(call, before=True)
    await services.delivery.step()
    await held.reached.wait()
    services = await services.killed()
    assert nothing_left(services)
    await services.deliver()
    assert contents(only(services, record)) == [b"11111"]


async def test_after_an_answer_that_was_lost_the_message_is_searched_for_until_the_search_works(
    services: Services,
) -> None:
    record = await ready(services)
    services.messenger.faults.fail("post", TryLater("TimeoutError"), after=True)
    services.messenger.faults.fail("find", TryLater("502"))
    for _ in range(3):
        await services.deliver()
        services.clock.advance(minutes=10)
    assert len(services.posted(record)) == services.messenger.attempts == 1
    assert await services.deliver() == IDLE


# Trouble in the channel.


async def test_discord_that_has_trouble_is_tried_when_it_says_or_with_growing_pauses(services: Services) -> None:
    record = await ready(services)
    services.messenger.faults.fail("post", TryLater("rate limited", timedelta(seconds=77)))
    services.messenger.faults.fail("post", TryLater("502"), times=8)
    pauses: list[float] = []
    for _ in range(9):
        await services.deliver()
        pause = await services.deliver()  # not due: only says when
        pauses.append(pause.total_seconds())
        services.clock.advance(pause)
    assert pauses == [77, 4, 8, 16, 32, 64, 128, 256, 300]
    await services.deliver()
    assert contents(only(services, record)) == [b"11111"]
    assert nothing_left(services)


async def test_discord_that_has_trouble_for_a_day_is_given_up(services: Services) -> None:
    record = await ready(services)
    services.messenger.faults.fail("post", TryLater("502"), times=1000)
    began = services.clock.now()
    while (rest := await services.deliver()) != IDLE or services.clock.now() - began < GIVE_UP:
        services.clock.advance(rest)
        assert services.clock.now() - began < GIVE_UP * 2
    assert services.posted(record) == []
    assert await services.posts.open() == []


async def test_a_channel_that_is_closed_holds_up_nobody_else(services: Services) -> None:
    closed, other = await ready(services), await ready(services)
    services.messenger.faults.fail("post", Undeliverable("404 10003: Unknown Channel"))
    await services.deliver()
    assert sorted([len(services.posted(closed)), len(services.posted(other))]) == [0, 1]
    services.clock.advance(await services.deliver())
    await services.deliver()
    assert [len(services.posted(closed)), len(services.posted(other))] == [1, 1]
    assert await services.posts.open() == []
    assert nothing_left(services)


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
    services: Services, refusals: list[Exception], form: Form
) -> None:
    record = await ready(services, 2)
    for refusal in refusals:
        services.messenger.faults.fail("post", refusal)
    await services.deliver()
    message = only(services, record)
    assert (message.outgoing.form, message.outgoing.files) == (form, {})
    assert len(message.outgoing.links) == 2
    assert services.messenger.attempts == len(refusals) + 1
    assert await services.posts.open() == []


async def test_words_that_are_refused_cost_no_file(services: Services) -> None:
    record = await ready(services, 2)
    services.messenger.faults.fail("post", WordsRefused("400 200000"))
    await services.deliver()
    message = only(services, record)
    assert message.outgoing.form is Form.BRIEF
    assert contents(message) == [b"11111", b"22222"]


@pytest.mark.parametrize("call", ["post", "find"])
async def test_a_refusal_that_nobody_knows_and_that_stays_goes_to_the_requester(services: Services, call: str) -> None:
    record = await ready(services)
    services.messenger.takes_direct = True
    if call == "find":
        services.messenger.faults.fail("post", TryLater("503"))
    services.messenger.faults.fail(call, Unexplained("400 999999"), times=1000)
    began = services.clock.now()
    while not services.messenger.direct:
        services.clock.advance(await services.deliver())
        assert services.clock.now() - began < timedelta(minutes=10)
        assert services.messenger.searches <= UNEXPLAINED
    assert services.posted(record) == []
    assert await services.posts.open() == []


async def test_a_refusal_that_nobody_knows_is_tried_again_and_then_got_round(services: Services) -> None:
    record = await ready(services)
    services.messenger.faults.fail("post", Unexplained("400 999999"), times=UNEXPLAINED)
    began = services.clock.now()
    while not services.posted(record):
        services.clock.advance(await services.deliver())
        assert services.clock.now() - began < timedelta(minutes=10)
    assert only(services, record).outgoing.form is Form.WORDS
    assert services.messenger.attempts == UNEXPLAINED + 1


async def test_trouble_that_lasts_is_told_on_the_card(services: Services) -> None:
    """Discord fails at this message for an hour: meanwhile the card says that the result is there."""
    record = await ready(services)
    services.messenger.faults.fail("post", TryLater("503 130000"), times=1000)
    began = services.clock.now()
    while not (await services.record(record)).untold:
        services.clock.advance(await services.deliver())
        assert services.clock.now() - began < timedelta(minutes=25)
    assert services.clock.now() - began >= TOLD_WITHIN
    services.messenger.faults.clear()
    services.clock.advance(await services.deliver())
    await services.deliver()
    assert len(services.posted(record)) == 1
    assert not (await services.record(record)).untold


async def test_files_that_are_too_large_after_all_become_links_that_work(services: Services) -> None:
    record = await ready(services, 2)
    services.oxen.kill_links()
    services.messenger.faults.fail("post", TooLarge("413"))
    await services.deliver()
    message = only(services, record)
    assert message.outgoing.files == {}
    ids = await services.remote_ids(record)
    assert list(message.outgoing.links.values()) == [services.oxen.url(remote_id) for remote_id in ids]
    assert nothing_left(services)


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
async def test_what_does_not_fit_is_linked(
    services: Services, limits: Limits, files: list[int], links: list[int]
) -> None:
    services.messenger.allowed = limits
    record = await ready(services, 3, size=100)
    await services.deliver()
    message = only(services, record)
    ordinals = {g.id: g.ordinal for g in message.outgoing.post.generations}
    assert [ordinals[g] for g in message.outgoing.files] == files
    assert [ordinals[g] for g in message.outgoing.links] == links
    assert contents(message) == [str(n).encode() * 100 for n in files]
    assert nothing_left(services)


async def test_a_small_output_after_a_large_one_still_fits(services: Services) -> None:
    services.messenger.allowed = Limits(file_bytes=100, total_bytes=1000)
    record = await services.sent(video_request(count=2))
    first, second = await services.remote_ids(record)
    services.oxen.finish(first, b"1" * 101)
    services.oxen.finish(second, b"2" * 99)
    await services.poll()
    await services.deliver()
    message = only(services, record)
    assert contents(message) == [b"2" * 99]
    assert list(message.outgoing.links.values()) == [services.oxen.url(first)]


# What does not fit, or does not play, has a copy.

KIB = 1024
ROOM = Limits(file_bytes=100 * KIB, total_bytes=250 * KIB)


def told(message: Message) -> list[tuple[int, Copy | None, int, bool]]:
    """Of each output: its number, what its file is a copy of, the bytes that are attached, whether there is a link."""
    outgoing = message.outgoing
    return [
        (g.ordinal, outgoing.copies.get(g.id), len(message.contents.get(g.id, b"")), g.id in outgoing.links)
        for g in outgoing.post.generations
    ]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Way.ENCODED, [(1, Copy.CONVERTED, 100 * KIB, True)]),
        (Way.REMUXED, [(1, Copy.CONVERTED, 100 * KIB, True)]),
        (Way.PREVIEW, [(1, Copy.PREVIEW, 100 * KIB, True)]),
        (None, [(1, None, 0, True)]),
    ],
)
async def test_of_what_is_too_large_a_copy_is_attached_and_the_original_is_linked(
    services: Services, way: Way | None, expected: list[object]
) -> None:
    services.messenger.allowed, services.transcoder.way = ROOM, way
    record = await ready(services, size=101 * KIB)
    await services.deliver()
    assert told(only(services, record)) == expected
    assert nothing_left(services)


@pytest.mark.parametrize(
    ("refusals", "expected"),
    [
        (1, [(1, Copy.PREVIEW, 200 * KIB, True)]),
        (2, [(1, Copy.PREVIEW, 100 * KIB, True)]),
        (3, [(1, None, 0, True)]),
    ],
)
async def test_what_discord_finds_too_large_after_all_is_made_smaller_before_it_is_linked(
    services: Services, refusals: int, expected: list[object]
) -> None:
    """Also when it was a copy that was refused."""
    services.messenger.allowed = Limits(file_bytes=400 * KIB, total_bytes=400 * KIB)
    services.transcoder.way = Way.PREVIEW
    record = await ready(services, size=400 * KIB)
    for _ in range(refusals):
        services.messenger.faults.fail("post", TooLarge("413 40005"))
    await services.deliver()
    message = only(services, record)
    assert told(message) == expected
    assert (message.outgoing.form, services.messenger.attempts) == (Form.WHOLE, refusals + 1)
    assert nothing_left(services)


@pytest.mark.parametrize(
    ("way", "expected"),
    [(Way.ENCODED, Copy.CONVERTED), (Way.AS_IT_IS, None), (None, None)],
)
async def test_what_a_channel_may_not_play_is_attached_in_one_way_or_another(
    services: Services, way: Way | None, expected: Copy | None
) -> None:
    services.messenger.allowed, services.transcoder.way = ROOM, way
    record, film = await services.sent(), sample("mp4-hevc")
    services.oxen.finish(await services.remote_id(record), film)
    await services.poll()
    await services.deliver()
    message = only(services, record)
    [(_, copy, size, linked)] = told(message)
    assert (copy, linked) == (expected, expected is not None)
    assert size == len(film) + (len(COPY) if expected else 0)


async def test_what_plays_and_fits_is_not_looked_at(services: Services) -> None:
    services.messenger.allowed, services.transcoder.way = ROOM, Way.ENCODED
    record, film = await services.sent(), sample("mp4")
    services.oxen.finish(await services.remote_id(record), film)
    await services.poll()
    await services.deliver()
    assert (contents(only(services, record)), services.transcoder.limits) == ([film], [])


async def test_copies_share_the_room_that_is_left(services: Services) -> None:
    services.messenger.allowed, services.transcoder.way = ROOM, Way.ENCODED
    record = await services.sent(video_request(count=4))
    for remote_id, size in zip(await services.remote_ids(record), (101, 50, 101, 101), strict=True):
        services.oxen.finish(remote_id, b"1" * size * KIB)
    await services.poll()
    await services.deliver()
    message, share = only(services, record), 200 * KIB // 3
    assert [one[1] for one in told(message)] == [Copy.CONVERTED, None, Copy.CONVERTED, Copy.CONVERTED]
    assert services.transcoder.limits[0] == share
    assert sum(one[2] for one in told(message)) <= ROOM.total_bytes
    assert [name[-5:] for name in message.file_names] == [".copy", "2.bin", ".copy", ".copy"]


async def test_a_copy_that_cannot_be_made_costs_nothing(services: Services) -> None:
    """No process can be started, the file does not come a second time, or it is larger than anybody would fetch."""
    services.messenger.allowed, services.transcoder.way = ROOM, Way.ENCODED
    services.transcoder.faults.fail("playable", OSError("no process"))
    services.oxen.faults.fail("download", Unavailable("reset"), skip=3)
    for _ in range(2):
        record = await ready(services, size=101 * KIB)
        await services.deliver()
        assert told(only(services, record)) == [(1, None, 0, True)]
    assert len(services.transcoder.limits) == 1


async def test_one_copy_is_made_at_a_time_and_nobody_else_waits(services: Services) -> None:
    services.messenger.allowed, services.transcoder.way = ROOM, Way.ENCODED
    large = [await ready(services, size=101 * KIB) for _ in range(20)]
    held = services.transcoder.faults.hold("playable")
    await services.delivery.step()
    await held.reached.wait()
    await until(lambda: len(services.messenger.messages) == 8)  # the other 8 of the first 16 wait for their copies
    await services.delivery.step()
    await until(lambda: len(services.messenger.messages) == 12)
    small = await ready(services)
    await services.delivery.step()
    await until(lambda: bool(services.posted(small)))
    assert len(services.transcoder.limits) == 1
    held.release.set()
    await services.delivery.pool.drain()
    copied = [told(only(services, record))[0][1] for record in large]
    assert len(services.transcoder.limits) == copied.count(Copy.CONVERTED) == 8


async def test_killed_while_a_copy_is_made(services: Services) -> None:
    services.messenger.allowed, services.transcoder.way = ROOM, Way.ENCODED
    record = await ready(services, size=101 * KIB)
    held = services.transcoder.faults.hold("playable")
    await services.delivery.step()
    await held.reached.wait()
    services = await services.killed()
    assert nothing_left(services)
    await services.deliver()
    assert told(only(services, record)) == [(1, Copy.CONVERTED, 100 * KIB, True)]


# Trouble with the file.


async def test_a_dead_link_is_asked_for_anew(services: Services) -> None:
    record = await ready(services)
    services.oxen.kill_links()
    await services.deliver()
    assert contents(only(services, record)) == [b"11111"]


@EPHEMERAL
async def test_a_dead_link_of_which_nobody_knows_another(services: Services) -> None:
    """The person learns that it succeeded and where the result lies: in the namespace."""
    record = await services.sent()
    async with services.listen():
        services.oxen.finish(await services.remote_id(record))
        while not (await services.states(record))[0].ended:
            await services.track()
    services.oxen.kill_links()
    services = await services.killed()  # and with it goes what was fetched when it ended
    await services.deliver()
    message = only(services, record)
    assert (message.outgoing.files, message.outgoing.links) == ({}, {})
    assert [g.state for g in message.outgoing.post.generations] == [S.SUCCEEDED]


async def test_a_fresh_link_that_is_dead_too_holds_no_message_back(services: Services) -> None:
    record = await ready(services)
    services.oxen.faults.fail("download", KeyRefused(403, "Forbidden"), times=100)
    await services.deliver()
    assert only(services, record).outgoing.files == {}


async def test_a_file_that_cannot_be_fetched_is_tried_again(services: Services) -> None:
    record = await ready(services)
    services.oxen.faults.fail("download", Unavailable("reset"))
    await services.deliver()
    assert services.posted(record) == []
    assert nothing_left(services)
    services.clock.advance(await services.deliver())
    await services.deliver()
    assert contents(only(services, record)) == [b"11111"]


@pytest.mark.parametrize("call", ["download", "get"])
async def test_a_file_that_cannot_be_fetched_for_long_is_linked(services: Services, call: str) -> None:
    """Every order has its visible outcome: whoever waits would rather have a link than nothing."""
    record = await ready(services)
    if call == "get":
        services.oxen.kill_links()
    services.oxen.faults.fail(call, Unavailable("refused"), times=1000)
    began = services.clock.now()
    while not services.posted(record):
        services.clock.advance(await services.deliver())
        assert services.clock.now() - began < timedelta(hours=1)
    assert list(only(services, record).outgoing.links) == [g.id for g in record.generations]
    assert await services.posts.open() == []


async def not_due(services: Services) -> None:
    """A wake-up now starts nothing; then it is time."""
    ((_, due),) = await services.posts.open()
    assert due - services.clock.now() >= timedelta(seconds=1)
    services.clock.advance(due - services.clock.now())


@pytest.mark.parametrize("error", [KeyRefused(401, "no"), OSError(28)])
async def test_whatever_goes_wrong_once_is_tried_again_but_not_at_once(services: Services, error: Exception) -> None:
    record = await ready(services)
    services.messenger.faults.fail("post", error)
    services.woken()
    await services.deliver()
    assert services.woken() == {"delivery"}
    await not_due(services)
    assert services.messenger.attempts == 1
    await services.deliver()
    assert contents(only(services, record)) == [b"11111"]


async def test_a_work_folder_that_was_cleared_away_is_made_again(services: Services) -> None:
    for _ in range(2):
        record = await ready(services)
        await services.deliver()
        assert contents(only(services, record)) == [b"11111"]
        shutil.rmtree(services.work_dir)


async def test_a_work_folder_that_cannot_be_made_is_no_busy_loop_and_the_link_comes_in_the_end(
    services: Services,
) -> None:
    record = await ready(services)
    services.work_dir.write_text("in the way")
    await services.deliver()
    await not_due(services)
    assert services.posted(record) == []
    services.clock.advance(TIMING.fetch)
    await services.deliver()
    assert list(only(services, record).outgoing.links.values()) != []


# The loop.


async def test_a_slow_delivery_holds_nobody_up(services: Services) -> None:
    slow, quick = await ready(services), await ready(services)
    held = services.oxen.faults.hold("download")
    await services.delivery.step()
    await held.reached.wait()
    while services.messenger.messages == []:
        await services.posts.open()  # a turn for the others
    assert sorted([len(services.posted(slow)), len(services.posted(quick))]) == [0, 1]
    await services.delivery.step()
    held.release.set()
    await services.delivery.pool.drain()
    assert len(services.messenger.messages) == services.messenger.attempts == 2


# What a file is called.


@pytest.mark.parametrize(
    ("kind", "made", "suffix"),
    [(MediaKind.VIDEO, "gif-moving", "gif"), (MediaKind.VIDEO, "mp4-hevc", "mp4"), (MediaKind.IMAGE, "webm", "webm")],
)
async def test_a_file_is_named_by_its_bytes(services: Services, kind: MediaKind, made: str, suffix: str) -> None:
    """Not by its link, which ends in .mp4, and not by what was ordered."""
    services.messenger.allowed = Limits(file_bytes=100_000, total_bytes=100_000)
    record = await services.sent(video_request() if kind is MediaKind.VIDEO else image_request())
    services.oxen.finish(await services.remote_id(record), sample(made))
    await services.poll()
    await services.deliver()
    assert only(services, record).file_names == [f"{kind}-{record.order.id[-6:]}-1.{suffix}"]
