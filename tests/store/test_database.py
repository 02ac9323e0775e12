"""One writer that commits in groups, and readers: what each caller is promised, whatever the others do."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.store.database import Database, SqliteDatabase, SqliteThread, Work, connect
from bot.store.statements import Connection, Single
from tests.simulation.virtual import Machine, Timeline, VirtualLoop, live

ROOT = Path(__file__).parents[2]
OF_SQLITE = True


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """A file with two small tables, of which one refers to the other."""
    path = tmp_path / "plain.sqlite3"
    with sqlite3.connect(path) as plain:
        plain.executescript(
            "CREATE TABLE parents (id INTEGER PRIMARY KEY);"
            "CREATE TABLE marks (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id));"
        )
    plain.close()
    return path


def insert(number: int) -> Work[None]:
    def work(tx: Connection) -> None:
        tx.execute("INSERT INTO marks (id) VALUES (?)", (number,))

    return work


def look(db: Connection) -> list[int]:
    return [row["id"] for row in db.execute("SELECT id FROM marks ORDER BY id").fetchall()]


def slow_read() -> tuple[threading.Event, threading.Event, Work[list[int]]]:
    """A unit that looks twice, with the events that it has begun and that it may go on."""
    begun, go_on = threading.Event(), threading.Event()

    def work(reader: Connection) -> list[int]:
        seen = look(reader)
        begun.set()
        assert go_on.wait(60)
        return seen + look(reader)

    return begun, go_on, work


async def marks(db: Database) -> list[int]:
    return await db.read(look)


async def statements(db: Database) -> list[str]:
    """A list that grows with everything the writer executes from now on."""
    traced: list[str] = []
    await db._writer.set_trace_callback(traced.append)
    return traced


class Held(sqlite3.Connection):
    """A connection that stops at a statement until it may go on; other threads do not notice."""

    at = ""
    reached: threading.Event
    go_on: threading.Event

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if sql == self.at:
            self.reached.set()
            assert self.go_on.wait(60)
        return super().execute(sql, values)


@asynccontextmanager
async def held(path: Path, statement: str) -> AsyncIterator[tuple[Database, Callable[[], Any], Callable[[], None]]]:
    """A database whose writer stops at that statement, how to wait until it does, and how to let it go on."""
    reached, go_on = threading.Event(), threading.Event()
    kinds = iter([type("HeldThere", (Held,), {"at": statement, "reached": reached, "go_on": go_on})])
    async with SqliteDatabase(path, lambda path: connect(path, next(kinds, sqlite3.Connection))) as db:
        try:
            yield db, partial(asyncio.to_thread, reached.wait, 60), go_on.set
        finally:
            go_on.set()


async def test_many_writers_at_once_share_a_few_commits(db: Database) -> None:
    traced = await statements(db)
    await asyncio.gather(*(db.write(insert(n)) for n in range(1000)))
    assert await marks(db) == list(range(1000))
    commits = traced.count("COMMIT")
    assert 4 <= commits <= 6  # 256 units in one; the first may go alone
    assert traced.count("BEGIN IMMEDIATE") == commits


async def test_a_caller_has_its_answer_only_after_the_commit(db: Database) -> None:
    traced = await statements(db)
    done_at = []

    async def caller(number: int) -> None:
        await db.write(insert(number))
        done_at.append((number, traced.count("COMMIT")))
        assert number in await marks(db)

    await asyncio.gather(*(caller(n) for n in range(50)))
    assert len(done_at) == 50
    assert all(commits >= 1 for _, commits in done_at)


async def test_each_caller_gets_the_value_of_its_own_work(db: Database) -> None:
    async def double(number: int) -> int:
        def work(tx: Connection) -> int:
            insert(number)(tx)
            return number * 2

        return await db.write(work)

    assert await asyncio.gather(*(double(n) for n in range(300))) == [n * 2 for n in range(300)]


async def test_a_unit_that_fails_is_undone_alone(db: Database) -> None:
    def fails(tx: Connection) -> None:
        insert(1000)(tx)
        raise ValueError("mine")

    answers = await asyncio.gather(
        db.write(insert(1)), db.write(fails), db.write(insert(2)), db.write(insert(1)), return_exceptions=True
    )
    assert await marks(db) == [1, 2]
    assert [type(a) for a in answers] == [type(None), ValueError, type(None), sqlite3.IntegrityError]
    assert str(answers[1]) == "mine"


async def test_what_a_unit_did_before_it_failed_is_undone_with_it(db: Database) -> None:
    def half(tx: Connection) -> None:
        insert(1)(tx)
        insert(1)(tx)

    with pytest.raises(sqlite3.IntegrityError):
        await db.write(half)
    assert await marks(db) == []


async def test_a_failure_of_the_commit_itself_is_told_to_all_and_the_writer_goes_on(db: Database) -> None:
    """A unit that ends the transaction by itself breaks the group: nobody is told that it is on the disk."""

    def breaks(tx: Connection) -> None:
        tx.execute("ROLLBACK")

    answers = await asyncio.gather(db.write(insert(1)), db.write(breaks), db.write(insert(2)), return_exceptions=True)
    assert all(isinstance(answer, sqlite3.Error) for answer in answers)
    await db.write(insert(3))
    assert await marks(db) == [3]


class Faulty(sqlite3.Connection):
    """A connection on which some statements fail as they do when the disk is full or gone."""

    failing: tuple[str, ...] = ()

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if sql in self.failing:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, values)


@pytest.mark.parametrize(
    "failing",
    [("BEGIN IMMEDIATE",), ("COMMIT",), ("COMMIT", "ROLLBACK"), ("SAVEPOINT unit",), ("RELEASE unit", "ROLLBACK")],
    ids=lambda units: " and ".join(sorted(units)),
)
async def test_when_the_disk_fails_everybody_is_told_and_afterwards_the_writer_goes_on(
    database_file: Path, failing: tuple[str, ...]
) -> None:
    disk = type("Disk", (Faulty,), {})
    async with SqliteDatabase(database_file, partial(connect, factory=disk)) as db, asyncio.timeout(10):
        disk.failing = failing  # type: ignore[attr-defined]
        answers = await asyncio.gather(*(db.write(insert(n)) for n in range(5)), return_exceptions=True)
        assert [str(answer) for answer in answers] == ["disk I/O error"] * 5
        disk.failing = ()  # type: ignore[attr-defined]
        await asyncio.gather(db.write(insert(6)), return_exceptions=True)  # may have to clear the rest away first
        await db.write(insert(7))
        assert {7} <= set(await marks(db)) <= {6, 7}
        assert not db._writer.in_transaction


async def test_500_cancelled_callers_leave_no_open_transaction(db: Database) -> None:
    tasks = [asyncio.create_task(db.write(insert(n))) for n in range(500)]
    for rounds, task in enumerate(tasks):
        if rounds % 50 == 0:
            await asyncio.sleep(0)  # so that they are cancelled in every stage of a write
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    # How many were answered before that is a matter of the disk. Nobody gets anything else than an answer or that.
    assert {type(end) for end in ended} in ({asyncio.CancelledError}, {asyncio.CancelledError, type(None)})
    await db.write(insert(1000))
    assert not db._writer.in_transaction
    assert (await marks(db))[-1] == 1000


async def test_a_cancelled_caller_gives_up_the_answer_and_not_the_work(db: Database) -> None:
    task = asyncio.create_task(db.write(insert(1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await db.write(insert(2))
    assert await marks(db) == [1, 2]


async def test_a_failure_whose_caller_is_gone_disturbs_nobody(db: Database) -> None:
    def fails(_: Connection) -> None:
        raise ValueError

    task = asyncio.create_task(db.write(fails))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, db.write(insert(1)), return_exceptions=True)
    assert await marks(db) == [1]


async def test_the_reader_cannot_write(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await db.read(insert(1))
    assert await marks(db) == []


async def test_the_reader_sees_nothing_that_is_not_committed(database_file: Path) -> None:
    async with held(database_file, "COMMIT") as (db, reached, go_on):
        writing = asyncio.create_task(db.write(insert(1)))
        await reached()
        assert await marks(db) == []
        go_on()
        await writing
        assert await marks(db) == [1]


async def test_a_read_after_a_write_sees_it_even_while_an_older_read_is_under_way(db: Database) -> None:
    """A connection has one snapshot for all its open statements: a new read must not join an older one's."""
    begun, go_on, slow = slow_read()
    await db.write(insert(1))
    older = asyncio.create_task(db.read(slow))
    await asyncio.to_thread(begun.wait, 60)
    await db.write(insert(2))
    newer = asyncio.create_task(marks(db))
    go_on.set()
    assert await older == [1, 1], "all of a read sees the same moment"
    assert await newer == [1, 2]


