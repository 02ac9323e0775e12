"""From the provider back to the rows: events say where to look, the list is the truth, and every end is stored once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Reason
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Completed, KeepAlive, KeyRefused, Unavailable
from bot.services.supervision import IDLE
from bot.services.tracking.settler import LIFETIME, MISSING_FOR
from tests.fakes.orders import PROMPT, image_request, video_request
from tests.services.kit import (
    EPHEMERAL,
    GUILD,
    OTHER_GUILD,
    POLL,
    WITH_AND_WITHOUT_ROWS,
    S,
    Services,
    until,
)


def good_news(remote_id: RemoteId) -> Completed:
    return Completed(id=remote_id, succeeded=True, url="https://results.invalid/from-the-event.mp4")


# Hints.


@WITH_AND_WITHOUT_ROWS
async def test_an_event_settles_without_a_list(services: Services) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    async with services.listen():
        await services.track()  # lists, as on every connect; from here on nothing but the event speaks
        services.oxen.calls.clear()
        services.woken()
        services.oxen.finish(remote_id)
        await until(lambda: bool(services.woken()))
        await services.track()
    (row,) = await services.rows(record)
    assert (row.state, row.result_url) == (S.SUCCEEDED, services.oxen.url(remote_id))
    assert services.oxen.count("list") == 0
    assert len(await services.announce(record)) == 1


@WITH_AND_WITHOUT_ROWS
async def test_an_event_of_failure_brings_the_providers_words(services: Services) -> None:
    record = await services.sent()
    async with services.listen():
        services.oxen.fail(await services.remote_id(record), "DataInspectionFailed: input text")
        await until(lambda: bool(services.inbox))
        await services.track()
    assert await services.outcome(record) == (S.FAILED, Reason.PROMPT_REFUSED, "DataInspectionFailed: input text")


async def test_an_event_of_somebody_elses_work_is_passed_over(services: Services) -> None:
    record = await services.sent()
    services.oxen.calls.clear()
    services.inbox.add(good_news(RemoteId("somebody-elses")))
    await services.track()
    assert services.oxen.calls == []
    assert await services.states(record) == [S.QUEUED]


@WITH_AND_WITHOUT_ROWS
async def test_an_event_that_comes_twice_ends_it_once(services: Services) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    services.oxen.finish(remote_id)
    hint = Completed(id=remote_id, succeeded=True, url=services.oxen.url(remote_id))
    for _ in range(3):
        services.inbox.add(hint)
        services.inbox.add(hint)
        await services.track()
    assert await services.states(record) == [S.SUCCEEDED]
    assert len(await services.announce(record)) == 1
    assert len(await services.announce(record)) == 1


@WITH_AND_WITHOUT_ROWS
async def test_an_event_outlives_a_look_that_failed(services: Services) -> None:
    """In the ephemeral dialect nothing but the event knows the result: it may not be lost to a 502."""
    record = await services.sent()
    remote_id = await services.remote_id(record)
    services.oxen.finish(remote_id)
    services.inbox.add(Completed(id=remote_id, succeeded=True, url=services.oxen.url(remote_id)))
    services.oxen.faults.fail("get", Unavailable("502"), times=2)
    for _ in range(2):
        rest = await services.track()
        assert rest <= POLL
        services.clock.advance(rest)
    await services.track()
    (row,) = await services.rows(record)
    assert (row.state, row.result_url) == (S.SUCCEEDED, services.oxen.url(remote_id))


@WITH_AND_WITHOUT_ROWS
async def test_an_event_that_overtakes_the_row_is_not_forgotten(services: Services) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    services.oxen.start(remote_id)
    url = services.oxen.url(remote_id)
    services.inbox.add(Completed(id=remote_id, succeeded=True, url=url))
    rest = await services.track()
    assert not (await services.states(record))[0].ended
    services.oxen.finish(remote_id, announce=False)
    services.clock.advance(rest)
    await services.track()
    (row,) = await services.rows(record)
    assert (row.state, row.result_url) == (S.SUCCEEDED, url)


# The list.


async def test_the_list_finds_what_no_event_told(services: Services) -> None:
    done, failed, cancelled = [await services.sent(video_request(f"{PROMPT} {n}")) for n in range(3)]
    services.oxen.finish(await services.remote_id(done))
    services.oxen.fail(await services.remote_id(failed), "Insufficient credits")
    await services.oxen.cancel(await services.remote_id(cancelled))
    await services.poll()
    assert await services.outcome(done) == (S.SUCCEEDED, None, None)
    assert await services.outcome(failed) == (S.FAILED, Reason.NO_CREDIT, "Insufficient credits")
    assert await services.outcome(cancelled) == (S.CANCELLED, Reason.CANCELLED, None)


async def test_one_list_for_each_namespace_in_flight(services: Services) -> None:
    await services.pays(GUILD, "acme")
    over = [await services.sent(video_request(count=2), GUILD) for _ in range(3)]
    await services.sent(video_request(count=4), OTHER_GUILD)
    services.oxen.calls.clear()
    await services.poll()
    assert sorted(services.oxen.calls, key=str) == [("list", "acme"), ("list", None)]
    for record in over:
        for remote_id in await services.remote_ids(record):
            services.oxen.finish(remote_id)
    await services.poll()
    services.oxen.calls.clear()
    await services.poll()
    assert services.oxen.calls == [("list", None)]


async def test_nothing_in_flight_asks_for_nothing(services: Services) -> None:
    await services.order()
    assert await services.track() == IDLE
    services.clock.advance(hours=1)
    assert await services.track() == IDLE
    assert services.oxen.calls == []


async def lists_of(services: Services, count: int) -> list[timedelta]:
    """When so many lists were asked for, from now on."""
    services.oxen.calls.clear()
    began = services.clock.now()
    lists: list[timedelta] = []
    while len(lists) < count:
        rest = await services.tracker.step()
        if services.oxen.count("list") > len(lists):
            lists.append(services.clock.now() - began)
        services.clock.advance(rest)
    return lists


async def test_the_pace_of_the_list_while_the_stream_is_down(services: Services) -> None:
    await services.sent()
    assert await lists_of(services, 3) == [POLL, 2 * POLL, 3 * POLL]


@pytest.mark.parametrize(
    ("ordered", "minutes"),
    [(video_request(), [1, 5, 10, 20, 40]), (image_request(), [1, 2, 4, 8, 16, 32])],
    ids=["video", "image"],
)
async def test_while_the_stream_is_up_what_takes_too_long_is_listed(
    services: Services, ordered: ValidatedRequest, minutes: list[int]
) -> None:
    """And now and then. At first to learn how the provider keeps its rows."""
    services.inbox.set_up(up=True)
    await services.tracker.step()
    await services.sent(ordered)
    assert await lists_of(services, len(minutes)) == [timedelta(minutes=each) for each in minutes]


@pytest.mark.parametrize("up", [False, True], ids=["stream down", "stream up"])
async def test_images_are_listed_at_a_pace_of_their_own_while_no_stream_tells_of_them(
    services: Services, up: bool
) -> None:
    """Two payers: one makes a video and an image, the other a video."""
    await services.pays(OTHER_GUILD, "acme")
    services.inbox.set_up(up=up)
    await services.track()
    await services.sent(video_request())
    await services.sent(video_request(), guild=OTHER_GUILD)
    image = await services.sent(image_request())
    services.oxen.calls.clear()
    for _ in range(20):  # less than a minute
        rest = await services.track()
        assert timedelta() < rest
        services.clock.advance(seconds=3)
    asked = Counter(about for call, about in services.oxen.calls if call == "list")
    assert asked == ({} if up else {None: 19, "acme": 4})
    services.oxen.finish(await services.remote_id(image), announce=False)
    await services.poll()
    services.oxen.calls.clear()
    for _ in range(20):
        await services.track()
        services.clock.advance(seconds=3)
    asked = Counter(about for call, about in services.oxen.calls if call == "list")
    assert asked[None] == asked["acme"] <= 6


async def test_neither_wake_ups_nor_a_clock_that_jumps_change_the_pace(services: Services) -> None:
    await services.sent()
    for _ in range(9):
        await services.track()
        services.clock.advance(seconds=1)
    for hours in (-3, 6):
        services.clock.jump(timedelta(hours=hours))
        assert await services.track() == timedelta(seconds=1)
    assert services.oxen.count("list") == 0


async def test_the_list_is_asked_for_on_connect_and_on_disconnect(services: Services) -> None:
    await services.sent()
    await services.track()
    async with services.listen() as listening:
        await services.track()
        assert services.oxen.count("list") == 1
        services.oxen.hang_up()
        await listening
        await services.track()
        assert services.oxen.count("list") == 2


async def test_a_card_shows_that_work_has_begun(services: Services) -> None:
    record = await services.sent()
    revision = (await services.record(record)).revision
    services.clock.advance(seconds=5)
    began = services.clock.now()
    services.oxen.start(await services.remote_id(record))
    services.woken()
    await services.poll()
    (row,) = await services.rows(record)
    assert (row.state, row.started_at) == (S.PROCESSING, began)
    assert (await services.record(record)).revision > revision
    assert services.woken()
    services.woken()
    await services.poll()
    assert not services.woken()  # nothing new


async def test_a_list_that_fails_is_asked_for_again_and_holds_no_other_up(services: Services) -> None:
    await services.pays(GUILD, "acme")
    first, second = await services.sent(guild=GUILD), await services.sent(guild=OTHER_GUILD)
    services.oxen.finish(await services.remote_id(first))
    services.oxen.finish(await services.remote_id(second))
    services.oxen.faults.fail("list", KeyRefused(403, "no"))
    await services.poll()
    assert sorted([*await services.states(first), *await services.states(second)]) == [S.QUEUED, S.SUCCEEDED]
    await services.poll()
    assert [*await services.states(first), *await services.states(second)] == [S.SUCCEEDED] * 2


async def test_two_who_see_the_end_at_once_tell_it_once(services: Services) -> None:
    record = await services.sent()
    (row,) = await services.rows(record)
    assert row.remote_id is not None
    services.oxen.finish(row.remote_id)
    await asyncio.gather(*(services.settler.look(row) for _ in range(10)), services.poll())
    assert len(await services.announce(record)) == 1


# Rows that are gone.


async def test_a_row_that_is_gone_is_missed_for_a_while_then_lost(services: Services) -> None:
    record = await services.sent()
    services.oxen.vanish(await services.remote_id(record))
    await services.poll()
    assert await services.states(record) == [S.QUEUED]
    services.clock.advance(MISSING_FOR)
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    assert len(await services.announce(record)) == 1


async def test_a_row_that_comes_back_was_never_missed(services: Services) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    job = services.oxen.jobs[remote_id]
    for _ in range(5):
        services.oxen.jobs.clear()
        await services.poll()
        services.oxen.jobs[remote_id] = job
        await services.poll()
    assert await services.states(record) == [S.QUEUED]


async def test_a_list_that_lags_behind_is_no_loss(services: Services) -> None:
    services.oxen.list_lag = timedelta(hours=1)
    record = await services.sent()
    for _ in range(5):
        await services.poll()
    assert await services.states(record) == [S.QUEUED]


@EPHEMERAL
async def test_an_ephemeral_row_that_is_gone_with_its_event(services: Services) -> None:
    """The list sees it missing first, then the event is heard."""
    record = await services.sent()
    remote_id = await services.remote_id(record)
    async with services.listen():
        held = services.oxen.completed
        services.oxen.finish(remote_id, announce=False)
        await services.track()
        assert await services.states(record) == [S.QUEUED]
        services.oxen.say(held(remote_id))
        await until(lambda: bool(services.inbox))
        services.clock.advance(MISSING_FOR * 2)
        await services.track()
    assert await services.states(record) == [S.SUCCEEDED]


@EPHEMERAL
async def test_an_ephemeral_row_that_is_gone_without_a_word_is_lost(services: Services) -> None:
    record = await services.sent()
    services.oxen.finish(await services.remote_id(record), announce=False)
    await services.poll()
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.FAILED, Reason.LOST)


@WITH_AND_WITHOUT_ROWS
async def test_what_is_gone_after_24_hours_has_expired(services: Services) -> None:
    record = await services.sent()
    services.clock.advance(LIFETIME - timedelta(minutes=5))
    await services.poll()
    assert await services.states(record) in ([S.QUEUED], [S.PROCESSING])
    services.clock.advance(minutes=10)
    await services.poll()
    assert (await services.outcome(record))[:2] == (S.EXPIRED, Reason.EXPIRED)
    assert len(await services.announce(record)) == 1


# The stream.


async def test_the_stream_is_up_from_its_first_word(services: Services) -> None:
    services.woken()
    async with services.listen() as listening:
        assert services.inbox.of(None).up
        assert services.woken()
        services.oxen.hang_up()
        assert await listening == timedelta(seconds=1)
    assert not services.inbox.of(None).up
    assert services.woken()


@pytest.mark.parametrize("error", [Unavailable("refused"), KeyRefused(401, "A valid API key is required.")])
async def test_a_stream_that_does_not_connect_is_tried_with_growing_pauses(
    services: Services, error: Exception
) -> None:
    services.oxen.faults.fail("events", error, times=8)
    services.woken()
    pauses = [(await services.listener.step()).total_seconds() for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert not services.inbox.of(None).up
    assert not services.woken()
    async with services.listen() as listening:
        services.oxen.say(KeepAlive())
        services.oxen.hang_up()
        assert await listening == timedelta(seconds=1)


async def test_a_stream_that_connects_and_says_nothing_is_tried_with_growing_pauses(services: Services) -> None:
    """Each time it connects, everything is listed: once a second for ever would be too often."""
    pauses: list[float] = []
    for _ in range(4):
        async with services.listen() as listening:
            services.oxen.hang_up()
            pauses.append((await listening).total_seconds())
    assert pauses == [1, 2, 4, 8]
