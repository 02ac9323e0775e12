"""Placing an order from an interaction: acknowledge, accept, draw the card. The same for commands and buttons."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.chat.actor import actor, missing_rights
from bot.chat.answers import BROKEN, think
from bot.chat.cards import order_card
from bot.chat.desk import Desk
from bot.domain.errors import Refusal
from bot.domain.order import Occasion, OrderRecord

log = logging.getLogger(__name__)

_QUICK = 0.5  # seconds: the acknowledgement is due within one, whatever the disk does


async def place(interaction: discord.Interaction[Any], accept: Callable[[Occasion], Awaitable[OrderRecord]]) -> None:
    """Lets `accept` take the order, with the answer to the interaction as its card.

    Raises `Refusal` where the bot could not post the result, or as `accept` does.
    """
    client: Desk = interaction.client
    missing = missing_rights(interaction)
    if missing:
        raise Refusal("cannot-post", missing=" ".join(missing))
    who = actor(interaction)
    with contextlib.suppress(TimeoutError):  # rather a public refusal later than a late acknowledgement
        async with asyncio.timeout(_QUICK):
            await client.ordering.check_payer(who.guild_id)
    card_id = await think(interaction)
    record = await accept(who.occasion(card_id))
    try:
        await interaction.edit_original_response(view=order_card(record, client.texts(interaction)))
    except (discord.HTTPException, *BROKEN) as error:  # the order stands; the card is drawn again by the loop
        log.warning("card not drawn", extra={"order": record.order.id, "error": type(error).__name__})
    else:
        await client.ordering.card_shown(record)
