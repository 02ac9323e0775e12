"""A copy while others write, and the way back: nothing half, nothing lost, nothing believed that may be old."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.domain.clock import to_millis
from bot.store.backup import BackupError, backup, restore
from bot.store.database import Database, SqliteDatabase
from bot.store.faults import DatabaseFault
from bot.store.installation import RESTORED_AT
from bot.store.migrations import MigrationError, inspect, migrate
from tests.fakes.orders import at
from tests.store.kit import GUILD, MIGRATIONS, SECOND, START, Row, S, Store, balance_of, ids, states

LATER = START + timedelta(hours=5)
ACCOUNTS, TOTAL = 10, 1000
Make = Callable[[Path, str], Path]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies" / "drover.backup"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the database is to be after a restore."""
    (tmp_path / "var").mkdir()
    return tmp_path / "var" / "drover.sqlite3"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as db, db:
        db.row_factory = sqlite3.Row
        yield db


def rows(path: Path, table: str) -> list[Row]:
    with opened(path) as db:
        return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def file_with(migrated: Path) -> Make:
    """Makes a database that can be told from others by one fact."""

    def made(path: Path, fact: str) -> Path:
        shutil.copy(migrated, path)
        with opened(path) as db:
            db.execute("INSERT INTO key_values VALUES ('which', ?)", [fact])
        return path

    return made


def size_of(path: Path) -> int:
    return path.stat().st_size


def which(path: Path) -> str:
    return {row["name"]: row["content"] for row in rows(path, "key_values")}["which"]


# The copy.


