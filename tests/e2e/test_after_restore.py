"""The bot on a copy of its rows, in a channel that has seen more: nothing is ordered, paid for or posted twice."""

from datetime import UTC, datetime
from decimal import Decimal

from bot.settings import MIGRATIONS
from bot.store.backup import backup, restore
from sandbox.discord.client import Interaction, Message
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Harness, Stages

HOUR = 3600


def save(harness: Harness) -> None:
    backup(harness.folder / "drover.sqlite3", harness.folder / "copy")


async def back_to_the_copy(harness: Harness) -> int:
    """The bot on the copy, hours later; where its log begins."""
    await harness.stop()
    await harness.community.advance(2 * HOUR)  # Discord has forgotten every nonce
    restore(harness.folder / "copy", harness.folder / "drover.sqlite3", MIGRATIONS, datetime.now(UTC))
    mark = len(harness.log.records)
    await harness.start()
    return mark


def files(messages: list[Message]) -> list[str]:
    return sorted(attachment.filename.rpartition("-")[2] for m in messages for attachment in m.attachments)


async def test_saved_before_it_was_sent(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="enqueue", kind="status", value=429, times=1))
    asked = await harness.order("a fox")
    await harness.card(asked, lambda card: "trying again" in card.text)
    save(harness)
    assert (await harness.result(asked)).attachments
    mark = await back_to_the_copy(harness)
    await harness.log.wait("result delivered", after=mark)
    assert harness.log.find("order found", after=mark)
    assert len(await harness.results(asked)) == 1
    assert len(harness.ordered("a fox")) == 1
    assert harness.oxen.traffic.counts[ENQUEUE] == 2  # with the one that was refused
    await harness.card(asked, lambda card: not card.buttons)
    assert (await harness.result(await harness.order("a fox after that"))).attachments
    assert not harness.log.troubles()


async def test_saved_while_one_of_four_waits_for_the_others(stages: Stages) -> None:
    """The first life posts all four in one part; the rows of the copy would post one, and then the rest."""
    harness = await stages(DROVER_GRACE_SECONDS=1800)
    harness.renderer.hold("otters", lambda number: number > 0)
    asked = await harness.order("otters", command="image", count=4)
    await harness.card(asked, lambda card: card.text.count("✅ ready") == 1)
    save(harness)
    harness.renderer.release("otters")
    assert len((await harness.result(asked)).attachments) == 4
    mark = await back_to_the_copy(harness)
    await harness.log.wait("result delivered", after=mark, part=1)
    await harness.log.wait("result delivered", after=mark, part=2)
    assert len(await harness.results(asked)) == 1
    assert not harness.log.troubles()


async def test_what_the_first_life_did_not_post_is_posted(stages: Stages) -> None:
    """It posts one of four and stops for good; the second finds all of them made, and posts the other three.

    Files are named by their bytes, and what renders here makes films of everything.
    """
    harness = await stages(DROVER_GRACE_SECONDS=0.2, oxen={"concurrency": 1})
    harness.renderer.hold("otters")
    asked = await harness.order("otters", command="image", count=4)
    await harness.card(asked, lambda card: "being made" in card.text)
    save(harness)
    [first, _] = harness.renderer._held["otters"]
    harness.renderer.hold("otters")  # the others
    first.set()
    assert files([await harness.result(asked)]) == ["1.mp4"]
    await harness.stop()
    harness.renderer.release("otters")
    [order] = harness.ordered("otters")
    for generation_id in order["generation_ids"]:
        await harness.oxen.finished(generation_id)
    await back_to_the_copy(harness)
    part = 2
    while len(files(await harness.results(asked))) < 4:
        await harness.result(asked, part=part)
        part += 1
    await harness.card(asked, lambda card: not card.buttons)
    await harness.stop()
    assert files(await harness.results(asked)) == ["1.mp4", "2.mp4", "3.mp4", "4.mp4"]


async def test_what_was_told_without_a_file_is_not_told_again(stages: Stages) -> None:
    harness = await stages()
    told = {
        "too large": "too large to attach",
        "unfetchable": "could not be fetched",
        "cancelled": "was cancelled",
        "unpaid": "has no credit left",
    }
    asked: dict[str, Interaction] = {}
    for prompt in told:
        harness.renderer.hold(prompt)
        asked[prompt] = await harness.order(prompt)
        await harness.card(asked[prompt], lambda card: "being made" in card.text)
    save(harness)
    for prompt, words in told.items():
        [order] = harness.ordered(prompt)
        if prompt == "too large":
            await harness.community.fault("/channels/*/messages", method="POST", status=413, code=40005)
        elif prompt == "unfetchable":
            harness.break_oxen(Fault(on="result", kind="status", value=403))
        elif prompt == "cancelled":
            harness.oxen._parts.scheduler.cancel(order["generation_ids"][0])
        else:
            harness.oxen.ledger.account("sandbox").balance = Decimal(0)
        harness.renderer.release(prompt)
        result = await harness.result(asked[prompt])
        assert words in result.text
        assert not result.attachments
    mark = await back_to_the_copy(harness)
    await harness.log.wait("result delivered", after=mark, count=4)
    for interaction in asked.values():
        assert len(await harness.results(interaction)) == 1
