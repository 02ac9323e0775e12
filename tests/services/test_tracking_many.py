"""Many ends at once: few requests settle them, and the list stays the truth."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import GenerationId, RemoteId
from bot.domain.orders.generation import Reason
from bot.domain.provider import Ambiguous, Completed, RemoteGeneration, RemoteStatus, Unavailable
from bot.services.tracking.tracker import compare
from bot.store.orders.generations import InFlight
from tests.fakes.orders import video_request
from tests.services.kit import EVERY_DIALECT, GUILD, POLL_QUIET, WITH_AND_WITHOUT_ROWS, S, Services


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


async def test_one_list_settles_what_many_events_said_has_failed(services: Services) -> None:
    record = await services.sent(video_request(count=4))
    await services.poll()
    services.oxen.calls.clear()
    for remote_id in await services.remote_ids(record):
        services.oxen.fail(remote_id, "Insufficient credits", announce=False)
        told(services, remote_id)
    await services.tracker.step()
    assert services.oxen.calls == [("list", None)]
    assert len(services.inbox) == 0
    rows = await services.rows(record)
    assert [(row.state, row.reason) for row in rows] == [(S.FAILED, Reason.NO_CREDIT)] * 4
    assert len(await services.announce(record)) == 1


@WITH_AND_WITHOUT_ROWS
async def test_many_results_at_once_cost_no_request(services: Services) -> None:
    ids = await listed(services, 8)
    for remote_id in ids:
        services.oxen.finish(remote_id, announce=False)
        told(services, remote_id)
    await services.track()
    assert await states(services, ids) == set()
    assert {call for call, _ in services.oxen.calls} == {"download"}
    assert len(services.inbox) == 0


@WITH_AND_WITHOUT_ROWS
async def test_many_events_that_are_not_true_change_nothing(services: Services) -> None:
    ids = await listed(services, 2)
    before = await states(services, ids)
    for number, remote_id in enumerate(ids):
        url = f"https://results.invalid/{number}/x.mp4"
        services.inbox.add(Completed(id=remote_id, succeeded=True, url=url))
    for _ in range(3):
        await services.track()
        services.clock.advance(seconds=3)
    assert await states(services, ids) == before
    assert not before & {S.SUCCEEDED, S.FAILED}


@WITH_AND_WITHOUT_ROWS
async def test_a_list_that_fails_loses_no_event(services: Services) -> None:
    ids = await listed(services, 2)
    for remote_id in ids:
        services.oxen.fail(remote_id, announce=False)
        told(services, remote_id)
    services.oxen.faults.fail("list", Unavailable("502"))
    services.oxen.faults.fail("get", Unavailable("502"), times=len(ids))
    rest = await services.tracker.step()
    assert len(services.inbox) == len(ids)
    assert rest <= timedelta(seconds=5)
    services.clock.advance(rest)
    await services.tracker.step()
    assert await states(services, ids) == set()


@pytest.mark.parametrize("trouble", ["none", "no history", "one is unknown"])
async def test_the_history_settles_what_left_the_list_without_a_word(services: Services, trouble: str) -> None:
    """What it does not know is looked at alone, and so is each without it."""
    ids = await listed(services, 8)
    for remote_id in ids:
        services.oxen.finish(remote_id, announce=False)
    if trouble == "no history":
        services.oxen.faults.fail("history", Unavailable("502"))
    elif trouble == "one is unknown":
        services.oxen.vanish(ids[0])
    services.clock.advance(POLL_QUIET)
    await services.track()
    looked_at = {"none": [], "no history": ids, "one is unknown": ids[:1]}[trouble]
    assert services.oxen.calls[:2] == [("list", None), ("history", None)]
    assert sorted(services.oxen.calls[2:]) == sorted(("get", remote_id) for remote_id in looked_at)
    assert len(await states(services, ids)) == (trouble == "one is unknown")


# One list held against the rows: each of ours is in exactly one place, and what is nobody's is told.

STATUSES: list[RemoteStatus] = ["queued", "processing", "succeeded", "failed", "cancelled"]
NAMES = st.integers(0, 12).map(lambda number: RemoteId(f"r{number}"))


def ours(remote_id: RemoteId, state: str = "queued") -> InFlight:
    return InFlight(GenerationId(f"g-{remote_id}"), remote_id, state)


def rows_of(*statuses: RemoteStatus) -> dict[RemoteId, RemoteGeneration]:
    rows = [RemoteGeneration(id=RemoteId(f"r{n}"), status=status) for n, status in enumerate(statuses)]
    return {row.id: row for row in rows}


def test_what_the_list_shows_as_we_know_it_is_there() -> None:
    found = compare(rows_of("queued", "processing"), [ours(RemoteId("r0")), ours(RemoteId("r1"), "processing")])
    assert (list(found.there), list(found.news), list(found.gone)) == (["g-r0", "g-r1"], [], [])
    assert found.foreign == frozenset()


def test_a_list_that_lags_behind_is_no_news() -> None:
    assert not compare(rows_of("queued"), [ours(RemoteId("r0"), "processing")]).news


def test_what_says_more_is_news_and_what_is_missing_is_gone() -> None:
    here, lost = ours(RemoteId("r0")), ours(RemoteId("r9"))
    rows = rows_of("succeeded", "queued")
    found = compare(rows, [here, lost])
    assert list(found.news) == [(here, rows[RemoteId("r0")])]
    assert list(found.gone) == [lost]
    assert found.foreign == {"r1"}


@given(
    st.dictionaries(NAMES, st.sampled_from(STATUSES)), st.dictionaries(NAMES, st.sampled_from(["queued", "processing"]))
)
def test_each_of_ours_is_in_one_place(rows: dict[RemoteId, RemoteStatus], known: dict[RemoteId, str]) -> None:
    under_way = [ours(remote_id, state) for remote_id, state in known.items()]
    shown = {remote_id: RemoteGeneration(id=remote_id, status=status) for remote_id, status in rows.items()}
    found = compare(shown, under_way)
    places = [*found.there, *(each.id for each, _ in found.news), *(each.id for each in found.gone)]
    assert sorted(places) == sorted(f"g-{remote_id}" for remote_id in known)
    assert {each.remote_id for each in found.gone} == known.keys() - rows.keys()
    assert found.foreign == rows.keys() - known.keys()
    assert all(row is shown[each.remote_id] and row.status != each.state for each, row in found.news)


# Work in our namespaces that no order owns: said once in the log, and never touched.


async def orphan(services: Services, namespace: str | None = None) -> RemoteId:
    """Somebody orders by other means."""
    [remote_id] = await services.oxen.enqueue(video_request("somebody else's prompt"), 1, namespace)
    return remote_id


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    """The orphans that were reported, each with its namespace."""
    found = [r for r in caplog.records if r.getMessage() == "orphan generation"]
    assert all(r.levelno == logging.WARNING for r in found)
    return [(vars(r)["remote"], vars(r)["namespace"]) for r in found]


@EVERY_DIALECT
async def test_a_orphan_is_said_once_and_left_alone(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    remote_id = await orphan(services)
    record = await services.sent()
    for _ in range(3):
        await services.poll()
    assert said(caplog) == [(remote_id, None)]
    another = await orphan(services)
    await services.poll()
    assert said(caplog) == [(remote_id, None), (another, None)]
    assert services.oxen.count("cancel") == 0
    assert services.oxen.jobs[remote_id].status == "queued"
    assert not (await services.record(record)).ended


@EVERY_DIALECT
async def test_what_orders_own_is_no_orphan(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    await services.pays(GUILD, "acme")
    await services.sent(video_request(count=4))
    over = await services.sent()
    services.oxen.start(await services.remote_id(over))
    services.clock.advance(hours=23)
    await services.sent()
    for _ in range(3):
        await services.poll()
    assert said(caplog) == []


async def test_each_namespace_is_looked_through(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    await services.pays(GUILD, "acme")
    theirs, elsewhere = await orphan(services, "acme"), await orphan(services, "not-ours")
    await services.sent()
    await services.poll()
    assert said(caplog) == [(theirs, "acme")]
    assert elsewhere in services.oxen.jobs


async def test_what_is_on_its_way_is_no_orphan(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    """The provider lists it before our row knows its id."""
    await services.sent()
    held = services.oxen.faults.hold("enqueue")
    await services.order()
    await services.submitter.step()
    await held.reached.wait()
    await services.poll()
    await services.answered(held)
    await services.poll()
    assert said(caplog) == []


async def test_what_is_looked_up_is_no_orphan(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    """A real orphan beside it is said once everything else is known."""
    remote_id = await orphan(services)
    await services.sent()
    services.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    lost = await services.sent()
    assert await services.states(lost) == [S.UNKNOWN]
    await services.poll()
    assert said(caplog) == []
    await services.reconciler.step()
    assert await services.states(lost) == [S.QUEUED]
    await services.poll()
    assert said(caplog) == [(remote_id, None)]
