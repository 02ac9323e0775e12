"""The bot stops, or is killed, and starts again on the same database: nothing is lost, nothing comes twice."""

import pytest

from sandbox.discord.client import Interaction
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Stage, Stages

WEEK = 7 * 24 * 3600


async def in_flight(stage: Stage, prompt: str, **more: object) -> Interaction:
    """An order that Oxen has, and holds until `stage.darkroom.release(prompt)`."""
    stage.darkroom.hold(prompt)
    asked = await stage.order(prompt, **more)  # type: ignore[arg-type]
    await stage.card(asked, lambda card: "queue" in card.text or "being made" in card.text)
    return asked


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_results_arrive_once_after_a_restart(stages: Stages, how: str) -> None:
    stage = await stages()
    during = await in_flight(stage, "made while the bot is away")
    after = await in_flight(stage, "made after it is back", command="image", count=2)
    await (stage.stop() if how == "stop" else stage.kill())
    stage.darkroom.release("made while the bot is away")
    [first] = stage.ordered("made while the bot is away")
    await stage.oxen.finished(first["generation_ids"][0])
    assert await stage.results(during) == []
    await stage.start()
    assert (await stage.result(during)).attachments
    stage.darkroom.release("made after it is back")
    assert len((await stage.result(after)).attachments) == 2
    for asked in (during, after):
        await stage.card(asked, lambda card: not card.buttons)
    await stage.stop()
    assert len(await stage.results(during)) == len(await stage.results(after)) == 1
    assert stage.oxen.traffic.counts[ENQUEUE] == 2
    assert not stage.log.troubles()


async def test_buttons_still_work_after_a_restart_and_a_week(stages: Stages) -> None:
    stage = await stages()
    asked = await in_flight(stage, "a slow fox")
    over = await stage.order("a quick fox")
    await stage.card(over)
    # Its card cannot be redrawn: it goes on showing the button.
    await stage.community.fault("/channels/*/messages/*", method="PATCH", status=403, code=50001, times=None)
    await stage.result(over)
    await stage.stop()
    await stage.community.clear_faults()
    await stage.community.advance(WEEK)
    await stage.start()
    assert asked.response_message_id is not None
    assert over.response_message_id is not None
    late = await stage.community.press(user="Bo", message_id=over.response_message_id, label="Cancel")
    assert "That is over already" in await stage.refusal(late)
    pressed = await stage.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert pressed.acknowledged
    assert "your video was cancelled" in (await stage.result(asked)).text


async def test_an_answer_that_was_lost_is_looked_up_and_not_ordered_again(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="enqueue", kind="drop_after", times=1))
    asked = await stage.order("a fox", command="image", count=2)
    assert len((await stage.result(asked)).attachments) == 2
    assert stage.oxen.traffic.counts[ENQUEUE] == 1
    assert len(stage.ordered("a fox")) == 1


async def test_killed_while_the_order_is_on_its_way(stages: Stages) -> None:
    """The POST has left, its answer never arrives: the order is found at Oxen, and was paid for once."""
    stage = await stages()
    stage.watch.at_acceptance = stage.interrupt
    asked = await stage.order("a fox")
    await stage.received(ENQUEUE)
    await stage.kill()
    assert len(stage.ordered("a fox")) == 1
    assert not stage.log.find("order sent")
    stage.watch.at_acceptance = lambda: None
    mark = len(stage.log.records)
    await stage.start()
    assert (await stage.result(asked)).attachments
    await stage.stop()
    assert len(await stage.results(asked)) == 1
    assert stage.log.find("orders on their way at the last stop", after=mark)
    assert stage.log.find("order found", after=mark)
    assert len(stage.ordered("a fox")) == 1
    assert stage.oxen.traffic.counts[ENQUEUE] == 1


async def test_killed_while_the_result_is_on_its_way(stages: Stages) -> None:
    """Discord has stored the message, the bot never learnt it: the next start finds it instead of posting again."""
    stage = await stages()
    await stage.community.fault("/channels/*/messages", method="POST", drop=True, when="after", latency=0.0, times=None)
    asked = await stage.order("a fox")
    assert (await stage.result(asked)).attachments
    await stage.kill()
    await stage.community.clear_faults()
    await stage.community.advance(600)  # Discord has forgotten the nonce
    mark = len(stage.log.records)
    await stage.start()
    await stage.log.wait("result delivered", after=mark)
    assert len(await stage.results(asked)) == 1


async def test_an_order_that_was_never_sent_is_sent_after_the_restart(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="enqueue", kind="status", value=429, times=1))
    asked = await stage.order("a fox")
    await stage.card(asked, lambda card: "trying again" in card.text)
    await stage.stop()
    await stage.start()
    assert (await stage.result(asked)).attachments
    assert len(stage.ordered("a fox")) == 1
