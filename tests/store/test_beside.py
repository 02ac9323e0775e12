"""What commands beside the bot see of its database, while it goes on writing."""

from pathlib import Path

import pytest

from bot.domain.ids import OXEN, GuildId
from bot.store import beside
from bot.store.faults import DatabaseFault
from bot.store.storage import SqliteStorage, Storage
from tests.store.kit import GUILD, MEMBER, S, Store


async def test_it_sees_what_is_committed(store: Store, storage: Storage) -> None:
    assert beside.namespaces(storage, OXEN) == []
    assert beside.remote_ids(storage, OXEN) == set()
    assert beside.orders_on_their_way(storage, OXEN) == []
    await store.guilds.set_namespace(GUILD, "film-club", MEMBER, store.now)
    await store.guilds.set_namespace(GuildId(2), "film-club", MEMBER, store.now)
    await store.guilds.set_namespace(GuildId(3), "acme", MEMBER, store.now)
    await store.guilds.set_namespace(GuildId(4), None, MEMBER, store.now)
    records = {state: await store.in_state(state, 2) for state in S}
    assert beside.namespaces(storage, OXEN) == [
        ("acme", GuildId(3)),
        ("film-club", GuildId(2)),
        ("film-club", GUILD),
    ]
    owned = {g.remote_id for record in records.values() for g in record.generations if g.remote_id}
    assert owned
    assert beside.remote_ids(storage, OXEN) == owned
    on_their_way = [records[state].order.id for state in (S.SENDING, S.UNKNOWN)]
    assert beside.orders_on_their_way(storage, OXEN) == sorted(on_their_way)


@pytest.mark.parametrize("look", [beside.namespaces, beside.remote_ids, beside.orders_on_their_way])
def test_what_is_no_database_is_an_error_and_stays_as_it_is(look: object, tmp_path: Path) -> None:
    missing, text = tmp_path / "missing", tmp_path / "text"
    text.write_text("These are no rows. " * 1000)
    for path in (missing, text):
        with pytest.raises(DatabaseFault):
            look(SqliteStorage(path), OXEN)  # type: ignore[operator]
    assert [path.name for path in tmp_path.iterdir()] == ["text"]
