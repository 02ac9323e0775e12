"""`/privacy`, for everybody about themselves; and what happens when the bot leaves a server or comes back."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.errors import BROKEN
from bot.chat.kit.replies import defer
from bot.chat.privacy.controls import show_privacy
from bot.domain.ids import GuildId

_NOT_IN_IT = frozenset({10004, 50001})  # unknown guild; missing access
Interaction = discord.Interaction[DroverClient]


class Privacy(commands.Cog):
    def __init__(self, client: DroverClient) -> None:
        self._client = client
        self._membership = client.services.membership
        self._noting = asyncio.Lock()

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
    async def on_connect(self) -> None:
        """READY came, on the one connection of this client, and has just listed its guilds."""
        if not isinstance(self._client, discord.AutoShardedClient):
            await self._compare(self._client.shard_id or 0, self._client.shard_count or 1)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """The same for one of several connections: the others tell of their guilds themselves."""
        await self._compare(shard_id, self._client.shard_count or 1)

    async def _compare(self, shard_id: int, count: int) -> None:
        guilds = {GuildId(guild.id) for guild in self._client.guilds}
        await self._note(
            self._membership.present(guilds, self._client.application_id, self._gone, shard=(shard_id, count))
        )

    async def _gone(self, guild_id: GuildId) -> bool:
        try:
            await self._client.http.get_guild(guild_id, with_counts=False)
        except discord.HTTPException as error:
            return error.code in _NOT_IN_IT
        except BROKEN:
            return False
        return False

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Thrown out, or the guild was deleted; an outage is no such event (`on_guild_unavailable`)."""
        await self._note(self._membership.left(GuildId(guild.id)))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._note(self._membership.joined(GuildId(guild.id)))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """As which discord.py reports a guild that was joined in the seconds after the login."""
        await self._note(self._membership.joined(GuildId(guild.id)))

    async def _note(self, work: Coroutine[Any, Any, None]) -> None:
        """Not once the bot stops: the next READY tells the same again."""
        if self._client.services.closing.is_set():
            work.close()
            return
        async with self._noting:
            await work
