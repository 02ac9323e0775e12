"""What a client asks the gateway for: members above all."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest, Socket

Connect = Callable[..., Awaitable[Socket]]
GUILDS, GUILD_MEMBERS, GUILD_PRESENCES, GUILD_MESSAGES = 1 << 0, 1 << 1, 1 << 8, 1 << 9


@pytest.fixture
def film(sandbox: DiscordSandbox) -> str:
    application = sandbox.world.application
    sandbox.world.application = replace(application, privileged_intents=GUILD_MEMBERS | GUILD_PRESENCES)
    return next(str(one.id) for one in sandbox.world.guilds.values() if one.name == "Film Club")


async def _nothing(socket: Socket) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await socket.socket.receive(timeout=0.05)


async def _ready(socket: Socket, sandbox: DiscordSandbox, intents: int) -> Socket:
    await socket.identify(sandbox.token, intents=intents)
    for _ in range(2):
        await socket.until("GUILD_CREATE")
    return socket


def _names(chunk: dict[str, Any]) -> list[str]:
    return [member["user"]["global_name"] or member["user"]["username"] for member in chunk["members"]]


async def test_some_members_may_be_asked_for_without_an_intent(
    gateway: Connect, sandbox: DiscordSandbox, film: str
) -> None:
    socket = await _ready(await gateway(), sandbox, GUILDS)
    owner = str(sandbox.world.guilds[int(film)].owner_id)
    await socket.send(8, {"guild_id": film, "user_ids": [owner, "5"], "nonce": "n", "presences": True})
    chunk = await socket.until("GUILD_MEMBERS_CHUNK")
    assert (_names(chunk), chunk["not_found"], chunk["nonce"]) == (["Ada"], ["5"], "n")
    assert (chunk["chunk_index"], chunk["chunk_count"], chunk["guild_id"]) == (0, 1, film)
    assert "presences" not in chunk
    await socket.send(8, {"guild_id": [film], "query": "CL", "limit": 5, "nonce": "n" * 33})
    chunk = await socket.until("GUILD_MEMBERS_CHUNK")
    assert _names(chunk) == ["Cleo"]
    assert "nonce" not in chunk
    assert "not_found" not in chunk
    await socket.send(8, {"guild_id": film, "query": "nobody", "limit": 0})
    assert _names(await socket.until("GUILD_MEMBERS_CHUNK")) == []


async def test_all_members_need_the_intent_and_come_once_in_thirty_seconds(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, film: str
) -> None:
    deaf = await _ready(await gateway(), sandbox, GUILDS)
    keen = await _ready(await gateway(), sandbox, GUILDS | GUILD_MEMBERS | GUILD_PRESENCES)
    everybody: dict[str, object] = {"guild_id": film, "query": "", "limit": 0, "nonce": "all"}
    await deaf.send(8, everybody)
    await deaf.send(8, {**everybody, "limit": 2})
    await _nothing(deaf)
    await keen.send(8, {**everybody, "presences": True})
    chunk = await keen.until("GUILD_MEMBERS_CHUNK")
    assert len(chunk["members"]) == 5
    assert chunk["presences"] == []
    await keen.send(8, everybody)
    limited = await keen.until("RATE_LIMITED")
    assert limited.pop("retry_after") == pytest.approx(30, abs=5)
    assert limited == {"opcode": 8, "meta": {"guild_id": film, "nonce": "all"}}
    await keen.send(8, {**everybody, "limit": 2})
    assert len((await keen.until("GUILD_MEMBERS_CHUNK"))["members"]) == 2
    await community.advance(30)
    await keen.send(8, everybody)
    assert len((await keen.until("GUILD_MEMBERS_CHUNK"))["members"]) == 5


async def test_members_of_large_guilds_come_in_pieces(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, film: str
) -> None:
    crowd = (await community.make_up(1, members=2100))[0]["id"]
    socket = await gateway()
    await socket.identify(sandbox.token, intents=GUILDS | GUILD_MEMBERS | GUILD_PRESENCES, large_threshold=100)
    for _ in range(3):
        guild = await socket.until("GUILD_CREATE")
    assert (guild["id"], guild["large"], guild["member_count"], len(guild["members"])) == (crowd, True, 2102, 1)
    await socket.send(8, {"guild_id": crowd, "query": "", "limit": 0})
    chunks = [await socket.until("GUILD_MEMBERS_CHUNK") for _ in range(3)]
    assert [len(chunk["members"]) for chunk in chunks] == [1000, 1000, 102]
    assert [(chunk["chunk_index"], chunk["chunk_count"]) for chunk in chunks] == [(0, 3), (1, 3), (2, 3)]
    await socket.send(8, {"guild_id": crowd, "query": "guest", "limit": 0})
    assert len((await socket.until("GUILD_MEMBERS_CHUNK"))["members"]) == 100


@pytest.mark.parametrize(
    ("intents", "members"), [(0, 1), (GUILD_MEMBERS, 1), (GUILD_PRESENCES, 5), (GUILD_MEMBERS | GUILD_PRESENCES, 5)]
)
async def test_a_guild_arrives_with_its_members_only_for_who_sees_presences(
    gateway: Connect, sandbox: DiscordSandbox, film: str, intents: int, members: int
) -> None:
    socket = await gateway()
    await socket.identify(sandbox.token, intents=GUILDS | intents)
    guild = await socket.until("GUILD_CREATE")
    assert (len(guild["members"]), guild["large"]) == (members, False)


@pytest.mark.parametrize(
    "wrong",
    [{"query": 5, "limit": 0}, {"query": "", "limit": "all"}, {"query": "", "limit": -1}, {"user_ids": ["x"]}, {}],
)
async def test_requests_that_are_none_end_the_connection(
    gateway: Connect, sandbox: DiscordSandbox, film: str, wrong: dict[str, object]
) -> None:
    socket = await _ready(await gateway(), sandbox, GUILDS)
    await socket.send(8, {"guild_id": film, **wrong})
    assert await socket.closed() == 4002


async def test_soundboards_and_channel_data_of_its_own_guilds(
    gateway: Connect, sandbox: DiscordSandbox, film: str, rest: Rest
) -> None:
    socket = await _ready(await gateway(), sandbox, GUILDS)
    elsewhere = next(str(one.id) for one in sandbox.world.guilds.values() if not one.installed)
    await socket.send(31, {"guild_ids": [elsewhere, film]})
    assert await socket.until("SOUNDBOARD_SOUNDS") == {"guild_id": film, "soundboard_sounds": []}
    await socket.send(43, {"guild_id": film, "fields": ["status"]})
    assert await socket.until("CHANNEL_INFO") == {"guild_id": film, "channels": []}
    status, sounds = await rest("GET", "/soundboard-default-sounds")
    assert (status, sounds[0]["sound_id"]) == (200, "1")


async def test_messages_deleted_together_are_told_together(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, rest: Rest
) -> None:
    await community.set_role("@everyone", guild="Film Club", permissions=["ALL"])
    socket = await _ready(await gateway(), sandbox, GUILDS | GUILD_MESSAGES)
    general = sandbox.world.channel_named("general")
    ids = [(await community.write(user="Bo", channel="general", content=text)).id for text in ("a", "b", "c")]
    before = await community.position()
    assert (await rest("POST", f"/channels/{general.id}/messages/bulk-delete", {"messages": ids[:2]}))[0] == 204
    told = await socket.until("MESSAGE_DELETE_BULK")
    assert told == {"ids": ids[:2], "channel_id": str(general.id), "guild_id": str(general.guild_id)}
    await _nothing(socket)
    assert [entry.kind for entry in await community.feed(after=before)] == ["message_deleted"] * 2
    assert [one.text for one in await community.messages(channel="general")] == ["c"]
