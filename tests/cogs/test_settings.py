"""/settings and /about."""

import pytest

from bot.chat.translation import Translations
from bot.domain.catalogue import MediaKind
from bot.settings import LOCALES
from sandbox.discord.client import Refused
from tests.e2e.kit import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_manages_the_server_names_the_namespace(stage: Stage) -> None:
    before = await stage.use("settings show", user="Ada")
    assert before.only_for == "Ada"
    assert "No namespace is set; the owner of this bot pays" in before.text
    saved = await stage.use("settings namespace", user="Ada", options={"name": " film-club_1.x "})
    assert saved.only_for == "Ada"
    assert "**film-club\\_1.x**" in saved.text
    assert "**film-club\\_1.x**" in (await stage.use("settings show", user="Cleo")).text
    assert "film-club" not in (await stage.use("settings show", user="Cleo", channel="lobby")).text
    again = await stage.use("settings namespace", user="Cleo", options={"name": "other"})
    assert "**other**" in again.text


async def test_discord_does_not_offer_it_to_others(stage: Stage) -> None:
    offered = {one["name"] for one in await stage.community.commands(user="Bo", channel="video-lab")}
    assert offered == {"video", "image", "queue", "cancel", "about"}
    with pytest.raises(Refused):
        await stage.use("settings show", user="Bo")


@pytest.mark.parametrize("command", ["settings show", "settings namespace"])
async def test_it_is_refused_to_others_even_where_discord_lets_them(stage: Stage, command: str) -> None:
    options = {"name": "mine"} if command == "settings namespace" else {}
    asked = await stage.community.invoke(user="Bo", channel="video-lab", command=command, options=options, force=True)
    assert "Only people who may manage this server" in await stage.refusal(asked)


async def test_nothing_is_offered_in_direct_messages(stage: Stage) -> None:
    assert await stage.community.commands(user="Bo", channel="dm") == []


async def test_about_says_what_it_is_and_who_pays(stage: Stage) -> None:
    about = await stage.use("about", channel="lobby")
    assert about.only_for == "Bo"
    assert "owner of this bot pays" in about.text
    await stage.use("settings namespace", user="Cleo", channel="lobby", options={"name": "game-night"})
    about = await stage.use("about", channel="lobby")
    assert "**game-night**" in about.text
    for command in ("`/video`", "`/image`", "`/queue`", "`/cancel`", "`/settings`"):
        assert command in about.text
    catalogue = await stage.catalogue()
    orderable = {model.id for kind in MediaKind for model in catalogue.of_kind(kind)}
    assert f"any of {len(orderable)} models" in about.text
    assert len(orderable) < len(catalogue)  # some need more than a prompt


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "de", "fr"])
async def test_commands_are_described_in_the_members_language(stage: Stage, locale: str) -> None:
    texts = Translations(LOCALES).of(locale)
    offered = {one["name"]: one for one in await stage.community.commands(user="Cleo", channel="lobby", locale=locale)}
    assert offered.keys() == {"video", "image", "queue", "cancel", "about", "settings"}
    for name, command in offered.items():
        assert command.get("name_localized", name) == texts(f"name-{name}")
        assert command.get("description_localized", command["description"]) == texts(f"command-{name}")


async def test_a_refusal_names_options_as_the_member_sees_them(stage: Stage) -> None:
    asked = await stage.order("a fox", model="kling-video-v2-6-pro-text-to-video", seed=1, locale="de", force=True)
    assert "**seed**" in await stage.refusal(asked)
    asked = await stage.order("a fox", model="wan-v2-7-text-to-video", audio=True, locale="de")
    assert f"**{Translations(LOCALES).of('de')('name-audio')}**" in await stage.refusal(asked)
