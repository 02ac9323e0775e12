"""A result in the showcase: what its post looks like, and where it may not be."""

from collections.abc import Sequence

import discord
from discord import ui

from bot.chat.kit.components import GOLD, ROW_ID, CustomId, button, layout, row
from bot.chat.kit.context import CHANNELS
from bot.chat.kit.files import FileShown, stem
from bot.chat.kit.words import escape_markdown, mention, quote
from bot.chat.results.star import STAR, star_label
from bot.domain.models.slots import InputKind
from bot.domain.records.stars import Showpiece
from bot.services.delivery.delivery import file_stem
from bot.texts import Texts

HIDE = CustomId("drover:hide:{id}", id=ROW_ID)  # the id is the output's
_PROMPT, _MODEL = 300, 80  # characters
_FILES = 10  # in a gallery
_SHOWN = frozenset({InputKind.IMAGE, InputKind.VIDEO})


def showcase_view(piece: Showpiece, files: Sequence[FileShown], texts: Texts) -> ui.LayoutView:
    """The original's files (of a comparison its own), what was asked for, by whom, with what, and the way to it."""
    context, request = piece.order.context, piece.order.request
    own = file_stem(piece.order, piece.generation)
    gallery = [
        discord.MediaGalleryItem(file.url, spoiler=file.spoiler or request.spoiler)
        for file in files
        if file.kind in _SHOWN and (piece.order.compared_in is None or stem(file.name) == own)
    ]
    shown: list[ui.Item[ui.LayoutView] | str] = [ui.MediaGallery(*gallery[:_FILES])] if gallery else []
    if request.prompt:
        shown.append(quote(" ".join(request.prompt.split()), _PROMPT))
    url = f"https://discord.com/channels/{context.guild_id}/{context.channel_id}/{piece.original}"
    model = escape_markdown(request.model_name, _MODEL)
    shown.append(texts("showcase-line", model=model, user=mention(context.requester_id), url=url))
    star = button(STAR.id(id=piece.output), star_label(piece.stars, texts))
    shown.append(row(star, button(HIDE(id=piece.output), texts("showcase-hide"))))
    return layout(*shown, colour=GOLD)


def why_not(piece: Showpiece, guild: discord.Guild) -> str | None:
    """Why the result must not be in its showcase, for the log; None where it may be. From memory.

    What is covered, or from an age-restricted channel, is for age-restricted channels alone. What was made where not
    everybody looks in who sees the showcase stays there.
    """
    target = guild.get_channel(piece.channel_id)
    if not isinstance(target, CHANNELS):
        return None  # Discord says what is wrong
    source = guild.get_channel_or_thread(piece.order.context.channel_id)
    if not isinstance(source, CHANNELS) or (isinstance(source, discord.Thread) and source.parent is None):
        source = None  # gone, or a thread that is archived
    if (piece.order.request.spoiler or (source is not None and source.is_nsfw())) and not target.is_nsfw():
        return "for age-restricted channels"
    if piece.message_id is not None:
        return None
    if source is None or source.type is discord.ChannelType.private_thread:
        return "source channel is not visible to everybody here"
    for role in guild.roles:
        if target.permissions_for(role).view_channel and not source.permissions_for(role).view_channel:
            return "source channel is not visible to everybody here"
    return None
