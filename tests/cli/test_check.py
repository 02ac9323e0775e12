"""`drover check`: everything right, and each thing that can be wrong, in words."""

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.chat.registration import compare
from bot.checkup import _commands, checkup, our_commands
from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Shell
from tests.e2e.kit import discord_untouched

Env = dict[str, object]
Lines = list[str]
Check = Callable[..., Awaitable[Lines]]
GENERAL, BACKSTAGE, ANNOUNCEMENTS = 1150000000000000110, 1150000000000000113, 1150000000000000112
REGISTER = "PUT /applications/{application_id}/commands"


@pytest.fixture
async def registered(tmp_path: Path, platform: DiscordSandbox) -> None:
    """As after a first start: the database is there, and Discord knows the commands."""
    migrate(tmp_path / "var" / "drover.sqlite3", MIGRATIONS)
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {platform.token}"}) as session,
        session.put(
            f"{platform.url}/api/v10/applications/{platform.application_id}/commands",
            json=await our_commands(),
        ) as answer,
    ):
        assert answer.status == 200


@pytest.fixture
async def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: Env) -> AsyncIterator[Check]:
    """The lines of a check with these variables changed, and whether it found everything right."""
    monkeypatch.chdir(tmp_path)

    async def checked(channel: int | None = None, **changes: object) -> Lines:
        lines: Lines = []
        with monkeypatch.context() as patch:
            for name, value in {**env, **changes}.items():
                patch.setenv(name, str(value))
            right = await checkup(channel, lines.append)
        assert right == (lines[-1] == "All is right.")
        assert right != any(line.startswith("WRONG") for line in lines)
        return lines

    with discord_untouched():
        yield checked


def wrong(lines: Lines, subject: str) -> str:
    """The one line that is wrong, and is about `subject`."""
    [line] = [line for line in lines if line.startswith("WRONG")]
    assert line.startswith(f"WRONG {subject}: ")
    assert lines[-1] == "Something is wrong: see the lines above."
    return line


@pytest.mark.usefixtures("registered")
async def test_a_correct_installation_passes_the_check(
    shell: Shell, env: Env, provider: OxenSandbox, community: Community
) -> None:
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
    assert provider.traffic.counts["POST /api/ai/queue"] == 0
    assert (await community.requests())["counts"][REGISTER] == 1


async def test_before_the_first_start(shell: Shell, env: Env) -> None:
    ended = await shell("check", env=env)
    assert ended.code == 1
    assert ended.err == ""
    assert "will be made at the first start" in ended.out
    assert "the next start puts that right" in wrong(ended.out.splitlines(), "commands")
    assert list(shell.folder.iterdir()) == []


async def test_settings_are_missing(check: Check) -> None:
    lines = await check(DISCORD_TOKEN="", OXEN_API_KEY="")
    assert lines[0].startswith("WRONG DISCORD_TOKEN: is missing; example: ")
    assert lines[1].startswith("WRONG OXEN_API_KEY: is missing; example: ")


