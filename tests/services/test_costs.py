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
from bot.services.wallet.costs import MANY, SPARE
from bot.store.database import Database
from sandbox.oxen.server import OxenSandbox
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY, PROMPT, at, video_request
from tests.fakes.oxen import COST, Dialect
from tests.sandbox_oxen.support import Blank
from tests.services.kit import BROWSE, GUILD, OTHER_GUILD, Services
from tests.store.kit import Balance, balance_of

QUOTE = Decimal("0.3")


async def made(services: Services, count: int = 1, quote: Decimal | None = QUOTE) -> OrderRecord:
    record = await services.sent(replace(video_request(count=count), estimate=at(quote)))
    for remote_id in await services.remote_ids(record):
        services.oxen.finish(remote_id)
    await services.poll()
    return await services.record(record)


def spent(usd: Decimal) -> Balance:
    return Balance(spent=usd, reserved=Decimal(0))


@BROWSE
async def test_each_success_is_asked_for_once(services: Services) -> None:
    await made(services, 2)
    assert await balance_of(services.db, GUILD) == spent(QUOTE * 2)
    services.woken()
    assert await services.cost_collector.step() == IDLE
    assert services.woken() == {"notices"}
    assert await balance_of(services.db, GUILD) == spent(COST * 2)
    assert services.oxen.count("costs") == 1
    services.clock.advance(minutes=1)
    assert await services.cost_collector.step() == IDLE
    assert (services.oxen.count("costs"), services.oxen.count("cost")) == (1, 0)


@pytest.mark.parametrize("dialect", [Dialect.BROWSE, Dialect.PERSISTENT])
async def test_the_end_and_its_cost_are_one_edit_of_the_card(services: Services, dialect: Dialect) -> None:
    record = await services.sent()
    services.order_service.card_shown(record)
    services.oxen.finish(await services.remote_id(record))
    await services.poll()
    assert await services.redraw() == TIMING.card_cost
    await services.cost_collector.step()
    await services.deliver()
    await services.redraw()
    (drawn,) = services.messenger.redrawn
    assert drawn.ended
    assert len(drawn.told) == 1
    assert (drawn.booked is not None and drawn.booked.told) is (dialect is Dialect.BROWSE)
    assert await services.redraw() == IDLE


@BROWSE
@pytest.mark.parametrize("told_first", [True, False])
async def test_cards_are_woken_once_neither_post_nor_cost_is_waited_for(services: Services, told_first: bool) -> None:
    await made(services)
    first, second = services.deliver, services.cost_collector.step
    if not told_first:
        first, second = second, first
    services.woken()
    await first()
    assert "cards" not in services.woken()
    await second()
    assert "cards" in services.woken()


@BROWSE
async def test_a_cost_is_told_at_once_where_another_process_draws_the_cards(services: Services) -> None:
    services.background.held_cards.leave_to_others()
    await made(services)
    services.woken()
    await services.cost_collector.step()
    assert "cards" in services.woken()


@BROWSE
async def test_a_card_does_not_wait_for_its_cost_for_long(services: Services) -> None:
    record = await services.sent()
    services.order_service.card_shown(record)
    services.oxen.finish(await services.remote_id(record))
    await services.poll()
    services.clock.advance(TIMING.card_cost)
    await services.redraw()
    assert [drawn.booked is not None and drawn.booked.told for drawn in services.messenger.redrawn] == [False]
    await services.cost_collector.step()
    services.clock.advance(TIMING.card)
    await services.redraw()
    assert [drawn.booked is not None and drawn.booked.told for drawn in services.messenger.redrawn] == [False, True]


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
    assert await balance_of(services.db, GUILD) == spent(QUOTE)


@BROWSE
@pytest.mark.parametrize("error", [Unavailable("502"), KeyRefused(401, "no"), Rejected(400, "no")])
async def test_trouble_is_no_answer_and_is_tried_again(services: Services, error: Exception) -> None:
    await made(services, 3)
    services.oxen.faults.fail("costs", error)
    rest = await services.cost_collector.step()
    assert timedelta() < rest < IDLE
    assert await balance_of(services.db, GUILD) == spent(QUOTE * 3)
    services.clock.advance(rest)
    assert await services.cost_collector.step() == IDLE
    assert await balance_of(services.db, GUILD) == spent(COST * 3)


