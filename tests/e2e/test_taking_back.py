"""A result is deleted, covered, reported: by whom, once, after a restart, whatever has become of its messages."""

import asyncio
import re

import pytest

from bot.domain.ids import ChannelId
from sandbox.discord.client import FeedEntry, Member, Message
from tests.e2e.kit import PATIENCE, Harness, Stages
from tests.e2e.rules import run, settle
from tests.e2e.test_result_buttons import labelled

GENERAL, LAB = ChannelId(1150000000000000110), ChannelId(1150000000000000111)
MODEL = "wan-v2-7-text-to-video"


@pytest.fixture
async def harness(stages: Stages) -> Harness:
    harness = await stages(start=False)
    settle(harness, log_channel=GENERAL, acts_told=True)
    await harness.start()
    return harness


async def details(harness: Harness, result: Message, user: str = "Bo") -> Message:
    asked = await member(harness, user).press(result, labelled(result, "Details"))
    return await harness.answer(asked, user=user)


def member(harness: Harness, user: str, channel: str = "video-lab") -> Member:
    return harness.community.member(user, channel=channel, locale="en-US")


async def pressed(harness: Harness, message: Message, label: str, user: str = "Bo") -> Message:
    """The message as it is after the press of one of its buttons."""
    return await harness.turned(message, member(harness, user).press(message, labelled(message, label)))


async def gone(harness: Harness, *ids: str | None) -> None:
    left = set(ids)

    def deleted(entry: FeedEntry) -> bool:
        if entry.kind == "message_deleted" and entry.message is not None:
            left.discard(entry.message.id)
        return not left

    await harness.community.wait_for(deleted, timeout=PATIENCE)


async def told(harness: Harness, words: str) -> Message:
    """The message in the log channel that has these words."""

    def fits(entry: FeedEntry) -> bool:
        one = entry.message
        shown = entry.kind in {"message_created", "message_edited"} and one is not None and words in one.text
        return shown and one is not None and one.channel_id == str(GENERAL)

    found = (await harness.community.wait_for(fits, timeout=PATIENCE)).message
    assert found is not None
    return await harness.community.message(found.id, channel="general", user="Ada")


async def report(harness: Harness, result: Message, user: str, **written: object) -> str:
    panel = await details(harness, result, user)
    asked = await member(harness, user).press(panel, labelled(panel, "Report"))
    given = {"What is wrong with it?": ["violent"], **written}
    return (await harness.answer(await member(harness, user).submit(asked, given), user=user)).text


async def test_a_result_is_deleted_with_its_card_and_the_ledger_keeps_the_amount(harness: Harness) -> None:
    asked = await harness.order("a fox", command="image", model="flux-2-pro")
    result = await harness.result(asked)
    spent = run(harness, "SELECT SUM(micro_usd) FROM entries")
    other = await details(harness, result)
    panel = await pressed(harness, await details(harness, result), "Delete")
    assert "cannot be undone" in panel.text
    assert "stays charged" in panel.text
    kept = await pressed(harness, panel, "Keep")
    panel = await pressed(harness, kept, "Delete")
    assert "Deleted" in (await pressed(harness, panel, "Delete")).text
    await gone(harness, result.id, asked.response_message_id)
    await harness.log.wait("messages in line")
    assert await harness.results(asked) == []
    assert run(harness, "SELECT SUM(micro_usd) FROM entries") == spent
    statement = (
        "SELECT result_url, message_id, card_message_id, tidy_due_at FROM orders AS o"
        " JOIN generations AS g ON g.order_id = o.id JOIN posts AS p ON p.id = g.post_id"
    )
    assert run(harness, statement) == [(None,) * 4]
    assert "deleted" in (await harness.use("history")).text
    again = await harness.refusal(await member(harness, "Bo").press(other, labelled(other, "Delete")))
    assert again == "That result is deleted already."
    assert run(harness, "SELECT act FROM audit") == []  # it was their own
    assert not harness.log.troubles()


async def test_a_child_of_a_deleted_result_says_so_and_others_may_not_delete(harness: Harness) -> None:
    result = await harness.result(await harness.order("a fox", model=MODEL))
    child = await harness.result(await member(harness, "Dev").press(result, labelled(result, "Again")))
    assert not any("Delete" in (one.label or "") for one in (await details(harness, result, "Dev")).buttons)
    panel = await pressed(harness, await details(harness, result, "Ada"), "Delete", "Ada")
    await pressed(harness, panel, "Delete", "Ada")
    await gone(harness, result.id)
    assert "Made from a result that was deleted" in (await details(harness, child, "Dev")).text
    assert "deleted the result of order" in (await told(harness, "deleted the result")).text


