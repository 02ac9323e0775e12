"""Oxen or Discord is away, slow or wrong: every order still has exactly one visible outcome."""

import asyncio
import sqlite3
import threading
from functools import partial
from typing import Any, ClassVar

import pytest

from bot.domain.roles import Replaced
from bot.services.ordering.order_service import OrderService
from bot.store import storage
from bot.store.database import SqliteDatabase, connect
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Harness, Stages

MESSAGES = "/channels/*/messages"
QUICK = ("queue", "usage", "history", "about", "privacy")  # commands that only look


async def test_oxen_is_away_at_the_start(stages: Stages) -> None:
    harness = await stages(start=False)
    harness.break_oxen(Fault(on="models", kind="drop_before"), Fault(on="events", kind="status", value=503))
    await harness.start(catalogue=False)
    await harness.log.wait("catalogue not fetched")
    text = await harness.refusal(await harness.order("a fox"))
    assert "I cannot reach Oxen.ai at the moment" in text
    assert "Nothing was ordered" in text
    assert "try again" in text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    offered = await harness.community.autocomplete(
        user="Bo", channel="video-lab", command="video", focused="model", value="kl"
    )
    assert offered == []
    assert (await harness.use("about")).text
    assert (await harness.use("queue")).text


async def test_oxen_is_away_while_something_is_ordered(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(*(Fault(on=on, kind="status", value=429) for on in ("enqueue", "list", "get")))
    asked = await harness.order("a fox")
    card = await harness.card(asked, lambda card: "trying again" in card.text)
    assert "Oxen cannot take it right now" in card.text
    assert card.buttons
    assert harness.ordered("a fox") == []
    harness.break_oxen()
    assert (await harness.result(asked)).attachments
    assert len(harness.ordered("a fox")) == 1


async def test_an_order_that_cannot_be_sent_can_be_cancelled(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="enqueue", kind="status", value=429))
    asked = await harness.order("a fox")
    await harness.card(asked, lambda card: "trying again" in card.text)
    assert asked.response_message_id is not None
    await harness.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert "your video was cancelled" in (await harness.result(asked)).text
    assert harness.ordered("a fox") == []


async def test_without_the_event_stream_results_come_by_polling(stages: Stages) -> None:
    harness = await stages(start=False)
    harness.break_oxen(Fault(on="events", kind="status", value=503))
    await harness.start()
    assert (await harness.result(await harness.order("a fox"))).attachments


@pytest.mark.parametrize("kind", ["no_event", "malformed", "drop_after"])
async def test_an_event_that_is_lost_delays_the_result_and_no_more(stages: Stages, kind: str) -> None:
    harness = await stages()
    await harness.log.wait("event stream up")
    harness.break_oxen(Fault(on="events", kind=kind, times=1))
    asked = await harness.order("a fox")
    assert (await harness.result(asked)).attachments
    assert len(await harness.results(asked)) == 1


async def test_a_download_that_breaks_off_is_tried_again(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="result", kind="malformed", times=1))
    result = await harness.result(await harness.order("a fox"))
    assert [one.size for one in result.attachments] == [harness.renderer.size]


async def test_a_link_that_has_died_is_asked_for_anew(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="result", kind="status", value=403, times=1))
    result = await harness.result(await harness.order("a fox"))
    assert [one.size for one in result.attachments] == [harness.renderer.size]


@pytest.mark.parametrize("broken", [{"status": 500}, {"drop": True}], ids=["500", "dropped"])
async def test_discord_fails_after_it_has_stored_the_message(stages: Stages, broken: dict[str, object]) -> None:
    harness = await stages()
    await harness.community.fault(MESSAGES, method="POST", when="after", **broken)  # type: ignore[arg-type]
    asked = await harness.order("a fox")
    await harness.log.wait("result delivered")
    await harness.stop()
    [result] = await harness.results(asked)
    assert result.attachments


async def test_discord_is_down_when_the_result_is_ready(stages: Stages) -> None:
    harness = await stages()
    await harness.community.fault(MESSAGES, method="POST", status=503, times=1)
    asked = await harness.order("a fox")
    await harness.log.wait("delivery postponed")
    assert (await harness.result(asked)).attachments
    assert len(await harness.results(asked)) == 1


async def test_the_card_was_deleted(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked)
    assert asked.response_message_id is not None
    await harness.community.delete_message(asked.response_message_id)
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")
    found = [m for m in await harness.community.messages(channel="video-lab") if m.attachments]
    assert len(found) == 1
    assert found[0].pinged == ("Bo",)
    await harness.log.wait("card gone")
    assert not harness.log.troubles()


async def held(harness: Harness, channel: str = "video-lab") -> None:
    """An order whose card stands, and whose film is not made yet."""
    harness.renderer.hold("a fox")
    await harness.card(await harness.order("a fox", channel=channel))


async def told_directly(harness: Harness, *, films: int = 1) -> None:
    """The requester gets the result as a direct message, once, and the bot goes on as if nothing had been."""
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")
    [direct] = await harness.community.messages(channel="dm", user="Bo")
    assert "I could not post this in <#" in direct.text
    assert len(direct.attachments) == films
    assert (await harness.result(await harness.order("another fox", channel="general"))).attachments
    await harness.stop()
    assert not harness.log.troubles()
    assert len(harness.log.find("channel closed")) == 1


