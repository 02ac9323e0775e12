"""/about, and how commands are named and described."""

import pytest

from bot.domain.models.catalogue import MediaKind
from bot.settings import LOCALES
from bot.texts import Translations
from tests.e2e.kit import Harness

MENU = {"Animate this picture", "Edit this picture", "Use as reference", "Extend this video", "Upscale"} | {
    "Delete this result",
    "Report this result",
}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_about_says_what_it_is_and_who_pays(harness: Harness) -> None:
    about = await harness.use("about", channel="lobby")
    assert about.only_for == "Bo"
    assert "owner of this bot pays" in about.text
    await harness.bill("game-night", user="Cleo", channel="lobby")
    about = await harness.use("about", channel="lobby")
    assert "**game-night**" in about.text
    for command in ("video", "image", "queue", "cancel", "usage", "history", "privacy", "settings"):
        assert f"</{command}:" in about.text
    catalogue = await harness.catalogue()
    orderable = {model.id for kind in MediaKind for model in catalogue.of_kind(kind)}
    offered = {model.id for model in catalogue.find("", limit=len(catalogue))}
    assert orderable < offered  # some need more than a prompt: a file, which can be given
    assert f"any of {len(offered)} models" in about.text


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "de", "fr"])
async def test_commands_are_described_in_the_members_language(harness: Harness, locale: str) -> None:
    texts = Translations(LOCALES).of(locale)
    offered = {
        one["name"]: one for one in await harness.community.commands(user="Cleo", channel="lobby", locale=locale)
    }
    assert offered.keys() >= {"video", "settings", "setup"} | MENU
    for name, command in offered.items():
        if name in MENU:
            continue
        assert command.get("name_localized", name) == texts(f"name-{name}")
        assert command.get("description_localized", command["description"]) == texts(f"command-{name}")


async def test_a_refusal_names_options_as_the_member_sees_them(harness: Harness) -> None:
    asked = await harness.order("a fox", model="kling-video-v2-6-pro-text-to-video", seed=1, locale="de", force=True)
    assert "**seed**" in await harness.refusal(asked)
    asked = await harness.order("a fox", model="wan-v2-7-text-to-video", audio=True, locale="de")
    assert f"**{Translations(LOCALES).of('de')('name-audio')}**" in await harness.refusal(asked)