async def test_a_copy_is_consistent_while_others_write(db: Database, database_file: Path, tmp_path: Path) -> None:
    """Money goes from one account to another in one transaction: in no copy is any on its way."""

    def open_accounts(tx: Any) -> None:
        tx.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)")
        tx.executemany("INSERT INTO accounts VALUES (?, ?)", [(n, TOTAL // ACCOUNTS) for n in range(ACCOUNTS)])

    async def transfers() -> None:
        for n in range(10_000):

            def transfer(tx: Any, n: int = n) -> None:
                tx.execute("UPDATE accounts SET amount = amount - 1 WHERE id = ?", [n % ACCOUNTS])
                tx.execute("UPDATE accounts SET amount = amount + 1 WHERE id = ?", [n * 7 % ACCOUNTS])

            await db.write(transfer)

    await db.write(open_accounts)
    writing = [asyncio.create_task(transfers()) for _ in range(3)]
    versions = set[tuple[int, ...]]()
    for n in range(15):
        copy = tmp_path / f"copy-{n}"
        await asyncio.to_thread(backup, database_file, copy)
        amounts = tuple(row["amount"] for row in rows(copy, "accounts"))
        assert sum(amounts) == TOTAL
        versions.add(amounts)
    for task in writing:
        task.cancel()
    await asyncio.gather(*writing, return_exceptions=True)
    assert len(versions) > 1  # they did write


async def test_a_copy_has_what_was_answered_before_it(store: Store, database_file: Path, target: Path) -> None:
    record = await store.queued(2)
    size = backup(database_file, target)
    assert size == size_of(target) > 0
    assert [row["id"] for row in rows(target, "generations")] == ids(record)
    assert inspect(target, MIGRATIONS).pending == ()


async def test_a_copy_is_one_file_that_leaves_no_others(db: Database, database_file: Path, target: Path) -> None:
    """It may be read from where nobody can write."""
    backup(database_file, target)
    assert names(target.parent) == [target.name]
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert names(target.parent) == [target.name]


def test_an_existing_file_is_not_overwritten(database_file: Path, target: Path) -> None:
    target.write_text("precious")
    with pytest.raises(BackupError, match="exists; choose another name"):
        backup(database_file, target)
    assert target.read_text() == "precious"


async def test_what_an_interrupted_copy_left_is_no_hindrance(db: Database, database_file: Path, target: Path) -> None:
    target.with_name(f"{target.name}.part").write_text("half a copy " * 1000)
    backup(database_file, target)
    assert names(target.parent) == [target.name]
    assert rows(target, "orders") == []


def test_there_is_nothing_to_copy(tmp_path: Path, target: Path) -> None:
    with pytest.raises(BackupError, match=r"no database at .*DROVER_DATABASE_URL"):
        backup(tmp_path / "nothing.sqlite3", target)
    assert names(target.parent) == []
    assert not (tmp_path / "nothing.sqlite3").exists()


@pytest.mark.parametrize("where", ["nowhere/copy", "file/copy"])
def test_a_copy_that_cannot_be_written_is_said(database_file: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match="cannot copy"):
        backup(database_file, tmp_path / where)
    assert "nowhere" not in names(tmp_path)


def test_what_is_no_database_is_not_copied(tmp_path: Path, target: Path) -> None:
    (tmp_path / "letters").write_text("These are no rows. " * 1000)
    with pytest.raises(DatabaseFault, match="is no database of Drover's"):
        backup(tmp_path / "letters", target)
    assert names(target.parent) == []


# The way back.


def test_a_copy_takes_the_place_of_the_database_which_is_kept(
    file_with: Make, tmp_path: Path, target: Path, place: Path
) -> None:
    backup(file_with(tmp_path / "one", "the copy"), target)
    assert restore(target, place, MIGRATIONS, LATER) is None
    assert which(place) == "the copy"
    with opened(place) as db:
        db.execute("UPDATE key_values SET content = 'what came after' WHERE name = 'which'")
    kept = restore(target, place, MIGRATIONS, LATER)
    assert kept is not None
    assert kept.parent == place.parent
    assert (which(place), which(kept), which(target)) == ("the copy", "what came after", "the copy")


def test_each_database_that_is_replaced_is_kept(file_with: Make, tmp_path: Path, target: Path, place: Path) -> None:
    """Whoever takes the wrong copy first still has the original after the second."""
    backup(file_with(tmp_path / "one", "a copy"), target)
    file_with(place, "the original")
    first = restore(target, place, MIGRATIONS, LATER)
    second = restore(target, place, MIGRATIONS, LATER)
    assert first is not None
    assert second is not None
    assert (which(first), which(second)) == ("the original", "a copy")
    assert restore(first, place, MIGRATIONS, LATER) not in (None, first, second)
    assert which(place) == "the original"
    assert which(first) == "the original"


async def test_nothing_of_the_old_database_gets_into_the_new_one(
    file_with: Make, migrated: Path, tmp_path: Path, target: Path, place: Path
) -> None:
    """Its write-ahead log would be replayed into the copy; and what is only in the log is kept all the same."""
    backup(file_with(tmp_path / "one", "the copy"), target)
    shutil.copy(migrated, place)
    with closing(sqlite3.connect(place)) as other:  # keeps the log from being taken up
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO key_values VALUES ('which', 'only in the log')")
        other.commit()
        other.execute("BEGIN")
        other.execute("SELECT * FROM key_values").fetchall()
        kept = restore(target, place, MIGRATIONS, LATER)
        assert which(place) == "the copy"
    assert kept is not None
    assert which(kept) == "only in the log"
    assert not {f"{place.name}-wal", f"{place.name}-shm"} & set(names(place.parent))


@pytest.mark.parametrize("damage", [b"", b"rubbish" * 1000])
def test_a_database_that_is_damaged_can_be_replaced(
    file_with: Make, tmp_path: Path, target: Path, place: Path, damage: bytes
) -> None:
    backup(file_with(tmp_path / "one", "the copy"), target)
    place.write_bytes(damage)
    place.with_name(f"{place.name}-wal").write_bytes(b"the log of something else")
    kept = restore(target, place, MIGRATIONS, LATER)
    assert kept is not None
    assert kept.read_bytes() == damage
    assert which(place) == "the copy"


def test_there_is_no_copy(file_with: Make, tmp_path: Path, place: Path) -> None:
    file_with(place, "the original")
    with pytest.raises(BackupError, match="there is no file"):
        restore(tmp_path / "nothing", place, MIGRATIONS, LATER)
    assert which(place) == "the original"


def damaged(path: Path) -> Path:
    """A database with a page that makes no sense."""
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    content[5 * page : 9 * page] = b"\xaa" * (4 * page)
    path.write_bytes(content)
    return path


def foreign(path: Path) -> Path:
    with opened(path) as db:
        db.execute("UPDATE schema_migrations SET digest = 'another' WHERE name LIKE '0001%'")
    return path


def newer(path: Path) -> Path:
    with opened(path) as db:
        db.execute("INSERT INTO schema_migrations VALUES ('9999.later', 'x', 0)")
    return path


def text(path: Path) -> Path:
    path.write_text("These are no rows. " * 1000)
    return path


def somebody_elses(path: Path) -> Path:
    path.unlink()
    with opened(path) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damaged, "is damaged|malformed"),
        (foreign, "was edited after it had been applied"),
        (newer, "9999.later, which this version does not know"),
        (text, "is no database of Drover's"),
        (somebody_elses, "a database of another program's"),
        (empty, "it is empty"),
    ],
)
def test_what_is_no_good_copy_changes_nothing(
    file_with: Make, tmp_path: Path, target: Path, place: Path, spoil: Any, said: str
) -> None:
    file_with(place, "the original")
    backup(file_with(tmp_path / "one", "the copy"), target)
    with pytest.raises(BackupError, match=said):
        restore(spoil(target), place, MIGRATIONS, LATER)
    assert which(place) == "the original"
    assert names(place.parent) == [place.name]


def test_a_copy_of_an_older_version_is_brought_forward(tmp_path: Path, target: Path, place: Path) -> None:
    """Before its rows are marked: the statements that do it are for this version's tables."""
    first = tmp_path / "migrations"
    first.mkdir()
    shutil.copy(min(MIGRATIONS.glob("*.sql")), first)
    migrate(tmp_path / "old", first)
    with opened(tmp_path / "old") as db:
        db.execute("INSERT INTO facts VALUES ('which', 'old')")
    backup(tmp_path / "old", target)
    restore(target, place, MIGRATIONS, LATER)
    assert inspect(place, MIGRATIONS).pending == ()
    assert which(place) == "old"
    with pytest.raises(MigrationError):
        inspect(place, first)


