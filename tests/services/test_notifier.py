"""Notices reach the log channel once; a channel that is gone is given up, and nothing else suffers from it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import NOBODY, ChannelId, GuildId, UserId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.rules.policy import GuildPolicy
from bot.services.delivery.notifier import GIVE_UP, NO_CHANNEL
from bot.services.supervision import IDLE
from bot.store.statements import Connection
from tests.services.kit import Services

CLUB, GAMES, LOG, MANAGER = GuildId(1), GuildId(2), ChannelId(77), UserId(5)


class Harness:
    """The services around the log channel."""

    def __init__(self, services: Services) -> None:
        self.services, self.messenger = services, services.messenger
        self.db, self.clock = services.db, services.clock
        self.notices, self.policy_service = services.notices, services.engine.policy_service
        self.notifier = services.background.notifier

    async def choose(self, guild_id: GuildId = CLUB, channel: ChannelId | None = LOG) -> None:
        await self.policy_service.change(guild_id, lambda p: replace(p, log_channel=channel), MANAGER)

    async def owe(self, *keys: str, guild_id: GuildId = CLUB) -> None:
        for key in keys:
            await self.notices.owe(guild_id, "key-refused", key, {"tail": "wxyz"}, self.clock.now())
            self.clock.advance(seconds=1)

    async def states(self) -> Sequence[tuple[str, str | None]]:
        rows = await self.db.read(_rows)
        return [(row["state"], row["dead_because"]) for row in rows]

    @property
    def told(self) -> list[str]:
        return [told.notice.id.key for told in self.messenger.notices]


def _rows(db: Connection) -> list[dict[str, str]]:
    return db.execute("SELECT * FROM notices ORDER BY guild_id, created_at, notice_key").fetchall()


@pytest.fixture
def harness(services: Services) -> Harness:
    return Harness(services)


async def test_what_is_owed_is_told_in_order_and_once(harness: Harness) -> None:
    await harness.choose()
    await harness.owe("a", "b", "c")
    await harness.notifier.step()
    assert harness.told == ["a", "b", "c"]
    assert {told.channel_id for told in harness.messenger.notices} == {LOG}
    assert await harness.notifier.step() == IDLE
    assert harness.told == ["a", "b", "c"]
    assert await harness.states() == [("delivered", None)] * 3


async def test_without_a_log_channel_there_is_nobody_to_tell(harness: Harness) -> None:
    await harness.owe("a")
    await harness.notifier.step()
    assert harness.told == []
    assert await harness.states() == [("dead", NO_CHANNEL)]


@pytest.mark.parametrize("said", [None, timedelta(seconds=40)])
async def test_trouble_is_waited_out_and_what_comes_after_it_waits_too(
    harness: Harness, said: timedelta | None
) -> None:
    await harness.choose()
    await harness.owe("a", "b")
    harness.messenger.faults.fail("tell", TryLater("503", said))
    await harness.notifier.step()
    assert harness.told == []
    rest = await harness.notifier.step()
    assert rest == said if said else timedelta(0) < rest <= timedelta(seconds=5)
    harness.clock.advance(rest)
    await harness.notifier.step()
    assert harness.told == ["a", "b"]


async def test_a_lost_answer_is_no_second_message(harness: Harness) -> None:
    await harness.choose()
    await harness.owe("a")
    harness.messenger.faults.fail("tell", TryLater("connection broken"), after=True)
    await harness.notifier.step()
    harness.clock.advance(hours=1)
    await harness.notifier.step()
    assert harness.told == ["a"]
    assert await harness.states() == [("delivered", None)]


async def test_what_was_claimed_before_a_crash_is_told_after_it(harness: Harness) -> None:
    await harness.choose()
    await harness.owe("a")
    [(notice, _)] = await harness.notices.open()
    await harness.notices.claim(notice, harness.clock.now())
    await harness.services.again().background.notifier.step()
    assert harness.told == ["a"]
    assert harness.messenger.notices[0].notice.attempt == 2


async def test_a_channel_that_is_gone_is_given_up_and_the_change_is_in_the_audit_log(harness: Harness) -> None:
    await harness.choose()
    await harness.owe("a", "b")
    harness.messenger.faults.fail("tell", Undeliverable("404 10003: Unknown Channel"))
    await harness.notifier.step()
    assert await harness.states() == [("dead", "404 10003: Unknown Channel"), ("dead", NO_CHANNEL)]
    policy = await harness.policy_service.of(CLUB)
    assert (policy.log_channel, policy.log_channel_lost) == (None, LOG)
    page = await harness.policy_service.acts(CLUB, below=None, size=10)
    assert {(one.act.subject, one.act.by) for one in page.acts[:2]} == {
        ("log_channel", NOBODY),
        ("log_channel_lost", NOBODY),
    }


async def test_a_channel_that_was_chosen_meanwhile_stays(harness: Harness) -> None:
    await harness.choose(channel=ChannelId(78))
    await harness.policy_service.channel_lost(CLUB, LOG)
    assert await harness.policy_service.of(CLUB) == GuildPolicy(log_channel=ChannelId(78))


async def test_a_notice_is_given_up_after_a_day(harness: Harness) -> None:
    await harness.choose()
    await harness.owe("a")
    for _ in range(2):
        harness.messenger.faults.fail("tell", TryLater("503"))
        await harness.notifier.step()
        harness.clock.advance(GIVE_UP)
    [(state, because)] = await harness.states()
    assert (state, because) == ("dead", "gave up: 503")


async def test_a_guild_in_trouble_holds_up_no_other(harness: Harness) -> None:
    await harness.choose()
    await harness.choose(GAMES, ChannelId(99))
    await harness.owe("a", "b")
    await harness.owe("x", guild_id=GAMES)
    harness.messenger.faults.fail("tell", TryLater("503"))
    await harness.notifier.step()
    assert [told.channel_id for told in harness.messenger.notices] == [ChannelId(99)]


async def test_what_nobody_thought_of_is_tried_again(harness: Harness) -> None:
    await harness.choose()
    await harness.owe("a")
    harness.messenger.faults.fail("tell", ZeroDivisionError())
    await harness.notifier.step()
    assert [state for state, _ in await harness.states()] == ["claimed"]
    harness.clock.advance(minutes=1)
    await harness.notifier.step()
    assert harness.told == ["a"]


async def test_changed_rules_wake_the_loops(harness: Harness) -> None:
    await harness.choose()
    assert harness.services.woken() == {"submission", "notices"}
