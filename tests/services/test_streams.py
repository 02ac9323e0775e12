"""A stream for each key by which something is under way. What becomes of one is nothing to the others."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.orders.payer import fingerprint
from bot.domain.provider import Completed, KeyRefused, Unavailable
from bot.services.supervision import IDLE
from bot.store.database import Database
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.oxen import Dialect, FakeOxen
from tests.services.bench import GUILD, MODERATOR, OTHER_GUILD, POLL, POLL_QUIET, Bench, S, until

FIRST, SECOND = "first-key-of-a-server", "second-key-of-a-server"
FIRST_ID, SECOND_ID = fingerprint(FIRST), fingerprint(SECOND)


@pytest.fixture
def first(clock: ManualClock, dialect: Dialect) -> FakeOxen:
    return FakeOxen(clock, dialect, name="first")


@pytest.fixture
def second(clock: ManualClock, dialect: Dialect) -> FakeOxen:
    return FakeOxen(clock, dialect, name="second")


@pytest.fixture
async def bench(
    db: Database,
    clock: ManualClock,
    oxen: FakeOxen,
    first: FakeOxen,
    second: FakeOxen,
    messenger: FakeMessenger,
    tmp_path: Path,
) -> Bench:
    """Two guilds, each with a key of its own."""
    bench = Bench(db, clock, oxen, messenger, tmp_path / "on-the-way", {FIRST: first, SECOND: second})
    await bench.accounts.set_key(GUILD, FIRST, MODERATOR)
    await bench.accounts.set_key(OTHER_GUILD, SECOND, MODERATOR)
    for each in (oxen, first, second):
        each.calls.clear()
    return bench


@asynccontextmanager
async def listening(bench: Bench) -> AsyncGenerator[None]:
    """Every stream that is needed, connected."""
    await bench.streams.step()
    await until(lambda: all(bench.tracking.hears(key) for key in bench.streams.open))
    try:
        yield
    finally:
        await bench.streams.dismiss()


async def test_a_stream_is_open_while_something_is_under_way(bench: Bench, first: FakeOxen, second: FakeOxen) -> None:
    assert await bench.streams.step() == IDLE
    assert bench.streams.open == frozenset()
    record = await bench.order()  # before it is sent: what is quick is over before anybody else would listen
    async with listening(bench):
        assert bench.streams.open == {FIRST_ID}
        assert (first.count("events"), second.count("events")) == (1, 0)
        await bench.send()
        await bench.streams.step()
        assert first.count("events") == 1
        first.finish(await bench.remote_id(record))
        await until(lambda: bool(bench.tracking._hints))
        await bench.tracking.step()
        assert await bench.states(record) == [S.SUCCEEDED]
        await bench.streams.step()
        assert bench.streams.open == frozenset()
        assert not bench.tracking.hears(FIRST_ID)


async def test_guilds_with_the_same_key_share_one_stream(bench: Bench, first: FakeOxen) -> None:
    await bench.accounts.set_key(OTHER_GUILD, FIRST, MODERATOR)
    await bench.sent()
    await bench.sent(guild=OTHER_GUILD)
    async with listening(bench):
        assert bench.streams.open == {FIRST_ID}
        assert first.count("events") == 1


@pytest.mark.parametrize("error", [Unavailable("refused"), KeyRefused(401, "no"), RuntimeError("a bug")])
async def test_a_stream_that_fails_does_not_disturb_the_others(
    bench: Bench, first: FakeOxen, second: FakeOxen, error: Exception
) -> None:
    ours, theirs = await bench.sent(), await bench.sent(guild=OTHER_GUILD)
    first.faults.fail("events", error, times=100)
    await bench.streams.step()
    try:
        await until(lambda: bench.tracking.hears(SECOND_ID) and bool(first.count("events")))
        assert bench.streams.open == {FIRST_ID, SECOND_ID}
        assert not bench.tracking.hears(FIRST_ID)
        second.finish(await bench.remote_id(theirs))
        await until(lambda: bool(bench.tracking._hints))
        await bench.tracking.step()
        assert await bench.states(theirs) == [S.SUCCEEDED]
        assert await bench.states(ours) == [S.QUEUED]
    finally:
        await bench.streams.dismiss()


async def test_each_key_is_listed_at_the_pace_of_its_own_stream(
    bench: Bench, first: FakeOxen, second: FakeOxen
) -> None:
    await bench.sent()
    await bench.sent(guild=OTHER_GUILD)
    first.faults.fail("events", Unavailable("refused"), times=100)
    await bench.streams.step()
    try:
        await until(lambda: bench.tracking.hears(SECOND_ID))
        await bench.tracking.step()
        for oxen in (first, second):
            oxen.calls.clear()
        for _ in range(int(POLL_QUIET / POLL)):
            bench.clock.advance(POLL)
            await bench.tracking.step()
        assert (first.count("list"), second.count("list")) == (POLL_QUIET / POLL, 1)
        assert bench.oxen.calls == []  # nothing is under way by the operator's key
    finally:
        await bench.streams.dismiss()


async def test_what_one_stream_says_of_anothers_work_is_not_believed(
    bench: Bench, first: FakeOxen, second: FakeOxen
) -> None:
    record = await bench.sent()
    remote_id = await bench.remote_id(record)
    first.calls.clear()
    lie = Completed(id=remote_id, succeeded=True, url="https://results.invalid/not-theirs.mp4")
    for key in (SECOND_ID, None):
        bench.tracking.hint(lie, key)
        await bench.tracking.step()
    assert await bench.states(record) == [S.QUEUED]
    assert first.calls == second.calls == []
    assert len(bench.tracking._hints) == 0


async def test_a_stream_ends_with_the_process(bench: Bench) -> None:
    await bench.sent()
    async with listening(bench):
        tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("events ")]
        assert len(tasks) == 1
    with contextlib.suppress(asyncio.CancelledError):
        await tasks[0]
    assert not bench.tracking.hears(FIRST_ID)
