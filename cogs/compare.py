"""`/compare`: one prompt to two to four models, side by side."""

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.files import given
from bot.chat.orders.model_search import ModelSearch
from bot.chat.orders.placing import place
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.slots import Role
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import MAX_PROMPT
from cogs.options import MOST, Choices, Offering, Typed

Interaction = discord.Interaction[DroverClient]


class ComparedModel(Offering):
    """Models that make what the first one makes, with their prices; those that are chosen already are left out."""

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context = InteractionContext.of(interaction)
        if context.services.catalogue_cache.catalogue is None:
            return []
        search, offered = ModelSearch.of(context), context.services.queue_service.offered(context.asked)
        chosen = {str(each) for name, each in interaction.namespace if name.startswith("model") and each}
        chosen.discard(str(value))
        named = [model for name in chosen if (model := search.catalogue.named(name)) is not None]
        pictured = getattr(interaction.namespace, "image", None) is not None
        makes = {kind for kind in MediaKind if all(kind in model.makes for model in named)}
        found: Choices = []
        for model in search.find(str(value)):
            alone = any(map(model.runs_on_prompt, makes))
            if (
                (makes & model.makes and bool(model.slots) if pictured else alone)
                and offered(model)
                and model.id not in chosen
            ):
                found.append(Choice(name=search.line(model), value=model.id))
        return found[:MOST]


class Compare(commands.Cog):
    @app_commands.command(name="compare", description="command-compare")
    @app_commands.describe(
        prompt="option-compare-prompt",
        model="option-compare-model",
        model_2="option-compare-model",
        model_3="option-compare-further",
        model_4="option-compare-further",
        duration="option-duration",
        aspect_ratio="option-aspect-ratio",
        image="option-video-image",
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def compare(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, MAX_PROMPT],
        model: app_commands.Transform[str, ComparedModel],
        model_2: app_commands.Transform[str, ComparedModel],
        model_3: app_commands.Transform[str, ComparedModel] | None = None,
        model_4: app_commands.Transform[str, ComparedModel] | None = None,
        duration: app_commands.Range[int, 1, 600] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 20] | None = None,
        image: discord.Attachment | None = None,
    ) -> None:
        context = InteractionContext.of(interaction)
        names = [name for name in (model, model_2, model_3, model_4) if name is not None]
        kind = context.services.catalogue_cache.require().made_by_all(names)
        if kind is None:
            raise Refusal("compare-kinds")
        request = GenerationRequest(
            kind=kind,
            prompt=prompt,
            duration=duration,
            aspect_ratio=aspect_ratio,
            attachments=(given(image, Role.START),) if image is not None else (),
        )
        await place(context, request, models=names)
