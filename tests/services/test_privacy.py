"""What members may ask about themselves, what is forgotten by itself, and guilds that the bot left."""

import asyncio
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, UserId
from bot.domain.messenger import Undeliverable
from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Attachment, Input
from bot.domain.orders.order import OrderRecord, ValidatedRequest
from bot.domain.provider import Provider
from bot.domain.records.guild_log import ActKind
from bot.domain.records.privacy import GONE_AFTER, KEPT_FOR
from bot.domain.rules.policy import Allowance
from bot.domain.shards import GuildFacts, Shards
from bot.services.privacy.eraser import HOURLY
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import Message
from tests.fakes.orders import KEY, at, video_request
from tests.fakes.oxen import FakeOxen
from tests.services.kit import GUILD, MODERATOR, OTHER_GUILD, Services
from tests.store.forgotten import found
from tests.store.kit import balance_of

MEMBER = UserId(910_000_000_000_000_001)
ANOTHER = UserId(910_000_000_000_000_002)
DAY = timedelta(days=1)
APPLICATION = 77
FACTS = GuildFacts(locale="de", tier=2)
FILE = Attachment(kind=InputKind.IMAGE, name="marmalade.png", media_type="image/png", size=9, url="https://cdn.x/1")
PLAN = replace(
    video_request("a marmalade fox"),
    parameters={"negative_prompt": "marmalade cats", "multi_prompt": [{"prompt": "marmalade", "duration": 5}]},
    inputs=(Input(slot="image", attachment=FILE),),
    estimate=at(Decimal("0.35")),
)


class Harness:
    """What is kept about members, and how it is forgotten."""

    def __init__(self, services: Services) -> None:
        self.services = services
        engine, rows = services.engine, services.engine.rows
        self.rows, self.departures = rows.privacy, rows.left_guilds
        self.privacy, self.membership = engine.privacy, engine.membership
        self.forgetter = services.background.eraser

    async def made(
        self, by: UserId = MEMBER, guild: GuildId = GUILD, request: ValidatedRequest = PLAN
    ) -> list[Message]:
        """An order, to its delivered end."""
        record = await self.services.order(request, guild, by)
        await self.services.send()
        await self.ended(record)
        return await self.told(record)

    async def ended(self, record: OrderRecord, *, succeeded: bool = True) -> None:
        [remote_id] = await self.services.remote_ids(record)
        if succeeded:
            self.services.oxen.finish(remote_id)
        else:
            self.services.oxen.fail(remote_id, "no marmalade today")
        await self.services.poll()

    async def told(self, record: OrderRecord) -> list[Message]:
        told = await self.services.announce(record)
        self.services.clock.advance(timedelta(seconds=1))
        await self.services.redraw()
        await self.services.written()
        return told

    async def keeps(self, days: int | None) -> None:
        await self.services.rules(retention=days)

    async def step_later(self, by: timedelta) -> None:
        await self.services.written()
        self.services.clock.advance(by)
        await self.forgetter.step()

    async def found(self, marker: object) -> set[str]:
        return await found(self.services.db, str(marker))


@pytest.fixture
def known(clock: ManualClock) -> dict[str, Provider]:
    return {KEY: FakeOxen(clock)}


@pytest.fixture
def harness(services: Services) -> Harness:
    return Harness(services)


# What is stored.


async def test_what_is_stored_here_and_altogether(harness: Harness) -> None:
    await harness.made()
    await harness.made(guild=OTHER_GUILD)
    await harness.made(by=ANOTHER)
    stored = await harness.privacy.stored(MEMBER, GUILD)
    assert (stored.here.orders, stored.here.videos, stored.here.prompts, stored.here.files) == (1, 1, 1, 1)
    assert stored.here.spent == Decimal("0.35")
    assert stored.here.since is not None
    assert set(stored.everywhere.by_guild) == {GUILD, OTHER_GUILD}
    assert stored.retention is None
    nobody = await harness.privacy.stored(UserId(5), GUILD)
    assert (nobody.here.orders, nobody.here.since) == (0, None)


async def test_the_export_has_all_of_it_and_nobody_elses(harness: Harness) -> None:
    await harness.made()
    await harness.made(guild=OTHER_GUILD)
    await harness.made(by=ANOTHER, request=video_request("somebody else's"))
    name, content = (await harness.privacy.export(MEMBER)).file()
    assert name == "drover-data.json"
    data = json.loads(content)
    assert data["user_id"] == str(MEMBER)
    assert [guild["guild_id"] for guild in data["guilds"]] == [str(GUILD), str(OTHER_GUILD)]
    [order] = data["guilds"][0]["orders"]
    assert order["prompt"] == "a marmalade fox"
    assert order["parameters"]["negative_prompt"] == "marmalade cats"
    assert order["inputs"] == [{"slot": "image", "name": "marmalade.png", "type": "image/png", "bytes": 9}]
    [generation] = order["generations"]
    assert (generation["state"], generation["usd"]) == ("succeeded", "0.35")
    assert generation["ended_at"].startswith("20")
    assert "somebody" not in content.decode()
    assert str(ANOTHER) not in content.decode()


