"""The ledger follows what the provider says it charged, where it says it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import KeyRefused, Rejected, Unavailable
from bot.oxen.client import OxenClient
from bot.services.supervision import IDLE
from bot.services.wallet.costs import CostCollector
from bot.store.database import Database
from bot.store.wallet.ledger import Balance, Ledger
from sandbox.oxen.server import OxenSandbox
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY, video_request
from tests.fakes.oxen import COST, Dialect, FakeOxen
from tests.sandbox_oxen.support import Blank
from tests.services.kit import GUILD, MODERATOR, OTHER_GUILD, Services

BROWSE = pytest.mark.parametrize("dialect", [Dialect.BROWSE])
QUOTE = Decimal("0.3")


@pytest.fixture
def ledger(services: Services) -> Ledger:
    return services.ledger


@pytest.fixture
def costing(services: Services) -> CostCollector:
    return services.cost_collector


async def made(services: Services, count: int = 1, quote: Decimal | None = QUOTE) -> OrderRecord:
    record = await services.sent(replace(video_request(count=count), quote=quote))
    for remote_id in await services.remote_ids(record):
        services.oxen.finish(remote_id)
    await services.poll()
    return await services.record(record)


def spent(usd: Decimal) -> Balance:
    return Balance(spent=usd, reserved=Decimal(0))


@BROWSE
async def test_each_success_is_asked_for_once(services: Services, costing: CostCollector, ledger: Ledger) -> None:
    await made(services, 2)
    assert await ledger.balance(GUILD) == spent(QUOTE * 2)
    services.woken()
    assert await costing.step() == IDLE
    assert "cards" in services.woken()
    assert await ledger.balance(GUILD) == spent(COST * 2)
    assert services.oxen.count("cost") == 2
    assert await costing.step() == IDLE
    assert services.oxen.count("cost") == 2


@BROWSE
async def test_what_had_no_quote_has_a_cost_all_the_same(
    services: Services, costing: CostCollector, ledger: Ledger
) -> None:
    await made(services, quote=None)
    assert await ledger.balance(GUILD) == spent(Decimal(0))
    await costing.step()
    assert await ledger.balance(GUILD) == spent(COST)


@BROWSE
async def test_what_did_not_succeed_is_not_asked_for(services: Services, costing: CostCollector) -> None:
    record = await services.sent()
    services.oxen.fail(await services.remote_id(record))
    await services.poll()
    await services.sent()
    assert await costing.step() == IDLE
    assert services.oxen.count("cost") == 0


async def test_a_provider_that_does_not_tell_is_asked_again_for_a_day(
    services: Services, costing: CostCollector, ledger: Ledger
) -> None:
    await made(services)
    assert await costing.step() < IDLE
    assert await ledger.balance(GUILD) == spent(QUOTE)
    services.clock.advance(hours=25)
    assert await costing.step() == IDLE
    assert services.oxen.count("cost") == 1


async def test_it_is_asked_the_more_seldom_the_longer_it_does_not_tell(
    services: Services, costing: CostCollector
) -> None:
    await made(services)
    rests = list[timedelta]()
    while (rest := await costing.step()) != IDLE:
        rests.append(rest)
        services.clock.advance(rest)
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(seconds=20), timedelta(minutes=10))
    assert services.oxen.count("cost") < 24 * 60 / 10 * 1.5


@BROWSE
@pytest.mark.parametrize("error", [Unavailable("502"), KeyRefused(401, "no"), Rejected(400, "no")])
async def test_trouble_is_no_answer_and_is_tried_again(
    services: Services, costing: CostCollector, ledger: Ledger, error: Exception
) -> None:
    await made(services, 2)
    services.oxen.faults.fail("cost", error)
    assert await costing.step() < IDLE
    assert await ledger.balance(GUILD) != spent(COST * 2)
    assert await costing.step() == IDLE
    assert await ledger.balance(GUILD) == spent(COST * 2)


@BROWSE
async def test_a_provider_in_trouble_is_not_asked_for_all_the_others(
    services: Services, costing: CostCollector
) -> None:
    await made(services, 4)
    services.oxen.faults.fail("cost", Unavailable("502"), times=4)
    await costing.step()
    assert services.oxen.count("cost") == 1


@BROWSE
async def test_one_that_is_refused_for_ever_holds_nobody_up(
    services: Services, costing: CostCollector, ledger: Ledger
) -> None:
    await made(services, 3)
    services.oxen.faults.fail("cost", Rejected(400, "no"))
    assert await costing.step() < IDLE
    assert await ledger.balance(GUILD) == spent(COST * 2 + QUOTE)


# With the real client and the stand-in.


@pytest.fixture
async def sandbox(dialect: Dialect) -> AsyncIterator[OxenSandbox]:
    async with OxenSandbox(speed=1e9, dialect=dialect.value, renderer=Blank(), keys={KEY: None}) as running:
        yield running


@pytest.fixture
async def client(sandbox: OxenSandbox) -> AsyncIterator[OxenClient]:
    async with OxenClient(sandbox.url, KEY) as oxen:
        yield oxen


@pytest.fixture
async def real(
    db: Database, client: OxenClient, clock: ManualClock, messenger: FakeMessenger, tmp_path: Path
) -> Services:
    return Services(db, clock, client, messenger, tmp_path / "on-the-way")  # type: ignore[arg-type]


async def made_there(real: Services, sandbox: OxenSandbox, quote: Decimal | None) -> RemoteId:
    record = await real.sent(replace(video_request(duration=10), quote=quote))
    remote_id = await real.remote_id(record)
    await sandbox.finished(remote_id)
    await real.poll()
    return remote_id


@BROWSE
@pytest.mark.parametrize("quote", [Decimal("0.7"), Decimal(1), None])
async def test_the_books_say_what_the_stand_in_charged(
    real: Services, sandbox: OxenSandbox, client: OxenClient, ledger: Ledger, quote: Decimal | None
) -> None:
    await made_there(real, sandbox, quote)
    assert await real.cost_collector.step() == IDLE
    assert await ledger.balance(GUILD) == spent(Decimal("0.7"))
    assert sandbox.ledger.account("sandbox").total == Decimal("0.7")


async def test_a_dialect_without_a_history_is_not_asked(
    real: Services, sandbox: OxenSandbox, client: OxenClient, ledger: Ledger
) -> None:
    await made_there(real, sandbox, Decimal("0.7"))
    before = dict(sandbox.traffic.counts)
    assert await real.cost_collector.step() < IDLE
    assert dict(sandbox.traffic.counts) == before
    assert await ledger.balance(GUILD) == spent(Decimal("0.7"))


@BROWSE
async def test_one_key_in_trouble_does_not_hold_up_the_others(
    services: Services, clock: ManualClock, ledger: Ledger
) -> None:
    theirs = FakeOxen(clock, Dialect.BROWSE, name="theirs")
    services = services.again(known={KEY: theirs})
    await services.accounts.set_key(OTHER_GUILD, KEY, MODERATOR)
    for guild, oxen in ((OTHER_GUILD, theirs), (GUILD, services.oxen)):
        record = await services.sent(replace(video_request(count=2), quote=QUOTE), guild)
        for remote_id in await services.remote_ids(record):
            oxen.finish(remote_id)
    await services.poll()
    theirs.faults.fail("cost", KeyRefused(401, "no"), times=100)
    costing = services.cost_collector
    assert await costing.step() < IDLE
    assert (await ledger.balance(GUILD), await ledger.balance(OTHER_GUILD)) == (spent(COST * 2), spent(QUOTE * 2))
    assert theirs.count("cost") == 1
    theirs.faults.clear()
    assert await costing.step() == IDLE
    assert await ledger.balance(OTHER_GUILD) == spent(COST * 2)


@BROWSE
async def test_what_was_ordered_by_a_key_that_is_gone_is_not_asked_for(
    services: Services, clock: ManualClock, ledger: Ledger
) -> None:
    theirs = FakeOxen(clock, Dialect.BROWSE, name="theirs")
    services = services.again(known={KEY: theirs})
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    record = await services.sent(replace(video_request(), quote=QUOTE))
    theirs.finish(await services.remote_id(record))
    await services.poll()
    await services.accounts.left(GUILD)
    assert await services.cost_collector.step() == IDLE
    assert await ledger.balance(GUILD) == spent(QUOTE)
