"""Stars, favourites, and the showcase: each result once, whatever happens in between, with its stars gathered."""

import asyncio
import json
from datetime import timedelta

import pytest

from bot.chat.settings.views import notice_text
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, UserId
from bot.domain.messenger import TryLater, Undeliverable, Unshowable, WordsRefused
from bot.domain.orders.order import OrderRecord
from bot.domain.records.guild_log import ActKind
from bot.services.delivery.showcase import GIVE_UP
from bot.services.ordering.history import Reader
from bot.services.ordering.stars import PAGE
from bot.settings import LOCALES
from bot.store.statements import Connection
from bot.texts import Translations
from tests.services.kit import GUILD, MEMBER, MODERATOR, OTHER_GUILD, Services, refused

FANS = [UserId(21), UserId(22), UserId(23), UserId(24)]
ROOM = ChannelId(88)
AFTER = timedelta(seconds=2)


def by(user_id: UserId, guild: GuildId = GUILD, *, moderator: bool = False) -> Reader:
    return Reader(guild_id=guild, user_id=user_id, moderator=moderator)


class Harness:
    """A server with a showcase for what two others like, and a result in it."""

    def __init__(self, services: Services) -> None:
        self.services, self.clock = services, services.clock
        self.stars, self.messenger = services.engine.star_service, services.messenger
        self.showcase = services.background.showcase

    async def opened(self) -> "Harness":
        await self.services.rules(showcase_channel=ROOM, showcase_stars=2)
        return self

    async def result(self) -> GenerationId:
        record = await self.services.made()
        await self.services.announce(record)
        return record.generations[0].id

    async def liked(self, output: GenerationId, *fans: UserId) -> int:
        count = 0
        for fan in fans:
            count = await self.stars.press(by(fan), output)
        return count

    async def _record(self, output: GenerationId) -> OrderRecord:
        generation = await self.services.generations.get(output)
        assert generation is not None
        return await self.services.record(generation.order_id)

    async def deleted(self, output: GenerationId) -> None:
        record = await self._record(output)
        await self.services.takeback.delete(record.order, record.generations, MEMBER, moderator=False)

    async def covered(self, output: GenerationId, *, covered: bool = True) -> None:
        record = await self._record(output)
        await self.services.takeback.cover(record.order, MEMBER, covered=covered, moderator=False)

    async def step(self, services: Services | None = None) -> timedelta:
        showcase = (services or self.services).background.showcase
        rest = await showcase.step()
        await showcase.pool.drain()
        return rest

    @property
    def shown(self) -> dict[GenerationId, int]:
        """What the showcase shows, and with how many stars."""
        found = [*self.messenger.showcase.values()]
        assert len({one.output for one in found}) == len(found), "twice"
        return {one.output: one.stars for one in found}

    async def states(self) -> list[tuple[str, str | None]]:
        def work(db: Connection) -> list[tuple[str, str | None]]:
            rows = db.execute("SELECT state, because FROM showcase_posts ORDER BY generation_id").fetchall()
            return [(row["state"], row["because"]) for row in rows]

        return await self.services.db.read(work)


@pytest.fixture
async def harness(services: Services) -> Harness:
    return await Harness(services).opened()


# Stars.


async def test_a_second_press_takes_the_star_back_and_two_at_once_are_one(harness: Harness) -> None:
    output = await harness.result()
    at_once = [harness.stars.press(by(FANS[0]), output) for _ in range(2)]
    assert await asyncio.gather(*at_once) == [1, 1]
    assert await harness.liked(output, FANS[1], MEMBER) == 3
    harness.clock.advance(AFTER)
    assert await harness.liked(output, FANS[0]) == 2
    harness.clock.advance(AFTER)
    assert await harness.services.again().engine.star_service.press(by(FANS[0]), output) == 3, "a restart forgets none"
    harness.clock.advance(timedelta(days=7))
    assert await harness.stars.count(output) == 3


