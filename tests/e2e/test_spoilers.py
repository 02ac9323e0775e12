"""A spoiler stays a spoiler: from a covered file to the card, the result, its links, and what is made of that."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain.rules.policy import Unpriced
from sandbox.discord.client import Member, Message
from sandbox.oxen.render.studio import Studio
from tests.chat.pictures import png
from tests.e2e.kit import Stage, Stages
from tests.e2e.rules import run, settle

MIB = 1024 * 1024
EDITOR = "nano-banana"
GALLERY = 12


def bo(stage: Stage) -> Member:
    return stage.community.member("Bo", channel="video-lab", locale="en-US")


def covers(message: Message) -> list[bool]:
    """Of each picture or film that the message's components show, whether it is covered."""
    galleries = [one for one in message.components if one["type"] == GALLERY]
    return [bool(item.get("spoiler")) for gallery in galleries for item in gallery["items"]]


def wound(folder: Path, name: str = "SPOILER_wound.png") -> Path:
    return png(folder, name)


async def edited(stage: Stage, message: Message, prompt: str) -> Any:
    asked = await bo(stage).menu("Edit this picture", message)
    return await bo(stage).submit(asked, {"Prompt": prompt, "Model": [EDITOR]})


async def test_from_a_covered_picture_to_what_is_made_of_what_is_made_of_it(stages: Stages, tmp_path: Path) -> None:
    stage = await stages(renderer=Studio(sketch=True))
    message = await stage.community.member("Cleo", channel="video-lab").write("look", wound(tmp_path))
    sent = await edited(stage, message, "bandaged")
    result = await stage.result(sent)
    card = await stage.card(sent, lambda card: not card.buttons)
    assert covers(card) == [True]
    assert [file.filename.startswith("SPOILER_image-") for file in result.attachments] == [True]
    child = await stage.result(await edited(stage, result, "healed"))
    assert [file.filename.startswith("SPOILER_") for file in child.attachments] == [True]
    from_card = await stage.result(await edited(stage, card, "healed at once"))
    assert [file.filename.startswith("SPOILER_") for file in from_card.attachments] == [True]
    found = re.search(r"Order ([0-9a-z]{6})/1", result.text)
    assert found is not None
    opened = await stage.answer(await bo(stage).slash("history", id=found[1]))
    assert covers(opened) == [True]


async def test_what_nobody_covered_is_shown(stages: Stages, tmp_path: Path) -> None:
    stage = await stages()
    message = await bo(stage).write("look", wound(tmp_path, "no_SPOILER_.png"))
    sent = await edited(stage, message, "bandaged")
    result = await stage.result(sent)
    assert covers(await stage.card(sent, lambda card: not card.buttons)) == [False]
    assert not any(file.filename.startswith("SPOILER_") for file in result.attachments)


async def test_one_covered_file_covers_the_result_also_after_a_restart(stages: Stages, tmp_path: Path) -> None:
    stage = await stages(start=False)
    settle(stage, confirm_above=Decimal(0), unpriced=Unpriced.CONFIRM)
    await stage.start()
    files = {"image": png(tmp_path), "last_frame": wound(tmp_path)}
    model = "kling-video-v2-5-turbo-pro-image-to-video"
    asked = await bo(stage).slash("video", prompt="from here to there", model=model, **files)
    draft = await stage.card(asked, lambda card: len(card.buttons) == 2)
    assert covers(draft) == [False, True]
    await stage.stop()
    await stage.start()
    await bo(stage).press(draft, "Confirm")
    result = await stage.result(asked)
    assert covers(await stage.card(asked, lambda card: not card.buttons)) == [False, True]
    assert [file.filename.startswith("SPOILER_video-") for file in result.attachments] == [True]


async def test_a_covered_result_too_large_for_the_channel_is_a_covered_link(stages: Stages, tmp_path: Path) -> None:
    stage = await stages()
    stage.darkroom.size = 21 * MIB
    result = await stage.result(await bo(stage).slash("image", prompt="bandaged", model=EDITOR, image=wound(tmp_path)))
    assert result.attachments == ()
    assert re.search(r"\|\|<http\S+>\|\|", result.text)
    assert "](http" not in result.text
    pressed = await bo(stage).press(result, "Link to no. 1")
    fresh = await stage.refusal(pressed)
    assert re.search(r"\|\|<http\S+>\|\|", fresh)
    stage.darkroom.size = 2000
    await stage.card(await edited(stage, result, "healed"))
    assert run(stage, "SELECT spoiler FROM orders WHERE prompt = 'healed'") == [(1,)]
