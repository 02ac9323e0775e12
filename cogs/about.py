"""`/about`: what this is, who pays, how to go on."""

import discord
from bot.domain.errors import Refusal
from bot.domain.orders.payer import Payer
from bot.services.catalogue_cache import CatalogueCache
from bot.services.wallet.billing import Billing
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.actor import actor
from bot.chat.kit.replies import defer
from bot.chat.kit.translation import Texts
from bot.chat.kit.words import escape_markdown

Interaction = discord.Interaction[DroverClient]


class About(commands.Cog):
    def __init__(self, client: DroverClient, billing: Billing, catalogue_cache: CatalogueCache, version: str) -> None:
        self._client = client
        self._billing = billing
        self._catalogue_cache = catalogue_cache
        self._version = version

    @app_commands.command(name="about", description="command-about")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def about(self, interaction: Interaction) -> None:
        await defer(interaction, ephemeral=True)
        texts = self._client.texts(interaction)
        try:
            payer = await self._billing.payer_of(actor(interaction).guild_id)
        except Refusal:
            pays = texts("about-nobody-pays")
        else:
            pays = _pays(payer, texts)
        catalogue = self._catalogue_cache.catalogue
        models = len(catalogue.find("", limit=len(catalogue))) if catalogue else 0
        await interaction.edit_original_response(
            content=texts("about", models=models, pays=pays, version=self._version)
        )


def _pays(payer: Payer, texts: Texts) -> str:
    if payer.namespace is not None:
        return texts("about-pays", namespace=escape_markdown(payer.namespace, 80))
    return texts("about-owner-pays" if payer.key is None else "about-own-key-pays")
