"""The price first: an order above the server's threshold waits for its requester's yes, whichever way it came."""

import asyncio
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain.models.catalogue import MediaKind
from bot.domain.rules.policy import Unpriced
from sandbox.discord.client import Interaction, Message
from sandbox.oxen.faults import Fault
from tests.e2e.kit import BO, ENQUEUE, Harness, Stages
from tests.e2e.rules import run, settle
from tests.media.pictures import png

ABOVE = Decimal("0.20")


async def asking(
    stages: Stages,
    *,
    oxen: dict[str, Any] | None = None,
    timing: dict[str, timedelta] | None = None,
    **rules: object,
) -> Harness:
    """A bot whose server asks before anything that costs more than 20 cents."""
    harness = await stages(start=False, oxen=oxen, timing=timing)
    settle(harness, **{"confirm_above": ABOVE, **rules})
    await harness.start()
    return harness


async def question(harness: Harness, asked: Interaction) -> Message:
    return await harness.card(asked, lambda card: len(card.buttons) == 2)


def yes(card: Message) -> str:
    """What the button says that orders: it has the price on it."""
    label = card.buttons[0].label
    assert re.fullmatch(r"Order · (at most )?\$\d+\.\d\d+", label), label
    return label


async def say_yes(harness: Harness, asked: Interaction) -> None:
    card = await question(harness, asked)
    await harness.community.member("Bo", locale="en-US").press(card, yes(card))


async def test_the_card_asks_with_the_price_and_why_and_a_yes_orders_once(stages: Stages) -> None:
    harness = await asking(stages, oxen={"dialect": "browse"}, timing={"cost_again": timedelta(seconds=0.2)})
    bo = harness.community.member("Bo", locale="en-US")
    asked = await harness.order("a fox with a price", count=2)
    card = await question(harness, asked)
    assert "💵 $0.70 (2 × $0.35) · paid by the owner of this bot" in card.text  # noqa: RUF001
    assert "asks before an order that costs more than $0.20" in card.text
    assert "lapses after 2 minutes" in card.text
    assert [button.label for button in card.buttons] == ["Order · $0.70", "Not now"]
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    assert run(harness, "SELECT COUNT(*) FROM entries") == [(0,)]
    presses = await asyncio.gather(*(bo.press(card, yes(card)) for _ in range(4)))
    assert all(pressed.acknowledged for pressed in presses)
    assert len((await harness.result(asked)).attachments) == 2
    over = await harness.card(asked, lambda card: not card.buttons and "💵 charged $0.70" in card.text)
    assert "fox" in over.text
    assert harness.oxen.traffic.counts[ENQUEUE] == 1
    assert not harness.log.troubles()


async def test_only_the_requester_may_answer_and_may_say_no(stages: Stages) -> None:
    harness = await asking(stages)
    asked = await harness.order("a fox of Bo's")
    card = await question(harness, asked)
    for name in ("Dev", "Cleo", "Ada"):  # another member, a moderator, the owner
        for label in (yes(card), "Not now"):
            pressed = await harness.community.member(name, locale="en-US").press(card, label)
            assert "Only the person who wants to order this" in await harness.refusal(pressed, user=name)
    bo = harness.community.member("Bo", locale="en-US")
    assert (await bo.press(card, "Not now")).acknowledged
    assert asked.response_message_id not in {one.id for one in await bo.at("video-lab").messages()}
    assert run(harness, "SELECT state FROM pending_confirmations") == [("withdrawn",)]
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    assert not harness.log.troubles()


async def test_a_question_that_nobody_answers_lapses_without_cost(stages: Stages) -> None:
    harness = await asking(stages, timing={"confirmation": timedelta(seconds=0.5)})
    asked = await harness.order("a fox that nobody wants")
    await question(harness, asked)
    lapsed = await harness.card(asked, lambda card: not card.buttons)
    assert "nothing was ordered and nothing paid" in lapsed.text
    assert "a fox that nobody wants" in lapsed.text
    assert run(harness, "SELECT COUNT(*) FROM orders") == [(0,)]
    assert not harness.log.troubles()


