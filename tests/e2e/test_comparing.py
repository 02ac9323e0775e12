"""/compare: one prompt to several models, one card, one message, one price, and a vote."""

from decimal import Decimal

from sandbox.discord.client import Interaction, Member, Message
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.faults import Fault
from sandbox.oxen.render.renderer import MediaRenderer
from tests.e2e.kit import ENQUEUE, Harness, Stages
from tests.e2e.rules import run, settle

KLING, WAN = "kling-video-v2-6-pro-text-to-video", "wan-v2-7-text-to-video"
SEEDANCE = "bytedance-seedance-2-0-text-to-video"


def member(harness: Harness, name: str = "Bo") -> Member:
    return harness.community.member(name, channel="video-lab", locale="en-US")


def votes(message: Message) -> list[str]:
    return [str(button.label) for button in message.buttons if "vote" in str(button.custom_id)]


def of(message: Message, verb: str) -> list[str]:
    """The ids of its buttons with such a verb."""
    return [str(button.custom_id) for button in message.buttons if f":{verb}:" in str(button.custom_id)]


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
        assert "made in" in line
    assert {one["request"]["model"] for one in harness.ordered("a fox in snow")} == {KLING, WAN, SEEDANCE}
    await harness.card(asked, lambda card: not card.buttons and "3 \N{MULTIPLICATION SIGN} ✅ ready" in card.text)
    posts = [one for one in list(harness.discord.rest.log)[seen:] if one["limit"] == "global"]
    assert [one["method"] for one in posts] == ["POST"]

    # Everybody has one vote, and may change it; what is shown outlives the process.
    first, second, _ = of(result, "vote")
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
    # Pressed twice it is the one vote, and a vote leaves the other buttons as they are.
    await harness.turned(result, member(harness, "Dev").press(result, second))
    assert run(harness, "SELECT COUNT(*) FROM votes") == [(3,)]
    assert [button.label for button in last.buttons][3:] == [button.label for button in result.buttons][3:]
    assert not harness.log.troubles()


async def test_each_result_has_the_ways_on_that_it_has_alone(stages: Stages) -> None:
    harness = await stages(renderer=MediaRenderer(sketch=True))
    asked = await member(harness).slash("compare", prompt="a fox", model="flux-2-pro", model_2="nano-banana-2")
    result = await harness.result(asked)
    outputs = [output for (output,) in run(harness, "SELECT id FROM generations ORDER BY ordinal")]
    orders = [order for (order,) in run(harness, "SELECT order_id FROM generations ORDER BY ordinal")]

    async def chosen(verb: str, number: int) -> Interaction:
        [which] = [each for each in of(result, "which") if f":{verb}:" in each]
        panel = await harness.answer(await member(harness, "Dev").press(result, which), user="Dev")
        assert panel.only_for == "Dev"
        assert "Which of them?" in panel.text
        return await member(harness, "Dev").press(panel, of(panel, verb)[number - 1])

    again = await harness.result(await chosen("anew", 2))
    assert "Nano Banana 2" in again.text
    details = await harness.answer(await chosen("details", 1), user="Dev")
    assert f"`{orders[0]}`" in details.text
    form = await chosen("vary", 1)
    answers = {"Prompt": "a red fox", "How much may change": ["little"]}
    await harness.result(await member(harness, "Dev").submit(form, answers))
    assert harness.ordered("a red fox")[0]["request"]["input_image"]
    # What asks for the file anyway does so, and knows what it is.
    form = await member(harness).press(result, of(result, "animate")[0])
    await harness.result(await member(harness).submit(form, {"From this message": ["1"], "Prompt": "it runs"}))
    parents = [parent for (parent,) in run(harness, "SELECT parent_id FROM orders ORDER BY created_at, id")]
    assert parents == [None, None, outputs[1], outputs[0], outputs[1]]
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
    # What failed is tried again by itself, and what is there has its buttons without a question.
    assert of(result, "anew")
    [retry] = of(result, "again")
    tried = await harness.result(await member(harness).press(result, retry))
    assert len(tried.attachments) == 1
    assert not votes(tried)
    assert not harness.log.troubles()


async def test_one_of_them_is_cancelled_and_the_others_stand_side_by_side(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a vole")
    models = {"model": KLING, "model_2": WAN, "model_3": SEEDANCE}
    asked = await member(harness).slash("compare", prompt="a vole", **models)
    await harness.card(asked, lambda card: card.text.count("being made") == 3)
    [(order, output)] = run(harness, "SELECT order_id, id FROM generations WHERE ordinal = 1")
    await harness.use("cancel", options={"order": f"{order}:{output}"})
    await harness.card(asked, lambda card: card.text.count("being made") == 2)
    harness.renderer.release("a vole")
    result = await harness.result(asked)
    assert "2 of 3 models are ready" in result.text
    assert len(result.attachments) == len(votes(result)) == 2
    assert not harness.log.troubles()


async def test_when_a_model_is_gone_its_result_stays_and_says_so(stages: Stages) -> None:
    catalogue = Catalogue([model.row for model in Catalogue.from_file().all()])
    harness = await stages(oxen={"catalogue": catalogue})
    result = await harness.result(await member(harness).slash("compare", prompt="a crow", model=KLING, model_2=WAN))
    await harness.stop()
    catalogue.remove(WAN)
    await harness.start()
    panel = await harness.answer(await member(harness).press(result, of(result, "which")[0]))
    pressed = await member(harness).press(panel, of(panel, "anew")[1])
    assert "Oxen.ai has not offered" in await harness.refusal(pressed)
    await harness.turned(result, member(harness).press(result, of(result, "vote")[1]))
    assert len(harness.ordered("a crow")) == 2
    assert not harness.log.troubles()


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
    # What is left of the budget would pay one of them, but not both.
    await harness.stop()
    settle(harness, month_budget=Decimal("1.10"))
    await harness.start()
    refused = await harness.refusal(await member(harness).slash("compare", prompt="another newt", **models))
    assert "$0.39 of it is left. This would cost $0.71." in refused
    assert not harness.ordered("another newt")


async def test_one_press_cancels_all_of_it(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a moth")
    asked = await member(harness).slash("compare", prompt="a moth", model=KLING, model_2=WAN)
    card = await harness.card(asked, lambda card: card.text.count("being made") == 2)
    await member(harness).press(card, "Cancel")
    await harness.card(asked, lambda card: not card.buttons and "2 \N{MULTIPLICATION SIGN} 🚫 cancelled" in card.text)
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
    asked = await member(harness).slash("compare", prompt="a fox", model=WAN, model_2=KLING, duration=7)
    refused = await harness.refusal(asked)
    assert refused.splitlines()[0] == "With **Kling 2.6 Pro - Text to Video**:"
    assert "7 seconds is not possible" in refused
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
