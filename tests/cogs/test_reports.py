"""/usage and /history, as members, moderators and managers use them."""

import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.discord.client import Interaction, Member, Message
from tests.e2e.kit import BO, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n"


def member(harness: Harness, name: str, locale: str = "en-US") -> Member:
    """Dev is nobody special, Cleo a moderator, Ada the owner."""
    return harness.community.member(name, channel="video-lab", locale=locale)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def moderators_do_not_manage(harness: Harness) -> AsyncIterator[None]:
    await harness.community.set_role("Moderator", guild="Film Club", permissions=["MANAGE_MESSAGES"])
    yield
    await harness.community.set_role("Moderator", guild="Film Club", permissions=["MANAGE_MESSAGES", "MANAGE_GUILD"])


async def made(harness: Harness, prompt: str, user: str = "Bo", **options: object) -> tuple[Interaction, Message]:
    mark = len(harness.log.records)
    asked = await harness.order(prompt, user=user, **options)  # type: ignore[arg-type]
    result = await harness.result(asked)
    await harness.log.wait("result delivered", after=mark, message_id=int(result.id))
    return asked, result


def short_id(result: Message) -> str:
    found = re.search(r"Order ([0-9a-z]{6})/1", result.text)
    assert found is not None, result.text
    return found[1]


async def turned(harness: Harness, message: Message, use: Awaitable[Interaction]) -> Message:
    """The message after its next edit, which `use` brings about."""
    mark = await harness.community.position()
    await use
    entry = await harness.community.wait_for(
        lambda one: one.kind == "message_edited" and one.message is not None and one.message.id == message.id,
        after=mark,
    )
    assert entry.message is not None
    return entry.message


async def refused(harness: Harness, asked: Interaction, user: str) -> str:
    return await harness.refusal(asked, user=user)


async def test_a_server_without_orders_has_nothing_to_show(harness: Harness) -> None:
    cleo = harness.community.member("Cleo", channel="lobby", locale="en-US")
    usage = await harness.answer(await cleo.slash("usage"), user="Cleo", channel="lobby")
    assert usage.only_for == "Cleo"
    assert "Nothing was ordered in this time" in usage.text
    assert usage.attachments == ()
    assert usage.buttons == ()
    history = await harness.answer(await cleo.slash("history"), user="Cleo", channel="lobby")
    assert "Nothing was found" in history.text


async def test_the_server_sees_a_picture_and_its_numbers(harness: Harness) -> None:
    await made(harness, "a fox of numbers")
    await made(harness, "a hare of numbers", user="Dev")
    usage = await harness.answer(await member(harness, "Cleo").slash("usage", period="today"), user="Cleo")
    assert usage.only_for == "Cleo"
    (picture,) = usage.attachments
    path = await harness.saved(picture, "usage.png")
    assert path.read_bytes().startswith(PNG)
    for words in ("Usage of this server", "Today (", "By member", "By model", "ready", f"<@{BO}>", "$"):
        assert words in usage.text
    assert usage.buttons == ()  # the table is for those who manage the server


async def test_a_member_sees_their_own_and_nobody_elses(harness: Harness) -> None:
    await made(harness, "a fox of Bo's own")
    own = await harness.answer(await member(harness, "Bo").slash("usage"))
    assert f"Usage of <@{BO}>" in own.text
    assert "By member" not in own.text
    asked = await member(harness, "Dev").slash("usage", member="Bo")
    assert "between them and the moderators" in await refused(harness, asked, "Dev")
    asked = await member(harness, "Dev").slash("history", member="Bo")
    assert "for them and for moderators" in await refused(harness, asked, "Dev")
    theirs = await harness.answer(await member(harness, "Cleo").slash("usage", member="Bo"), user="Cleo")
    assert f"Usage of <@{BO}>" in theirs.text


async def test_it_speaks_german(harness: Harness) -> None:
    await made(harness, "a fox for a German")
    usage = await harness.answer(await member(harness, "Bo", "de").slash("usage"))
    assert "Verbrauch von" in usage.text
    assert "Dieser Monat" in usage.text


