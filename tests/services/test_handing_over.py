"""The channel is closed for good: the requester is told directly, once, or nobody can be."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.ids import GenerationId, MessageId, short
from bot.domain.messenger import OutgoingResult, TooLarge, TryLater, Undeliverable
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import Unavailable
from bot.services.delivery.delivery import GIVE_UP
from bot.services.supervision import IDLE
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.oxen import RESULT
from tests.services.bench import OTHER_GUILD, Bench, S

CLOSED = Undeliverable("404 10003: Unknown Channel")
REFUSED = Undeliverable("403 50007: Cannot send messages to this user")


class DirectMessages(FakeMessenger):
    """Every channel is closed. Direct messages are taken, searched and spoilt as the messages of a channel are."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.contents: list[dict[GenerationId, bytes]] = []

    async def post(self, outgoing: OutgoingResult) -> MessageId:
        self.attempts += 1
        raise CLOSED

    async def find(self, post: object) -> MessageId | None:
        raise CLOSED

    async def hand_over(self, outgoing: OutgoingResult) -> MessageId:
        async with self.faults.around("hand_over"):
            known = [n for n, told in enumerate(self.direct) if told.post.id == outgoing.post.id]
            if known and outgoing.post.attempt > 1:
                return MessageId(known[0])
            self.direct.append(outgoing)
            self.contents.append({g: read(path) for g, path in outgoing.files.items()})
        return MessageId(len(self.direct))


def read(path: Path) -> bytes:
    return path.read_bytes()


@pytest.fixture
def messenger(clock: ManualClock) -> DirectMessages:
    return DirectMessages(clock)


async def ready(bench: Bench) -> OrderRecord:
    record = await bench.sent()
    bench.oxen.finish(await bench.remote_id(record))
    await bench.poll()
    assert await bench.states(record) == [S.SUCCEEDED]
    return record


async def ends(bench: Bench) -> list[tuple[str, str | None]]:
    """How each post ended, and why if badly."""
    rows = await bench.db.read(lambda db: db.execute_fetchall("SELECT state, dead_because FROM posts"))
    return [(row["state"], row["dead_because"]) for row in rows]


async def test_the_requester_gets_the_result(bench: Bench, messenger: DirectMessages) -> None:
    record = await ready(bench)
    await bench.deliver()
    [outgoing] = messenger.direct
    assert outgoing.post.order == record.order
    assert list(messenger.contents[0].values()) == [RESULT]
    assert await ends(bench) == [("delivered", None)]
    assert await bench.deliver() == IDLE
    assert not any(bench.work_dir.iterdir())


async def test_a_failure_is_told_directly_too(bench: Bench, messenger: DirectMessages) -> None:
    record = await bench.sent()
    bench.oxen.fail(await bench.remote_id(record))
    await bench.poll()
    await bench.deliver()
    [outgoing] = messenger.direct
    assert [g.state for g in outgoing.post.generations] == [S.FAILED]
    assert await ends(bench) == [("delivered", None)]


async def notices(bench: Bench) -> list[tuple[int, str, str]]:
    rows = await bench.db.read(lambda db: db.execute_fetchall("SELECT guild_id, kind, content FROM notices"))
    return [(row["guild_id"], row["kind"], row["content"]) for row in rows]


async def test_what_nobody_could_be_told_is_on_the_card_and_in_the_log_channel(
    bench: Bench, messenger: DirectMessages
) -> None:
    record = await ready(bench)
    await bench.redraw()
    shown = len(messenger.redrawn)
    messenger.faults.fail("hand_over", REFUSED, times=1000)
    await bench.deliver()
    [generation] = (await bench.record(record)).generations
    assert (await bench.record(record)).untold == {generation.id}
    bench.clock.advance(seconds=5)
    await bench.redraw()
    assert [one.untold for one in messenger.redrawn[shown:]] == [{generation.id}]
    context = record.order.context
    told = json.dumps({"order": short(record.order.id), "channel": str(context.channel_id)})
    assert await notices(bench) == [(context.guild_id, "untold", told)]


async def test_what_nobody_could_be_told_is_tried_for_a_day_with_growing_pauses(
    bench: Bench, messenger: DirectMessages
) -> None:
    record = await ready(bench)
    messenger.faults.fail("hand_over", REFUSED, times=1000)
    began, pauses = bench.clock.now(), list[float]()
    await bench.deliver()
    while await bench.posts.open():
        ((_, due),) = await bench.posts.open()
        pauses.append((due - bench.clock.now()).total_seconds() / 60)
        bench.clock.advance(due - bench.clock.now())
        await bench.deliver()
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert GIVE_UP <= bench.clock.now() - began <= GIVE_UP + timedelta(hours=1)
    assert await ends(bench) == [("dead", f"{CLOSED}; {REFUSED}")]
    assert (await bench.record(record)).untold  # the card still says where it is
    assert len(await notices(bench)) == 1


