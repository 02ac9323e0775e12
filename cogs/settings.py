"""`/settings`: what those who manage a server decide."""

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.actor import Actor, actor
from bot.chat.answers import think
from bot.chat.client import DroverClient
from bot.chat.words import inert
from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.services.billing import check_namespace
from bot.store.guilds import Guilds

log = logging.getLogger(__name__)

Interaction = discord.Interaction[DroverClient]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Settings(commands.GroupCog, group_name="settings", group_description="command-settings"):
    """`own_pays`: the operator pays for servers without a namespace."""

    def __init__(self, client: DroverClient, guilds: Guilds, clock: Clock, *, own_pays: bool) -> None:
        self._client = client
        self._guilds = guilds
        self._clock = clock
        self._own_pays = own_pays

    @app_commands.command(name="namespace", description="command-settings-namespace")
    @app_commands.describe(name="option-namespace")
    async def namespace(self, interaction: Interaction, name: app_commands.Range[str, 1, 100]) -> None:
        who = _manager(interaction)
        namespace = check_namespace(name)
        await think(interaction, ephemeral=True)
        await self._guilds.set_namespace(who.guild_id, namespace, who.user_id, self._clock.now())
        log.info("namespace set", extra={"guild": who.guild_id, "user": who.user_id, "namespace": namespace})
        text = self._client.texts(interaction)("settings-namespace-saved", namespace=inert(namespace, 80))
        await interaction.edit_original_response(content=text)

    @app_commands.command(name="show", description="command-settings-show")
    async def show(self, interaction: Interaction) -> None:
        who = _manager(interaction)
        await think(interaction, ephemeral=True)
        texts = self._client.texts(interaction)
        namespace = await self._guilds.namespace(who.guild_id)
        if namespace is not None:
            line = texts("settings-namespace", namespace=inert(namespace, 80))
        else:
            line = texts("settings-namespace-none-own" if self._own_pays else "settings-namespace-none-refused")
        await interaction.edit_original_response(content=f"### {texts('settings-title')}\n{line}")


def _manager(interaction: Interaction) -> Actor:
    """Discord hides the command from others, but a server may have overridden that. Raises `Refusal`."""
    who = actor(interaction)
    if not who.manager:
        raise Refusal("manage-server")
    return who
