"""What the bot may do in a guild changed: results that nobody could be told of are tried again."""

from collections.abc import Sequence

import discord
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.guilds import Gathering
from bot.domain.ids import GuildId


class Rights(commands.Cog):
    """Hears of everything that may open a channel to the bot. What it misses, time makes up for."""

    def __init__(self, client: DroverClient) -> None:
        async def changed(guilds: Sequence[GuildId]) -> None:
            if not client.front_end.closing.is_set():  # else the next login tells of them all
                await client.services.rights_changed(frozenset(guilds))

        self._changed = Gathering(changed)

    @commands.Cog.listener()
    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        if before.overwrites != after.overwrites:  # servers rename channels every few minutes to show numbers
            await self._changed.add(GuildId(after.guild.id))

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if before.permissions != after.permissions:
            await self._changed.add(GuildId(after.guild.id))

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._changed.add(GuildId(role.guild.id))

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Without the privileged intent, Discord tells of the bot itself alone: its roles and time-outs."""
        if after == after.guild.me and (before.roles, before.timed_out_until) != (after.roles, after.timed_out_until):
            await self._changed.add(GuildId(after.guild.id))

    @commands.Cog.listener()
    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        await self._changed.add(GuildId(payload.guild_id))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._changed.add(GuildId(guild.id))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self._changed.add(GuildId(guild.id))
