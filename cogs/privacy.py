"""`/privacy`, for everybody about themselves; and what happens when the bot leaves a server or comes back."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.errors import BROKEN, Code, code_of
from bot.chat.kit.guilds import Gathering, facts_of
from bot.chat.kit.replies import defer
from bot.chat.privacy.controls import show_privacy
from bot.domain.ids import GuildId
from bot.domain.shards import Shards

Interaction = discord.Interaction[DroverClient]


class Privacy(commands.Cog):
    def __init__(self, client: DroverClient) -> None:
        self._client = client
        self._membership = client.services.membership
        self._noting = asyncio.Lock()

        async def there(guilds: Sequence[discord.Guild]) -> None:
            # Of one that has gone while it waited for the others, the departure is what holds.
            still = [guild for guild in guilds if client.get_guild(guild.id) is not None]
            await self._membership.there({GuildId(guild.id): facts_of(guild) for guild in still})

        self._there = Gathering[discord.Guild](lambda guilds: self._note(there(guilds)))

    async def cog_unload(self) -> None:
        """What is being noted is waited for: the database closes next."""
        async with self._noting:
            pass

    @app_commands.command(name="privacy", description="command-privacy")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def privacy(self, interaction: Interaction) -> None:
        await defer(interaction, ephemeral=True)
        await show_privacy(InteractionContext.of(interaction))

    @commands.Cog.listener()
    async def on_guilds_listed(self, shard_id: int, listed: frozenset[GuildId]) -> None:
        """READY came for one of the shards: the others tell of their guilds themselves."""
        shard = Shards(shard_id, shard_id, self._client.shard_count or 1)
        await self._note(self._membership.present(listed, self._client.application_id, self._gone, shard))

    async def _gone(self, guild_id: GuildId) -> bool:
        try:
            await self._client.http.get_guild(guild_id, with_counts=False)
        except discord.HTTPException as error:
            return code_of(error) in {Code.UNKNOWN_GUILD, Code.MISSING_ACCESS}
        except BROKEN:
            return False
        return False

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Thrown out, or the guild was deleted; an outage is no such event (`on_guild_unavailable`)."""
        await self._note(self._membership.left(GuildId(guild.id)))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._there.add(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """After a login, or an outage; and as which discord.py reports one that was joined right after the login."""
        await self._there.add(guild)

    @commands.Cog.listener()
    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        if facts_of(before) != facts_of(after):
            await self._there.add(after)

    async def _note(self, work: Coroutine[Any, Any, None]) -> None:
        """Not once the bot stops: the next READY tells the same again."""
        if self._client.front_end.closing.is_set():
            work.close()
            return
        async with self._noting:
            await work
