"""A second life on a copy of the first one's rows: whatever the first did since the copy is not done again."""

import contextlib
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import Ambiguous
from bot.services.ordering.reconciler import ABSENT_AFTER
from bot.store.backup import backup, restore
from bot.store.database import SqliteDatabase
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import video_request
from tests.fakes.oxen import FakeOxen
from tests.services.conftest import MIGRATIONS
from tests.services.kit import GRACE, S, Services


@dataclass
class Lives:
    """One database file, one life on it at a time; Oxen and the channel outlast them all."""

    folder: Path
    clock: ManualClock
    oxen: FakeOxen
    messenger: FakeMessenger
    services: Services
    stack: contextlib.AsyncExitStack

    @property
    def file(self) -> Path:
        return self.folder / "drover.sqlite3"

    @property
    def copy(self) -> Path:
        return self.folder / "copy"

    async def begin(self) -> Services:
        """A process starts on the rows."""
        db = await self.stack.enter_async_context(SqliteDatabase(self.file))
        self.services = Services(db, self.clock, self.oxen, self.messenger, self.folder / "on-the-way")
        await self.services.engine.recover()
        return self.services

    async def end(self) -> None:
        await self.services.background.dismiss(timedelta())
        await self.stack.aclose()

    def save(self) -> None:
        backup(self.file, self.copy)

    async def back_to_the_copy(self) -> Services:
        """Hours later the copy takes the place of the database."""
        await self.end()
        self.clock.advance(hours=2)
        restore(self.copy, self.file, MIGRATIONS, self.clock.now())
        return await self.begin()

    def shown(self, record: OrderRecord) -> Counter[int]:
        """How often the channel shows each output, by ordinal."""
        return Counter(g.ordinal for m in self.services.posted(record) for g in m.outgoing.post.generations)


@pytest.fixture
async def lives(migrated: Path, tmp_path: Path, clock: ManualClock, oxen: FakeOxen) -> AsyncIterator[Lives]:
    folder = tmp_path / "lives"
    folder.mkdir()
    shutil.copy(migrated, folder / "drover.sqlite3")
    async with contextlib.AsyncExitStack() as stack:
        made = Lives(folder, clock, oxen, FakeMessenger(clock), None, stack)  # type: ignore[arg-type]
        await made.begin()
        yield made
        await made.end()


async def make(services: Services, record: OrderRecord, *ordinals: int) -> None:
    """These outputs are made, and the rows learn of it."""
    remote = await services.remote_ids(record)
    for ordinal in ordinals:
        services.oxen.finish(remote[ordinal - 1])
    await services.poll()


async def post_what_is_due(services: Services) -> None:
    services.clock.advance(GRACE)
    await services.deliver()


async def to_the_end(services: Services) -> None:
    """Everything that the loops would do, until nothing is left to do."""
    for _ in range(4):
        await services.send()
        await services.reconciler.step()
        await services.poll()
        await post_what_is_due(services)
    assert await services.posts.open() == []


# One output, saved at any moment of its life.


async def intended(lives: Lives) -> OrderRecord:
    return await lives.services.order()


async def sending(lives: Lives) -> OrderRecord:
    held = lives.oxen.faults.hold("enqueue", before=True)
    record = await lives.services.order()
    await lives.services.submitter.step()
    await held.reached.wait()
    lives.save()
    held.release.set()
    await lives.services.submitter.pool.drain()
    return record


async def unknown(lives: Lives) -> OrderRecord:
    lives.oxen.faults.fail("enqueue", Ambiguous("timeout"), after=True)
    return await lives.services.sent()


async def queued(lives: Lives) -> OrderRecord:
    return await lives.services.sent()


async def made(lives: Lives) -> OrderRecord:
    record = await lives.services.sent()
    await make(lives.services, record, 1)
    return record


async def tried(lives: Lives) -> OrderRecord:
    record = await made(lives)
    lives.messenger.faults.fail("post", TryLater("502"))
    await lives.services.deliver()
    return record


@pytest.mark.parametrize("when", [intended, sending, unknown, queued, made, tried])
async def test_what_the_first_life_did_is_not_done_again(
    lives: Lives, when: Callable[[Lives], Awaitable[OrderRecord]]
) -> None:
    record = await when(lives)
    if not lives.copy.exists():
        lives.save()
    services = lives.services
    await services.send()
    await services.reconciler.step()
    (remote_id,) = lives.oxen.jobs
    lives.oxen.finish(remote_id)
    await to_the_end(services)
    assert lives.shown(record) == {1: 1}
    services = await lives.back_to_the_copy()
    await to_the_end(services)
    assert await services.states(record) == [S.SUCCEEDED]
    assert lives.oxen.count("enqueue") == 1
    assert lives.shown(record) == {1: 1}
    assert lives.messenger.attempts == (2 if when is tried else 1)


