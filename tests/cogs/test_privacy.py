"""/privacy: everybody about themselves, and nobody about anybody else."""

import json
from pathlib import Path

import pytest

from sandbox.discord.client import Message
from tests.e2e.kit import BO, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_member_without_orders_is_told_so(harness: Harness) -> None:
    answer = await harness.use("privacy", user="Dev")
    assert answer.only_for == "Dev"
    assert "No orders of yours in this server." in answer.text
    assert "In all servers together I keep no orders of yours." in answer.text


async def test_a_copy_of_ones_own_data_comes_as_a_file(harness: Harness, tmp_path: Path) -> None:
    await harness.result(await harness.order("a marmalade fox"))
    panel = await harness.use("privacy")
    assert "One order in this server, a video." in panel.text
    pressed = await harness.community.member("Bo", channel="video-lab").press(panel, "Export")
    answer = await harness.answer(pressed)
    assert answer.only_for == "Bo"
    [file] = answer.attachments
    data = json.loads((await harness.community.download(file, tmp_path / "data.json")).read_text())
    assert data["user_id"] == str(BO)
    assert [order["prompt"] for order in data["guilds"][0]["orders"]] == ["a marmalade fox"]
    assert data["guilds"][0]["orders"][0]["generations"][0]["state"] == "succeeded"


async def pressed(harness: Harness, message: Message, label: str, wanted: str) -> Message:
    await harness.community.member("Bo", channel="video-lab").press(message, label)
    return await harness.edited(message.id, lambda now: wanted in now.text)


async def test_deleting_is_asked_once_more_and_can_be_left(harness: Harness) -> None:
    panel = await harness.use("privacy")
    question = await pressed(harness, panel, "Delete", "Nobody can bring this back")
    assert "Messages in channels belong to Discord" in question.text
    again = await pressed(harness, question, "Keep it", "What I keep about you")
    assert "In all servers together I keep one order of yours." in again.text


async def test_what_was_ordered_is_deleted_and_its_message_stays(harness: Harness) -> None:
    mark = len(harness.log.records)
    asked = await harness.order("a quince fox")
    posted = await harness.result(asked)
    # What is under way is forgotten a minute later: until its post is noted as delivered and its card shows the end.
    await harness.log.wait("result delivered", after=mark)
    await harness.card(asked, lambda card: not card.buttons)
    panel = await harness.use("privacy")
    question = await pressed(harness, panel, "Delete", "Delete what I keep")
    promise = await pressed(harness, question, "Delete in all servers", "It is being deleted")
    assert "all servers" in promise.text
    await harness.log.wait("member forgotten", after=mark)
    now = await harness.use("privacy")
    assert "No prompts of yours." in now.text
    assert "You asked me on" in now.text
    export = await harness.community.member("Bo", channel="video-lab").press(now, "Export")
    [file] = (await harness.answer(export)).attachments
    path = await harness.community.download(file, harness.folder / "after.json")
    assert "quince" not in path.read_text()
    assert await harness.community.see(posted, user="Bo")


async def test_in_german(harness: Harness) -> None:
    answer = await harness.use("privacy", user="Dev", locale="de")
    assert "Was ich über dich speichere" in answer.text
