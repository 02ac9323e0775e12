"""Oxen or Discord is away, slow or wrong: every order still has exactly one visible outcome."""

import asyncio

import pytest

from bot.services.ordering.ordering import Ordering
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Stage, Stages

MESSAGES = "/channels/*/messages"


async def test_oxen_is_away_at_the_start(stages: Stages) -> None:
    stage = await stages(start=False)
    stage.break_oxen(Fault(on="models", kind="drop_before"), Fault(on="events", kind="status", value=503))
    await stage.start(catalogue=False)
    await stage.log.wait("catalogue not fetched")
    text = await stage.refusal(await stage.order("a fox"))
    assert "I cannot reach Oxen.ai at the moment" in text
    assert "Nothing was ordered" in text
    assert "try again" in text
    assert stage.oxen.traffic.counts[ENQUEUE] == 0
    offered = await stage.community.autocomplete(
        user="Bo", channel="video-lab", command="video", focused="model", value="kl"
    )
    assert offered == []
    assert (await stage.use("about")).text
    assert (await stage.use("queue")).text


async def test_oxen_is_away_while_something_is_ordered(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(*(Fault(on=on, kind="status", value=429) for on in ("enqueue", "list", "get")))
    asked = await stage.order("a fox")
    card = await stage.card(asked, lambda card: "trying again" in card.text)
    assert "Oxen cannot take it right now" in card.text
    assert card.buttons
    assert stage.ordered("a fox") == []
    stage.break_oxen()
    assert (await stage.result(asked)).attachments
    assert len(stage.ordered("a fox")) == 1


async def test_an_order_that_cannot_be_sent_can_be_cancelled(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="enqueue", kind="status", value=429))
    asked = await stage.order("a fox")
    await stage.card(asked, lambda card: "trying again" in card.text)
    assert asked.response_message_id is not None
    await stage.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert "your video was cancelled" in (await stage.result(asked)).text
    assert stage.ordered("a fox") == []


async def test_without_the_event_stream_results_come_by_polling(stages: Stages) -> None:
    stage = await stages(start=False)
    stage.break_oxen(Fault(on="events", kind="status", value=503))
    await stage.start()
    assert (await stage.result(await stage.order("a fox"))).attachments


@pytest.mark.parametrize("kind", ["no_event", "malformed", "drop_after"])
async def test_an_event_that_is_lost_delays_the_result_and_no_more(stages: Stages, kind: str) -> None:
    stage = await stages()
    await stage.log.wait("event stream up")
    stage.break_oxen(Fault(on="events", kind=kind, times=1))
    asked = await stage.order("a fox")
    assert (await stage.result(asked)).attachments
    assert len(await stage.results(asked)) == 1


async def test_a_download_that_breaks_off_is_tried_again(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="result", kind="malformed", times=1))
    result = await stage.result(await stage.order("a fox"))
    assert [one.size for one in result.attachments] == [stage.darkroom.size]


async def test_a_link_that_has_died_is_asked_for_anew(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="result", kind="status", value=403, times=1))
    result = await stage.result(await stage.order("a fox"))
    assert [one.size for one in result.attachments] == [stage.darkroom.size]


@pytest.mark.parametrize("broken", [{"status": 500}, {"drop": True}], ids=["500", "dropped"])
async def test_discord_fails_after_it_has_stored_the_message(stages: Stages, broken: dict[str, object]) -> None:
    stage = await stages()
    await stage.community.fault(MESSAGES, method="POST", when="after", **broken)  # type: ignore[arg-type]
    asked = await stage.order("a fox")
    await stage.log.wait("result delivered")
    await stage.stop()
    [result] = await stage.results(asked)
    assert result.attachments


async def test_discord_is_down_when_the_result_is_ready(stages: Stages) -> None:
    stage = await stages()
    await stage.community.fault(MESSAGES, method="POST", status=503, times=1)
    asked = await stage.order("a fox")
    await stage.log.wait("delivery postponed")
    assert (await stage.result(asked)).attachments
    assert len(await stage.results(asked)) == 1


