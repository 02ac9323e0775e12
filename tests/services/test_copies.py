"""What fits into a message, and the copies of what does not fit or does not play."""

import pytest

from bot.domain.messenger import Copy, Form, Limits, TooLarge
from bot.domain.provider import Unavailable
from bot.media.transcoder import Way
from tests.fakes.messenger import Message
from tests.fakes.orders import video_request
from tests.fakes.transcoder import COPY
from tests.media.samples import sample
from tests.services.kit import Services, until
from tests.services.test_delivery import contents, nothing_left, only, ready

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
async def test_a_file_that_is_too_large_is_attached_as_a_copy_and_linked(
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
