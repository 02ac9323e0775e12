"""Results of the past: the file in the message that told of it, else a fresh link from the provider, else the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
from bot.domain.errors import Refusal
from bot.domain.ids import MessageId
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.records.history import PastOrder
from bot.services.delivery.delivery import file_stem
from bot.services.ordering.links import Links

from bot.chat.kit.files import stem

_LATER = "link-later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A result that was looked for: `file` can be played in a message, `link` opens it elsewhere.

    Neither: it is gone, or (`later`) nobody could tell just now.
    """

    generation: Generation
    file: str | None = None
    link: str | None = None
    later: bool = False


async def bring_back(client: discord.Client, links: Links, past: PastOrder) -> list[Back]:
    """The results of an order's successes, by ordinal. A message's links are fresh when the message is."""
    ready = [one for one in past.generations if one.state is GenerationState.SUCCEEDED]
    messages = {past.posts[one.id] for one in ready if one.id in past.posts}
    files: dict[str, str] = {}
    for message_id in messages:
        files.update(await _files(client, past, message_id))
    return [await _back(one, files.get(file_stem(past.order, one)), links) for one in ready]


async def _back(generation: Generation, file: str | None, links: Links) -> Back:
    if file is not None:
        return Back(generation=generation, file=file)
    try:
        return Back(generation=generation, link=await links.fresh(generation.id))
    except Refusal as refusal:
        return Back(generation=generation, later=refusal.key == _LATER)


async def _files(client: discord.Client, past: PastOrder, message_id: MessageId) -> Mapping[str, str]:
    """The files of the message by their names (`stem`); {} when it is gone, or Discord does not answer."""
    context = past.order.context
    channel: Any = client.get_partial_messageable(context.channel_id, guild_id=context.guild_id)
    try:
        message: discord.Message = await channel.fetch_message(message_id)
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return {}
    return {stem(one.filename): one.url for one in message.attachments}