@BROWSE
async def test_what_is_not_among_the_newest_is_asked_for_by_itself(services: Services) -> None:
    """Others may use the namespace more than Drover does."""
    record = await made(services, 2)
    (old, _), others = await services.remote_ids(record), dict(services.oxen.jobs)
    del services.oxen.jobs[old]
    rest = await services.cost_collector.step()
    assert await balance_of(services.db, GUILD) == spent(COST + QUOTE)
    services.oxen.jobs |= others
    services.clock.advance(rest)
    services.oxen.calls.clear()
    assert await services.cost_collector.step() == IDLE
    assert services.oxen.calls == [("cost", old)]
    assert await balance_of(services.db, GUILD) == spent(COST * 2)


@BROWSE
async def test_what_many_cost_is_asked_for_once_they_are_many(services: Services) -> None:
    """Where little is made it is asked for at once, a few times; then it waits, but not for long."""
    began = services.clock.now()
    for number in range(MANY):
        await services.made(replace(video_request(f"{PROMPT} {number}"), estimate=at(QUOTE)))
        await services.cost_collector.step()
        services.clock.advance(seconds=1)
    spare = 1 + (services.clock.now() - began) / TIMING.costs_spare
    assert services.oxen.count("costs") <= SPARE + spare
    services.clock.advance(minutes=30)
    await services.cost_collector.step()
    assert await balance_of(services.db, GUILD) == spent(COST * MANY)


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
    record = await real.sent(replace(video_request(duration=10), estimate=at(quote)))
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
    assert await balance_of(real.db, GUILD) == spent(Decimal("0.7"))
    assert sandbox.ledger.account("sandbox").total == Decimal("0.7")


async def test_a_dialect_without_a_history_is_not_asked(real: Services, sandbox: OxenSandbox) -> None:
    await made_there(real, sandbox, Decimal("0.7"))
    before = dict(sandbox.traffic.counts)
    assert await real.cost_collector.step() < IDLE
    assert dict(sandbox.traffic.counts) == before
    assert await balance_of(real.db, GUILD) == spent(Decimal("0.7"))


@BROWSE
async def test_one_key_in_trouble_does_not_hold_up_the_others(services: Services) -> None:
    services, theirs = await services.with_key(OTHER_GUILD, Dialect.BROWSE)
    for guild, oxen in ((GUILD, services.oxen), (OTHER_GUILD, theirs)):
        record = await services.sent(replace(video_request(count=2), estimate=at(QUOTE)), guild)
        for remote_id in await services.remote_ids(record):
            oxen.finish(remote_id)
        await services.poll()  # theirs ends last, and what ended last is asked for first
    theirs.faults.fail("costs", KeyRefused(401, "no"), times=100)
    rest = await services.cost_collector.step()
    assert rest < IDLE
    assert (await balance_of(services.db, GUILD), await balance_of(services.db, OTHER_GUILD)) == (
        spent(COST * 2),
        spent(QUOTE * 2),
    )
    assert theirs.count("costs") == 1
    theirs.faults.clear()
    services.clock.advance(rest)
    assert await services.cost_collector.step() == IDLE
    assert await balance_of(services.db, OTHER_GUILD) == spent(COST * 2)


@BROWSE
async def test_what_was_ordered_by_a_key_that_is_gone_is_not_asked_for(services: Services) -> None:
    services, theirs = await services.with_key(GUILD, Dialect.BROWSE)
    record = await services.sent(replace(video_request(), estimate=at(QUOTE)))
    theirs.finish(await services.remote_id(record))
    await services.poll()
    await services.accounts.left(GUILD)
    assert await services.cost_collector.step() == IDLE
    assert await balance_of(services.db, GUILD) == spent(QUOTE)
