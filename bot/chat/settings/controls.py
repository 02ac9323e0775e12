"""The controls of a panel: buttons, selects and forms whose custom_id says all that a use needs to be understood.

Nobody has to remember them, so they work after a restart.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, cast

import discord
from bot.chat.kit.control import Interaction
from bot.chat.kit.modal import Field
from discord import ui

MOST_PICKED = 25  # Discord's limit for selects
_ADDRESS = r"(?P<frame>panel|setup):(?P<section>[a-z]+):(?P<verb>[a-z]+):(?P<arg>[0-9a-z_]{0,40})"
_FORM = re.compile(rf"drover:fill:{_ADDRESS}")
_TEXT_CHANNELS = [discord.ChannelType.text, discord.ChannelType.news]
_PLACES = [
    *_TEXT_CHANNELS,
    *(discord.ChannelType.category, discord.ChannelType.forum, discord.ChannelType.voice),
]  # no threads: what is said of a channel holds in them too


Written = Mapping[str, str]
_TITLE = 45  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a control does: `verb` in a section, with an argument; `frame` is what stands around the section."""

    frame: str
    section: str
    verb: str
    arg: str = ""

    @property
    def control(self) -> str:
        return f"drover:set:{self}"

    @property
    def form(self) -> str:
        return f"drover:fill:{self}"

    def __str__(self) -> str:
        return f"{self.frame}:{self.section}:{self.verb}:{self.arg}"


def address_of_form(custom_id: str) -> Address | None:
    """Where a form belongs; None for one that is no panel's."""
    match = _FORM.fullmatch(custom_id)
    return Address(**match.groupdict()) if match is not None else None


class Switchboard(Protocol):
    """The client, as a panel's control sees it: what takes presses and choices."""

    async def chosen(self, interaction: Interaction, address: Address, values: Sequence[str]) -> None: ...


class Control(ui.DynamicItem[ui.Item[Any]], template=rf"drover:set:{_ADDRESS}"):
    """Any button or select of a panel."""

    def __init__(self, item: ui.Item[Any], address: Address) -> None:
        super().__init__(item)
        self._address = address

    @classmethod
    async def from_custom_id(cls, _: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(item, Address(**match.groupdict()))

    async def callback(self, interaction: Interaction) -> None:
        values: Sequence[str] = (interaction.data or {}).get("values", ())
        panels: Switchboard = interaction.client.panels
        await panels.chosen(interaction, self._address, values)


def button(
    address: Address, label: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary, *, disabled: bool = False
) -> Control:
    return Control(ui.Button(label=label, style=style, custom_id=address.control, disabled=disabled), address)


def picker(
    address: Address, placeholder: str, options: list[discord.SelectOption], *, least: int = 1, most: int = 1
) -> Control:
    """A select among options; those that are settled are marked as default."""
    return Control(
        ui.Select(
            custom_id=address.control, placeholder=placeholder, options=options, min_values=least, max_values=most
        ),
        address,
    )


def role_picker(address: Address, placeholder: str, chosen: Iterable[int] = (), *, most: int = MOST_PICKED) -> Control:
    """A select of the server's roles; `chosen` are those that are settled."""
    return Control(
        ui.RoleSelect(
            custom_id=address.control,
            placeholder=placeholder,
            min_values=0,
            max_values=most,
            default_values=_defaults(chosen, "role"),
        ),
        address,
    )


def member_picker(address: Address, placeholder: str, chosen: Iterable[int] = ()) -> Control:
    return Control(
        ui.UserSelect(
            custom_id=address.control,
            placeholder=placeholder,
            min_values=0,
            max_values=MOST_PICKED,
            default_values=_defaults(chosen, "user"),
        ),
        address,
    )


def channel_picker(
    address: Address, placeholder: str, chosen: Iterable[int] = (), *, most: int = MOST_PICKED, written: bool = False
) -> Control:
    """A select of channels and categories; `written`: only of what can be written in as a channel."""
    return Control(
        ui.ChannelSelect(
            custom_id=address.control,
            placeholder=placeholder,
            min_values=0,
            max_values=most,
            channel_types=_TEXT_CHANNELS if written else _PLACES,
            default_values=_defaults(chosen, "channel"),
        ),
        address,
    )


def _defaults(ids: Iterable[int], kind: str) -> list[discord.SelectDefaultValue]:
    shown = sorted(ids)[:MOST_PICKED]
    return [discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType[kind]) for each in shown]


def row(*items: ui.Item[Any]) -> ui.ActionRow[ui.LayoutView]:
    made: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for item in items:
        made.add_item(item)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLayout:
    """What a form shows: at most five fields. `secret`: what is written in it is never shown again."""

    title: str
    fields: Sequence[Field]
    secret: bool = False


def as_modal(layout: FormLayout, address: Address) -> ui.Modal:
    """The form as discord.py sends it. It is over already, so the library does not keep it to wait for an answer:

    what is sent in comes as an interaction like any other (`DroverClient.on_interaction`).
    """
    modal = ui.Modal(title=layout.title[:_TITLE], timeout=None, custom_id=address.form)
    for field in layout.fields:
        modal.add_item(field)
    modal.stop()
    return modal


def written(data: Mapping[str, Any]) -> Written:
    """What stands in the fields of a form that was sent in, by their custom_ids; "" where nothing was chosen."""
    labels = cast("Sequence[Mapping[str, Any]]", data.get("components", ()))
    fields: list[Mapping[str, Any]] = [label.get("component", {}) for label in labels]
    return {str(field.get("custom_id", "")): _text(field) for field in fields}


def _text(field: Mapping[str, Any]) -> str:
    values = field.get("values")
    return str(values[0]) if values else str(field.get("value") or "").strip()
