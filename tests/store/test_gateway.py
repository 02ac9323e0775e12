"""What processes that share a bot tell each other about Discord."""

import asyncio

from bot.domain.ids import GuildId
from bot.domain.shards import GuildFacts, Turn
from bot.store.database import Database
from bot.store.gateway import CommandRows, GuildFactRows, IdentifyTurnRows
from bot.store.installation import KeyValues
from bot.store.records.privacy import LeftGuilds
from tests.store.kit import GUILD, Store

FILM, GAME = GuildFacts(locale="de", tier=2), GuildFacts(locale="en-US")


async def test_one_of_many_gets_the_turn(db: Database) -> None:
    processes = [IdentifyTurnRows(db) for _ in range(5)]
    assert [await each.last(3) for each in processes] == [Turn()] * 5
    for number in (1, 2):
        taken = await asyncio.gather(*(each.take(3, number) for each in processes))
        assert sorted(taken) == [False] * 4 + [True]
        assert await processes[0].last(3) == Turn(number, over=False)
    processes[0].end(3, 1)  # another turn began since
    processes[0].end(3, 2)
    assert await processes[0].take(4, 1)  # and another bucket has its own
    await db.write(lambda tx: tx.execute("DELETE FROM identify_turns WHERE bucket = 4"))  # after what is written later
    assert await processes[1].last(3) == Turn(2)


async def test_what_is_known_of_guilds_goes_when_the_bot_leaves_and_does_not_come_again(store: Store) -> None:
    guilds, left = GuildFactRows(store.db), LeftGuilds(store.db)
    many = {GuildId(number << 22): GAME for number in range(1, 1200)}
    await guilds.put({GUILD: GAME, **many})
    await guilds.put({GUILD: FILM})
    assert await guilds.of(GUILD) == FILM
    assert [await guilds.of(each) for each in (*many, GuildId(7))][-2:] == [GAME, None]
    assert await left.known() == {GUILD, *many}
    await left.note(GUILD, store.now)
    await guilds.put({GUILD: FILM})  # what was said before it left, written down after
    assert await guilds.of(GUILD) is None
    await left.returned({GUILD})
    await guilds.put({GUILD: FILM})
    assert await guilds.of(GUILD) == FILM


async def test_the_ids_of_commands(db: Database) -> None:
    commands = CommandRows(KeyValues(db))
    assert await commands.get() == {}
    for ids in ({"video": 1}, {"video": 1, "image": 2**60}):
        await commands.put(ids)
        assert await CommandRows(KeyValues(db)).get() == ids
