"""Guilds as the gateway tells of them: what is known of each, and what has to be done about many of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import discord

from bot.domain.clock import Sleep
from bot.domain.ids import GuildId
from bot.domain.shards import GuildDirectory, GuildFacts

T = TypeVar("T")


def facts_of(guild: discord.Guild) -> GuildFacts:
    """What the gateway said of a guild that is available."""
    return GuildFacts(locale=str(guild.preferred_locale), tier=guild.premium_tier)


class ConnectedGuilds:
    """A `GuildDirectory`: what Discord has told this process; of the other guilds, what is in the rows."""

    def __init__(self, client: discord.Client, stored: GuildDirectory) -> None:
        self._client = client
        self._stored = stored

    async def of(self, guild_id: GuildId) -> GuildFacts | None:
        guild = self._client.get_guild(guild_id)
        # Of one with an outage, or one that has not come yet, only the id is known.
        if guild is None or guild.unavailable:
            return await self._stored.of(guild_id)
        return facts_of(guild)


class Gathering(Generic[T]):
    """Hands what is `add`ed to `work`, one batch at a time, with all that comes within `pause` (seconds) and meanwhile.

    After a login thousands of guilds come within seconds; one by one they would be as many transactions.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[None]], pause: float = 0.3, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._work = work
        self._pause = pause
        self._sleep = sleep
        self._waiting: list[T] = []
        self._turn = asyncio.Lock()

    async def add(self, item: T) -> None:
        """Returns when the batch is done in which it is. Raises what `work` raises, in one of its callers."""
        self._waiting.append(item)
        async with self._turn:
            if self._waiting:
                await self._sleep(self._pause)
                batch, self._waiting = self._waiting, []
                await self._work(batch)