async def test_an_export_of_many_orders_goes_through_all_pages_and_is_packed(harness: Harness) -> None:
    long = "a fox " * 1500
    await asyncio.gather(*(harness.services.order(video_request(long), by=MEMBER) for _ in range(205)))
    name, content = (await harness.privacy.export(MEMBER)).file()
    assert name == "drover-data.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        [guild] = json.loads(archive.read("drover-data.json"))["guilds"]
    assert len({order["id"] for order in guild["orders"]}) == 205


# Who wants to be forgotten.


async def test_what_may_go_goes_at_once_and_the_rest_when_it_counts_no_more(harness: Harness) -> None:
    await harness.made()
    assert await harness.privacy.forget(MEMBER, GUILD) == 1
    await harness.forgetter.step()
    assert await harness.found("marmalade") == set()
    # The provider may still tell what it cost, which would count towards their limits.
    assert await harness.found(MEMBER) == {"orders.requester_id", "tallies.user_id", "erasures.user_id"}
    await harness.step_later(DAY + HOURLY)
    assert await harness.found(MEMBER) == {"tallies.user_id", "erasures.user_id"}
    assert (await balance_of(harness.services.db, GUILD)).spent == Decimal("0.35")
    await harness.step_later(KEPT_FOR)
    assert await harness.found(MEMBER) == set()
    assert (await balance_of(harness.services.db, GUILD)).spent == Decimal("0.35")


async def test_what_is_under_way_ends_first(harness: Harness) -> None:
    services = harness.services
    record = await services.order(PLAN, by=MEMBER)
    await services.send()
    services.clock.advance(timedelta(seconds=20))
    await services.redraw()
    await harness.privacy.forget(MEMBER)
    await harness.forgetter.step()
    assert "orders.prompt" in await harness.found("marmalade")
    await harness.ended(record)
    await harness.step_later(timedelta(minutes=2))
    assert "orders.prompt" in await harness.found("marmalade")  # made, but not told
    [message] = await harness.told(record)
    assert message.contents
    await harness.step_later(timedelta(minutes=2))
    assert await harness.found("marmalade") == set()


async def test_nobody_gets_out_of_a_limit_by_being_forgotten(harness: Harness) -> None:
    await harness.services.rules(everyone=Allowance(per_day=1))
    await harness.made()
    await harness.privacy.forget(MEMBER)
    await harness.step_later(timedelta(minutes=1))
    with pytest.raises(Refusal, match="limit-per-day"):
        await harness.services.order(PLAN, by=MEMBER)


async def test_what_the_provider_charges_later_counts_too(harness: Harness) -> None:
    services = harness.services
    record = await services.order(replace(PLAN, estimate=None), by=MEMBER)
    await services.send()
    await harness.ended(record)
    await harness.told(record)
    await harness.privacy.forget(MEMBER)
    await harness.step_later(timedelta(minutes=1))
    [generation] = await services.rows(record)
    await services.ledger.settle_cost(generation.id, Decimal(2), services.clock.now())
    checked, _ = await services.orders.look(GUILD, record.order.context.requester_id, record.order.created_at)
    assert checked.standing.member_month == Decimal(2)
    assert checked.standing.guild_month == Decimal(2)


async def test_only_here_or_everywhere(harness: Harness) -> None:
    await harness.made()
    await harness.made(guild=OTHER_GUILD)
    assert await harness.privacy.forget(MEMBER, GUILD) == 1
    await harness.forgetter.step()
    holdings = (await harness.privacy.stored(MEMBER, GUILD)).everywhere
    assert {guild: held.prompts for guild, held in holdings.by_guild.items()} == {GUILD: 0, OTHER_GUILD: 1}
    assert set(holdings.asked_at) == {GUILD}
    assert await harness.privacy.forget(MEMBER) == 2
    await harness.step_later(KEPT_FOR + DAY)
    assert await harness.found(MEMBER) == set()


