"""Files given with an order, from the member's hand to the posted film: real pictures, restarts, losses."""

from datetime import timedelta
from pathlib import Path

import av
import pytest

from bot.domain.clock import SystemClock
from bot.domain.ids import IdMaker
from bot.media.probe import probe
from sandbox.discord.client import FeedEntry, Member, Message
from sandbox.oxen.faults import Fault
from sandbox.oxen.render.renderer import MediaRenderer
from tests.e2e.kit import ENQUEUE, PATIENCE, Harness, Stages
from tests.e2e.rules import settle
from tests.media.pictures import png

I2V = "kling-video-v2-5-turbo-pro-image-to-video"
FIXED = "kling-video-v2-6-pro-text-to-video"
MIB = 1024 * 1024


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


def first_colour(path: Path) -> tuple[int, ...]:
    """Red, green and blue in the middle of a film's first frame."""
    with av.open(str(path)) as film:
        picture = next(film.decode(video=0)).to_image()
    return tuple(picture.getpixel((picture.width // 2, picture.height // 2)))


def names_in(folder: Path) -> list[str]:
    """What lies in it, or in the folders that processes have there which share a database."""
    own = [path for path in folder.iterdir() if not path.name.startswith("process-")]
    return [path.name for path in (*own, *folder.glob("process-*/*"))]


async def film_of(harness: Harness, result: Message, name: str) -> Path:
    [attachment] = result.attachments
    return await harness.saved(attachment, name)


async def test_the_posted_film_begins_with_the_picture(stages: Stages, tmp_path: Path) -> None:
    harness = await stages(renderer=MediaRenderer(sketch=True))
    picture = png(tmp_path, size=(320, 180), colour=(20, 200, 40))
    asked = await bo(harness).slash("video", prompt="a green wall", model=I2V, image=picture, duration=5)
    path = await film_of(harness, await harness.result(asked), "green.mp4")
    red, green, blue = first_colour(path)
    assert green > red + 60
    assert green > blue + 60


async def test_a_storyboard_is_as_long_as_its_shots(stages: Stages) -> None:
    harness = await stages(renderer=MediaRenderer(sketch=True))
    asked = await bo(harness).slash("storyboard", model="kling-video-o3-pro-reference-to-video")
    preview = await harness.answer(await bo(harness).submit(asked, {"Shots, one per line": "2s Waves\n3s A gull"}))
    assert "**5 s**" in preview.text
    result = await harness.result(await bo(harness).press(preview, "Order"))
    found = probe(await film_of(harness, result, "board.mp4"))
    assert found is not None
    assert found.seconds == pytest.approx(5, abs=0.2)


async def test_a_storyboard_proposes_no_model_that_the_server_does_not_offer(stages: Stages) -> None:
    harness = await stages(start=False)
    settle(harness, models=frozenset({I2V}))
    await harness.start()
    asked = await bo(harness).slash("storyboard", model=I2V)
    refused = await harness.answer(await bo(harness).submit(asked, {"Shots, one per line": "5s Waves\n5s A gull"}))
    assert "needs a picture to work with" in refused.text
    assert "from words alone" not in refused.text
    assert [button.label for button in refused.buttons] == ["Edit"]


async def test_a_result_of_ours_is_upscaled_by_a_right_click(stages: Stages) -> None:
    harness = await stages(renderer=MediaRenderer(sketch=True))
    small = await harness.result(await harness.order("a small film", model="wan-v2-7-text-to-video", duration=2))
    asked = await bo(harness).menu("Upscale", small)
    sent = await bo(harness).submit(asked, {"Model": ["topazlabs-video-upscale"]})
    result = await harness.result(sent)
    found = probe(await film_of(harness, result, "large.mp4"))
    assert found is not None
    assert found.height is not None
    assert found.height >= 1080
    assert found.seconds == pytest.approx(2, abs=0.2)


async def test_a_result_too_large_for_the_channel_is_used_by_its_link(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.size = 21 * MIB
    large = await harness.result(await harness.order("a large film"))
    assert large.attachments == ()
    harness.renderer.size = 2000
    asked = await bo(harness).menu("Upscale", large)
    await bo(harness).submit(asked, {"Model": ["topazlabs-video-upscale"]})
    await harness.received(ENQUEUE, 2)
    order = harness.oxen.traffic.accepted[-1]["request"]
    assert order["input_video"].startswith(harness.oxen.url)
    await harness.community.download(order["input_video"], harness.folder / "linked.mp4")
    assert (harness.folder / "linked.mp4").stat().st_size == 21 * MIB


async def test_what_a_result_is_that_is_only_linked_is_known_from_its_order(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.size = 21 * MIB
    large = await harness.result(await harness.order("a large picture", command="image"))
    assert large.attachments == ()
    harness.renderer.size = 2000
    assert "no video in this message" in await harness.refusal(await bo(harness).menu("Extend this video", large))
    asked = await bo(harness).menu("Edit this picture", large)
    await bo(harness).submit(asked, {"Prompt": "smaller, please"})
    await harness.received(ENQUEUE, 2)
    [order] = harness.ordered("smaller, please")
    assert str(order["request"]["input_image"]).count(harness.oxen.url) == 1


async def test_the_link_is_one_of_now_when_the_order_had_to_wait(stages: Stages, tmp_path: Path) -> None:
    """Discord's links are good for a day; the order waits for two, over a restart."""
    harness = await stages()
    harness.break_oxen(Fault(on="enqueue", kind="status", value=429))
    asked = await bo(harness).slash("video", prompt="patience", model=I2V, image=png(tmp_path))
    card = await harness.card(asked, lambda card: "trying again" in card.text)
    old = card.attachments[0].url
    await harness.stop()
    await harness.community.advance(2 * 24 * 3600)
    harness.break_oxen()
    await harness.start()
    assert (await harness.result(asked)).attachments
    [order] = harness.ordered("patience")
    assert order["request"]["input_image"] != old
    assert order["request"]["input_image"].partition("?")[0] == old.partition("?")[0]


async def test_a_file_that_is_deleted_before_it_was_sent_fails_the_order_unpaid(stages: Stages, tmp_path: Path) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="enqueue", kind="status", value=429))
    asked = await bo(harness).slash("video", prompt="gone", model=I2V, image=png(tmp_path))
    card = await harness.card(asked, lambda card: "trying again" in card.text)
    await harness.community.delete_message(card.id)
    harness.break_oxen()
    await harness.log.wait("result delivered")
    result = (await harness.community.messages(channel="video-lab"))[-1]  # it answers to no card: that is gone as well
    assert "could not be made" in result.text
    assert "deleted" in result.text
    assert harness.ordered("gone") == []


async def test_what_failed_is_ordered_again_with_the_same_file(stages: Stages, tmp_path: Path) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=1))
    first = await bo(harness).slash("video", prompt="twice", model=I2V, image=png(tmp_path))
    failed = await harness.result(first)
    again = await bo(harness).press(failed, "Try again")
    assert (await harness.result(again)).attachments
    card = await harness.card(again, lambda card: not card.buttons)
    assert "[the first order](https://discord.com/channels/" in card.text
    one, two = (order["request"]["input_image"].partition("?")[0] for order in harness.ordered("twice"))
    assert one == two


async def test_what_failed_is_not_ordered_again_without_its_file(stages: Stages, tmp_path: Path) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=1))
    first = await bo(harness).slash("video", prompt="once", model=I2V, image=png(tmp_path))
    failed = await harness.result(first)
    assert first.response_message_id is not None
    await harness.community.delete_message(first.response_message_id)
    again = await bo(harness).press(failed, "Try again")

    def told(entry: FeedEntry) -> bool:
        return bool(entry.message and entry.message.only_for == "Bo" and "is deleted" in entry.message.text)

    await harness.community.wait_for(told, timeout=PATIENCE)
    assert again.acknowledged
    assert len(harness.ordered("once")) == 1