async def test_the_table_is_for_managers_and_has_no_prompts(harness: Harness) -> None:
    await made(harness, "a fox that no table tells of")
    usage = await harness.answer(await member(harness, "Ada").slash("usage"), user="Ada")
    pressed = await member(harness, "Ada").press(usage, "CSV")
    table = await harness.answer(pressed, user="Ada")
    assert table.only_for == "Ada"
    path = await harness.saved(table.attachments[0], "usage.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert rows
    assert {row["state"] for row in rows} <= {"succeeded", "processing", "queued"}
    assert f"<@{BO}>" in {row["member"] for row in rows}
    assert "fox" not in path.read_text(encoding="utf-8")


async def test_history_is_paged_and_an_order_brings_its_file_back(harness: Harness) -> None:
    mark = len(harness.log.records)
    asked = [await harness.order(f"page turner {n}") for n in range(10)]
    results = [await harness.result(one) for one in asked]
    await harness.log.wait("result delivered", after=mark, count=len(asked))
    bo = member(harness, "Bo")
    history = await harness.answer(await bo.slash("history", search="PAGE turner"))
    assert history.only_for == "Bo"
    assert "page turner 9" in history.text
    assert "page turner 1]" not in history.text
    assert results[-1].id in history.text  # the link to the post
    older = await turned(harness, history, bo.press(history, "Older"))
    assert "page turner 0" in older.text
    assert "page turner 2]" not in older.text
    newer = await turned(harness, history, bo.press(older, "Newer"))
    assert "page turner 9" in newer.text
    select, _ = newer.selects
    opened = await turned(harness, history, bo.select(newer, select.custom_id, select.options[0]))
    assert "> page turner 9" in opened.text
    assert "✅" in opened.text
    assert results[-1].attachments[0].filename in str(opened.raw)
    back = await turned(harness, history, bo.press(opened, "Back"))
    assert "page turner 8" in back.text


async def test_an_order_is_found_by_the_characters_below_its_result(harness: Harness) -> None:
    _, result = await made(harness, "a fox to find again")
    opened = await harness.answer(await member(harness, "Bo").slash("history", id=short_id(result)))
    assert "a fox to find again" in opened.text
    assert result.attachments[0].filename in str(opened.raw)
    asked = await member(harness, "Dev").slash("history", id=short_id(result))
    assert "ordered by somebody else" in await refused(harness, asked, "Dev")
    opened = await harness.answer(await member(harness, "Cleo").slash("history", id=short_id(result)), user="Cleo")
    assert "a fox to find again" in opened.text
    asked = await member(harness, "Bo").slash("history", id="zzzzzz")
    assert "I do not know “zzzzzz”" in await refused(harness, asked, "Bo")
    other = harness.community.member("Cleo", channel="lobby", locale="en-US")
    asked = await other.slash("history", id=short_id(result))
    assert "I do not know" in await harness.refusal(asked, user="Cleo")


async def test_its_ids_are_offered_while_typing(harness: Harness) -> None:
    _, result = await made(harness, "a fox to type for")
    offered = await member(harness, "Bo").autocomplete("history", "id", "type for")
    assert [choice.name for choice in offered] == [f"{short_id(result)} · a fox to type for"]
    assert await member(harness, "Dev").autocomplete("history", "id", "type for") == []


async def test_a_deleted_post_is_made_up_for_by_a_fresh_link(harness: Harness, tmp_path: Path) -> None:
    _, result = await made(harness, "a fox whose post is deleted")
    await harness.community.delete_message(result.id)
    opened = await harness.answer(await member(harness, "Bo").slash("history", id=short_id(result)))
    link = re.search(r"\[open it\]\((\S+)\)", opened.text)
    assert link is not None, opened.text
    path = await harness.community.download(link[1], tmp_path / "back.mp4")
    assert path.stat().st_size == harness.renderer.size


async def test_a_search_may_have_any_characters(harness: Harness) -> None:
    bo = member(harness, "Bo")
    history = await harness.answer(await bo.slash("history", search=":;*[x](y) 🦊 „ü“ " + "x" * 10))
    assert "Nothing was found" in history.text
