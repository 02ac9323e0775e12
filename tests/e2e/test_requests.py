"""What one order costs of Discord's limits: one request of the bot's fifty a second, the post; cards cost none."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.messenger import CardToken
from bot.services.delivery.card_editor import CardEditor
from sandbox.discord.client import Interaction, Message
from sandbox.oxen.faults import Fault
from tests.e2e.kit import Harness, Stages
from tests.media.pictures import png

I2V = "kling-video-v2-5-turbo-pro-image-to-video"
POST, EDIT = "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}"
FILES_ON_THEIR_WAY = {("services", "delivery"), ("services", "tracking"), ("bot", "media"), ("bot", "oxen")}
PAUSE = timedelta(seconds=0.5)
BY_TOKEN = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"


class Requests:
    """What the bot has asked of Discord since this was last looked at: each request by its route, for each limit."""

    def __init__(self, harness: Harness) -> None:
        self._log = harness.discord.rest.log
        self._seen = len(self._log)

    def __call__(self) -> dict[str, Counter[str]]:
        new, self._seen = list(self._log)[self._seen :], len(self._log)
        found: dict[str, Counter[str]] = {"global": Counter(), "webhook": Counter(), "none": Counter()}
        for one in new:
            found[one["limit"]][f"{one['method']} {one['route']}"] += 1
        return found


@pytest.fixture
async def harness(stages: Stages) -> Harness:
    """Oxen tells here what each success really cost: the card shows that in the end."""
    return await stages(oxen={"dialect": "browse"})


async def over(harness: Harness, asked: Interaction, *words: str) -> Message:
    """The card once it says so, and nothing is left to do."""
    card = await harness.card(asked, lambda card: not card.buttons and all(word in card.text for word in words))
    await harness.result(asked)
    return card


async def test_each_kind_of_order_costs_one_request_of_the_fifty(harness: Harness, tmp_path: Path) -> None:
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    requests = Requests(harness)
    requests()

    async def check(kind: str, asked: Interaction, *words: str) -> None:
        await over(harness, asked, *words)
        found = requests()
        assert found["global"] == {POST: 1}, kind
        assert found["none"]["POST /interactions/{interaction_id}/{interaction_token}/callback"] >= 1, kind
        # Drawn when it was accepted, sent, begun, and over: the cost does not come as an edit of its own.
        assert found["webhook"].keys() == {BY_TOKEN}, kind

    for command in ("video", "image"):
        await check(command, await harness.order(f"a fox by {command}", command=command), "charged")
    await check("four", await harness.order("four foxes", command="image", count=4), "charged")
    pictured = await bo.slash("video", prompt="a fox from a picture", model=I2V, image=png(tmp_path))
    await check("with a file", pictured, "charged")

    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=1))
    await check("failing", await harness.order("a fox that fails"), "failed")
    harness.break_oxen()

    harness.renderer.hold("a fox to stop")
    asked = await harness.order("a fox to stop")
    card = await harness.card(asked, lambda card: "being made" in card.text)
    await bo.press(card, "Cancel")
    await check("cancelled", asked, "cancelled")
    assert not harness.log.troubles()


async def test_the_end_and_the_cost_are_one_edit_and_files_cost_few_calls_to_threads(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched, written and looked at; looked at for its kind; moved; cleared away."""
    hops: list[str] = []
    to_thread = asyncio.to_thread

    async def counted(work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if Path(sys._getframe(1).f_code.co_filename).parts[-3:-1] in FILES_ON_THEIR_WAY:
            hops.append(work.__name__)
        return await to_thread(work, *given, **named)

    await over(harness, await harness.order("the first"), "charged")  # which finds no work folder
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked, lambda card: "being made" in card.text)
    requests = Requests(harness)
    requests()
    monkeypatch.setattr(asyncio, "to_thread", counted)
    harness.renderer.release("a fox")
    await over(harness, asked, "✅ ready", "charged")
    assert requests() == {"global": {POST: 1}, "webhook": {BY_TOKEN: 1}, "none": {}}
    assert hops == ["write", "probe", "work", "rmtree"]


async def test_a_token_that_died_early_costs_one_request_of_the_bots_own(harness: Harness) -> None:
    """50027 where 15 minutes are over, 10015 where Discord does not know it: the bot's own token edits, and goes on."""
    for prompt, fault in (("a fox", {"status": 401, "code": 50027}), ("a hare", {"status": 404, "code": 10015})):
        harness.renderer.hold(prompt)
        asked = await harness.order(prompt)
        await harness.card(asked, lambda card: "being made" in card.text)
        requests = Requests(harness)
        requests()
        await harness.community.fault("/webhooks/*", method="PATCH", times=None, **fault)
        harness.renderer.release(prompt)
        await over(harness, asked, "✅ ready", "charged")
        assert requests() == {"global": {POST: 1, EDIT: 1}, "webhook": {BY_TOKEN: 1}, "none": {}}
        await harness.community.clear_faults()


async def test_after_a_restart_the_bots_own_token_edits_until_a_press_brings_another(harness: Harness) -> None:
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    card = await harness.card(asked, lambda card: "being made" in card.text)
    await harness.stop()
    await harness.start()
    requests = Requests(harness)
    requests()
    await harness.community.member("Bo", channel="video-lab").press(card, "Cancel")
    await over(harness, asked, "cancelled")
    assert requests()["global"] == {POST: 1}


async def test_an_answer_that_never_comes_delays_the_card_and_is_not_overtaken(stages: Stages) -> None:
    harness = await stages(timing={"card_answer": PAUSE, "card_again": 2 * PAUSE})
    harness.renderer.hold("a fox")
    asked = await harness.order("a fox")
    await harness.card(asked, lambda card: "being made" in card.text)
    await harness.community.fault("/webhooks/*", method="PATCH", latency=60, times=1)
    harness.renderer.release("a fox")
    await over(harness, asked, "✅ ready")
    assert harness.log.find("card not redrawn")
    assert not harness.log.troubles()


async def test_no_token_is_in_a_row_or_in_the_log(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[CardToken] = []
    hold = CardEditor.hold

    def noted(self: CardEditor, card_id: int, token: CardToken) -> None:
        held.append(token)
        hold(self, card_id, token)  # type: ignore[arg-type]

    monkeypatch.setattr(CardEditor, "hold", noted)
    await over(harness, await harness.order("a fox"), "✅ ready", "charged")
    await harness.stop()
    [token] = held
    assert token.secret in {one.token for one in harness.discord.world.interactions.values()}
    assert token.secret not in harness.log.text
    files = [file for file in harness.folder.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if token.secret.encode() in file.read_bytes()]