async def test_buttons_and_forms_from_before_a_restart_say_so(stages: Stages) -> None:
    harness = await stages()
    form = await bo(harness).slash("video", prompt="a form", model="wan-v2-7-text-to-video", more=True)
    refused = await harness.answer(await bo(harness).slash("video", prompt="eight", model=FIXED, duration=8))
    await harness.stop()
    await harness.start()
    assert "before I restarted" in await harness.refusal(await bo(harness).press(refused, refused.buttons[0].label))
    assert "before I restarted" in await harness.refusal(await bo(harness).submit(form, {"Negative prompt": "rain"}))
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_a_file_that_has_expired_is_refused(stages: Stages, tmp_path: Path) -> None:
    """The form stood open for two days; Discord's link to the picture is good for one."""
    harness = await stages()
    model = "ltx-2-3-quality-image-to-video"
    form = await bo(harness).slash("video", prompt="late", model=model, image=png(tmp_path), more=True)
    assert form.form is not None
    await harness.community.advance(2 * 24 * 3600)
    sent = await bo(harness).submit(form)

    def told(entry: FeedEntry) -> bool:
        return bool(entry.message and entry.message.only_for == "Bo" and "is not there any more" in entry.message.text)

    await harness.community.wait_for(told, timeout=PATIENCE)
    assert sent.response_message_id not in {
        message.id for message in await harness.community.messages(channel="video-lab")
    }
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


async def test_an_order_whose_files_were_not_kept_when_the_bot_stops_is_taken_back(
    stages: Stages, tmp_path: Path
) -> None:
    harness = await stages(timing={"uploads": timedelta(milliseconds=100)})
    await harness.community.fault("/ephemeral-attachments/*", latency=3600)
    asked = await bo(harness).slash("video", prompt="too slow", model=I2V, image=png(tmp_path))
    assert asked.deferred
    await harness.stop()
    told = [
        entry.message for entry in await harness.community.feed() if entry.message and entry.message.only_for == "Bo"
    ]
    assert "I am restarting" in told[-1].text
    public = await harness.community.messages(channel="video-lab")
    assert asked.response_message_id not in {message.id for message in public}
    assert names_in(harness.folder / "work") == []


async def test_files_that_were_on_their_way_when_the_bot_was_killed_are_removed(stages: Stages) -> None:
    harness = await stages(start=False)
    work = harness.folder / "work"
    for left in ("inputs-abc", "of-somebody-else", IdMaker(SystemClock())()):
        (work / left).mkdir(parents=True)
        (work / left / "1").write_bytes(b"x")
    await harness.start()
    assert names_in(work) == ["of-somebody-else"]


async def test_nothing_is_left_in_the_work_folder(stages: Stages, tmp_path: Path) -> None:
    harness = await stages()
    await harness.result(await bo(harness).slash("video", prompt="tidy", model=I2V, image=png(tmp_path)))
    assert list((harness.folder / "work").rglob("inputs-*")) == []


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent", "browse"])
async def test_every_edition_of_oxens_queue_makes_a_film_of_a_picture(
    stages: Stages, tmp_path: Path, dialect: str
) -> None:
    harness = await stages(oxen={"dialect": dialect})
    asked = await bo(harness).slash("video", prompt=f"in {dialect}", model=I2V, image=png(tmp_path))
    result = await harness.result(asked)
    [film] = result.attachments
    assert film.size == harness.renderer.size
    assert len(harness.ordered(f"in {dialect}")) == 1
    assert not harness.log.troubles()
