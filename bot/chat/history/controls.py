"""The buttons and the select of `/history`: what they need is in their custom_id.

So they work after a restart, and a week later. Who presses is checked against the rows each time.
"""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import discord
from bot.domain.ids import ID_LENGTH, OrderId, UserId
from bot.domain.records.history import Way
from bot.services.ordering.looking_back import Reader
from discord import ui

from bot.chat.kit.actor import Actor, actor
from bot.chat.kit.control import Interaction
from bot.chat.kit.desk import Desk
from bot.chat.kit.replies import acknowledge

if TYPE_CHECKING:
    from bot.domain.records.history import PastOrder

WORDS = 36  # characters to search for; a custom_id has 100 (FACTS section 2)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLACE = rf"(?P<way>[noa]):(?P<start>-|[0-9a-z]{{{ID_LENGTH}}}):(?P<member>[0-9a-z]{{1,13}}):(?P<words>(?s:.*))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in whose history somebody is: `member` None is the whole guild."""

    member: UserId | None
    words: str = ""
    way: Way = Way.NEWEST
    start: OrderId | None = None

    def at(self, way: Way, start: OrderId | None) -> "Place":
        return replace(self, way=way, start=start)

    def dump(self) -> str:
        """Short enough for a custom_id."""
        return f"{self.way.value}:{self.start or '-'}:{_base36(self.member or 0)}:{self.words[:WORDS]}"

    @classmethod
    def load(cls, match: re.Match[str]) -> Self:
        """What `dump` wrote."""
        start, member = match["start"], int(match["member"], 36)
        return cls(
            member=UserId(member) if member else None,
            words=match["words"],
            way=Way(match["way"]),
            start=OrderId(start) if start != "-" else None,
        )


class _Control:
    """What button and select have in common."""

    place: Place

    async def _turn(self, interaction: Interaction, name: str | None = None) -> None:
        desk: Desk = interaction.client
        try:
            await (turn_to(interaction, self.place) if name is None else open_order(interaction, name, self.place))
        except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the member without a word
            await desk.explain(interaction, error, command="button: history")


class HistoryGo(_Control, ui.DynamicItem[ui.Button[Any]], template=f"drover:past:{_PLACE}"):
    """Turns to a page."""

    def __init__(self, place: Place, *, label: str | None = None, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"drover:past:{place.dump()}", disabled=disabled))
        self.place = place

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(Place.load(match))

    async def callback(self, interaction: Interaction) -> None:
        await self._turn(interaction)


class HistoryOpen(_Control, ui.DynamicItem[ui.Select[Any]], template=f"drover:open:{_PLACE}"):
    """Opens one order of the page."""

    def __init__(
        self, place: Place, *, placeholder: str | None = None, options: list[discord.SelectOption] | None = None
    ) -> None:
        custom_id = f"drover:open:{place.dump()}"
        super().__init__(ui.Select(placeholder=placeholder, options=options or [], custom_id=custom_id))
        self.place = place

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(Place.load(match))

    async def callback(self, interaction: Interaction) -> None:
        await self._turn(interaction, self.item.values[0])


def reader(who: Actor) -> Reader:
    return Reader(guild_id=who.guild_id, user_id=who.user_id, moderator=who.moderator)


async def turn_to(interaction: Interaction, place: Place) -> None:
    """Puts the page in the place of the answer; acknowledges a press first. Raises `Refusal`."""
    from bot.chat.history.views import history_view

    desk: Desk = interaction.client
    who = reader(actor(interaction))
    page = await desk.looking_back.page(who, place.member, place.words, place.way, place.start)
    if not interaction.response.is_done():
        await acknowledge(interaction)
    await interaction.edit_original_response(view=history_view(page, place, desk.texts(interaction)))


async def open_order(interaction: Interaction, name: str, place: Place | None) -> None:
    """Puts an order, with its results, in the place of the answer; acknowledges a press first. Raises `Refusal`."""
    from bot.chat.history.results import bring_back
    from bot.chat.history.views import order_view

    desk: Desk = interaction.client
    past: PastOrder = await desk.looking_back.open(reader(actor(interaction)), name)
    if not interaction.response.is_done():
        await acknowledge(interaction)
    results = await bring_back(interaction.client, desk.links, past)
    await interaction.edit_original_response(view=order_view(past, results, place, desk.texts(interaction)))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
