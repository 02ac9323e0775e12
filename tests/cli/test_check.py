"""`drover check`: everything right, and each thing that can be wrong, in words."""

import pytest

from bot import __version__
from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Ended, Shell

Env = dict[str, object]
GENERAL, BACKSTAGE, ANNOUNCEMENTS = 1150000000000000110, 1150000000000000113, 1150000000000000112
assert __version__


def wrong(ended: Ended, subject: str) -> str:
    """The one line that is wrong, and is about `subject`."""
    assert ended.code == 1, ended.out
    assert ended.err == ""
    [line] = [line for line in ended.out.splitlines() if line.startswith("WRONG")]
    assert line.startswith(f"WRONG {subject}: ")
    assert ended.out.endswith("Something is wrong: see the lines above.\n")
    return line


@pytest.fixture
async def registered(shell: Shell, env: Env) -> None:
    """The bot has run once."""
    async with shell.run(env=env) as running:
        await running.log("ready")
        await running.end()


@pytest.mark.usefixtures("registered")
async def test_all_is_right(shell: Shell, env: Env, provider: OxenSandbox, community: Community) -> None:
    before = dict(provider.traffic.counts)
    commands = (await community.requests())["counts"]["PUT /applications/{application_id}/commands"]
    ended = await shell("check", "--channel", str(GENERAL), env=env)
    assert ended.code == 0, ended.out
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[-1] == "All is right."
    assert all(line.startswith("ok    ") for line in lines[:-1])
    subjects = [line.removeprefix("ok    ").partition(":")[0] for line in lines[:-1]]
    for subject in ("settings", "database", "Discord", "commands", "channel", "Oxen", "namespace", "catalogue"):
        assert subject in subjects
    # It changed nothing.
    assert provider.traffic.counts["POST /api/ai/queue"] == before.get("POST /api/ai/queue", 0)
    counts = (await community.requests())["counts"]
    assert counts["PUT /applications/{application_id}/commands"] == commands


async def test_before_the_first_start(shell: Shell, env: Env) -> None:
    ended = await shell("check", env=env)
    assert "will be made at the first start" in ended.out
    assert "the next start registers them" in wrong(ended, "commands")
    assert list(shell.folder.iterdir()) == []


async def test_settings_are_missing(shell: Shell) -> None:
    ended = await shell("check")
    assert ended.code == 1
    assert ended.out.splitlines()[0].startswith("WRONG DISCORD_TOKEN: is missing; example: ")
    assert ended.out.splitlines()[1].startswith("WRONG OXEN_API_KEY: is missing; example: ")


@pytest.mark.usefixtures("registered")
async def test_each_thing_that_can_be_wrong(
    shell: Shell, env: Env, port: int, platform: DiscordSandbox, community: Community
) -> None:
    nowhere = f"http://127.0.0.1:{port}"
    secret = "secret-that-nobody-may-see"
    cases: list[tuple[Env, str, str]] = [
        ({"DISCORD_TOKEN": secret}, "Discord", "does not accept DISCORD_TOKEN"),
        ({"DISCORD_API_URL": nowhere}, "Discord", "no Discord answers at"),
        ({"OXEN_API_KEY": secret}, "Oxen", "does not accept OXEN_API_KEY"),
        ({"OXEN_API_URL": nowhere}, "Oxen", f"cannot be reached at {nowhere}"),
        ({"DROVER_VIDEO_MODELS": "no-such-model"}, "DROVER_VIDEO_MODELS", "no-such-model"),
        ({"DROVER_IMAGE_MODELS": "qwen-image-edit"}, "DROVER_IMAGE_MODELS", "qwen-image-edit"),
        ({"DROVER_DATABASE_URL": "sqlite:////proc/drover/drover.sqlite3"}, "database", "DROVER_DATABASE_URL"),
        ({"DROVER_DATABASE_URL": "sqlite:///.env/drover.sqlite3"}, "database", "DROVER_DATABASE_URL"),
    ]
    (shell.folder / ".env").touch()
    for changes, subject, phrase in cases:
        ended = await shell("check", env={**env, **changes})
        assert phrase in wrong(ended, subject)
        assert secret not in ended.out


@pytest.mark.usefixtures("registered")
async def test_rights_in_the_channel(shell: Shell, env: Env) -> None:
    assert "the bot may not send messages" in wrong(await shell("check", "--channel", str(ANNOUNCEMENTS), env=env), "channel")
    assert "cannot be seen" in wrong(await shell("check", "--channel", str(BACKSTAGE), env=env), "channel")
    assert "cannot be seen" in wrong(await shell("check", "--channel", "1", env=env), "channel")


@pytest.mark.usefixtures("registered")
async def test_a_namespace_that_the_key_may_not_bill(shell: Shell, env: Env, community: Community) -> None:
    async with shell.run(env=env) as running:
        await running.log("ready")
        await community.invoke(
            user="Ada", channel="general", command="settings namespace", options={"name": "film-club"}
        )
        await running.log("namespace set")
        await running.end()
    ended = await shell("check", env=env)
    assert ended.code == 0
    assert "namespace: film-club can be used" in ended.out
