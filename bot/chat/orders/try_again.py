"""The buttons of a result message."""

import discord
from bot.chat.kit.actor import actor
from bot.domain.errors import Refusal
from bot.domain.ids import OrderId, UserId
from bot.domain.orders.confirmation import PendingConfirmation
from bot.domain.orders.markup import texts_of
from bot.domain.orders.order import GenerationRequest, OrderRecord, RequestContext
from bot.services.ports import InputGone, TryLater

from bot.chat.kit.control import Control, Press
from bot.chat.kit.desk import Desk
from bot.chat.kit.replies import RUN
from bot.chat.kit.row_button import Interaction, RowButton, template
from bot.chat.orders.naming import names_for
from bot.chat.orders.placing import order, place


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


async def _run(press: Press) -> None:
    """Orders what a refusal suggested."""
    session_id = press.values["id"]
    request = press.services.sessions.find(session_id, UserId(press.interaction.user.id))
    if not isinstance(request, GenerationRequest):
        raise Refusal("lapsed")
    press.services.sessions.consume(session_id)
    await order(press.interaction, request)


CONTROLS = (Control(RUN, _run),)