@pytest.mark.usefixtures("registered")
async def test_each_fault_of_the_installation_is_found(check: Check, port: int, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{port}"
    secret = "secret-that-nobody-may-see"
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    cases: list[tuple[str, str, str, str]] = [
        ("DISCORD_TOKEN", secret, "Discord", "does not accept DISCORD_TOKEN"),
        ("DISCORD_API_URL", nowhere, "Discord", "no Discord answers at"),
        ("OXEN_API_KEY", secret, "Oxen", "does not accept OXEN_API_KEY"),
        ("OXEN_API_URL", nowhere, "Oxen", f"cannot be reached at {nowhere}"),
        ("DROVER_VIDEO_MODELS", "no-such-model", "DROVER_VIDEO_MODELS", "no-such-model"),
        ("DROVER_IMAGE_MODELS", "qwen-image-edit", "DROVER_IMAGE_MODELS", "qwen-image-edit"),
        ("DROVER_DATABASE_URL", "sqlite:////proc/drover/drover.sqlite3", "database", "DROVER_DATABASE_URL"),
        ("DROVER_DATABASE_URL", "sqlite:///file/drover.sqlite3", "database", "DROVER_DATABASE_URL"),
        ("DROVER_DATABASE_URL", "sqlite:///file", "database", "DROVER_DATABASE_URL"),
        ("DROVER_DATABASE_URL", "sqlite:///folder", "database", "DROVER_DATABASE_URL"),
    ]
    (tmp_path / "file").write_text("These are no rows. " * 100)
    for variable, value, subject, phrase in cases:
        lines = await check(**{variable: value})
        assert phrase in wrong(lines, subject)
        assert not any(secret in line for line in lines)


@pytest.mark.usefixtures("registered")
async def test_rights_in_the_channel(check: Check) -> None:
    assert "the bot may not send messages" in wrong(await check(ANNOUNCEMENTS), "channel")
    assert "cannot be seen" in wrong(await check(BACKSTAGE), "channel")
    assert "cannot be seen" in wrong(await check(1), "channel")


@pytest.mark.usefixtures("registered")
async def test_rights_in_threads_and_posts(check: Check, community: Community) -> None:
    thread = int(await community.open_thread(user="Bo", channel="general", name="takes"))
    assert "ok    channel: #takes: the bot may post there" in await check(thread)
    await community.permit(channel="general", deny=["SEND_MESSAGES_IN_THREADS"])
    assert "may not send messages in threads" in wrong(await check(thread), "channel")
    forum = await community.open_channel("ideas", guild="Film Club", type="forum")
    post = int(await community.open_thread(user="Bo", channel="ideas", name="Heist", content="a heist"))
    assert "takes no messages" in wrong(await check(int(forum)), "channel")
    assert "ok    channel: #Heist: the bot may post there" in await check(post)


@pytest.mark.usefixtures("registered")
async def test_the_namespaces_of_the_servers(check: Check, shell: Shell, env: Env, community: Community) -> None:
    async with shell.run(env=env) as running:
        await running.log("ready")
        ada = community.member("Ada", channel="general", locale="en-US")
        panel = await community.answer(await ada.slash("settings", section="billing"))
        opened = await ada.press(panel, "Name a namespace")
        await ada.submit(opened, {"Namespace on Oxen.ai": "film-club"})
        await running.log("namespace set")
        await running.end()
    assert "ok    namespace: film-club can be used" in await check()


@pytest.mark.usefixtures("registered")
async def test_a_namespace_that_is_not_open_to_its_server(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO guilds (guild_id, namespace, updated_at, updated_by) VALUES (7, 'film-club', 0, 1)")
    found = await check(DROVER_DATABASE_URL=f"sqlite:///{path}", DROVER_NAMESPACES="film-club=8")
    assert "film-club=7 to DROVER_NAMESPACES" in wrong(found, "namespace")


@pytest.mark.usefixtures("registered")
async def test_commands_that_an_older_program_left(check: Check, platform: DiscordSandbox) -> None:
    """Globally, where the next start removes them, and in a server, where only that program can."""
    about = f"{platform.url}/api/v10/applications/{platform.application_id}"
    imagine = {"name": "imagine", "description": "of an older program"}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {platform.token}"}) as session:
        async with session.put(f"{about}/guilds/1150000000000000100/commands", json=[imagine]) as answer:
            assert answer.status == 200
        line = wrong(await check(), "server commands")
        assert "left by another program: imagine in Film Club (1150000000000000100)" in line
        async with session.put(f"{about}/guilds/1150000000000000100/commands", json=[]) as answer:
            assert answer.status == 200
        assert "ok    server commands: none left by another program" in await check()
        async with session.post(f"{about}/commands", json=imagine) as answer:
            assert answer.status == 201
        assert "not of this version: imagine; the next start puts that right" in wrong(await check(), "commands")


@pytest.mark.usefixtures("registered")
async def test_a_command_that_another_program_changed(check: Check, platform: DiscordSandbox) -> None:
    url = f"{platform.url}/api/v10/applications/{platform.application_id}/commands"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {platform.token}"}) as session:
        async with session.get(url) as answer:
            [about] = [each for each in await answer.json() if each["name"] == "about"]
        async with session.patch(f"{url}/{about['id']}", json={"description_localizations": {"de": "Murks"}}) as answer:
            assert answer.status == 200
    assert "unlike this version's: about; the next start puts that right" in wrong(await check(), "commands")


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        ({"integration_types": [1]}, True),  # for users alone: no server would show it any more
        ({"integration_types": [1, 0]}, True),
        ({"contexts": [0, 1]}, True),
        ({"default_member_permissions": "0"}, True),
        ({"nsfw": True}, True),
        ({"options": []}, True),
        ({"name_localizations": {"de": "film"}}, True),
        ({"type": 3, "description": ""}, True),
        ({"dm_permission": True, "version": "7", "default_permission": True}, False),  # not what it says
    ],
    ids=str,
)
async def test_whatever_is_changed_of_a_command_is_noticed(change: dict[str, object], noticed: bool) -> None:
    ours = await our_commands()
    theirs = [{**one, **change} if one["name"] == "video" else one for one in ours]
    assert compare(ours, theirs).current == (not noticed)


async def test_the_command_of_an_activity_is_discords() -> None:
    """Discord makes it, and the start leaves it alone."""
    ours = await our_commands()
    assert _commands(compare(ours, [*ours, {"id": "1", "type": 4, "name": "launch", "handler": 2}])).right


def test_commands_are_the_same_whatever_was_imported_before() -> None:
    """Otherwise this command, or the next start, would take what another process registered for something else."""
    before = "import typing; typing.Optional[typing.Literal['image', 'video']]; from cogs.models import Models"
    shown = "print([c.value for p in Models.models.parameters if p.name == 'kind' for c in p.choices])"
    command = [sys.executable, "-Wignore", "-c", f"{before}; {shown}"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['video', 'image']"
