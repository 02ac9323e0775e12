"""The buttons and the select of `/history`: what they need is in their custom_id, so they work a week later.

Who presses is checked against the rows each time.
"""

from collections.abc import Mapping, Sequence

import discord

from bot.chat.history.views import GO, OPEN, FoundResult, Place, history_view, order_view
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.errors import BROKEN
from bot.chat.kit.files import stem
from bot.chat.kit.replies import acknowledge
from bot.domain.errors import Refusal
from bot.domain.ids import MessageId
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.records.reports import PastOrder
from bot.services.delivery.delivery import file_stem
from bot.services.ordering.history import Reader

_LATER = "link-later"


def reader(context: InteractionContext) -> Reader:
    return Reader(guild_id=context.guild_id, user_id=context.user_id, moderator=context.moderator)


async def show_page(context: InteractionContext, place: Place) -> None:
    """Puts the page in the place of the answer; acknowledges a press first. Raises `Refusal`."""
    history, interaction = context.services.looking_back, context.interaction
    page = await history.page(reader(context), place.member, place.words, place.way, place.start)
    if not interaction.response.is_done():
        await acknowledge(interaction)
    await interaction.edit_original_response(view=history_view(page, place, context.texts))


async def show_order(context: InteractionContext, name: str, place: Place | None) -> None:
    """Puts an order, with its results, in the place of the answer; acknowledges a press first. Raises `Refusal`."""
    interaction = context.interaction
    past: PastOrder = await context.services.looking_back.open(reader(context), name)
    if not interaction.response.is_done():
        await acknowledge(interaction)
    results = await _results(context, past)
    await interaction.edit_original_response(view=order_view(past, results, place, context.texts))


async def _results(context: InteractionContext, past: PastOrder) -> Sequence[FoundResult]:
    """The results of an order's successes, by ordinal: the file in the message that told of it, else a fresh link from
    the provider, else the truth. A message's links are fresh when the message is.
    """
    ready = [one for one in past.generations if one.state is GenerationState.SUCCEEDED]
    files: dict[str, str] = {}
    for message_id in {past.posts[one.id] for one in ready if one.id in past.posts}:
        files.update(await _files(context.interaction.client, past, message_id))

    async def found(generation: Generation) -> FoundResult:
        file = files.get(file_stem(past.order, generation))
        if file is not None:
            return FoundResult(generation=generation, file=file)
        try:
            return FoundResult(generation=generation, link=await context.services.links.fresh(generation.id))
        except Refusal as refusal:
            return FoundResult(generation=generation, later=refusal.key == _LATER)

    return [await found(one) for one in ready]


async def _files(client: discord.Client, past: PastOrder, message_id: MessageId) -> Mapping[str, str]:
    """The files of the message by their names (`stem`); {} when it is gone, or Discord does not answer."""
    context = past.order.context
    channel = client.get_partial_messageable(context.channel_id, guild_id=context.guild_id)
    try:
        message = await channel.fetch_message(message_id)
    except (discord.HTTPException, *BROKEN):
        return {}
    return {stem(one.filename): one.url for one in message.attachments}


async def _go(press: Press) -> None:
    await show_page(press.context(), Place.load(press.values))


async def _open(press: Press) -> None:
    await show_order(press.context(), press.chosen[0], Place.load(press.values))


CONTROLS = (Control(GO, _go), Control(OPEN, _open))
