"""`/video` and `/image`: order a generation."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.placing import place
from bot.domain.catalogue import MediaKind, Model
from bot.domain.order import Wish
from bot.domain.planning import MAX_COUNT, MAX_PROMPT, length_choices, ratio_choices
from bot.services.shelf import Shelf

_CHOICES = 25  # Discord shows no more
_NAME = 100  # characters of a choice
_MAX_SEED = 2**53 - 1

Prompt = app_commands.Range[str, 1, MAX_PROMPT]
Seconds = app_commands.Range[int, 1, 600]
Seed = app_commands.Range[int, 0, _MAX_SEED]
Count = app_commands.Range[int, 1, MAX_COUNT]
Interaction = discord.Interaction[DroverClient]


class Generate(commands.Cog):
    """`preferred` names the first model of each kind: what autocomplete offers lengths and shapes for."""

    def __init__(self, client: DroverClient, shelf: Shelf, preferred: dict[MediaKind, str]) -> None:
        self._client = client
        self._shelf = shelf
        self._preferred = preferred

    @app_commands.command(name="video", description="command-video")
    @app_commands.describe(
        prompt="option-video-prompt",
        model="option-model",
        duration="option-duration",
        aspect_ratio="option-aspect-ratio",
        seed="option-seed",
        count="option-count",
        audio="option-audio",
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def video(
        self,
        interaction: Interaction,
        prompt: Prompt,
        model: str | None = None,
        duration: Seconds | None = None,
        aspect_ratio: str | None = None,
        seed: Seed | None = None,
        count: Count = 1,
        audio: bool | None = None,
    ) -> None:
        wish = Wish(
            kind=MediaKind.VIDEO,
            prompt=prompt,
            model=model,
            duration=duration,
            aspect_ratio=aspect_ratio,
            seed=seed,
            count=count,
            audio=audio,
        )
        await self._order(interaction, wish)

    @app_commands.command(name="image", description="command-image")
    @app_commands.describe(
        prompt="option-image-prompt",
        model="option-model",
        aspect_ratio="option-aspect-ratio",
        seed="option-seed",
        count="option-count",
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def image(
        self,
        interaction: Interaction,
        prompt: Prompt,
        model: str | None = None,
        aspect_ratio: str | None = None,
        seed: Seed | None = None,
        count: Count = 1,
    ) -> None:
        wish = Wish(kind=MediaKind.IMAGE, prompt=prompt, model=model, aspect_ratio=aspect_ratio, seed=seed, count=count)
        await self._order(interaction, wish)

    async def _order(self, interaction: Interaction, wish: Wish) -> None:
        ordering = self._client.ordering
        plan = ordering.plan(wish)  # from memory: what is wrong with it is said at once, and privately
        await place(interaction, lambda occasion: ordering.submit(plan, occasion))

    @video.autocomplete("model")
    async def _video_models(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._models(typed, MediaKind.VIDEO)

    @image.autocomplete("model")
    async def _image_models(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._models(typed, MediaKind.IMAGE)

    @video.autocomplete("duration")
    async def _lengths(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
        model = self._chosen(interaction, MediaKind.VIDEO)
        texts = self._client.texts(interaction)
        found = [s for s in length_choices(model) if str(s).startswith(typed.strip())] if model else []
        return [app_commands.Choice(name=texts("setting-seconds", seconds=str(s)), value=s) for s in found[:_CHOICES]]

    @video.autocomplete("aspect_ratio")
    async def _video_ratios(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._ratios(interaction, typed, MediaKind.VIDEO)

    @image.autocomplete("aspect_ratio")
    async def _image_ratios(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self._ratios(interaction, typed, MediaKind.IMAGE)

    def _models(self, typed: str, kind: MediaKind) -> list[app_commands.Choice[str]]:
        catalogue = self._shelf.catalogue
        found = catalogue.find(typed, kind, _CHOICES) if catalogue else []
        return [app_commands.Choice(name=m.name[:_NAME], value=m.id) for m in found]

    def _ratios(self, interaction: Interaction, typed: str, kind: MediaKind) -> list[app_commands.Choice[str]]:
        model = self._chosen(interaction, kind)
        found = [r for r in ratio_choices(model) if typed.strip().lower() in r.lower()] if model else []
        return [app_commands.Choice(name=r[:_NAME], value=r[:_NAME]) for r in found[:_CHOICES]]

    def _chosen(self, interaction: Interaction, kind: MediaKind) -> Model | None:
        catalogue = self._shelf.catalogue
        name: str | None = getattr(interaction.namespace, "model", None)
        return catalogue.named(name or self._preferred[kind], kind) if catalogue else None
