"""The channel is gone when the result comes: whoever ordered hears of it directly, once."""

from sandbox.discord.client import FeedEntry, Interaction, Message
from tests.e2e.kit import BO, PATIENCE, Harness, Stages

MIB = 1024 * 1024


async def in_a_lost_channel(harness: Harness, prompt: str, user: str = "Bo", **more: object) -> Interaction:
    """An order that is still made when its channel is deleted."""
    harness.renderer.hold(prompt)
    asked = await harness.order(prompt, user=user, **more)  # type: ignore[arg-type]
    await harness.card(asked, lambda card: "being made" in card.text)
    await harness.community.delete_channel("video-lab")
    return asked


async def told_directly(harness: Harness) -> Message:
    def direct(entry: FeedEntry) -> bool:
        message = entry.message
        return entry.kind == "message_created" and message is not None and "telling you here" in message.text

    message = (await harness.community.wait_for(direct, timeout=PATIENCE)).message
    assert message is not None
    return message


async def directs(harness: Harness, user: str = "Bo") -> list[Message]:
    return await harness.community.messages(channel="dm", user=user)


async def test_the_requester_gets_the_result(stages: Stages) -> None:
    harness = await stages()
    asked = await in_a_lost_channel(harness, "a fox")
    harness.renderer.release("a fox")
    message = await told_directly(harness)
    assert f"I could not post this in <#{asked.channel_id}>" in message.text
    assert "your video is ready" in message.text
    [film] = message.attachments
    assert film.size == harness.renderer.size
    await harness.log.wait("result delivered")
    assert [one.id for one in await directs(harness)] == [message.id]
    assert harness.log.find("channel closed")
    assert not harness.log.troubles()


async def test_what_is_too_large_is_linked_there_too(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.size = 21 * MIB
    await in_a_lost_channel(harness, "a long fox")
    harness.renderer.release("a long fox")
    message = await told_directly(harness)
    assert message.attachments == ()
    pressed = await harness.community.press(user="Bo", message_id=message.id, label="Link to no. 1", locale="en-US")
    answer = await harness.answer(pressed, channel="dm")
    link = answer.text.split("[Here it is](")[1].split(")")[0]
    path = await harness.community.download(link, harness.folder / "fox.mp4")
    assert path.stat().st_size == harness.renderer.size


async def test_killed_between_the_message_and_its_row(stages: Stages) -> None:
    harness = await stages()
    await in_a_lost_channel(harness, "a fox")
    await harness.community.fault("/channels/*/messages", method="POST", drop=True, when="after", times=None)
    harness.renderer.release("a fox")
    await told_directly(harness)
    await harness.kill()
    await harness.community.clear_faults()
    await harness.community.advance(600)  # Discord has forgotten the nonce
    mark = len(harness.log.records)
    await harness.start()
    await harness.log.wait("result delivered", after=mark)
    assert len(await directs(harness)) == 1


async def test_a_person_who_takes_no_messages_is_not_asked_at_every_start(stages: Stages) -> None:
    harness = await stages()
    harness.discord.world.users[BO].accepts_direct_messages = False
    await in_a_lost_channel(harness, "a fox")
    harness.renderer.release("a fox")
    held = await harness.log.wait("result held")
    assert "10003" in held.error  # type: ignore[attr-defined]
    assert "50007" in held.error  # type: ignore[attr-defined]
    assert await directs(harness) == []
    mark = len(harness.log.records)
    await harness.stop()
    await harness.start()
    assert not harness.log.find("channel closed", after=mark)
