"""What is said of the bot's health: from memory, by the last looks, in words."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.domain.contact import Contact
from bot.domain.provider import KeyRefused, NotFound, ProviderError, Unavailable
from bot.ops import reasons, watching
from bot.ops.health import Health, serve_health
from bot.ops.watching import ASKS_EVERY, LATE, Check, Watch
from bot.services.supervision import HANGS, JOB_HANGS, Loop, WorkerPool
from bot.services.wakeups import Topic, Wakeups
from bot.store.database import Database, SqliteDatabase
from bot.store.migrations import migrate
from bot.store.storage import SqliteStorage
from tests.fakes.clock import ManualClock
from tests.fakes.oxen import FakeOxen
from tests.store.kit import MIGRATIONS


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    database = tmp_path / "var" / "drover.sqlite3"
    migrate(database, MIGRATIONS)
    return database


@pytest.fixture
async def db(path: Path) -> AsyncIterator[Database]:
    async with SqliteDatabase(path) as opened:
        yield opened


def health_of(
    clock: ManualClock, *loops: Loop, pools: tuple[WorkerPool, ...] = (), missing: tuple[str, ...] = ()
) -> Health:
    return Health(loops, pools, lambda: missing, lambda: {"version": "1"}, clock)


def pool_of(name: str, clock: ManualClock) -> WorkerPool:
    return WorkerPool(name, 4, clock, Wakeups(), Topic.POST)


# Loops and worker pools.


async def test_a_loop_that_rests_is_well_and_one_that_hangs_is_not(clock: ManualClock) -> None:
    rested, hangs = asyncio.Event(), asyncio.Event()

    async def step() -> timedelta:
        if rested.is_set():
            hangs.set()
            await asyncio.Event().wait()
        return timedelta(hours=1)

    async def pause(_: asyncio.Event, __: timedelta) -> None:
        rested.set()
        await asyncio.sleep(0)
        await going.wait()

    going = asyncio.Event()
    loop = Loop("catalogue", step, clock, pause, limit=timedelta(minutes=10))
    running = asyncio.create_task(loop.run())
    await rested.wait()
    health = health_of(clock, loop)
    clock.advance(timedelta(hours=1))
    assert health.report()["loops"]["catalogue"]["seconds_since_success"] == 3600.0
    assert health.report()["alive"]
    going.set()
    await hangs.wait()
    clock.advance(HANGS + timedelta(seconds=1))
    assert health.not_alive == [reasons.hangs("catalogue")]
    assert health.not_ready == health.not_alive
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_stream_may_last_for_ever(clock: ManualClock) -> None:
    begun = asyncio.Event()

    async def step() -> timedelta:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    loop = Loop("events", step, clock, limit=None)
    running = asyncio.create_task(loop.run())
    await begun.wait()
    clock.advance(days=9)
    assert health_of(clock, loop).not_alive == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_jobs_that_fail_in_a_pool_count(clock: ManualClock) -> None:
    async def job(error: Exception | None = None) -> None:
        if error is not None:
            raise error

    pool = pool_of("delivery", clock)
    health = health_of(clock, pools=(pool,))
    for number in range(5):
        assert health.not_alive == []
        assert bool(health.not_ready) == (number >= 2)
        pool.start("key", job(OSError(30, "Read-only file system")))
        await pool.drain()
    assert health.not_alive == [reasons.fails("delivery")]
    assert health.report()["pools"]["delivery"]["failures_in_a_row"] == 5
    pool.start("key", job())
    await pool.drain()
    assert (health.not_alive, health.not_ready) == ([], [])


async def test_what_no_member_waits_for_is_no_reason_for_them(clock: ManualClock) -> None:
    """The process is not well all the same."""
    pool = pool_of("comparing", clock)
    pool.health.failures_in_a_row = 5
    health = health_of(clock, pools=(pool,))
    assert (health.not_ready, health.not_alive) == ([], [reasons.fails("comparing")])


async def test_a_job_that_hangs_counts(clock: ManualClock) -> None:
    pool = pool_of("delivery", clock)
    pool.start("key", asyncio.sleep(3600))
    assert health_of(clock, pools=(pool,)).not_alive == []
    clock.advance(JOB_HANGS + timedelta(seconds=1))
    assert health_of(clock, pools=(pool,)).not_alive == [reasons.hangs("delivery")]
    await pool.dismiss(timedelta())


async def test_what_members_lack_is_no_reason_to_kill_the_process(clock: ManualClock) -> None:
    health = health_of(clock, missing=(reasons.DISCORD_OFF,))
    async with serve_health(health, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        for page, status in (("healthz", 200), ("readyz", 503)):
            async with session.get(f"http://127.0.0.1:{port}/{page}") as answer:
                assert answer.status == status
                report = json.loads(await answer.text())
                assert (report["alive"], report["ready"]) == (True, False)
                assert report["not_ready"] == [reasons.DISCORD_OFF]


# Looks.


async def test_a_look_that_takes_long_is_a_reason_by_itself_and_told_once(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    looking, answer = asyncio.Event(), asyncio.Event()
    rests = asyncio.Queue[float]()

    async def look() -> str | None:
        looking.set()
        await answer.wait()
        return "database: is on fire"

    async def sleep(seconds: float) -> None:
        await rests.put(seconds)
        await asyncio.sleep(0)

    watch = Watch([Check(look, "database: is slow")], clock, sleep)
    running = asyncio.create_task(watch.run())
    await looking.wait()
    assert watch.reasons == []
    clock.advance(seconds=LATE + 1)
    assert watch.reasons == ["database: is slow"]
    answer.set()
    for _ in range(5):
        await rests.get()
    assert watch.reasons == ["database: is on fire"]
    assert [record.getMessage() for record in caplog.records] == ["not ready"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def of_the_file(db: Database, path: Path) -> watching.Check:
    return watching.database(db, SqliteStorage(path), ManualClock().now)[0]


def of_writes(db: Database, path: Path, clock: ManualClock) -> watching.Check:
    return watching.database(db, SqliteStorage(path), clock.now)[1]


async def test_a_database_that_is_well(db: Database, path: Path, clock: ManualClock) -> None:
    assert await of_the_file(db, path).look() is None
    assert await of_writes(db, path, clock).look() is None


def unlinked(path: Path, *, replaced: bool) -> None:
    path.unlink()
    if replaced:
        path.write_bytes(b"")


def with_zeroes_at_the_end(path: Path) -> None:
    pages = 20 * 4096  # of those that have the rows
    with path.open("r+b") as file:
        file.seek(-pages, 2)
        file.write(bytes(pages))


@pytest.mark.parametrize("which", ["", "-wal"], ids=["database", "log"])
@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_a_database_file_that_is_not_ours_any_more(db: Database, path: Path, how: str, which: str) -> None:
    assert await of_the_file(db, path).look() is None
    unlinked(path.with_name(f"{path.name}{which}"), replaced=how == "replaced")
    found = await of_the_file(db, path).look()
    assert found is not None
    assert "was removed or replaced while Drover runs" in found
    assert "drover restore COPY" in found


async def test_a_page_that_turned_bad_is_told_by_whoever_read_it(db: Database, path: Path) -> None:
    """Reads go on to fail, and no write may notice."""
    await db.write(
        lambda tx: tx.executemany("INSERT INTO key_values VALUES (?, ?)", ((f"{n}", "x" * 900) for n in range(99)))
    )
    assert await db.leave_no_trace()
    with_zeroes_at_the_end(path)
    async with SqliteDatabase(path) as spoilt:
        with pytest.raises(sqlite3.DatabaseError):
            await spoilt.read(lambda reader: reader.execute("SELECT * FROM key_values").fetchall())
        found = await of_the_file(spoilt, path).look()
        assert found is not None
        assert "is damaged" in found


async def test_a_database_that_is_locked(db: Database, path: Path, clock: ManualClock) -> None:
    await db.write(lambda tx: tx.execute("SELECT 1"))
    check = of_writes(db, path, clock)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = await check.look()
    assert found is not None
    assert "is locked by another program" in found
    assert "has it locked" in (check.late or "")
    assert await check.look() is None


@pytest.mark.parametrize("spoil", ["cleared away", "in the way"])
async def test_the_work_folder_is_made_again_or_missed(tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "work" / "files"
    check = watching.work_folder(folder)
    assert await check.look() is None
    shutil.rmtree(folder)
    if spoil == "in the way":
        folder.write_text("a file")
        assert "a file is in the way" in str(await check.look())
        folder.unlink()
    assert await check.look() is None
    assert folder.is_dir()


async def test_a_disk_with_no_room_left(
    db: Database, path: Path, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(512 * 1024))
    assert "is full (512 KiB are left); make room on it" in str(await watching.work_folder(tmp_path).look())
    assert "is full (512 KiB are left); make room on it" in str(await of_writes(db, path, clock).look())


class Usage:
    def __init__(self, free: int) -> None:
        self.free = free


# Oxen.

URL = "https://hub.oxen.ai"


@pytest.mark.parametrize(
    ("error", "said"),
    [(KeyRefused(403, "no"), "does not accept OXEN_API_KEY"), (NotFound("status 404"), f"cannot be reached at {URL}")],
)
async def test_oxen_refuses_to_list_what_is_ours(clock: ManualClock, error: ProviderError, said: str) -> None:
    """An answer to everybody else, so that nothing but this look tells of it; it goes on until it lists."""
    contact, oxen = Contact(clock.monotonic), FakeOxen(clock)
    check = watching.oxen(oxen, contact, clock, URL)
    for _ in range(3):
        clock.advance(seconds=ASKS_EVERY)
        oxen.faults.fail("list", error)
        contact.doubt()
        assert said in str(await check.look())
        contact.reached()
        assert said in str(await check.look())
    clock.advance(seconds=ASKS_EVERY)
    assert await check.look() is None


async def test_oxen_is_asked_only_when_somebody_wants_to_know_and_not_too_often(clock: ManualClock) -> None:
    contact, oxen = Contact(clock.monotonic), FakeOxen(clock)
    check = watching.oxen(oxen, contact, clock, URL)
    for _ in range(3):
        clock.advance(seconds=ASKS_EVERY)
        await check.look()
    assert oxen.count("list") == 0
    contact.doubt()
    oxen.faults.fail("list", Unavailable("status 502"))
    await check.look()
    assert oxen.count("list") == 1
    contact.failed("status 502")  # as the client tells it
    contact.doubt()
    clock.advance(seconds=ASKS_EVERY - 1)
    await check.look()
    assert oxen.count("list") == 1
    clock.advance(seconds=2)
    await check.look()
    assert oxen.count("list") == 2


async def test_a_trouble_is_asked_after_until_it_is_over(clock: ManualClock) -> None:
    contact, oxen = Contact(clock.monotonic), FakeOxen(clock)
    check = watching.oxen(oxen, contact, clock, URL)
    contact.failed("status 502")
    await check.look()
    assert oxen.count("list") == 1
    contact.reached()
    clock.advance(seconds=ASKS_EVERY)
    await check.look()
    assert oxen.count("list") == 1


async def test_when_the_stream_breaks_it_is_asked_at_once(clock: ManualClock) -> None:
    contact, oxen = Contact(clock.monotonic), FakeOxen(clock)
    contact.reached()
    contact.doubt()
    await watching.oxen(oxen, contact, clock, URL).look()
    assert oxen.count("list") == 1


def test_a_contact_knows_by_the_last_answer(clock: ManualClock) -> None:
    contact = Contact(clock.monotonic)
    assert contact.trouble is None
    contact.failed("status 502")
    assert (contact.trouble, contact.fresh_trouble) == ("status 502", "status 502")
    clock.advance(minutes=2)
    assert (contact.trouble, contact.fresh_trouble) == ("status 502", None)
    contact.reached()
    assert contact.trouble is None
    with contact.waiting():
        clock.advance(seconds=9)
        assert contact.trouble == "no answer for 9 s"
        contact.reached()  # another request was answered: it is this one that takes long
        assert contact.trouble is None
    contact.refuses()
    assert (contact.refused, contact.trouble) == (True, None)
    contact.reached()
    assert not contact.refused
