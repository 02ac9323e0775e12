"""Values to messages: styles one by one and in pages, and the message that keeps a style's pictures. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import CustomId, button, layout, row
from bot.chat.kit.words import escape_markdown, mention, quote, readable, value_word
from bot.domain.models.parameters import Json
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.styles import PLACEHOLDER, Style
from bot.texts import Texts

PAGE = 8  # styles
GO = CustomId("drover:styles:{page}", page="[0-9]{1,3}")
_NAME, _MODEL, _VALUE, _TEMPLATE = 60, 60, 60, 140  # characters
_VALUES = 6  # of a model's own settings


def style_list(
    styles: Sequence[Style], count: int, page: int, model_is_there: Callable[[str], bool], texts: Texts
) -> ui.LayoutView:
    """A page of `count` styles; pages count from 1."""
    pages = max(1, -(-count // PAGE))
    page = min(max(page, 1), pages)
    title = texts("style-list-title", count=count, page=str(page), pages=str(pages))
    entries = [_entry(style, model_is_there, texts) for style in styles]
    shown: list[ui.Item[Any] | str] = [f"### {title}", "\n".join(entries) or texts("style-list-none")]
    if pages > 1:
        before = button(GO(page=str(page - 1)), texts("style-list-before"), disabled=page == 1)
        after = button(GO(page=str(page + 1)), texts("style-list-after"), disabled=page == pages)
        shown.append(row(before, after))
    return layout(*shown)


def style_told(style: Style, texts: Texts) -> str:
    """What a style does, on a line; its template below."""
    return _entry(style, lambda _: True, texts)


def pictures_view(style: Style, pictures: Sequence[Attachment], texts: Texts) -> ui.LayoutView:
    """The message that keeps the pictures of a style. Refers to them by name."""
    items = [
        discord.MediaGalleryItem(f"attachment://{picture.name}", spoiler=picture.spoiler, description=style.name)
        for picture in pictures
    ]
    kept = texts("style-pictures", style=escape_markdown(style.name, _NAME), user=mention(style.saved_by))
    return layout(f"### {kept}", ui.MediaGallery(*items), f"-# {texts('style-pictures-kept')}")


def _entry(style: Style, model_is_there: Callable[[str], bool], texts: Texts) -> str:
    parts = [texts("style-whose", whose="server" if style.shared else "own")]
    if style.model is not None:
        name = escape_markdown(style.model_name or style.model, _MODEL)
        parts.append(name if model_is_there(style.model) else texts("style-model-gone", model=name))
    parts += _settings(style.settings, texts)
    own = [f"{readable(name, texts)}: {value_word(value, texts)}" for name, value in style.more.items()]
    parts += [escape_markdown(each, _VALUE) for each in own[:_VALUES]]
    if style.pictures:
        parts.append(texts("style-pictures-count", count=len(style.pictures)))
    line = f"**{escape_markdown(style.name, _NAME)}** · {' · '.join(parts)}"
    return (
        line if style.template == PLACEHOLDER else f"{line}\n{quote(style.template.replace(chr(10), ' '), _TEMPLATE)}"
    )


def _settings(settings: Mapping[str, Json], texts: Texts) -> list[str]:
    words: list[str] = []
    for name, value in settings.items():
        if name == "duration":
            words.append(texts("setting-seconds", seconds=str(value)))
        elif name == "audio":
            words.append(texts("setting-sound" if value else "setting-silent"))
        else:
            words.append(escape_markdown(str(value), _VALUE))
    return words
