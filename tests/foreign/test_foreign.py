"""Libraries that owe nothing to discord.py, unmodified, do with the stand-in what they do with Discord."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord.client import Community, Member
from sandbox.discord.conformance import Conformance
from sandbox.discord.server import DiscordSandbox
from tests.foreign import kit

SCHEMA = Path(__file__).parent.parent / "data" / "discord" / "openapi.min.json"
READY, RESUMED = "gateway_ready", "gateway_resumed"


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    checker = Conformance(SCHEMA)
    async with DiscordSandbox(exchange_hook=checker.exchange, dispatch_hook=checker.dispatch) as running:
        yield running
    assert not checker.violations, checker.report()


@pytest.mark.tool
@pytest.mark.parametrize("install", [kit.javascript, kit.python], ids=["discord.js", "hikari"])
async def test_a_foreign_client_does_what_a_bot_does(
    install: Callable[[], tuple[str, ...]], sandbox: DiscordSandbox, tmp_path: Path
) -> None:
    command = await asyncio.to_thread(install)
    async with aiohttp.ClientSession() as session:
        community = Community(session, sandbox.url)
        await community.gateway_terms(shards=2, max_concurrency=2, heartbeat_ms=1000)
        log = tmp_path / "client.log"
        async with kit.running(command, log, DISCORD_URL=sandbox.url, DISCORD_TOKEN=sandbox.token):
            bo = community.member("Bo", channel="video-lab")
            await _registered(community)
            assert {tuple(one["shard"]) for one in (await community.state())["sessions"]} == {(0, 2), (1, 2)}
            await _talk(community, bo)
            await _talk(community, bo.at("dm"), post=False)
            await _limited(community, bo)
            await _come_back(community, bo)


async def _registered(community: Community) -> None:
    """Both shards are there, and the commands too."""
    after = 0
    while len((await community.state())["sessions"]) < 2:
        after = (await community.wait_for(lambda entry: entry.kind == READY, after=after, timeout=30)).sequence
    deadline = asyncio.get_running_loop().time() + 30
    while "video" not in await community.member("Bo", channel="video-lab").commands():
        assert asyncio.get_running_loop().time() < deadline, "no commands were registered"
        await asyncio.sleep(0.05)


async def _talk(community: Community, member: Member, *, post: bool = True) -> None:
    assert [one.value for one in await member.autocomplete("video", "prompt", "fox")] == ["fox-one", "fox-two"]
    asked = await member.slash("video", prompt="a fox")
    assert asked.deferred
    card = await community.answer(asked)
    assert (card.text, [one.filename for one in card.attachments]) == ("a fox", ["film.mp4"])
    form = await member.press(card, "Again")
    taken = await community.answer(await member.submit(form, {"Prompt": "a hare"}))
    assert (taken.text, taken.ephemeral) == ("taken: a hare", True)
    if post:
        before = await community.position()
        await member.slash("post")
        await community.wait_for(lambda entry: entry.message and entry.message.text == "inside", after=before)


async def _limited(community: Community, bo: Member) -> None:
    """It waits as long as it is told, and no longer: half a second, though the header says one."""
    await community.fault("/webhooks/*", method="PATCH", status=429, retry_after=0.3)
    assert (await community.answer(await bo.slash("video", prompt="later"))).text == "later"


async def _come_back(community: Community, bo: Member) -> None:
    """However the connections are lost, both shards come back, with their sessions unless those are over."""

    async def disturbed(action: str, *kinds: str, resumable: bool = False) -> None:
        after = await community.position()
        await community.disturb_gateway(action, resumable=resumable)
        for _ in range(2):
            back = await community.wait_for(lambda entry: entry.kind in kinds, after=after, timeout=20)
            after = back.sequence
        assert (await community.answer(await bo.slash("video", prompt=action))).text == action

    await disturbed("invalidate", RESUMED, resumable=True)
    await community.gateway_terms(heartbeat_ms=41_250)
    await disturbed("silence", RESUMED)
    await disturbed("reconnect", RESUMED)
    await disturbed("close", RESUMED)
    await disturbed("drop", RESUMED)
    await disturbed("invalidate", READY)
