"""The bot on a copy of its rows, in a channel that has seen more: nothing is ordered, paid for or posted twice."""

from datetime import UTC, datetime
from decimal import Decimal

from bot.settings import MIGRATIONS
from bot.store.backup import backup, restore
from sandbox.discord.client import Interaction, Message
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


async def test_what_the_first_life_did_not_post_is_posted(stages: Stages) -> None:
    """It posts one of four and stops for good; the second finds all of them made, and posts the other three.

    Files are named by their bytes, and what renders here makes films of everything.
    """
    stage = await stages(DROVER_GRACE_SECONDS=0.2, oxen={"concurrency": 1})
    stage.darkroom.hold("otters")
    asked = await stage.order("otters", command="image", count=4)
    await stage.card(asked, lambda card: "being made" in card.text)
    save(stage)
    [first, _] = stage.darkroom._held["otters"]
    stage.darkroom.hold("otters")  # the others
    first.set()
    assert files([await stage.result(asked)]) == ["1.mp4"]
    await stage.stop()
    stage.darkroom.release("otters")
    [order] = stage.ordered("otters")
    for generation_id in order["generation_ids"]:
        await stage.oxen.finished(generation_id)
    await back_to_the_copy(stage)
    part = 2
    while len(files(await stage.results(asked))) < 4:
        await stage.result(asked, part=part)
        part += 1
    await stage.card(asked, lambda card: not card.buttons)
    await stage.stop()
    assert files(await stage.results(asked)) == ["1.mp4", "2.mp4", "3.mp4", "4.mp4"]


async def test_what_was_told_without_a_file_is_not_told_again(stages: Stages) -> None:
    stage = await stages()
    told = {
        "too large": "too large to attach",
        "unfetchable": "could not be fetched",
        "cancelled": "was cancelled",
        "unpaid": "has no credit left",
    }
    asked: dict[str, Interaction] = {}
    for prompt in told:
        stage.darkroom.hold(prompt)
        asked[prompt] = await stage.order(prompt)
        await stage.card(asked[prompt], lambda card: "being made" in card.text)
    save(stage)
    for prompt, words in told.items():
        [order] = stage.ordered(prompt)
        if prompt == "too large":
            await stage.community.fault("/channels/*/messages", method="POST", status=413, code=40005)
        elif prompt == "unfetchable":
            stage.break_oxen(Fault(on="result", kind="status", value=403))
        elif prompt == "cancelled":
            stage.oxen._parts.scheduler.cancel(order["generation_ids"][0])
        else:
            stage.oxen.ledger.account("sandbox").balance = Decimal(0)
        stage.darkroom.release(prompt)
        result = await stage.result(asked[prompt])
        assert words in result.text
        assert not result.attachments
    mark = await back_to_the_copy(stage)
    await stage.log.wait("result delivered", after=mark, count=4)
    for interaction in asked.values():
        assert len(await stage.results(interaction)) == 1
