"""From the provider back to the rows: events say where to look, the list is the truth, and every end is stored once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Reason
from bot.domain.provider import Completed, KeepAlive, KeyRefused, Unavailable
from bot.services.supervision import IDLE
from bot.services.tracking.expiry import LIFETIME, MISSING_FOR
from tests.fakes.orders import PROMPT, image_request, video_request
from tests.fakes.oxen import Dialect
from tests.services.bench import GUILD, OTHER_GUILD, POLL, POLL_QUIET, Bench, S, until

EPHEMERAL = pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
KEEPING_ROWS = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])


def good_news(remote_id: RemoteId) -> Completed:
    return Completed(id=remote_id, succeeded=True, url="https://results.invalid/from-the-event.mp4")


# Hints.


@EVERY_DIALECT
async def test_an_event_settles_without_a_list(bench: Bench) -> None:
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    async with bench.listen():
        await bench.tracking.step()  # lists, as on every connect; from here on nothing but the event speaks
        bench.oxen.calls.clear()
        wakes = bench.wakes
        bench.oxen.finish(remote_id)
        await until(lambda: bench.wakes > wakes)
        await bench.tracking.step()
    (row,) = await bench.rows(record)
    assert (row.state, row.result_url) == (S.SUCCEEDED, bench.oxen.url(remote_id))
    assert bench.oxen.count("list") == 0
    assert len(await bench.announce(record)) == 1


@EVERY_DIALECT
async def test_an_event_of_failure_brings_the_providers_words(bench: Bench) -> None:
    record = await bench.sent()
    async with bench.listen():
        bench.oxen.fail(await bench.remote_id(record), "DataInspectionFailed: input text")
        await until(lambda: bool(bench.tracking._hints))
        await bench.tracking.step()
    assert await bench.outcome(record) == (S.FAILED, Reason.PROMPT_REFUSED, "DataInspectionFailed: input text")


async def test_an_event_that_is_not_true_changes_nothing(bench: Bench) -> None:
    record = await bench.sent()
    bench.tracking.hint(good_news(await bench.remote_id(record)))
    await bench.tracking.step()
    assert await bench.states(record) == [S.QUEUED]


async def test_an_event_of_somebody_elses_work_is_passed_over(bench: Bench) -> None:
    record = await bench.sent()
    bench.oxen.calls.clear()
    bench.tracking.hint(good_news(RemoteId("somebody-elses")))
    await bench.tracking.step()
    assert bench.oxen.calls == []
    assert await bench.states(record) == [S.QUEUED]


@EVERY_DIALECT
async def test_an_event_that_comes_twice_ends_it_once(bench: Bench) -> None:
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    bench.oxen.finish(remote_id)
    hint = Completed(id=remote_id, succeeded=True, url=bench.oxen.url(remote_id))
    for _ in range(3):
        bench.tracking.hint(hint)
        bench.tracking.hint(hint)
        await bench.tracking.step()
    assert await bench.states(record) == [S.SUCCEEDED]
    assert len(await bench.announce(record)) == 1
    assert len(await bench.announce(record)) == 1


@EVERY_DIALECT
async def test_an_event_outlives_a_look_that_failed(bench: Bench) -> None:
    """In the ephemeral dialect nothing but the event knows the result: it may not be lost to a 502."""
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    bench.oxen.finish(remote_id)
    bench.tracking.hint(Completed(id=remote_id, succeeded=True, url=bench.oxen.url(remote_id)))
    bench.oxen.faults.fail("get", Unavailable("502"), times=2)
    for _ in range(2):
        rest = await bench.tracking.step()
        assert rest <= POLL
        bench.clock.advance(rest)
    await bench.tracking.step()
    (row,) = await bench.rows(record)
    assert (row.state, row.result_url) == (S.SUCCEEDED, bench.oxen.url(remote_id))


@EVERY_DIALECT
async def test_an_event_that_overtakes_the_row_is_not_forgotten(bench: Bench) -> None:
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    bench.oxen.start(remote_id)
    url = bench.oxen.url(remote_id)
    bench.tracking.hint(Completed(id=remote_id, succeeded=True, url=url))
    rest = await bench.tracking.step()
    assert not (await bench.states(record))[0].ended
    bench.oxen.finish(remote_id, announce=False)
    bench.clock.advance(rest)
    await bench.tracking.step()
    (row,) = await bench.rows(record)
    assert (row.state, row.result_url) == (S.SUCCEEDED, url)


# The list.


@KEEPING_ROWS
async def test_the_list_finds_what_no_event_told(bench: Bench) -> None:
    done, failed, cancelled = [await bench.sent(video_request(f"{PROMPT} {n}")) for n in range(3)]
    bench.oxen.finish(await bench.remote_id(done))
    bench.oxen.fail(await bench.remote_id(failed), "Insufficient credits")
    await bench.oxen.cancel(await bench.remote_id(cancelled))
    await bench.poll()
    assert await bench.outcome(done) == (S.SUCCEEDED, None, None)
    assert await bench.outcome(failed) == (S.FAILED, Reason.NO_CREDIT, "Insufficient credits")
    assert await bench.outcome(cancelled) == (S.CANCELLED, Reason.CANCELLED, None)


async def test_one_list_for_each_namespace_in_flight(bench: Bench) -> None:
    await bench.pays(GUILD, "acme")
    for _ in range(3):
        await bench.sent(video_request(count=4), GUILD)
        await bench.sent(video_request(count=4), OTHER_GUILD)
    bench.oxen.calls.clear()
    await bench.poll()
    assert sorted(bench.oxen.calls, key=str) == [("list", "acme"), ("list", None)]


async def test_only_namespaces_in_flight_are_listed(bench: Bench) -> None:
    await bench.pays(GUILD, "acme")
    over = await bench.sent(guild=GUILD)
    await bench.sent(guild=OTHER_GUILD)
    bench.oxen.finish(await bench.remote_id(over))
    await bench.poll()
    bench.oxen.calls.clear()
    await bench.poll()
    assert bench.oxen.calls == [("list", None)]


async def test_nothing_in_flight_asks_for_nothing(bench: Bench) -> None:
    await bench.order()
    assert await bench.tracking.step() == IDLE
    bench.clock.advance(hours=1)
    assert await bench.tracking.step() == IDLE
    assert bench.oxen.calls == []


@pytest.mark.parametrize(("up", "pace"), [(False, POLL), (True, POLL_QUIET)], ids=["stream down", "stream up"])
async def test_the_pace_of_the_list(bench: Bench, up: bool, pace: timedelta) -> None:
    bench.tracking.stream(up=up)
    await bench.tracking.step()  # nothing is under way: the list that this asked for is not needed
    await bench.sent()
    bench.oxen.calls.clear()
    began = bench.clock.now()
    lists: list[timedelta] = []
    while len(lists) < 3:
        rest = await bench.tracking.step()
        if bench.oxen.count("list") > len(lists):
            lists.append(bench.clock.now() - began)
        bench.clock.advance(rest)
    assert lists == [pace, 2 * pace, 3 * pace]


@pytest.mark.parametrize("up", [False, True], ids=["stream down", "stream up"])
async def test_images_are_listed_at_a_pace_of_their_own_while_no_stream_tells_of_them(bench: Bench, up: bool) -> None:
    """Two payers: one makes a video and an image, the other a video."""
    await bench.pays(OTHER_GUILD, "acme")
    bench.tracking.stream(up=up)
    await bench.tracking.step()
    await bench.sent(video_request())
    await bench.sent(video_request(), guild=OTHER_GUILD)
    image = await bench.sent(image_request())
    bench.oxen.calls.clear()
    for _ in range(20):  # less than a minute
        rest = await bench.tracking.step()
        assert timedelta() < rest
        bench.clock.advance(seconds=3)
    asked = Counter(about for call, about in bench.oxen.calls if call == "list")
    assert asked == ({} if up else {None: 19, "acme": 4})
    bench.oxen.finish(await bench.remote_id(image), announce=False)
    await bench.poll()
    bench.oxen.calls.clear()
    for _ in range(20):
        await bench.tracking.step()
        bench.clock.advance(seconds=3)
    asked = Counter(about for call, about in bench.oxen.calls if call == "list")
    assert asked[None] == asked["acme"] <= 6


async def test_wake_ups_do_not_hasten_the_list(bench: Bench) -> None:
    await bench.sent()
    for _ in range(9):
        await bench.tracking.step()
        bench.clock.advance(seconds=1)
    assert bench.oxen.count("list") == 0


async def test_a_clock_that_jumps_changes_no_pace(bench: Bench) -> None:
    await bench.sent()
    await bench.tracking.step()
    bench.clock.jump(timedelta(hours=-3))
    assert await bench.tracking.step() == POLL
    bench.clock.jump(timedelta(hours=6))
    assert await bench.tracking.step() == POLL


async def test_the_list_is_asked_for_on_connect_and_on_disconnect(bench: Bench) -> None:
    await bench.sent()
    await bench.tracking.step()
    async with bench.listen() as listening:
        await bench.tracking.step()
        assert bench.oxen.count("list") == 1
        bench.oxen.hang_up()
        await listening
        await bench.tracking.step()
        assert bench.oxen.count("list") == 2


async def test_that_work_has_begun_is_shown(bench: Bench) -> None:
    record = await bench.sent()
    revision = (await bench.record(record)).revision
    bench.clock.advance(seconds=5)
    began = bench.clock.now()
    bench.oxen.start(await bench.remote_id(record))
    wakes = bench.wakes
    await bench.poll()
    (row,) = await bench.rows(record)
    assert (row.state, row.started_at) == (S.PROCESSING, began)
    assert (await bench.record(record)).revision > revision
    assert bench.wakes > wakes
    wakes = bench.wakes
    await bench.poll()
    assert bench.wakes == wakes  # nothing new


async def test_a_list_that_fails_is_asked_for_again_and_holds_no_other_up(bench: Bench) -> None:
    await bench.pays(GUILD, "acme")
    first, second = await bench.sent(guild=GUILD), await bench.sent(guild=OTHER_GUILD)
    bench.oxen.finish(await bench.remote_id(first))
    bench.oxen.finish(await bench.remote_id(second))
    bench.oxen.faults.fail("list", KeyRefused(403, "no"))
    await bench.poll()
    assert sorted([*await bench.states(first), *await bench.states(second)]) == [S.QUEUED, S.SUCCEEDED]
    await bench.poll()
    assert [*await bench.states(first), *await bench.states(second)] == [S.SUCCEEDED] * 2


async def test_two_who_see_the_end_at_once_tell_it_once(bench: Bench) -> None:
    record = await bench.sent()
    (row,) = await bench.rows(record)
    assert row.remote_id is not None
    bench.oxen.finish(row.remote_id)
    await asyncio.gather(*(bench.tracking.look(row) for _ in range(10)), bench.poll())
    assert len(await bench.announce(record)) == 1


# Rows that are gone.


@KEEPING_ROWS
async def test_a_row_that_is_gone_is_missed_for_a_while_then_lost(bench: Bench) -> None:
    record = await bench.sent()
    bench.oxen.vanish(await bench.remote_id(record))
    await bench.poll()
    assert await bench.states(record) == [S.QUEUED]
    bench.clock.advance(MISSING_FOR)
    await bench.poll()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.LOST)
    assert len(await bench.announce(record)) == 1


@KEEPING_ROWS
async def test_a_row_that_comes_back_was_never_missed(bench: Bench) -> None:
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    job = bench.oxen.jobs[remote_id]
    for _ in range(5):
        bench.oxen.jobs.clear()
        await bench.poll()
        bench.oxen.jobs[remote_id] = job
        await bench.poll()
    assert await bench.states(record) == [S.QUEUED]


@KEEPING_ROWS
async def test_a_list_that_lags_behind_is_no_loss(bench: Bench) -> None:
    bench.oxen.list_lag = timedelta(hours=1)
    record = await bench.sent()
    for _ in range(5):
        await bench.poll()
    assert await bench.states(record) == [S.QUEUED]


@EPHEMERAL
async def test_an_ephemeral_row_that_is_gone_with_its_event(bench: Bench) -> None:
    """The list sees it missing first, then the event is heard."""
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    async with bench.listen():
        held = bench.oxen.completed
        bench.oxen.finish(remote_id, announce=False)
        await bench.tracking.step()
        assert await bench.states(record) == [S.QUEUED]
        bench.oxen.say(held(remote_id))
        await until(lambda: bool(bench.tracking._hints))
        bench.clock.advance(MISSING_FOR * 2)
        await bench.tracking.step()
    assert await bench.states(record) == [S.SUCCEEDED]


@EPHEMERAL
async def test_an_ephemeral_row_that_is_gone_after_an_accepted_cancel(bench: Bench) -> None:
    record = await bench.sent()
    await bench.cancel(record)
    await bench.cancelling.step()
    assert (await bench.outcome(record))[:2] == (S.CANCELLED, Reason.CANCELLED)
    (row,) = await bench.rows(record)
    assert row.cancel_requested_by is not None


@EPHEMERAL
async def test_an_ephemeral_row_that_is_gone_without_a_word_is_lost(bench: Bench) -> None:
    record = await bench.sent()
    bench.oxen.finish(await bench.remote_id(record), announce=False)
    await bench.poll()
    await bench.poll()
    assert (await bench.outcome(record))[:2] == (S.FAILED, Reason.LOST)


@EVERY_DIALECT
async def test_what_is_gone_after_24_hours_has_expired(bench: Bench) -> None:
    record = await bench.sent()
    bench.clock.advance(LIFETIME - timedelta(minutes=5))
    await bench.poll()
    assert await bench.states(record) in ([S.QUEUED], [S.PROCESSING])
    bench.clock.advance(minutes=10)
    await bench.poll()
    assert (await bench.outcome(record))[:2] == (S.EXPIRED, Reason.EXPIRED)
    assert len(await bench.announce(record)) == 1


@EVERY_DIALECT
async def test_a_restart_goes_on_where_the_rows_are(bench: Bench) -> None:
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    bench = await bench.killed()
    assert await bench.states(record) == [S.QUEUED]
    bench.tracking.hint(Completed(id=remote_id, succeeded=True, url=bench.oxen.url(remote_id)))
    bench.oxen.finish(remote_id)
    await bench.tracking.step()
    assert await bench.states(record) == [S.SUCCEEDED]


# The stream.


async def test_the_stream_is_up_from_its_first_word(bench: Bench) -> None:
    wakes = bench.wakes
    async with bench.listen() as listening:
        assert bench.tracking.stream_up
        assert bench.wakes == wakes + 1
        bench.oxen.hang_up()
        assert await listening == timedelta(seconds=1)
    assert not bench.tracking.stream_up
    assert bench.wakes == wakes + 2


async def test_a_stream_that_does_not_connect_is_tried_with_growing_pauses(bench: Bench) -> None:
    bench.oxen.faults.fail("events", Unavailable("refused"), times=8)
    wakes = bench.wakes
    pauses = [(await bench.listening.step()).total_seconds() for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert bench.wakes == wakes
    async with bench.listen() as listening:
        bench.oxen.say(KeepAlive())
        bench.oxen.hang_up()
        assert await listening == timedelta(seconds=1)


async def test_a_stream_that_connects_and_says_nothing_is_tried_with_growing_pauses(bench: Bench) -> None:
    """Each time it connects, everything is listed: once a second for ever would be too often."""
    pauses: list[float] = []
    for _ in range(4):
        async with bench.listen() as listening:
            bench.oxen.hang_up()
            pauses.append((await listening).total_seconds())
    assert pauses == [1, 2, 4, 8]


async def test_a_stream_that_ends_at_shutdown_is_down(bench: Bench) -> None:
    async with bench.listen():
        pass
    assert not bench.tracking.stream_up


async def test_a_bad_key_does_not_end_the_loop(bench: Bench) -> None:
    bench.oxen.faults.fail("events", KeyRefused(401, "A valid API key is required."))
    assert await bench.listening.step() == timedelta(seconds=1)
    assert not bench.tracking.stream_up
