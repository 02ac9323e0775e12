"""The buttons of a result message."""

import discord

from bot.chat.actor import actor
from bot.chat.answers import think
from bot.chat.controls import Interaction, RowButton, template
from bot.chat.desk import Desk
from bot.chat.placing import place
from bot.domain.ids import GenerationId, OrderId


class FreshLink(RowButton, template=template("link")):
    """Gives whoever presses it a link to a result that was too large to attach. The provider's links expire."""

    verb = "link"

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        await think(interaction, ephemeral=True)
        url = await client.links.fresh(GenerationId(self.row_id))
        await interaction.edit_original_response(content=client.texts(interaction)("link-fresh", url=url))


class TryAgain(RowButton, template=template("again")):
    """Orders again what failed of an order; for its requester and for moderators, and once."""

    verb = "again"
    style = discord.ButtonStyle.primary

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        who, order_id = actor(interaction), OrderId(self.row_id)
        await client.ordering.check_repeat(order_id, who.user_id, who.guild_id, moderator=who.moderator)
        await place(interaction, lambda occasion: client.ordering.repeat(order_id, occasion))
