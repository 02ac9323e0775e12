"""What buttons and orders need of the client, so that they need not know it whole."""

from typing import Any, Protocol

import discord

from bot.chat.translation import Texts
from bot.services.links import Links
from bot.services.ordering import Ordering


class Desk(Protocol):
    """The client, as a control sees it."""

    ordering: Ordering
    links: Links

    def texts(self, interaction: discord.Interaction[Any]) -> Texts:
        """The texts in the language of whoever is behind the interaction."""
        ...

    async def explain(self, interaction: discord.Interaction[Any], error: BaseException, *, command: str) -> None:
        """One reply to whatever went wrong."""
        ...
