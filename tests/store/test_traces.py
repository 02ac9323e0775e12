"""What is forgotten is in none of the files any more: looked for in their bytes."""

import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.clock import SteadyClock
from bot.domain.ids import MessageId, UserId
from bot.services.privacy.eraser import AGAIN, HOURLY, Eraser
from bot.services.supervision import IDLE
from bot.store.backup import backup, restore
from bot.store.database import Database, SqliteDatabase, SqliteThread, connect
from bot.store.migrations import migrate
from bot.store.records.privacy import LeftGuilds, PrivacyRepository
from tests.fakes.clock import ManualClock
from tests.store.kit import GUILD, MIGRATIONS, SECOND, S, Store

SOMEBODY, ANOTHER = UserId(910_000_000_000_000_001), UserId(910_000_000_000_000_002)
GONE, KEPT = "quixotic", "pragmatic"


def traces(folder: Path, word: str) -> dict[str, int]:
    """How often the word is in each file of the folder that has it."""
    found = {path.name: path.read_bytes().count(word.encode()) for path in folder.rglob("*") if path.is_file()}
    return {name: times for name, times in found.items() if times}


async def careless(path: Path) -> SqliteThread:
    """As where SQLite was built without `secure_delete`."""
    thread = await connect(path)
    await thread.run(lambda db: db.execute("PRAGMA secure_delete = OFF"))
    return thread


@pytest.fixture
async def db(database_file: Path) -> AsyncIterator[Database]:
    async with SqliteDatabase(database_file, careless) as database:
        yield database


@pytest.fixture
def clock(store: Store) -> ManualClock:
    return ManualClock(store.now)


@pytest.fixture
def forgetter(db: Database, clock: ManualClock) -> Eraser:
    return Eraser(PrivacyRepository(db), LeftGuilds(db), SteadyClock(clock))


async def told(store: Store, by: UserId, prompt: str) -> None:
    """An order to its delivered end."""
    await store.in_state(S.FAILED, by=by, prompt=prompt, card=None, parameters={"negative_prompt": prompt[:200]})
    store.clock.advance(SECOND)
    post = await store.claimed()
    await store.posts.delivered(post.id, MessageId(7), store.now)


async def test_a_member_is_in_no_file_when_forgotten(
    store: Store, db: Database, forgetter: Eraser, clock: ManualClock, tmp_path: Path
) -> None:
    """Short prompts and long ones, on pages of their own and beside others', and one that is made meanwhile."""
    dice = random.Random(7)  # noqa: S311 - lengths, no secrets
    for number in range(150):
        length = dice.choice([1, 3, 30, 300])
        by, word = (SOMEBODY, GONE) if dice.random() < 0.6 else (ANOTHER, KEPT)
        await told(store, by, f"{word} {number} " * length)
    clock.advance(store.now - clock.now())
    assert traces(tmp_path, GONE)
    await forgetter.step()
    await PrivacyRepository(db).ask(SOMEBODY, [GUILD], store.now)
    await told(store, ANOTHER, KEPT * 500)
    assert await forgetter.step() == IDLE
    assert traces(tmp_path, GONE) == {}
    assert traces(tmp_path, KEPT)


async def test_while_somebody_reads_it_is_tried_again(
    store: Store, db: Database, forgetter: Eraser, clock: ManualClock, database_file: Path, tmp_path: Path
) -> None:
    await told(store, SOMEBODY, GONE * 100)
    clock.advance(store.now - clock.now())
    with closing(sqlite3.connect(database_file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM orders").fetchall()
        await PrivacyRepository(db).ask(SOMEBODY, [GUILD], store.now)
        assert await forgetter.step() == AGAIN
        assert traces(tmp_path, GONE)
        await told(store, ANOTHER, KEPT)  # nobody waits for it
    assert await forgetter.step() == IDLE
    assert traces(tmp_path, GONE) == {}


async def test_what_a_process_that_was_killed_left_goes_at_the_next_start(
    store: Store, db: Database, database_file: Path, tmp_path: Path, clock: ManualClock
) -> None:
    await told(store, SOMEBODY, GONE * 100)
    rows, privacy = "UPDATE orders SET prompt = '', parameters = '{}'", PrivacyRepository(db)
    await db.write(lambda tx: tx.execute(rows))
    assert traces(tmp_path, GONE)
    assert await Eraser(privacy, LeftGuilds(db), SteadyClock(clock)).step() == IDLE
    assert traces(tmp_path, GONE) == {}


async def test_whatever_else_was_deleted_goes_within_the_hour(
    store: Store, db: Database, forgetter: Eraser, clock: ManualClock, tmp_path: Path
) -> None:
    await forgetter.step()
    await store.key_values.put("note", GONE)
    await store.key_values.put("note", "")
    await forgetter.step()
    assert traces(tmp_path, GONE)
    clock.advance(HOURLY + timedelta(seconds=1))
    await forgetter.step()
    assert traces(tmp_path, GONE) == {}


@pytest.fixture
def worn(migrated: Path, tmp_path: Path) -> Path:
    """Of an installation whose SQLite left deleted rows where they were."""
    path = tmp_path / "worn.sqlite3"
    shutil.copy(migrated, path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("PRAGMA user_version = 0")
        with db:
            db.executemany("INSERT INTO key_values VALUES (?, ?)", ((f"{GONE} {n}", GONE * n) for n in range(300)))
            db.execute("INSERT INTO key_values VALUES (?, ?)", (KEPT, KEPT))
        with db:
            db.execute("DELETE FROM key_values WHERE name <> ?", (KEPT,))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert traces(tmp_path, GONE)
    return path


def test_what_was_deleted_before_goes_at_the_first_start_of_this_version(worn: Path, tmp_path: Path) -> None:
    migrate(worn, MIGRATIONS)
    assert traces(tmp_path, GONE) == {}
    assert traces(tmp_path, KEPT)
    changed = worn.stat().st_mtime_ns
    migrate(worn, MIGRATIONS)
    assert worn.stat().st_mtime_ns == changed


def test_a_copy_that_is_restored_is_wiped_at_the_next_start(worn: Path, tmp_path: Path) -> None:
    place = tmp_path / "place" / "drover.sqlite3"
    place.parent.mkdir()
    backup(worn, tmp_path / "copy")
    restore(tmp_path / "copy", place, MIGRATIONS, ManualClock().now())
    migrate(place, MIGRATIONS)
    assert traces(place.parent, GONE) == {}
