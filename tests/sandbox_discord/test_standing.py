"""The stand-in as such: links that run out, faults, the record of requests, the schema check, the command."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psutil
import pytest
from click.testing import CliRunner

from sandbox.discord.client import Community, Refused
from sandbox.discord.command import discord
from sandbox.discord.conformance import Conformance
from sandbox.discord.rest.pipeline import Exchange
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Rest


@pytest.fixture
def general(sandbox: DiscordSandbox) -> str:
    return f"/channels/{sandbox.world.channel_named('general').id}/messages"


async def test_attachment_links_run_out_and_are_refreshed_by_reading(
    rest: Rest, general: str, community: Community, session: aiohttp.ClientSession
) -> None:
    _, message = await rest("POST", general, {}, files={"film ü.mp4": b"0123456789"})
    url = message["attachments"][0]["url"]
    async with session.get(url, headers={"Range": "bytes=2-4"}) as response:
        assert (response.status, await response.read()) == (206, b"234")
        assert response.headers["Content-Type"] == "video/mp4"
    async with session.get(message["attachments"][0]["proxy_url"]) as response:
        assert response.status == 200
    async with session.get(url.replace("hm=", "hm=0")) as response:
        assert response.status == 404
    await community.advance(24 * 3600 + 1)
    async with session.get(url) as response:
        assert response.status == 404
    _, again = await rest("GET", f"{general}/{message['id']}")
    async with session.get(again["attachments"][0]["url"]) as response:
        assert response.status == 200


async def test_faults_strike_before_or_after_the_effect(rest: Rest, general: str, community: Community) -> None:
    await community.fault("/channels/*/messages", method="POST", status=503)
    assert (await rest("POST", general, {"content": "a"}))[0] == 503
    assert await community.messages(channel="general") == []
    await community.fault("/channels/*/messages", method="POST", drop=True, when="after")
    with pytest.raises(aiohttp.ClientConnectionError):
        await rest("POST", general, {"content": "b"})
    await community.fault("/channels/*", latency=0.05, status=403, code=50013, times=None)
    started = time.perf_counter()
    assert (await rest("POST", general, {"content": "c"}))[1]["code"] == 50013
    assert time.perf_counter() - started >= 0.05
    await community.fault("/channels/*/messages", status=502)
    assert (await rest("POST", general, {}, files={"a.mp4": bytes(5_000_000)}))[0] == 403
    await community.clear_faults()
    await community.fault("/channels/*/messages", status=502)
    assert (await rest("POST", general, {}, files={"a.mp4": bytes(5_000_000)}))[0] == 502
    assert (await rest("POST", general, {"content": "d"}))[0] == 200
    assert [one.text for one in await community.messages(channel="general")] == ["b", "d"]
    with pytest.raises(TypeError):
        await community.fault("/x", typo=1)


async def test_requests_are_counted_without_tokens(rest: Rest, general: str, community: Community) -> None:
    await rest("POST", general, {"content": "a"})
    await rest("POST", "/interactions/5/secret/callback", {"type": 5})
    found = await community.requests()
    assert found["counts"]["POST /channels/{channel_id}/messages"] == 1
    assert [one["status"] for one in found["log"]] == [200, 404]
    assert "secret" not in str(found)


async def test_the_feed_waits_for_news(community: Community) -> None:
    start = await community.position()
    assert await community.feed(after=start) == []
    message = await community.write(user="Bo", channel="general", content="news")
    (entry,) = await community.feed(after=start, wait=5)
    assert (entry.kind, entry.channel, entry.message.id) == ("message_created", "general", message.id)
    with pytest.raises(TimeoutError):
        await community.wait_for(lambda entry: entry.kind == "never", timeout=0.05)
    with pytest.raises(LookupError):
        await community.message("5", channel="general")
    with pytest.raises(Refused, match="nobody is called"):
        await community.write(user="Nobody", channel="general", content="x")
    with pytest.raises(Refused, match="cannot write"):
        await community.write(user="Bo", channel="announcements", content="x")


async def test_the_feed_about_one_message_tells_of_it_and_of_replies(
    rest: Rest, general: str, community: Community
) -> None:
    first, other = [(await rest("POST", general, {"content": word}))[1]["id"] for word in ("first", "other")]
    waiting = asyncio.create_task(
        community.wait_for(lambda entry: entry.message and entry.message.text != "first", about=first, timeout=5)
    )
    await rest("PATCH", f"{general}/{other}", {"content": "other still"})
    await rest("POST", general, {"content": "a reply", "message_reference": {"message_id": first}})
    assert (await waiting).message.text == "a reply"
    await rest("PATCH", f"{general}/{first}", {"content": "first still"})
    changed = await community.wait_for(lambda entry: entry.kind == "message_edited", about=first)
    assert changed.message.text == "first still"


async def test_every_control_request_refuses_nonsense(community: Community) -> None:
    for wrong in ({"channel": "nowhere"}, {"channel": "general", "deny": ["FLYING"]}):
        with pytest.raises(Refused):
            await community.permit(**wrong)
    with pytest.raises(Refused, match="action"):
        await community.disturb_gateway("hug")
    with pytest.raises(Refused):
        await community.delete_message("5")
    with pytest.raises(Refused, match="forward"):
        await community.advance(-1)


async def test_a_fault_of_the_stand_in_is_a_violation(
    rest: Rest, sandbox: DiscordSandbox, conformance: Conformance, caplog: pytest.LogCaptureFixture
) -> None:
    del sandbox.world.users[sandbox.application_id]
    assert (await rest("GET", "/users/@me"))[0] == 500
    assert conformance.violations.pop() == "GET /users/@me: the schema has no answer 500"
    assert "the stand-in failed" in caplog.text


def test_the_schema_check_finds_violations(schema: Conformance) -> None:
    schema.violations.clear()
    wrong = Exchange(
        method="GET", template="/users/@me", path="/users/@me", status=200, request=None, response={"id": 5},
        multipart=False,
    )  # fmt: skip
    schema.exchange(wrong)
    schema.dispatch({"t": "MESSAGE_CREATE", "d": {"id": "5"}})
    assert "'username' is a required property" in schema.report()
    assert "gateway MESSAGE_CREATE" in schema.report()
    schema.violations.clear()


def test_the_command_explains_itself_and_refuses_a_broken_community(tmp_path: Path) -> None:
    runner = CliRunner()
    assert "Ctrl-C" in runner.invoke(discord, ["--help"]).output
    broken = tmp_path / "community.json"
    broken.write_text("{")
    result = runner.invoke(discord, ["--community", str(broken)])
    assert result.exit_code == 1
    assert "community.json" in result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_process_is_quick_up_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "from sandbox.discord.command import discord; discord()"],
        stdout=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(tmp_path), "PATH": ""},
    )
    with process:
        line = process.stdout.readline()
        took = psutil.Process(process.pid).cpu_times()  # others may be using the same cores
        assert line.startswith("discord sandbox ready http://127.0.0.1:")
        assert list(tmp_path.iterdir())
        process.send_signal(number)
        assert process.wait(10) == 0
    assert took.user + took.system < 2
    assert not list(tmp_path.iterdir())
    assert tempfile.gettempdir() != str(tmp_path)
