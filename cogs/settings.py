"""`/settings` and `/setup`: what those who manage a server decide."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.settings.controls import SECTIONS, open_panel, open_setup
from bot.domain.ids import GuildId

Interaction = discord.Interaction[DroverClient]
_OVERVIEW = next(iter(SECTIONS))


class Settings(commands.Cog):
    """Discord offers these to those who manage the server; the panels ask again, as a server may override that."""

    def __init__(self, client: DroverClient) -> None:
        self._services = client.services

    @app_commands.command(name="settings", description="command-settings")
    @app_commands.describe(section="option-section")
    @app_commands.choices(section=[app_commands.Choice(name=name, value=name) for name in SECTIONS])
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def settings(self, interaction: Interaction, section: str = _OVERVIEW) -> None:
        await open_panel(InteractionContext.of(interaction), section)

    @app_commands.command(name="setup", description="command-setup")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: Interaction) -> None:
        await open_setup(InteractionContext.of(interaction))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """After a login: what the rules name may have been deleted while the bot was away."""
        await self._compare(guild)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._compare(role.guild)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._compare(channel.guild)

    async def _compare(self, guild: discord.Guild) -> None:
        roles = {role.id for role in guild.roles}
        channels = {channel.id for channel in (*guild.channels, *guild.threads)}
        await self._services.policy_service.compare(GuildId(guild.id), roles, channels)
