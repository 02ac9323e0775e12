"""Right click, Apps: what can be done with the files of a message."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.discord.client import Member
from tests.e2e.kit import Harness
from tests.media.pictures import film, png

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


async def request_of(harness: Harness, prompt: str) -> dict[str, Any]:
    await harness.watch.until(lambda: harness.ordered(prompt))
    return dict(harness.ordered(prompt)[0]["request"])


async def test_a_picture_of_somebody_elses_is_animated(harness: Harness, tmp_path: Path) -> None:
    message = await harness.community.member("Cleo", channel="video-lab").write("look", png(tmp_path))
    asked = await bo(harness).menu("Animate this picture", message)
    assert asked.form is not None
    assert asked.form.title == "Animate this picture"
    assert [field.label for field in asked.form.fields] == ["Prompt", "Model", "Length in seconds"]
    sent = await bo(harness).submit(
        asked,
        {"Prompt": "it wakes up", "Model": ["kling-video-v2-5-turbo-pro-image-to-video"], "Length in seconds": "5"},
    )
    request = await request_of(harness, "it wakes up")
    assert "input-1.png" in request["input_image"]
    assert request["duration"] in {5, "5"}
    card = await harness.card(sent, lambda card: not card.buttons)
    assert len(card.attachments) == 1
    assert (await harness.result(sent)).attachments


@pytest.mark.parametrize(
    ("menu", "model", "sent", "shown"),
    [
        ("Edit this picture", "nano-banana", "9:16", " · 9:16"),
        ("Edit this picture", "nano-banana-2", "auto", " · auto (9:16)"),
        ("Animate this picture", "google-veo-3-1-fast", "9:16", " · 9:16"),
        ("Animate this picture", "kling-video-v2-5-turbo-pro-image-to-video", None, " · own shape (9:16)"),
    ],
)
async def test_an_upright_photo_makes_something_upright(
    harness: Harness, tmp_path: Path, menu: str, model: str, sent: str | None, shown: str
) -> None:
    """As phones take it: stored on its side, and shown upright."""
    photo = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1600, 900), "teal").save(photo, "JPEG", exif=exif)
    message = await bo(harness).write("look", photo)
    prompt = f"{menu} by {model}"
    asked = await bo(harness).submit(await bo(harness).menu(menu, message), {"Prompt": prompt, "Model": [model]})
    card = await harness.card(asked, lambda card: "@Image1" in card.text)
    assert shown in card.text
    assert (await request_of(harness, prompt)).get("aspect_ratio") == sent


async def test_one_of_several_images_is_chosen(harness: Harness, tmp_path: Path) -> None:
    files = [png(tmp_path, "one.png", size=(310, 310)), png(tmp_path, "two.png", size=(320, 320))]
    message = await bo(harness).write("two", *files)
    asked = await bo(harness).menu("Edit this picture", message)
    assert asked.form is not None
    assert asked.form.field("From this message").labels == ("1. one.png", "2. two.png")
    sent = await bo(harness).submit(asked, {"From this message": ["1"], "Prompt": "now in blue"})
    await request_of(harness, "now in blue")
    card = await harness.card(sent, lambda card: not card.buttons)
    assert [file.width for file in card.attachments] == [320]


async def test_all_pictures_of_a_message_are_references_and_further_ones_join(harness: Harness, tmp_path: Path) -> None:
    message = await bo(harness).write("two", png(tmp_path, "one.png"), png(tmp_path, "two.png"))
    asked = await bo(harness).menu("Use as reference", message)
    sent = await bo(harness).submit(
        asked,
        {"Prompt": "@Image3 joins", "Model": ["kling-video-o3-pro-reference-to-video"]},
        files={"More references": [png(tmp_path, "three.png")]},
    )
    assert len((await request_of(harness, "@Image3 joins"))["input_image"]) == 3
    await harness.result(sent)


async def test_the_picture_in_a_card_of_ours_can_be_used(harness: Harness, tmp_path: Path) -> None:
    model = "kling-video-v2-5-turbo-pro-image-to-video"
    first = await bo(harness).slash("video", prompt="first take", model=model, image=png(tmp_path, size=(333, 333)))
    card = await harness.card(first, lambda card: not card.buttons)
    asked = await bo(harness).menu("Animate this picture", card)
    sent = await bo(harness).submit(asked, {"Prompt": "second take", "Model": [model]})
    again = await harness.card(sent, lambda card: not card.buttons)
    assert [file.width for file in again.attachments] == [333]


async def test_a_video_is_upscaled_without_a_prompt(harness: Harness, tmp_path: Path) -> None:
    message = await bo(harness).write("small", film(tmp_path))
    asked = await bo(harness).menu("Upscale", message)
    assert asked.form is not None
    models = asked.form.field("Model").options
    assert "topazlabs-video-upscale" in models
    assert "topazlabs-image-upscale" not in models  # it takes pictures
    sent = await bo(harness).submit(asked, {"Model": ["topazlabs-video-upscale"]})
    assert sent.deferred, (await harness.answer(sent)).text
    await harness.watch.until(lambda: [o for o in harness.oxen.traffic.accepted if "upscale" in o["request"]["model"]])
    [order] = [o for o in harness.oxen.traffic.accepted if "upscale" in o["request"]["model"]]
    assert "input-1.mp4" in order["request"]["input_video"]
    assert "prompt" not in order["request"]
    card = await harness.card(sent, lambda card: "@Video1" in card.text)
    assert "> " not in card.text


async def test_a_video_is_extended_by_models_that_extend_first(harness: Harness, tmp_path: Path) -> None:
    message = await bo(harness).write("short", film(tmp_path))
    asked = await bo(harness).menu("Extend this video", message)
    assert asked.form is not None
    assert "extend" in asked.form.field("Model").options[0]


@pytest.mark.parametrize("command", ["Animate this picture", "Extend this video", "Upscale"])
async def test_a_message_without_such_a_file_is_refused(harness: Harness, command: str) -> None:
    message = await bo(harness).write("only words")
    asked = await bo(harness).menu(command, message)
    assert "in this message" in await harness.refusal(asked)


async def test_a_forwarded_picture_can_be_used(harness: Harness, tmp_path: Path) -> None:
    message = await bo(harness).write("look", png(tmp_path, size=(340, 340)))
    forwarded = await harness.community.forward(user="Bo", message=message, channel="video-lab")
    asked = await bo(harness).menu("Animate this picture", forwarded)
    model = "kling-video-v2-5-turbo-pro-image-to-video"
    sent = await bo(harness).submit(asked, {"Prompt": "it was forwarded", "Model": [model]})
    card = await harness.card(sent, lambda card: not card.buttons)
    assert [file.width for file in card.attachments] == [340]
    await harness.result(sent)


async def test_a_model_with_a_known_price_is_proposed_first(harness: Harness, tmp_path: Path) -> None:
    message = await bo(harness).write("look", png(tmp_path))
    asked = await bo(harness).menu("Animate this picture", message)
    assert asked.form is not None
    catalogue = await harness.catalogue()
    usual = harness.settings().video_models
    offered = [catalogue.get(model) for model in asked.form.field("Model").options if model not in usual]
    priced = [model is not None and model.pricing is not None for model in offered]
    assert priced == sorted(priced, reverse=True)
    assert priced[0]
    assert not priced[-1]


async def test_the_operators_usual_models_come_before_others(harness: Harness, tmp_path: Path) -> None:
    message = await bo(harness).write("look", png(tmp_path))
    asked = await bo(harness).menu("Edit this picture", message)
    assert asked.form is not None
    assert asked.form.field("Model").options[:2] == ("black-forest-labs-flux-2-klein-4b", "nano-banana-2")
