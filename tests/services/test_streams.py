"""A stream for each key by which something is under way. What becomes of one is nothing to the others."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.orders.payer import fingerprint
from bot.domain.provider import Completed, KeyRefused, Provider, Unavailable
from bot.services.supervision import IDLE
from tests.fakes.clock import ManualClock
from tests.fakes.oxen import Dialect, FakeOxen
from tests.services.kit import EPHEMERAL, GUILD, MODERATOR, OTHER_GUILD, POLL, POLL_QUIET, S, Services, until

FIRST, SECOND = "first-key-of-a-server", "second-key-of-a-server"
FIRST_ID, SECOND_ID = fingerprint(FIRST), fingerprint(SECOND)


@pytest.fixture
def first(clock: ManualClock, dialect: Dialect) -> FakeOxen:
    return FakeOxen(clock, dialect, name="first")


@pytest.fixture
def second(clock: ManualClock, dialect: Dialect) -> FakeOxen:
    return FakeOxen(clock, dialect, name="second")


@pytest.fixture
def known(first: FakeOxen, second: FakeOxen) -> dict[str, Provider]:
    return {FIRST: first, SECOND: second}


@pytest.fixture
async def services(services: Services, oxen: FakeOxen, first: FakeOxen, second: FakeOxen) -> Services:
    """Two guilds, each with a key of its own."""
    await services.accounts.set_key(GUILD, FIRST, MODERATOR)
    await services.accounts.set_key(OTHER_GUILD, SECOND, MODERATOR)
    for each in (oxen, first, second):
        each.calls.clear()
    return services


@asynccontextmanager
async def listening(services: Services) -> AsyncGenerator[None]:
    """Every stream that is needed, connected."""
    await services.key_listeners.step()
    await until(lambda: all(services.inbox.of(key).up for key in services.key_listeners.open))
    try:
        yield
    finally:
        await services.key_listeners.dismiss()


async def test_a_stream_is_open_while_something_is_under_way(
    services: Services, first: FakeOxen, second: FakeOxen
) -> None:
    assert await services.key_listeners.step() == IDLE
    assert services.key_listeners.open == frozenset()
    record = await services.order()  # before it is sent: what is quick is over before anybody else would listen
    async with listening(services):
        assert services.key_listeners.open == {FIRST_ID}
        assert (first.count("events"), second.count("events")) == (1, 0)
        await services.send()
        await services.key_listeners.step()
        assert first.count("events") == 1
        first.finish(await services.remote_id(record))
        await until(lambda: bool(services.inbox))
        await services.track()
        assert await services.states(record) == [S.SUCCEEDED]
        await services.key_listeners.step()
        assert services.key_listeners.open == frozenset()
        assert not services.inbox.of(FIRST_ID).up


async def test_guilds_with_the_same_key_share_one_stream(services: Services, first: FakeOxen) -> None:
    await services.accounts.set_key(OTHER_GUILD, FIRST, MODERATOR)
    await services.sent()
    await services.sent(guild=OTHER_GUILD)
    async with listening(services):
        assert services.key_listeners.open == {FIRST_ID}
        assert first.count("events") == 1


@pytest.mark.parametrize("error", [Unavailable("refused"), KeyRefused(401, "no"), RuntimeError("a bug")])
async def test_a_stream_that_fails_does_not_disturb_the_others(
    services: Services, first: FakeOxen, second: FakeOxen, error: Exception
) -> None:
    ours, theirs = await services.sent(), await services.sent(guild=OTHER_GUILD)
    first.faults.fail("events", error, times=100)
    await services.key_listeners.step()
    try:
        await until(lambda: services.inbox.of(SECOND_ID).up and bool(first.count("events")))
        assert services.key_listeners.open == {FIRST_ID, SECOND_ID}
        assert not services.inbox.of(FIRST_ID).up
        second.finish(await services.remote_id(theirs))
        await until(lambda: bool(services.inbox))
        await services.track()
        assert await services.states(theirs) == [S.SUCCEEDED]
        assert await services.states(ours) == [S.QUEUED]
    finally:
        await services.key_listeners.dismiss()


async def test_each_key_is_listed_at_the_pace_of_its_own_stream(
    services: Services, first: FakeOxen, second: FakeOxen
) -> None:
    await services.sent()
    await services.sent(guild=OTHER_GUILD)
    first.faults.fail("events", Unavailable("refused"), times=100)
    await services.key_listeners.step()
    try:
        await until(lambda: services.inbox.of(SECOND_ID).up)
        await services.track()
        for oxen in (first, second):
            oxen.calls.clear()
        for _ in range(int(POLL_QUIET / POLL)):
            services.clock.advance(POLL)
            await services.track()
        assert (first.count("list"), second.count("list")) == (POLL_QUIET / POLL, 0)
        assert services.oxen.calls == []  # nothing is under way by the operator's key
    finally:
        await services.key_listeners.dismiss()


async def test_what_one_stream_says_of_anothers_work_is_not_believed(
    services: Services, first: FakeOxen, second: FakeOxen
) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    first.calls.clear()
    lie = Completed(id=remote_id, succeeded=True, url="https://results.invalid/not-theirs.mp4")
    for key in (SECOND_ID, None):
        services.inbox.add(lie, key)
        await services.track()
    assert await services.states(record) == [S.QUEUED]
    assert first.calls == second.calls == []
    assert len(services.inbox) == 0


@EPHEMERAL
async def test_what_the_stream_of_a_key_said_counts_when_a_cancel_comes_too_late(
    services: Services, first: FakeOxen
) -> None:
    record = await services.sent()
    remote_id = await services.remote_id(record)
    await services.cancel(record)
    first.finish(remote_id, announce=False)
    services.inbox.add(Completed(id=remote_id, succeeded=True, url=first.url(remote_id)), FIRST_ID)
    await services.canceller.step()
    await services.track()
    assert await services.states(record) == [S.SUCCEEDED]


async def test_a_stream_ends_with_the_process(services: Services) -> None:
    await services.sent()
    async with listening(services):
        tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("events ")]
        assert len(tasks) == 1
    with contextlib.suppress(asyncio.CancelledError):
        await tasks[0]
    assert not services.inbox.of(FIRST_ID).up


class Dies(BaseException):
    """Nothing that a step could raise."""


async def test_a_stream_whose_loop_died_is_no_secret_and_opened_anew(services: Services, first: FakeOxen) -> None:
    await services.sent()
    first.faults.fail("events", Dies())
    await services.key_listeners.step()
    (task,) = [task for task in asyncio.all_tasks() if task.get_name().startswith("events ")]
    await until(task.done)
    with pytest.raises(Dies):
        await services.key_listeners.step()
    async with listening(services):
        assert services.inbox.of(FIRST_ID).up
