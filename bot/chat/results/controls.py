"""The buttons of a result message."""

import discord

from bot.chat.actor import actor
from bot.chat.controls import Interaction, RowButton, template
from bot.chat.desk import Desk
from bot.chat.ordering.placing import place
from bot.domain.errors import Refusal
from bot.domain.ids import OrderId
from bot.domain.orders.draft import Draft
from bot.domain.orders.order import Occasion, OrderRecord
from bot.services.ports import InputGone, TryLater


class TryAgain(RowButton, template=template("again")):
    """Orders again what failed of an order; for its requester and for moderators, and once."""

    verb = "again"
    style = discord.ButtonStyle.primary

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        who, order_id = actor(interaction), OrderId(self.row_id)
        await client.ordering.check_repeat(order_id, who.user_id, who.guild_id, moderator=who.moderator)
        await place(interaction, lambda occasion: _repeat(client, order_id, occasion))


async def _repeat(client: Desk, order_id: OrderId, occasion: Occasion) -> OrderRecord | Draft:
    """The same files are used again, from where the first order has them. Raises `Refusal` when they are gone."""
    try:
        await client.luggage.fresh(await client.ordering.inputs_of(order_id))
    except InputGone as gone:
        raise Refusal("again-input-gone", number=str(gone.position)) from gone
    except TryLater as later:
        raise Refusal("luggage-unseen") from later
    return await client.ordering.repeat(order_id, occasion)
