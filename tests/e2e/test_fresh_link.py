"""A result too large for the channel: its link dies after a while, the button beside it does not."""

import time

import pytest

from sandbox.oxen.clock import ManualClock
from tests.e2e.kit import Harness, Stages

MIB = 1024 * 1024
WEEK = 7 * 24 * 3600


async def pressed_by(harness: Harness, user: str, message_id: str, channel: str = "video-lab") -> str:
    pressed = await harness.community.press(user=user, message_id=message_id, label="Link to no. 1", locale="en-US")
    answer = await harness.answer(pressed, user=user, channel=channel)
    assert answer.only_for == user, answer.text
    return answer.text


def link(text: str, words: str) -> str:
    return text.split(f"[{words}](")[1].split(")", maxsplit=1)[0]


async def test_a_week_later_anybody_gets_a_link_of_their_own(stages: Stages) -> None:
    """The message is a week old, the bot has been away, the first link is dead; Oxen still has the result."""
    harness = await stages()
    harness.renderer.size = 21 * MIB
    result = await harness.result(await harness.order("a long fox"))
    assert result.attachments == ()
    assert result.buttons[0].label == "Link to no. 1"
    await harness.stop()
    await harness.community.advance(WEEK)
    harness.oxen._parts.signer._secret = b"the links from before are worth nothing"
    with pytest.raises(Exception, match="403"):
        await harness.community.download(link(result.text, "open it"), harness.folder / "dead.mp4")
    await harness.start()
    for user in ("Bo", "Dev"):
        fresh = link(await pressed_by(harness, user, result.id), "Here it is")
        path = await harness.community.download(fresh, harness.folder / f"{user}.mp4")
        assert path.stat().st_size == harness.renderer.size
    assert not harness.log.troubles()


async def test_when_oxen_has_forgotten_it_that_is_said(stages: Stages) -> None:
    clock = ManualClock(time.time())
    harness = await stages(oxen={"clock": clock})
    harness.renderer.size = 21 * MIB
    asked = await harness.order("a long fox")
    await harness.card(asked, lambda card: "being made" in card.text)
    clock.advance(3600)
    result = await harness.result(asked)
    assert result.buttons[0].label == "Link to no. 1"
    clock.advance(WEEK)
    assert "does not offer this result for download any more" in await pressed_by(harness, "Bo", result.id)
    assert not harness.log.troubles()
