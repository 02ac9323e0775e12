"""`/storyboard`: a video of several shots."""

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.orders.model_search import ModelSearch
from bot.chat.orders.storyboard import Storyboard, storyboard_models
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import GenerationRequest
from cogs.options import Choices, Offering, Typed

Interaction = discord.Interaction[DroverClient]


class BoardModel(Offering):
    """The models that join shots, or make a video of each, with their prices."""

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context = InteractionContext.of(interaction)
        if context.services.catalogue_cache.catalogue is None:
            return []
        search = ModelSearch.of(context)
        found = storyboard_models(search, context.services.queue_service.offered(context.asked), str(value))
        return [Choice(name=search.line(model), value=model.id) for model in found]


class Storyboards(commands.Cog):
    @app_commands.command(name="storyboard", description="command-storyboard")
    @app_commands.describe(model="option-storyboard-model")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def storyboard(
        self, interaction: Interaction, model: app_commands.Transform[str, BoardModel] | None = None
    ) -> None:
        context = InteractionContext.of(interaction)
        catalogue = context.services.catalogue_cache.require()
        models = storyboard_models(ModelSearch.of(context), context.services.queue_service.offered(context.asked))
        chosen = catalogue.named(model, MediaKind.VIDEO) if model is not None else None
        if model is not None and (chosen is None or MediaKind.VIDEO not in chosen.makes):
            near = catalogue.nearest(model, MediaKind.VIDEO)
            nearest = near.name if near is not None and MediaKind.VIDEO in near.makes else ""
            raise Refusal("model-unknown", given=model[:100], nearest=nearest)
        if chosen is not None:
            models = [chosen, *(other for other in models if other.id != chosen.id)][: len(models) or 1]
        if not models:
            raise Refusal("no-models", kind=MediaKind.VIDEO.value)
        request = GenerationRequest(kind=MediaKind.VIDEO, model=models[0].id)
        await Storyboard(context, models, request).open(interaction)
