"""The buttons and the select of `/history`: what they need is in their custom_id, so they work a week later.

Who presses is checked against the rows each time.
"""

import contextlib
from dataclasses import replace

from bot.chat.history.views import AGAIN, GO, OPEN, FoundResult, HistoryCursor, history_view, order_view, pictured
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control
from bot.chat.kit.errors import CALL_FAILED
from bot.chat.kit.files import stem
from bot.chat.kit.replies import acknowledge
from bot.chat.results.again import order_again
from bot.chat.results.details import previews_of
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.domain.orders.generation import GenerationState
from bot.domain.records.reports import PastOrder
from bot.services.delivery.delivery import file_stem

_LATER = "link-later"
_REQUESTS = 2  # of Discord's fifty a second, for the pictures of a page


async def show_page(context: InteractionContext, place: HistoryCursor) -> None:
    """Puts the page in the place of the answer; acknowledges a press first. Raises `Refusal`."""
    history, interaction = context.services.order_history, context.interaction
    page = await history.page(context.reader, place.member, place.words, place.way, place.start)
    if not interaction.response.is_done():
        await acknowledge(interaction)
    previews = await previews_of(context, pictured(page), requests=_REQUESTS)
    await interaction.edit_original_response(view=history_view(page, place, previews, context.texts))


async def show_order(context: InteractionContext, name: str, place: HistoryCursor | None) -> None:
    """Puts an order, with its results, in the place of the answer; acknowledges a press first. Raises `Refusal`."""
    interaction = context.interaction
    past: PastOrder = await context.services.order_history.open(context.reader, name)
    if not interaction.response.is_done():
        await acknowledge(interaction)

    lineage = await context.services.order_history.lineage(past)

    # A message's links are fresh when the message is. It may be gone, or Discord may not answer.
    shown = past.order.deleted_at is None
    ready = [one for one in past.generations if shown and one.state is GenerationState.SUCCEEDED]
    asked = past.order.context
    channel = interaction.client.get_partial_messageable(asked.channel_id, guild_id=asked.guild_id)
    files: dict[str, str] = {}
    for message_id in {past.posts[one.id] for one in ready if one.id in past.posts}:
        with contextlib.suppress(*CALL_FAILED):
            message = await channel.fetch_message(message_id)
            files.update({stem(one.filename): one.url for one in message.attachments})

    # Of each success the file in the message that told of it, else a fresh link from the provider, else the truth.
    results: list[FoundResult] = []
    for one in ready:
        found = FoundResult(generation=one, file=files.get(file_stem(past.order, one)))
        if found.file is None:
            try:
                found = replace(found, link=await context.services.links.fresh(one.id))
            except Refusal as refusal:
                found = replace(found, later=refusal.key == _LATER)
        results.append(found)
    await interaction.edit_original_response(view=order_view(past, lineage, results, place, context.texts))


CONTROLS = (
    Control(AGAIN, lambda press: order_again(press, GenerationId(press.chosen[0]))),
    Control(GO, lambda press: show_page(press.context, HistoryCursor.load(press.values))),
    Control(OPEN, lambda press: show_order(press.context, press.chosen[0], HistoryCursor.load(press.values))),
)
