"""A star below a result, and what comes of it: favourites, the showcase, pictures in lists."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.clock import SystemClock
from bot.domain.ids import ChannelId
from sandbox.discord.client import Member, Message
from tests.cogs.panels import Manager
from tests.e2e.kit import Harness, Stages
from tests.e2e.rules import run, settle
from tests.e2e.test_requests import EDIT, POST, Requests
from tests.e2e.test_taking_back import details, pressed
from tests.media.pictures import png

GENERAL, SCREENING = ChannelId(1150000000000000110), ChannelId(1150000000000000114)
READ = "GET /channels/{channel_id}/messages/{message_id}"
THUMBNAIL, GALLERY = 11, 12
WEEK = timedelta(days=7)


class MovedClock(SystemClock):
    """The machine's clock, put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def harness(stages: Stages, clock: MovedClock) -> Harness:
    """A server whose showcase, in #general, takes two stars."""
    harness = await stages(start=False, clock=clock)
    settle(harness, showcase_channel=GENERAL, showcase_stars=2)
    await harness.start()
    return harness


def who(harness: Harness, name: str, channel: str = "video-lab") -> Member:
    return harness.community.member(name, channel=channel, locale="en-US")


async def made(harness: Harness, prompt: str = "a fox", **more: object) -> Message:
    mark = len(harness.log.records)
    result = await harness.result(await harness.order(prompt, **more))  # type: ignore[arg-type]
    await harness.log.wait("result delivered", after=mark, message_id=int(result.id))
    return result


def star(message: Message) -> str:
    """What stands on the star."""
    return next(button.label for button in message.buttons if "⭐" in button.label)


async def press(harness: Harness, message: Message, *names: str) -> str:
    for name in names:
        asked = await who(harness, name).press(message, f"drover:star:{output_of(message)}")
        assert asked.acknowledged, asked.error
    return star(await harness.community.see(message))


def output_of(message: Message) -> str:
    ids = (button.custom_id or "" for button in message.buttons)
    return next(each for each in ids if "drover:star:" in each).rpartition(":")[2]


async def shown(harness: Harness, stars: str, *, after: int = 0) -> Message:
    """The one post in the showcase, once that is on its star."""
    entry = await harness.community.wait_for(
        lambda entry: (
            entry.kind in {"message_created", "message_edited"}
            and entry.message is not None
            and entry.message.components_v2
            and "see the original" in entry.message.text
            and star(entry.message) == stars
        )
    )
    assert entry.message is not None
    posts = [one for one in await harness.community.messages(channel="general") if "see the original" in one.text]
    assert [one.id for one in posts] == [entry.message.id]
    return entry.message


async def gone(harness: Harness, message: Message) -> None:
    await harness.community.wait_for(
        lambda entry: entry.kind == "message_deleted" and entry.message is not None and entry.message.id == message.id
    )


async def test_stars_count_once_and_two_of_others_bring_it_into_the_showcase_once(
    harness: Harness, clock: MovedClock
) -> None:
    result = await made(harness, "a fox on skates")
    requests = Requests(harness)
    requests()
    dev, id_ = who(harness, "Dev"), f"drover:star:{output_of(result)}"
    await asyncio.gather(dev.press(result, id_), dev.press(result, id_))
    assert star(await harness.community.see(result)) == "⭐ 1"
    assert await press(harness, result, "Bo") == "⭐ 2"
    assert requests()["global"] == {}, "the number costs nothing of the bot's own"
    assert [one for one in await harness.community.messages(channel="general") if one.components_v2] == []

    assert await press(harness, result, "Ada") == "⭐ 3"
    post = await shown(harness, "⭐ 3")
    await harness.log.wait("result shown")
    assert requests()["global"] == {READ: 1, POST: 1}
    for words in ("a fox on skates", "**", "<@1150000000000000012>", f"/1150000000000000111/{result.id}"):
        assert words in post.text, words
    assert [part["items"][0]["media"]["url"] for part in post.components if part["type"] == GALLERY]
    assert post.pinged == ()

    # It has a star of its own, and what is pressed below either shows in both.
    assert await press(harness, post, "Cleo") == "⭐ 4"
    await harness.log.wait("result shown", stars=4)
    await harness.stop()
    clock.ahead = WEEK
    await harness.community.advance(WEEK.total_seconds())
    await harness.start()
    after, mark = await harness.community.position(), len(harness.log.records)
    assert await press(harness, result, "Dev") == "⭐ 3"
    assert (await shown(harness, "⭐ 3", after=after)).id == post.id
    await harness.log.wait("result shown", after=mark)
    assert EDIT in requests()["global"]
    assert not harness.log.troubles()


