"""Rights go while a result is made: it is told in a smaller form, elsewhere, or on the card; always, and once."""

from datetime import timedelta

import pytest

from sandbox.discord.client import FeedEntry, Interaction, Message
from tests.cogs.panels import Manager
from tests.e2e.kit import Harness, Stages
from tests.e2e.test_log_channel import LOG

MESSAGES = "/channels/*/messages"


async def held(harness: Harness, channel: str = "video-lab") -> Interaction:
    """An order whose card stands, and whose film is not made yet."""
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox", channel=channel)
    await harness.card(asked)
    return asked


async def posted(harness: Harness, channel: str = "video-lab") -> list[Message]:
    """The messages that tell of a result, whether they answer to the card or not."""
    return [
        m for m in await harness.community.messages(channel=channel) if "-# Order" in m.text and not m.components_v2
    ]


async def test_only_attaching_is_forbidden(stages: Stages) -> None:
    harness = await stages()
    asked = await held(harness)
    await harness.community.permit(channel="video-lab", deny=["ATTACH_FILES"])
    harness.renderer.release("a fox")
    result = await harness.result(asked)
    assert result.attachments == ()
    assert "I may not attach files here" in result.text
    assert "Link to no. 1" in [button.label for button in result.buttons]
    pressed = await harness.community.press(user="Bo", message_id=result.id, label="Link to no. 1")
    assert "Here it is" in (await harness.answer(pressed)).text
    await harness.log.wait("result delivered")
    assert await harness.community.messages(channel="dm", user="Bo") == []
    assert len(await posted(harness)) == 1
    assert not harness.log.troubles()


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("way", ["right", "fault"])
async def test_a_reply_that_is_refused_is_posted_without_its_reference(stages: Stages, status: int, way: str) -> None:
    harness = await stages()
    await held(harness)
    if way == "right":
        await harness.community.permit(channel="video-lab", deny=["READ_MESSAGE_HISTORY"])
    else:
        await harness.community.fault(MESSAGES, method="POST", status=status, code=160002)
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")
    [result] = await posted(harness)
    assert len(result.attachments) == 1
    assert result.reply_to is None
    assert result.pinged == ("Bo",)
    assert await harness.community.messages(channel="dm", user="Bo") == []
    assert not harness.log.find("delivery postponed")


@pytest.mark.parametrize("code", [240000, 200000, 50035])
async def test_words_that_are_refused_cost_no_file(stages: Stages, code: int) -> None:
    harness = await stages()
    asked = await held(harness)
    await harness.community.fault(MESSAGES, method="POST", status=400, code=code)
    harness.renderer.release("a fox")
    result = await harness.result(asked)
    assert len(result.attachments) == 1
    assert "Kling" not in result.text  # nothing but who it is for, and the order
    assert not result.buttons


async def test_what_is_refused_in_every_form_but_words_leaves_the_way_to_the_result(stages: Stages) -> None:
    harness = await stages()
    asked = await held(harness)
    await harness.community.fault(MESSAGES, method="POST", status=400, code=200000, times=2)
    harness.renderer.release("a fox")
    result = await harness.result(asked)
    assert result.attachments == ()
    assert "</history:" in result.text
    assert [button.label for button in result.buttons] == ["Link to no. 1"]


async def test_a_refusal_that_nobody_knows_is_not_retried_for_a_day(stages: Stages) -> None:
    harness = await stages()
    await held(harness)
    await harness.community.fault(MESSAGES, method="POST", status=400, code=987654, times=None)
    await harness.community.change_user("Bo", accepts_direct_messages=False)
    harness.renderer.release("a fox")
    await harness.log.wait("result held")


async def nobody_is_told(harness: Harness, asked: Interaction) -> Message:
    """The card says that the result is there; the button on it brings it."""
    harness.renderer.release("a fox")
    card = await harness.card(asked, lambda card: "📭" in card.text)
    assert "✅ ready" in card.text
    assert "</history:" in card.text
    pressed = await harness.community.press(user="Bo", message_id=card.id, label="Link to no. 1")
    assert "Here it is" in (await harness.answer(pressed)).text
    return card


