"""Work in our namespaces that no order owns: said once in the log, and never touched."""

import logging

import pytest

from bot.domain.ids import RemoteId
from bot.domain.provider import Ambiguous
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect
from tests.services.bench import GUILD, Bench, S

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))


async def orphan(bench: Bench, namespace: str | None = None) -> RemoteId:
    """Somebody orders by other means."""
    [remote_id] = await bench.oxen.enqueue(video_request("somebody else's prompt"), 1, namespace)
    return remote_id


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    """The orphans that were reported, each with its namespace."""
    found = [r for r in caplog.records if r.getMessage() == "stray generation"]
    assert all(r.levelno == logging.WARNING for r in found)
    return [(vars(r)["remote"], vars(r)["namespace"]) for r in found]


@EVERY_DIALECT
async def test_a_orphan_is_said_once_and_left_alone(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    remote_id = await orphan(bench)
    record = await bench.sent()
    for _ in range(3):
        await bench.poll()
    assert said(caplog) == [(remote_id, None)]
    another = await orphan(bench)
    await bench.poll()
    assert said(caplog) == [(remote_id, None), (another, None)]
    assert bench.oxen.count("cancel") == 0
    assert bench.oxen.jobs[remote_id].status == "queued"
    assert not (await bench.record(record)).ended


@EVERY_DIALECT
async def test_what_orders_own_is_no_orphan(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await bench.pays(GUILD, "acme")
    await bench.sent(video_request(count=4))
    over = await bench.sent()
    bench.oxen.start(await bench.remote_id(over))
    bench.clock.advance(hours=23)
    await bench.sent()
    for _ in range(3):
        await bench.poll()
    assert said(caplog) == []


async def test_each_namespace_is_looked_through(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await bench.pays(GUILD, "acme")
    theirs, elsewhere = await orphan(bench, "acme"), await orphan(bench, "not-ours")
    await bench.sent()
    await bench.poll()
    assert said(caplog) == [(theirs, "acme")]
    assert elsewhere in bench.oxen.jobs


async def test_what_is_on_its_way_is_no_orphan(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """The provider lists it before our row knows its id."""
    await bench.sent()
    held = bench.oxen.faults.hold("enqueue")
    await bench.order()
    await bench.submission.step()
    await held.reached.wait()
    await bench.poll()
    held.release.set()
    await bench.submission.pool.drain()
    await bench.poll()
    assert said(caplog) == []


async def test_what_is_looked_up_is_no_orphan(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A real orphan beside it is said once everything else is known."""
    remote_id = await orphan(bench)
    await bench.sent()
    bench.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    lost = await bench.sent()
    assert await bench.states(lost) == [S.UNKNOWN]
    await bench.poll()
    assert said(caplog) == []
    await bench.reconciliation.step()
    assert await bench.states(lost) == [S.QUEUED]
    await bench.poll()
    assert said(caplog) == [(remote_id, None)]
