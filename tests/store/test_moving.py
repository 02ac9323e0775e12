"""Everything from one database into another, with nothing left out; or nothing."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.ids import MessageId
from bot.store.database import SqliteDatabase
from bot.store.moving import MoveError, move, tables
from bot.store.private import DatabaseInUse
from bot.store.storage import SqliteStorage, Storage, storage
from tests.postgres import MIGRATIONS, Postgres
from tests.store.kit import GUILD, MEMBER, S, Store


@pytest.fixture
async def source(database_file: Path) -> Storage:
    """A file with an order in each state, one that repeats another, and what hangs on them."""
    async with SqliteDatabase(database_file) as db:
        store = Store(db)
        for state in S:
            await store.in_state(state, 2, prompt=f"a fox\0 in ünïcode {state} :name 100 %")
        again = store.order()
        first = await store.accepted()
        await store.orders.accept(type(again)(**{**vars_of(again), "repeat_of": first.order.id}))
        await store.guilds.set_namespace(GUILD, "film-club", MEMBER, store.now)
        post_id, _ = (await store.posts.open())[0]
        await store.posts.claim(post_id, store.now)
        await store.posts.delivered(post_id, MessageId(2**62), store.now)
    return SqliteStorage(database_file)


def vars_of(order: object) -> dict[str, object]:
    return {name: getattr(order, name) for name in type(order).__dataclass_fields__}


def rows(place: Storage) -> dict[str, list[list[object]]]:
    def plain(row: Iterable[object]) -> list[object]:
        return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row]

    with place.reading() as db:
        return {
            table.name: sorted(
                (plain(row) for row in db.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}").fetchall()),  # noqa: S608
                key=str,
            )
            for table in tables(MIGRATIONS)
        }


def test_rows_move_to_postgresql_and_back(source: Storage, postgres: Postgres, tmp_path: Path) -> None:
    there, back = storage(postgres.url), SqliteStorage(tmp_path / "back.sqlite3")
    moved = move(source, there, MIGRATIONS)
    before = rows(source)
    assert rows(there) == before
    assert {name: len(found) for name, found in before.items()} == moved.rows
    assert moved.rows["orders"] == len(S) + 2
    assert moved.rows["entries"]
    with pytest.raises(MoveError, match=r"is not empty: there are .* Name an empty database"):
        move(source, there, MIGRATIONS)
    assert move(there, back, MIGRATIONS) == moved
    assert rows(back) == before


def test_one_that_was_broken_off_can_be_made_again(
    source: Storage, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = storage(postgres.url)
    with monkeypatch.context() as broken:
        broken.setattr("bot.store.moving._BOOKS", "SELECT nonsense")
        with pytest.raises(Exception, match="nonsense"):
            move(source, there, MIGRATIONS)
    assert not any(rows(there).values())
    assert move(source, there, MIGRATIONS).rows["orders"] == len(S) + 2


def test_what_is_in_use_or_not_there_or_old_is_refused(source: Storage, postgres: Postgres, tmp_path: Path) -> None:
    there = storage(postgres.url)
    with source.sole_user(), pytest.raises(DatabaseInUse):
        move(source, there, MIGRATIONS)
    with there.sole_user(), pytest.raises(DatabaseInUse):
        move(source, there, MIGRATIONS)
    with pytest.raises(MoveError, match="the same database"):
        move(source, source, MIGRATIONS)
    with pytest.raises(MoveError, match="there is no database at"):
        move(SqliteStorage(tmp_path / "none.sqlite3"), there, MIGRATIONS)
    assert source.file is not None
    with closing(sqlite3.connect(source.file)) as db, db:
        db.execute("DELETE FROM schema_migrations WHERE name LIKE '0030%'")
        db.execute("DROP TABLE processes")
    with pytest.raises(MoveError, match="Run `drover migrate` on it first"):
        move(source, there, MIGRATIONS)


def test_every_table_has_a_key_and_comes_after_what_it_refers_to() -> None:
    found = [table.name for table in tables(MIGRATIONS)]
    assert all(table.key for table in tables(MIGRATIONS))
    assert found.index("orders") < found.index("posts") < found.index("generations") < found.index("entries")
    assert [table.itself for table in tables(MIGRATIONS) if table.name == "orders"] == [("repeat_of",)]
