"""The buttons of a result message."""

import discord

from bot.chat.actor import actor
from bot.chat.controls import Interaction, RowButton, template
from bot.chat.desk import Desk
from bot.chat.ordering.naming import names_for
from bot.chat.ordering.placing import place
from bot.domain.errors import Refusal
from bot.domain.ids import OrderId
from bot.domain.input_files import InputGone
from bot.domain.messenger import TryLater
from bot.domain.orders.markup import texts_of
from bot.domain.orders.order import OrderRecord, PendingConfirmation, RequestContext


class TryAgain(RowButton, template=template("again")):
    """Orders again what failed of an order; for its requester and for moderators, and once."""

    verb = "again"
    style = discord.ButtonStyle.primary

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        who, order_id = actor(interaction), OrderId(self.row_id)
        await client.ordering.check_repeat(order_id, who.user_id, who.guild_id, moderator=who.moderator)
        await place(interaction, lambda context: _repeat(interaction, order_id, context))


async def _repeat(
    interaction: Interaction, order_id: OrderId, context: RequestContext
) -> OrderRecord | PendingConfirmation:
    """The same files are used again, from where the first order has them. Raises `Refusal` when they are gone."""
    client: Desk = interaction.client
    validated = await client.ordering.request_of(order_id)
    try:
        await client.input_files.fresh(validated.inputs if validated is not None else ())
    except InputGone as gone:
        raise Refusal("again-input-gone", number=str(gone.position)) from gone
    except TryLater as later:
        raise Refusal("luggage-unseen") from later
    names = await names_for(interaction, texts_of(validated) if validated is not None else ())
    return await client.ordering.repeat(order_id, context, names)