async def test_the_number_is_right_when_many_press_at_once(harness: Harness) -> None:
    result = await made(harness)
    id_ = f"drover:star:{output_of(result)}"
    await asyncio.gather(*(who(harness, name).press(result, id_) for name in ("Dev", "Ada", "Cleo", "Bo")))
    assert star(await harness.edited(result.id, lambda message: "⭐ 4" in message.text or star(message) == "⭐ 4"))
    assert star(await harness.community.see(result)) == "⭐ 4"
    buttons = [button.label for button in (await harness.community.see(result)).buttons]
    assert [label for label in buttons if "⭐" not in label] == [b.label for b in result.buttons if "⭐" not in b.label]


async def test_it_is_posted_once_when_the_process_dies_before_it_knows(harness: Harness) -> None:
    result = await made(harness)
    mark = len(harness.log.records)
    await harness.community.fault("/channels/*/messages", method="POST", drop=True, when="after", times=5)
    await press(harness, result, "Dev", "Ada")
    await harness.log.wait("showcase postponed", after=mark)
    await harness.kill()
    assert run(harness, "SELECT state, message_id FROM showcase_posts") == [("claimed", None)]
    await harness.community.clear_faults()
    await harness.start()
    await harness.log.wait("result shown", after=mark)
    post = await shown(harness, "⭐ 2")
    assert run(harness, "SELECT state, message_id FROM showcase_posts") == [("shown", int(post.id))]


async def test_each_compared_result_has_its_own_stars_and_is_shown_alone(harness: Harness) -> None:
    models = {"model": "wan-v2-7-text-to-video", "model_2": "kling-video-v2-6-pro-text-to-video"}
    compared = await made(harness, "a fox", command="compare", **models)
    assert len(compared.attachments) == 2
    for name in ("Dev", "Ada"):
        asked = await who(harness, name).press(compared, "⭐")
        panel = await harness.answer(asked, user=name)
        second = next(button.custom_id for button in panel.buttons if button.label.startswith("2 · ⭐"))
        panel = await harness.turned(panel, who(harness, name).press(panel, str(second)))
    assert [button.label for button in panel.buttons] == ["1 · ⭐", "2 · ⭐ 2"]
    post = await shown(harness, "⭐ 2")
    assert "Kling" in post.text
    assert [len(part["items"]) for part in post.components if part["type"] == GALLERY] == [1]
    page = await harness.use("favourites", user="Dev")
    assert sum(part["type"] == THUMBNAIL for part in page.components) == 1


async def test_what_is_deleted_or_hidden_leaves_the_showcase(harness: Harness) -> None:
    """Hidden by its requester; deleted by hand; deleted as a result."""
    results = [await made(harness, f"fox {number}") for number in range(3)]
    for result in results:
        await press(harness, result, "Dev", "Ada")
    await harness.log.wait("result shown", count=3)
    found = [one for one in await harness.community.messages(channel="general") if one.components_v2]
    hidden, by_hand, taken = (next(one for one in found if f"/{result.id}" in one.text) for result in results)
    refused = await who(harness, "Dev", "general").press(hidden, "Take it out of here")
    assert "Only the person who ordered this" in await harness.refusal(refused, user="Dev")
    told = await harness.answer(await who(harness, "Bo", "general").press(hidden, "Take it out of here"))
    assert told.only_for == "Bo"
    await gone(harness, hidden)

    await harness.community.delete_message(results[1].id)
    await press(harness, by_hand, "Cleo")
    await gone(harness, by_hand)

    panel = await details(harness, results[2])
    await pressed(harness, await pressed(harness, panel, "Delete"), "Delete")
    await gone(harness, taken)
    assert "fox 2" not in (await harness.use("favourites", user="Dev")).text
    assert await press(harness, results[0], "Cleo") == "⭐ 3"
    assert {row[0] for row in run(harness, "SELECT state FROM showcase_posts")} == {"over"}
    assert not harness.log.troubles()


async def test_what_is_not_for_everybody_stays_away(harness: Harness, stages: Stages, tmp_path: Path) -> None:
    """Covered, age-restricted, from behind a door: none of it in #general; the first two in an age-restricted one."""
    dev = who(harness, "Dev")
    card = await dev.write("look", png(tmp_path, "SPOILER_wound.png"))
    edited = await who(harness, "Bo").menu("Edit this picture", card)
    covered = await harness.result(await who(harness, "Bo").submit(edited, {"Prompt": "it", "Model": ["nano-banana"]}))
    screened = await made(harness, "a fox at night", channel="night-screening")
    await harness.community.set_role("Film crew", guild="Film Club")
    for name in ("Bo", "Cleo"):
        await harness.community.give_roles(name, "Film crew", guild="Film Club")
    await harness.community.open_channel("crew", guild="Film Club")
    await harness.community.permit(channel="crew", guild="Film Club", target="bot", allow=["VIEW_CHANNEL"])
    await harness.community.permit(channel="crew", guild="Film Club", target="Film crew", allow=["VIEW_CHANNEL"])
    await harness.community.permit(channel="crew", guild="Film Club", target="@everyone", deny=["VIEW_CHANNEL"])
    behind = await made(harness, "a fox of the crew", channel="crew")
    for number, result in enumerate((covered, screened, behind), 1):
        for name in ("Ada", "Cleo"):
            asked = await who(harness, name, result.channel_id).press(result, f"drover:star:{output_of(result)}")
            assert asked.acknowledged, asked.error
        await harness.log.wait("result not shown", count=number)
    assert [one for one in await harness.community.messages(channel="general") if one.components_v2] == []

    await harness.stop()
    run(harness, "DELETE FROM showcase_posts")
    settle(harness, showcase_channel=SCREENING, showcase_stars=2)
    await harness.start()
    for result in (covered, screened, behind):
        await who(harness, "Dev" if result is not behind else "Bo", result.channel_id).press(
            result, f"drover:star:{output_of(result)}"
        )
    await harness.log.wait("result shown", count=2)
    await harness.log.wait("result not shown", count=4)
    posts = [m for m in await harness.community.messages(channel="night-screening") if "see the original" in m.text]
    assert sorted(id_ for one in posts for id_ in (covered.id, screened.id) if f"/{id_}" in one.text) == sorted(
        [covered.id, screened.id]
    )
    galleries = [part for one in posts if covered.id in one.text for part in one.components if part["type"] == GALLERY]
    assert [item["spoiler"] for part in galleries for item in part["items"]] == [True]


