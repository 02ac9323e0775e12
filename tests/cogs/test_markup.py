"""Discord's ids in what a member writes: names go to the provider, and the card shows what was sent."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.client import Member
from tests.e2e.kit import Harness
from tests.media.pictures import png

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAN = "wan-v2-7-text-to-video"
CLEO, FILMMAKER, GENERAL = 1150000000000000013, 1150000000000000102, 1150000000000000110
BACKSTAGE, SANDBOX_BOT = 1150000000000000113, 1150000000000000001


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


async def request_of(harness: Harness, prompt: str) -> dict[str, Any]:
    await harness.watch.until(lambda: harness.ordered(prompt))
    return dict(harness.ordered(prompt)[0]["request"])


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (f"a portrait of <@{CLEO}>", "a portrait of Cleo"),
        ("a portrait of <@!1150000000000000012>", "a portrait of Bo"),
        ("a portrait of <@42>", "a portrait of someone"),
        (f"<@&{FILMMAKER}> in <#{GENERAL}>", "Filmmaker in general"),
        (f"a door to <#{BACKSTAGE}>", "a door to a channel"),  # which Bo cannot see
        ("<:fox:42> like </video:42> at <t:1767268800:D>", "fox like /video at 2026-01-01"),
        ("@everyone in https://discord.com/channels/1/2/3", "everyone in a message"),
    ],
)
async def test_a_prompt_is_sent_and_shown_with_names(harness: Harness, written: str, sent: str) -> None:
    asked = await harness.order(written, command="image")
    assert (await request_of(harness, sent))["prompt"] == sent
    card = await harness.card(asked)
    assert f"> {sent}" in card.text
    await harness.result(asked)
    assert harness.ordered(written) == []


async def test_a_person_who_is_not_named_in_time_is_called_someone(harness: Harness) -> None:
    await harness.community.fault("/guilds/*/members/*", method="GET", latency=30, times=1)
    asked = await harness.order(f"a statue of <@{CLEO}>", command="image")
    assert asked.latency_ms is not None
    assert asked.latency_ms < 2500
    await request_of(harness, "a statue of someone")
    await harness.result(asked)


async def test_other_texts_of_a_form_too(harness: Harness) -> None:
    asked = await bo(harness).slash("video", prompt=f"<@{CLEO}> on a horse", model=WAN, more=True)
    sent = await bo(harness).submit(asked, {"Negative prompt": f"<@{CLEO}>, <#{GENERAL}>"})
    request = await request_of(harness, "Cleo on a horse")
    assert request["negative_prompt"] == "Cleo, general"
    await harness.result(sent)


async def test_shots_of_a_storyboard_too(harness: Harness) -> None:
    asked = await bo(harness).slash("storyboard", model="kling-video-o3-pro-reference-to-video")
    shots = f"5s <@{CLEO}> enters\n3s <@42> leaves"
    preview = await harness.answer(await bo(harness).submit(asked, {"Shots, one per line": shots}))
    assert "Cleo enters" in preview.text
    ordered = await bo(harness).press(preview, "Order")
    await harness.result(ordered)
    [one] = [o for o in harness.oxen.traffic.accepted if "multi_prompt" in o["request"]]
    assert [shot["prompt"] for shot in one["request"]["multi_prompt"]] == ["Cleo enters", "someone leaves"]


async def test_what_is_written_after_a_right_click_too(harness: Harness, tmp_path: Path) -> None:
    message = await harness.community.member("Cleo", channel="video-lab").write("look", png(tmp_path))
    asked = await bo(harness).menu("Animate this picture", message)
    filled = {"Prompt": f"<@{CLEO}> wakes up", "Model": ["kling-video-v2-5-turbo-pro-image-to-video"]}
    sent = await bo(harness).submit(asked, filled)
    await request_of(harness, "Cleo wakes up")
    await harness.result(sent)
