"""The channel is closed for good: the requester is told directly, once, or nobody can be."""

import json
from datetime import timedelta

import pytest

from bot.domain.ids import short
from bot.domain.messenger import TooLarge, TryLater, Undeliverable
from bot.services.delivery.delivery import GIVE_UP
from bot.services.supervision import IDLE
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.oxen import RESULT
from tests.services.kit import OTHER_GUILD, S, Services

CLOSED = Undeliverable("404 10003: Unknown Channel")
REFUSED = Undeliverable("403 50007: Cannot send messages to this user")


@pytest.fixture
def messenger(clock: ManualClock) -> FakeMessenger:
    """The channels are closed, and everybody takes direct messages."""
    messenger = FakeMessenger(clock)
    messenger.closed, messenger.takes_direct = CLOSED, True
    return messenger


async def ends(services: Services) -> list[tuple[str, str | None]]:
    """How each post ended, and why if badly."""
    rows = await services.db.read(lambda db: db.execute("SELECT state, dead_because FROM posts").fetchall())
    return [(row["state"], row["dead_because"]) for row in rows]


async def test_the_requester_gets_the_result(services: Services, messenger: FakeMessenger) -> None:
    record = await services.made()
    await services.deliver()
    [message] = messenger.direct
    assert message.outgoing.post.order == record.order
    assert list(messenger.direct[0].contents.values()) == [RESULT]
    assert await ends(services) == [("delivered", None)]
    assert await services.deliver() == IDLE
    assert not any(services.work_dir.iterdir())


async def test_a_failure_is_told_directly_too(services: Services, messenger: FakeMessenger) -> None:
    record = await services.sent()
    services.oxen.fail(await services.remote_id(record))
    await services.poll()
    await services.deliver()
    [message] = messenger.direct
    assert [g.state for g in message.outgoing.post.generations] == [S.FAILED]
    assert await ends(services) == [("delivered", None)]


async def notices(services: Services) -> list[tuple[int, str, str]]:
    rows = await services.db.read(lambda db: db.execute("SELECT guild_id, kind, content FROM notices").fetchall())
    return [(row["guild_id"], row["kind"], row["content"]) for row in rows]


async def test_what_nobody_could_be_told_is_on_the_card_and_in_the_log_channel(
    services: Services, messenger: FakeMessenger
) -> None:
    record = await services.made()
    await services.redraw()
    shown = len(messenger.redrawn)
    messenger.faults.fail("hand_over", REFUSED, times=1000)
    await services.deliver()
    [generation] = (await services.record(record)).generations
    assert (await services.record(record)).untold == {generation.id}
    services.clock.advance(seconds=5)
    await services.redraw()
    assert [one.untold for one in messenger.redrawn[shown:]] == [{generation.id}]
    context = record.order.context
    told = json.dumps({"order": short(record.order.id), "channel": str(context.channel_id)})
    assert await notices(services) == [(context.guild_id, "untold", told)]


async def test_what_nobody_could_be_told_is_tried_for_a_day_with_growing_pauses(
    services: Services, messenger: FakeMessenger
) -> None:
    record = await services.made()
    messenger.faults.fail("hand_over", REFUSED, times=1000)
    began, pauses = services.clock.now(), list[float]()
    await services.deliver()
    while await services.posts.open():
        ((_, due),) = await services.posts.open()
        pauses.append((due - services.clock.now()).total_seconds() / 60)
        services.clock.advance(due - services.clock.now())
        await services.deliver()
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert GIVE_UP <= services.clock.now() - began <= GIVE_UP + timedelta(hours=1)
    assert await ends(services) == [("dead", f"{CLOSED}; {REFUSED}")]
    assert (await services.record(record)).untold  # the card still says where it is
    assert len(await notices(services)) == 1


async def test_the_right_is_given_back(services: Services, messenger: FakeMessenger) -> None:
    record = await services.made()
    messenger.faults.fail("hand_over", REFUSED)
    await services.deliver()
    await services.delivery.rights_changed({OTHER_GUILD})
    messenger.closed = None
    await services.deliver()
    assert messenger.messages == []
    services.woken()
    await services.delivery.rights_changed({record.order.context.guild_id, OTHER_GUILD})
    assert services.woken() == {"delivery"}
    await services.deliver()
    assert len(messenger.messages) == 1
    assert messenger.direct == []
    assert not (await services.record(record)).untold
    assert await ends(services) == [("delivered", None)]
    services.clock.advance(seconds=5)
    await services.redraw()  # and the card says nothing of it any more
    assert messenger.redrawn[-1].untold == set()


async def test_a_right_that_is_given_back_hastens_only_what_is_held(
    services: Services, messenger: FakeMessenger
) -> None:
    record = await services.made()
    messenger.faults.fail("hand_over", TryLater("502", timedelta(seconds=77)))
    await services.deliver()
    await services.delivery.rights_changed({record.order.context.guild_id, OTHER_GUILD})
    assert await services.deliver() == timedelta(seconds=77)


async def test_a_direct_message_whose_answer_was_lost_is_found_before_the_channel_is_tried(
    services: Services, messenger: FakeMessenger
) -> None:
    """The channel opens again between the two attempts: the result must not be in both places."""
    await services.made()
    messenger.faults.fail("hand_over", TryLater("TimeoutError"), after=True)
    await services.deliver()
    messenger.closed = None
    services.clock.advance(await services.deliver())
    await services.deliver()
    assert messenger.messages == []
    assert len(messenger.direct) == 1
    assert await ends(services) == [("delivered", None)]


async def test_a_direct_message_that_was_refused_is_not_looked_for(
    services: Services, messenger: FakeMessenger
) -> None:
    await services.made()
    messenger.faults.fail("hand_over", REFUSED)
    await services.deliver()
    ((post_id, due),) = await services.posts.open()
    services.clock.advance(due - services.clock.now())
    post = await services.posts.claim(post_id, services.clock.now())
    assert post is not None
    assert not post.direct


async def test_files_too_large_for_a_direct_message_are_linked(services: Services, messenger: FakeMessenger) -> None:
    record = await services.made()
    messenger.faults.fail("hand_over", TooLarge("413"))
    await services.deliver()
    [message] = messenger.direct
    assert message.outgoing.files == {}
    assert list(message.outgoing.links.values()) == [services.oxen.url(await services.remote_id(record))]


@pytest.mark.parametrize("after", [False, True])
async def test_trouble_is_waited_out_and_nothing_told_twice(
    services: Services, messenger: FakeMessenger, after: bool
) -> None:
    await services.made()
    messenger.faults.fail("hand_over", TryLater("502", timedelta(seconds=77)), after=after)
    await services.deliver()
    assert await services.deliver() == timedelta(seconds=77)
    services.clock.advance(seconds=77)
    await services.deliver()
    assert len(messenger.direct) == 1
    assert await ends(services) == [("delivered", None)]


async def test_killed_between_the_message_and_its_row(services: Services, messenger: FakeMessenger) -> None:
    await services.made()
    held = messenger.faults.hold("hand_over")
    await services.delivery.step()
    await held.reached.wait()
    services = await services.killed()
    services.clock.advance(hours=1)
    await services.deliver()
    assert len(messenger.direct) == 1
    assert await ends(services) == [("delivered", None)]
