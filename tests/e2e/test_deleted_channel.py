"""The channel is gone when the result comes: whoever ordered hears of it directly, once."""

from sandbox.discord.client import FeedEntry, Interaction, Message
from tests.e2e.kit import BO, PATIENCE, Stage, Stages

MIB = 1024 * 1024


async def in_a_lost_channel(stage: Stage, prompt: str, user: str = "Bo", **more: object) -> Interaction:
    """An order that is still made when its channel is deleted."""
    stage.darkroom.hold(prompt)
    asked = await stage.order(prompt, user=user, **more)  # type: ignore[arg-type]
    await stage.card(asked, lambda card: "being made" in card.text)
    await stage.community.delete_channel("video-lab")
    return asked


async def told_directly(stage: Stage) -> Message:
    def direct(entry: FeedEntry) -> bool:
        message = entry.message
        return entry.kind == "message_created" and message is not None and "telling you here" in message.text

    message = (await stage.community.wait_for(direct, timeout=PATIENCE)).message
    assert message is not None
    return message


async def directs(stage: Stage, user: str = "Bo") -> list[Message]:
    return await stage.community.messages(channel="dm", user=user)


async def test_the_requester_gets_the_result(stages: Stages) -> None:
    stage = await stages()
    asked = await in_a_lost_channel(stage, "a fox")
    stage.darkroom.release("a fox")
    message = await told_directly(stage)
    assert f"I could not post this in <#{asked.channel_id}>" in message.text
    assert "your video is ready" in message.text
    [film] = message.attachments
    assert film.size == stage.darkroom.size
    await stage.log.wait("result delivered")
    assert [one.id for one in await directs(stage)] == [message.id]
    assert stage.log.find("channel closed")
    assert not stage.log.troubles()


async def test_what_is_too_large_is_linked_there_too(stages: Stages) -> None:
    stage = await stages()
    stage.darkroom.size = 21 * MIB
    await in_a_lost_channel(stage, "a long fox")
    stage.darkroom.release("a long fox")
    message = await told_directly(stage)
    assert message.attachments == ()
    pressed = await stage.community.press(user="Bo", message_id=message.id, label="Link to no. 1", locale="en-US")
    answer = await stage.answer(pressed, channel="dm")
    link = answer.text.split("[Here it is](")[1].split(")")[0]
    path = await stage.community.download(link, stage.folder / "fox.mp4")
    assert path.stat().st_size == stage.darkroom.size


async def test_killed_between_the_message_and_its_row(stages: Stages) -> None:
    stage = await stages()
    await in_a_lost_channel(stage, "a fox")
    await stage.community.fault("/channels/*/messages", method="POST", drop=True, when="after", times=None)
    stage.darkroom.release("a fox")
    await told_directly(stage)
    await stage.kill()
    await stage.community.clear_faults()
    await stage.community.advance(600)  # Discord has forgotten the nonce
    mark = len(stage.log.records)
    await stage.start()
    await stage.log.wait("result delivered", after=mark)
    assert len(await directs(stage)) == 1


async def test_whoever_takes_no_messages_is_not_asked_at_every_start(stages: Stages) -> None:
    stage = await stages()
    stage.discord.world.users[BO].accepts_direct_messages = False
    await in_a_lost_channel(stage, "a fox")
    stage.darkroom.release("a fox")
    held = await stage.log.wait("result held")
    assert "10003" in held.error  # type: ignore[attr-defined]
    assert "50007" in held.error  # type: ignore[attr-defined]
    assert await directs(stage) == []
    mark = len(stage.log.records)
    await stage.stop()
    await stage.start()
    assert not stage.log.find("channel closed", after=mark)
