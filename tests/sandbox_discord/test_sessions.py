"""How gateway sessions start, end and come back, and on which terms."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from sandbox.discord.client import Community
from sandbox.discord.clock import Clock
from sandbox.discord.server import DiscordSandbox
from sandbox.discord.sessions import Starts
from tests.sandbox_discord.kit import Rest, Socket

Connect = Callable[..., Awaitable[Socket]]
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
INVALID = {"op": 9, "d": False, "s": None, "t": None}


async def _ready(socket: Socket, sandbox: DiscordSandbox, **more: object) -> str:
    """Identify; the session's id, when the guilds came too."""
    await socket.identify(sandbox.token, **more)
    session_id = (await socket.until("READY"))["session_id"]
    for guild in sandbox.world.guilds.values():
        if guild.installed and more.get("intents", 1) and "shard" not in more:
            await socket.until("GUILD_CREATE")
    return session_id


@pytest.mark.parametrize("compress", [None, "zlib-stream", "zstd-stream"])
async def test_an_invalid_session_that_may_resume_does_so_on_the_same_socket(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, compress: str | None
) -> None:
    socket = await gateway(**({"compress": compress} if compress else {}))
    session_id = await _ready(socket, sandbox, intents=GUILDS | GUILD_MESSAGES)
    await community.disturb_gateway("invalidate", resumable=True)
    assert await socket.receive() == {"op": 9, "d": True, "s": None, "t": None}
    seen = socket.sequence
    await community.write(user="Bo", channel="general", content="one")
    await socket.send(6, {"token": sandbox.token, "session_id": session_id, "seq": seen})
    await socket.until("MESSAGE_CREATE")
    assert (await socket.receive())["t"] == "RESUMED"
    await socket.send(6, {"token": sandbox.token, "session_id": session_id, "seq": seen})
    assert await socket.closed() == 4005


async def test_after_an_invalid_session_the_same_socket_takes_a_fresh_identify_and_nothing_else(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    first, second = await gateway(), await gateway()
    before = await _ready(first, sandbox)
    await _ready(second, sandbox)
    await community.disturb_gateway("invalidate", resumable=False)
    assert await first.receive() == INVALID
    await first.send(6, {"token": sandbox.token, "session_id": before, "seq": 1})
    assert await first.receive() == INVALID
    assert await _ready(first, sandbox) != before
    await second.send(1, None)
    await second.send(3, {"status": "online"})
    assert await second.closed() == 4003


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("no json", 4002),
        ("[2]", 4002),
        ("[" * 4000, 4002),
        (json.dumps({"op": [1], "d": None}), 4002),
        (json.dumps({"d": None}), 4002),
        (json.dumps({"op": 1, "d": "ä" * 2100}, ensure_ascii=False), 4002),
        (json.dumps({"op": 2, "d": "token"}), 4002),
        (json.dumps({"op": 6, "d": {"token": "TOKEN", "session_id": "x", "seq": "1"}}), 4002),
        (json.dumps({"op": 6, "d": {"token": "other", "session_id": "x", "seq": 1}}), 4004),
        (json.dumps({"op": 5, "d": {}}), 4001),
        (json.dumps({"op": 8, "d": {}}), 4003),
        (json.dumps({"op": 2, "d": {"token": "TOKEN"}}), 4013),
        (json.dumps({"op": 2, "d": {"token": "TOKEN", "intents": 1, "shard": [0]}}), 4010),
    ],
)
async def test_what_ends_a_connection(gateway: Connect, sandbox: DiscordSandbox, sent: str, code: int) -> None:
    socket = await gateway()
    await socket.socket.send_str(sent.replace("TOKEN", sandbox.token))
    assert await socket.closed() == code


async def test_other_versions_and_encodings_are_turned_away(
    sandbox: DiscordSandbox, session: aiohttp.ClientSession
) -> None:
    async with session.ws_connect(f"{sandbox.url}/?v=5&encoding=json") as socket:
        await socket.receive()
        assert socket.close_code == 4012
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(f"{sandbox.url}/?v=10&encoding=etf")


async def test_large_payloads_are_compressed_one_by_one_where_an_identify_asks_for_it(
    gateway: Connect, sandbox: DiscordSandbox
) -> None:
    asks, streams = await gateway(), await gateway(compress="zstd-stream")
    for socket in (asks, streams):
        await socket.identify(sandbox.token, compress=True)
        assert (await socket.until("GUILD_CREATE"))["name"] == "Film Club"
    assert asks.sorts == {"text", "zlib"}
    assert streams.sorts == {"zstd-stream"}