async def test_what_is_no_result_of_the_server_gets_none(harness: Harness) -> None:
    output = await harness.result()
    failed = await harness.services.sent()
    [waiting] = await harness.services.rows(failed)
    for guild, what in ((OTHER_GUILD, output), (GUILD, GenerationId("0" * 24)), (GUILD, waiting.id)):
        assert await refused(harness.stars.press(by(FANS[0], guild), what)) == "link-unknown"
    assert await harness.stars.count(output) == 0


async def test_a_ban_ends_stars_and_takes_none_away(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, FANS[0])
    await harness.services.rules(banned=frozenset(FANS[:2]))
    assert await refused(harness.stars.press(by(FANS[1]), output)) == "star-banned"
    harness.clock.advance(AFTER)
    assert await harness.stars.count(output) == 1
    assert await harness.liked(output, FANS[0]) == 0, "theirs they may take back"


async def test_favourites_are_paged_and_one_is_taken_out(harness: Harness) -> None:
    outputs = [await harness.result() for _ in range(PAGE + 1)]
    for output in outputs:
        await harness.liked(output, FANS[0])
        harness.clock.advance(AFTER)
    first, second = [await harness.stars.favourites(by(FANS[0]), page) for page in (1, 2)]
    assert [one.output for one in (*first.entries, *second.entries)] == outputs[::-1]
    assert (first.pages, second.page, first.entries[0].stars) == (2, 2, 1)
    await harness.stars.take_back(by(FANS[0]), outputs[0])
    await harness.stars.take_back(by(FANS[0]), outputs[0])
    last = await harness.stars.favourites(by(FANS[0]), 2)
    assert (last.page, last.pages, len(last.entries)) == (1, 1, PAGE)
    assert not (await harness.stars.favourites(by(FANS[0], OTHER_GUILD), 1)).entries


# The showcase.


async def test_a_result_appears_once_when_enough_others_like_it(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, MEMBER, FANS[0])
    await harness.step()
    assert harness.shown == {}, "one's own star does not count"
    assert await harness.states() == []
    await harness.liked(output, FANS[1])
    assert "showcase" in harness.services.woken()
    await harness.step()
    assert harness.shown == {output: 3}
    [piece] = harness.messenger.showcase.values()
    assert (piece.channel_id, piece.order.context.requester_id) == (ROOM, MEMBER)
    assert piece.original == harness.messenger.messages[0].id


