"""`drover backup` and `drover restore`: beside a running bot, and in its place."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import MIGRATIONS
from bot.store.migrations import inspect, migrate
from sandbox.discord.client import Community, Interaction, Message
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Ended, Shell
from tests.e2e.kit import FakeRenderer

Env = dict[str, object]
DATABASE = Path("var") / "drover.sqlite3"


@pytest.fixture
def database(shell: Shell) -> Path:
    path = shell.folder / DATABASE
    migrate(path, MIGRATIONS)
    return path


def said(ended: Ended, *parts: str, code: int) -> None:
    """One line on standard error, and no traceback."""
    assert ended.code == code, ended.err
    assert ended.out == ""
    [line] = ended.lines
    for part in parts:
        assert part in line


def mark(path: Path, text: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO key_values VALUES ('mark', ?) ON CONFLICT (name) DO UPDATE SET content = ?", [text, text]
        )


def marked(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        (text,) = db.execute("SELECT content FROM key_values WHERE name = 'mark'").fetchone()
    return str(text)


async def test_there_and_back(shell: Shell, database: Path) -> None:
    mark(database, "saved")
    saved = await shell("backup", "copy")
    size = (shell.folder / "copy").stat().st_size
    assert (saved.code, saved.out, saved.err) == (0, f"copy: {size} bytes\n", "")
    mark(database, "later")
    back = await shell("restore", "copy")
    assert (back.code, back.err) == (0, "")
    assert back.out == f"{DATABASE} restored from copy; the old one is {DATABASE}.before-restore\n"
    assert marked(database) == "saved"
    assert marked(database.with_name(f"{database.name}.before-restore")) == "later"


async def test_a_copy_is_restored_where_there_was_no_database(shell: Shell, database: Path) -> None:
    assert (await shell("backup", "copy")).code == 0
    elsewhere: Env = {"DROVER_DATABASE_URL": "sqlite:///new/place.sqlite3"}
    back = await shell("restore", "copy", env=elsewhere)
    assert (back.code, back.out, back.err) == (0, "new/place.sqlite3 restored from copy\n", "")
    assert inspect(shell.folder / "new" / "place.sqlite3", MIGRATIONS).pending == ()


async def test_what_is_wrong_is_one_line(shell: Shell, database: Path) -> None:
    (shell.folder / "letters").write_text("These are no rows. " * 1000)
    said(await shell("backup", "letters"), "letters exists; choose another name", code=1)
    said(
        await shell("restore", "letters"),
        "cannot restore letters: letters is damaged, or is no database of Drover's",
        code=1,
    )
    none: Env = {"DROVER_DATABASE_URL": "sqlite:///none.sqlite3"}
    said(await shell("backup", "copy", env=none), "no database at none.sqlite3", "DROVER_DATABASE_URL", code=1)
    wrong: Env = {"DROVER_DATABASE_URL": "mysql://"}
    said(await shell("backup", "copy", env=wrong), "DROVER_DATABASE_URL", code=2)


async def ordered(community: Community, prompt: str) -> Interaction:
    return await community.invoke(
        user="Bo", channel="video-lab", command="image", options={"prompt": prompt}, locale="en-US"
    )


async def delivered(community: Community, asked: Interaction) -> Message:
    entry = await community.wait_for(
        lambda entry: entry.kind == "message_created" and entry.message.reply_to == asked.response_message_id,
        timeout=20,
    )
    assert entry.message is not None
    return entry.message


async def test_beside_a_running_bot_and_then_in_its_place(
    shell: Shell, env: Env, community: Community, provider: OxenSandbox, renderer: FakeRenderer
) -> None:
    """Saved while an order is made, taken back after it was delivered: nothing comes twice."""
    renderer.hold("a fox")
    async with shell.run(env=env) as running:
        await running.log("ready")
        await running.log("catalogue fetched")
        asked = await ordered(community, "a fox")
        await running.log("order sent")
        assert (await shell("backup", "copy")).code == 0
        said(await shell("restore", "copy"), "another Drover is running on var/drover.sqlite3", code=1)
        renderer.release("a fox")
        result = await delivered(community, asked)
        assert result.attachments, result.text
        await running.log("result delivered")
        assert await running.end() == 0
    back = await shell("restore", "copy")
    assert "restored from copy" in back.out
    async with shell.run(env=env) as running:
        await running.log("result delivered")
        assert await running.end() == 0
    shown = [m for m in await community.messages(channel="video-lab") if m.reply_to == asked.response_message_id]
    assert len(shown) == 1
    assert len(provider.traffic.accepted) == 1