async def test_a_long_read_stands_in_nobodys_way(db: Database) -> None:
    """It has a thread and a connection of its own, and sees one moment however long it takes."""
    begun, go_on, slow = slow_read()
    await db.write(insert(1))
    long = asyncio.create_task(db.read_long(slow))
    try:
        await asyncio.to_thread(begun.wait, 60)
        async with asyncio.timeout(30):
            await db.write(insert(2))
            assert await marks(db) == [1, 2]
    finally:
        go_on.set()
    assert await long == [1, 1]
    assert await db.read_long(look) == [1, 2]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await db.read_long(insert(3))


async def test_a_long_reader_that_cannot_be_opened_is_opened_by_the_next(database_file: Path) -> None:
    opened = 0

    async def third_fails(path: Path) -> SqliteThread:
        nonlocal opened
        opened += 1
        if opened == 3:
            raise sqlite3.OperationalError("unable to open database file")
        return await connect(path)

    async with SqliteDatabase(database_file, third_fails) as db:
        with pytest.raises(sqlite3.OperationalError, match="unable"):
            await db.read_long(look)
        assert await db.read_long(look) == []


# What nobody waits for.


def insert_later(number: int) -> Single[None]:
    return Single(insert(number))


async def test_what_nobody_waits_for_goes_along_with_the_next_group(db: Database) -> None:
    traced = await statements(db)
    db.write_later(insert_later(1))
    db.write_later(insert_later(1))  # it fails, and is nobody's trouble
    await db.write(insert(2))
    assert await marks(db) == [1, 2]
    assert (traced.count("BEGIN IMMEDIATE"), traced.count("COMMIT"), traced.count("SAVEPOINT unit")) == (1, 1, 0)


