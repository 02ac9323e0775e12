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


class Club:
    """A server with a showcase for what two others like, and a result in it."""

    def __init__(self, services: Services) -> None:
        self.services, self.clock = services, services.clock
        self.stars, self.messenger = services.engine.star_service, services.messenger
        self.showcase = services.background.showcase

    async def opened(self) -> "Club":
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
async def club(services: Services) -> Club:
    return await Club(services).opened()


# Stars.


async def test_a_second_press_takes_the_star_back_and_two_at_once_are_one(club: Club) -> None:
    output = await club.result()
    at_once = [club.stars.press(by(FANS[0]), output) for _ in range(2)]
    assert await asyncio.gather(*at_once) == [1, 1]
    assert await club.liked(output, FANS[1], MEMBER) == 3
    club.clock.advance(AFTER)
    assert await club.liked(output, FANS[0]) == 2
    club.clock.advance(AFTER)
    assert await club.services.again().engine.star_service.press(by(FANS[0]), output) == 3, "a restart forgets none"
    club.clock.advance(timedelta(days=7))
    assert await club.stars.count(output) == 3


async def test_what_is_no_result_of_the_server_gets_none(club: Club) -> None:
    output = await club.result()
    failed = await club.services.sent()
    [waiting] = await club.services.rows(failed)
    for guild, what in ((OTHER_GUILD, output), (GUILD, GenerationId("0" * 24)), (GUILD, waiting.id)):
        assert await refused(club.stars.press(by(FANS[0], guild), what)) == "link-unknown"
    assert await club.stars.count(output) == 0


async def test_a_ban_ends_stars_and_takes_none_away(club: Club) -> None:
    output = await club.result()
    await club.liked(output, FANS[0])
    await club.services.rules(banned=frozenset(FANS[:2]))
    assert await refused(club.stars.press(by(FANS[1]), output)) == "star-banned"
    club.clock.advance(AFTER)
    assert await club.stars.count(output) == 1
    assert await club.liked(output, FANS[0]) == 0, "theirs they may take back"


async def test_favourites_are_paged_and_one_is_taken_out(club: Club) -> None:
    outputs = [await club.result() for _ in range(PAGE + 1)]
    for output in outputs:
        await club.liked(output, FANS[0])
        club.clock.advance(AFTER)
    first, second = [await club.stars.favourites(by(FANS[0]), page) for page in (1, 2)]
    assert [one.output for one in (*first.entries, *second.entries)] == outputs[::-1]
    assert (first.pages, second.page, first.entries[0].stars) == (2, 2, 1)
    await club.stars.take_back(by(FANS[0]), outputs[0])
    await club.stars.take_back(by(FANS[0]), outputs[0])
    last = await club.stars.favourites(by(FANS[0]), 2)
    assert (last.page, last.pages, len(last.entries)) == (1, 1, PAGE)
    assert not (await club.stars.favourites(by(FANS[0], OTHER_GUILD), 1)).entries


# The showcase.


async def test_a_result_appears_once_when_enough_others_like_it(club: Club) -> None:
    output = await club.result()
    await club.liked(output, MEMBER, FANS[0])
    await club.step()
    assert club.shown == {}, "one's own star does not count"
    assert await club.states() == []
    await club.liked(output, FANS[1])
    assert "showcase" in club.services.woken()
    await club.step()
    assert club.shown == {output: 3}
    [piece] = club.messenger.showcase.values()
    assert (piece.channel_id, piece.order.context.requester_id) == (ROOM, MEMBER)
    assert piece.original == club.messenger.messages[0].id


