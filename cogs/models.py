"""`/models`: what can be ordered, from whom, for how much."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.orders.catalogue_panel import CataloguePanel
from bot.chat.orders.model_search import ModelSearch
from bot.domain.models.catalogue import MediaKind, ModelGroup

Interaction = discord.Interaction[DroverClient]
_KINDS = ("video", "image")
Group = Literal[
    "text-to-video",
    "image-to-video",
    "reference-to-video",
    "video-to-video",
    "upscale",
    "text-to-image",
    "image-editing",
]


class Models(commands.Cog):
    @app_commands.command(name="models", description="command-models")
    @app_commands.describe(search="option-search", kind="option-kind", group="option-group")
    # Not a Literal: typing keeps one union for all Literals of the same words, in the order that was imported first.
    @app_commands.choices(kind=[app_commands.Choice(name=kind, value=kind) for kind in _KINDS])
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def models(
        self,
        interaction: Interaction,
        search: app_commands.Range[str, 1, 100] = "",
        kind: str | None = None,
        group: Group | None = None,
    ) -> None:
        context = InteractionContext.of(interaction)
        panel = CataloguePanel(
            context,
            search,
            MediaKind(kind) if kind in _KINDS else None,
            ModelGroup(group) if group is not None else None,
        )
        await interaction.response.send_message(view=panel.view(ModelSearch.of(context)), ephemeral=True)
