"""Buttons that outlive the process: their custom_id carries the id, and every press is checked against the rows."""

import re
from typing import Any, ClassVar, Self

import discord
from bot.domain.ids import ID_LENGTH
from discord import ui

from bot.chat.kit.desk import Desk

Interaction = discord.Interaction[Any]


def template(verb: str) -> str:
    """What the custom_id of a button for `verb` looks like."""
    return rf"drover:{verb}:(?P<id>[0-9a-z]{{{ID_LENGTH}}})"


class RowButton(ui.DynamicItem[ui.Button[Any]], template=template("nothing")):
    """A button for one row. A subclass names its `verb` and says in `pressed` what a press does."""

    verb: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, row_id: str, *, label: str | None = None, disabled: bool = False) -> None:
        custom_id = f"drover:{self.verb}:{row_id}"
        super().__init__(ui.Button(label=label, style=self.style, custom_id=custom_id, disabled=disabled))
        self.row_id = row_id

    @classmethod
    async def from_custom_id(
        cls,
        interaction: Interaction,  # noqa: ARG003 - the library's signature
        item: ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        return cls(match["id"])

    async def callback(self, interaction: Interaction) -> None:
        client: Desk = interaction.client
        try:
            await self.pressed(interaction, client)
        except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the member without a word
            await client.explain(interaction, error, command=f"button: {self.verb}")

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        """Does what the button is for. Raises `Refusal` for whoever pressed it."""
        raise NotImplementedError
