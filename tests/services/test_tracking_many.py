"""Many ends at once: few requests settle them, and the list stays the truth."""

from datetime import timedelta

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Reason
from bot.domain.provider import Completed, Unavailable
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect
from tests.services.bench import GUILD, POLL_QUIET, Bench, S

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
KEEPING_ROWS = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])
GATHERING = timedelta(seconds=1)  # longer than hints are gathered


async def listed(bench: Bench, orders: int) -> list[RemoteId]:
    """The ids of so many orders of four, which the last list showed; nothing was asked since."""
    records = [await bench.sent(video_request(f"a heron, take {n}", count=4)) for n in range(orders)]
    await bench.poll()
    bench.oxen.calls.clear()
    return [remote_id for record in records for remote_id in await bench.remote_ids(record)]


def told(bench: Bench, remote_id: RemoteId) -> None:
    job = bench.oxen.jobs[remote_id]
    url = bench.oxen.url(remote_id) if job.status == "succeeded" else None
    bench.tracking.hint(Completed(id=remote_id, succeeded=job.status == "succeeded", url=url, error=job.error))


async def states(bench: Bench, ids: list[RemoteId]) -> set[S]:
    """The states of those that are not over."""
    found = [await bench.generations.by_remote_id(remote_id) for remote_id in ids]
    return {generation.state for generation in found if generation is not None}


@EVERY_DIALECT
async def test_one_list_settles_what_many_events_told(bench: Bench) -> None:
    ids = await listed(bench, 3)
    for remote_id in ids[:-1]:
        bench.oxen.finish(remote_id, announce=False)
        told(bench, remote_id)
    bench.oxen.fail(ids[-1], "Insufficient credits", announce=False)
    told(bench, ids[-1])
    await bench.tracking.step()
    assert bench.oxen.calls == [("list", None)]
    assert await states(bench, ids) == set()
    assert len(bench.tracking._hints) == 0


@EVERY_DIALECT
async def test_each_end_is_stored_as_its_event_said(bench: Bench) -> None:
    record = await bench.sent(video_request(count=4))
    await bench.poll()
    first, second, third, fourth = await bench.remote_ids(record)
    for remote_id in (first, second, third):
        bench.oxen.finish(remote_id, announce=False)
    bench.oxen.fail(fourth, "Insufficient credits", announce=False)
    for remote_id in (first, second, third, fourth):
        told(bench, remote_id)
    await bench.tracking.step()
    rows = await bench.rows(record)
    assert [row.state for row in rows] == [S.SUCCEEDED] * 3 + [S.FAILED]
    assert [row.result_url for row in rows[:3]] == [bench.oxen.url(each) for each in (first, second, third)]
    assert (rows[3].reason, rows[3].detail) == (Reason.NO_CREDIT, "Insufficient credits")
    assert len(await bench.announce(record)) == 1


@EVERY_DIALECT
async def test_many_events_that_are_not_true_change_nothing(bench: Bench) -> None:
    ids = await listed(bench, 2)
    before = await states(bench, ids)
    for remote_id in ids:
        bench.tracking.hint(Completed(id=remote_id, succeeded=True, url="https://results.invalid/x.mp4"))
    for _ in range(3):
        await bench.tracking.step()
        bench.clock.advance(seconds=3)
    assert await states(bench, ids) == before
    assert not before & {S.SUCCEEDED, S.FAILED}


@EVERY_DIALECT
async def test_what_no_list_has_shown_is_looked_at_alone(bench: Bench) -> None:
    """A list that lags behind must not be taken for one that shows an end."""
    records = [await bench.sent(video_request(f"a heron, take {n}", count=4)) for n in range(2)]
    ids = [remote_id for record in records for remote_id in await bench.remote_ids(record)]
    bench.oxen.calls.clear()
    for remote_id in ids:
        bench.tracking.hint(Completed(id=remote_id, succeeded=True, url="https://results.invalid/x.mp4"))
    await bench.tracking.step()
    assert sorted(bench.oxen.calls) == sorted(("get", remote_id) for remote_id in ids)
    assert len(await states(bench, ids)) == 1


@EVERY_DIALECT
async def test_an_end_that_comes_alone_is_settled_at_once(bench: Bench) -> None:
    first, *others = await listed(bench, 1)
    bench.oxen.finish(first, announce=False)
    told(bench, first)
    await bench.tracking.step()
    assert bench.oxen.calls == [("get", first)]
    assert await bench.generations.by_remote_id(first) is None
    for remote_id in others:  # and those that follow gather for a moment
        bench.oxen.finish(remote_id, announce=False)
        told(bench, remote_id)
    rest = await bench.tracking.step()
    assert bench.oxen.count("list") == 0
    assert timedelta(0) < rest <= GATHERING
    bench.clock.advance(rest)
    await bench.tracking.step()
    assert bench.oxen.count("list") == 1
    assert await states(bench, others) == set()


@EVERY_DIALECT
async def test_a_list_that_fails_loses_no_event(bench: Bench) -> None:
    ids = await listed(bench, 2)
    for remote_id in ids:
        bench.oxen.finish(remote_id, announce=False)
        told(bench, remote_id)
    bench.oxen.faults.fail("list", Unavailable("502"))
    rest = await bench.tracking.step()
    assert len(bench.tracking._hints) == len(ids)
    assert rest <= timedelta(seconds=5)
    bench.clock.advance(rest)
    await bench.tracking.step()
    assert await states(bench, ids) == set()


async def test_namespaces_gather_for_themselves(bench: Bench) -> None:
    await bench.pays(GUILD, "acme")
    ids = await listed(bench, 2)
    bench.oxen.finish(ids[0], announce=False)
    told(bench, ids[0])
    await bench.tracking.step()
    assert bench.oxen.calls == [("get", ids[0])]
    for remote_id in ids[1:]:
        bench.oxen.finish(remote_id, announce=False)
        told(bench, remote_id)
    bench.clock.advance(GATHERING)
    await bench.tracking.step()
    assert bench.oxen.calls == [("get", ids[0]), ("list", "acme")]


@KEEPING_ROWS
async def test_the_history_settles_what_left_the_list_without_a_word(bench: Bench) -> None:
    ids = await listed(bench, 8)
    for remote_id in ids:
        bench.oxen.finish(remote_id, announce=False)
    bench.clock.advance(POLL_QUIET)
    await bench.tracking.step()
    assert bench.oxen.calls == [("list", None), ("history", None)]
    assert await states(bench, ids) == set()


@KEEPING_ROWS
async def test_without_the_history_each_is_looked_at(bench: Bench) -> None:
    ids = await listed(bench, 8)
    for remote_id in ids:
        bench.oxen.finish(remote_id, announce=False)
    bench.oxen.faults.fail("history", Unavailable("502"))
    bench.clock.advance(POLL_QUIET)
    await bench.tracking.step()
    assert bench.oxen.count("get") == len(ids)
    assert await states(bench, ids) == set()


@KEEPING_ROWS
async def test_what_the_history_does_not_know_is_looked_at(bench: Bench) -> None:
    ids = await listed(bench, 8)
    for remote_id in ids[1:]:
        bench.oxen.finish(remote_id, announce=False)
    bench.oxen.vanish(ids[0])
    bench.clock.advance(POLL_QUIET)
    await bench.tracking.step()
    assert [call for call in bench.oxen.calls if call[0] == "get"] == [("get", ids[0])]
    assert len(await states(bench, ids)) == 1
