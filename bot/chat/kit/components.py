"""Buttons and selects that outlive the process: what a press of one means stands in its custom_id."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import discord
from discord import ui

from bot.chat.kit.context import Interaction
from bot.domain.ids import ID_LENGTH

ROW_ID = rf"[0-9a-z]{{{ID_LENGTH}}}"
MOST_CHOSEN = 25  # Discord's limit for selects
MOST_TEXT = 4000  # characters of all texts of a message of components: Discord's limit
TEXT_CHANNELS = (discord.ChannelType.text, discord.ChannelType.news)
BLUE, GREEN, RED, GREY, AMBER, GOLD = 0x3B82F6, 0x22C55E, 0xEF4444, 0x6B7280, 0xF59E0B, 0xEAB308
_FIELD = re.compile(r"\{(\w+)\}")


class CustomId:
    """What the custom_ids of one kind of control look like: a template, and a regular expression for each value.

    `CustomId("drover:cancel:{id}", id=ROW_ID)` makes "drover:cancel:…" and takes it apart again.
    """

    def __init__(self, template: str, **values: str) -> None:
        names = _FIELD.findall(template)
        if set(names) != set(values):
            raise ValueError(f"the template {template} and its values {[*values]} do not fit")
        self.template = template
        self.values = values

    def __call__(self, **values: str) -> str:
        """The custom_id that says this."""
        return self.template.format(**values)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(_FIELD.sub(lambda name: f"(?P<{name[1]}>{self.values[name[1]]})", self.template), re.DOTALL)

    def parse(self, custom_id: str) -> Mapping[str, str] | None:
        """What the custom_id says; None for one of another kind."""
        match = self.pattern.fullmatch(custom_id)
        return match.groupdict() if match is not None else None


class PersistentItem(ui.DynamicItem[ui.Item[Any]], template=re.compile(r"drover:.+", re.DOTALL)):
    """Any button or select of ours in a message. The client's `controls` know what a press of it does.

    discord.py keeps no view in memory whose items are all of this kind.
    """

    @classmethod
    async def from_custom_id(cls, _: Interaction, item: ui.Item[Any], __: re.Match[str], /) -> Self:
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        await interaction.client.controls.handle(interaction)

    @classmethod
    def owns(cls, custom_id: str) -> bool:
        """Whether discord.py brings presses of it here."""
        return cls.__discord_ui_compiled_template__.fullmatch(custom_id) is not None


def custom_ids(message: discord.Message) -> Iterator[str]:
    """Of all controls in the message, in the order in which they are shown."""

    def within(parts: Iterable[Any]) -> Iterator[str]:
        for part in parts:
            if getattr(part, "custom_id", None):
                yield part.custom_id
            yield from within(getattr(part, "children", ()))

    return within(message.components)


def with_labels(message: discord.Message, labels: Mapping[str, Callable[[str], str]]) -> ui.View | ui.LayoutView:
    """The components of the message as they are, with what `labels` make of the labels of buttons with these ids."""
    view = (ui.LayoutView if message.flags.components_v2 else ui.View).from_message(message, timeout=None)
    for item in view.walk_children():
        if isinstance(item, ui.Button) and (label := labels.get(item.custom_id or "")) is not None:
            item.label = label(item.label or "")
    view.stop()  # discord.py keeps no view in memory that is over, and presses are brought to us all the same
    return view


def button(
    custom_id: str,
    label: str | None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    disabled: bool = False,
) -> PersistentItem:
    return PersistentItem(ui.Button(label=label, style=style, custom_id=custom_id, disabled=disabled))


def select(
    custom_id: str, placeholder: str | None, options: list[discord.SelectOption], *, least: int = 1, most: int = 1
) -> PersistentItem:
    """A select among options; those that are settled are marked as default."""
    return PersistentItem(
        ui.Select(custom_id=custom_id, placeholder=placeholder, options=options, min_values=least, max_values=most)
    )


def role_select(
    custom_id: str, placeholder: str, chosen: Iterable[int] = (), *, least: int = 0, most: int = MOST_CHOSEN
) -> PersistentItem:
    """A select of the server's roles; `chosen` are those that are settled."""
    defaults = _defaults(chosen, discord.SelectDefaultValueType.role)
    return PersistentItem(
        ui.RoleSelect(
            custom_id=custom_id, placeholder=placeholder, min_values=least, max_values=most, default_values=defaults
        )
    )


def user_select(
    custom_id: str, placeholder: str, chosen: Iterable[int] = (), *, least: int = 0, most: int = MOST_CHOSEN
) -> PersistentItem:
    defaults = _defaults(chosen, discord.SelectDefaultValueType.user)
    return PersistentItem(
        ui.UserSelect(
            custom_id=custom_id, placeholder=placeholder, min_values=least, max_values=most, default_values=defaults
        )
    )


def channel_select(
    custom_id: str,
    placeholder: str,
    types: Sequence[discord.ChannelType],
    chosen: Iterable[int] = (),
    *,
    least: int = 0,
    most: int = MOST_CHOSEN,
) -> PersistentItem:
    """A select of channels of these types."""
    return PersistentItem(
        ui.ChannelSelect(
            custom_id=custom_id,
            placeholder=placeholder,
            channel_types=[*types],
            min_values=least,
            max_values=most,
            default_values=_defaults(chosen, discord.SelectDefaultValueType.channel),
        )
    )


def _defaults(ids: Iterable[int], kind: discord.SelectDefaultValueType) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=each, type=kind) for each in sorted(ids)[:MOST_CHOSEN]]


def row(*items: ui.Item[Any]) -> ui.ActionRow[ui.LayoutView]:
    made: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for item in items:
        made.add_item(item)
    return made


def box(items: Iterable[ui.Item[Any] | str], colour: int) -> ui.Container[ui.LayoutView]:
    """These items in one container with a bar of this colour, of which a text is shown as it is."""
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(colour))
    for item in items:
        container.add_item(ui.TextDisplay(item) if isinstance(item, str) else item)
    return container


def layout(*items: ui.Item[Any] | str, colour: int | None = GREY) -> ui.LayoutView:
    """A message of these items in one `box`, or without one; a text is shown as it is.

    Where its texts together are longer than Discord takes, the longest one is cut.
    """
    view = ui.LayoutView(timeout=None)
    for item in items if colour is None else (box(items, colour),):
        view.add_item(ui.TextDisplay(item) if isinstance(item, str) else item)
    texts = [child for child in view.walk_children() if isinstance(child, ui.TextDisplay)]
    excess = sum(len(text.content) for text in texts) - MOST_TEXT
    if excess > 0:
        longest = max(texts, key=lambda text: len(text.content))
        longest.content = cut(longest.content, len(longest.content) - excess)
    return view


def cut(text: str, most: int) -> str:
    """The text, of which at most so many characters are shown."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def plain_view(*items: ui.Item[Any]) -> ui.View:
    """Buttons below a message of plain text."""
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view
