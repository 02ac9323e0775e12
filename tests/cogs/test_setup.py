"""/setup: five steps, there and back, over a restart, with one picture at the end that is paid for once."""

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from bot.domain.models.catalogue import MediaKind
from sandbox.discord.client import Message
from sandbox.discord.conformance import Conformance
from tests.cogs.panels import Manager, labels
from tests.e2e.kit import ENQUEUE, Harness, Stages

RESTRICTED = "Models for age-restricted channels only"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory, schema: Conformance) -> AsyncIterator[Harness]:
    """A server that has settled nothing, for each test."""
    async with Stages(tmp_path_factory.mktemp("setup"), schema) as made:
        yield await made(DROVER_WITHOUT_NAMESPACE="refuse")


@pytest.fixture
def ada(harness: Harness) -> Manager:
    return Manager(harness)


async def walked(ada: Manager) -> Message:
    """The last step, with a namespace and nothing else settled."""
    panel = await ada.setup()
    panel = await ada.fill(panel, "Name a namespace", {"Namespace on Oxen.ai": "film-club"})
    for label in ("Next", "Skip", "Next", "Skip"):
        panel = await ada.press(panel, label)
    return panel


async def test_five_steps_and_a_first_picture(harness: Harness, ada: Manager) -> None:
    panel = await ada.setup()
    assert panel.only_for == "Ada"
    assert panel.text.startswith("### Step 1 of 5 · Billing")
    assert "nobody can order" in panel.text
    assert labels(panel) == ["Name a namespace", "Skip"]
    panel = await ada.fill(panel, "Name a namespace", {"Namespace on Oxen.ai": "film-club"})
    assert "### Step 1 of 5" in panel.text
    panel = await ada.press(panel, "Next")
    assert panel.text.startswith("### Step 2 of 5 · How careful to be")
    assert labels(panel) == ["Cautious", "Open", "Let me choose", "Back", "Skip"]
    panel = await ada.press(panel, "Let me choose")
    assert panel.text.startswith("### Step 2 of 5 · Budgets")
    assert labels(panel)[-3:] == ["Change", "Back", "Next"]
    wrong = await ada.fill(panel, "Change", {"Budget a month": "ten dollars"})
    assert "is not an amount" in wrong.text
    assert "### Step 2 of 5" in wrong.text
    again = await ada.member.press(wrong, "Fill it in again")
    panel = await ada.send(wrong, again, {"Budget a month": "10"})
    panel = await ada.press(panel, "Next")
    assert panel.text.startswith("### Step 2 of 5 · Members' limits")
    panel = await ada.fill(panel, "Orders and spending, for everybody", {"Orders a day": "7"})
    panel = await ada.press(panel, "Next")
    assert panel.text.startswith("### Step 3 of 5 · Who may order")
    panel = await ada.choose(panel, "Roles that may order (none: everybody)", "Filmmaker")
    panel = await ada.choose(panel, "Roles that may order (none: everybody)")
    panel = await ada.press(panel, "Next")
    assert panel.text.startswith("### Step 4 of 5 · Log channel")
    panel = await ada.choose(panel, "Log channel (none: no news)", "general")
    panel = await ada.press(panel, "Next")
    assert panel.text.startswith("### Step 5 of 5 · A first picture")
    assert "of “a lighthouse on a small island" in panel.text
    [order, *others] = labels(panel)
    assert order.startswith("Order it for $0.")
    assert others == ["Back", "Skip"]
    before = await harness.community.position()
    done = await ada.press(panel, order)
    assert "🎉 Ordered" in done.text
    assert "### All set" in done.text
    for line in ("billed to the Oxen.ai namespace **film-club**", "**Budget a month:** $10.00", "**Log channel:** <#"):
        assert line in done.text
    assert labels(done) == []
    result = await harness.community.wait_for(
        lambda entry: entry.kind == "message_created" and bool(entry.message and entry.message.attachments),
        after=before,
        timeout=20,
    )
    assert result.message is not None
    assert result.message.only_for is None
    assert "your image is ready" in result.message.text
    [accepted] = harness.oxen.traffic.accepted
    assert accepted["namespace"] == "film-club"
    charge = harness.oxen.ledger.account("film-club").charges[0]
    assert order == f"Order it for ${charge.cost.normalize():f}"


