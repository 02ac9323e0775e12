"""Results of ours that were too large to attach: they are at the provider, and a button of their message names them.

Its links expire, so an order keeps the result's name in the place of a URL, and a link is asked for when the order is
sent. No member can write such a name: it is made here, from a message of ours.
"""

import re
from collections.abc import Iterable, Iterator

import discord
from bot.domain.ids import GenerationId, GuildId
from bot.domain.models.catalogue import MediaKind
from bot.services.ordering.links import Links

from bot.chat.kit.files import FileShown
from bot.chat.kit.input_files import result_url
from bot.chat.kit.row_button import template

_SUFFIXES = {MediaKind.VIDEO: "mp4", MediaKind.IMAGE: "png"}
_BUTTON = re.compile(template("link"))


async def large_results(message: discord.Message, guild_id: GuildId, links: Links) -> list[FileShown]:
    """The results that the message of ours only links to; the rows of the guild's orders tell what each of them is."""
    found: list[FileShown] = []
    for button in _buttons(message.components):
        match = _BUTTON.fullmatch(button.custom_id or "")
        validated = await links.request_in(guild_id, GenerationId(match["id"])) if match is not None else None
        if match is not None and validated is not None:
            number = len(found) + 1
            url, name = result_url(GenerationId(match["id"])), f"result-{number}.{_SUFFIXES[validated.kind]}"
            found.append(FileShown(id=number, url=url, name=name, spoiler=validated.spoiler))
    return found


def _buttons(components: Iterable[discord.Component]) -> Iterator[discord.Button]:
    for row in components:
        if isinstance(row, discord.ActionRow):
            yield from (child for child in row.children if isinstance(child, discord.Button))
