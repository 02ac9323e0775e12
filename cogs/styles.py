"""`/style`: prompts' templates, models with their settings and pictures, under a name."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.files import given
from bot.chat.kit.replies import defer
from bot.chat.orders.model_search import ModelSearch
from bot.chat.styles.controls import delete_style, save_style, share_style, show_styles
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Model
from bot.domain.models.choices import ratio_choices, resolution_choices
from bot.domain.models.parameters import Json
from bot.domain.models.slots import Role
from bot.domain.orders.markup import MOST_NAME
from bot.domain.orders.styles import MOST_TEMPLATE, PLACEHOLDER
from bot.services.ordering.styles import StyleDraft
from cogs.options import MOST, NAME, Choices, Offering, StyleOption, Typed

Interaction = discord.Interaction[DroverClient]
_PARAMETERS = 1000  # characters
_BETWEEN = re.compile(r"[;\n]")
_NAMED = re.compile(r"\s*([A-Za-z_][\w-]*)\s*[=:]\s*(.*\S)\s*", re.DOTALL)


class StyleModel(Offering):
    """All models, with their prices."""

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context = InteractionContext.of(interaction)
        if context.services.catalogue_cache.catalogue is None:
            return []
        search, offered = ModelSearch.of(context), context.services.queue_service.offered(context.asked)
        found = [model for model in search.find(str(value)) if offered(model)]
        return [Choice(name=search.line(model), value=model.id) for model in found[:MOST]]


class StyleValue(Offering):
    """The values of one parameter that the chosen model takes."""

    def __init__(self, possible: Callable[[Model], Iterable[str]]) -> None:
        self._possible = possible

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        named: Any = interaction.namespace.model
        catalogue = InteractionContext.of(interaction).services.catalogue_cache.catalogue
        model = catalogue.named(str(named)) if catalogue is not None and named else None
        typed, possible = str(value).strip().lower(), self._possible(model) if model is not None else ()
        choices: Choices = [Choice(name=one[:NAME], value=one[:NAME]) for one in possible if typed in one.lower()]
        return choices[:MOST]


_STYLE = StyleOption("style", "option-style")


@app_commands.guild_only()
class Styles(commands.GroupCog, group_name="style", group_description="command-style"):
    @app_commands.command(name="save", description="command-style-save")
    @app_commands.describe(
        name="option-style-name",
        template="option-style-template",
        model="option-style-model",
        duration="option-style-duration",
        resolution="option-style-resolution",
        aspect_ratio="option-style-aspect-ratio",
        audio="option-audio",
        parameters="option-style-parameters",
        picture="option-style-picture",
        picture_2="option-style-picture",
        picture_3="option-style-picture",
    )
    async def save(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, MOST_NAME],
        template: app_commands.Range[str, 1, MOST_TEMPLATE] = PLACEHOLDER,
        model: app_commands.Transform[str, StyleModel] | None = None,
        duration: app_commands.Range[int, 1, 600] | None = None,
        resolution: app_commands.Transform[str, StyleValue(resolution_choices)] | None = None,
        aspect_ratio: app_commands.Transform[str, StyleValue(ratio_choices)] | None = None,
        audio: bool | None = None,
        parameters: app_commands.Range[str, 1, _PARAMETERS] | None = None,
        picture: discord.Attachment | None = None,
        picture_2: discord.Attachment | None = None,
        picture_3: discord.Attachment | None = None,
    ) -> None:
        context = InteractionContext.of(interaction)
        filled = {"duration": duration, "resolution": resolution, "aspect_ratio": aspect_ratio, "audio": audio}
        settings: dict[str, Json] = {key: value for key, value in filled.items() if value is not None}
        files = [given(file, Role.REFERENCE) for file in (picture, picture_2, picture_3) if file is not None]
        draft = StyleDraft(
            name=name,
            template=template,
            model=model,
            settings=settings,
            more=_parameters(parameters or ""),
            pictures=tuple(files),
        )
        await save_style(context, draft)

    @app_commands.command(name="list", description="command-style-list")
    async def list(self, interaction: Interaction) -> None:
        context = InteractionContext.of(interaction)
        await defer(interaction, ephemeral=True)
        await show_styles(context, 1)

    @app_commands.command(name="share", description="command-style-share")
    @app_commands.describe(style="option-style-share")
    async def share(self, interaction: Interaction, style: app_commands.Transform[str, _STYLE]) -> None:
        await share_style(InteractionContext.of(interaction), style)

    @app_commands.command(name="delete", description="command-style-delete")
    @app_commands.describe(style="option-style-delete")
    async def delete(self, interaction: Interaction, style: app_commands.Transform[str, _STYLE]) -> None:
        await delete_style(InteractionContext.of(interaction), style)


def _parameters(text: str) -> dict[str, Json]:
    """The model's own parameters, as "negative_prompt=blurry; loop=true" names them. Raises `Refusal`."""
    found: dict[str, Json] = {}
    for part in filter(str.strip, _BETWEEN.split(text)):
        named = _NAMED.fullmatch(part)
        if named is None:
            raise Refusal("style-parameters", given=part.strip()[:NAME])
        found[named[1]] = named[2]
    return found