async def test_what_was_never_sent_is_said_to_be_absent(lives: Lives) -> None:
    """Nobody knows whether it was: it is looked up for a while, and never simply sent."""
    record = await intended(lives)
    lives.save()
    services = await lives.back_to_the_copy()
    await services.send()
    await services.reconciler.step()
    services.clock.advance(ABSENT_AFTER)
    await to_the_end(services)
    assert await services.states(record) == [S.ABSENT]
    assert lives.oxen.count("enqueue") == 0
    assert len(services.posted(record)) == 1


@pytest.mark.parametrize("told", [True, False])
async def test_a_failure_is_told_once(lives: Lives, told: bool) -> None:
    record = await lives.services.sent()
    lives.save()
    lives.oxen.fail(await lives.services.remote_id(record))
    if told:
        await to_the_end(lives.services)
    services = await lives.back_to_the_copy()
    await to_the_end(services)
    assert await services.states(record) == [S.FAILED]
    assert lives.shown(record) == {1: 1}


# Four outputs, told in other parts than the rows of the copy would tell them in.


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ([], [[1, 2, 3, 4]]),
        ([], [[1, 2], [3], [4]]),
        ([], [[4], [2]]),
        ([1], [[1], [2, 3, 4]]),
        ([1], [[2, 3, 4]]),
        ([2, 3], [[1, 2], [3], [4]]),
        ([2, 3], [[4], [2]]),
        ([2, 3], []),
    ],
    ids=str,
)
async def test_each_output_is_shown_once_whatever_the_parts(
    lives: Lives, before: list[int], first: list[list[int]]
) -> None:
    """`before`: what had ended, and waited for the others, when the copy was made. `first`: what was posted since."""
    record = await lives.services.sent(video_request(count=4))
    if before:
        await make(lives.services, record, *before)
    lives.save()
    for part in first:
        await make(lives.services, record, *(n for n in part if n not in before))
        await post_what_is_due(lives.services)
    services = await lives.back_to_the_copy()
    services.messenger.attempts = 0
    for remote_id in await services.remote_ids(record):
        if lives.oxen.jobs[remote_id].status != "succeeded":
            lives.oxen.finish(remote_id)
    await to_the_end(services)
    assert await services.states(record) == [S.SUCCEEDED] * 4
    assert lives.shown(record) == dict.fromkeys((1, 2, 3, 4), 1)


async def test_killed_between_the_rest_and_its_row(lives: Lives) -> None:
    """What the first life had not posted was posted by the second, which died before it could write that down."""
    record = await lives.services.sent(video_request(count=2))
    lives.save()
    await make(lives.services, record, 1)
    await post_what_is_due(lives.services)
    services = await lives.back_to_the_copy()
    await make(services, record, 2)
    held = lives.messenger.faults.hold("post")
    services.clock.advance(GRACE)
    await services.delivery.step()
    await held.reached.wait()
    await lives.end()
    services = await lives.begin()
    await to_the_end(services)
    assert lives.shown(record) == {1: 1, 2: 1}


# The channel is gone.


@pytest.mark.parametrize("told", [True, False])
async def test_whoever_was_told_directly_is_not_told_again(lives: Lives, told: bool) -> None:
    lives.messenger.closed = Undeliverable("404 10003: Unknown Channel")
    lives.messenger.takes_direct = True
    record = await lives.services.sent()
    lives.save()
    await make(lives.services, record, 1)
    if told:
        await to_the_end(lives.services)
        assert len(lives.messenger.direct) == 1
    services = await lives.back_to_the_copy()
    await to_the_end(services)
    assert len(lives.messenger.direct) == 1


# And everybody else.


async def test_what_is_ordered_after_the_restore_is_not_searched_for(lives: Lives) -> None:
    lives.save()
    services = await lives.back_to_the_copy()
    lives.clock.advance(seconds=1)
    record = await services.sent()
    await make(services, record, 1)
    await to_the_end(services)
    assert lives.shown(record) == {1: 1}
    assert lives.messenger.searches == 0


async def test_an_order_of_which_the_rows_know_nothing_any_more_is_left_alone(lives: Lives) -> None:
    lives.save()
    forgotten = await lives.services.sent()
    services = await lives.back_to_the_copy()
    (remote_id,) = lives.oxen.jobs
    known = await services.sent(video_request("another prompt"))
    await to_the_end(services)
    assert lives.oxen.jobs[remote_id].status == "queued"
    assert await services.orders.get(forgotten.order.id) is None
    assert remote_id not in await services.remote_ids(known)


async def test_a_search_that_fails_is_no_reason_to_post(lives: Lives) -> None:
    record = await lives.services.sent()
    lives.save()
    await make(lives.services, record, 1)
    await to_the_end(lives.services)
    services = await lives.back_to_the_copy()
    lives.messenger.faults.fail("told", TryLater("502"))
    await services.poll()
    await services.deliver()
    assert len(await services.posts.open()) == 1
    services.clock.advance(minutes=5)
    await to_the_end(services)
    assert lives.shown(record) == {1: 1}
