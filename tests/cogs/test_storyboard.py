"""/storyboard: shots in a form, a preview with length and price, one order or one for each shot."""

import pytest

from sandbox.discord.client import Member, Message
from tests.e2e.kit import ENQUEUE, PATIENCE, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOGETHER = "kling-video-o3-pro-reference-to-video"
APART = "kling-video-v2-6-pro-text-to-video"


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


async def board(harness: Harness, shots: str, model: str = TOGETHER) -> Message:
    asked = await bo(harness).slash("storyboard", model=model)
    assert asked.form is not None
    assert asked.form.field("Model").raw["options"][0]["value"] == model
    return await harness.answer(await bo(harness).submit(asked, {"Shots, one per line": shots}))


async def test_shots_are_previewed_and_ordered_as_one(harness: Harness) -> None:
    preview = await board(harness, "5s Aerial view of waves\n3s A gull lands\n\nThe gull looks up")
    assert preview.only_for == "Bo"
    for phrase in ("1. **5 s** Aerial view of waves", "2. **3 s** A gull lands", "3. **5 s** The gull", "**13 s**"):
        assert phrase in preview.text
    assert [button.label for button in preview.buttons] == ["Order", "Edit", "Cancel"]
    ordered = await bo(harness).press(preview, "Order")
    result = await harness.result(ordered)
    assert result.attachments
    [order] = [o for o in harness.oxen.traffic.accepted if "multi_prompt" in o["request"]]
    assert [shot["duration"] for shot in order["request"]["multi_prompt"]] == [5, 3, 5]
    assert "prompt" not in order["request"]
    assert "2. **3 s** A gull lands" in (await harness.card(ordered)).text
    assert "A gull lands" in result.text
    assert "Ordered" in (await harness.edited(preview.id, lambda m: not m.buttons)).text


async def test_sixteen_seconds_are_too_many_and_can_be_edited(harness: Harness) -> None:
    before = harness.oxen.traffic.counts[ENQUEUE]
    refused = await board(harness, "8s One\n8s Two")
    assert "16 s" in refused.text
    again = await bo(harness).press(refused, "Edit")
    assert again.form is not None
    assert again.form.field("Shots, one per line").value == "8s One\n8s Two"
    better = await harness.answer(await bo(harness).submit(again, {"Shots, one per line": "8s One\n7s Two"}))
    assert "**15 s**" in better.text
    cancelled = await bo(harness).press(better, "Cancel")
    assert cancelled.acknowledged
    assert "Nothing was ordered" in (await harness.community.see(better, user="Bo")).text
    assert harness.oxen.traffic.counts[ENQUEUE] == before


async def test_a_model_that_joins_no_shots_makes_one_video_for_each(harness: Harness) -> None:
    preview = await board(harness, "5s A door opens\n10s A cat comes in", APART)
    assert "**2 separate videos**" in preview.text
    assert "Price: $" in preview.text
    before = await harness.community.position()
    await bo(harness).press(preview, "Order 2 videos")
    ready = 0

    def both(entry: object) -> bool:
        nonlocal ready
        message = getattr(entry, "message", None)
        if getattr(entry, "kind", "") == "message_created" and message is not None and message.reply_to:
            ready += "your video is ready" in message.text
        return ready == 2

    await harness.community.wait_for(both, after=before, timeout=PATIENCE)
    [door], [cat] = harness.ordered("A door opens"), harness.ordered("A cat comes in")
    assert str(door["request"]["duration"]) == "5"
    assert str(cat["request"]["duration"]) == "10"


@pytest.mark.parametrize("shots", ["5s", "   \n\n", "5s " + "x" * 513])
async def test_shots_that_cannot_be_are_refused(harness: Harness, shots: str) -> None:
    refused = await board(harness, shots or " ")
    assert refused.only_for == "Bo"
    assert "Edit" in [button.label for button in refused.buttons]


async def test_a_storyboard_without_shots_names_both_ways(harness: Harness) -> None:
    refused = await board(harness, " \n ")
    assert "neither a shot nor a prompt" in refused.text
    assert "</video:" in refused.text


async def test_a_video_without_words_is_told_both_ways(harness: Harness) -> None:
    refused = await harness.refusal(await bo(harness).slash("video", prompt="   "))
    assert "neither a prompt nor a shot" in refused
    assert "</storyboard:" in refused  # it can be clicked


async def test_a_storyboard_that_is_too_long_is_made_to_fit(harness: Harness) -> None:
    refused = await board(harness, "8s One\n9s Two")
    assert [button.label for button in refused.buttons] == ["Edit", "Make it fit"]
    await bo(harness).press(refused, "Make it fit")
    preview = await harness.community.see(refused, user="Bo")
    for phrase in ("1. **8 s** One", "2. **7 s** Two", "**15 s**"):
        assert phrase in preview.text


async def test_shots_that_the_model_does_not_know_are_made_to_fit_one_by_one(harness: Harness) -> None:
    refused = await board(harness, "4s One\n10s Two\n9s Three", APART)
    assert "It knows: 5, 10" in refused.text
    await bo(harness).press(refused, "Make it fit")
    preview = await harness.community.see(refused, user="Bo")
    for phrase in ("1. **5 s** One", "2. **10 s** Two", "3. **10 s** Three", "**3 separate videos**"):
        assert phrase in preview.text
