"""The bot stops, or is killed, and starts again on the same database: nothing is lost, nothing comes twice."""

import pytest

from sandbox.discord.client import Interaction
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Harness, Stages

WEEK = 7 * 24 * 3600


async def in_flight(harness: Harness, prompt: str, **more: object) -> Interaction:
    """An order that Oxen has, and holds until `stage.fake renderer.release(prompt)`."""
    harness.renderer.hold(prompt)
    asked = await harness.order(prompt, **more)  # type: ignore[arg-type]
    await harness.card(asked, lambda card: "queue" in card.text or "being made" in card.text)
    return asked


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_results_arrive_once_after_a_restart(stages: Stages, how: str) -> None:
    harness = await stages()
    during = await in_flight(harness, "made while the bot is away")
    after = await in_flight(harness, "made after it is back", command="image", count=2)
    await (harness.stop() if how == "stop" else harness.kill())
    harness.renderer.release("made while the bot is away")
    [first] = harness.ordered("made while the bot is away")
    await harness.oxen.finished(first["generation_ids"][0])
    assert await harness.results(during) == []
    await harness.start()
    assert (await harness.result(during)).attachments
    harness.renderer.release("made after it is back")
    assert len((await harness.result(after)).attachments) == 2
    for asked in (during, after):
        await harness.card(asked, lambda card: not card.buttons)
    await harness.stop()
    assert len(await harness.results(during)) == len(await harness.results(after)) == 1
    assert harness.oxen.traffic.counts[ENQUEUE] == 2
    assert not harness.log.troubles()


async def test_buttons_still_work_after_a_restart_and_a_week(stages: Stages) -> None:
    harness = await stages()
    asked = await in_flight(harness, "a slow fox")
    over = await harness.order("a quick fox")
    await harness.card(over)
    # Its card cannot be redrawn: it goes on showing the button.
    for way in ("/channels/*/messages/*", "/webhooks/*"):
        await harness.community.fault(way, method="PATCH", status=403, code=50001, times=None)
    await harness.result(over)
    await harness.stop()
    await harness.community.advance(WEEK)
    await harness.start()
    assert asked.response_message_id is not None
    assert over.response_message_id is not None
    late = await harness.community.press(user="Bo", message_id=over.response_message_id, label="Cancel")
    assert "That is over already" in await harness.refusal(late)
    await harness.community.clear_faults()
    pressed = await harness.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert pressed.acknowledged
    assert "your video was cancelled" in (await harness.result(asked)).text


async def test_an_answer_that_was_lost_is_looked_up_and_not_ordered_again(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="enqueue", kind="drop_after", times=1))
    asked = await harness.order("a fox", command="image", count=2)
    assert len((await harness.result(asked)).attachments) == 2
    assert harness.oxen.traffic.counts[ENQUEUE] == 1
    assert len(harness.ordered("a fox")) == 1


async def test_killed_while_the_order_is_on_its_way(stages: Stages) -> None:
    """The POST has left, its answer never arrives: the order is found at Oxen, and was paid for once."""
    harness = await stages()
    harness.watch.at_acceptance = harness.interrupt
    asked = await harness.order("a fox")
    await harness.received(ENQUEUE)
    await harness.kill()
    assert len(harness.ordered("a fox")) == 1
    assert not harness.log.find("order sent")
    harness.watch.at_acceptance = lambda: None
    mark = len(harness.log.records)
    await harness.start()
    assert (await harness.result(asked)).attachments
    await harness.stop()
    assert len(await harness.results(asked)) == 1
    assert harness.log.find("orders on their way at the last stop", after=mark)
    assert harness.log.find("order found", after=mark)
    assert len(harness.ordered("a fox")) == 1
    assert harness.oxen.traffic.counts[ENQUEUE] == 1


async def test_killed_while_the_result_is_on_its_way(stages: Stages) -> None:
    """Discord has stored the message, the bot never learnt it: the next start finds it instead of posting again."""
    harness = await stages()
    await harness.community.fault(
        "/channels/*/messages", method="POST", drop=True, when="after", latency=0.0, times=None
    )
    asked = await harness.order("a fox")
    assert (await harness.result(asked)).attachments
    await harness.kill()
    await harness.community.clear_faults()
    await harness.community.advance(600)  # Discord has forgotten the nonce
    mark = len(harness.log.records)
    await harness.start()
    await harness.log.wait("result delivered", after=mark)
    assert len(await harness.results(asked)) == 1


async def test_an_order_that_was_never_sent_is_sent_after_the_restart(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="enqueue", kind="status", value=429, times=1))
    asked = await harness.order("a fox")
    await harness.card(asked, lambda card: "trying again" in card.text)
    await harness.stop()
    await harness.start()
    assert (await harness.result(asked)).attachments
    assert len(harness.ordered("a fox")) == 1


async def test_a_form_from_before_the_restart_says_so_and_orders_nothing(stages: Stages) -> None:
    """What somebody was filling in is in the memory of the process that is gone. The same holds for another's."""
    harness = await stages()
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    asked = await bo.slash("video", prompt="a heron", model="wan-v2-7-text-to-video", more=True)
    refused = await bo.slash("video", prompt="eight", model="kling-video-v2-6-pro-text-to-video", duration=8)
    panel = await harness.answer(refused)
    await harness.stop()
    await harness.start()
    late = [await bo.submit(asked, {"Negative prompt": "rain"}), await bo.press(panel, panel.buttons[-1].label)]
    for each in late:
        words = await harness.refusal(each)
        assert "from before I restarted" in words
        assert "Please begin again" in words
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