async def test_stars_are_gathered_into_few_edits(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    await club.step()
    await club.liked(output, *FANS[2:])
    rest = await club.step()
    assert club.shown == {output: 2}
    assert timedelta(0) < rest <= timedelta(minutes=1)
    club.clock.advance(rest)
    await club.step()
    assert club.shown == {output: 4}
    assert await club.states() == [("shown", None)]
    club.clock.advance(hours=6)
    await club.stars.take_back(by(FANS[0]), output)
    await club.step()
    await club.stars.take_back(by(FANS[1]), output)
    rest = await club.step()
    assert club.shown == {output: 3}
    assert timedelta(minutes=29) < rest, "the older, the more seldom"
    club.clock.advance(rest)
    await club.step()
    assert club.shown == {output: 2}


@pytest.mark.parametrize("after", [timedelta(seconds=1), timedelta(hours=2)])
async def test_it_is_there_once_when_the_process_dies_between_the_post_and_its_row(
    club: Club, monkeypatch: pytest.MonkeyPatch, after: timedelta
) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(club.services.engine.rows.showcase_posts, "shown", dies)
        await club.step()
    assert await club.states() == [("claimed", None)]
    club.clock.advance(after)
    again = await club.services.killed()
    await club.step(again)
    assert club.shown == {output: 2}
    assert await club.states() == [("shown", None)]


async def test_a_lost_answer_is_no_second_post(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    club.messenger.faults.fail("show", TryLater("connection broken"), after=True)
    await club.step()
    club.clock.advance(hours=1)
    await club.step()
    assert club.shown == {output: 2}


async def test_stars_that_are_taken_back_in_time_show_nothing(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    await club.stars.take_back(by(FANS[0]), output)
    await club.step()
    assert (club.shown, await club.states()) == ({}, [])
    await club.liked(output, FANS[2])
    await club.step()
    assert club.shown == {output: 2}


async def test_a_server_without_a_showcase_has_none(club: Club) -> None:
    output = await club.result()
    await club.services.rules(showcase_channel=None)
    await club.liked(output, *FANS)
    await club.step()
    assert (club.shown, await club.states()) == ({}, [])


async def test_a_channel_that_is_gone_is_dropped_and_the_log_channel_hears_of_it(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    club.messenger.faults.fail("show", Undeliverable("404 10003: Unknown Channel"))
    await club.step()
    rules = await club.services.engine.policy_service.of(GUILD)
    assert (rules.showcase_channel, rules.showcase_channel_lost) == (None, ROOM)
    assert [key.key.partition(":")[0] for key, _ in await club.services.notices.open()] == ["showcase-lost"]
    await club.opened()
    await club.liked(output, FANS[2])
    await club.step()
    assert club.shown == {output: 3}, "in another channel it may still come"


@pytest.mark.parametrize("error", [Unshowable("for age-restricted channels"), WordsRefused("200000: AutoMod")])
async def test_a_result_that_may_not_be_shown_stays_away_for_good(club: Club, error: Exception) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    club.messenger.faults.fail("show", error)
    await club.step()
    await club.liked(output, *FANS[2:])
    await club.step()
    assert club.shown == {}
    assert [state for state, _ in await club.states()] == ["over"]
    assert (await club.services.engine.policy_service.of(GUILD)).showcase_channel == ROOM


async def test_a_post_that_somebody_deleted_does_not_come_back(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    await club.step()
    club.messenger.showcase.clear()
    await club.liked(output, FANS[2])
    club.clock.advance(minutes=2)
    await club.step()
    assert club.shown == {}
    assert [state for state, _ in await club.states()] == ["over"]


async def test_trouble_is_waited_out_for_a_day(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    club.messenger.faults.fail("show", ZeroDivisionError())
    rest = await club.step()
    assert [state for state, _ in await club.states()] == ["claimed"]
    club.messenger.faults.fail("show", TryLater("503"))
    club.clock.advance(GIVE_UP + rest)
    await club.step()
    assert await club.states() == [("over", "gave up: 503")]


async def test_a_result_is_hidden_by_those_who_may_and_stays_hidden(club: Club) -> None:
    shown, never = await club.result(), await club.result()
    await club.liked(shown, *FANS[:2])
    await club.step()
    assert await refused(club.stars.hide(by(FANS[0]), shown)) == "hide-not-yours"
    assert await refused(club.stars.hide(by(MEMBER, OTHER_GUILD), shown)) == "link-unknown"
    await club.stars.hide(by(MEMBER), never)
    await club.stars.hide(by(MODERATOR, moderator=True), shown)
    await club.step()
    assert club.shown == {}
    for output in (shown, never):
        await club.liked(output, *FANS[2:])
        await club.stars.hide(by(MODERATOR, moderator=True), output)
    await club.step()
    assert club.shown == {}
    assert {because for _, because in await club.states()} == {"hidden"}
    acts = [one.act for one in await club.services.audit.page(GUILD)]
    assert [act.subject for act in acts if act.kind is ActKind.HIDDEN_RESULT] == [shown], "of others' results, once"


async def test_what_is_hidden_while_it_is_posted_goes(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    held = club.messenger.faults.hold("show")
    await club.showcase.step()
    await held.reached.wait()
    await club.stars.hide(by(MEMBER), output)
    held.release.set()
    await club.showcase.pool.drain()
    await club.step()
    assert club.shown == {}
    assert await club.states() == [("over", "hidden")]


async def test_after_a_restore_a_showcase_is_searched_first(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    await club.step()

    def older(tx: Connection) -> None:
        tx.execute("DELETE FROM showcase_posts")
        tx.execute("INSERT INTO key_values (name, content) VALUES ('restored_at', '99999999999999')")

    await club.services.db.write(older)
    again = club.services.again()
    await again.background.showcase.recover()
    await club.liked(output, FANS[2])
    await club.step(again)
    assert club.shown == {output: 3}


# Who is forgotten, and what is gone.


async def test_a_result_that_is_deleted_loses_its_stars_and_its_place(club: Club) -> None:
    output, waiting = await club.result(), await club.result()
    await club.liked(output, *FANS[:2])
    await club.step()
    await club.liked(waiting, *FANS[:2])
    club.services.woken()
    for each in (output, waiting):
        await club.deleted(each)
    assert "showcase" in club.services.woken()
    await club.step()
    assert club.shown == {}
    assert await club.states() == [("over", "deleted")] * 2
    assert (await club.stars.favourites(by(FANS[0]), 1)).entries == ()
    assert await refused(club.stars.press(by(FANS[2]), output)) == "result-deleted"


async def test_what_is_covered_later_is_shown_so_at_once_or_goes(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    await club.step()
    club.clock.advance(days=3)
    await club.covered(output)
    await club.step()
    [piece] = club.messenger.showcase.values()
    assert piece.order.request.spoiler
    await club.covered(output, covered=False)
    club.messenger.faults.fail("show", Unshowable("for age-restricted channels"))
    await club.step()
    assert club.shown == {}


async def test_a_forgotten_members_stars_and_results_go_and_counts_follow(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:3])
    await club.step()
    privacy, eraser = club.services.engine.privacy, club.services.background.eraser
    stored = await privacy.stored(FANS[0], GUILD)
    assert stored.here.stars == 1
    _, exported = (await privacy.export(FANS[0])).file()
    assert output in exported.decode()
    await privacy.forget(FANS[0], GUILD)
    await eraser.step()
    assert await club.stars.count(output) == 2
    club.clock.advance(minutes=2)
    await club.step()
    assert club.shown == {output: 2}
    await privacy.forget(MEMBER, GUILD)
    await eraser.step()
    await club.step()
    assert club.shown == {}
    assert await club.states() == [("over", "forgotten")]


async def test_a_server_that_was_left_long_ago_has_no_stars(club: Club) -> None:
    output = await club.result()
    await club.liked(output, *FANS[:2])
    await club.step()
    await club.services.engine.membership.left(GUILD)
    club.clock.advance(timedelta(days=31))
    for _ in range(2):  # what deletes by the clock wants two readings of it
        await club.services.background.eraser.step()
        club.clock.advance(hours=2)
    assert (await club.stars.count(output), await club.states()) == (0, [])


# The week.


@pytest.mark.parametrize("language", ["en-US", "de"])
async def test_the_week_is_told_with_links_to_what_others_liked_best(club: Club, language: str) -> None:
    await club.services.rules(weekly_summary=True, log_channel=ChannelId(5))
    best, second, hidden, own = [await club.result() for _ in range(4)]
    for output, fans in ((best, FANS), (second, FANS[:2]), (hidden, FANS), (own, [MEMBER])):
        await club.liked(output, *fans)
    await club.stars.hide(by(MEMBER), hidden)
    club.clock.advance(timedelta(days=7))
    await club.services.background.weekly_summary.step()
    [key] = [key for key, _ in await club.services.notices.open() if key.key.startswith("weekly")]
    notice = await club.services.notices.claim(key, club.clock.now())
    assert notice is not None
    said = notice_text(notice, Translations(LOCALES).of(language)).splitlines()
    lines = [line for line in said if "https://discord.com/channels/" in line]
    posts = [message.id for message in club.messenger.messages]
    assert [f"/{posts[0]})" in lines[0], f"/{posts[1]})" in lines[1], len(lines)] == [True, True, 2]
    assert "⭐ 4" in lines[0]
    assert f"<@{MEMBER}>" in lines[0]

    await club.services.notices.delivered(key, MessageId(1), club.clock.now())
    await club.services.engine.privacy.forget(MEMBER, GUILD)
    await club.services.background.eraser.step()

    def content(db: Connection) -> str:
        rows = db.execute("SELECT content FROM notices WHERE kind = 'weekly'").fetchall()
        return str(rows[0]["content"])

    assert json.loads(json.loads(await club.services.db.read(content))["best"]) == []
