"""`/settings` and `/setup`: what those who manage a server decide."""

import discord
from bot.domain.ids import GuildId
from bot.services.queue.rulebook import Rulebook
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.settings.board import NAMES, Panels

Interaction = discord.Interaction[DroverClient]
_OVERVIEW = NAMES[0]


class Settings(commands.Cog):
    """Discord offers these to those who manage the server; the panels ask again, as a server may override that."""

    def __init__(self, panels: Panels, rulebook: Rulebook) -> None:
        self._panels = panels
        self._rulebook = rulebook

    @app_commands.command(name="settings", description="command-settings")
    @app_commands.describe(section="option-section")
    @app_commands.choices(section=[app_commands.Choice(name=name, value=name) for name in NAMES])
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def settings(self, interaction: Interaction, section: str = _OVERVIEW) -> None:
        await self._panels.open(interaction, section)

    @app_commands.command(name="setup", description="command-setup")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: Interaction) -> None:
        await self._panels.walk(interaction)

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
        await self._rulebook.compare(GuildId(guild.id), roles, channels)
