"""`/storyboard`: a video of several shots."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.actor import actor
from bot.chat.client import DroverClient
from bot.chat.ordering.choices import model_offers
from bot.chat.ordering.storyboard import Storyboard, storyboard_models
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import Offered
from bot.services.catalogue_cache import CatalogueCache

Interaction = discord.Interaction[DroverClient]


class Storyboards(commands.Cog):
    def __init__(self, client: DroverClient, catalogue_cache: CatalogueCache) -> None:
        self._client = client
        self._catalogue_cache = catalogue_cache

    @app_commands.command(name="storyboard", description="command-storyboard")
    @app_commands.describe(model="option-storyboard-model")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def storyboard(self, interaction: Interaction, model: str | None = None) -> None:
        catalogue = self._catalogue_cache.require()
        offered = self._offered(interaction)
        models = storyboard_models(catalogue, offered)
        chosen = catalogue.named(model, MediaKind.VIDEO) if model is not None else None
        if model is not None and (chosen is None or MediaKind.VIDEO not in chosen.makes):
            near = catalogue.nearest(model, MediaKind.VIDEO)
            raise Refusal("model-unknown", given=model[:100], nearest=near.name if near else "")
        if chosen is not None:
            models = [chosen, *(other for other in models if other.id != chosen.id)][: len(models) or 1]
        if not models:
            raise Refusal("no-models", kind=MediaKind.VIDEO.value)
        request = GenerationRequest(kind=MediaKind.VIDEO, model=models[0].id)
        sheet = self._client.sheets.lay_out(
            Storyboard(self._client, models, request, offered), actor(interaction).user_id
        )
        await sheet.open(interaction)

    @storyboard.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        catalogue = self._catalogue_cache.catalogue
        if catalogue is None:
            return []
        models = storyboard_models(catalogue, self._offered(interaction))
        return model_offers(models, typed, self._client.texts(interaction))

    def _offered(self, interaction: Interaction) -> Offered:
        return self._client.queueing.offered(actor(interaction).context(None))
