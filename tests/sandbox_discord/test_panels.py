"""Messages with selects and buttons: private panels, pages, what becomes of them later."""

import asyncio
from typing import Any

import pytest

from sandbox.discord.client import Community, Refused
from sandbox.discord.server import DiscordSandbox
from tests.sandbox_discord.kit import Bot, RunBot, discord

Interaction = discord.Interaction
ui = discord.ui


class Panel(ui.View):
    """Every kind of select, each telling what was chosen by editing the panel."""

    def __init__(self, here: discord.abc.GuildChannel, me: discord.abc.User) -> None:
        super().__init__(timeout=None)
        choices = [discord.SelectOption(label=f"Model {n}", value=f"m{n}", default=n == 1) for n in range(25)]
        self.add(ui.Select(placeholder="Model", options=choices, max_values=3))
        self.add(ui.UserSelect(placeholder="People", min_values=0, max_values=2, default_values=[me]))
        self.add(ui.RoleSelect(placeholder="Roles"))
        self.add(ui.MentionableSelect(placeholder="Anybody", max_values=2))
        self.add(
            ui.ChannelSelect(placeholder="Places", default_values=[here], channel_types=[discord.ChannelType.text])
        )

    def add(self, select: Any) -> None:
        async def chosen(interaction: Interaction) -> None:
            values = [getattr(one, "name", one) for one in select.values]
            await interaction.response.edit_message(content=f"{select.placeholder}: {', '.join(values)}")

        select.callback = chosen
        self.add_item(select)


async def test_a_private_panel_of_selects_is_edited_in_place(
    run_bot: RunBot, community: Community, bot: Bot, sandbox: DiscordSandbox
) -> None:
    @bot.tree.command(description="Settings")
    async def settings(interaction: Interaction) -> None:
        view = Panel(interaction.channel, interaction.user)
        await interaction.response.send_message("panel", view=view, ephemeral=True)

    bo = community.member("Bo", channel="general")
    async with run_bot(bot):
        panel = await community.answer(await bo.slash("settings"))
        assert panel.ephemeral
        models, people, _, _, places = panel.selects
        assert (models.labels[3], models.chosen, models.maximum) == ("Model 3", ("m1",), 3)
        assert people.chosen == (str(next(one.id for one in sandbox.world.users.values() if one.name == "Bo")),)
        assert places.chosen == (panel.channel_id,)
        for select, values, said in (
            ("Model", ("Model 3", "m4"), "Model: m3, m4"),
            ("People", ("Ada", "Cleo"), "People: ada, cleo"),
            ("People", (), "People: "),
            ("Roles", ("Moderator",), "Roles: Moderator"),
            ("Anybody", ("Dev", "Filmmaker"), "Anybody: dev, Filmmaker"),
            ("Places", ("video-lab",), "Places: video-lab"),
        ):
            used = await bo.select(panel, select, *values)
            assert (used.acknowledged, used.callback_type) == (True, 7)
            panel = await bo.see(panel)
            assert panel.text == said.strip()
        for wrong in (("Model", "m1", "m2", "m3", "m4"), ("Model", "m99"), ("Model",), ("Roles", "Nobody"),
                      ("People", "Eli"), ("Places", "Club"), ("Model", "m1", "m1"), ("Colour", "red")):  # fmt: skip
            with pytest.raises(Refused):
                await bo.select(panel, *wrong)
        with pytest.raises(Refused, match="sees no message"):
            await community.member("Cleo").select(panel, "Model", "m1")
        assert [one.text for one in await community.member("Cleo", channel="general").messages()] == []


class Pages(discord.ui.DynamicItem[ui.Button], template=r"page:(?P<number>\d+)"):
    """A button that outlives the process: all it needs is in its custom_id."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label="Next", custom_id=f"page:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, _item: Any, match: Any) -> "Pages":
        return cls(int(match["number"]))

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.edit_message(view=page(self.number + 1, interaction.user.name))


def page(number: int, who: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    row: Any = ui.ActionRow()
    row.add_item(Pages(number))
    view.add_item(ui.Container(ui.TextDisplay(f"page {number} for {who}"), row))
    return view


async def test_buttons_outlive_the_process_and_are_for_everybody(
    run_bot: RunBot, community: Community, bot: Bot
) -> None:
    @bot.tree.command(description="Browse")
    async def browse(interaction: Interaction) -> None:
        await interaction.response.send_message(view=page(1, interaction.user.name))

    bot.add_dynamic_items(Pages)
    bo, cleo = community.member("Bo", channel="general"), community.member("Cleo")
    async with run_bot(bot):
        shown = await community.answer(await bo.slash("browse"))
        await bo.press(shown, "Next")
        assert (await bo.see(shown)).text == "page 2 for bo"
    await community.advance(7 * 24 * 3600)
    later = Bot()
    later.add_dynamic_items(Pages)
    async with run_bot(later):
        pressed = await cleo.press(shown, "page:2")
        assert (pressed.callback_type, (await bo.see(shown)).text) == (7, "page 3 for cleo")
        with pytest.raises(Refused, match="no such component; it has \\['Next'\\]"):
            await cleo.press(shown, "page:2")


async def test_a_message_that_is_deleted_cannot_be_updated(run_bot: RunBot, community: Community, bot: Bot) -> None:
    pressed, deleted = asyncio.Event(), asyncio.Event()
    codes: list[int] = []

    class One(ui.View):
        @ui.button(label="Go")
        async def go(self, interaction: Interaction, _button: Any) -> None:
            pressed.set()
            await deleted.wait()
            with pytest.raises(discord.NotFound) as gone:
                await interaction.response.edit_message(content="never")
            codes.append(gone.value.code)
            await interaction.response.send_message("too late", ephemeral=True)

    @bot.tree.command(description="Show")
    async def show(interaction: Interaction) -> None:
        await interaction.response.send_message("card", view=One(timeout=None))

    bo = community.member("Bo", channel="general")
    async with run_bot(bot):
        card = await community.answer(await bo.slash("show"))
        pressing = asyncio.create_task(bo.press(card, "Go"))
        await pressed.wait()
        await community.delete_message(card.id)
        deleted.set()
        assert (await community.answer(await pressing)).text == "too late"
        with pytest.raises(Refused, match="sees no message"):
            await bo.press(card, "Go")
    assert codes == [10008]