async def test_the_channel_was_deleted(stages: Stages) -> None:
    harness = await stages()
    await held(harness)
    await harness.community.delete_channel("video-lab")
    await told_directly(harness)


async def test_the_right_to_write_was_taken_away(stages: Stages) -> None:
    harness = await stages()
    await held(harness)
    await harness.community.permit(channel="video-lab", deny=["SEND_MESSAGES"])
    await told_directly(harness)


async def test_the_bot_was_thrown_out(stages: Stages) -> None:
    harness = await stages()
    await held(harness, "clips")
    await harness.community.change_guild("Game Night", installed=False)
    await harness.received("DELETE /api/ai/queue/{generation_id}")  # nobody there pays for more: it is cancelled
    await told_directly(harness, films=0)


async def test_nobody_can_be_told(stages: Stages) -> None:
    """Neither the channel nor the requester takes the message: it is held, and nobody else waits for it."""
    harness = await stages()
    await held(harness)
    await harness.community.delete_channel("video-lab")
    await harness.community.fault("/users/@me/channels", method="POST", status=403, code=50007, times=None)
    harness.renderer.release("a fox")
    await harness.log.wait("result held")
    mark = len(harness.log.records)
    assert (await harness.result(await harness.order("another fox", channel="general"))).attachments
    await harness.stop()
    assert await harness.community.messages(channel="dm", user="Bo") == []
    assert harness.log.troubles() == []
    assert not harness.log.find("channel closed", after=mark)


async def test_a_direct_message_is_sent_once_whatever_discord_answers(stages: Stages) -> None:
    harness = await stages()
    await held(harness)
    await harness.community.permit(channel="video-lab", deny=["SEND_MESSAGES"])
    # The first attempt in the channel is refused; this strikes the direct message, which was stored.
    await harness.community.fault("/channels/*/messages", method="POST", status=403, code=50013, times=1)
    await harness.community.fault("/channels/*/messages", method="POST", drop=True, when="after", times=1)
    harness.renderer.release("a fox")
    await harness.log.wait("result delivered")
    await harness.stop()
    assert len(await harness.community.messages(channel="dm", user="Bo")) == 1


@pytest.mark.parametrize(
    "trouble",
    [{"action": "reconnect"}, {"action": "close", "code": 4000}],
    ids=lambda trouble: trouble["action"],
)
async def test_the_gateway_hangs_up(stages: Stages, trouble: dict[str, object]) -> None:
    harness = await stages()
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked)
    after = await harness.community.position()
    await harness.community.disturb_gateway(**trouble)  # type: ignore[arg-type]
    await harness.community.wait_for(lambda entry: entry.kind in {"gateway_ready", "gateway_resumed"}, after=after)
    harness.renderer.release("a fox")
    assert (await harness.result(asked)).attachments
    assert (await harness.result(await harness.order("another fox"))).attachments


async def test_an_order_stands_when_its_card_could_not_be_drawn(stages: Stages) -> None:
    harness = await stages()
    for way in ("/webhooks/*/messages/@original", "/channels/*/messages/*"):
        await harness.community.fault(way, method="PATCH", status=403, code=50013, times=1)
    asked = await harness.order("a fox")
    await harness.log.wait("card not drawn")
    assert (await harness.result(asked)).attachments


async def test_while_the_bot_stops_it_finishes_what_it_has_and_takes_on_nothing(stages: Stages) -> None:
    harness = await stages()
    before = await harness.result(await harness.order("a hare"))
    harness.break_oxen(Fault(on="result", kind="latency", value=0.7, times=1))
    asked = await harness.order("a fox")
    await harness.received("GET /results/{name}", 2)
    stopping = asyncio.create_task(harness.stop())
    late = await harness.order("a fox that comes too late")
    pressed = await harness.community.press(user="Bo", message_id=before.id, label=before.buttons[0].label)
    for each in (late, pressed):
        text = await harness.refusal(each)
        assert "I am restarting" in text
        assert "nothing was ordered" in text
    await stopping
    assert len(harness.ordered("a hare")) == 1
    assert len(await harness.results(asked)) == 1
    assert harness.ordered("a fox that comes too late") == []


CALLBACK = "/interactions/*/*/callback"


async def test_an_order_that_could_not_be_acknowledged_is_not_placed(stages: Stages) -> None:
    harness = await stages()
    await harness.community.fault(CALLBACK, method="POST", status=404, code=10062, times=None)
    asked = await harness.community.invoke(
        user="Bo", channel="video-lab", command="video", options={"prompt": "a fox"}, wait=0
    )
    await harness.log.wait("reply failed")
    await harness.community.clear_faults()
    assert "queue is empty" in (await harness.use("queue")).text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    assert not (await harness.community.interaction(asked)).acknowledged