async def test_two_presses_at_once_delete_once_and_a_message_that_is_gone_is_no_trouble(harness: Harness) -> None:
    asked = await harness.order("a fox", model=MODEL)
    result = await harness.result(asked)
    panel = await pressed(harness, await details(harness, result), "Delete")
    await harness.community.delete_message(result.id)
    one, two = await asyncio.gather(*(member(harness, "Bo").press(panel, labelled(panel, "Delete")) for _ in range(2)))
    await gone(harness, asked.response_message_id)
    await harness.log.wait("messages in line")
    assert run(harness, "SELECT COUNT(*) FROM orders WHERE deleted_at IS NOT NULL AND tidy_due_at IS NULL") == [(1,)]
    assert one.acknowledged and two.acknowledged  # noqa: PT018
    assert not harness.log.troubles()


async def test_what_was_to_be_deleted_when_the_process_died_goes_after_the_restart(harness: Harness) -> None:
    asked = await harness.order("a fox", model=MODEL)
    result = await harness.result(asked)
    panel = await pressed(harness, await details(harness, result), "Delete")
    await harness.community.fault("/channels/*/messages/*", method="DELETE", status=503, times=None)
    mark = len(harness.log.records)
    await member(harness, "Bo").press(panel, labelled(panel, "Delete"))
    await harness.log.wait("messages not in line", after=mark)
    await harness.kill()
    await harness.community.clear_faults()
    await harness.start()
    await gone(harness, result.id, asked.response_message_id)


async def test_a_result_becomes_a_spoiler_and_none_again(harness: Harness) -> None:
    result = await harness.result(await harness.order("a fox", command="image", model="flux-2-pro"))
    covered = await pressed(harness, await details(harness, result), "Mark as spoiler")
    assert "The files are spoilers now" in covered.text
    now = await harness.community.message(result.id, channel="video-lab", user="Bo")
    assert [one.spoiler for one in now.attachments] == [True]
    assert now.text == result.text
    shown = await pressed(harness, covered, "No spoiler")
    assert "no spoilers any more" in shown.text
    now = await harness.community.message(result.id, channel="video-lab", user="Bo")
    assert [one.spoiler for one in now.attachments] == [False]
    assert await harness.community.download(now.attachments[0], harness.folder / "still there")


async def test_the_link_of_a_large_result_is_covered(harness: Harness) -> None:
    harness.renderer.size = 21 * 1024 * 1024
    result = await harness.result(await harness.order("a fox", model=MODEL))
    assert "||" not in result.text
    panel = await pressed(harness, await details(harness, result), "Mark as spoiler")
    now = await harness.community.message(result.id, channel="video-lab", user="Bo")
    assert "||<http" in now.text
    await pressed(harness, panel, "No spoiler")
    now = await harness.community.message(result.id, channel="video-lab", user="Bo")
    assert "||" not in now.text
    assert "<http" in now.text


async def test_reports_are_one_post_with_a_count_whose_buttons_survive_a_restart(harness: Harness) -> None:
    ordered = await harness.order("a fox", model=MODEL)
    result = await harness.result(ordered)
    words = {"In your own words (if you like)": "it *bites* @everyone"}
    assert "The moderators have your report" in await report(harness, result, "Dev", **words)
    post = await told(harness, "Reported: [a fox]")
    assert "Violent or hateful: it \\*bites\\*" in post.text
    assert "<@1150000000000000014>" in post.text
    assert "already" in await report(harness, result, "Dev")
    await report(harness, result, "Cleo")
    counted = await told(harness, "Reported by 2 members")
    assert counted.id == post.id
    await harness.stop()
    await harness.start()
    refused = await harness.refusal(
        await member(harness, "Dev", "general").press(counted, labelled(counted, "Delete")), user="Dev"
    )
    assert "moderators" in refused
    await member(harness, "Ada", "general").press(counted, labelled(counted, "Delete"))
    await gone(harness, result.id, ordered.response_message_id)
    over = await told(harness, "Deleted by <@1150000000000000011>")
    assert (over.id, over.buttons) == (post.id, ())
    assert not harness.log.troubles()


async def test_reports_are_dismissed_once_and_a_new_one_opens_them_again(harness: Harness) -> None:
    result = await harness.result(await harness.order("a fox", model=MODEL))
    await report(harness, result, "Dev")
    post = await told(harness, "Reported: [a fox]")
    dismiss = labelled(post, "Dismiss")
    one, two = await asyncio.gather(*(member(harness, "Ada", "general").press(post, dismiss) for _ in range(2)))
    await told(harness, "Dismissed by <@1150000000000000011>")
    assert one.acknowledged and two.acknowledged  # noqa: PT018
    assert run(harness, "SELECT COUNT(*) FROM audit WHERE act = 'dismissed-reports'") == [(1,)]
    await report(harness, result, "Cleo")
    again = await told(harness, "Reported by 2 members")
    assert (again.id, len(again.buttons)) == (post.id, 3)


