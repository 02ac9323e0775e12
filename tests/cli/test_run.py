"""`drover run` as a process: refusals to start, the work, the end."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.discord.client import Community, Interaction, Message
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.faults import Fault
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import PATIENCE, Ended, Running, Shell
from tests.e2e.kit import FakeRenderer
from tests.postgres import Postgres

Env = dict[str, object]
SECRET = "token-that-nobody-may-see"


def refused(ended: Ended, *starts: str, code: int = 2) -> None:
    """One line for each problem, in that order, and no traceback."""
    assert ended.code == code, ended.err
    assert len(ended.lines) == len(starts), ended.err
    for line, start in zip(ended.lines, starts, strict=True):
        assert line.startswith(start)
    assert SECRET not in ended.err + ended.out


async def order(community: Community, prompt: str, channel: str = "video-lab") -> Interaction:
    return await community.invoke(
        user="Bo", channel=channel, command="image", options={"prompt": prompt, "count": 2, "seed": 4711}
    )


async def delivered(community: Community, asked: Interaction) -> Message:
    entry = await community.wait_for(
        lambda entry: entry.kind == "message_created" and entry.message.reply_to == asked.response_message_id,
        timeout=20,
    )
    assert entry.message is not None
    return entry.message


async def test_a_run_without_settings_names_what_is_missing(shell: Shell) -> None:
    refused(await shell("run"), "DISCORD_TOKEN: is missing; example: ", "OXEN_API_KEY: is missing; example: ")


async def test_something_is_wrong(shell: Shell) -> None:
    (shell.folder / "token").write_text(SECRET)
    env: Env = {"DISCORD_TOKEN": SECRET, "DISCORD_TOKEN_FILE": "token", "OXEN_API_KEY": SECRET, "OXEN_API_URL": "oxen"}
    refused(await shell("run", env=env), "DISCORD_TOKEN_FILE: DISCORD_TOKEN is set as well", "OXEN_API_URL: ")


async def test_discord_does_not_know_the_token(shell: Shell, env: Env) -> None:
    ended = await shell("run", env={**env, "DISCORD_TOKEN": SECRET, "DROVER_LOG_LEVEL": "ERROR"})
    refused(ended, "DISCORD_TOKEN: Discord does not accept this token; copy it again from discord.com/developers")


async def test_discord_cannot_be_reached(shell: Shell, env: Env, port: int) -> None:
    """Nothing to put right in the settings: exit code 1, for whoever starts it again."""
    nowhere: Env = {"DISCORD_API_URL": f"http://127.0.0.1:{port}", "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{port}"}
    ended = await shell("run", env={**env, **nowhere, "DROVER_LOG_LEVEL": "ERROR"})
    refused(ended, "Discord cannot be reached (ClientConnectorError); check the network", code=1)


async def test_one_database_has_one_bot(shell: Shell, env: Env) -> None:
    async with shell.run(env=env) as first:
        await first.log("ready")
        second = await shell("run", env=env)
        refused(second, "another Drover is running on var/drover.sqlite3. Stop it first", code=1)
        refused(await shell("migrate"), "another Drover is running on var/drover.sqlite3", code=1)
        assert await first.end() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("work",), "one process does everything on a file of SQLite (var/drover.sqlite3): `drover run`"),
        (("run", "--shards", "0/4"), "one process does everything on a file of SQLite"),
        (("run", "--shards", "4-2/8"), "4-2/8 is no range of shards; such as 0-3/16, 5/16 or auto/16"),
    ],
)
async def test_a_role_that_cannot_be_taken_is_refused(
    shell: Shell, env: Env, arguments: tuple[str, ...], said: str
) -> None:
    ended = await shell(*arguments, env=env)
    assert ended.code == 2
    assert said in ended.lines[-1]


async def test_two_processes_share_the_work_and_others_are_told_what_is_left(
    shell: Shell, env: Env, community: Community, postgres: Postgres
) -> None:
    env |= {"DROVER_DATABASE_URL": postgres.url}
    async with (
        shell.run("--shards", "0/1", env=env) as shown,
        shell.run(env=env, command="work") as worker,
    ):
        await shown.log("ready")
        while not (await shown.log("catalogue read from rows"))["models"]:
            shown.records.clear()
        assert len((await delivered(community, await order(community, "a fox"))).attachments) == 2
        whole, other, alone = await asyncio.gather(
            shell("run", env=env | {"DROVER_LOG_LEVEL": "ERROR"}),
            shell("run", "--shards", "0-1/2", env=env | {"DROVER_LOG_LEVEL": "ERROR"}),
            shell("migrate", env=env),
        )
        assert "this one wants shards 0-0/1 and work. Stop that one first, or take a part that is free" in whole.err
        assert "all of them have to count their shards alike" in other.err
        refused(alone, "another Drover is running on postgresql:", code=1)
        assert all((shell.folder / "var" / "work" / f"process-{number}").is_dir() for number in (1, 2))
        async with shell.run(env=env, command="work") as spare:
            assert await worker.end() == 0
            await spare.log("role taken")
            assert len((await delivered(community, await order(community, "another fox"))).attachments) == 2
        assert await shown.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_well(shell: Shell, env: Env, number: int) -> None:
    async with shell.run(env=env) as running:
        await running.log("ready")
        async with asyncio.timeout(10):
            assert await running.end(number) == 0
    assert running.records[-1]["event"] == "stopped"


async def test_a_signal_before_it_is_ready_ends_it_well(
    shell: Shell, env: Env, community: Community, platform: DiscordSandbox
) -> None:
    await community.fault("/users/@me", latency=30.0, times=None)
    async with shell.run(env=env) as running:
        await running.log("catalogue fetched")
        async with asyncio.timeout(10):
            assert await running.end() == 0
    assert platform.gateway.sessions == {}


async def test_an_idle_bot_has_loaded_nothing_that_only_some_runs_need(shell: Shell, env: Env) -> None:
    """Without a master key, a health port, an order, a picture: what each of them weighs is in docs/benchmarks.md."""
    process = await shell.start("run", env={**env, "DROVER_LOG_FORMAT": "json", "PYTHONPROFILEIMPORTTIME": 1})
    assert process.stderr is not None
    imported, waited = set[str](), {"ready", "catalogue fetched", "event stream up"}
    async with asyncio.timeout(PATIENCE):
        while waited:
            line = (await process.stderr.readline()).decode().strip()
            if line.startswith("{"):
                waited.discard(json.loads(line)["event"])
            imported.add(line.rpartition("|")[2].strip())
        process.terminate()
        await process.communicate()
    assert {"bot.app", "discord", "aiohttp"} <= imported
    later = {"PIL", "aiohttp.web", "babel", "cryptography", "fluent", "jsonschema_rs", "prometheus_client"}
    later |= {"psycopg", "psycopg_pool", "rich", "sandbox", "sentry_sdk", "structlog", "urllib3"}
    assert imported & later == set()


async def test_the_logs_tell_the_story_and_no_secret(
    shell: Shell, env: Env, community: Community, provider: OxenSandbox
) -> None:
    prompt = "a prompt that nobody may see"
    for level in ("INFO", "DEBUG"):
        async with shell.run(env={**env, "DROVER_LOG_LEVEL": level}) as running:
            await running.log("ready")
            await running.log("catalogue fetched")
            provider.faults.set([Fault(on="list", kind="status", value=500, times=1)])
            assert len((await delivered(community, await order(community, prompt))).attachments) == 2
            refusal = await community.invoke(
                user="Bo", channel="video-lab", command="video", options={"prompt": prompt, "model": prompt}
            )
            assert refusal.acknowledged
            await running.log("result delivered")
            assert await running.end() == 0
        text = "\n".join(running.raw)
        for secret in (prompt, str(env["DISCORD_TOKEN"]), "Bearer", "signature="):
            assert secret not in text
        story(running)


def story(running: Running) -> None:
    by_event: dict[str, list[dict[str, Any]]] = {}
    for record in running.records:
        assert {"event", "level", "logger", "timestamp"} <= record.keys()
        by_event.setdefault(record["event"], []).append(record)
    [accepted] = by_event["order accepted"]
    assert accepted["count"] == 2
    assert accepted["guild"] == 1150000000000000100
    assert accepted["user"] == 1150000000000000012
    assert accepted["model"] == "black-forest-labs-flux-2-klein-4b"
    settled = by_event["generation settled"]
    assert len({one["generation"] for one in settled}) == 2
    for one in settled:
        assert one["order"] == accepted["order"]
        assert one["state"] == "succeeded"
        assert one["seconds"] >= 0
    [delivery] = by_event["result delivered"]
    assert delivery["order"] == accepted["order"]
    assert delivery["message_id"] > 0
    assert delivery["seconds"] >= 0


async def test_killed_at_work_it_goes_on_where_it_was(
    shell: Shell, env: Env, community: Community, provider: OxenSandbox, renderer: FakeRenderer
) -> None:
    renderer.hold("a slow fox")
    async with shell.run(env=env) as running:
        await running.log("catalogue fetched")
        await running.log("ready")
        asked = await order(community, "a slow fox")
        await running.log("order sent")
        assert await running.end(signal.SIGKILL) == -signal.SIGKILL
    renderer.release("a slow fox")
    async with shell.run(env=env) as running:
        assert len((await delivered(community, asked)).attachments) == 2
        assert await running.end() == 0
    replies = [
        one for one in await community.messages(channel="video-lab") if one.reply_to == asked.response_message_id
    ]
    assert len(replies) == 1
    assert len(provider.traffic.accepted) == 1


async def test_health(shell: Shell, env: Env, provider: OxenSandbox, community: Community, port: int) -> None:
    nobody = await shell("health", "--port", str(port))
    refused(nobody, f"no answer on port {port}: ", code=1)
    provider.faults.set([Fault(on="models", kind="status", value=503)])
    watched: Env = {**env, "DROVER_HEALTH_PORT": port}
    async with aiohttp.ClientSession() as session, shell.run(env=watched) as running:
        await running.log("ready")
        await running.log("catalogue not fetched")
        assert await status(session, port, "healthz") == (200, False)
        assert await status(session, port, "readyz") == (503, False)
        assert (await session.get(f"http://127.0.0.1:{port}/other")).status == 404
        asked = await shell("health", env={"DROVER_HEALTH_PORT": port})
        assert asked.code == 0
        report = json.loads(asked.out)
        assert report["alive"] is True
        assert report["discord"] is True
        assert {"catalogue", "tracking", "delivery", "submission", "cards"} <= report["loops"].keys()
        figures = await (await session.get(f"http://127.0.0.1:{port}/metrics")).text()
        for line in (
            "drover_discord_connected 1.0",
            "drover_ready 0.0",
            'drover_events_total{event="ready",level="info"} 1.0',
        ):
            assert line in figures
        assert await running.end() == 0
    provider.faults.set([])
    async with aiohttp.ClientSession() as session, shell.run(env=watched) as running:
        await running.log("ready")
        await running.log("catalogue fetched")
        assert await status(session, port, "readyz") == (200, True)


async def status(session: aiohttp.ClientSession, port: int, path: str) -> tuple[int, bool]:
    async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
        assert answer.content_type == "application/json"
        return answer.status, (await answer.json())["ready"]


async def test_with_a_stand_in_for_oxen_it_needs_a_token_only(
    shell: Shell, platform: DiscordSandbox, community: Community
) -> None:
    env: Env = {"DISCORD_TOKEN": platform.token, "DISCORD_API_URL": platform.url}
    async with shell.run("--sandbox-oxen", "--speed", "100", env=env) as running:
        await running.log("ready")
        await running.log("catalogue fetched")
        [child] = children(running.process.pid)
        result = await delivered(community, await order(community, "a fox"))
        assert [one.content_type for one in result.attachments] == ["image/png", "image/png"]
        async with asyncio.timeout(10):
            assert await running.end() == 0
    assert not alive(child)


async def test_with_a_stand_in_for_oxen_a_missing_token_is_said_and_no_process_left(shell: Shell) -> None:
    ended = await shell("run", "--sandbox-oxen")
    refused(ended, "DISCORD_TOKEN: is missing; example: ")
    ended = await shell("run", "--sandbox-oxen", "--speed", "0", env={"DISCORD_TOKEN": SECRET})
    assert ended.code == 2
    assert "Invalid value for '--speed'" in ended.err


async def test_a_stand_in_for_oxen_that_does_not_start(shell: Shell) -> None:
    """As in an installation without the stand-in's packages."""
    (shell.folder / "sandbox").mkdir()
    (shell.folder / "sandbox" / "__init__.py").write_text("raise ImportError('not here')")
    ended = await shell("run", "--sandbox-oxen", env={"DISCORD_TOKEN": SECRET})
    assert ended.code == 1
    assert ended.lines[-1].startswith("The stand-in for Oxen did not start: see above.")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