async def test_what_goes_along_with_a_group_that_fails_goes_along_with_the_next(db: Database) -> None:
    db.write_later(insert_later(1))
    with pytest.raises(sqlite3.OperationalError):
        await db.write(lambda tx: tx.execute("SELECT nothing FROM nowhere"))
    assert await marks(db) == []
    await db.write(insert(2))
    assert await marks(db) == [1, 2]


async def test_closing_writes_what_nobody_waits_for(database_file: Path) -> None:
    async with SqliteDatabase(database_file) as db:
        db.write_later(insert_later(1))
    async with SqliteDatabase(database_file) as db:
        assert await marks(db) == [1]


def test_what_nobody_waits_for_is_written_soon_though_nobody_writes(database_file: Path) -> None:
    loop = VirtualLoop(Timeline(), None)

    async def life() -> tuple[list[int], list[int]]:
        async with SqliteDatabase(database_file, Machine(loop).connect) as db:
            db.write_later(insert_later(1))
            db.write_later(insert_later(2))
            await asyncio.sleep(29)
            before = await marks(db)
            await asyncio.sleep(2)
            return before, await marks(db)

    assert live(loop, life()) == ([], [1, 2])
    loop.die()
    loop.clear_away()


async def test_a_cancelled_read_leaves_the_reader_to_the_others(db: Database) -> None:
    tasks = [asyncio.create_task(marks(db)) for _ in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [end for end in ended if not isinstance(end, asyncio.CancelledError)] == [[]] * 25
    await db.write(insert(1))
    assert await marks(db) == [1]


async def test_a_read_that_fails_leaves_the_reader_to_the_others(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await db.read(lambda reader: reader.execute("SELECT nothing FROM nowhere"))
    assert await marks(db) == []


async def test_closing_commits_what_is_waiting(database_file: Path) -> None:
    db = await SqliteDatabase(database_file).__aenter__()
    waiting = [asyncio.create_task(db.write(insert(n))) for n in range(600)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*waiting) == [None] * 600
    async with SqliteDatabase(database_file) as again:
        assert await marks(again) == list(range(600))


async def test_after_closing_nothing_is_written(database_file: Path) -> None:
    db = SqliteDatabase(database_file)
    with pytest.raises(RuntimeError, match="closed"):
        await db.write(insert(1))
    async with db:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await db.write(insert(1))
    await db.close()  # twice is fine


async def test_a_writer_that_was_stopped_answers_its_callers_and_can_be_closed(database_file: Path) -> None:
    """A unit that raises more than an error takes the writer with it; nobody may wait for it then."""

    def stops(_: Connection) -> None:
        raise asyncio.CancelledError

    db = await SqliteDatabase(database_file).__aenter__()
    writer, reader = db._writer, db._reader
    async with asyncio.timeout(10):
        works = [insert(1), stops, *(insert(n) for n in range(2, 600))]  # more than one group
        answers = await asyncio.gather(*(db.write(work) for work in works), return_exceptions=True)
        assert {type(answer) for answer in answers} == {RuntimeError}
        with pytest.raises(RuntimeError, match="closed"):
            await db.write(insert(2))
        with pytest.raises(asyncio.CancelledError):
            await db.close()
    for thread in (writer, reader):
        with pytest.raises(ValueError, match="no active connection"):
            await thread.run(look)


async def test_nothing_is_written_while_it_closes(database_file: Path) -> None:
    db = await SqliteDatabase(database_file).__aenter__()
    closing = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="closed"):
        await db.write(insert(1))
    await closing


@pytest.mark.parametrize("which", ["_writer", "_reader"])
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
async def test_both_connections_are_durable_and_strict(db: Database, which: str, pragma: str, value: object) -> None:
    thread: SqliteThread = getattr(db, which)
    assert await thread.run(lambda raw: raw.execute(f"PRAGMA {pragma}").fetchone()[0]) == value


async def test_a_reference_to_nothing_is_refused(db: Database) -> None:
    def work(tx: Connection) -> None:
        tx.execute("INSERT INTO marks (id, parent) VALUES (1, 99)")

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        await db.write(work)


WRITES_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from bot.store.database import SqliteDatabase

async def main():
    async with SqliteDatabase(Path(sys.argv[1])) as db:
        async def one(start):
            for n in range(start, start + 10**6):
                await db.write(lambda tx, n=n: tx.execute("INSERT INTO marks (id) VALUES (?)", (n,)))
                print(n, flush=True)
        await asyncio.gather(*(one(lane * 10**7) for lane in range(20)))

asyncio.run(main())
"""


async def test_what_was_answered_survives_a_kill(database_file: Path) -> None:
    writer = subprocess.Popen(  # noqa: ASYNC220 - it is read line by line, and then killed
        [sys.executable, "-c", WRITES_FOR_EVER, str(database_file)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout is not None
    answered = [int(writer.stdout.readline()) for _ in range(200)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    answered += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    async with SqliteDatabase(database_file) as db:
        assert set(answered) <= set(await marks(db))
