"""Many ends at once: few requests settle them, and the list stays the truth."""

from datetime import timedelta

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Reason
from bot.domain.provider import Completed, Unavailable
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect
from tests.services.kit import GUILD, POLL_QUIET, S, Services

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
KEEPING_ROWS = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.BROWSE])
GATHERING = timedelta(seconds=1)  # longer than hints are gathered


async def listed(services: Services, orders: int) -> list[RemoteId]:
    """The ids of so many orders of four, which the last list showed; nothing was asked since."""
    records = [await services.sent(video_request(f"a heron, take {n}", count=4)) for n in range(orders)]
    await services.poll()
    services.oxen.calls.clear()
    return [remote_id for record in records for remote_id in await services.remote_ids(record)]


def told(services: Services, remote_id: RemoteId) -> None:
    job = services.oxen.jobs[remote_id]
    url = services.oxen.url(remote_id) if job.status == "succeeded" else None
    services.inbox.add(Completed(id=remote_id, succeeded=job.status == "succeeded", url=url, error=job.error))


async def states(services: Services, ids: list[RemoteId]) -> set[S]:
    """The states of those that are not over."""
    found = [await services.generations.by_remote_id(remote_id) for remote_id in ids]
    return {generation.state for generation in found if generation is not None}


@EVERY_DIALECT
async def test_one_list_settles_what_many_events_told(services: Services) -> None:
    ids = await listed(services, 3)
    for remote_id in ids[:-1]:
        services.oxen.finish(remote_id, announce=False)
        told(services, remote_id)
    services.oxen.fail(ids[-1], "Insufficient credits", announce=False)
    told(services, ids[-1])
    await services.tracker.step()
    assert services.oxen.calls == [("list", None)]
    assert await states(services, ids) == set()
    assert len(services.inbox) == 0


@EVERY_DIALECT
async def test_each_end_is_stored_as_its_event_said(services: Services) -> None:
    record = await services.sent(video_request(count=4))
    await services.poll()
    first, second, third, fourth = await services.remote_ids(record)
    for remote_id in (first, second, third):
        services.oxen.finish(remote_id, announce=False)
    services.oxen.fail(fourth, "Insufficient credits", announce=False)
    for remote_id in (first, second, third, fourth):
        told(services, remote_id)
    await services.tracker.step()
    rows = await services.rows(record)
    assert [row.state for row in rows] == [S.SUCCEEDED] * 3 + [S.FAILED]
    assert [row.result_url for row in rows[:3]] == [services.oxen.url(each) for each in (first, second, third)]
    assert (rows[3].reason, rows[3].detail) == (Reason.NO_CREDIT, "Insufficient credits")
    assert len(await services.announce(record)) == 1


@EVERY_DIALECT
async def test_many_events_that_are_not_true_change_nothing(services: Services) -> None:
    ids = await listed(services, 2)
    before = await states(services, ids)
    for remote_id in ids:
        services.inbox.add(Completed(id=remote_id, succeeded=True, url="https://results.invalid/x.mp4"))
    for _ in range(3):
        await services.tracker.step()
        services.clock.advance(seconds=3)
    assert await states(services, ids) == before
    assert not before & {S.SUCCEEDED, S.FAILED}


@EVERY_DIALECT
async def test_what_no_list_has_shown_is_looked_at_alone(services: Services) -> None:
    """A list that lags behind must not be taken for one that shows an end."""
    records = [await services.sent(video_request(f"a heron, take {n}", count=4)) for n in range(2)]
    ids = [remote_id for record in records for remote_id in await services.remote_ids(record)]
    services.oxen.calls.clear()
    for remote_id in ids:
        services.inbox.add(Completed(id=remote_id, succeeded=True, url="https://results.invalid/x.mp4"))
    await services.tracker.step()
    assert sorted(services.oxen.calls) == sorted(("get", remote_id) for remote_id in ids)
    assert len(await states(services, ids)) == 1


@EVERY_DIALECT
async def test_an_end_that_comes_alone_is_settled_at_once(services: Services) -> None:
    first, *others = await listed(services, 1)
    services.oxen.finish(first, announce=False)
    told(services, first)
    await services.tracker.step()
    assert services.oxen.calls == [("get", first)]
    assert await services.generations.by_remote_id(first) is None
    for remote_id in others:  # and those that follow gather for a moment
        services.oxen.finish(remote_id, announce=False)
        told(services, remote_id)
    rest = await services.tracker.step()
    assert services.oxen.count("list") == 0
    assert timedelta(0) < rest <= GATHERING
    services.clock.advance(rest)
    await services.tracker.step()
    assert services.oxen.count("list") == 1
    assert await states(services, others) == set()


@EVERY_DIALECT
async def test_a_list_that_fails_loses_no_event(services: Services) -> None:
    ids = await listed(services, 2)
    for remote_id in ids:
        services.oxen.finish(remote_id, announce=False)
        told(services, remote_id)
    services.oxen.faults.fail("list", Unavailable("502"))
    rest = await services.tracker.step()
    assert len(services.inbox) == len(ids)
    assert rest <= timedelta(seconds=5)
    services.clock.advance(rest)
    await services.tracker.step()
    assert await states(services, ids) == set()


async def test_namespaces_gather_for_themselves(services: Services) -> None:
    await services.pays(GUILD, "acme")
    ids = await listed(services, 2)
    services.oxen.finish(ids[0], announce=False)
    told(services, ids[0])
    await services.tracker.step()
    assert services.oxen.calls == [("get", ids[0])]
    for remote_id in ids[1:]:
        services.oxen.finish(remote_id, announce=False)
        told(services, remote_id)
    services.clock.advance(GATHERING)
    await services.tracker.step()
    assert services.oxen.calls == [("get", ids[0]), ("list", "acme")]


@KEEPING_ROWS
async def test_the_history_settles_what_left_the_list_without_a_word(services: Services) -> None:
    ids = await listed(services, 8)
    for remote_id in ids:
        services.oxen.finish(remote_id, announce=False)
    services.clock.advance(POLL_QUIET)
    await services.tracker.step()
    assert services.oxen.calls == [("list", None), ("history", None)]
    assert await states(services, ids) == set()


@KEEPING_ROWS
async def test_without_the_history_each_is_looked_at(services: Services) -> None:
    ids = await listed(services, 8)
    for remote_id in ids:
        services.oxen.finish(remote_id, announce=False)
    services.oxen.faults.fail("history", Unavailable("502"))
    services.clock.advance(POLL_QUIET)
    await services.tracker.step()
    assert services.oxen.count("get") == len(ids)
    assert await states(services, ids) == set()


@KEEPING_ROWS
async def test_what_the_history_does_not_know_is_looked_at(services: Services) -> None:
    ids = await listed(services, 8)
    for remote_id in ids[1:]:
        services.oxen.finish(remote_id, announce=False)
    services.oxen.vanish(ids[0])
    services.clock.advance(POLL_QUIET)
    await services.tracker.step()
    assert [call for call in services.oxen.calls if call[0] == "get"] == [("get", ids[0])]
    assert len(await states(services, ids)) == 1