async def test_a_showcase_is_chosen_greeted_and_lost(stages: Stages) -> None:
    harness = await stages()
    ada = Manager(harness)
    forum = await harness.community.open_channel("ideas", guild="Film Club", type="forum")
    panel = await ada.open("showcase")
    pick = "Showcase channel (none: no showcase)"
    forced = ada.member.hostile().select(panel, pick, forum)
    assert "forum" in (await harness.turned(panel, forced)).text
    panel = await ada.choose(panel, "How many stars it takes", "2")
    panel = await ada.choose(panel, pick, "general")
    assert "<#1150000000000000110>" in panel.text
    [hello] = [m for m in await harness.community.messages(channel="general") if "From now on" in m.text]
    assert "at least 2 members" in hello.text
    assert "I cannot write in" in (await ada.choose(panel, pick, "announcements")).text
    result = await made(harness)
    await ada.choose(await ada.open("log"), "Log channel (none: no news)", "video-lab")
    await harness.community.permit(channel="general", guild="Film Club", target="bot", deny=["SEND_MESSAGES"])
    await press(harness, result, "Dev", "Ada")
    await harness.log.wait("notice delivered")
    assert "could not post in <#1150000000000000110>" in (await ada.open("showcase")).text
    news = [m.text for m in await harness.community.messages(channel="video-lab") if "there is no showcase" in m.text]
    assert len(news) == 1


async def test_favourites_have_pictures_links_again_and_a_way_out(harness: Harness) -> None:
    picture = await made(harness, "a painted fox", command="image")
    film = await made(harness, "a filmed fox")
    lost = await made(harness, "a lost fox")
    for result in (picture, film, lost):
        await press(harness, result, "Dev")
    await harness.community.delete_message(lost.id)
    page = await harness.use("favourites", user="Dev")
    assert page.only_for == "Dev"
    pictures = [part["media"]["url"] for part in page.components if part["type"] == THUMBNAIL]
    assert len(pictures) == 2
    assert "format=webp" in pictures[0]
    assert "/media/" in pictures[0]
    assert "Its message was deleted" in page.text
    for result in (picture, film):
        assert f"/{result.id})" in page.text
    dev = who(harness, "Dev")
    child = await harness.result(await dev.press(page, f"drover:anew:{output_of(film)}"))
    assert "a filmed fox" in child.text
    page = await harness.turned(page, dev.press(page, f"drover:unstar:{output_of(film)}:1"))
    assert "a filmed fox" not in page.text
    assert await press(harness, film, "Cleo") == "⭐ 1"

    await harness.community.permit(channel="video-lab", guild="Film Club", target="Dev", deny=["VIEW_CHANNEL"])
    elsewhere = await harness.use("favourites", user="Dev", channel="general", locale="de")
    assert "fox" not in elsewhere.text
    assert elsewhere.text.count("nicht mehr sehen") == 2
    assert not harness.log.troubles()


async def test_a_page_of_history_has_pictures_for_one_request_and_orders_again(harness: Harness) -> None:
    for number in range(4):
        await made(harness, f"fox {number}", command="image")
    requests = Requests(harness)
    requests()
    page = await harness.use("history")
    assert requests()["global"] == {"GET /channels/{channel_id}/messages": 1}
    assert sum(part["type"] == THUMBNAIL for part in page.components) == 4
    again = next(one for one in page.selects if one.custom_id == "drover:repeat")
    asked = await who(harness, "Bo").select(page, again.custom_id, again.options[0])
    assert "fox 3" in (await harness.result(asked)).text
    assert requests()["global"] == {POST: 1}
    await harness.use("history")
    assert sum(requests()["global"].values()) <= 1, "and none twice within an hour but for what is new"
