"""/queue: what is being made, for the member's eyes only."""

import pytest

from tests.chat.rendering import interpreted
from tests.e2e.kit import BO, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_empty_queue_says_what_to_do(harness: Harness) -> None:
    for scope in ("mine", "server"):
        answer = await harness.use("queue", channel="lobby", options={"scope": scope})
        assert answer.only_for == "Bo"
        assert "</video:" in answer.text


async def test_the_queue_of_the_server_and_ones_own(harness: Harness) -> None:
    prompts = {"Dev": "a slow **first** fox @soon ~~gone~~", "Bo": "a slow second fox"}
    asked = {}
    for user, prompt in prompts.items():
        harness.renderer.hold(prompt)
        asked[user] = await harness.order(prompt, user=user)
        await harness.card(asked[user], lambda card: "being made" in card.text)
    elsewhere = "a slow fox elsewhere"
    harness.renderer.hold(elsewhere)
    other = await harness.order(elsewhere, channel="clips")

    server = await harness.use("queue")
    assert server.only_for == "Bo"
    assert server.pinged == ()
    title, first, second = server.text.split("\n")
    assert title == "### Orders in this server"
    assert first.startswith("**1.** 🎬")
    assert second.startswith("**2.** 🎬")
    guild, channel = "1150000000000000100", "1150000000000000111"
    for line, user in ((first, "Dev"), (second, "Bo")):
        assert f"](https://discord.com/channels/{guild}/{channel}/{asked[user].response_message_id})" in line
        assert "Kling 2.6 Pro" in line
        assert "<t:" in line  # the age, counted by the reader's client
    assert f"<@{BO}>" in second
    label = first[first.index("[") + 1 : first.index("](")]
    assert interpreted(label) == []
    assert elsewhere not in server.text

    mine = await harness.use("queue", options={"scope": "mine"})
    assert mine.text.split("\n")[0] == "### Your orders"
    assert mine.text.split("\n")[1:] == [second]  # with its position in the server's queue

    for prompt in (*prompts.values(), elsewhere):
        harness.renderer.release(prompt)
    for one in (*asked.values(), other):
        await harness.result(one)
    assert "queue is empty" in (await harness.use("queue")).text


async def test_four_of_one_order_are_one_line(harness: Harness) -> None:
    harness.renderer.hold("slow otters", lambda number: number == 3)
    asked = await harness.order("slow otters", command="image", count=4)
    await harness.card(asked, lambda card: card.text.count("✅ ready") == 3)
    text = (await harness.use("queue")).text
    assert len(text.split("\n")) == 2
    assert "3 × ✅ ready" in text  # noqa: RUF001 - the sign for "times" is meant
    assert "🖼️" in text
    harness.renderer.release("slow otters")
    assert len((await harness.result(asked)).attachments) == 4
