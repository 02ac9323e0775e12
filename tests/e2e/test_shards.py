"""The bot on several connections to Discord, and on a part of them."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from typing import Any

import discord.gateway
import pytest

from bot.app import StartError
from bot.domain.shards import Shards
from sandbox.discord.server import DiscordSandbox
from tests.e2e.kit import Harness, Stages

SHARDS = 4


def rows(harness: Harness, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(harness.folder / "drover.sqlite3")) as db:
        return db.execute(query).fetchall()


async def crowded(stages: Stages, count: int = 20, **how: Any) -> tuple[Harness, dict[int, list[dict[str, Any]]]]:
    """A bot that has not started, and made up guilds by their shard."""
    harness = await stages(start=False, **how)
    await harness.community.gateway_terms(shards=SHARDS, max_concurrency=2)
    by_shard: dict[int, list[dict[str, Any]]] = {shard: [] for shard in range(SHARDS)}
    for made in await harness.community.make_up(count):
        by_shard[(int(made["id"]) >> 22) % SHARDS].append(made)
    return harness, by_shard


async def order_in(harness: Harness, guild: dict[str, Any], prompt: str) -> None:
    """An order, to its result."""
    owner = next(one for one in harness.discord.world.users.values() if not one.bot)
    where = {"user": owner.name, "channel": guild["channel"], "guild": guild["name"]}
    await harness.result(await harness.order(prompt, **where))


def installed(harness: Harness) -> set[int]:
    return {guild.id for guild in harness.discord.world.guilds.values() if guild.installed}


def served(discord: DiscordSandbox) -> set[tuple[int, int]]:
    return {session.shard for session in discord.gateway.sessions.values() if session.connected}


async def test_one_process_has_as_many_shards_as_discord_recommends(stages: Stages) -> None:
    harness, by_shard = await crowded(stages)
    await harness.start()
    assert served(harness.discord) == {(shard, SHARDS) for shard in range(SHARDS)}
    for shard, guilds in by_shard.items():
        await order_in(harness, guilds[0], f"a fox of {shard}")
    await harness.log.wait("shard connected", count=SHARDS)
    await harness.community.disturb_gateway("drop", shard=1)
    await order_in(harness, by_shard[1][1], "a fox after all")
    known, batches = 0, 0
    while known < len(installed(harness)):
        batches += 1
        known += (await harness.log.wait("guilds there", count=batches)).guilds  # type: ignore[attr-defined]
    assert batches < known
    assert {guild for (guild,) in rows(harness, "SELECT guild_id FROM guild_facts")} == installed(harness)
    assert harness.log.troubles() == []


async def test_a_process_judges_the_guilds_of_its_own_shards_alone(stages: Stages) -> None:
    """And the commands are another's: it takes their ids from the rows."""
    harness, by_shard = await crowded(stages)
    await harness.start()
    for shard, guilds in by_shard.items():
        await order_in(harness, guilds[0], f"a fox of {shard}")
    await harness.stop()
    for shard in (1, 2):
        await harness.community.change_guild(by_shard[shard][0]["id"], installed=False)
    await harness.community.change_guild(by_shard[3][0]["id"], available=False)
    harness.shards, mark = Shards(2, 3, SHARDS), len(harness.log.records)
    await harness.start()
    await harness.log.wait("guild left", guild=int(by_shard[2][0]["id"]), after=mark)
    await order_in(harness, by_shard[3][1], "a fox meanwhile")
    assert [guild for (guild,) in rows(harness, "SELECT guild_id FROM departures")] == [int(by_shard[2][0]["id"])]
    assert not harness.log.find("guild not listed", after=mark)
    assert served(harness.discord) == {(2, SHARDS), (3, SHARDS)}


async def test_a_guild_that_left_while_its_shard_was_away_is_noticed_and_no_other(stages: Stages) -> None:
    """discord.py keeps such a guild in its memory when the shard comes back with a new session."""
    harness, by_shard = await crowded(stages)
    await harness.start()
    for shard, guilds in by_shard.items():
        await order_in(harness, guilds[0], f"a fox of {shard}")
    gone, out = by_shard[1][0], by_shard[1][1]
    await harness.community.change_guild(out["id"], available=False)
    session = next(one for one in harness.discord.gateway.sessions.values() if one.shard[0] == 1)
    session.intents = 0  # it does not hear of what happens now
    await harness.community.change_guild(gone["id"], installed=False)
    mark = len(harness.log.records)
    await harness.community.disturb_gateway("invalidate", shard=1)
    await harness.log.wait("guild left", guild=int(gone["id"]), after=mark)
    assert [guild for (guild,) in rows(harness, "SELECT guild_id FROM departures")] == [int(gone["id"])]
    assert int(gone["id"]) not in {guild for (guild,) in rows(harness, "SELECT guild_id FROM guild_facts")}


async def test_no_session_is_started_that_would_cost_the_token(stages: Stages) -> None:
    """Discord does not let a session go on, and allows no new one."""
    harness, _ = await crowded(stages)
    await harness.start()
    token = harness.discord.token
    await harness.community.gateway_terms(remaining=0)
    await harness.community.disturb_gateway("invalidate", shard=2)
    with pytest.raises(StartError, match="no more logins for now"):
        await harness.over()
    assert harness.discord.token == token


async def test_shards_that_wait_for_their_turn_when_the_bot_stops_leave_nothing_behind(stages: Stages) -> None:
    harness, _ = await crowded(stages)
    await harness.community.gateway_terms(max_concurrency=1, identify_seconds=5)
    starting = asyncio.create_task(harness.start())
    await harness.log.wait("shard connected")
    await harness.stop()
    await asyncio.gather(starting, return_exceptions=True)
    threads = [one for one in threading.enumerate() if isinstance(one, discord.gateway.KeepAliveHandler)]
    for one in threads:
        await asyncio.to_thread(one.join, 5)
    assert not any(one.is_alive() for one in threads)


async def test_too_few_logins_for_all_shards(stages: Stages) -> None:
    """None is used up by those that would have been possible."""
    harness, _ = await crowded(stages)
    await harness.community.gateway_terms(remaining=SHARDS - 1)
    with pytest.raises(StartError, match="3 more logins, and not the 4 that are needed"):
        await harness.start()
    assert harness.discord.gateway.starts.remaining() == SHARDS - 1
