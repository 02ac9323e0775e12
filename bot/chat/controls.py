"""Buttons that outlive the process: their custom_id carries the id, and every press is checked against the rows."""

import re
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot.chat.actor import actor
from bot.domain.errors import Refusal
from bot.domain.ids import ID_LENGTH, GenerationId, OrderId

if TYPE_CHECKING:
    from bot.chat.client import DroverClient


class CancelOrder(
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=rf"drover:cancel:(?P<order>[0-9a-z]{{{ID_LENGTH}}})",
):
    """Cancels an order; for its requester and for moderators."""

    def __init__(self, order_id: OrderId, *, label: str | None = None, disabled: bool = False) -> None:
        super().__init__(
            ui.Button(
                label=label,
                style=discord.ButtonStyle.secondary,
                custom_id=f"drover:cancel:{order_id}",
                disabled=disabled,
            )
        )
        self.order_id = order_id

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the library's signature
        item: ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        return cls(OrderId(match["order"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        client: DroverClient = interaction.client
        who = actor(interaction)
        try:
            await client.ordering.cancel(self.order_id, who.user_id, who.guild_id, moderator=who.moderator)
        except Refusal as refusal:
            await client.refuse(interaction, refusal)
        else:
            await interaction.response.defer()  # the card itself tells the rest


class FreshLink(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"drover:link:(?P<generation>[0-9a-z]{{{ID_LENGTH}}})",
):
    """Gives whoever presses it a link to a result that was too large to attach. The provider's links expire."""

    def __init__(self, generation_id: GenerationId, *, label: str | None = None) -> None:
        super().__init__(
            ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"drover:link:{generation_id}")
        )
        self.generation_id = generation_id

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the library's signature
        item: ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        return cls(GenerationId(match["generation"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        client: DroverClient = interaction.client
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            url = await client.links.fresh(self.generation_id)
        except Refusal as refusal:
            await client.refuse(interaction, refusal)
        else:
            text = client.texts(interaction)("link-fresh", url=url)
            await interaction.edit_original_response(content=text)
