"""Right click, Apps: what can be done with the files of a message."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.discord.client import Member
from tests.chat.pictures import film, png
from tests.e2e.kit import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bo(stage: Stage) -> Member:
    return stage.community.member("Bo", channel="video-lab", locale="en-US")


async def request_of(stage: Stage, prompt: str) -> dict[str, Any]:
    await stage.watch.until(lambda: stage.ordered(prompt))
    return dict(stage.ordered(prompt)[0]["request"])


async def test_a_picture_of_somebody_elses_is_animated(stage: Stage, tmp_path: Path) -> None:
    message = await stage.community.member("Cleo", channel="video-lab").write("look", png(tmp_path))
    asked = await bo(stage).menu("Animate this picture", message)
    assert asked.form is not None
    assert asked.form.title == "Animate this picture"
    assert [field.label for field in asked.form.fields] == ["Prompt", "Model", "Length in seconds"]
    sent = await bo(stage).submit(
        asked,
        {"Prompt": "it wakes up", "Model": ["kling-video-v2-5-turbo-pro-image-to-video"], "Length in seconds": "5"},
    )
    request = await request_of(stage, "it wakes up")
    assert "input-1.png" in request["input_image"]
    assert request["duration"] in {5, "5"}
    card = await stage.card(sent, lambda card: not card.buttons)
    assert len(card.attachments) == 1
    assert (await stage.result(sent)).attachments


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
    stage: Stage, tmp_path: Path, menu: str, model: str, sent: str | None, shown: str
) -> None:
    """As phones take it: stored on its side, and shown upright."""
    photo = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1600, 900), "teal").save(photo, "JPEG", exif=exif)
    message = await bo(stage).write("look", photo)
    prompt = f"{menu} by {model}"
    asked = await bo(stage).submit(await bo(stage).menu(menu, message), {"Prompt": prompt, "Model": [model]})
    card = await stage.card(asked, lambda card: "@Image1" in card.text)
    assert shown in card.text
    assert (await request_of(stage, prompt)).get("aspect_ratio") == sent


async def test_of_several_pictures_one_is_chosen(stage: Stage, tmp_path: Path) -> None:
    files = [png(tmp_path, "one.png", size=(310, 310)), png(tmp_path, "two.png", size=(320, 320))]
    message = await bo(stage).write("two", *files)
    asked = await bo(stage).menu("Edit this picture", message)
    assert asked.form is not None
    assert asked.form.field("From this message").labels == ("1. one.png", "2. two.png")
    sent = await bo(stage).submit(asked, {"From this message": ["1"], "Prompt": "now in blue"})
    await request_of(stage, "now in blue")
    card = await stage.card(sent, lambda card: not card.buttons)
    assert [file.width for file in card.attachments] == [320]


async def test_all_pictures_of_a_message_are_references_and_further_ones_join(stage: Stage, tmp_path: Path) -> None:
    message = await bo(stage).write("two", png(tmp_path, "one.png"), png(tmp_path, "two.png"))
    asked = await bo(stage).menu("Use as reference", message)
    sent = await bo(stage).submit(
        asked,
        {"Prompt": "@Image3 joins", "Model": ["kling-video-o3-pro-reference-to-video"]},
        files={"More references": [png(tmp_path, "three.png")]},
    )
    assert len((await request_of(stage, "@Image3 joins"))["input_image"]) == 3
    await stage.result(sent)


async def test_the_picture_in_a_card_of_ours_can_be_used(stage: Stage, tmp_path: Path) -> None:
    model = "kling-video-v2-5-turbo-pro-image-to-video"
    first = await bo(stage).slash("video", prompt="first take", model=model, image=png(tmp_path, size=(333, 333)))
    card = await stage.card(first, lambda card: not card.buttons)
    asked = await bo(stage).menu("Animate this picture", card)
    sent = await bo(stage).submit(asked, {"Prompt": "second take", "Model": [model]})
    again = await stage.card(sent, lambda card: not card.buttons)
    assert [file.width for file in again.attachments] == [333]


async def test_a_video_is_upscaled_without_a_prompt(stage: Stage, tmp_path: Path) -> None:
    message = await bo(stage).write("small", film(tmp_path))
    asked = await bo(stage).menu("Upscale", message)
    assert asked.form is not None
    models = asked.form.field("Model").options
    assert "topazlabs-video-upscale" in models
    assert "topazlabs-image-upscale" not in models  # it takes pictures
    sent = await bo(stage).submit(asked, {"Model": ["topazlabs-video-upscale"]})
    assert sent.deferred, (await stage.answer(sent)).text
    await stage.watch.until(lambda: [o for o in stage.oxen.traffic.accepted if "upscale" in o["request"]["model"]])
    [order] = [o for o in stage.oxen.traffic.accepted if "upscale" in o["request"]["model"]]
    assert "input-1.mp4" in order["request"]["input_video"]
    assert "prompt" not in order["request"]
    card = await stage.card(sent, lambda card: "@Video1" in card.text)
    assert "> " not in card.text


async def test_a_video_is_extended_by_models_that_extend_first(stage: Stage, tmp_path: Path) -> None:
    message = await bo(stage).write("short", film(tmp_path))
    asked = await bo(stage).menu("Extend this video", message)
    assert asked.form is not None
    assert "extend" in asked.form.field("Model").options[0]


@pytest.mark.parametrize("command", ["Animate this picture", "Extend this video", "Upscale"])
async def test_a_message_without_such_a_file_is_refused(stage: Stage, command: str) -> None:
    message = await bo(stage).write("only words")
    asked = await bo(stage).menu(command, message)
    assert "in this message" in await stage.refusal(asked)


async def test_a_forwarded_picture_can_be_used(stage: Stage, tmp_path: Path) -> None:
    message = await bo(stage).write("look", png(tmp_path, size=(340, 340)))
    forwarded = await stage.community.forward(user="Bo", message=message, channel="video-lab")
    asked = await bo(stage).menu("Animate this picture", forwarded)
    model = "kling-video-v2-5-turbo-pro-image-to-video"
    sent = await bo(stage).submit(asked, {"Prompt": "it was forwarded", "Model": [model]})
    card = await stage.card(sent, lambda card: not card.buttons)
    assert [file.width for file in card.attachments] == [340]
    await stage.result(sent)


async def test_a_model_with_a_known_price_is_proposed_first(stage: Stage, tmp_path: Path) -> None:
    message = await bo(stage).write("look", png(tmp_path))
    asked = await bo(stage).menu("Animate this picture", message)
    assert asked.form is not None
    catalogue = await stage.catalogue()
    usual = stage.settings().video_models
    offered = [catalogue.get(model) for model in asked.form.field("Model").options if model not in usual]
    priced = [model is not None and model.pricing is not None for model in offered]
    assert priced == sorted(priced, reverse=True)
    assert priced[0]
    assert not priced[-1]


async def test_the_operators_usual_models_come_before_others(stage: Stage, tmp_path: Path) -> None:
    message = await bo(stage).write("look", png(tmp_path))
    asked = await bo(stage).menu("Edit this picture", message)
    assert asked.form is not None
    assert asked.form.field("Model").options[:2] == ("black-forest-labs-flux-2-klein-4b", "nano-banana-2")