async def test_without_a_log_channel_the_owner_hears_of_a_report(stages: Stages) -> None:
    harness = await stages()
    result = await harness.result(await harness.order("a fox", model=MODEL))
    assert "I told its owner directly" in await report(harness, result, "Dev")

    def fits(entry: FeedEntry) -> bool:
        return entry.message is not None and "your server has no log channel" in entry.message.text

    post = (await harness.community.wait_for(fits, timeout=PATIENCE)).message
    assert post is not None
    assert "Reported: [a fox]" in post.text
    assert post.buttons == ()


async def test_a_right_click_deletes_or_reports_a_result_and_nothing_else(harness: Harness) -> None:
    result = await harness.result(await harness.order("a fox", model=MODEL))
    bo, dev = member(harness, "Bo"), member(harness, "Dev")
    words = await dev.write("no result at all")
    assert "no result of mine" in await harness.refusal(await dev.menu("Report this result", words), user="Dev")
    form = await dev.menu("Report this result", result)
    assert "moderators have your report" in await harness.refusal(
        await dev.submit(form, {"What is wrong with it?": ["person"]}), user="Dev"
    )
    assert "Only the person" in await harness.refusal(await dev.menu("Delete this result", result), user="Dev")
    panel = await harness.answer(await bo.menu("Delete this result", result))
    await pressed(harness, panel, "Delete")
    await gone(harness, result.id)


async def test_in_an_archived_thread_it_is_covered_and_deleted_too(harness: Harness) -> None:
    await harness.community.open_thread(user="Bo", channel="video-lab", name="old films")
    asked = await harness.order("a fox", channel="old films", model=MODEL)
    result = await harness.result(asked)
    bo = member(harness, "Bo", "old films")
    panel = await harness.answer(await bo.press(result, labelled(result, "Details")), channel="old films")
    await harness.community.change_channel("old films", archived=True)
    panel = await harness.turned(panel, bo.press(panel, labelled(panel, "Mark as spoiler")))
    assert "The files are spoilers now" in panel.text
    panel = await harness.turned(panel, bo.press(panel, labelled(panel, "Delete")))
    await bo.press(panel, labelled(panel, "Delete"))
    await gone(harness, result.id, asked.response_message_id)


async def test_a_result_waits_for_a_moderator_and_comes_once(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, log_channel=GENERAL, reviewed={LAB})
    await harness.start()
    asked = await harness.order("a fox", command="image", model="flux-2-pro")
    question = await told(harness, "ordered this in")
    assert len(question.attachments) == 1
    assert (
        "waits for a moderator's yes" in (await harness.card(asked, lambda card: "waits for a mod" in card.text)).text
    )
    assert await harness.results(asked) == []
    await harness.stop()
    await harness.start()
    no = await member(harness, "Dev", "general").press(question, labelled(question, "Approve"))
    assert "moderators" in await harness.refusal(no, user="Dev")
    ada = member(harness, "Ada", "general")
    one, two = await asyncio.gather(*(ada.press(question, labelled(question, "Approve")) for _ in range(2)))
    assert one.acknowledged and two.acknowledged  # noqa: PT018
    result = await harness.result(asked)
    assert "your image is ready" in result.text
    assert len(result.attachments) == 1
    answered = await harness.edited(question.id, lambda message: "Approved" in str(message.buttons))
    assert [one.label for one in answered.buttons] == ["Approved by Ada"]
    await harness.card(asked, lambda card: result.id in card.text)

    asked = await harness.order("a hare", command="image", model="flux-2-pro")
    question = await told(harness, "a hare")
    await ada.press(question, labelled(question, "Refuse"))
    refused = await harness.result(asked)
    assert "did not approve your image" in refused.text
    assert refused.attachments == ()
    await harness.card(asked, lambda card: "not approved" in card.text)
    assert len(await harness.results(asked)) == 1
    assert not harness.log.troubles()


async def test_what_was_compared_is_deleted_together(harness: Harness) -> None:
    bo = member(harness, "Bo")
    both = {"model": "kling-video-v2-6-pro-text-to-video", "model_2": "ltx-2-3-pro-text-to-video"}
    asked = await bo.slash("compare", prompt="two foxes", **both)
    result = await harness.result(asked)
    panel = await harness.answer(await bo.menu("Delete this result", result))
    assert "all 2 files" in re.sub("[\u2068\u2069]", "", panel.text)
    await pressed(harness, panel, "Delete")
    await gone(harness, result.id, asked.response_message_id)
    assert run(harness, "SELECT COUNT(*), COUNT(deleted_at) FROM orders") == [(2, 2)]
    assert not harness.log.troubles()


async def test_a_deleted_result_leaves_the_showcase(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, showcase_channel=GENERAL, showcase_stars=1)
    await harness.start()
    asked = await harness.order("a fox", command="image", model="flux-2-pro")
    result = await harness.result(asked)
    await member(harness, "Dev").press(result, labelled(result, "⭐"))
    shown = await told(harness, "FLUX")
    panel = await harness.answer(await member(harness, "Bo").menu("Delete this result", result))
    await pressed(harness, panel, "Delete")
    await gone(harness, result.id, asked.response_message_id, shown.id)
