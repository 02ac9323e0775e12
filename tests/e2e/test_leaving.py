"""The bot is thrown out of a server, while it runs and while it is away, and comes back."""

import sqlite3
from contextlib import closing

from tests.e2e.kit import Harness, Stages


def rows(harness: Harness, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(harness.folder / "drover.sqlite3")) as db:
        return db.execute(query).fetchall()


def guild_of(harness: Harness) -> str:
    [(guild_id,)] = rows(harness, "SELECT DISTINCT guild_id FROM orders")
    return str(guild_id)


async def test_thrown_out_while_something_is_made(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked, lambda card: "being made" in card.text)
    guild = guild_of(harness)
    await harness.community.change_guild(guild, installed=False)
    left = await harness.log.wait("guild left")
    assert left.stopped == 1  # type: ignore[attr-defined]
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")  # directly, if the requester takes messages
    assert rows(harness, "SELECT 1 FROM generations WHERE ended_at IS NULL") == []
    [told] = await harness.community.messages(channel="dm", user="Bo")
    assert "I could not post this in" in told.text
    await harness.community.change_guild(guild, installed=True)
    await harness.log.wait("guild is back")
    assert rows(harness, "SELECT * FROM departures") == []
    assert not harness.log.find("loop failed")
    assert not harness.log.find("job failed")


async def test_thrown_out_in_the_moment_in_which_it_comes(stages: Stages) -> None:
    """Guilds that come are written down together, a moment later: by then this one has gone."""
    harness = await stages()
    await harness.result(await harness.order("a fox"))
    guild = guild_of(harness)
    for installed in (False, True, False):
        await harness.community.change_guild(guild, installed=installed)
    await harness.log.wait("guild left", count=2)
    await harness.stop()
    assert rows(harness, "SELECT guild_id FROM departures") == [(int(guild),)]
    assert rows(harness, f"SELECT * FROM guild_facts WHERE guild_id = {guild}") == []  # noqa: S608


async def test_an_outage_is_no_departure(stages: Stages) -> None:
    harness = await stages()
    await harness.result(await harness.order("a fox"))
    guild = guild_of(harness)
    await harness.community.change_guild(guild, available=False)
    await harness.stop()
    await harness.start()  # READY lists the server as unavailable
    await harness.community.change_guild(guild, available=True)
    await harness.result(await harness.order("another fox"))
    assert not harness.log.find("guild left")
    assert rows(harness, "SELECT * FROM departures") == []


async def test_thrown_out_while_it_was_away(stages: Stages) -> None:
    harness = await stages()
    await harness.result(await harness.order("a fox"))
    guild = guild_of(harness)
    await harness.stop()
    await harness.community.change_guild(guild, installed=False)
    await harness.start()
    await harness.log.wait("guild left", guild=int(guild))
    [(noted, purged)] = rows(harness, "SELECT left_at, purged_at FROM departures")
    assert noted
    assert purged is None
    await harness.stop()
    await harness.community.change_guild(guild, installed=True)
    await harness.start()
    await harness.log.wait("guild is back", guild=int(guild))
    await harness.result(await harness.order("a fox again"))


async def test_an_order_during_an_outage(stages: Stages) -> None:
    """The gateway has lost the server, and a command comes all the same: it is taken, made and told, there.

    In the server's language, which the rows know.
    """
    harness = await stages()
    await harness.result(await harness.order("a fox"))
    await harness.log.wait("guilds there")
    mark = len(harness.log.records)
    await harness.community.change_guild(guild_of(harness), locale="de")
    await harness.log.wait("guilds there", after=mark)
    await harness.community.change_guild(guild_of(harness), available=False)
    asked = await harness.order("a fox in the dark", force=True)
    assert asked.acknowledged, asked.error
    told = await harness.result(asked)
    assert told.attachments
    assert "dein Video ist fertig" in told.text
    await harness.community.change_guild(guild_of(harness), available=True)
    assert len(await harness.results(asked)) == 1
    assert not harness.log.troubles()
