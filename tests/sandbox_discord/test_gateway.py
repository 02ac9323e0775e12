"""The gateway, spoken raw: what any library may rely on."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest, Socket

Connect = Callable[..., Awaitable[Socket]]
GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 15


@pytest.mark.parametrize("query", [{}, {"compress": "zlib-stream"}])
async def test_ready_with_guilds_in_plain_text_and_compressed(
    gateway: Connect, sandbox: DiscordSandbox, query: dict[str, str]
) -> None:
    socket = await gateway(**query)
    hello = await socket.receive()
    assert hello["op"] == 10
    assert hello["d"]["heartbeat_interval"] > 0
    await socket.send(1, None)
    assert (await socket.receive())["op"] == 11
    await socket.identify(sandbox.token)
    ready = await socket.until("READY")
    assert ready["application"]["id"] == str(sandbox.application_id)
    assert ready["resume_gateway_url"].startswith("ws://127.0.0.1:")
    guild = await socket.until("GUILD_CREATE")
    assert {guild["name"], (await socket.until("GUILD_CREATE"))["name"]} == {"Film Club", "Game Night"}
    assert [member["user"]["username"] for member in guild["members"]] == ["sandbox_bot"]


async def test_only_the_right_token_gets_in(gateway: Connect, sandbox: DiscordSandbox, rest: Rest) -> None:
    socket = await gateway()
    await socket.identify("wrong")
    assert await socket.closed() == 4004
    rest.headers = {"Authorization": "Bot wrong"}
    assert await rest("GET", "/users/@me") == (401, {"message": "401: Unauthorized", "code": 0})
    assert (await rest("GET", "/gateway"))[0] == 200
    assert (await rest("GET", "/gateway/bot"))[0] == 401


@pytest.mark.parametrize(
    ("payloads", "code"),
    [
        ([(3, {})], 4003),
        ([(99, {})], 4001),
        ([(2, {"token": True, "intents": 1}), (2, {"token": True, "intents": 1})], 4005),
        ([(2, {"token": True, "intents": 1 << 30})], 4013),
        ([(2, {"token": True, "intents": MESSAGE_CONTENT})], 4014),
        ([(2, {"token": True, "intents": 1, "shard": [2, 2]})], 4010),
        ([(1, "x" * 5000)], 4002),
    ],
)
async def test_close_codes(gateway: Connect, sandbox: DiscordSandbox, payloads: list[Any], code: int) -> None:
    socket = await gateway()
    for operation, data in payloads:
        if isinstance(data, dict) and data.get("token"):
            data["token"] = sandbox.token
        await socket.send(operation, data)
    assert await socket.closed() == code


async def test_too_many_sends_are_cut_off(gateway: Connect) -> None:
    socket = await gateway()
    for _ in range(121):
        await socket.send(1, None)
    assert await socket.closed() == 4008


async def test_events_follow_intents_and_shards(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    deaf, keen, other = await gateway(), await gateway(), await gateway()
    film, shards = sandbox.world.channel_named("general").guild_id, 4
    home = (film >> 22) % shards
    await deaf.identify(sandbox.token, intents=0)
    await keen.identify(sandbox.token, intents=GUILDS | GUILD_MESSAGES, shard=[home, shards])
    await other.identify(sandbox.token, intents=GUILD_MESSAGES, shard=[(home + 1) % shards, shards])
    assert (await keen.until("READY"))["shard"] == [home, shards]
    await deaf.until("READY")
    await other.until("READY")
    await community.write(user="Bo", channel="general", content="hello")
    heard = await keen.until("MESSAGE_CREATE")
    # Without the message content intent the content of others stays hidden.
    assert heard["content"] == ""
    assert heard["guild_id"] == str(film)
    assert heard["member"]["nick"] is None
    counts = sorted(session.sequence for session in sandbox.gateway.sessions.values())
    assert counts[:2] == [1, 1]


async def test_resume_replays_what_was_missed(gateway: Connect, sandbox: DiscordSandbox, community: Community) -> None:
    socket = await gateway()
    await socket.identify(sandbox.token, intents=GUILDS | GUILD_MESSAGES)
    session_id = (await socket.until("READY"))["session_id"]
    await socket.until("GUILD_CREATE")
    await socket.until("GUILD_CREATE")
    await community.disturb_gateway("reconnect")
    assert (await socket.receive())["op"] == 7
    await socket.socket.close(code=4000)
    await community.write(user="Bo", channel="general", content="one")
    await community.write(user="Bo", channel="general", content="two")

    again = await gateway(compress="zlib-stream")
    await again.send(6, {"token": sandbox.token, "session_id": session_id, "seq": socket.sequence})
    await again.until("MESSAGE_CREATE")
    await again.until("MESSAGE_CREATE")
    resumed = await again.receive()
    assert (resumed["t"], resumed["s"]) == ("RESUMED", socket.sequence + 3)

    stranger = await gateway()
    await stranger.send(6, {"token": sandbox.token, "session_id": session_id, "seq": 999})
    assert await stranger.closed() == 4007


@pytest.mark.parametrize("ending", ["normal close", "invalid session"])
async def test_an_ended_session_cannot_be_resumed(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, ending: str
) -> None:
    socket = await gateway()
    await socket.identify(sandbox.token, intents=0)
    session_id = (await socket.until("READY"))["session_id"]
    if ending == "invalid session":
        await community.disturb_gateway("invalidate", resumable=False)
        assert await socket.receive() == {"op": 9, "d": False, "s": None, "t": None}
    await socket.socket.close(code=1000)
    again = await gateway()
    await again.receive()
    await again.send(6, {"token": sandbox.token, "session_id": session_id, "seq": 1})
    assert await again.receive() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_client_without_heartbeats_is_a_zombie(gateway: Connect, sandbox: DiscordSandbox) -> None:
    sandbox.gateway.heartbeat_ms = 50
    socket = await gateway()
    await socket.identify(sandbox.token)
    assert await socket.closed() == 4009