async def test_what_is_ordered_afterwards_is_kept(harness: Harness) -> None:
    await harness.made()
    await harness.privacy.forget(MEMBER)
    harness.services.clock.advance(timedelta(seconds=1))
    await harness.made()
    await harness.step_later(KEPT_FOR + DAY)
    stored = await harness.privacy.stored(MEMBER, GUILD)
    assert (stored.here.orders, stored.here.prompts, stored.everywhere.asked_at) == (1, 1, {})
    assert stored.here.spent == Decimal("0.35")  # of the second alone, though both were in one quarter of an hour


async def test_what_was_ordered_before_the_clock_was_set_back_goes_too(harness: Harness) -> None:
    await harness.made()
    harness.services.clock.advance(-timedelta(minutes=7))
    await harness.privacy.forget(MEMBER)
    await harness.step_later(timedelta(minutes=1))
    assert await harness.found("marmalade") == set()
    await harness.step_later(KEPT_FOR + DAY)
    assert await harness.found(MEMBER) == set()


async def test_a_ban_outlives_a_deletion_and_is_shown(harness: Harness) -> None:
    await harness.made()
    await harness.services.rules(banned=frozenset({MEMBER}))
    await harness.privacy.forget(MEMBER)
    await harness.step_later(KEPT_FOR + DAY)
    assert await harness.found(MEMBER) == {"guild_policies.content"}
    assert (await harness.privacy.stored(MEMBER, GUILD)).banned


async def test_an_order_without_words_is_not_ordered_again(harness: Harness) -> None:
    services = harness.services
    record = await services.order(PLAN, by=MEMBER)
    await services.send()
    await harness.ended(record, succeeded=False)
    await harness.told(record)
    await harness.keeps(1)
    await harness.step_later(2 * DAY)
    with pytest.raises(Refusal, match="again-forgotten"):
        await services.order_service.check_repeat(record.order.id, MEMBER, GUILD, moderator=False)
    with pytest.raises(Refusal):
        await services.order_service.repeat(record.order.id, record.order.context)


# Prompts that a guild does not keep.


async def test_prompts_go_after_the_days_that_the_guild_keeps_them(harness: Harness) -> None:
    await harness.made()
    await harness.made(guild=OTHER_GUILD, request=video_request("a plum fox"))
    await harness.keeps(7)
    await harness.step_later(7 * DAY - HOURLY)
    assert "orders.prompt" in await harness.found("marmalade")
    await harness.step_later(2 * HOURLY)
    assert await harness.found("marmalade") == set()
    assert "orders.requester_id" in await harness.found(MEMBER)  # the words alone
    assert await harness.found("plum") == {"orders.prompt"}


async def test_more_than_one_batch_of_prompts(harness: Harness) -> None:

    async def ordered_and_cancelled() -> None:
        record = await harness.services.order(PLAN, by=MEMBER)
        await harness.services.order_service.cancel(record.order.id, MEMBER, GUILD, moderator=False)

    await asyncio.gather(*(ordered_and_cancelled() for _ in range(120)))
    while await harness.services.posts.open():
        await harness.services.deliver()
    harness.services.clock.advance(timedelta(seconds=20))
    while await harness.services.orders.stale_cards():
        await harness.services.redraw()
        await harness.services.written()
    await harness.keeps(1)
    await harness.step_later(2 * DAY)
    left = await harness.rows.forget_words_of_guild(GUILD, harness.services.clock.now(), harness.services.clock.now())
    assert left == 0
    assert await harness.found("marmalade") == set()


# Guilds that the bot left.


async def test_leaving_stops_what_is_under_way_and_deletes_the_key(harness: Harness) -> None:
    services = harness.services
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    services.clock.advance(timedelta(seconds=1))
    waiting = await services.order(PLAN, by=MEMBER)
    await harness.membership.left(GUILD)
    assert (await services.accounts.of(GUILD)).key is None
    assert await harness.found(KEY) == set()
    assert (await services.record(waiting)).ended
    acts = await services.audit.page(GUILD)
    assert acts[0].act.kind is ActKind.CANCELLED_ALL
    await harness.membership.left(GUILD)  # again, as after a crash
    assert await services.audit.page(GUILD) == acts


async def test_everything_but_the_books_goes_after_thirty_days(harness: Harness) -> None:
    await harness.made()
    await harness.made(guild=OTHER_GUILD, request=video_request("a plum fox"))
    await harness.services.pays(GUILD, "film-club")
    await harness.keeps(None)
    await harness.membership.left(GUILD)
    await harness.step_later(GONE_AFTER - DAY)
    assert "orders.prompt" in await harness.found("marmalade")
    await harness.step_later(DAY)
    assert await harness.found("marmalade") == set()
    assert await harness.found("film-club") == set()
    rows = await harness.rows.holdings(MEMBER)
    assert set(rows.by_guild) == {OTHER_GUILD}
    assert (await balance_of(harness.services.db, GUILD)).spent == Decimal("0.35")
    assert await harness.departures.known() == {OTHER_GUILD}
    await harness.membership.present({OTHER_GUILD}, APPLICATION, gone)
    assert await harness.departures.due(harness.services.clock.now() + 99 * DAY) == []