@pytest.mark.parametrize("how", ["channel", "role", "thread"])
async def test_nobody_can_be_told_until_the_right_is_given_back(stages: Stages, how: str) -> None:
    harness = await stages()
    ada = Manager(harness)
    await ada.choose(await ada.open("log"), LOG, "general")
    channel = "video-lab"
    if how == "thread":
        channel = await harness.community.open_thread(user="Bo", channel="video-lab", name="takes")
    asked = await held(harness, channel)
    await harness.community.change_user("Bo", accepts_direct_messages=False)
    await forbid(harness, how, channel)
    if how == "thread":  # locked: not even the card can be changed there
        harness.renderer.release("a fox")
    else:
        await nobody_is_told(harness, asked)

    def news(entry: FeedEntry) -> bool:
        message = entry.message
        return entry.kind == "message_created" and message is not None and "I could not post the result" in message.text

    assert (await harness.community.wait_for(news, timeout=20)).message is not None
    await forbid(harness, how, channel, back=True)
    result = await harness.result(asked)
    assert result.attachments
    await harness.card(asked, lambda card: "ready" in card.text and "📭" not in card.text)
    assert len(await posted(harness, channel)) == 1
    assert await harness.community.messages(channel="dm", user="Bo") == []
    assert not harness.log.troubles()


async def forbid(harness: Harness, how: str, channel: str, *, back: bool = False) -> None:
    if how == "channel":
        await harness.community.permit(channel=channel, deny=[] if back else ["SEND_MESSAGES"])
    elif how == "role":
        rights = ["VIEW_CHANNEL", "READ_MESSAGE_HISTORY", "ATTACH_FILES", "USE_APPLICATION_COMMANDS"]
        await harness.community.permit(channel="general", allow=["SEND_MESSAGES"])  # for the log channel
        await harness.community.set_role("@everyone", guild="Film Club", permissions=rights)
        given = [*rights, "SEND_MESSAGES"] if back else rights
        await harness.community.set_role("Sandbox Bot", guild="Film Club", permissions=given)
    else:
        await harness.community.change_channel(channel, locked=not back)


async def test_what_was_held_when_the_process_died_is_told_after_the_restart(stages: Stages) -> None:
    harness = await stages()
    asked = await held(harness)
    await harness.community.change_user("Bo", accepts_direct_messages=False)
    await harness.community.permit(channel="video-lab", deny=["SEND_MESSAGES"])
    await nobody_is_told(harness, asked)
    await harness.kill()
    await harness.start()
    await harness.community.permit(channel="video-lab")
    assert (await harness.result(asked)).attachments
    assert len(await posted(harness)) == 1


async def test_history_brings_back_what_nobody_was_told(stages: Stages) -> None:
    harness = await stages()
    await held(harness)
    await harness.community.change_user("Bo", accepts_direct_messages=False)
    await harness.community.delete_channel("video-lab")
    harness.renderer.release("a fox")
    await harness.log.wait("result held")
    page = await harness.use("history", channel="general")
    assert "a fox" in page.text
    assert not harness.log.troubles()


async def test_edits_of_a_card_that_is_older_than_an_hour_wait_and_are_made(stages: Stages) -> None:
    """discord.py waits as long as Discord says, five times over; then the card is tried again, and never given up."""
    harness = await stages(timing={"old_edits": timedelta(milliseconds=100)})
    asked = await held(harness)
    await harness.community.advance(2 * 3600)
    edits = "/channels/*/messages/*"
    await harness.community.fault(edits, method="PATCH", status=429, code=30046, retry_after=0.01, times=5)
    harness.renderer.release("a fox")
    assert (await harness.result(asked)).attachments
    await harness.log.wait("card not redrawn")
    await harness.card(asked, lambda card: "✅ ready" in card.text)
    assert not harness.log.find("card gone")
