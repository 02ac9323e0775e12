"""Whose money it is, and what becomes of it: a foreign namespace, a key revoked at work, a price that changes."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet

from bot.domain.models.catalogue import MediaKind
from tests.cogs.panels import Manager
from tests.e2e.kit import ENQUEUE, Harness, Stages
from tests.e2e.rules import FILM_CLUB, run, settle

KEY = "sk-film-club-own-wxyz"
LOG = "Log channel (none: no news)"


async def spent(harness: Harness) -> Decimal:
    ((micro,),) = run(harness, "SELECT COALESCE(SUM(micro_usd), 0) FROM entries")
    return Decimal(micro) / 1_000_000


async def test_the_operators_namespace_is_not_a_servers_for_the_asking(stages: Stages) -> None:
    """The operator's key may bill all three; its owner opened one to this server."""
    keys = {"sandbox": ("operator", "film-club", "game-night")}
    opened = f"film-club={FILM_CLUB}, game-night=1"
    harness = await stages(oxen={"keys": keys}, DROVER_NAMESPACES=opened, DROVER_WITHOUT_NAMESPACE="refuse")
    for name in ("operator", "game-night"):
        panel = await harness.bill(name)
        assert f"has not opened the namespace “{name}” to this server" in panel.text
        assert f"{name}={FILM_CLUB} to DROVER_NAMESPACES" in panel.text
    assert "Nobody pays for this server yet" in await harness.refusal(await harness.order("a fox at others' cost"))
    assert "billed to **film-club**" in (await harness.bill("film-club")).text
    assert (await harness.result(await harness.order("a fox of our own"))).attachments
    assert [one["namespace"] for one in harness.oxen.traffic.accepted] == ["film-club"]


async def test_what_the_operator_closes_pays_no_more(stages: Stages) -> None:
    harness = await stages(oxen={"keys": {"sandbox": ("operator", "film-club")}})
    await harness.bill("film-club")
    await harness.stop()
    harness.options["DROVER_NAMESPACES"] = "game-night"
    await harness.start()
    refused = await harness.refusal(await harness.order("a fox too late"))
    assert "has not opened the namespace “film-club” to this server" in refused
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_a_key_is_revoked_while_orders_run(stages: Stages) -> None:
    harness = await stages(
        oxen={"keys": {"sandbox": None, KEY: ("club-own",)}}, DROVER_MASTER_KEY=Fernet.generate_key().decode()
    )
    ada = Manager(harness)
    await ada.choose(await ada.open("log"), LOG, "general")
    await ada.fill(await ada.open("billing"), "Enter a key", {"API key of Oxen.ai": KEY})
    prompts = ("a fox at work", "a second fox at work")
    for prompt in prompts:
        harness.renderer.hold(prompt)
    running = [await harness.order(prompt) for prompt in prompts]
    for asked in running:
        await harness.card(asked, lambda card: "being made" in card.text)
    assert await spent(harness) == Decimal("0.70")
    harness.oxen.keyring.revoke(KEY)
    for asked in running:
        assert "This server's own key stopped working while this was made" in (await harness.result(asked)).text
    assert await spent(harness) == Decimal("0.70")  # unclear: Oxen may have made and charged them
    refused = await harness.refusal(await harness.order("a fox after that"))
    assert "does not accept this server's key" in refused
    await harness.log.wait("notice delivered")
    assert len([m for m in await harness.community.messages(channel="general") if "🔑" in m.text]) == 1
    assert harness.oxen.traffic.counts[ENQUEUE] == 2


async def test_a_price_changes_between_the_quote_and_the_charge(stages: Stages) -> None:
    """It was quoted at 0.35, and is charged at more: the card says so, and the budget feels it at once."""
    timing = {"cost_again": timedelta(seconds=0.2)}
    harness = await stages(start=False, oxen={"dialect": "browse"}, timing=timing)
    settle(harness, month_budget=Decimal(1))
    await harness.start()
    harness.renderer.hold("a fox whose price changes")
    asked = await harness.order("a fox whose price changes")
    card = await harness.card(asked, lambda card: "being made" in card.text)
    assert "💵 $0.35 ·" in card.text
    [model] = {one["request"]["model"] for one in harness.oxen.traffic.accepted}
    harness.oxen.tariff.set(model, Decimal("1.10"))
    harness.renderer.release("a fox whose price changes")
    over = await harness.card(asked, lambda card: "💵 charged" in card.text and "$1.10" in card.text)
    assert "being made" not in over.text
    assert await spent(harness) == Decimal("1.10")
    refused = await harness.refusal(await harness.order("a fox beyond the budget"))
    assert "budget is $1.00 a month, and $0.00 of it is left" in refused
    harness.oxen.tariff.set(model, Decimal("0.10"))
    await harness.stop()
    settle(harness, month_budget=Decimal(2))
    await harness.start()
    cheaper = await harness.order("a fox for less")
    await harness.card(cheaper, lambda card: "💵 charged $0.10" in card.text)
    assert await spent(harness) == Decimal("1.20")
    assert not harness.log.troubles()


@pytest.mark.parametrize("dialect", ["browse", "persistent", "ephemeral"])
async def test_a_budget_holds_for_a_model_without_a_price(stages: Stages, dialect: str) -> None:
    """One member, ten cents, and thirty orders of four images: what was charged is no more than the budget and what
    one order cost above its reservation.
    """
    harness = await stages(oxen={"dialect": dialect}, start=False)
    budget, ceiling = Decimal("0.10"), Decimal("0.02")
    settle(harness, day_budget=budget, ceiling_image=ceiling)
    await harness.start()
    model = next(m for m in await harness.catalogue() if m.pricing is None and m.runs_on_prompt(MediaKind.IMAGE))
    given = {"command": "image", "model": model.id, "count": 4}
    harness.renderer.hold("a costly fox")
    asked = await asyncio.gather(*(harness.order("a costly fox", **given) for _ in range(30)))
    await harness.received(ENQUEUE)
    orders = run(harness, "SELECT card_message_id FROM orders")
    (accepted,) = [each for each in asked if (int(each.response_message_id or 0),) in orders]
    assert "$0.08 is set aside; the price is not known" in (await harness.card(accepted)).text
    await harness.card(accepted, lambda card: "being made" in card.text)
    harness.renderer.release("a costly fox")

    def charged() -> Decimal:
        return sum((account.total for account in harness.oxen.ledger.accounts().values()), Decimal(0))

    await harness.watch.until(lambda: charged() == Decimal("0.16"))
    assert "so $0.08 would be set aside" in await harness.refusal(await harness.order("one more", **given))
    assert charged() <= budget + (charged() - 4 * ceiling)
    if dialect != "browse":  # nobody tells: whatever became of it, the estimate stands
        assert await spent(harness) == 4 * ceiling