async def test_a_question_outlives_a_restart_and_lapses_after_one(stages: Stages) -> None:
    harness = await asking(stages)
    kept, left = await harness.order("a fox to keep"), await harness.order("a fox to leave")
    card = await question(harness, kept)
    await question(harness, left)
    await harness.kill()
    run(harness, "UPDATE pending_confirmations SET lapses_at = 1 WHERE content LIKE '%a fox to leave%'")
    await harness.start()
    lapsed = await harness.card(left, lambda card: not card.buttons)
    assert "nothing was ordered" in lapsed.text
    assert (await harness.community.member("Bo").press(card, yes(card))).acknowledged
    assert (await harness.result(kept)).attachments
    assert not harness.log.troubles()


async def test_a_card_that_could_not_be_drawn_still_says_that_it_is_too_late(stages: Stages) -> None:
    harness = await asking(stages)
    asked = await harness.order("a fox behind a closed door")
    card = await question(harness, asked)
    await harness.stop()
    run(harness, "UPDATE pending_confirmations SET lapses_at = 1")
    await harness.community.fault("/channels/*/messages/*", method="PATCH", status=403, code=50001, times=None)
    await harness.start()
    await harness.log.wait("confirmation lapsed")
    bo = harness.community.member("Bo", locale="en-US")
    for label in (yes(card), "Not now"):
        assert "has waited for a yes for too long" in await harness.refusal(await bo.press(card, label))
    # A week later its row is gone.
    await harness.stop()
    run(harness, "DELETE FROM pending_confirmations")
    await harness.start()
    for label in (yes(card), "Not now"):
        late = await bo.press(card, label)
        assert "I do not know that order any more. Nothing was ordered" in await harness.refusal(late)
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    assert not harness.log.troubles()


async def test_a_lapsed_card_that_cannot_be_drawn_is_drawn_later(stages: Stages) -> None:
    harness = await asking(stages, timing={"card_again": timedelta(seconds=0.2)})
    asked = await harness.order("a fox in bad weather")
    await question(harness, asked)
    await harness.stop()
    run(harness, "UPDATE pending_confirmations SET lapses_at = lapses_at - 150000")
    await harness.community.fault("/channels/*/messages/*", method="PATCH", drop=True, times=1)
    await harness.start()
    await harness.card(asked, lambda card: not card.buttons)
    assert await harness.log.wait("confirmation lapsed")
    assert not harness.log.troubles()


async def test_a_price_that_has_risen_asks_again_with_both(stages: Stages) -> None:
    harness = await asking(stages)
    asked = await harness.order("a fox whose price rises", count=2)
    card = await question(harness, asked)
    await harness.stop()
    yesterday = "UPDATE pending_confirmations SET content = json_set(content, '$.estimate[0]', '0.30')"
    run(harness, yesterday)
    await harness.start()
    bo = harness.community.member("Bo", locale="en-US")
    again = await harness.turned(card, bo.press(card, yes(card)))
    assert "The price was $0.60 when you ordered and is $0.70 now." in again.text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    assert (await bo.press(again, yes(again))).acknowledged
    assert (await harness.result(asked)).attachments
    assert not harness.log.troubles()


async def test_limits_and_rules_are_looked_at_again(stages: Stages) -> None:
    harness = await asking(stages)
    first, second = await harness.order("one fox too many"), await harness.order("a fox of somebody banned")
    cards = [await question(harness, each) for each in (first, second)]
    bo = harness.community.member("Bo", locale="en-US")
    await harness.stop()
    settle(harness, confirm_above=ABOVE, month_budget=Decimal("0.30"))
    await harness.start()
    text = await harness.refusal(await bo.press(cards[0], yes(cards[0])))
    assert "budget is $0.30 a month, and $0.30 of it is left. This would cost $0.35." in text
    assert "<t:" in text
    await harness.stop()
    settle(harness, confirm_above=ABOVE, banned=frozenset({BO}))
    await harness.start()
    assert "switched off orders for you" in await harness.refusal(await bo.press(cards[1], yes(cards[1])))
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    assert not harness.log.troubles()