@pytest.mark.parametrize("broken", [{"status": 500}, {"drop": True}], ids=["500", "dropped"])
async def test_an_acknowledgement_whose_answer_was_lost_counts(stages: Stages, broken: dict[str, object]) -> None:
    """Sent again, it is refused as being there already: the member sees the bot thinking, and so it must."""
    harness = await stages()
    await harness.community.fault(CALLBACK, method="POST", when="after", times=1, **broken)  # type: ignore[arg-type]
    asked = await harness.order("a fox")
    result = await harness.result(asked)
    assert result.attachments
    assert "✅ ready" in (await harness.card(asked, lambda card: not card.buttons)).text
    assert len(harness.ordered("a fox")) == 1
    await harness.community.fault(CALLBACK, method="POST", when="after", times=1, **broken)  # type: ignore[arg-type]
    assert "queue is empty" in (await harness.use("queue")).text
    assert not harness.log.troubles()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_order_whose_card_broke_off_stands(stages: Stages, when: str) -> None:
    harness = await stages()
    await harness.community.fault("/webhooks/*/messages/@original", method="PATCH", drop=True, when=when, times=1)
    asked = await harness.order("a fox")
    assert (await harness.result(asked)).attachments
    assert not harness.log.troubles()


async def test_a_refusal_whose_answer_was_lost_is_said_once(stages: Stages) -> None:
    harness = await stages(DROVER_WITHOUT_NAMESPACE="refuse")
    await harness.community.fault(CALLBACK, method="POST", status=500, when="after", times=1)
    assert "Nobody pays" in (await harness.answer(await harness.order("a fox"))).text
    await harness.community.fault(CALLBACK, method="POST", status=500, when="after", times=1)
    assert "no model" in await harness.refusal(await harness.order("a fox", model="zzzzqqqq"))


async def test_a_press_whose_answer_was_lost_counts(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked)
    assert asked.response_message_id is not None
    await harness.community.fault(CALLBACK, method="POST", drop=True, when="after", times=1)
    await harness.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    assert "your video was cancelled" in (await harness.result(asked)).text
    assert not harness.log.troubles()


@pytest.mark.parametrize("place", ["command", "button"])
async def test_what_nobody_expected_is_said_and_logged(
    stages: Stages, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    harness = await stages()
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked)
    assert asked.response_message_id is not None

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(OrderService, "cancel", broken)
    if place == "button":
        pressed = await harness.community.press(user="Bo", message_id=asked.response_message_id, label="Cancel")
    else:
        pressed = await harness.community.invoke(
            user="Bo", channel="video-lab", command="cancel", options={"order": "x"}, locale="en-US"
        )
    text = await harness.refusal(pressed)
    assert "Something went wrong on my side" in text
    assert "a bug" not in text
    assert harness.log.troubles() == ["command failed"]

    async def replaced(*_: object, **__: object) -> None:
        raise Replaced("another process answers")

    monkeypatch.setattr(OrderService, "cancel", replaced)
    entered = {"command": "cancel", "options": {"order": "x"}, "locale": "en-US"}
    again = await harness.community.invoke(user="Bo", channel="video-lab", **entered)
    await harness.log.wait("command left to another process", command="cancel")
    assert again.response_message_id is not None
    assert (await harness.community.see(again.response_message_id, user="Bo")).loading
    assert harness.log.troubles() == ["command failed"]


class SlowDisk(sqlite3.Connection):
    """A connection on which a commit takes as long as a test says; reads are not slower."""

    goes_on = threading.Event()  # set: the disk is quick
    reached: ClassVar[asyncio.Event]
    loop: ClassVar[asyncio.AbstractEventLoop]
    _writes = False

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if sql == "COMMIT" and self._writes and not self.goes_on.is_set():
            self.loop.call_soon_threadsafe(self.reached.set)
            assert self.goes_on.wait(60)
        self._writes = sql == "BEGIN IMMEDIATE" or (self._writes and sql != "COMMIT")
        return super().execute(sql, values)


async def test_whatever_the_disk_does_commands_and_buttons_are_acknowledged(
    stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that does not come back: all are acknowledged meanwhile, and carried out once it has."""
    slow = type("Slow", (SlowDisk,), {"goes_on": threading.Event(), "reached": asyncio.Event()})
    slow.loop, disk = asyncio.get_running_loop(), slow.goes_on  # type: ignore[attr-defined]
    disk.set()
    monkeypatch.setattr(storage, "SqliteDatabase", lambda path: SqliteDatabase(path, partial(connect, factory=slow)))
    harness = await stages()
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    card = await harness.card(asked, lambda card: "being made" in card.text)
    disk.clear()
    try:
        waiting = await harness.order("a hare")  # acknowledged: its row is not there yet
        await slow.reached.wait()  # type: ignore[attr-defined]
        pressed = await harness.community.press(user="Bo", message_id=card.id, label="Cancel")
        uses = [await harness.community.invoke(user="Bo", channel="video-lab", command=each) for each in QUICK]
        answers = [waiting, pressed, *uses]
        assert [(each.command, each.state) for each in answers if each.state != "acknowledged"] == []
        assert not disk.is_set()
    finally:
        disk.set()
    assert (await harness.result(waiting)).attachments
    assert "cancelled" in (await harness.result(asked)).text
    assert not harness.log.troubles()