async def test_the_right_is_given_back(bench: Bench, messenger: DirectMessages, clock: ManualClock) -> None:
    record = await ready(bench)
    messenger.faults.fail("hand_over", REFUSED)
    await bench.deliver()
    await bench.delivery.rights_changed(OTHER_GUILD)
    bench.delivery._messenger = opened = FakeMessenger(clock)
    await bench.deliver()
    assert opened.messages == []
    wakes = bench.wakes
    await bench.delivery.rights_changed(record.order.context.guild_id)
    assert bench.wakes == wakes + 1
    await bench.deliver()
    assert len(opened.messages) == 1
    assert messenger.direct == []
    assert not (await bench.record(record)).untold
    assert await ends(bench) == [("delivered", None)]
    bench.clock.advance(seconds=5)
    await bench.redraw()  # and the card says nothing of it any more
    assert messenger.redrawn[-1].untold == set()


async def test_a_right_that_is_given_back_hastens_only_what_is_held(bench: Bench, messenger: DirectMessages) -> None:
    record = await ready(bench)
    messenger.faults.fail("hand_over", TryLater("502", timedelta(seconds=77)))
    await bench.deliver()
    await bench.delivery.rights_changed(record.order.context.guild_id)
    assert await bench.deliver() == timedelta(seconds=77)


async def test_a_direct_message_whose_answer_was_lost_is_found_before_the_channel_is_tried(
    bench: Bench, messenger: DirectMessages, clock: ManualClock
) -> None:
    """The channel opens again between the two attempts: the result must not be in both places."""
    await ready(bench)
    messenger.faults.fail("hand_over", TryLater("TimeoutError"), after=True)
    await bench.deliver()
    bench.delivery._messenger = opened = FakeMessenger(clock)
    opened.direct = messenger.direct
    bench.clock.advance(await bench.deliver())
    await bench.deliver()
    assert opened.messages == []
    assert len(messenger.direct) == 1
    assert await ends(bench) == [("delivered", None)]


async def test_a_direct_message_that_was_refused_is_not_looked_for(
    bench: Bench, messenger: DirectMessages, clock: ManualClock
) -> None:
    await ready(bench)
    messenger.faults.fail("hand_over", REFUSED)
    await bench.deliver()
    ((post_id, due),) = await bench.posts.open()
    bench.clock.advance(due - bench.clock.now())
    post = await bench.posts.claim(post_id, bench.clock.now())
    assert post is not None
    assert not post.direct


async def test_files_too_large_for_a_direct_message_are_linked(bench: Bench, messenger: DirectMessages) -> None:
    record = await ready(bench)
    messenger.faults.fail("hand_over", TooLarge("413"))
    await bench.deliver()
    [outgoing] = messenger.direct
    assert outgoing.files == {}
    assert list(outgoing.links.values()) == [bench.oxen.url(await bench.remote_id(record))]


@pytest.mark.parametrize("after", [False, True])
async def test_trouble_is_waited_out_and_nothing_told_twice(
    bench: Bench, messenger: DirectMessages, after: bool
) -> None:
    await ready(bench)
    messenger.faults.fail("hand_over", TryLater("502", timedelta(seconds=77)), after=after)
    await bench.deliver()
    assert await bench.deliver() == timedelta(seconds=77)
    bench.clock.advance(seconds=77)
    await bench.deliver()
    assert len(messenger.direct) == 1
    assert await ends(bench) == [("delivered", None)]


async def test_killed_between_the_message_and_its_row(bench: Bench, messenger: DirectMessages) -> None:
    await ready(bench)
    held = messenger.faults.hold("hand_over")
    await bench.delivery.step()
    await held.reached.wait()
    bench = await bench.killed()
    bench.clock.advance(hours=1)
    await bench.deliver()
    assert len(messenger.direct) == 1
    assert await ends(bench) == [("delivered", None)]


async def test_a_file_that_cannot_be_fetched_is_tried_again(bench: Bench, messenger: DirectMessages) -> None:
    await ready(bench)
    bench.oxen.faults.fail("download", Unavailable("reset"), skip=1)
    await bench.deliver()
    assert messenger.direct == []
    bench.clock.advance(await bench.deliver())
    await bench.deliver()
    assert list(messenger.contents[0].values()) == [RESULT]


@pytest.mark.parametrize("error", [RuntimeError("unheard of"), OSError(28, "No space left on device")])
async def test_what_nobody_thought_of_is_tried_again_but_not_at_once(
    bench: Bench, messenger: DirectMessages, error: Exception
) -> None:
    await ready(bench)
    messenger.faults.fail("hand_over", error)
    await bench.deliver()
    ((_, due),) = await bench.posts.open()
    assert due - bench.clock.now() >= timedelta(seconds=1)
    bench.clock.advance(minutes=1)
    await bench.deliver()
    assert len(messenger.direct) == 1


async def test_a_result_that_is_posted_as_usual_is_told_to_nobody_directly(bench: Bench, clock: ManualClock) -> None:
    bench.delivery._messenger = usual = FakeMessenger(clock)
    usual.takes_direct = True
    await ready(bench)
    await bench.deliver()
    assert len(usual.messages) == 1
    assert usual.direct == []