async def test_a_session_belongs_to_who_resumed_it_last(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    first, second = await gateway(), await gateway()
    session_id = await _ready(first, sandbox, intents=GUILDS | GUILD_MESSAGES)
    await second.send(6, {"token": sandbox.token, "session_id": session_id, "seq": first.sequence})
    await second.until("RESUMED")
    assert await first.closed() == 4000
    await community.write(user="Bo", channel="general", content="hello")
    await second.until("MESSAGE_CREATE")


async def test_a_session_waits_minutes_for_each_of_its_resumes(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    socket = await gateway()
    session_id = await _ready(socket, sandbox)
    resume = {"token": sandbox.token, "session_id": session_id, "seq": socket.sequence}
    for _ in range(2):
        await community.disturb_gateway("drop")
        assert await socket.closed() == 1006
        await community.advance(4 * 60)
        socket = await gateway()
        await socket.send(6, resume)
        await socket.until("RESUMED")
    await community.disturb_gateway("close", code=4000)
    assert await socket.closed() == 4000
    await community.advance(6 * 60)
    late = await gateway()
    await late.receive()
    await late.send(6, resume)
    assert await late.receive() == INVALID


async def test_more_missed_than_is_kept_is_an_invalid_session(gateway: Connect, sandbox: DiscordSandbox) -> None:
    socket = await gateway()
    session_id = await _ready(socket, sandbox)
    await socket.socket.close(code=4000)
    sandbox.gateway.sessions[session_id].sequence += 2000
    again = await gateway()
    await again.receive()
    await again.send(6, {"token": sandbox.token, "session_id": session_id, "seq": 1})
    assert await again.receive() == INVALID


async def test_the_server_may_ask_for_a_heartbeat_and_stop_to_acknowledge_them(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    socket = await gateway()
    session_id = await _ready(socket, sandbox, intents=GUILDS | GUILD_MESSAGES)
    await community.disturb_gateway("heartbeat")
    assert (await socket.receive())["op"] == 1
    await socket.send(1, socket.sequence)
    assert (await socket.receive())["op"] == 11
    await community.disturb_gateway("silence")
    await socket.send(1, socket.sequence)
    await community.write(user="Bo", channel="general", content="hello")
    with pytest.raises(asyncio.TimeoutError):
        await socket.socket.receive(timeout=0.05)
    again = await gateway()
    await again.send(6, {"token": sandbox.token, "session_id": session_id, "seq": socket.sequence})
    await again.until("MESSAGE_CREATE")


async def test_shards_of_one_key_start_five_seconds_apart(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    await community.gateway_terms(identify_seconds=5, max_concurrency=2)
    first, other, same = await gateway(), await gateway(), await gateway()
    for number, socket in enumerate((first, other, same)):
        await socket.receive()
        await socket.identify(sandbox.token, shard=[number, 3])
    await first.until("READY")
    await other.until("READY")
    assert await same.receive() == INVALID
    await community.advance(5)
    await same.identify(sandbox.token, shard=[2, 3])
    await same.until("READY")


async def test_sessions_of_a_day_run_out_and_one_more_costs_the_token(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, rest: Rest
) -> None:
    async def limit() -> dict[str, int]:
        return (await rest("GET", "/gateway/bot"))[1]["session_start_limit"]

    assert await limit() == {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    socket = await gateway()
    await _ready(socket, sandbox)
    now = await limit()
    assert now["remaining"] == 999
    assert 86_000_000 < now["reset_after"] <= 86_400_000
    await community.advance(24 * 3600)
    assert (await limit())["remaining"] == 1000
    await community.gateway_terms(remaining=0)
    assert (await limit())["remaining"] == 0
    before = sandbox.token
    late = await gateway()
    await late.identify(before)
    assert await late.closed() == await socket.closed() == 4004
    assert (await rest("GET", "/users/@me"))[0] == 401
    fresh = (await community.gateway_terms())["token"]
    assert fresh == sandbox.token != before


def test_starts_are_counted_by_the_clock() -> None:
    moment = [1_000_000.0]
    starts = Starts(clock=Clock(lambda: moment[0]), total=2)
    assert starts.take(0)
    assert not starts.take(0)
    moment[0] += 5
    assert starts.take(0)
    assert starts.remaining() == 0
    moment[0] += 24 * 3600
    assert starts.remaining() == 2


async def test_thousands_of_guilds_need_shards_and_each_shard_gets_its_own(
    gateway: Connect, sandbox: DiscordSandbox, community: Community, rest: Rest
) -> None:
    await community.make_up(2600)
    assert (await rest("GET", "/gateway/bot"))[1]["shards"] == 3
    alone = await gateway()
    await alone.identify(sandbox.token)
    assert await alone.closed() == 4011
    shards = [await gateway(compress="zstd-stream") for _ in range(3)]
    promised: list[set[str]] = []
    for number, socket in enumerate(shards):
        await socket.identify(sandbox.token, shard=[number, 3], intents=GUILDS | DIRECT_MESSAGES)
        ready = await socket.until("READY")
        promised.append({guild["id"] for guild in ready["guilds"]})
        assert max(one.outbox.qsize() for one in sandbox.gateway.connections) <= 101  # the others are made later
        assert {(await socket.until("GUILD_CREATE"))["id"] for _ in promised[-1]} == promised[-1]
    assert sum(map(len, promised)) == len(set.union(*promised)) == 2602
    assert all((int(one) >> 22) % 3 == number for number, ids in enumerate(promised) for one in ids)
    await community.write(user="Bo", channel="dm", content="hello")
    assert (await shards[0].until("MESSAGE_CREATE"))["content"] == "hello"
    added = (await community.make_up(1, name="Late"))[0]
    assert (await shards[(int(added["id"]) >> 22) % 3].until("GUILD_CREATE"))["name"] == "Late 1"


async def test_guilds_come_late_and_those_with_an_outage_not_at_all(
    gateway: Connect, sandbox: DiscordSandbox, community: Community
) -> None:
    await community.change_guild("Game Night", available=False)
    await community.gateway_terms(guilds_after=3)
    socket = await gateway()
    await socket.identify(sandbox.token)
    ready = await socket.until("READY")
    assert [guild["unavailable"] for guild in ready["guilds"]] == [True, True]
    with pytest.raises(asyncio.TimeoutError):
        await socket.socket.receive(timeout=0.05)
    await community.advance(3)
    assert (await socket.until("GUILD_CREATE"))["name"] == "Film Club"
    assert await socket.until("GUILD_DELETE") == {"id": ready["guilds"][1]["id"], "unavailable": True}
    await community.change_guild("Game Night", available=True)
    back = await socket.until("GUILD_CREATE")
    assert (back["name"], back["unavailable"]) == ("Game Night", False)