async def test_the_card_was_deleted(stages: Stages) -> None:
    stage = await stages()
    stage.darkroom.hold("a fox")
    asked = await stage.order("a fox")
    await stage.card(asked)
    assert asked.response_message_id is not None
    await stage.community.delete_message(asked.response_message_id)
    stage.darkroom.release("a fox")
    await stage.log.wait("result delivered")
    found = [m for m in await stage.community.messages(channel="video-lab") if m.attachments]
    assert len(found) == 1
    assert found[0].pinged == ("Bo",)
    await stage.log.wait("card gone")
    assert not stage.log.troubles()


async def held(stage: Stage, channel: str = "video-lab") -> None:
    """An order whose card stands, and whose film is not made yet."""
    stage.darkroom.hold("a fox")
    await stage.card(await stage.order("a fox", channel=channel))


async def told_directly(stage: Stage, *, films: int = 1) -> None:
    """The requester gets the result as a direct message, once, and the bot goes on as if nothing had been."""
    stage.darkroom.release("a fox")
    await stage.log.wait("result delivered")
    [direct] = await stage.community.messages(channel="dm", user="Bo")
    assert "I could not post this in <#" in direct.text
    assert len(direct.attachments) == films
    assert (await stage.result(await stage.order("another fox", channel="general"))).attachments
    await stage.stop()
    assert not stage.log.troubles()
    assert len(stage.log.find("channel closed")) == 1


async def test_the_channel_was_deleted(stages: Stages) -> None:
    stage = await stages()
    await held(stage)
    await stage.community.delete_channel("video-lab")
    await told_directly(stage)


async def test_the_right_to_write_was_taken_away(stages: Stages) -> None:
    stage = await stages()
    await held(stage)
    await stage.community.permit(channel="video-lab", deny=["SEND_MESSAGES"])
    await told_directly(stage)


async def test_the_bot_was_thrown_out(stages: Stages) -> None:
    stage = await stages()
    await held(stage, "clips")
    await stage.community.change_guild("Game Night", installed=False)
    await stage.received("DELETE /api/ai/queue/{generation_id}")  # nobody there pays for more: it is cancelled
    await told_directly(stage, films=0)


async def test_nobody_can_be_told(stages: Stages) -> None:
    """Neither the channel nor the requester takes the message: it is held, and nobody else waits for it."""
    stage = await stages()
    await held(stage)
    await stage.community.delete_channel("video-lab")
    await stage.community.fault("/users/@me/channels", method="POST", status=403, code=50007, times=None)
    stage.darkroom.release("a fox")
    await stage.log.wait("result held")
    mark = len(stage.log.records)
    assert (await stage.result(await stage.order("another fox", channel="general"))).attachments
    await stage.stop()
    assert await stage.community.messages(channel="dm", user="Bo") == []
    assert stage.log.troubles() == []
    assert not stage.log.find("channel closed", after=mark)


async def test_a_direct_message_is_sent_once_whatever_discord_answers(stages: Stages) -> None:
    stage = await stages()
    await held(stage)
    await stage.community.permit(channel="video-lab", deny=["SEND_MESSAGES"])
    # The first attempt in the channel is refused; this strikes the direct message, which was stored.
    await stage.community.fault("/channels/*/messages", method="POST", status=403, code=50013, times=1)
    await stage.community.fault("/channels/*/messages", method="POST", drop=True, when="after", times=1)
    stage.darkroom.release("a fox")
    await stage.log.wait("result delivered")
    await stage.stop()
    assert len(await stage.community.messages(channel="dm", user="Bo")) == 1


@pytest.mark.parametrize(
    "trouble",
    [{"action": "reconnect"}, {"action": "close", "code": 4000}],
    ids=lambda trouble: trouble["action"],
)
async def test_the_gateway_hangs_up(stages: Stages, trouble: dict[str, object]) -> None:
    stage = await stages()
    stage.darkroom.hold("a fox")
    asked = await stage.order("a fox")
    await stage.card(asked)
    after = await stage.community.position()
    await stage.community.disturb_gateway(**trouble)  # type: ignore[arg-type]
    await stage.community.wait_for(lambda entry: entry.kind in {"gateway_ready", "gateway_resumed"}, after=after)
    stage.darkroom.release("a fox")
    assert (await stage.result(asked)).attachments
    assert (await stage.result(await stage.order("another fox"))).attachments


async def test_an_order_stands_when_its_card_could_not_be_drawn(stages: Stages) -> None:
    stage = await stages()
    await stage.community.fault("/webhooks/*/messages/@original", method="PATCH", status=403, code=50013, times=1)
    asked = await stage.order("a fox")
    await stage.log.wait("card not drawn")
    assert (await stage.result(asked)).attachments