async def test_a_guild_that_comes_back_in_time_has_all_but_its_key(harness: Harness) -> None:
    services = harness.services
    await harness.made()
    await harness.membership.left(GUILD)
    await harness.step_later(20 * DAY)
    await harness.membership.there({GUILD: FACTS})
    await harness.step_later(20 * DAY)
    assert "orders.prompt" in await harness.found("marmalade")
    await harness.membership.left(GUILD)  # the thirty days begin anew
    await harness.step_later(20 * DAY)
    assert "orders.prompt" in await harness.found("marmalade")
    assert (await services.billing.payer_of(GUILD)).key is None


async def test_cards_of_what_ended_meanwhile_are_put_right_when_it_is_back(harness: Harness) -> None:
    """A card that could not be reached was taken for one that is gone, and still says that it is under way."""
    services = harness.services
    [before] = await harness.made()
    record = await services.sent(PLAN)
    await services.redraw()
    await harness.membership.left(GUILD)
    services.messenger.faults.fail("redraw", Undeliverable("403 50001: Missing Access"))
    await harness.ended(record)
    await harness.told(record)
    await services.written()
    assert await services.orders.stale_cards() == []
    await harness.membership.there({GUILD: FACTS})
    assert [card.id for card in await services.orders.stale_cards()] == [record.order.id]
    assert before.outgoing.post.order.id != record.order.id


async def gone(_: GuildId) -> bool:
    return True


async def test_a_guild_that_is_not_listed_stays_until_discord_says_that_the_bot_left_it(harness: Harness) -> None:
    """A READY that is short while Discord is in trouble costs nobody a key or an order."""
    services = harness.services
    await services.accounts.set_key(GUILD, KEY, MODERATOR)
    waiting = await services.order(PLAN, by=MEMBER)
    asked: list[GuildId] = []

    async def no_answer(guild_id: GuildId) -> bool:
        asked.append(guild_id)
        return False

    await harness.membership.present(set(), APPLICATION, no_answer)
    assert asked == [GUILD]
    assert (await services.accounts.of(GUILD)).key is not None
    assert not (await services.record(waiting)).ended
    assert await harness.departures.due(services.clock.now()) == []


async def test_a_shard_judges_its_own_guilds_only(harness: Harness) -> None:
    await harness.made()
    asked: list[GuildId] = []

    async def gone_too(guild_id: GuildId) -> bool:
        asked.append(guild_id)
        return True

    of_it = (GUILD >> 22) % 5
    for other in set(range(5)) - {of_it}:
        await harness.membership.present(set(), APPLICATION, gone_too, Shards(other, other, 5))
    assert await harness.departures.due(harness.services.clock.now()) == []
    assert asked == []
    await harness.membership.present(set(), APPLICATION, gone_too, Shards(of_it, of_it, 5))
    assert await harness.departures.due(harness.services.clock.now()) == [GUILD]


async def test_what_happened_while_the_bot_was_away(harness: Harness) -> None:
    await harness.made()
    await harness.made(guild=OTHER_GUILD)
    await harness.membership.present({OTHER_GUILD}, APPLICATION, gone)
    assert await harness.departures.due(harness.services.clock.now()) == [GUILD]
    harness.services.clock.advance(DAY)
    await harness.membership.present({OTHER_GUILD}, APPLICATION, gone)  # the moment that was noted first counts
    assert await harness.departures.due(harness.services.clock.now() - DAY) == [GUILD]
    await harness.membership.present({GUILD, OTHER_GUILD}, APPLICATION, gone)
    assert await harness.departures.due(harness.services.clock.now()) == []


async def test_with_another_applications_token_nothing_goes_at_once(harness: Harness) -> None:
    await harness.made()
    await harness.membership.present({GUILD}, APPLICATION, gone)
    await harness.membership.present({OTHER_GUILD}, APPLICATION + 1, gone)
    assert await harness.departures.due(harness.services.clock.now()) == []
    await harness.membership.present({OTHER_GUILD}, APPLICATION + 1, gone)  # it was no mistake
    assert await harness.departures.due(harness.services.clock.now()) == [GUILD]
