"""/compare: one prompt to several models, one card, one message, one price, and a vote."""

from decimal import Decimal

from sandbox.discord.client import Member, Message
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Harness, Stages
from tests.e2e.rules import run, settle

KLING, WAN = "kling-video-v2-6-pro-text-to-video", "wan-v2-7-text-to-video"
SEEDANCE = "bytedance-seedance-2-0-text-to-video"


def member(harness: Harness, name: str = "Bo") -> Member:
    return harness.community.member(name, channel="video-lab", locale="en-US")


def votes(message: Message) -> list[str]:
    return [str(button.label) for button in message.buttons if "vote" in str(button.custom_id)]


async def test_three_models_make_one_card_and_one_message_and_are_voted_for(stages: Stages) -> None:
    harness = await stages()
    seen = len(harness.discord.rest.log)
    harness.renderer.hold("a fox in snow", lambda number: number == 0)
    asked = await member(harness).slash("compare", prompt="a fox in snow", model=KLING, model_2=WAN, model_3=SEEDANCE)
    card = await harness.card(asked, lambda card: "✅ ready" in card.text)
    assert "3 models side by side" in card.text
    assert card.text.count("a fox in snow") == 1
    assert [button.label for button in card.buttons] == ["Cancel"]
    assert not await harness.results(asked)
    harness.renderer.release("a fox in snow")
    result = await harness.result(asked)
    assert "3 of 3 models are ready" in result.text
    assert len(result.attachments) == len({file.filename for file in result.attachments}) == 3
    for number, name in enumerate(("Kling 2.6 Pro", "Wan 2.7", "Seedance 2.0"), 1):
        [line] = [line for line in result.text.splitlines() if line.lower().startswith(f"{number}. **{name.lower()}")]
        assert line.endswith(" s")
    assert {one["request"]["model"] for one in harness.ordered("a fox in snow")} == {KLING, WAN, SEEDANCE}
    await harness.card(asked, lambda card: not card.buttons and card.text.count("✅ ready") == 3)
    posts = [one for one in list(harness.discord.rest.log)[seen:] if one["limit"] == "global"]
    assert [one["method"] for one in posts] == ["POST"]

    # Everybody has one vote, and may change it; what is shown outlives the process.
    first, second, _ = (str(button.custom_id) for button in result.buttons)
    voted = await harness.turned(result, member(harness).press(result, first))
    assert [label.rpartition("🗳")[2].strip() for label in votes(voted) if "🗳" in label] == ["1"]
    await harness.stop()
    await harness.start()
    await harness.turned(result, member(harness, "Dev").press(result, first))
    for who in ("Bo", "Ada", "Dev"):  # at once: what is shown is gathered
        await member(harness, who).press(result, second)
    last = await harness.edited(result.id, lambda message: any(label.endswith("🗳 3") for label in votes(message)))
    assert [label.endswith("🗳 3") for label in votes(last)] == [False, True, False]
    assert [count for (count,) in run(harness, "SELECT COUNT(*) FROM votes GROUP BY user_id")] == [1, 1, 1]
    assert not harness.log.troubles()


async def test_if_one_fails_the_others_are_delivered_and_it_says_so(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=1))
    asked = await member(harness).slash("compare", prompt="a heron", model=KLING, model_2=WAN)
    result = await harness.result(asked)
    assert "one of 2 models is ready" in result.text
    assert "out of memory" in result.text
    assert len(result.attachments) == 1
    assert not votes(result)
    assert len(await harness.results(asked)) == 1


async def test_the_whole_is_confirmed_and_counts_as_one(stages: Stages) -> None:
    """$0.35 and $0.36 are each below what the server asks about, and together above."""
    harness = await stages(start=False)
    settle(harness, confirm_above=Decimal("0.50"), month_budget=Decimal("1.00"))
    await harness.start()
    models = {"model": KLING, "model_2": "ltx-2-3-pro-text-to-video"}
    asked = await member(harness).slash("compare", prompt="a newt", **models)
    card = await harness.card(asked)
    assert "$0.71 in all" in card.text
    assert "2 models side by side" in card.text
    assert not harness.oxen.traffic.counts[ENQUEUE]
    await harness.stop()
    await harness.start()
    await member(harness).press(card, "Order · $0.71")
    await harness.result(asked)
    assert len(harness.ordered("a newt")) == 2
    # What is left of the budget would pay one of them.
    refused = await member(harness).slash("compare", prompt="another newt", **models)
    assert "$0.29" in await harness.refusal(refused)
    assert not harness.ordered("another newt")


async def test_one_press_cancels_all_of_it(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a moth")
    asked = await member(harness).slash("compare", prompt="a moth", model=KLING, model_2=WAN)
    card = await harness.card(asked, lambda card: card.text.count("being made") == 2)
    await member(harness).press(card, "Cancel")
    done = await harness.card(asked, lambda card: not card.buttons)
    assert done.text.count("cancelled") >= 2
    assert "none of the 2 models" in (await harness.result(asked)).text


async def test_what_cannot_be_compared_is_said_before_anything_is_ordered(stages: Stages) -> None:
    harness = await stages()
    for models, words in (
        ((KLING, KLING), "can be compared once"),
        ((KLING, "black-forest-labs-flux-2-klein-4b"), "make different things"),
        ((KLING, "no-such-model-anywhere"), "no-such-model-anywhere"),
    ):
        asked = await member(harness).slash("compare", prompt="a fox", model=models[0], model_2=models[1])
        message = await harness.answer(asked)
        assert words in message.text
        assert not message.buttons
    assert not run(harness, "SELECT id FROM orders")


async def test_a_killed_process_goes_on_with_all_of_it(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a kite")
    asked = await member(harness).slash("compare", prompt="a kite", model=KLING, model_2=WAN)
    await harness.received(ENQUEUE, 2)
    await harness.kill()
    harness.renderer.release("a kite")
    await harness.start()
    result = await harness.result(asked)
    assert len(result.attachments) == 2
    assert len(await harness.results(asked)) == 1