async def test_while_the_bot_stops_it_finishes_what_it_has_and_takes_on_nothing(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="result", kind="latency", value=0.7, times=1))
    asked = await stage.order("a fox")
    await stage.received("GET /results/{name}")
    stopping = asyncio.create_task(stage.stop())
    text = await stage.refusal(await stage.order("a fox that comes too late"))
    assert "I am restarting" in text
    assert "nothing was ordered" in text
    await stopping
    assert len(await stage.results(asked)) == 1
    assert stage.ordered("a fox that comes too late") == []


CALLBACK = "/interactions/*/*/callback"


async def test_an_order_that_discord_did_not_let_us_acknowledge_is_none(stages: Stages) -> None:
    stage = await stages()
    await stage.community.fault(CALLBACK, method="POST", status=404, code=10062, times=None)
    asked = await stage.community.invoke(
        user="Bo", channel="video-lab", command="video", options={"prompt": "a fox"}, wait=0
    )
    await stage.log.wait("reply failed")
    await stage.community.clear_faults()
    assert "queue is empty" in (await stage.use("queue")).text
    assert stage.oxen.traffic.counts[ENQUEUE] == 0
    assert not (await stage.community.interaction(asked)).acknowledged


@pytest.mark.parametrize("broken", [{"status": 500}, {"drop": True}], ids=["500", "dropped"])
async def test_an_acknowledgement_whose_answer_was_lost_counts(stages: Stages, broken: dict[str, object]) -> None:
    """Sent again, it is refused as being there already: the member sees the bot thinking, and so it must."""
    stage = await stages()
    await stage.community.fault(CALLBACK, method="POST", when="after", times=1, **broken)  # type: ignore[arg-type]
    asked = await stage.order("a fox")
    result = await stage.result(asked)
    assert result.attachments
    assert "✅ ready" in (await stage.card(asked, lambda card: not card.buttons)).text
    assert len(stage.ordered("a fox")) == 1
    await stage.community.fault(CALLBACK, method="POST", when="after", times=1, **broken)  # type: ignore[arg-type]
    assert "queue is empty" in (await stage.use("queue")).text
    assert not stage.log.troubles()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_order_whose_card_broke_off_stands(stages: Stages, when: str) -> None:
    stage = await stages()
    await stage.community.fault("/webhooks/*/messages/@original", method="PATCH", drop=True, when=when, times=1)
    asked = await stage.order("a fox")
    assert (await stage.result(asked)).attachments
    assert not stage.log.troubles()


async def test_a_refusal_whose_answer_was_lost_is_said_once(stages: Stages) -> None:
    stage = await stages(DROVER_WITHOUT_NAMESPACE="refuse")
    await stage.community.fault(CALLBACK, method="POST", status=500, when="after", times=1)
    assert "Nobody pays" in (await stage.answer(await stage.order("a fox"))).text
    await stage.community.fault(CALLBACK, method="POST", status=500, when="after", times=1)
    assert "no model" in await stage.refusal(await stage.order("a fox", model="zzzzqqqq"))


async def test_a_press_whose_answer_was_lost_counts(stages: Stages) -> None:
    stage = await stages()
    stage.darkroom.hold("a fox")
    asked = await stage.order("a fox")
    await stage.card(asked)
    assert asked.response_message_id is not None
    await stage.community.fault(CALLBACK, method="POST", drop=True, when="after", times=1)
    await stage.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert "your video was cancelled" in (await stage.result(asked)).text
    assert not stage.log.troubles()


@pytest.mark.parametrize("place", ["command", "button"])
async def test_what_nobody_expected_is_said_and_logged(
    stages: Stages, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    stage = await stages()
    stage.darkroom.hold("a fox")
    asked = await stage.order("a fox")
    await stage.card(asked)
    assert asked.response_message_id is not None

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Ordering, "cancel", broken)
    if place == "button":
        pressed = await stage.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    else:
        pressed = await stage.community.invoke(
            user="Bo", channel="video-lab", command="cancel", options={"order": "x"}, locale="en-US"
        )
    text = await stage.refusal(pressed)
    assert "Something went wrong on my side" in text
    assert "a bug" not in text
    assert stage.log.troubles() == ["command failed"]
