"""A spoiler stays a spoiler: from a covered file to the card, the result, its links, and what is made of that."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.discord.client import Member, Message
from sandbox.oxen.render.renderer import MediaRenderer
from tests.e2e.kit import Harness, Stages
from tests.e2e.rules import run, settle
from tests.media.pictures import png

MIB = 1024 * 1024
EDITOR = "nano-banana"
GALLERY = 12


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


def covers(message: Message) -> list[bool]:
    """Of each picture or film that the message's components show, whether it is covered."""
    galleries = [one for one in message.components if one["type"] == GALLERY]
    return [bool(item.get("spoiler")) for gallery in galleries for item in gallery["items"]]


def wound(folder: Path, name: str = "SPOILER_wound.png") -> Path:
    return png(folder, name)


async def edited(harness: Harness, message: Message, prompt: str) -> Any:
    asked = await bo(harness).menu("Edit this picture", message)
    return await bo(harness).submit(asked, {"Prompt": prompt, "Model": [EDITOR]})


async def test_a_spoiler_covers_results_of_results_too(stages: Stages, tmp_path: Path) -> None:
    harness = await stages(renderer=MediaRenderer(sketch=True))
    message = await harness.community.member("Cleo", channel="video-lab").write("look", wound(tmp_path))
    sent = await edited(harness, message, "bandaged")
    result = await harness.result(sent)
    card = await harness.card(sent, lambda card: not card.buttons)
    assert covers(card) == [True]
    assert [file.filename.startswith("SPOILER_image-") for file in result.attachments] == [True]
    child = await harness.result(await edited(harness, result, "healed"))
    assert [file.filename.startswith("SPOILER_") for file in child.attachments] == [True]
    from_card = await harness.result(await edited(harness, card, "healed at once"))
    assert [file.filename.startswith("SPOILER_") for file in from_card.attachments] == [True]
    found = re.search(r"Order ([0-9a-z]{6})/1", result.text)
    assert found is not None
    opened = await harness.answer(await bo(harness).slash("history", id=found[1]))
    assert covers(opened) == [True]


async def test_what_nobody_covered_is_shown(stages: Stages, tmp_path: Path) -> None:
    harness = await stages()
    message = await bo(harness).write("look", wound(tmp_path, "no_SPOILER_.png"))
    sent = await edited(harness, message, "bandaged")
    result = await harness.result(sent)
    assert covers(await harness.card(sent, lambda card: not card.buttons)) == [False]
    assert not any(file.filename.startswith("SPOILER_") for file in result.attachments)


async def test_one_covered_file_covers_the_result_also_after_a_restart(stages: Stages, tmp_path: Path) -> None:
    harness = await stages(start=False)
    settle(harness, confirm_above=Decimal(0))
    await harness.start()
    files = {"image": png(tmp_path), "last_frame": wound(tmp_path)}
    model = "kling-video-v2-5-turbo-pro-image-to-video"
    asked = await bo(harness).slash("video", prompt="from here to there", model=model, **files)
    confirmation = await harness.card(asked, lambda card: len(card.buttons) == 2)
    assert covers(confirmation) == [False, True]
    await harness.stop()
    await harness.start()
    await bo(harness).press(confirmation, confirmation.buttons[0].label)
    result = await harness.result(asked)
    assert covers(await harness.card(asked, lambda card: not card.buttons)) == [False, True]
    assert [file.filename.startswith("SPOILER_video-") for file in result.attachments] == [True]


async def test_a_covered_result_too_large_for_the_channel_is_a_covered_link(stages: Stages, tmp_path: Path) -> None:
    harness = await stages()
    harness.renderer.size = 21 * MIB
    result = await harness.result(
        await bo(harness).slash("image", prompt="bandaged", model=EDITOR, image=wound(tmp_path))
    )
    assert result.attachments == ()
    assert re.search(r"\|\|<http\S+>\|\|", result.text)
    assert "](http" not in result.text
    pressed = await bo(harness).press(result, "Link to no. 1")
    fresh = await harness.refusal(pressed)
    assert re.search(r"\|\|<http\S+>\|\|", fresh)
    harness.renderer.size = 2000
    await harness.card(await edited(harness, result, "healed"))
    assert run(harness, "SELECT spoiler FROM orders WHERE prompt = 'healed'") == [(1,)]
