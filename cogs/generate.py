"""`/video` and `/image`: order a generation."""

from typing import Any, NoReturn

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.actor import actor
from bot.chat.client import DroverClient
from bot.chat.forms.pages import PromptPage, ReferencePage, parameter_pages
from bot.chat.inputs.files import given
from bot.chat.ordering.choices import (
    ATTACHED,
    chosen_model,
    length_offers,
    model_choices,
    offered_files,
    ratio_offers,
    resolution_offers,
    takes_references,
)
from bot.chat.ordering.order_sheet import OrderSheet, Page
from bot.chat.ordering.placing import order
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import MAX_COUNT, MAX_PROMPT, Offered
from bot.services.catalogue_cache import CatalogueCache

_MAX_SEED = 2**53 - 1
_ANYTHING = "…"  # a prompt, while none is typed yet

Prompt = app_commands.Range[str, 1, MAX_PROMPT]
Seconds = app_commands.Range[int, 1, 600]
Seed = app_commands.Range[int, 0, _MAX_SEED]
Count = app_commands.Range[int, 1, MAX_COUNT]
Interaction = discord.Interaction[DroverClient]


class Generate(commands.Cog):
    def __init__(self, client: DroverClient, catalogue_cache: CatalogueCache) -> None:
        self._client = client
        self._catalogue_cache = catalogue_cache

    @app_commands.command(name="video", description="command-video")
    @app_commands.describe(
        prompt="option-video-prompt",
        model="option-model",
        duration="option-duration",
        resolution="option-resolution",
        aspect_ratio="option-aspect-ratio",
        image="option-video-image",
        last_frame="option-last-frame",
        video="option-video-video",
        sound="option-sound",
        references="option-references",
        seed="option-seed",
        count="option-count",
        audio="option-audio",
        more="option-more",
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def video(
        self,
        interaction: Interaction,
        prompt: Prompt | None = None,
        model: str | None = None,
        duration: Seconds | None = None,
        resolution: str | None = None,
        aspect_ratio: str | None = None,
        image: discord.Attachment | None = None,
        last_frame: discord.Attachment | None = None,
        video: discord.Attachment | None = None,
        sound: discord.Attachment | None = None,
        references: bool = False,
        seed: Seed | None = None,
        count: Count = 1,
        audio: bool | None = None,
        more: bool = False,
    ) -> None:
        request = GenerationRequest(
            kind=MediaKind.VIDEO,
            prompt=prompt or "",
            model=model,
            duration=duration,
            resolution=resolution,
            aspect_ratio=aspect_ratio,
            seed=seed,
            count=count,
            audio=audio,
            attachments=_attached(image=image, last_frame=last_frame, video=video, sound=sound),
        )
        await self._order(interaction, request, references=references, more=more)

    @app_commands.command(name="image", description="command-image")
    @app_commands.describe(
        prompt="option-image-prompt",
        model="option-model",
        resolution="option-resolution",
        aspect_ratio="option-aspect-ratio",
        image="option-image-image",
        reference="option-reference",
        references="option-references",
        seed="option-seed",
        count="option-count",
        more="option-more",
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def image(
        self,
        interaction: Interaction,
        prompt: Prompt | None = None,
        model: str | None = None,
        resolution: str | None = None,
        aspect_ratio: str | None = None,
        image: discord.Attachment | None = None,
        reference: discord.Attachment | None = None,
        references: bool = False,
        seed: Seed | None = None,
        count: Count = 1,
        more: bool = False,
    ) -> None:
        request = GenerationRequest(
            kind=MediaKind.IMAGE,
            prompt=prompt or "",
            model=model,
            resolution=resolution,
            aspect_ratio=aspect_ratio,
            seed=seed,
            count=count,
            attachments=_attached(image=image, reference=reference),
        )
        await self._order(interaction, request, references=references, more=more)

    async def _order(
        self, interaction: Interaction, request: GenerationRequest, *, references: bool, more: bool
    ) -> None:
        pages: list[Page] = [self._reference_page(request)] if references else []
        if more:
            model = self._model_for(request, self._offered(interaction), references=references)
            if model.takes_prompt and not request.prompt and not references:
                pages.append(PromptPage(model=model))
            pages += parameter_pages(model)
        if not pages:
            await order(interaction, request)
            return
        sheet = self._client.sheets.lay_out(OrderSheet(self._client, request, pages), actor(interaction).user_id)
        await sheet.open(interaction)

    def _reference_page(self, request: GenerationRequest) -> ReferencePage:
        """Raises `Refusal`."""
        named = self._catalogue_cache.require().named(request.model, request.kind) if request.model else None
        return ReferencePage(model=named, before=request.attachments)

    def _model_for(self, request: GenerationRequest, offered: Offered, *, references: bool) -> Model:
        """Whose parameters the form asks for. Raises `Refusal`."""
        catalogue = self._catalogue_cache.require()
        if request.model is None and references:
            found = filter(offered, catalogue.find("", request.kind, limit=len(catalogue)))
            return next(filter(takes_references, found), None) or _none(request.kind)
        named = catalogue.named(request.model, request.kind) if request.model else None
        if named is not None and request.kind in named.makes:
            return named
        return catalogue.get(self._client.ordering.validate(request, offered).model_id) or _none(request.kind)

    @video.autocomplete("model")
    async def _video_models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._models(interaction, typed, MediaKind.VIDEO)

    @image.autocomplete("model")
    async def _image_models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._models(interaction, typed, MediaKind.IMAGE)

    @video.autocomplete("duration")
    async def _lengths(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
        return length_offers(self._chosen(interaction, MediaKind.VIDEO), typed, self._client.texts(interaction))

    @video.autocomplete("aspect_ratio")
    async def _video_ratios(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return ratio_offers(self._chosen(interaction, MediaKind.VIDEO), typed)

    @image.autocomplete("aspect_ratio")
    async def _image_ratios(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return ratio_offers(self._chosen(interaction, MediaKind.IMAGE), typed)

    @video.autocomplete("resolution")
    async def _video_resolutions(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return resolution_offers(self._chosen(interaction, MediaKind.VIDEO), typed)

    @image.autocomplete("resolution")
    async def _image_resolutions(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return resolution_offers(self._chosen(interaction, MediaKind.IMAGE), typed)

    def _models(self, interaction: Interaction, typed: str, kind: MediaKind) -> list[app_commands.Choice[str]]:
        options: Any = interaction.namespace
        files = offered_files(options)
        offered = self._offered(interaction)
        return model_choices(
            self._catalogue_cache.catalogue,
            kind,
            typed,
            self._client.texts(interaction),
            files,
            offered,
            references=bool(options.references),
        )

    def _offered(self, interaction: Interaction) -> Offered:
        return self._client.queueing.offered(actor(interaction).context(None))

    def _chosen(self, interaction: Interaction, kind: MediaKind) -> Model | None:
        options: Any = interaction.namespace
        request = GenerationRequest(
            kind=kind, prompt=_ANYTHING, model=options.model or None, attachments=offered_files(options)
        )
        return chosen_model(self._client.ordering, self._catalogue_cache.catalogue, request, self._offered(interaction))


def _attached(**files: discord.Attachment | None) -> tuple[Attachment, ...]:
    """Raises `Refusal` for what is no picture, film or sound."""
    return tuple(given(file, ATTACHED[option][1]) for option, file in files.items() if file is not None)


def _none(kind: MediaKind) -> NoReturn:
    raise Refusal("no-models", kind=kind.value)
