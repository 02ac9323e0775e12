"""What is stored about a member, for their eyes only, with the buttons that give them a copy or have it forgotten.

A press always concerns whoever pressed: there is nothing in these buttons that could be somebody else's.
"""

import asyncio
import io
from datetime import datetime

import discord
from bot.domain.errors import Refusal
from bot.domain.records.privacy import KEPT_FOR
from bot.services.privacy.privacy import Stored
from discord import ui, utils

from bot.chat.kit.actor import actor
from bot.chat.kit.control import Interaction, RowButton
from bot.chat.kit.desk import Desk
from bot.chat.kit.money import dollars
from bot.chat.kit.replies import acknowledge, defer
from bot.chat.kit.translation import Texts

_GREY, _RED = 0x6B7280, 0xDC2626
_ACTS = r"(?P<id>export|delete|here|everywhere|keep)"


class PrivacyButton(RowButton, template=rf"drover:privacy:{_ACTS}"):
    """In place of a row's id it carries what is to be done."""

    verb = "privacy"

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        match self.row_id:
            case "export":
                await _export(interaction, client)
            case "delete":
                await _ask(interaction, client)
            case "keep":
                await acknowledge(interaction)
                await show_panel(interaction, client)
            case _:
                await _forget(interaction, client, everywhere=self.row_id == "everywhere")


async def show_panel(interaction: Interaction, client: Desk) -> None:
    """Puts into the answer what is stored about whoever is behind the interaction."""
    who = actor(interaction)
    stored = await client.privacy.stored(who.user_id, who.guild_id)
    await interaction.edit_original_response(view=panel(stored, client.texts(interaction)))


async def _export(interaction: Interaction, client: Desk) -> None:
    user_id = actor(interaction).user_id
    await defer(interaction, ephemeral=True)
    export = await client.privacy.export(user_id)
    name, content = await asyncio.to_thread(export.file)
    if len(content) > interaction.filesize_limit:
        raise Refusal("privacy-too-large")
    await interaction.edit_original_response(
        content=client.texts(interaction)("privacy-exported"), attachments=[discord.File(io.BytesIO(content), name)]
    )


async def _ask(interaction: Interaction, client: Desk) -> None:
    who = actor(interaction)
    await acknowledge(interaction)
    stored = await client.privacy.stored(who.user_id, who.guild_id)
    await interaction.edit_original_response(view=question(stored, client.texts(interaction)))


async def _forget(interaction: Interaction, client: Desk, *, everywhere: bool) -> None:
    who = actor(interaction)
    await acknowledge(interaction)
    stored = await client.privacy.stored(who.user_id, who.guild_id)
    await client.privacy.forget(who.user_id, None if everywhere else who.guild_id)
    scope = "everywhere" if everywhere else "here"
    await interaction.edit_original_response(view=promise(stored, scope, client.texts(interaction)))


def panel(stored: Stored, texts: Texts) -> ui.LayoutView:
    """What is stored: here, altogether, for how long; and what can be done about it."""
    here, everything = stored.here, list(stored.everywhere.by_guild.values())
    lines = [
        texts("privacy-orders", count=here.orders, videos=str(here.videos), images=str(here.orders - here.videos)),
        texts("privacy-words", count=here.prompts, files=str(here.files)),
        texts("privacy-spent", spent=dollars(here.spent)),
        texts("privacy-acts", count=here.acts),
    ]
    if here.since is not None:
        lines.insert(1, texts("privacy-since", since=utils.format_dt(here.since, "D")))
    if stored.banned:
        lines.append(texts("privacy-banned"))
    retention = texts("privacy-retention", count=stored.retention) if stored.retention else texts("privacy-kept")
    orders = sum(one.orders for one in everything)
    parts = [
        f"### {texts('privacy-title')}",
        "\n".join(f"- {line}" for line in lines),
        retention,
        texts("privacy-everywhere", count=orders, guilds=str(sum(one.orders > 0 for one in everything))),
    ]
    asked_at = stored.everywhere.asked_at.get(here.guild_id)
    if asked_at is not None:
        parts.append(texts("privacy-asked", at=utils.format_dt(asked_at, "D"), until=_until(asked_at)))
    return _view(
        _GREY,
        parts,
        PrivacyButton("export", label=texts("privacy-export")),
        _danger("delete", texts("privacy-delete")),
    )


def question(stored: Stored, texts: Texts) -> ui.LayoutView:
    """What goes, what stays and why; and whether they mean it."""
    parts = [f"### {texts('privacy-delete-title')}", texts("privacy-delete-what"), texts("privacy-delete-stays")]
    if stored.here.open:
        parts.append(texts("privacy-delete-open", count=stored.here.open))
    return _view(
        _RED,
        parts,
        _danger("here", texts("privacy-delete-here")),
        _danger("everywhere", texts("privacy-delete-everywhere")),
        PrivacyButton("keep", label=texts("privacy-keep")),
    )


def promise(stored: Stored, scope: str, texts: Texts) -> ui.LayoutView:
    """What happens now."""
    parts = [f"### {texts('privacy-deleting-title')}", texts("privacy-deleting", scope=scope)]
    if stored.here.open:
        parts.append(texts("privacy-delete-open", count=stored.here.open))
    return _view(_GREY, parts)


def _danger(act: str, label: str) -> PrivacyButton:
    button = PrivacyButton(act, label=label)
    button.item.style = discord.ButtonStyle.danger
    return button


def _until(asked_at: datetime) -> str:
    return utils.format_dt(asked_at + KEPT_FOR, "D")


def _view(colour: int, parts: list[str], *buttons: PrivacyButton) -> ui.LayoutView:
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(colour))
    for part in parts:
        container.add_item(ui.TextDisplay(part))
    if buttons:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for button in buttons:
            row.add_item(button)
        container.add_item(row)
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view
