"""/style: saved, listed, shared, deleted, and ordered in."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.orders.styles import MOST_SHARED
from sandbox.discord.client import Member, Message
from tests.e2e.kit import Harness
from tests.e2e.rules import run
from tests.media.pictures import png

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "kling-video-v2-6-pro-text-to-video"
REFERENCES = "kling-video-o3-pro-reference-to-video"


def member(harness: Harness, name: str = "Bo") -> Member:
    return harness.community.member(name, channel="video-lab", locale="en-US")


async def saved(harness: Harness, name: str, *, user: str = "Bo", **options: Any) -> Message:
    return await harness.use("style save", user=user, options={"name": name, **options})


async def said(harness: Harness, name: str, template: str) -> str:
    asked = await member(harness).slash("style save", name=name, template=template)
    return await harness.refusal(asked)


async def test_an_order_is_made_in_a_style_and_keeps_what_the_member_sets(harness: Harness) -> None:
    answer = await saved(
        harness, "Noir", template="{prompt}, black and white, {{grain}}", model=MODEL, duration=10, aspect_ratio="1:1"
    )
    assert answer.only_for == "Bo"
    assert "I have saved **Noir**" in answer.text
    assert "yours · Kling 2.6 Pro - Text to Video · 10 s · 1:1" in answer.text
    for prompt, chosen, length in (("a {fox}", {}, 10), ("a hare", {"duration": 5}, 5)):
        asked = await harness.order(prompt, style="noir", **chosen)
        await harness.result(asked)
        [one] = harness.ordered(f"{prompt}, black and white, {{grain}}")
        assert one["request"] | {"duration": length, "aspect_ratio": "1:1", "model": MODEL} == one["request"]
    again = await saved(harness, "NOIR", template="{prompt} at night")
    assert "in the place of the old one" in again.text


async def test_a_character_goes_along_as_it_is_kept(harness: Harness, tmp_path: Path) -> None:
    asked = await member(harness).slash("style save", name="Luna", model=REFERENCES, picture=png(tmp_path))
    kept = await harness.card(asked)
    await harness.log.wait("style saved")  # its message comes first
    assert not kept.ephemeral
    assert [file.filename for file in kept.attachments] == ["input-1.png"]
    assert "Pictures of the style **Luna**" in kept.text
    assert kept.pinged == ()
    reads = "GET /channels/{channel_id}/messages/{message_id}"

    async def order(prompt: str) -> str:
        requests = len(harness.discord.rest.log)
        ordered = await harness.order(prompt, style="luna", duration=5)
        await harness.watch.until(lambda: harness.ordered(prompt))
        await harness.result(ordered)
        card = await harness.card(ordered, lambda card: bool(card.attachments))
        assert [file.filename for file in card.attachments] == ["input-1.png"]
        [one] = harness.ordered(prompt)
        assert f"/{card.attachments[0].id}/input-1.png" in json.dumps(one["request"])
        log = [one for one in list(harness.discord.rest.log)[requests:] if one["limit"] == "global"]
        return " ".join(f"{one['method']} {one['route']}" for one in log)

    assert reads not in await order("she waves")  # Discord has shown it just now
    assert reads not in await order("she sings")

    # Another member's name for theirs is not hers, and she is gone with her message.
    refused = await harness.order("she waves", style="Luna", user="Dev", duration=5)
    assert "There is no style “Luna”" in await harness.refusal(refused, user="Dev")
    mark = await harness.community.position()
    await harness.use("style delete", options={"style": "luna"})
    gone = await harness.community.wait_for(lambda entry: entry.kind == "message_deleted", after=mark)
    assert gone.message is not None
    assert gone.message.id == kept.id


async def test_templates_that_cannot_be_filled_in_are_refused_in_words(harness: Harness) -> None:
    assert "I do not know “artist” in the template" in await said(harness, "x", "{prompt} by {artist}")
    assert "There is a single “{” in the template. Write {prompt}" in await said(harness, "x", "{prompt")
    assert "A style needs a name" in await said(harness, "@@@", "{prompt}")
    wrong = await member(harness).slash("style save", name="x", model=MODEL, duration=7)
    message = await harness.answer(wrong)
    assert "5, 10" in message.text
    assert not message.buttons  # nothing to order
    alone = await member(harness).slash("style save", name="x", parameters="loop=true")
    assert "name the model as well" in await harness.refusal(alone)
    shapeless = await member(harness).slash("style save", name="x", model=MODEL, parameters="loop")
    assert "I cannot read “loop”" in await harness.refusal(shapeless)
    foreign = await member(harness).slash("style save", name="x", model=MODEL, parameters="negative_promt=blurry")
    assert "no option **negative" in await harness.refusal(foreign)
    assert not run(harness, "SELECT id FROM styles WHERE name = 'x'")


async def test_a_style_mentions_nobody(harness: Harness) -> None:
    answer = await saved(harness, "@everyone **bold**", template="{prompt} for @everyone and <@1150000000000000013>")
    assert answer.pinged == ()
    assert "@everyone" not in answer.text
    assert "**everyone bold**" in answer.text
    listed = await harness.use("style list")
    assert listed.pinged == ()
    assert "@everyone" not in listed.text
    await harness.result(await harness.order("a fox", style="everyone bold"))
    [prompt] = run(harness, "SELECT prompt FROM orders WHERE prompt LIKE 'a fox for %'")
    assert "@" not in prompt[0]
    assert "1150000000000000013" not in prompt[0]


async def test_a_style_of_a_model_that_is_gone_is_said_and_marked(harness: Harness) -> None:
    await saved(harness, "old", model=MODEL)
    run(harness, "UPDATE styles SET content = replace(content, 'v2-6-pro-text', 'v0-pro-text') WHERE name = 'old'")
    asked = await harness.order("a fox from before", style="old")
    assert "kling-video-v0-pro-text-to-video" in await harness.refusal(asked)
    assert "not offered any more" in (await harness.use("style list")).text


async def test_managers_share_what_everybody_uses(harness: Harness) -> None:
    await saved(harness, "club", user="Ada", template="{prompt} in club colours")
    asked = await member(harness, "Dev").slash("style share", style="club")
    assert "Only people who may manage this server" in await harness.refusal(asked, user="Dev")
    shared = await harness.use("style share", user="Ada", options={"style": "club"})
    assert "**club** is the server" in shared.text
    await harness.result(await harness.order("a flag", user="Dev", style="club"))
    assert harness.ordered("a flag in club colours")
    [offer] = await harness.community.autocomplete(
        user="Cleo", channel="video-lab", command="video", focused="style", value="clu", options={}
    )
    assert offer.name.startswith("club · the server")
    refused = await member(harness, "Dev").slash("style delete", style=str(offer.value))
    assert "Only people who may manage this server" in await harness.refusal(refused, user="Dev")
    twice = await member(harness, "Ada").slash("style share", style="club")
    assert "s already" in await harness.refusal(twice, user="Ada")


async def test_a_server_of_five_hundred_styles_is_paged(harness: Harness) -> None:
    await saved(harness, "many", user="Ada")
    await harness.use("style share", user="Ada", options={"style": "many"})
    [(there,)] = run(harness, "SELECT COUNT(*) FROM styles WHERE owner_id = 0")
    row = "INSERT INTO styles SELECT {0}, guild_id, 0, 0, {1}, {1}, content, 0 FROM styles WHERE name = 'many'"
    for number in range(there, MOST_SHARED):
        run(harness, row.format(f"'id {number:03}'", f"'many {number:03}'"))
    panel = await harness.use("style list", user="Dev")
    assert f"{MOST_SHARED} styles, page 1 of 63" in panel.text
    assert [button.label for button in panel.buttons] == ["Before", "Next"]
    turned = await harness.turned(panel, member(harness, "Dev").press(panel, "Next"))
    assert "page 2 of 63" in turned.text
    offers = await harness.community.autocomplete(
        user="Dev", channel="video-lab", command="image", focused="style", value="", options={}
    )
    assert len(offers) == 25
    await saved(harness, "too many", user="Ada")
    asked = await member(harness, "Ada").slash("style share", style="too many")
    assert "cannot have more" in await harness.refusal(asked, user="Ada")


async def test_a_copy_of_ones_data_has_them_and_deleting_takes_them(harness: Harness, tmp_path: Path) -> None:
    await saved(harness, "mine", user="Cleo", template="{prompt}, quietly")
    before = len(harness.log.records)
    asked = await harness.order("a newt", user="Cleo", style="mine")
    await harness.log.wait("result delivered", after=before)
    await harness.card(asked, lambda card: not card.buttons)
    panel = await harness.use("privacy", user="Cleo")
    assert "One style of yours." in panel.text
    answer = await harness.answer(await member(harness, "Cleo").press(panel, "Export"), user="Cleo")
    data = json.loads((await harness.community.download(answer.attachments[0], tmp_path / "data.json")).read_text())
    assert [style["template"] for style in data["guilds"][0]["styles"]] == ["{prompt}, quietly"]
    mark = len(harness.log.records)
    question = await harness.turned(panel, member(harness, "Cleo").press(panel, "Delete"))
    await member(harness, "Cleo").press(question, "Delete here")
    await harness.log.wait("member forgotten", after=mark)
    assert not run(harness, "SELECT id FROM styles WHERE name = 'mine'")
