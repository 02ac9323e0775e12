"""Files given with an order: fetched, looked at, shown in the card, handed to the model's slots."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.client import File, Member
from sandbox.oxen.faults import Fault
from tests.cases import each_case
from tests.e2e.kit import ENQUEUE, PATIENCE, Harness
from tests.media.pictures import film, moving, png, sound, still
from tests.media.samples import sample

pytestmark = pytest.mark.asyncio(loop_scope="module")

I2V = "kling-video-v2-5-turbo-pro-image-to-video"


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


async def request_of(harness: Harness, prompt: str) -> dict[str, Any]:
    await harness.watch.until(lambda: harness.ordered(prompt))
    [one] = harness.ordered(prompt)
    return one["request"]


async def test_a_picture_is_shown_in_the_card_and_handed_on(harness: Harness, tmp_path: Path) -> None:
    asked = await bo(harness).slash("video", prompt="she turns", model=I2V, image=png(tmp_path))
    assert asked.deferred
    assert asked.latency_ms is not None
    assert asked.latency_ms < 1000
    request = await request_of(harness, "she turns")
    result = await harness.result(asked)
    assert result.attachments
    card = await harness.card(asked, lambda card: not card.buttons)
    [shown] = card.attachments
    assert (shown.filename, shown.width, shown.height) == ("input-1.png", 320, 180)
    assert "**@Image1** (starting picture)" in card.text
    assert f"/attachments/{card.channel_id}/{shown.id}/input-1.png" in request["input_image"]
    assert "fox" not in request["input_image"]
    [row] = [one for one in harness.oxen.traffic.accepted if one["request"].get("prompt") == "she turns"]
    assert row["request"].keys() >= {"model", "prompt", "input_image"}


async def test_first_and_last_frame_go_where_the_model_takes_them(harness: Harness, tmp_path: Path) -> None:
    first, last = png(tmp_path, "first.png"), still(tmp_path, "last.webp", "WEBP", size=(320, 180))
    asked = await bo(harness).slash("video", prompt="from here to there", model=I2V, image=first, last_frame=last)
    request = await request_of(harness, "from here to there")
    assert "input-1.png" in request["input_image"]
    assert "input-2.webp" in request["tail_image_url"]
    card = await harness.card(asked, lambda card: "@Image2" in card.text)
    assert [file.filename for file in card.attachments] == ["input-1.png", "input-2.webp"]
    await harness.result(asked)


async def test_without_a_model_one_is_taken_that_fits_the_files(harness: Harness, tmp_path: Path) -> None:
    asked = await bo(harness).slash("video", prompt="animate it", image=png(tmp_path))
    request = await request_of(harness, "animate it")
    assert "input-1.png" in str(request["input_image"])
    await harness.result(asked)


async def test_a_sound_is_shown_as_a_file(harness: Harness, tmp_path: Path) -> None:
    asked = await bo(harness).slash(
        "video", prompt="it sings", model="ltx-2-3-pro-audio-to-video", sound=sound(tmp_path), image=png(tmp_path)
    )
    request = await request_of(harness, "it sings")
    assert "input-2.wav" in request["input_audio"]
    card = await harness.card(asked, lambda card: not card.buttons)
    assert {file.filename for file in card.attachments} == {"input-1.png", "input-2.wav"}


async def test_a_name_that_lies_about_the_format_alone_is_put_right(harness: Harness, tmp_path: Path) -> None:
    jpeg = still(tmp_path, "photo.png", "JPEG", size=(320, 180))
    asked = await bo(harness).slash("video", prompt="a photo moves", model=I2V, image=jpeg)
    assert "input-1.jpg" in (await request_of(harness, "a photo moves"))["input_image"]
    await harness.result(asked)


@pytest.mark.parametrize("name", ["IMG0001", "photo.jpg_large", "SPOILER_photo"])
async def test_a_file_without_an_ending_is_known_by_its_bytes(harness: Harness, name: str) -> None:
    asked = await bo(harness).slash("video", prompt=name, model=I2V, image=File(filename=name, content=sample("jpg")))
    assert "input-1.jpg" in (await request_of(harness, name))["input_image"]
    await harness.result(asked)


async def test_a_motion_photo_is_taken(harness: Harness, tmp_path: Path) -> None:
    """A photo with its film behind its end, as phones take it."""
    photo = tmp_path / "PXL_1.MP.jpg"
    photo.write_bytes(still(tmp_path, "a.jpg", "JPEG", size=(320, 180)).read_bytes() + sample("mp4"))
    asked = await bo(harness).slash("video", prompt="a motion photo", model=I2V, image=photo)
    assert "input-1.jpg" in (await request_of(harness, "a motion photo"))["input_image"]
    await harness.result(asked)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("input_image {url} is not an image, or is broken", "Oxen says: input\\_image holiday.png is not an image"),
        ("Cannot identify image file 'input-1.png'", "Cannot identify image file 'holiday.png'"),
    ],
)
async def test_a_file_that_the_provider_cannot_read_is_no_reason_to_try_again(
    harness: Harness, tmp_path: Path, words: str, shown: str
) -> None:
    """And it goes by the name that its giver knows it by."""
    prompt = f"unreadable {len(words)}"
    harness.renderer.hold(prompt)
    asked = await bo(harness).slash("video", prompt=prompt, model=I2V, image=png(tmp_path, "holiday.png"))
    url = (await request_of(harness, prompt))["input_image"]
    harness.break_oxen(Fault(on="generation", kind="fail", value=words.format(url=url), times=1))
    harness.renderer.release(prompt)
    result = await harness.result(asked)
    harness.break_oxen()
    assert shown in result.text
    assert "input-1" not in result.text
    assert "http" not in result.text
    assert "Try again" not in [button.label for button in result.buttons]


def bad_files(folder: Path) -> dict[str, tuple[str, Any, list[str]]]:
    """By case: the option, the file, and what the member reads."""
    whole = png(folder, "cut.png", size=(900, 900)).read_bytes()
    large = File(filename="large.png", content=png(folder).read_bytes() + bytes(20 * 1024 * 1024 - 2000))
    return {
        "no picture at all": (
            "image",
            File(filename="fox.png", content=b"MZ\x90" + bytes(200)),
            ["“fox.png” is", "EXE is not taken; PNG, JPEG and WebP are"],
        ),
        "what nobody knows": ("image", File(filename="fox.png", content=bytes(range(128, 256))), ["what “fox.png” is"]),
        "a picture as phones take it": (
            "image",
            File(filename="IMG_2.HEIC", content=sample("avif").replace(b"avif", b"heic")),
            ["“IMG\\_2.HEIC” is", "HEIC is not taken; PNG, JPEG and WebP are", "Save it as one of these"],
        ),
        "a bitmap": ("image", still(folder, "old.bmp", "BMP"), ["BMP is not taken; PNG, JPEG and WebP are"]),
        "a document": (
            "image",
            File(filename="plan.pdf", content=b"%PDF-1.7"),
            ["PDF is not taken; PNG, JPEG and WebP"],
        ),
        "covered": ("image", still(folder, "SPOILER_old.bmp", "BMP"), ["“old.bmp” is", "BMP is not taken"]),
        "a film given as a picture": ("image", film(folder), ["**image** takes pictures only. Save one of its frames"]),
        "a film in pages": (
            "video",
            File(filename="film.ogv", content=b"OggS\0\2" + bytes(20) + b"\1\x2a\x80theora" + bytes(40)),
            ["OGV is not taken; MP4, MOV and WebM are"],
        ),
        "a web page": ("image", File(filename="fox.png", content=b"<!doctype html><html>"), ["is a web page"]),
        "a film called a picture": (
            "image",
            File(filename="fox.png", content=film(folder).read_bytes()),
            ["not what its name says", "it is a video"],
        ),
        "a picture called a film": (
            "video",
            File(filename="fox.mp4", content=png(folder).read_bytes()),
            ["not what its name says", "it is a picture"],
        ),
        "nothing in it": ("image", File(filename="fox.png", content=b""), ["empty"]),
        "a text": (
            "image",
            File(filename="notes.txt", content=b"a fox"),
            ["is a text, and no picture"],
        ),
        "cut short": ("image", File(filename="cut.png", content=whole[: len(whole) // 2]), ["cut short"]),
        "a picture that moves": ("image", moving(folder, "dance.gif"), ["“dance.gif” moves", "still picture"]),
        "a picture that moves, called a still one": (
            "image",
            moving(folder, "dance.png", "PNG"),
            ["“dance.png” moves"],
        ),
        "a GIF as video": ("video", moving(folder, "dance.gif"), ["**video** takes videos only"]),
        "too large": ("image", large, ["too large", "19 MiB"]),
    }


async def test_a_bad_file_is_refused_and_nothing_is_ordered(harness: Harness, tmp_path: Path) -> None:
    before = harness.oxen.traffic.counts[ENQUEUE]
    with each_case() as case:
        for name, (option, file, phrases) in bad_files(tmp_path).items():
            with case(name):
                model = I2V if option == "image" else "topazlabs-video-upscale"
                prompt = {"prompt": "a bad file"} if option == "image" else {}
                asked = await bo(harness).slash("video", model=model, **prompt, **{option: file})
                text = await told(harness, asked.id)
                for phrase in phrases:
                    assert phrase in text
                public = await harness.community.messages(channel="video-lab")
                assert not [one for one in public if one.id == asked.response_message_id and not one.ephemeral]
    assert harness.oxen.traffic.counts[ENQUEUE] == before


async def told(harness: Harness, asked: str) -> str:
    """What the member alone is told in the end, whatever was shown before."""

    def private(entry: Any) -> bool:
        message = entry.message
        return bool(entry.kind == "message_created" and message and message.only_for == "Bo" and message.id > asked)

    found = await harness.community.wait_for(private, timeout=PATIENCE)
    return str(found.message.text)


async def test_a_mention_of_what_is_not_there_is_refused(harness: Harness, tmp_path: Path) -> None:
    model = "kling-video-o3-pro-reference-to-video"
    asked = await bo(harness).slash("video", prompt="@Image3 waves", model=model, image=png(tmp_path))
    assert "@Image3" in await harness.refusal(asked)


@pytest.mark.parametrize("model", ["a/b/c", "x" * 500, "../../etc"])
async def test_a_model_that_cannot_be_is_refused(harness: Harness, model: str) -> None:
    asked = await bo(harness).hostile().slash("video", prompt="a fox", model=model)
    assert "There is no model" in await harness.refusal(asked)


async def test_a_suggestion_is_one_press_away(harness: Harness) -> None:
    model = "kling-video-v2-6-pro-text-to-video"
    asked = await bo(harness).slash("video", prompt="ten of them", model=model, duration=8)
    refused = await harness.answer(asked)
    assert [button.label for button in refused.buttons] == ["Run with 10 s · $0.70"]
    pressed = await bo(harness).press(refused, "Run with 10 s · $0.70")
    assert not pressed.ephemeral
    assert (await request_of(harness, "ten of them"))["duration"] in {10, "10"}
    await harness.result(pressed)
    again = await bo(harness).press(refused, "Run with 10 s · $0.70")
    assert "used already" in await harness.refusal(again)


async def test_a_model_that_works_on_a_picture_is_refused_without_one(harness: Harness) -> None:
    before = harness.oxen.traffic.counts[ENQUEUE]
    model = "kling-video-v2-6-pro-image-to-video"
    asked = await bo(harness).slash("video", prompt="out of nothing", model=model, duration=10)
    refused = await harness.answer(asked)
    assert refused.only_for == "Bo"
    assert "needs a picture to work with. Attach one as **image**." in refused.text
    assert [button.label for button in refused.buttons] == ["Run Kling 2.6 Pro - Text to Video · $0.70"]
    assert harness.oxen.traffic.counts[ENQUEUE] == before
    pressed = await bo(harness).press(refused, refused.buttons[0].label)
    sent = await request_of(harness, "out of nothing")
    assert (sent["model"], str(sent["duration"])) == ("kling-video-v2-6-pro-text-to-video", "10")
    await harness.result(pressed)


async def test_several_mistakes_are_told_and_mended_at_once(harness: Harness) -> None:
    model = "kling-video-v2-6-pro-text-to-video"
    asked = await bo(harness).slash("video", prompt="two slips", model=model, duration=8, aspect_ratio="7:13")
    refused = await harness.answer(asked)
    assert len(refused.text.splitlines()) == 2
    assert [button.label for button in refused.buttons] == ["Order it that way · $0.70"]
    pressed = await bo(harness).press(refused, "Order it that way · $0.70")
    sent = await request_of(harness, "two slips")
    assert (str(sent["duration"]), sent["aspect_ratio"]) == ("10", "9:16")
    await harness.result(pressed)


async def test_models_are_offered_that_fit_the_files(harness: Harness, tmp_path: Path) -> None:
    offered = {c.value for c in await bo(harness).autocomplete("video", "model", "kling", image=png(tmp_path))}
    assert I2V in offered
    assert "kling-video-v2-6-pro-text-to-video" not in offered
    films = {c.value for c in await bo(harness).autocomplete("video", "model", "", video=film(tmp_path))}
    assert films
    assert I2V not in films
    resolutions = await bo(harness).autocomplete("video", "resolution", "", model="ltx-2-3-pro")
    assert "1080p" in {choice.value for choice in resolutions}
