"""Work in our namespaces that no order owns: said once in the log, and never touched."""

import logging

import pytest

from bot.domain.ids import RemoteId
from bot.domain.provider import Ambiguous
from tests.fakes.orders import video_request
from tests.fakes.oxen import Dialect
from tests.services.kit import GUILD, S, Services

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))


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
    held.release.set()
    await services.submitter.pool.drain()
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
