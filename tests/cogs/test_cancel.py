"""Stopping what is in flight: by command, by button, by whom, and when it is too late."""

import pytest

from sandbox.discord.client import Choice, Interaction, Refused
from tests.e2e.kit import BO, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLEO = 1150000000000000013


async def slow(harness: Harness, prompt: str, **more: object) -> Interaction:
    harness.renderer.hold(prompt)
    asked = await harness.order(prompt, **more)  # type: ignore[arg-type]
    await harness.card(asked, lambda card: "queue" in card.text or "being made" in card.text)
    return asked


async def own(harness: Harness, typed: str = "", user: str = "Bo") -> list[Choice]:
    return await harness.community.autocomplete(
        user=user, channel="video-lab", command="cancel", focused="order", value=typed
    )


def charged(harness: Harness, prompt: str) -> list[str]:
    ids = {one for order in harness.ordered(prompt) for one in order["generation_ids"]}
    return [
        c.generation_id for a in harness.oxen.ledger.accounts().values() for c in a.charges if c.generation_id in ids
    ]


async def test_the_requester_presses_the_button(harness: Harness) -> None:
    asked = await slow(harness, "a fox to stop")
    assert asked.response_message_id is not None
    pressed = await harness.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert pressed.acknowledged
    result = await harness.result(asked)
    assert result.text.startswith(f"<@{BO}>, your video was cancelled.")
    assert f"cancelled by <@{BO}>" in result.text
    assert result.attachments == ()
    card = await harness.card(asked, lambda card: not card.buttons)
    assert "🚫 cancelled" in card.text
    assert charged(harness, "a fox to stop") == []


async def test_a_moderator_may_and_the_requester_alone_is_told(harness: Harness) -> None:
    asked = await slow(harness, "a fox that a moderator stops")
    assert asked.response_message_id is not None
    pressed = await harness.community.press(user="Cleo", message_id=asked.response_message_id, label="Cancel")
    assert pressed.acknowledged
    result = await harness.result(asked)
    assert f"cancelled by <@{CLEO}>" in result.text
    assert result.pinged == ("Bo",)


async def test_pressing_twice_and_after_the_end(harness: Harness) -> None:
    asked = await slow(harness, "a fox to stop twice", count=2)
    message_id = asked.response_message_id
    assert message_id is not None
    custom_id = (await harness.card(asked)).buttons[0].custom_id
    first = await harness.community.press(user="Bo", message_id=message_id, custom_id=custom_id)
    assert first.acknowledged
    # The client of somebody who still sees the old card.
    second = await harness.community.press(user="Bo", message_id=message_id, custom_id=custom_id, force=True)
    text = await harness.refusal(second)
    assert "cancelled already" in text or "over already" in text
    assert "2 videos were cancelled" in (await harness.result(asked)).text
    await harness.card(asked, lambda card: not card.buttons)
    with pytest.raises(Refused):
        await harness.community.press(user="Bo", message_id=message_id, custom_id=custom_id)
    assert len(await harness.results(asked)) == 1


async def test_the_command_offers_ones_own_and_stops_what_was_picked(harness: Harness) -> None:
    prompt = "slow foxes, all four of them, " + "and then some more words " * 8
    mine = await slow(harness, prompt.strip(), command="image", count=4)
    theirs = await slow(harness, "a slow fox of Dev's", user="Dev")
    offered = await own(harness)
    assert len(offered) == 5
    assert offered[0].name.startswith("All 4 · slow foxes")
    assert offered[1].name.startswith("1/4 · slow foxes")
    assert all(len(choice.name) <= 100 for choice in offered)
    assert await own(harness, "no such prompt") == []
    assert len(await own(harness, "SLOW FOXES")) == 5

    one = await harness.use("cancel", options={"order": offered[2].value})
    assert one.only_for == "Bo"
    assert "Cancelling." in one.text
    await harness.card(mine, lambda card: "2. 🚫" in card.text)
    rest = await harness.use("cancel", options={"order": offered[0].value})
    assert "Cancelling 3" in rest.text
    assert "4 images were cancelled" in (await harness.result(mine)).text
    assert charged(harness, prompt.strip()) == []

    assert (await own(harness, user="Dev"))[0].name == "1/1 · a slow fox of Dev's"
    harness.renderer.release("a slow fox of Dev's")
    await harness.result(theirs)


async def test_free_text_instead_of_a_choice_is_refused(harness: Harness) -> None:
    nobodys = "0123456789abcdefghjkmnpq"
    for given in ("", "a fox", "x" * 100, nobodys, f"{nobodys}:zzz", ":", "' OR 1=1 --"):
        answer = await harness.use("cancel", options={"order": given}, force=True)
        assert answer.only_for == "Bo", given
        assert "I do not know that order. Pick one from the list." in answer.text, given


async def test_somebody_elses_generation_is_refused_even_with_its_id(harness: Harness) -> None:
    asked = await slow(harness, "a fox with a known id", user="Dev")
    [choice] = await own(harness, user="Dev")
    answer = await harness.use("cancel", options={"order": choice.value})
    assert "Only the person who ordered this" in answer.text
    elsewhere = await harness.use(
        "cancel", user="Dev", channel="clips", options={"order": choice.value}, locale="en-US"
    )
    assert "do not know that order" in elsewhere.text  # another server's, whoever asks
    harness.renderer.release("a fox with a known id")
    assert (await harness.result(asked)).attachments


async def test_an_unknown_generation_of_a_known_order_stops_nothing(harness: Harness) -> None:
    asked = await slow(harness, "a fox with siblings")
    [choice] = await own(harness)
    order_id = choice.value.partition(":")[0]
    answer = await harness.use("cancel", options={"order": f"{order_id}:{order_id}"})
    assert "Cancelling" not in answer.text
    harness.renderer.release("a fox with siblings")
    assert (await harness.result(asked)).attachments
