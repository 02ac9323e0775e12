"""The buttons below cards, results and refusals."""

from contextlib import AbstractAsyncContextManager, nullcontext

import discord

from bot.chat.kit.components import AMBER, button, row
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import RUN, OfferedOrder, acknowledge, acknowledge_after, defer, say
from bot.chat.orders.cards import CANCEL, CONFIRM, FRESH_LINK, WITHDRAW
from bot.chat.orders.comparison import VOTE, with_counts
from bot.chat.orders.messages import TRY_AGAIN, TRY_SURELY
from bot.chat.orders.placing import card_token, draw, place, place_again
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, MessageId, OrderId, UserId


async def _cancel(press: Press) -> None:
    """Cancels an order; for its requester and for moderators. The card itself tells the rest."""
    context = press.context
    order_id = OrderId(press.values["id"])
    async with _on_card(press):
        cancelled = press.services.order_service.cancel(
            order_id, context.user_id, context.guild_id, moderator=context.moderator
        )
        await acknowledge_after(press.interaction, cancelled)


async def _confirm(press: Press) -> None:
    """The yes to a price, the requester's or a manager's: what was asked for becomes an order, in the same card."""
    context = press.context
    asked = context.with_card(press.interaction.message.id if press.interaction.message is not None else None)
    async with _on_card(press):
        confirmed = press.services.order_service.confirm(OrderId(press.values["id"]), asked, manager=context.manager)
        accepted = await acknowledge_after(press.interaction, confirmed)
    await draw(context, accepted)


def _on_card(press: Press) -> AbstractAsyncContextManager[None]:
    """Within the block the press is acknowledged; from then on the card that it is on is edited by its token."""
    interaction = press.interaction
    if interaction.message is None:
        return nullcontext()
    return press.services.card_editor.pressed(MessageId(interaction.message.id), card_token(interaction))


async def _withdraw(press: Press) -> None:
    """The no of whoever was asked."""
    context = press.context
    order_id, service = OrderId(press.values["id"]), press.services.order_service
    withdrawn = service.withdraw(order_id, context.asked, manager=context.manager)
    await acknowledge_after(press.interaction, withdrawn)
    await press.interaction.delete_original_response()


async def _fresh_link(press: Press) -> None:
    """Gives whoever presses it a link to a result that is not attached. Also in direct messages: it was handed over."""
    interaction, links = press.interaction, press.services.links
    await defer(interaction, ephemeral=True)
    generation_id = GenerationId(press.values["id"])
    if interaction.guild_id is not None:
        url = await links.fresh_in(GuildId(interaction.guild_id), generation_id)
    else:
        url = await links.fresh_for(UserId(interaction.user.id), generation_id)
    covered = await links.covered(generation_id)
    text = press.texts("link-fresh-covered" if covered else "link-fresh", url=url)
    await say(interaction, text)


async def _try_again(press: Press) -> None:
    """Orders again what failed of an order; what may have been charged is asked about first, and privately."""
    context, order_id, texts = press.context, OrderId(press.values["id"]), press.texts
    order_service = press.services.order_service
    booked = await order_service.may_be_paid_twice(order_id)
    if booked is None:
        await place_again(context, order_id)
        return
    await order_service.check_repeat(order_id, context.user_id, context.guild_id, moderator=context.moderator)
    price = booked.unclear
    warning = texts("again-twice", price=price) if price is not None else texts("again-twice-unknown")
    surely = button(TRY_SURELY(id=order_id), texts("again-surely"), discord.ButtonStyle.danger)
    await say(press.interaction, warning, row(surely), colour=AMBER)


async def _run(press: Press) -> None:
    """Orders what a refusal suggested."""
    session_id = press.values["id"]
    offer = press.front_end.sessions.find(session_id, UserId(press.interaction.user.id))
    if not isinstance(offer, OfferedOrder):
        raise Refusal("lapsed")
    press.front_end.sessions.consume(session_id)
    await place(press.context, offer.request, agreed=offer.price)


async def _vote(press: Press) -> None:
    """Counts the member's vote, and shows it on the buttons."""
    context, generation_id = press.context, GenerationId(press.values["id"])
    voting, message = press.services.voting, press.interaction.message
    if context.user_id in press.services.policy_service.known(context.guild_id).banned:
        raise Refusal("banned")
    await voting.cast(generation_id, context.guild_id, context.user_id)
    await acknowledge(press.interaction)
    if message is not None and await voting.turn(MessageId(message.id)):
        view = with_counts(message, await voting.counts(generation_id))
        await press.interaction.edit_original_response(view=view)


CONTROLS = (
    Control(CANCEL, _cancel),
    Control(CONFIRM, _confirm),
    Control(WITHDRAW, _withdraw),
    Control(FRESH_LINK, _fresh_link),
    Control(TRY_AGAIN, _try_again),
    Control(TRY_SURELY, lambda press: place_again(press.context, OrderId(press.values["id"]))),
    Control(RUN, _run),
    Control(VOTE, _vote),
)