async def test_stars_are_gathered_into_few_edits(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.step()
    await harness.liked(output, *FANS[2:])
    rest = await harness.step()
    assert harness.shown == {output: 2}
    assert timedelta(0) < rest <= timedelta(minutes=1)
    harness.clock.advance(rest)
    await harness.step()
    assert harness.shown == {output: 4}
    assert await harness.states() == [("shown", None)]
    harness.clock.advance(hours=6)
    await harness.stars.take_back(by(FANS[0]), output)
    await harness.step()
    await harness.stars.take_back(by(FANS[1]), output)
    rest = await harness.step()
    assert harness.shown == {output: 3}
    assert timedelta(minutes=29) < rest, "the older, the more seldom"
    harness.clock.advance(rest)
    await harness.step()
    assert harness.shown == {output: 2}


@pytest.mark.parametrize("after", [timedelta(seconds=1), timedelta(hours=2)])
async def test_it_is_there_once_when_the_process_dies_between_the_post_and_its_row(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, after: timedelta
) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(harness.services.engine.rows.showcase_posts, "shown", dies)
        await harness.step()
    assert await harness.states() == [("claimed", None)]
    harness.clock.advance(after)
    again = await harness.services.killed()
    await harness.step(again)
    assert harness.shown == {output: 2}
    assert await harness.states() == [("shown", None)]


async def test_a_lost_answer_is_no_second_post(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    harness.messenger.faults.fail("show", TryLater("connection broken"), after=True)
    await harness.step()
    harness.clock.advance(hours=1)
    await harness.step()
    assert harness.shown == {output: 2}


async def test_stars_that_are_taken_back_in_time_show_nothing(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.stars.take_back(by(FANS[0]), output)
    await harness.step()
    assert (harness.shown, await harness.states()) == ({}, [])
    await harness.liked(output, FANS[2])
    await harness.step()
    assert harness.shown == {output: 2}


async def test_a_server_without_a_showcase_has_none(harness: Harness) -> None:
    output = await harness.result()
    await harness.services.rules(showcase_channel=None)
    await harness.liked(output, *FANS)
    await harness.step()
    assert (harness.shown, await harness.states()) == ({}, [])


async def test_a_channel_that_is_gone_is_dropped_and_the_log_channel_hears_of_it(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    harness.messenger.faults.fail("show", Undeliverable("404 10003: Unknown Channel"))
    await harness.step()
    rules = await harness.services.engine.policy_service.of(GUILD)
    assert (rules.showcase_channel, rules.showcase_channel_lost) == (None, ROOM)
    assert [key.key.partition(":")[0] for key, _ in await harness.services.notices.open()] == ["showcase-lost"]
    await harness.opened()
    await harness.liked(output, FANS[2])
    await harness.step()
    assert harness.shown == {output: 3}, "in another channel it may still come"


@pytest.mark.parametrize("error", [Unshowable("for age-restricted channels"), WordsRefused("200000: AutoMod")])
async def test_a_result_that_may_not_be_shown_stays_away_for_good(harness: Harness, error: Exception) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    harness.messenger.faults.fail("show", error)
    await harness.step()
    await harness.liked(output, *FANS[2:])
    await harness.step()
    assert harness.shown == {}
    assert [state for state, _ in await harness.states()] == ["over"]
    assert (await harness.services.engine.policy_service.of(GUILD)).showcase_channel == ROOM


async def test_a_post_that_somebody_deleted_does_not_come_back(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.step()
    harness.messenger.showcase.clear()
    await harness.liked(output, FANS[2])
    harness.clock.advance(minutes=2)
    await harness.step()
    assert harness.shown == {}
    assert [state for state, _ in await harness.states()] == ["over"]


async def test_trouble_is_waited_out_for_a_day(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    harness.messenger.faults.fail("show", ZeroDivisionError())
    rest = await harness.step()
    assert [state for state, _ in await harness.states()] == ["claimed"]
    harness.messenger.faults.fail("show", TryLater("503"))
    harness.clock.advance(GIVE_UP + rest)
    await harness.step()
    assert await harness.states() == [("over", "gave up: 503")]


async def test_a_result_is_hidden_by_those_who_may_and_stays_hidden(harness: Harness) -> None:
    shown, never = await harness.result(), await harness.result()
    await harness.liked(shown, *FANS[:2])
    await harness.step()
    assert await refused(harness.stars.hide(by(FANS[0]), shown)) == "hide-not-yours"
    assert await refused(harness.stars.hide(by(MEMBER, OTHER_GUILD), shown)) == "link-unknown"
    await harness.stars.hide(by(MEMBER), never)
    await harness.stars.hide(by(MODERATOR, moderator=True), shown)
    await harness.step()
    assert harness.shown == {}
    for output in (shown, never):
        await harness.liked(output, *FANS[2:])
        await harness.stars.hide(by(MODERATOR, moderator=True), output)
    await harness.step()
    assert harness.shown == {}
    assert {because for _, because in await harness.states()} == {"hidden"}
    acts = [one.act for one in await harness.services.audit.page(GUILD)]
    assert [act.subject for act in acts if act.kind is ActKind.HIDDEN_RESULT] == [shown], "of others' results, once"


async def test_what_is_hidden_while_it_is_posted_goes(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    held = harness.messenger.faults.hold("show")
    await harness.showcase.step()
    await held.reached.wait()
    await harness.stars.hide(by(MEMBER), output)
    held.release.set()
    await harness.showcase.pool.drain()
    await harness.step()
    assert harness.shown == {}
    assert await harness.states() == [("over", "hidden")]


async def test_after_a_restore_a_showcase_is_searched_first(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.step()

    def older(tx: Connection) -> None:
        tx.execute("DELETE FROM showcase_posts")
        tx.execute("INSERT INTO key_values (name, content) VALUES ('restored_at', '99999999999999')")

    await harness.services.db.write(older)
    again = harness.services.again()
    await again.background.showcase.recover()
    await harness.liked(output, FANS[2])
    await harness.step(again)
    assert harness.shown == {output: 3}


# Who is forgotten, and what is gone.


async def test_a_result_that_is_deleted_loses_its_stars_and_its_place(harness: Harness) -> None:
    output, waiting = await harness.result(), await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.step()
    await harness.liked(waiting, *FANS[:2])
    harness.services.woken()
    for each in (output, waiting):
        await harness.deleted(each)
    assert "showcase" in harness.services.woken()
    await harness.step()
    assert harness.shown == {}
    assert await harness.states() == [("over", "deleted")] * 2
    assert (await harness.stars.favourites(by(FANS[0]), 1)).entries == ()
    assert await refused(harness.stars.press(by(FANS[2]), output)) == "result-deleted"


async def test_what_is_covered_later_is_shown_so_at_once_or_goes(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.step()
    harness.clock.advance(days=3)
    await harness.covered(output)
    await harness.step()
    [piece] = harness.messenger.showcase.values()
    assert piece.order.request.spoiler
    await harness.covered(output, covered=False)
    harness.messenger.faults.fail("show", Unshowable("for age-restricted channels"))
    await harness.step()
    assert harness.shown == {}


async def test_a_forgotten_members_stars_and_results_go_and_counts_follow(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:3])
    await harness.step()
    privacy, eraser = harness.services.engine.privacy, harness.services.background.eraser
    stored = await privacy.stored(FANS[0], GUILD)
    assert stored.here.stars == 1
    _, exported = (await privacy.export(FANS[0])).file()
    assert output in exported.decode()
    await privacy.forget(FANS[0], GUILD)
    await eraser.step()
    assert await harness.stars.count(output) == 2
    harness.clock.advance(minutes=2)
    await harness.step()
    assert harness.shown == {output: 2}
    await privacy.forget(MEMBER, GUILD)
    await eraser.step()
    await harness.step()
    assert harness.shown == {}
    assert await harness.states() == [("over", "forgotten")]


async def test_a_server_that_was_left_long_ago_has_no_stars(harness: Harness) -> None:
    output = await harness.result()
    await harness.liked(output, *FANS[:2])
    await harness.step()
    await harness.services.engine.membership.left(GUILD)
    harness.clock.advance(timedelta(days=31))
    for _ in range(2):  # what deletes by the clock wants two readings of it
        await harness.services.background.eraser.step()
        harness.clock.advance(hours=2)
    assert (await harness.stars.count(output), await harness.states()) == (0, [])


# The week.


@pytest.mark.parametrize("language", ["en-US", "de"])
async def test_the_week_is_told_with_links_to_what_others_liked_best(harness: Harness, language: str) -> None:
    await harness.services.rules(weekly_summary=True, log_channel=ChannelId(5))
    best, second, hidden, own = [await harness.result() for _ in range(4)]
    for output, fans in ((best, FANS), (second, FANS[:2]), (hidden, FANS), (own, [MEMBER])):
        await harness.liked(output, *fans)
    await harness.stars.hide(by(MEMBER), hidden)
    harness.clock.advance(timedelta(days=7))
    await harness.services.background.weekly_summary.step()
    [key] = [key for key, _ in await harness.services.notices.open() if key.key.startswith("weekly")]
    notice = await harness.services.notices.claim(key, harness.clock.now())
    assert notice is not None
    said = notice_text(notice, Translations(LOCALES).of(language)).splitlines()
    lines = [line for line in said if "https://discord.com/channels/" in line]
    posts = [message.id for message in harness.messenger.messages]
    assert [f"/{posts[0]})" in lines[0], f"/{posts[1]})" in lines[1], len(lines)] == [True, True, 2]
    assert "⭐ 4" in lines[0]
    assert f"<@{MEMBER}>" in lines[0]

    await harness.services.notices.delivered(key, MessageId(1), harness.clock.now())
    await harness.services.engine.privacy.forget(MEMBER, GUILD)
    await harness.services.background.eraser.step()

    def content(db: Connection) -> str:
        rows = db.execute("SELECT content FROM notices WHERE kind = 'weekly'").fetchall()
        return str(rows[0]["content"])

    assert json.loads(json.loads(await harness.services.db.read(content))["best"]) == []
