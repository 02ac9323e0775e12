"""The controls of the queue's panels. What a control does is in its custom_id, so that it works after a restart.

They are found by the verb and by what it concerns; who presses is looked at by the board at every press.
"""

import re
from typing import TYPE_CHECKING, Any, Protocol, Self

import discord
from discord import ui

if TYPE_CHECKING:
    from bot.chat.queue.board import QueueBoard

Interaction = discord.Interaction[Any]
_SUBJECT = r"(?P<subject>[0-9a-z-]{0,60})"
_PLACES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
]


class _Client(Protocol):
    """The client, as these controls see it."""

    queue_board: "QueueBoard"

    async def explain(self, interaction: Interaction, error: BaseException, *, command: str) -> None: ...


async def _act(interaction: Interaction, verb: str, subject: str) -> None:
    client: _Client = interaction.client
    try:
        await client.queue_board.act(interaction, verb, subject)
    except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the member without a word
        await client.explain(interaction, error, command=f"queue: {verb}")


class QueueButton(ui.DynamicItem[ui.Button[Any]], template=rf"drover:queue:(?P<verb>[a-z]+):{_SUBJECT}"):
    """Does `verb` with `subject`."""

    def __init__(
        self,
        verb: str,
        subject: str = "",
        *,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        custom_id = f"drover:queue:{verb}:{subject}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id, disabled=disabled))
        self._verb, self._subject = verb, subject

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(match["verb"], match["subject"])

    async def callback(self, interaction: Interaction) -> None:
        await _act(interaction, self._verb, self._subject)


class QueuePick(ui.DynamicItem[ui.Select[Any]], template=r"drover:queue-pick"):
    """Chooses an order of the list; its values are their ids."""

    def __init__(self, *, placeholder: str | None = None, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__(ui.Select(placeholder=placeholder, options=options or [], custom_id="drover:queue-pick"))

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], ___: re.Match[str], /) -> Self:
        return cls()

    async def callback(self, interaction: Interaction) -> None:
        await _act(interaction, "order", self.item.values[0])


class QueueMember(ui.DynamicItem[ui.UserSelect[Any]], template=r"drover:queue-member"):
    """Chooses whose orders are to be cancelled."""

    def __init__(self, *, placeholder: str | None = None) -> None:
        super().__init__(ui.UserSelect(placeholder=placeholder, custom_id="drover:queue-member"))

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], ___: re.Match[str], /) -> Self:
        return cls()

    async def callback(self, interaction: Interaction) -> None:
        await _act(interaction, "stop", f"member-{self.item.values[0].id}")


class QueueChannel(ui.DynamicItem[ui.ChannelSelect[Any]], template=r"drover:queue-channel"):
    """Chooses in which channel orders are to be cancelled."""

    def __init__(self, *, placeholder: str | None = None) -> None:
        select: ui.ChannelSelect[Any] = ui.ChannelSelect(
            placeholder=placeholder, custom_id="drover:queue-channel", channel_types=_PLACES
        )
        super().__init__(select)

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], ___: re.Match[str], /) -> Self:
        return cls()

    async def callback(self, interaction: Interaction) -> None:
        await _act(interaction, "stop", f"channel-{self.item.values[0].id}")