async def test_a_model_without_a_public_price_is_asked_about_or_refused(stages: Stages) -> None:
    harness = await asking(stages, ceiling_second=Decimal("0.04"))
    model = next(m for m in await harness.catalogue() if m.pricing is None and m.runs_on_prompt(MediaKind.VIDEO))
    asked = await harness.order("a fox of unknown price", model=model.id)
    card = await question(harness, asked)
    assert "is set aside; the price is not known" in card.text
    assert "Nobody knows beforehand what this model will charge" in card.text
    await harness.stop()
    settle(harness, unpriced=Unpriced.REFUSE)
    await harness.start()
    refused = await harness.order("another fox of unknown price", model=model.id)
    assert "orders nothing without a price" in await harness.refusal(refused)


async def test_files_storyboards_and_second_tries_ask_too(stages: Stages, tmp_path: Path) -> None:
    harness = await asking(stages, confirm_above=Decimal(0))
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    moving = await bo.slash("video", prompt="a fox that moves", image=png(tmp_path, size=(320, 180)), duration=5)
    card = await question(harness, moving)
    assert "Made from" in card.text
    assert (await bo.press(card, yes(card))).acknowledged
    assert (await harness.result(moving)).attachments

    form = await bo.slash("storyboard", model="kling-video-o3-pro-reference-to-video")
    preview = await harness.answer(await bo.submit(form, {"Shots, one per line": "2s Waves\n3s A gull"}))
    board = await bo.press(preview, "Order")
    panel = await harness.edited(preview.id, lambda shown: not shown.buttons)
    assert "One of 1 waits for your yes to the price" in panel.text
    await say_yes(harness, board)
    assert (await harness.result(board)).attachments

    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=1))
    failing = await harness.order("a fox that fails at first", command="image", seed=7)
    await say_yes(harness, failing)
    failed = await harness.result(failing)
    assert "💵 nothing charged" in (await harness.card(failing, lambda card: not card.buttons)).text
    again = await bo.press(failed, "Try again")
    await say_yes(harness, again)
    assert (await harness.result(again)).attachments
    assert not harness.log.troubles()


async def test_forms_and_message_commands_ask_too(stages: Stages, tmp_path: Path) -> None:
    harness = await asking(stages, confirm_above=Decimal(0))
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    form = await bo.slash("video", model="wan-v2-7-text-to-video", more=True)
    panel = await harness.answer(await bo.submit(form, {"Prompt": "asked for in a form"}))
    sent = await bo.press(panel, "Order now")
    card = await question(harness, sent)
    closed = await harness.edited(panel.id, lambda shown: not shown.buttons)
    assert "asks for your yes to the price" in closed.text
    await bo.press(card, yes(card))
    assert (await harness.result(sent)).attachments

    message = await bo.write("look", png(tmp_path))
    form = await bo.menu("Animate this picture", message)
    answers = {"Prompt": "it wakes up", "Model": ["kling-video-v2-5-turbo-pro-image-to-video"]}
    sent = await bo.submit(form, answers)
    await bo.press(await question(harness, sent), "Not now")
    assert harness.ordered("it wakes up") == []
    assert not harness.log.troubles()


async def test_the_result_comes_and_rings_harmlessly_when_its_member_has_left(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a fox to say goodbye")
    asked = await harness.order("a fox to say goodbye", user="Dev")
    await harness.card(asked, lambda card: "being made" in card.text)
    await harness.community.leave("Dev", guild="Film Club")
    harness.renderer.release("a fox to say goodbye")
    result = await harness.result(asked)
    assert result.attachments
    assert set(result.pinged) <= {"Dev"}
    assert not harness.log.troubles()
