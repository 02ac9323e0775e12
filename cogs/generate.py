"""`/video` and `/image`: order a generation."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.orders.model_search import ModelSearch
from bot.chat.orders.order_form import OrderForm, Page
from bot.chat.orders.pages import ModelPage, PromptPage, ReferencePage, parameter_pages
from bot.chat.orders.placing import place
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.orders.order import GenerationRequest
from cogs.options import options_for, request_of, takes_references

Interaction = discord.Interaction[DroverClient]

_OF_WORDS = frozenset({"prompt-blocked", "prompt-age-restricted"})  # refusals that other words mend
_ANYTHING = "…"  # stands for the words that a form will ask for


class Generate(commands.Cog):
    """The options are in `cogs.options`."""

    def __init__(self, client: DroverClient) -> None:
        self._services = client.services

    @app_commands.command(name="video", description="command-video")
    @options_for(MediaKind.VIDEO)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def video(self, interaction: Interaction, **options: Any) -> None:
        await self._order(interaction, MediaKind.VIDEO, options)

    @app_commands.command(name="image", description="command-image")
    @options_for(MediaKind.IMAGE)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def image(self, interaction: Interaction, **options: Any) -> None:
        await self._order(interaction, MediaKind.IMAGE, options)

    async def _order(self, interaction: Interaction, kind: MediaKind, options: Mapping[str, Any]) -> None:
        """Orders at once, or after the forms that were asked for. Raises `Refusal`."""
        context = InteractionContext.of(interaction)
        request, references = request_of(kind, options), bool(options["references"])
        if options["style"]:
            styles = self._services.style_service
            request = (await styles.find(context.guild_id, context.user_id, options["style"])).applied(request)
        pages: list[Page] = []
        if references:
            named = self._services.catalogue_cache.require().named(request.model, kind) if request.model else None
            pages.append(ReferencePage(model=named, before=request.attachments))
        if options["more"]:
            model = self._model_for(context, request, references=references)
            if model.takes_prompt and not request.prompt and not references:
                pages.append(PromptPage(model=model))
            pages += parameter_pages(model)
        if not pages and not request.prompt and not request.attachments:
            pages = [self._first_page(context, request)]
        if pages:
            await OrderForm(context, request, pages).open(interaction)
            return
        try:
            await place(context, request)
        except Refusal as refusal:
            if refusal.key not in _OF_WORDS:
                raise
            model = self._model_for(context, request, references=False)
            form = OrderForm(context, request, [PromptPage(model=model)])
            await form.mend(interaction, refusal, context.texts("result-edit-prompt"))

    def _first_page(self, context: InteractionContext, request: GenerationRequest) -> Page:
        """What an order without words and files begins with: all of it where nothing is settled, else the words."""
        model = self._model_for(context, replace(request, prompt=_ANYTHING), references=False)
        settled = request != GenerationRequest(kind=request.kind, model=request.model)
        return PromptPage(model=model) if settled and model.takes_prompt else ModelPage(model=model)

    def _model_for(self, context: InteractionContext, request: GenerationRequest, *, references: bool) -> Model:
        """Whose parameters the form asks for. Raises `Refusal`."""
        catalogue = self._services.catalogue_cache.require()
        offered = self._services.queue_service.offered(context.asked)
        named = catalogue.named(request.model, request.kind) if request.model else None
        if named is not None and request.kind in named.makes:
            return named
        if request.model is None and references:
            found = filter(offered, ModelSearch.of(context).find("", request.kind))
            model = next(filter(takes_references, found), None)
        else:
            model = catalogue.get(self._services.order_service.validate(request, offered).model_id)
        if model is None:
            raise Refusal("no-models", kind=request.kind.value)
        return model
