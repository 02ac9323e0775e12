"""An order whose price its requester has to say yes to: the card that asks, and its two buttons."""

import logging
from datetime import timedelta

import discord
from discord import ui

from bot.chat.actor import actor
from bot.chat.answers import BROKEN, acknowledge
from bot.chat.controls import Interaction, RowButton, template
from bot.chat.desk import Desk
from bot.chat.ordering.cards import add_request, order_card
from bot.chat.prices import dollars, payer_words, price_line
from bot.chat.translation import Texts
from bot.domain.ids import OrderId
from bot.domain.orders.order import CONFIRMATION_LIFETIME, ConfirmationState, OrderRecord, PendingConfirmation

log = logging.getLogger(__name__)

_AMBER, _GREY = 0xF59E0B, 0x6B7280
_MINUTES = CONFIRMATION_LIFETIME // timedelta(minutes=1)


class ConfirmPrice(RowButton, template=template("confirm")):
    """The requester's yes: the pending confirmation becomes an order, in the same card."""

    verb = "confirm"
    style = discord.ButtonStyle.primary

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        card_id = interaction.message.id if interaction.message is not None else None
        accepted = await client.ordering.confirm(OrderId(self.row_id), actor(interaction).context(card_id))
        try:
            await acknowledge(interaction)
            card = await accepted_card(accepted, client, client.texts(interaction))
            await interaction.edit_original_response(view=card)
        except (discord.HTTPException, *BROKEN) as error:  # it stands, and its card is drawn again by a loop
            log.warning("card not drawn", extra={"order": accepted.order.id, "error": type(error).__name__})
        else:
            if isinstance(accepted, OrderRecord):
                await client.ordering.card_shown(accepted)


class WithdrawOrder(RowButton, template=template("withdraw")):
    """The requester's no."""

    verb = "withdraw"

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        who = actor(interaction)
        await client.ordering.withdraw(OrderId(self.row_id), who.user_id, who.guild_id)
        await acknowledge(interaction)
        await interaction.delete_original_response()


async def accepted_card(accepted: OrderRecord | PendingConfirmation, client: Desk, texts: Texts) -> ui.LayoutView:
    """The card of an order, with its place in the queue, or of what may become one."""
    if isinstance(accepted, PendingConfirmation):
        return confirmation_card(accepted, texts)
    return order_card(await client.queueing.placed(accepted), texts)


def confirmation_card(confirmation: PendingConfirmation, texts: Texts) -> ui.LayoutView:
    """What was asked for, what it costs, why it asks, and how long a yes counts; or that the time is over."""
    order, open_ = confirmation.order, confirmation.state is ConfirmationState.OPEN
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_AMBER if open_ else _GREY))
    price = price_line(order.request, texts)
    money = f"{price} · {payer_words(order.payer, texts)}" if open_ else price
    add_request(container, order.request, order.context, money, texts)
    container.add_item(ui.Separator())
    if open_:
        container.add_item(ui.TextDisplay(f"{_why(confirmation, texts)} {texts('draft-asks', minutes=_MINUTES)}"))
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        row.add_item(ConfirmPrice(order.id, label=texts("draft-confirm")))
        row.add_item(WithdrawOrder(order.id, label=texts("draft-withdraw")))
        container.add_item(row)
    else:
        container.add_item(ui.TextDisplay(texts("draft-lapsed")))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def _why(confirmation: PendingConfirmation, texts: Texts) -> str:
    if confirmation.before is not None and confirmation.cost is not None:
        before = confirmation.before * confirmation.order.request.count
        return texts("draft-why-changed", before=dollars(before), price=dollars(confirmation.cost))
    if confirmation.cost is None:
        return texts("draft-why-unknown")
    if confirmation.above:
        return texts("draft-why-above", above=dollars(confirmation.above))
    return texts("draft-why-always")
