"""The first answer to an interaction, within Discord's 3 seconds.

Its own answer may get lost: discord.py repeats a request that got a 5xx, we one whose connection broke, and Discord
says that the first one was taken. So it was.
"""

from typing import Any

import aiohttp
import discord

GONE = 10062  # "Unknown interaction": the three seconds are over
ANSWERED = 40060  # "Interaction has already been acknowledged"
BROKEN = (aiohttp.ClientError, OSError)


async def defer(interaction: discord.Interaction[Any], *, ephemeral: bool = False) -> int | None:
    """Shows the member that the bot thinks; the id of the message that becomes the answer."""
    answer = await _defer(interaction, ephemeral=ephemeral, thinking=True)
    return answer.message_id if answer is not None else (await interaction.original_response()).id


async def acknowledge(interaction: discord.Interaction[Any]) -> None:
    """Takes the press of a button, with nothing to add."""
    await _defer(interaction)


async def _defer(interaction: discord.Interaction[Any], **how: bool) -> discord.InteractionCallbackResponse[Any] | None:
    """None when it was taken, but nobody knows as what."""
    try:
        try:
            return await interaction.response.defer(**how)
        except BROKEN:
            return await interaction.response.defer(**how)
    except discord.HTTPException as error:
        if error.code != ANSWERED:
            raise
        return None
