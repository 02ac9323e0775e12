"""/video and /image: what a member sees from the command to the result."""

import asyncio

import pytest

from tests.chat.rendering import interpreted
from tests.e2e.kit import BO, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6


async def test_a_command_is_acknowledged_at_once_and_becomes_a_card(stage: Stage) -> None:
    stage.darkroom.hold("a fox on skates")
    asked = await stage.order("a fox on skates", duration=5, aspect_ratio="16:9", audio=True)
    assert asked.deferred
    assert not asked.ephemeral
    assert asked.latency_ms is not None
    assert asked.latency_ms < 1000
    card = await stage.card(asked, lambda card: "being made" in card.text)
    assert f"Video for <@{BO}>" in card.text
    assert "> a fox on skates" in card.text
    assert "**Kling 2.6 Pro - Text to Video** · 5 s · 16:9 · with sound" in card.text
    assert [button.label for button in card.buttons] == ["Cancel"]
    assert card.pinged == ()
    stage.darkroom.release("a fox on skates")
    done = await stage.card(asked, lambda card: not card.buttons)
    assert "✅ ready" in done.text
    assert done.pinged == ()


async def test_the_result_answers_to_the_card_and_rings_for_the_requester_alone(stage: Stage) -> None:
    asked = await stage.order("a heron")
    result = await stage.result(asked)
    assert result.reply_to == asked.response_message_id
    assert result.pinged == ("Bo",)
    assert result.flags & SUPPRESS_EMBEDS
    assert not result.flags & EPHEMERAL
    assert f"<@{BO}>, your video is ready." in result.text
    [film] = result.attachments
    assert film.filename.endswith(".mp4")
    assert film.size == stage.darkroom.size


async def test_four_images_come_as_one_message_with_four_files(stage: Stage) -> None:
    asked = await stage.order("four otters", command="image", count=4, aspect_ratio="1:1", seed=123456)
    result = await stage.result(asked)
    assert len(result.attachments) == 4
    assert len({image.filename for image in result.attachments}) == 4
    assert "your 4 images are ready" in result.text
    assert "seed 123456" in result.text
    card = await stage.card(asked, lambda card: not card.buttons)
    assert card.text.count("✅ ready") == 4
    assert "4 images for" in card.text
    assert [one["request"]["num_generations"] for one in stage.ordered("four otters")] == [4]
    assert len(await stage.results(asked)) == 1


async def test_the_request_says_what_the_member_said_and_nothing_else(stage: Stage) -> None:
    model = "wan-v2-7-text-to-video"
    asked = await stage.order("a kite", model=model, duration=3, aspect_ratio="9:16", seed=7)
    await stage.result(asked)
    [one] = stage.ordered("a kite")
    assert one["request"] == {
        "model": model,
        "prompt": "a kite",
        "num_generations": 1,
        "duration": 3,
        "aspect_ratio": "9:16",
        "seed": 7,
    }


async def test_a_model_may_be_named_as_the_list_shows_it(stage: Stage) -> None:
    await stage.result(await stage.order("a moth", model="wan 2.7 - text to video"))
    assert stage.ordered("a moth")[0]["request"]["model"] == "wan-v2-7-text-to-video"


async def test_a_wish_that_the_usual_model_cannot_fulfil_goes_to_the_next_one(stage: Stage) -> None:
    await stage.result(await stage.order("a newt", duration=7))
    assert stage.ordered("a newt")[0]["request"]["model"] == "wan-v2-7-text-to-video"


async def test_two_members_order_in_two_servers_at_once(stage: Stage) -> None:
    here = await stage.order("an owl here", user="Bo")
    there = await stage.order("an owl there", user="Dev", channel="clips")
    assert (await stage.result(here)).pinged == ("Bo",)
    german = await stage.result(there)
    assert german.pinged == ("Dev",)
    assert german.channel_id != here.channel_id


async def test_a_thread_is_as_good_as_a_channel(stage: Stage) -> None:
    thread = await stage.community.open_thread(user="Bo", channel="video-lab", name="night shots")
    asked = await stage.order("an owl in a thread", channel=thread)
    result = await stage.result(asked)
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


async def test_hostile_prompts_are_shown_as_plain_text_and_ring_for_nobody(stage: Stage) -> None:
    async def check(prompt: str, sent: str) -> None:
        asked = await stage.order(prompt, user="Cleo", command="image")
        result = await stage.result(asked)
        card = await stage.card(asked, lambda card: not card.buttons)
        assert card.pinged == ()
        assert result.pinged == ("Cleo",)
        quoted = [line.removeprefix("> ") for line in card.text.split("\n") if line.startswith("> ")]
        assert interpreted("\n".join(quoted)) == []
        for message in (card, result):
            assert not message.raw["mention_everyone"]
            assert message.raw["mention_roles"] == []
            assert {one["username"] for one in message.raw["mentions"]} <= {"cleo"}
        [one] = stage.ordered(sent)
        assert one["request"]["prompt"] == sent  # what is inert on screen is sent as it was typed

    await asyncio.gather(*(check(prompt, NAMED.get(prompt, prompt)) for prompt in HOSTILE))


async def test_the_longest_prompt_fits(stage: Stage) -> None:
    prompt = ("**_~`<@everyone>" * 400)[:6000]
    asked = await stage.order(prompt, command="image")
    assert (await stage.result(asked)).attachments
    assert (await stage.card(asked)).components_v2


async def test_orders_carry_the_namespace_of_their_server(stage: Stage) -> None:
    await stage.bill("film-club")
    await stage.result(await stage.order("a paid fox"))
    await stage.result(await stage.order("an unpaid fox", channel="clips"))
    [paid], [unpaid] = stage.ordered("a paid fox"), stage.ordered("an unpaid fox")
    assert paid["request"]["target_namespace"] == "film-club"
    assert paid["namespace"] == "film-club"
    assert "target_namespace" not in unpaid["request"]
    assert [charge.generation_id for charge in stage.oxen.ledger.account("film-club").charges] == paid["generation_ids"]