async def test_the_picture_is_by_the_cheapest_model_that_the_server_allows(harness: Harness, ada: Manager) -> None:
    models = (await harness.catalogue()).of_kind(MediaKind.IMAGE)
    usual = {m.name: price for m in models if (price := m.quote({})) is not None}
    panel = await walked(ada)
    match = re.search(r"\*\*(.+)\*\* makes one picture for \*\*\$(\d\.\d+)\*\*", panel.text)
    assert match is not None
    cheapest, price = match[1], Decimal(match[2])
    assert price < min(usual.values())
    assert price < usual[cheapest] / 10  # the settings are the cheapest as well
    await ada.fill(await ada.open("models"), "Name single models", {RESTRICTED: cheapest})
    panel = await ada.press(await ada.press(panel, "Back"), "Skip")
    assert f"**{cheapest}**" not in panel.text
    await ada.fill(await ada.open("models"), "Name single models", {RESTRICTED: ""})
    await ada.choose(await ada.open("models"), "Groups of models (none: all)", "upscale")
    panel = await ada.press(await ada.press(panel, "Back"), "Skip")
    assert "I know no model whose price is public and that this server allows" in panel.text
    assert labels(panel) == ["Back", "Skip"]
    done = await ada.press(panel, "Skip")
    assert "### All set" in done.text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_cautious_is_one_press_and_open_another(harness: Harness, ada: Manager) -> None:
    panel = await ada.setup()
    panel = await ada.fill(panel, "Name a namespace", {"Namespace on Oxen.ai": "film-club"})
    panel = await ada.press(panel, "Next")
    for words in ("$10.00 a month", "above $0.50", "5 orders a day for each member", "$0.25 is set aside for an image"):
        assert words in panel.text
    panel = await ada.press(panel, "Cautious")
    assert "✅ Cautious it is" in panel.text
    assert "### Step 3 of 5" in panel.text
    overview = (await ada.open("overview")).text
    for line in (
        "This month: $0.00 charged · **$10.00** left of $10.00; it begins anew <t:",
        "**Budget a month:** $10.00",
        "**Ask for confirmation:** above $0.50",
        "**Limits for everybody:** 5 a day",
    ):
        assert line in overview
    await harness.order("a fox of care", user="Bo")
    panel = await ada.press(panel, "Back")
    assert "**Budget a month:** $10.00" in panel.text
    panel = await ada.press(panel, "Open")
    assert "nothing limits what is ordered" in panel.text
    overview = (await ada.open("overview")).text
    assert "**Budget a month:** no limit" in overview
    assert "**Limits for everybody:** no limits" in overview


async def test_it_goes_on_after_a_restart_where_it_was(harness: Harness, ada: Manager) -> None:
    panel = await ada.setup()
    panel = await ada.fill(panel, "Name a namespace", {"Namespace on Oxen.ai": "film-club"})
    panel = await ada.press(await ada.press(panel, "Next"), "Let me choose")
    opened = await ada.member.press(panel, "Change")
    await harness.stop()
    await harness.start()
    panel = await ada.send(panel, opened, {"Budget a day": "2"})  # the form that was open
    assert "**Budget a day:** $2.00" in panel.text
    panel = await ada.press(await ada.press(panel, "Next"), "Next")  # the panel that was open
    assert "### Step 3 of 5" in panel.text
    anew = await ada.setup()  # and one that is opened afterwards: what is settled needs no asking
    assert "### Step 4 of 5" in anew.text


async def test_pressed_twice_it_is_paid_once(harness: Harness, ada: Manager) -> None:
    panel = await walked(ada)
    [order, *_] = labels(panel)
    presses = await asyncio.gather(ada.member.press(panel, order), ada.member.press(panel, order))
    assert all(press.acknowledged for press in presses)
    await harness.log.wait("result delivered")
    done = await ada.member.see(panel)
    assert "### All set" in done.text
    assert labels(done) == []
    assert harness.oxen.traffic.counts[ENQUEUE] == 1


async def test_a_server_that_asks_about_every_price_asks_about_this_one(harness: Harness, ada: Manager) -> None:
    await ada.fill(await ada.open("budgets"), "Change", {"Ask for confirmation": "0"})
    panel = await ada.setup()
    panel = await ada.fill(panel, "Name a namespace", {"Namespace on Oxen.ai": "film-club"})
    for label in ("Next", "Next", "Next", "Skip"):
        panel = await ada.press(panel, label)
    done = await ada.press(panel, labels(panel)[0])
    assert "say yes to it in the card below" in done.text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_a_former_manager_orders_nothing_by_the_panel(harness: Harness) -> None:
    cleo = Manager(harness, "Cleo")
    panel = await walked(cleo)
    await harness.community.give_roles("Cleo", guild="Film Club")
    for label in labels(panel):
        assert "may manage" in await harness.refusal(await cleo.member.press(panel, label), user="Cleo")
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_where_the_result_could_not_be_posted_it_is_refused_before_it_costs(harness: Harness) -> None:
    ada = Manager(harness, channel="announcements")
    panel = await walked(ada)
    panel = await ada.press(panel, labels(panel)[0])
    assert "I could not post the result in this channel" in panel.text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_it_speaks_german(harness: Harness) -> None:
    panel = await Manager(harness, locale="de").setup()
    assert panel.text.startswith("### Schritt 1 von 5 · Bezahlung")
    assert labels(panel) == ["Namespace nennen", "Überspringen"]
