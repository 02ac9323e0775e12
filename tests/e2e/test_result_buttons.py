"""The buttons under a result: what each makes, for whom, once for each press, as long as the message is there."""

import pytest

from bot.domain.rules.patterns import Patterns
from sandbox.discord.client import Message
from sandbox.oxen.faults import Fault
from sandbox.oxen.render.renderer import MediaRenderer
from tests.e2e.kit import Harness, Stages
from tests.e2e.rules import run, settle

MODEL, PRICED = "wan-v2-7-text-to-video", "kling-video-v2-6-pro-text-to-video"


@pytest.fixture
async def harness(stages: Stages) -> Harness:
    return await stages()


def labelled(message: Message, word: str) -> str:
    """The whole label of the button that has this word on it."""
    return next(button.label for button in message.buttons if button.label and word in button.label)


def families(harness: Harness) -> list[tuple[str, str | None]]:
    """Every order with the output that it goes on from, the oldest first."""
    return run(harness, "SELECT id, parent_id FROM orders ORDER BY created_at, id")


async def test_a_result_tells_the_whole_story(harness: Harness) -> None:
    asked = await harness.order("a fox " + "on skates " * 60, seed=7, model=MODEL, locale="de")
    result = await harness.result(asked)
    assert "your video is ready" in result.text  # the server's language, and not the member's
    for words in ("a fox on skates", "…", "2.7", "5 s", "16:9", "1080P", "seed 7", "made in", "Made with AI"):
        assert words in result.text, words
    assert result.attachments[0].description.startswith("Video no. 1, made with AI by ")


async def test_again_is_everybodys_and_makes_one_child_for_each_press(harness: Harness) -> None:
    result = await harness.result(await harness.order("a fox", model=PRICED))
    dev = harness.community.member("Dev", channel="video-lab", locale="en-US")
    again = labelled(result, "Again")
    assert "$" in again
    child = await harness.result(await dev.press(result, again))
    assert "a fox" in child.text
    assert "<@1150000000000000014>" in child.text
    await harness.result(await dev.press(child, labelled(child, "Again")))
    (first, none), (second, of_first), (_, of_second) = families(harness)
    assert none is None
    outputs = dict(run(harness, "SELECT id, order_id FROM generations"))
    assert [outputs[str(of_first)], outputs[str(of_second)]] == [first, second]

    details = await harness.answer(await dev.press(child, labelled(child, "Details")), user="Dev")
    assert details.only_for == "Dev"
    for words in ("a fox", "Made from", "Made of it", "Made with AI"):
        assert words in details.text, words
    assert not harness.log.troubles()


async def test_a_button_works_after_a_restart_and_says_when_the_model_is_gone(stages: Stages) -> None:
    harness = await stages()
    result = await harness.result(await harness.order("a fox", model=MODEL))
    await harness.stop()
    await harness.start()
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    assert await harness.result(await bo.press(result, labelled(result, "Again")))


async def test_a_picture_is_varied_animated_and_enlarged_and_each_knows_its_parent(stages: Stages) -> None:
    harness = await stages(renderer=MediaRenderer(sketch=True))
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    pictures = await harness.result(await harness.order("a fox", command="image", count=2, model="flux-2-pro"))
    labels = " ".join(button.label or "" for button in pictures.buttons)
    for word in ("Again", "Vary", "Animate", "Upscale", "Use as input", "Details"):
        assert word in labels
    assert "Extend" not in labels

    asked = await bo.press(pictures, labelled(pictures, "Vary"))
    varied = await harness.result(await bo.submit(asked, {"Prompt": "a red fox", "How much may change": ["little"]}))
    assert "a red fox" in varied.text
    [order] = harness.ordered("a red fox")
    assert order["request"]["input_image"]

    asked = await bo.press(pictures, labelled(pictures, "Animate"))
    film = await harness.result(await bo.submit(asked, {"From this message": ["1"], "Prompt": "it runs"}))
    assert "Extend" in " ".join(button.label or "" for button in film.buttons)
    asked = await bo.press(film, labelled(film, "Upscale"))
    await harness.result(await bo.submit(asked, {"Model": ["topazlabs-video-upscale"]}))

    orders = run(harness, "SELECT o.id, g.order_id, g.ordinal FROM orders AS o LEFT JOIN generations AS g"
                 " ON g.id = o.parent_id ORDER BY o.created_at, o.id")  # fmt: skip
    first, second, third, _ = (row[0] for row in orders)
    assert [row[1:] for row in orders] == [(None, None), (first, 1), (first, 2), (third, 1)]
    assert second != third
    assert not harness.log.troubles()


async def test_a_prompt_that_was_refused_can_be_put_differently(harness: Harness) -> None:
    words = "DataInspectionFailed: Input data may contain inappropriate content."
    harness.break_oxen(Fault(on="generation", kind="fail", value=words, times=1))
    refused = await harness.result(await harness.order("a fox with a knife", model=MODEL))
    assert "Nothing was charged" in refused.text
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    asked = await bo.press(refused, labelled(refused, "Edit prompt"))
    assert "a fox with a knife" in str(asked.modal)
    assert "a fox with a fork" in (await harness.result(await bo.submit(asked, {"Prompt": "a fox with a fork"}))).text


async def test_a_command_with_nothing_opens_a_form(harness: Harness) -> None:
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    asked = await bo.slash("video")
    assert asked.modal is not None
    assert "a hare" in (await harness.result(await bo.submit(asked, {"Prompt": "a hare"}))).text


async def test_words_that_a_server_does_not_want_can_be_put_differently(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, blocked=Patterns(("knife",)))
    await harness.start()
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    refused = await harness.answer(await bo.slash("video", prompt="a fox with a knife"))
    assert "Nothing was ordered or charged" in refused.text
    asked = await bo.press(refused, labelled(refused, "Edit prompt"))
    assert "a fox with a knife" in str(asked.modal)
    assert "fork" in (await harness.result(await bo.submit(asked, {"Prompt": "a fox with a fork"}))).text
