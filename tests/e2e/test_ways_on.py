"""A way on from a refusal: what fits is ordered by the button with its price, another model is shown whole before."""

from decimal import Decimal

from bot.domain.rules.policy import Allowance
from sandbox.discord.client import Interaction, Message
from tests.e2e.kit import ENQUEUE, Harness, Stages
from tests.e2e.rules import settle

KLING = "kling-video-v2-6-pro-text-to-video"


async def refused(harness: Harness, asked: Interaction) -> Message:
    message = await harness.answer(asked)
    assert message.only_for == "Bo"
    return message


def plain(message: Message) -> str:
    return message.text.replace("\N{NO-BREAK SPACE}", " ")


async def test_what_a_budget_refuses_is_ordered_smaller_until_nothing_fits(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, day_budget=Decimal("0.85"), confirm_above=Decimal("0.20"))
    await harness.start()
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    told = await refused(harness, await harness.order("two long foxes", model=KLING, duration=10, count=2))
    assert "budget is $0.85 a day, and $0.85 of it is left. This would cost $1.40." in told.text
    assert "can raise" not in told.text
    assert [button.label for button in told.buttons] == ["Order 5 s · $0.70"]
    sent = await bo.press(told, "Order 5 s · $0.70")  # above what the server asks about, and it was on the button
    assert len((await harness.result(sent)).attachments) == 2
    [ordered] = harness.ordered("two long foxes")
    assert ordered["request"]["duration"] in {5, "5"}

    german = await refused(harness, await harness.order("ein Fuchs", model=KLING, duration=5, locale="de"))
    assert "davon sind 0,15 $ übrig. Das hier würde 0,35 $ kosten." in plain(german)
    assert "Wer diesen Server verwaltet, kann das in </settings:" in german.text
    assert not german.buttons
    assert harness.oxen.traffic.counts[ENQUEUE] == 1
    assert not harness.log.troubles()


async def test_another_model_is_shown_whole_with_its_price_before_it_is_ordered(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, month_budget=Decimal("0.90"), everyone=Allowance(spend_per_day=Decimal("0.30")))
    await harness.start()
    english = harness.community.member("Bo", channel="video-lab", locale="en-US")
    told = await refused(harness, await harness.order("a fox *for less*", model=KLING, duration=5))
    assert "You may spend $0.30 a day here" in told.text
    assert "The button orders this video:" in told.text
    assert "> a fox \\*for less\\*" in told.text
    assert "**LTX 2.3 Fast: Text to Video**" in told.text
    assert "💵 $0.24" in told.text
    sent = await english.press(told, "Run LTX 2.3 Fast: Text to Video · $0.24")
    assert (await harness.result(sent)).attachments
    assert harness.ordered("a fox *for less*")

    # The default model for images has no price. With a budget, the default is the next one that has a price.
    asked = await harness.order("a usual fox", command="image", user="Dev")
    card = await harness.card(asked)
    assert "Nano Banana 2" in card.text
    assert "💵 $0.10" in card.text
    assert not harness.log.troubles()


async def test_a_misspelled_model_is_the_one_that_was_meant(stages: Stages) -> None:
    harness = await stages()
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    told = await refused(harness, await harness.order("a misspelled fox", model="klng 2.6"))
    assert "There is no model “klng 2.6”. Did you mean **Kling 2.6 Pro - Text to Video**?" in told.text
    assert "> a misspelled fox" in told.text
    assert "💵 $0.35" in told.text
    sent = await bo.press(told, "Run Kling 2.6 Pro - Text to Video · $0.35")
    assert (await harness.result(sent)).attachments

    for typed in ("flux-2-klein-4b", "flx klein 4b"):
        german = await refused(harness, await harness.order("ein Bild", model=typed, locale="de"))
        assert "**FLUX.2 Klein 4B** macht Bilder" in german.text
        assert "</image:" in german.text
    dear = harness.community.member("Bo", channel="video-lab", locale="de")
    sent = await dear.press(german, german.buttons[0].label)
    assert german.buttons[0].label.replace("\N{NO-BREAK SPACE}", " ") == "Als Bild bestellen · höchstens 0,25 $"
    assert (await harness.result(sent)).attachments
    assert not harness.log.troubles()
