"""/queue: what is being made, for the member's eyes only."""

import pytest

from tests.chat.rendering import interpreted
from tests.e2e.kit import BO, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_empty_queue_says_what_to_do(stage: Stage) -> None:
    for scope in ("mine", "server"):
        answer = await stage.use("queue", channel="lobby", options={"scope": scope})
        assert answer.only_for == "Bo"
        assert "`/video`" in answer.text


async def test_the_queue_of_the_server_and_ones_own(stage: Stage) -> None:
    prompts = {"Dev": "a slow **first** fox @soon ~~gone~~", "Bo": "a slow second fox"}
    asked = {}
    for user, prompt in prompts.items():
        stage.darkroom.hold(prompt)
        asked[user] = await stage.order(prompt, user=user)
        await stage.card(asked[user], lambda card: "being made" in card.text)
    elsewhere = "a slow fox elsewhere"
    stage.darkroom.hold(elsewhere)
    other = await stage.order(elsewhere, channel="clips")

    server = await stage.use("queue")
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

    mine = await stage.use("queue", options={"scope": "mine"})
    assert mine.text.split("\n")[0] == "### Your orders"
    assert mine.text.split("\n")[1:] == [second]  # with its position in the server's queue

    for prompt in (*prompts.values(), elsewhere):
        stage.darkroom.release(prompt)
    for one in (*asked.values(), other):
        await stage.result(one)
    assert "queue is empty" in (await stage.use("queue")).text


async def test_four_of_one_order_are_one_line(stage: Stage) -> None:
    stage.darkroom.hold("slow otters", lambda number: number == 3)
    asked = await stage.order("slow otters", command="image", count=4)
    await stage.card(asked, lambda card: card.text.count("✅ ready") == 3)
    text = (await stage.use("queue")).text
    assert len(text.split("\n")) == 2
    assert "3 × ✅ ready" in text  # noqa: RUF001 - the sign for "times" is meant
    assert "🖼️" in text
    stage.darkroom.release("slow otters")
    assert len((await stage.result(asked)).attachments) == 4
