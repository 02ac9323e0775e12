"""The server's own queue as its members and moderators see it: places on cards, the list, and the levers."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.discord.client import Interaction, Member, Message, Refused
from tests.e2e.kit import ENQUEUE, Harness, Stages
from tests.e2e.rules import run, settle

DEV = 1150000000000000014
LEVERS = {"Pause", "Take no new orders", "Cancel…"}


async def narrow(stages: Stages, **rules: object) -> Harness:
    """A bot whose server makes one thing at a time, and where Dev moderates without managing."""
    harness = await stages(start=False, timing={"queue_positions": timedelta(seconds=0.2)})
    settle(harness, **{"running": 1, **rules})
    await harness.start()
    await harness.community.set_role("Steward", guild="Film Club", permissions=["MANAGE_MESSAGES"])
    await harness.community.give_roles("Dev", "Steward", guild="Film Club")
    return harness


def dev(harness: Harness) -> Member:
    return harness.community.member("Dev", channel="video-lab", locale="en-US")


async def running(harness: Harness, prompt: str, user: str = "Bo") -> Interaction:
    harness.renderer.hold(prompt)
    asked = await harness.order(prompt, user=user)
    await harness.card(asked, lambda card: "being made" in card.text)
    return asked


async def waiting(harness: Harness, prompt: str, user: str = "Bo") -> Interaction:
    asked = await harness.order(prompt, user=user)
    await harness.card(asked, lambda card: "waits for its turn" in card.text)
    return asked


async def listed(harness: Harness, user: str = "Dev") -> Message:
    return await harness.use("queue", user=user)


def prompts(message: Message) -> list[str]:
    lines = [line for line in message.text.split("\n") if line.startswith("**")]
    return [line[line.index("[") + 1 : line.index("](")] for line in lines]


async def test_members_take_turns_and_see_their_place(stages: Stages) -> None:
    harness = await narrow(stages)
    first = await running(harness, "Bo's first")
    second = await waiting(harness, "Bo's second")
    third = await waiting(harness, "Bo's third")
    dev_s = await waiting(harness, "Dev's first", user="Dev")
    assert prompts(await listed(harness)) == ["Bo's first", "Bo's second", "Dev's first", "Bo's third"]
    await harness.card(second, lambda card: "Next in this server's queue." in card.text)
    await harness.card(dev_s, lambda card: "One order is before this one." in card.text)
    await harness.card(third, lambda card: "2 orders are before this one." in card.text)
    assert harness.oxen.traffic.counts[ENQUEUE] == 1
    harness.renderer.release("Bo's first")
    for asked in (first, second, dev_s, third):
        assert (await harness.result(asked)).attachments
    assert [one["request"]["prompt"] for one in harness.oxen.traffic.accepted] == [
        "Bo's first", "Bo's second", "Dev's first", "Bo's third"
    ]  # fmt: skip
    assert not harness.log.troubles()


async def test_only_moderators_get_the_controls_and_only_they_may_use_them(stages: Stages) -> None:
    harness = await narrow(stages)
    await running(harness, "a fox in the making")
    theirs = await listed(harness, user="Bo")
    assert {button.label for button in theirs.buttons} == {"Refresh"}
    assert theirs.selects == ()
    panel = await listed(harness)
    assert {button.label for button in panel.buttons} == {"Refresh", *LEVERS}
    # Dev loses the role while the panel is open.
    await harness.community.give_roles("Dev", guild="Film Club")
    for label in LEVERS:
        text = await harness.refusal(await dev(harness).press(panel, label), user="Dev")
        assert "Only moderators" in text
    picked = await dev(harness).select(panel, "Move or cancel an order…", panel.selects[0].options[0])
    assert "Only moderators" in await harness.refusal(picked, user="Dev")
    assert run(harness, "SELECT COUNT(*) FROM audit") == [(0,)]
    harness.renderer.release("a fox in the making")


async def test_a_moderator_moves_orders(stages: Stages) -> None:
    harness = await narrow(stages)
    await running(harness, "in the making")
    for name in ("one", "two", "three"):
        await waiting(harness, name)
    panel = await listed(harness)
    assert prompts(panel) == ["in the making", "one", "two", "three"]
    for label, order in (
        ("To the front", ["three", "one", "two"]),
        ("One place down", ["one", "three", "two"]),
        ("To the end", ["one", "two", "three"]),
        ("One place up", ["one", "three", "two"]),
    ):
        option = next(
            value
            for value, shown in zip(panel.selects[0].options, panel.selects[0].labels, strict=True)
            if "three" in shown
        )
        single = await harness.turned(panel, dev(harness).select(panel, "Move or cancel an order…", option))
        assert prompts(single) == ["three"]
        await harness.turned(single, dev(harness).press(single, label))
        panel = await harness.turned(single, dev(harness).press(single, "Back to the queue"))
        assert prompts(panel) == ["in the making", *order], label
    acts = run(harness, "SELECT act, by_id FROM audit")
    assert acts == [("moved", DEV)] * 4
    harness.renderer.release("in the making")
    assert not harness.log.troubles()


async def test_pause_drain_and_resume_from_the_panel(stages: Stages) -> None:
    harness = await narrow(stages)
    first = await running(harness, "the first")
    second = await waiting(harness, "the second")
    panel = await listed(harness)
    panel = await harness.turned(panel, dev(harness).press(panel, "Pause"))
    assert "The queue is paused" in panel.text
    await harness.card(second, lambda card: "paused this server's queue" in card.text)
    panel = await harness.turned(panel, dev(harness).press(panel, "Take no new orders"))
    assert "No new orders are taken" in panel.text
    refused = await harness.order("a third")
    assert "takes no new orders" in await harness.refusal(refused)
    harness.renderer.release("the first")
    assert (await harness.result(first)).attachments
    assert harness.oxen.traffic.counts[ENQUEUE] == 1
    await harness.turned(panel, dev(harness).press(panel, "Resume"))
    assert (await harness.result(second)).attachments
    assert [act for (act,) in run(harness, "SELECT act FROM audit ORDER BY ordinal")] == [
        "paused", "drained", "resumed", "resumed"
    ]  # fmt: skip
    assert not harness.log.troubles()


async def test_cancelling_many_asks_first_and_says_what_is_released(stages: Stages) -> None:
    harness = await narrow(stages)
    first = await running(harness, "at Oxen")
    for name in ("one", "two"):
        await waiting(harness, name)
    others = await waiting(harness, "Cleo's", user="Cleo")
    panel = await listed(harness)
    panel = await harness.turned(panel, dev(harness).press(panel, "Cancel…"))
    asked = await harness.turned(panel, dev(harness).select(panel, "Everything of a member…", "Bo"))
    assert "Cancel 3 results of <@1150000000000000012>?" in asked.text
    assert "$1.05 is reserved for them" in asked.text
    assert "2 have not been sent yet" in asked.text
    assert run(harness, "SELECT COUNT(*) FROM audit") == [(0,)], "nothing happens at the first click"
    done = await harness.turned(asked, dev(harness).press(asked, "Yes, cancel"))
    assert "Cancelling 3 results" in done.text
    assert "cancelled" in (await harness.result(first)).text
    assert (await harness.result(others)).attachments
    [(act, subject)] = run(harness, "SELECT act, subject FROM audit")
    assert (act, subject) == ("cancelled-member", "1150000000000000012")
    again = await harness.turned(done, dev(harness).press(done, "Back to the queue"))
    assert "queue is empty" in again.text
    assert not harness.log.troubles()


async def test_moderators_cancel_one_order_a_channel_and_everything(stages: Stages) -> None:
    harness = await narrow(stages)
    await running(harness, "at Oxen")
    for name in ("one", "two"):
        await waiting(harness, name)
    elsewhere = await harness.order("elsewhere", channel="general")
    panel = await listed(harness)
    option = panel.selects[0].options[1]
    single = await harness.turned(panel, dev(harness).select(panel, "Move or cancel an order…", option))
    asked = await harness.turned(single, dev(harness).press(single, "Cancel it…"))
    assert "Cancel one result of this order?" in asked.text
    assert "$0.35 is reserved for it" in asked.text
    panel = await harness.turned(asked, dev(harness).press(asked, "Yes, cancel"))
    panel = await harness.use("moderate cancel", user="Dev", options={"channel": "video-lab"})
    assert "Cancel 2 results in <#1150000000000000111>?" in panel.text
    panel = await harness.turned(panel, dev(harness).press(panel, "Yes, cancel"))
    panel = await harness.use("moderate cancel", user="Dev", options={"everything": True})
    if "nothing to cancel" not in panel.text:
        assert "in this server?" in panel.text
        await harness.turned(panel, dev(harness).press(panel, "Yes, cancel"))
    assert await harness.result(elsewhere)
    kinds = [act for (act,) in run(harness, "SELECT act FROM audit ORDER BY ordinal")]
    assert kinds[:2] == ["cancelled-order", "cancelled-channel"]
    harness.renderer.release("at Oxen")


async def test_panels_work_after_a_restart(stages: Stages) -> None:
    harness = await narrow(stages)
    asked = await running(harness, "a patient fox")
    panel = await listed(harness)
    question = await harness.use("moderate cancel", user="Dev", options={"everything": True})
    await harness.kill()
    await harness.start()
    panel = await harness.turned(panel, dev(harness).press(panel, "Refresh"))
    assert prompts(panel) == ["a patient fox"]
    await harness.turned(question, dev(harness).press(question, "Yes, cancel"))
    assert "cancelled" in (await harness.result(asked)).text
    assert not harness.log.troubles()


async def test_pages(stages: Stages) -> None:
    harness = await narrow(stages)
    await running(harness, "order 0")
    for number in range(1, 8):
        await waiting(harness, f"order {number}")
    page = await listed(harness, user="Bo")
    assert len(prompts(page)) == 6
    assert "Page 1 of 2" in page.text
    bo = harness.community.member("Bo", locale="en-US")
    page = await harness.turned(page, bo.press(page, "Next"))
    assert prompts(page) == ["order 6", "order 7"]
    with pytest.raises(Refused):
        await bo.press(page, "Next")
    page = await harness.turned(page, bo.press(page, "Back"))
    assert prompts(page)[0] == "order 0"
    harness.renderer.release("order 0")


async def test_ban_and_unban(stages: Stages) -> None:
    harness = await narrow(stages, month_budget=Decimal(100))
    asked = await running(harness, "a fox before the ban")
    banned = await harness.use("moderate ban", user="Dev", options={"member": "Bo"})
    assert "<@1150000000000000012> cannot order here any more. One order of theirs is under way" in banned.text
    assert [button.label for button in banned.buttons] == ["Cancel their orders…"]
    refused = await harness.order("a fox after the ban")
    assert "switched off orders for you" in await harness.refusal(refused)
    again = await harness.use("moderate ban", user="Dev", options={"member": "Bo"})
    assert "banned from ordering already" in again.text
    harness.renderer.release("a fox before the ban")
    assert (await harness.result(asked)).attachments, "what was accepted goes on"
    back = await harness.use("moderate unban", user="Dev", options={"member": "Bo"})
    assert "can order here again" in back.text
    assert "not banned" in (await harness.use("moderate unban", user="Dev", options={"member": "Bo"})).text
    welcome = await harness.order("a fox that is welcome")
    assert (await harness.result(welcome)).attachments
    for name, words in (("Dev", "ban yourself"), ("Ada", "They manage this server"), ("Cleo", "They manage")):
        said = await harness.use("moderate ban", user="Dev", options={"member": name})
        assert words in said.text
    subjects = run(harness, "SELECT act, subject, by_id FROM audit ORDER BY ordinal")
    assert subjects == [("rules-changed", "banned", DEV)] * 2
    assert not harness.log.troubles()


async def test_the_commands_are_for_moderators_even_where_a_server_opened_them(stages: Stages) -> None:
    harness = await narrow(stages)
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    assert "moderate" not in await bo.commands()
    for command, options in (
        ("moderate queue", {"action": "pause"}),
        ("moderate cancel", {"everything": True}),
        ("moderate ban", {"member": "Dev"}),
        ("moderate unban", {"member": "Dev"}),
    ):
        said = await harness.use(command, options=options, force=True)
        assert said.only_for == "Bo"
        assert "Only moderators" in said.text, command
    assert run(harness, "SELECT COUNT(*) FROM audit") == [(0,)]
    both = await harness.use("moderate cancel", user="Dev", options={"member": "Bo", "everything": True})
    assert "Choose one" in both.text
    assert not harness.log.troubles()