# What the copy says of the world may be old.


async def taken_back(store: Store, database_file: Path, target: Path, place: Path) -> Store:
    """The repositories on the restored copy. The caller closes the database."""
    backup(database_file, target)
    restore(target, place, MIGRATIONS, LATER)
    return Store(await SqliteDatabase(place).__aenter__())


async def test_what_was_not_sent_may_have_been(store: Store, database_file: Path, target: Path, place: Path) -> None:
    """It is looked up, from when it was ordered on; it is never simply sent."""
    kept = {state: await store.in_state(state) for state in S}
    cancelled = await store.queued()
    await store.generations.want_cancelled(cancelled.order.id, ids(cancelled), GUILD, store.now)  # type: ignore[arg-type]
    again = await taken_back(store, database_file, target, place)
    try:
        assert await again.orders.to_send() == []
        for state, record in kept.items():
            now = await again.record(record.order.id)
            unsure = state in (S.INTENDED, S.SENDING, S.UNKNOWN)
            assert states(now) == [S.UNKNOWN if unsure else state]
            assert now.order == record.order
            if unsure:
                assert now.sent_at == record.order.created_at
        looked_for = {order_id for order_id, _ in await again.orders.unknown()}
        assert looked_for == {kept[state].order.id for state in (S.INTENDED, S.SENDING, S.UNKNOWN)}
        assert [g.order_id for g, _ in await again.generations.cancels_wanted()] == [cancelled.order.id]
    finally:
        await again.db.close()


async def test_what_was_not_posted_may_have_been(store: Store, database_file: Path, target: Path, place: Path) -> None:
    """The next attempt is not the first one: it looks in the channel before it sends."""
    waiting, tried, told = await store.queued(4), await store.queued(), await store.queued()
    await store.succeed(ids(told)[0])
    await store.posts.delivered((await store.claimed()).id, 1, store.now)  # type: ignore[arg-type]
    await store.succeed(ids(tried)[0])
    claimed = await store.claimed()
    await store.posts.postpone(claimed.id, store.now + timedelta(days=30))
    await store.succeed(ids(waiting)[0])
    again = await taken_back(store, database_file, target, place)
    try:
        posts = dict(await again.posts.open())
        assert len(posts) == 2
        assert set(posts.values()) == {LATER}
        for post_id in posts:
            post = await again.posts.claim(post_id, LATER)
            assert post is not None
            assert post.attempt > 1
            record = tried if post.id == claimed.id else waiting
            assert [g.id for g in post.generations] == ids(record)[:1]
            assert post.first_attempt_at == (claimed.first_attempt_at if post.id == claimed.id else LATER)
        store.clock.moment = LATER
        for generation_id in ids(waiting)[1:]:
            await again.succeed(generation_id)
        assert sorted(p["part"] for p in rows(place, "posts") if p["order_id"] == waiting.order.id) == [1, 2]
    finally:
        await again.db.close()


async def test_cards_of_what_is_under_way_are_drawn_again(
    store: Store, database_file: Path, target: Path, place: Path
) -> None:
    running, over = await store.queued(), await store.in_state(S.FAILED)
    for record in (running, over):
        await store.drawn(record.order.id, record.revision, store.now)
    assert await store.orders.stale_cards() == []
    again = await taken_back(store, database_file, target, place)
    try:
        assert await again.stale() == [(running.order.id, LATER)]
    finally:
        await again.db.close()


async def test_the_books_are_as_they_were(store: Store, database_file: Path, target: Path, place: Path) -> None:
    order = store.order(2)
    record = await store.orders.accept(replace(order, request=replace(order.request, estimate=at(Decimal("0.35")))))
    before = await balance_of(store.db, GUILD)
    again = await taken_back(store, database_file, target, place)
    try:
        assert await balance_of(again.db, GUILD) == before
        assert (await again.record(record.order.id)).order.request.estimate == at("0.35")
    finally:
        await again.db.close()


@pytest.mark.parametrize("clock_was_ahead", [False, True])
async def test_when_it_was_taken_back_is_written_down(
    store: Store, database_file: Path, target: Path, place: Path, clock_was_ahead: bool
) -> None:
    """No order in the copy is younger, even where the clock has been set back since."""
    latest = LATER + timedelta(hours=1) if clock_was_ahead else START + SECOND
    for created_at in (START, latest):
        await store.accepted(created_at=created_at)
    again = await taken_back(store, database_file, target, place)
    try:
        assert await again.key_values.get(RESTORED_AT) == str(to_millis(max(latest, LATER)))
        assert await store.key_values.get(RESTORED_AT) is None
    finally:
        await again.db.close()


def test_a_restore_is_noted_without_any_order_too(file_with: Make, tmp_path: Path, target: Path, place: Path) -> None:
    backup(file_with(tmp_path / "one", "the copy"), target)
    for moment in (LATER, LATER + SECOND):
        restore(target, place, MIGRATIONS, moment)
        facts = {row["name"]: row["content"] for row in rows(place, "key_values")}
        assert facts[RESTORED_AT] == str(to_millis(moment))
        target.unlink()
        backup(place, target)
