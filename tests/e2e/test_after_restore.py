"""The bot on a copy of its rows, in a channel that has seen more: nothing is ordered, paid for or posted twice."""

from datetime import UTC, datetime

import pytest

from bot.settings import MIGRATIONS
from bot.store.backup import backup, restore
from sandbox.discord.client import Message
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Stage, Stages

HOUR = 3600


def save(stage: Stage) -> None:
    backup(stage.folder / "drover.sqlite3", stage.folder / "copy")


async def back_to_the_copy(stage: Stage) -> int:
    """The bot on the copy, hours later; where its log begins."""
    await stage.stop()
    await stage.community.advance(2 * HOUR)  # Discord has forgotten every nonce
    restore(stage.folder / "copy", stage.folder / "drover.sqlite3", MIGRATIONS, datetime.now(UTC))
    mark = len(stage.log.records)
    await stage.start()
    return mark


def files(messages: list[Message]) -> list[str]:
    return sorted(attachment.filename.rpartition("-")[2] for m in messages for attachment in m.attachments)


async def test_saved_before_it_was_sent(stages: Stages) -> None:
    stage = await stages()
    stage.break_oxen(Fault(on="enqueue", kind="status", value=429, times=1))
    asked = await stage.order("a fox")
    await stage.card(asked, lambda card: "trying again" in card.text)
    save(stage)
    assert (await stage.result(asked)).attachments
    mark = await back_to_the_copy(stage)
    await stage.log.wait("result delivered", after=mark)
    assert stage.log.find("order found", after=mark)
    assert len(await stage.results(asked)) == 1
    assert len(stage.ordered("a fox")) == 1
    assert stage.oxen.traffic.counts[ENQUEUE] == 2  # with the one that was refused
    await stage.card(asked, lambda card: not card.buttons)
    assert (await stage.result(await stage.order("a fox after that"))).attachments
    assert not stage.log.troubles()


async def test_saved_while_one_of_four_waits_for_the_others(stages: Stages) -> None:
    """The first life posts all four in one part; the rows of the copy would post one, and then the rest."""
    stage = await stages(DROVER_GRACE_SECONDS=1800)
    stage.darkroom.hold("otters", lambda number: number > 0)
    asked = await stage.order("otters", command="image", count=4)
    await stage.card(asked, lambda card: card.text.count("✅ ready") == 1)
    save(stage)
    stage.darkroom.release("otters")
    assert len((await stage.result(asked)).attachments) == 4
    mark = await back_to_the_copy(stage)
    await stage.log.wait("result delivered", after=mark, part=1)
    await stage.log.wait("result delivered", after=mark, part=2)
    assert len(await stage.results(asked)) == 1
    assert not stage.log.troubles()


async def test_saved_before_the_first_of_four_parts(stages: Stages) -> None:
    """The first life posts one output and then stops for good; the second posts the three that are missing."""
    stage = await stages(DROVER_GRACE_SECONDS=0)
    stage.darkroom.hold("first otters")
    asked = await stage.order("first otters", command="image", count=4)
    await stage.card(asked, lambda card: "being made" in card.text)
    save(stage)
    await stage.community.fault("/channels/*/messages", method="POST", status=500, times=None)
    stage.darkroom.release("first otters")
    await stage.log.wait("delivery postponed")
    await stage.community.clear_faults()
    await stage.result(asked)
    seen = await stage.results(asked)
    await back_to_the_copy(stage)
    await stage.card(asked, lambda card: card.text.count("✅ ready") == 4)
    while len(files(await stage.results(asked))) < 4:
        await stage.result(asked, part=len(seen) + 1)
    await stage.stop()
    assert files(await stage.results(asked)) == ["1.png", "2.png", "3.png", "4.png"]


@pytest.mark.parametrize("how", ["linked", "failed", "cancelled", "said to be unfetchable"])
async def test_what_was_told_without_a_file_is_not_told_again(stages: Stages, how: str) -> None:
    stage = await stages()
    stage.darkroom.hold("a fox")
    asked = await stage.order("a fox")
    await stage.card(asked, lambda card: "being made" in card.text)
    save(stage)
    if how == "linked":
        await stage.community.fault("/channels/*/messages", method="POST", status=413, code=40005)
    elif how == "said to be unfetchable":
        stage.break_oxen(Fault(on="result", kind="status", value=403, times=10))
    elif how == "cancelled":
        [one] = stage.ordered("a fox")
        stage.oxen._parts.scheduler.cancel(one["generation_ids"][0])
    else:
        [one] = stage.ordered("a fox")
        stage.oxen.ledger.account("sandbox").balance = 0  # type: ignore[assignment]
    stage.darkroom.release("a fox")
    first = await stage.result(asked)
    assert not first.attachments
    assert {
        "linked": "too large to attach",
        "failed": "has no credit left",
        "cancelled": "was cancelled",
        "said to be unfetchable": "could not be fetched",
    }[how] in first.text
    mark = await back_to_the_copy(stage)
    await stage.log.wait("result delivered", after=mark)
    assert len(await stage.results(asked)) == 1
