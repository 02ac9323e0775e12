"""`/about`: what this is, who pays, how to go on."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.replies import defer, say
from bot.chat.kit.words import escape_markdown
from bot.domain.errors import Refusal

Interaction = discord.Interaction[DroverClient]


class About(commands.Cog):
    def __init__(self, client: DroverClient, version: str) -> None:
        self._services = client.services
        self._version = version

    @app_commands.command(name="about", description="command-about")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def about(self, interaction: Interaction) -> None:
        await defer(interaction, ephemeral=True)
        context = InteractionContext.of(interaction)
        texts = context.texts
        try:
            payer = await self._services.billing.payer_of(context.guild_id)
        except Refusal:
            pays = texts("about-nobody-pays")
        else:
            if payer.namespace is not None:
                pays = texts("about-pays", namespace=escape_markdown(payer.namespace, 80))
            else:
                pays = texts("about-owner-pays" if payer.key is None else "about-own-key-pays")
        catalogue = self._services.catalogue_cache.catalogue
        models = len(catalogue.find("", limit=len(catalogue))) if catalogue else 0
        await say(interaction, texts("about", models=models, pays=pays, version=self._version))
