"""The bot is thrown out of a server, while it runs and while it is away, and comes back."""

import sqlite3
from contextlib import closing

from tests.e2e.kit import Stage, Stages


def rows(stage: Stage, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(stage.folder / "drover.sqlite3")) as db:
        return db.execute(query).fetchall()


def guild_of(stage: Stage) -> str:
    [(guild_id,)] = rows(stage, "SELECT DISTINCT guild_id FROM orders")
    return str(guild_id)


async def test_thrown_out_while_something_is_made(stages: Stages) -> None:
    stage = await stages()
    stage.darkroom.hold("a fox")
    asked = await stage.order("a fox")
    await stage.card(asked, lambda card: "being made" in card.text)
    guild = guild_of(stage)
    await stage.community.change_guild(guild, installed=False)
    left = await stage.log.wait("guild left")
    assert left.stopped == 1  # type: ignore[attr-defined]
    stage.darkroom.release("a fox")
    await stage.log.wait("result delivered")  # directly, if the requester takes messages
    assert rows(stage, "SELECT 1 FROM generations WHERE ended_at IS NULL") == []
    [told] = await stage.community.messages(channel="dm", user="Bo")
    assert "I could not post this in" in told.text
    await stage.community.change_guild(guild, installed=True)
    await stage.log.wait("guild is back")
    assert rows(stage, "SELECT * FROM departures") == []
    assert not stage.log.find("loop failed")
    assert not stage.log.find("job failed")


async def test_an_outage_is_no_departure(stages: Stages) -> None:
    stage = await stages()
    await stage.result(await stage.order("a fox"))
    guild = guild_of(stage)
    await stage.community.change_guild(guild, available=False)
    await stage.stop()
    await stage.start()  # READY lists the server as unavailable
    await stage.community.change_guild(guild, available=True)
    await stage.result(await stage.order("another fox"))
    assert not stage.log.find("guild left")
    assert rows(stage, "SELECT * FROM departures") == []


async def test_thrown_out_while_it_was_away(stages: Stages) -> None:
    stage = await stages()
    await stage.result(await stage.order("a fox"))
    guild = guild_of(stage)
    await stage.stop()
    await stage.community.change_guild(guild, installed=False)
    await stage.start()
    await stage.log.wait("guild left", guild=int(guild))
    [(noted, purged)] = rows(stage, "SELECT left_at, purged_at FROM departures")
    assert noted
    assert purged is None
    await stage.stop()
    await stage.community.change_guild(guild, installed=True)
    await stage.start()
    await stage.log.wait("guild is back", guild=int(guild))
    await stage.result(await stage.order("a fox again"))


async def test_an_order_during_an_outage(stages: Stages) -> None:
    """The gateway has lost the server, and a command comes all the same: it is taken, made and told, there."""
    stage = await stages()
    await stage.result(await stage.order("a fox"))
    await stage.community.change_guild(guild_of(stage), available=False)
    asked = await stage.order("a fox in the dark", force=True)
    assert asked.acknowledged, asked.error
    assert (await stage.result(asked)).attachments
    await stage.community.change_guild(guild_of(stage), available=True)
    assert len(await stage.results(asked)) == 1
    assert not stage.log.troubles()
