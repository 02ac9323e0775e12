"""A result too large for the channel: its link dies after a while, the button beside it does not."""

import time

import pytest

from sandbox.oxen.clock import ManualClock
from tests.e2e.kit import Stage, Stages

MIB = 1024 * 1024
WEEK = 7 * 24 * 3600


async def pressed_by(stage: Stage, user: str, message_id: str, channel: str = "video-lab") -> str:
    pressed = await stage.community.press(user=user, message_id=message_id, label="Link to no. 1", locale="en-US")
    answer = await stage.answer(pressed, user=user, channel=channel)
    assert answer.only_for == user, answer.text
    return answer.text


def link(text: str, words: str) -> str:
    return text.split(f"[{words}](")[1].split(")", maxsplit=1)[0]


async def test_a_week_later_anybody_gets_a_link_of_their_own(stages: Stages) -> None:
    """The message is a week old, the bot has been away, the first link is dead; Oxen still has the result."""
    stage = await stages()
    stage.darkroom.size = 21 * MIB
    result = await stage.result(await stage.order("a long fox"))
    assert result.attachments == ()
    assert [button.label for button in result.buttons] == ["Link to no. 1"]
    await stage.stop()
    await stage.community.advance(WEEK)
    stage.oxen._parts.signer._secret = b"the links from before are worth nothing"
    with pytest.raises(Exception, match="403"):
        await stage.community.download(link(result.text, "open it"), stage.folder / "dead.mp4")
    await stage.start()
    for user in ("Bo", "Dev"):
        fresh = link(await pressed_by(stage, user, result.id), "Here it is")
        path = await stage.community.download(fresh, stage.folder / f"{user}.mp4")
        assert path.stat().st_size == stage.darkroom.size
    assert not stage.log.troubles()


async def test_when_oxen_has_forgotten_it_that_is_said(stages: Stages) -> None:
    clock = ManualClock(time.time())
    stage = await stages(oxen={"clock": clock})
    stage.darkroom.size = 21 * MIB
    asked = await stage.order("a long fox")
    await stage.card(asked, lambda card: "being made" in card.text)
    clock.advance(3600)
    result = await stage.result(asked)
    assert [button.label for button in result.buttons] == ["Link to no. 1"]
    clock.advance(WEEK)
    assert "does not offer this result for download any more" in await pressed_by(stage, "Bo", result.id)
    assert not stage.log.troubles()
