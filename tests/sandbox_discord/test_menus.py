"""Commands of the context menu: right click on a message or a person, Apps."""

import io
from typing import Any

import pytest

from sandbox.discord.client import Community, File, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, Rest, RunBot, discord

Interaction = discord.Interaction
FILE = {"type": 11, "name": "file", "description": "d"}


async def test_a_message_command_gets_the_whole_message(run_bot: RunBot, community: Community, bot: Bot) -> None:
    seen: list[discord.Message] = []

    @bot.tree.context_menu(name="Animate this picture")
    async def animate(interaction: Interaction, message: discord.Message) -> None:
        seen.append(message)
        await interaction.response.send_message("on it", ephemeral=True)

    @bot.tree.context_menu(name="Who is it")
    async def who(interaction: Interaction, person: discord.Member) -> None:
        await interaction.response.send_message(f"{person.display_name}: {[role.name for role in person.roles]}")

    @bot.tree.command(description="Show a card")
    async def card(interaction: Interaction) -> None:
        view = discord.ui.LayoutView()
        view.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png")))
        await interaction.response.send_message(view=view, file=discord.File(io.BytesIO(b"a"), "a.png"))

    bo, dev = community.member("Bo", channel="general"), community.member("Dev", channel="general")
    async with run_bot(bot):
        assert await bo.commands() == ["card"]
        assert (await bo.commands(2), await bo.commands(3)) == (["Who is it"], ["Animate this picture"])
        picture = await dev.write("look", File("fox.png", b"fox"))
        used = await bo.menu("Animate this picture", picture)
        assert used.command == "Animate this picture"
        assert (seen[0].content, seen[0].author.global_name) == ("look", "Dev")
        assert await seen[0].attachments[0].read() == b"fox"
        made = await community.answer(await bo.slash("card"))
        await dev.menu("Animate this picture", made)
        (gallery,) = seen[1].components
        assert gallery.items[0].media.attachment_id == int(made.attachments[0].id)
        about = await community.answer(await bo.menu("Who is it", "Cleo"))
        assert about.text == "Cleo: ['@everyone', 'Moderator']"


async def test_a_menu_opens_only_where_its_command_may_be_used(run_bot: RunBot, community: Community, bot: Bot) -> None:
    @bot.tree.context_menu(name="Animate this picture")
    async def animate(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message("for you", ephemeral=True)

    @bot.tree.context_menu(name="Remove")
    @discord.app_commands.default_permissions(manage_messages=True)
    async def remove(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message("gone")

    bo, cleo = community.member("Bo", channel="general"), community.member("Cleo", channel="general")
    async with run_bot(bot):
        message = await bo.write("hello")
        private = await community.answer(await bo.menu("Animate this picture", message))
        with pytest.raises(Refused, match="only one person sees it"):
            await bo.menu("Animate this picture", private)
        with pytest.raises(Refused, match="sees no message"):
            await cleo.menu("Animate this picture", private)
        with pytest.raises(Refused, match="default_member_permissions"):
            await bo.menu("Remove", message)
        assert (await bo.commands(3), await cleo.commands(3)) == (
            ["Animate this picture"],
            ["Animate this picture", "Remove"],
        )
        assert (await cleo.menu("Remove", message)).acknowledged
        await community.delete_message(message.id)
        with pytest.raises(Refused, match="sees no message"):
            await bo.menu("Animate this picture", message)


async def test_forwarded_pictures_and_links_are_no_attachments(
    run_bot: RunBot, community: Community, bot: Bot, sandbox: DiscordSandbox
) -> None:
    seen: list[discord.Message] = []

    @bot.tree.context_menu(name="Animate this picture")
    async def animate(interaction: Interaction, message: discord.Message) -> None:
        seen.append(message)
        await interaction.response.send_message("looked", ephemeral=True)

    bo, dev = community.member("Bo", channel="general"), community.member("Dev", channel="video-lab")
    async with run_bot(bot):
        picture = await bo.write("", File("fox.png", b"fox"))
        assert picture.content == ""
        await dev.menu("Animate this picture", await dev.forward(picture))
        assert (seen[0].content, seen[0].attachments, seen[0].flags.forwarded) == ("", [], True)
        await community.delete_message(picture.id)
        (snapshot,) = seen[0].message_snapshots
        assert await snapshot.attachments[0].read() == b"fox"
        await community.delete_message(str(seen[0].id))
        assert not sandbox.world.attachments
        await dev.menu("Animate this picture", await dev.write("see https://example.com/fox.png"))
        assert seen[1].attachments == []
        assert seen[1].embeds[0].thumbnail.url == "https://example.com/fox.png"
        private = await community.answer(await dev.menu("Animate this picture", await dev.write("x")))
        with pytest.raises(Refused, match="cannot be forwarded"):
            await dev.forward(private)
        with pytest.raises(Refused, match="at most 10 files"):
            await dev.write("", *[File("a.png")] * 11)
        await community.permit(channel="video-lab", target="Dev", deny=["ATTACH_FILES"])
        with pytest.raises(Refused, match="cannot attach files"):
            await dev.write("", File("a.png"))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "x" * 33, "type": 3}, "name"),
        ({"name": "Look", "type": 3, "description": "d"}, "description"),
        ({"name": "Look", "type": 2, "options": [{"type": 3, "name": "o", "description": "d"}]}, "options"),
        ({"name": "x", "description": "d", "options": [{**FILE, "file_types": ["doc"]}]}, "options"),
    ],
)
async def test_what_cannot_be_registered(rest: Rest, sandbox: DiscordSandbox, form: Any, field: str) -> None:
    status, body = await rest("PUT", f"/applications/{sandbox.application_id}/commands", [form])
    assert (status, list(body["errors"]["0"])) == (400, [field])


async def test_fifteen_of_each_menu(rest: Rest, sandbox: DiscordSandbox) -> None:
    path = f"/applications/{sandbox.application_id}/commands"
    forms = [{"name": f"Do no. {n}", "type": kind} for kind in (2, 3) for n in range(15)]
    assert len((await rest("PUT", path, forms))[1]) == 30
    assert (await rest("PUT", path, [*forms, {"name": "Too many", "type": 3}]))[1]["code"] == 30032
