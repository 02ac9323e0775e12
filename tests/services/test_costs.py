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
from bot.services.policy import TIMING
from bot.services.supervision import IDLE
from bot.store.database import Database
from bot.store.wallet.ledger import Balance
from sandbox.oxen.server import OxenSandbox
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY, video_request
from tests.fakes.oxen import COST, Dialect
from tests.sandbox_oxen.support import Blank
from tests.services.kit import BROWSE, GUILD, OTHER_GUILD, Services

QUOTE = Decimal("0.3")


async def made(services: Services, count: int = 1, quote: Decimal | None = QUOTE) -> OrderRecord:
    record = await services.sent(replace(video_request(count=count), quote=quote))
    for remote_id in await services.remote_ids(record):
        services.oxen.finish(remote_id)
    await services.poll()
    return await services.record(record)


def spent(usd: Decimal) -> Balance:
    return Balance(spent=usd, reserved=Decimal(0))


@BROWSE
async def test_each_success_is_asked_for_once(services: Services) -> None:
    await made(services, 2)
    assert await services.ledger.balance(GUILD) == spent(QUOTE * 2)
    services.woken()
    assert await services.cost_collector.step() == IDLE
    assert "cards" in services.woken()
    assert await services.ledger.balance(GUILD) == spent(COST * 2)
    assert services.oxen.count("cost") == 2
    assert await services.cost_collector.step() == IDLE
    assert services.oxen.count("cost") == 2


@pytest.mark.parametrize("dialect", [Dialect.BROWSE, Dialect.PERSISTENT])
async def test_the_end_and_its_cost_are_one_edit_of_the_card(services: Services, dialect: Dialect) -> None:
    record = await services.sent()
    await services.order_service.card_shown(record)
    services.oxen.finish(await services.remote_id(record))
    await services.poll()
    assert await services.redraw() == TIMING.card_cost
    await services.cost_collector.step()
    await services.redraw()
    (drawn,) = services.messenger.redrawn
    assert drawn.ended
    assert drawn.charged == (COST if dialect is Dialect.BROWSE else None)
    assert await services.redraw() == IDLE


@BROWSE
async def test_a_card_does_not_wait_for_its_cost_for_long(services: Services) -> None:
    record = await services.sent()
    await services.order_service.card_shown(record)
    services.oxen.finish(await services.remote_id(record))
    await services.poll()
    services.clock.advance(TIMING.card_cost)
    await services.redraw()
    assert [drawn.charged for drawn in services.messenger.redrawn] == [None]
    await services.cost_collector.step()
    services.clock.advance(TIMING.card)
    await services.redraw()
    assert [drawn.charged for drawn in services.messenger.redrawn] == [None, COST]


@BROWSE
async def test_what_did_not_succeed_is_not_asked_for(services: Services) -> None:
    record = await services.sent()
    services.oxen.fail(await services.remote_id(record))
    await services.poll()
    await services.sent()
    assert await services.cost_collector.step() == IDLE
    assert services.oxen.count("cost") == 0


async def test_a_provider_that_does_not_tell_is_asked_again_for_a_day_ever_more_seldom(services: Services) -> None:
    await made(services)
    began, rests = services.clock.now(), list[timedelta]()
    while (rest := await services.cost_collector.step()) != IDLE:
        rests.append(rest)
        services.clock.advance(rest)
    assert timedelta(hours=24) <= services.clock.now() - began <= timedelta(hours=25)
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(seconds=20), timedelta(minutes=10))
    assert services.oxen.count("cost") < 24 * 60 / 10 * 1.5
    assert await services.ledger.balance(GUILD) == spent(QUOTE)


@BROWSE
@pytest.mark.parametrize(
    ("error", "asked"), [(Unavailable("502"), 1), (KeyRefused(401, "no"), 1), (Rejected(400, "no"), 3)]
)
async def test_trouble_is_no_answer_and_is_tried_again(services: Services, error: Exception, asked: int) -> None:
    """What concerns the key is not asked for all the others; what concerns one holds no other up."""
    await made(services, 3)
    services.oxen.faults.fail("cost", error)
    assert await services.cost_collector.step() < IDLE
    assert services.oxen.count("cost") == asked
    assert await services.ledger.balance(GUILD) == spent(COST * (asked - 1) + QUOTE * (4 - asked))
    assert await services.cost_collector.step() == IDLE
    assert await services.ledger.balance(GUILD) == spent(COST * 3)


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
    real: Services, sandbox: OxenSandbox, quote: Decimal | None
) -> None:
    await made_there(real, sandbox, quote)
    assert await real.cost_collector.step() == IDLE
    assert await real.ledger.balance(GUILD) == spent(Decimal("0.7"))
    assert sandbox.ledger.account("sandbox").total == Decimal("0.7")


async def test_a_dialect_without_a_history_is_not_asked(real: Services, sandbox: OxenSandbox) -> None:
    await made_there(real, sandbox, Decimal("0.7"))
    before = dict(sandbox.traffic.counts)
    assert await real.cost_collector.step() < IDLE
    assert dict(sandbox.traffic.counts) == before
    assert await real.ledger.balance(GUILD) == spent(Decimal("0.7"))


@BROWSE
async def test_one_key_in_trouble_does_not_hold_up_the_others(services: Services) -> None:
    services, theirs = await services.with_key(OTHER_GUILD, Dialect.BROWSE)
    for guild, oxen in ((GUILD, services.oxen), (OTHER_GUILD, theirs)):
        record = await services.sent(replace(video_request(count=2), quote=QUOTE), guild)
        for remote_id in await services.remote_ids(record):
            oxen.finish(remote_id)
        await services.poll()  # theirs ends last, and what ended last is asked for first
    theirs.faults.fail("cost", KeyRefused(401, "no"), times=100)
    assert await services.cost_collector.step() < IDLE
    assert (await services.ledger.balance(GUILD), await services.ledger.balance(OTHER_GUILD)) == (
        spent(COST * 2),
        spent(QUOTE * 2),
    )
    assert theirs.count("cost") == 1
    theirs.faults.clear()
    assert await services.cost_collector.step() == IDLE
    assert await services.ledger.balance(OTHER_GUILD) == spent(COST * 2)


@BROWSE
async def test_what_was_ordered_by_a_key_that_is_gone_is_not_asked_for(services: Services) -> None:
    services, theirs = await services.with_key(GUILD, Dialect.BROWSE)
    record = await services.sent(replace(video_request(), quote=QUOTE))
    theirs.finish(await services.remote_id(record))
    await services.poll()
    await services.accounts.left(GUILD)
    assert await services.cost_collector.step() == IDLE
    assert await services.ledger.balance(GUILD) == spent(QUOTE)
