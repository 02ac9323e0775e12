"""/video and /image: what a member sees from the command to the result."""

import asyncio

import pytest

from tests.chat.rendering import interpreted
from tests.e2e.kit import BO, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6


async def test_a_command_is_acknowledged_at_once_and_becomes_a_card(harness: Harness) -> None:
    harness.renderer.hold("a fox on skates")
    asked = await harness.order("a fox on skates", duration=5, aspect_ratio="16:9", audio=True)
    assert asked.deferred
    assert not asked.ephemeral
    assert asked.latency_ms is not None
    assert asked.latency_ms < 1000
    card = await harness.card(asked, lambda card: "being made" in card.text)
    assert f"Video for <@{BO}>" in card.text
    assert "> a fox on skates" in card.text
    assert "**Kling 2.6 Pro - Text to Video** · 5 s · 16:9 · with sound" in card.text
    assert [button.label for button in card.buttons] == ["Cancel"]
    assert card.pinged == ()
    harness.renderer.release("a fox on skates")
    done = await harness.card(asked, lambda card: not card.buttons)
    assert "✅ ready" in done.text
    assert done.pinged == ()


async def test_the_result_answers_to_the_card_and_rings_for_the_requester_alone(harness: Harness) -> None:
    asked = await harness.order("a heron")
    result = await harness.result(asked)
    assert result.reply_to == asked.response_message_id
    assert result.pinged == ("Bo",)
    assert result.flags & SUPPRESS_EMBEDS
    assert not result.flags & EPHEMERAL
    assert f"<@{BO}>, your video is ready." in result.text
    [film] = result.attachments
    assert film.filename.endswith(".mp4")
    assert film.size == harness.renderer.size


async def test_four_images_come_as_one_message_with_four_files(harness: Harness) -> None:
    asked = await harness.order("four otters", command="image", count=4, aspect_ratio="1:1", seed=123456)
    result = await harness.result(asked)
    assert len(result.attachments) == 4
    assert len({image.filename for image in result.attachments}) == 4
    assert "your 4 images are ready" in result.text
    assert "seed 123456" in result.text
    card = await harness.card(asked, lambda card: not card.buttons)
    assert "4 × ✅ ready" in card.text  # noqa: RUF001 - the sign for "times" is meant
    assert result.id in card.text
    assert [one["request"]["num_generations"] for one in harness.ordered("four otters")] == [4]
    assert len(await harness.results(asked)) == 1


async def test_the_request_says_what_the_member_said_and_nothing_else(harness: Harness) -> None:
    model = "wan-v2-7-text-to-video"
    asked = await harness.order("a kite", model=model, duration=3, aspect_ratio="9:16", seed=7)
    await harness.result(asked)
    [one] = harness.ordered("a kite")
    assert one["request"] == {
        "model": model,
        "prompt": "a kite",
        "num_generations": 1,
        "duration": 3,
        "aspect_ratio": "9:16",
        "seed": 7,
    }


async def test_a_model_may_be_named_as_the_list_shows_it(harness: Harness) -> None:
    await harness.result(await harness.order("a moth", model="wan 2.7 - text to video"))
    assert harness.ordered("a moth")[0]["request"]["model"] == "wan-v2-7-text-to-video"


async def test_a_request_that_the_usual_model_cannot_fulfil_goes_to_the_next_one(harness: Harness) -> None:
    await harness.result(await harness.order("a newt", duration=7))
    assert harness.ordered("a newt")[0]["request"]["model"] == "wan-v2-7-text-to-video"


async def test_two_members_order_in_two_servers_at_once(harness: Harness) -> None:
    here = await harness.order("an owl here", user="Bo")
    there = await harness.order("an owl there", user="Dev", channel="clips")
    assert (await harness.result(here)).pinged == ("Bo",)
    german = await harness.result(there)
    assert german.pinged == ("Dev",)
    assert german.channel_id != here.channel_id


async def test_a_thread_is_as_good_as_a_channel(harness: Harness) -> None:
    thread = await harness.community.open_thread(user="Bo", channel="video-lab", name="night shots")
    asked = await harness.order("an owl in a thread", channel=thread)
    result = await harness.result(asked)
    assert result.channel_id == thread
    assert result.attachments


HOSTILE = (
    "@everyone look @here <@&1150000000000000102> <@1150000000000000014> <#1150000000000000110>",
    "# Title\n## Sub\n**bold** __under__ ~~gone~~ ||spoiler|| `code`\n```py\nblock\n```\n> quote\n>>> all",
    "- one\n* two\n1. three\n+ four\n  - five\n-# small print",
    "https://evil.example/x [click](https://evil.example) <https://evil.example> discord.gg/evil",
    "first\r\nsecond\rthird\u2028fourth\n\n\nfifth\x0bsixth\x85seventh",
    "<t:1700000000:R> <:emoji:1150000000000000102> </video:1150000000000000102> <id:browse>",
)
# Discord's ids are names before they are sent.
NAMED = {
    HOSTILE[0]: "everyone look here Filmmaker Dev general",
    HOSTILE[3]: "https://evil.example/x [click](https://evil.example) <https://evil.example> a link",
    HOSTILE[5]: "2023-11-14 22:13 emoji /video the server guide",
}


async def test_hostile_prompts_are_shown_as_plain_text_and_ring_for_nobody(harness: Harness) -> None:
    async def check(prompt: str, sent: str) -> None:
        asked = await harness.order(prompt, user="Cleo", command="image")
        result = await harness.result(asked)
        card = await harness.card(asked, lambda card: not card.buttons)
        assert card.pinged == ()
        assert result.pinged == ("Cleo",)
        quoted = [line.removeprefix("> ") for line in card.text.split("\n") if line.startswith("> ")]
        assert interpreted("\n".join(quoted)) == []
        for message in (card, result):
            assert not message.raw["mention_everyone"]
            assert message.raw["mention_roles"] == []
            assert {one["username"] for one in message.raw["mentions"]} <= {"cleo"}
        [one] = harness.ordered(sent)
        assert one["request"]["prompt"] == sent  # what is inert on screen is sent as it was typed

    await asyncio.gather(*(check(prompt, NAMED.get(prompt, prompt)) for prompt in HOSTILE))


async def test_the_longest_prompt_fits(harness: Harness) -> None:
    prompt = ("**_~`<@everyone>" * 400)[:6000]
    asked = await harness.order(prompt, command="image")
    assert (await harness.result(asked)).attachments
    assert (await harness.card(asked)).components_v2


async def test_orders_carry_the_namespace_of_their_server(harness: Harness) -> None:
    await harness.bill("film-club")
    await harness.result(await harness.order("a paid fox"))
    await harness.result(await harness.order("an unpaid fox", channel="clips"))
    [paid], [unpaid] = harness.ordered("a paid fox"), harness.ordered("an unpaid fox")
    assert paid["request"]["target_namespace"] == "film-club"
    assert paid["namespace"] == "film-club"
    assert "target_namespace" not in unpaid["request"]
    assert [charge.generation_id for charge in harness.oxen.ledger.account("film-club").charges] == paid[
        "generation_ids"
    ]
