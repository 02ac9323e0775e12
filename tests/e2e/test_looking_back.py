"""/history and /usage across restarts, and when what they look for is gone."""

import re
import time

from sandbox.discord.client import Message
from sandbox.oxen.clock import ManualClock
from sandbox.oxen.faults import Fault
from tests.e2e.kit import Harness, Stages

WEEK = 7 * 24 * 3600


async def made(harness: Harness, prompt: str) -> Message:
    mark = len(harness.log.records)
    result = await harness.result(await harness.order(prompt))
    await harness.log.wait("result delivered", after=mark, message_id=int(result.id))
    return result


def short_id(result: Message) -> str:
    found = re.search(r"Order ([0-9a-z]{6})/1", result.text)
    assert found is not None, result.text
    return found[1]


async def test_pages_and_tables_work_after_a_restart_and_a_week_later(stages: Stages) -> None:
    harness = await stages()
    for number in range(9):
        await made(harness, f"fox {number}")
    ada = harness.community.member("Ada", channel="video-lab", locale="en-US")
    history = await harness.answer(await ada.slash("history"), user="Ada")
    usage = await harness.answer(await ada.slash("usage"), user="Ada")
    await harness.stop()
    await harness.community.advance(WEEK)
    await harness.start()
    mark = await harness.community.position()
    await ada.press(history, "Older")
    older = await harness.community.wait_for(  # a card may be drawn again as well
        lambda entry: entry.kind == "message_edited" and entry.message is not None and entry.message.id == history.id,
        after=mark,
    )
    assert older.message is not None
    assert "fox 0" in older.message.text
    table = await harness.answer(await ada.press(usage, "CSV"), user="Ada")
    path = await harness.saved(table.attachments[0], "usage.csv")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 10
    assert not harness.log.troubles()


async def test_a_result_that_is_not_in_the_format_of_its_link_is_brought_back(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="format", value="gif", times=1))
    result = await made(harness, "a fox that became a GIF")
    [shown] = result.attachments
    assert shown.filename.endswith(".gif")
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    opened = await harness.answer(await bo.slash("history", id=short_id(result)))
    assert shown.filename in str(opened)


async def test_what_is_gone_everywhere_is_said_with_where_it_may_still_be(stages: Stages) -> None:
    clock = ManualClock(time.time())
    harness = await stages(oxen={"clock": clock})
    asked = await harness.order("a fox of old")
    await harness.card(asked, lambda card: "being made" in card.text)
    mark = len(harness.log.records)
    clock.advance(3600)
    result = await harness.result(asked)
    await harness.log.wait("result delivered", after=mark)
    clock.advance(WEEK)
    await harness.community.delete_message(result.id)
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    opened = await harness.answer(await bo.slash("history", id=short_id(result)))
    assert "a fox of old" in opened.text
    assert "cannot be downloaded any more" in opened.text
    assert "namespace of the bot's owner" in opened.text
    assert not harness.log.troubles()
