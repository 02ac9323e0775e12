"""The commands in a message's menu (right click, Apps): what can be done with the files in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.files import files_in
from bot.chat.orders.messages import large_results
from bot.chat.orders.model_search import EVERYTHING, ModelSearch
from bot.chat.orders.order_form import OrderForm
from bot.chat.orders.pages import MessagePage, made_by
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model, ModelGroup
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import Offered
from cogs.options import MOST

Interaction = discord.Interaction[DroverClient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One command: its key, the files it takes, what the models have to do with them."""

    key: str
    kinds: Sequence[InputKind]
    group: ModelGroup
    role: Role | None
    several: bool = False
    words: str = ""  # models with these in their name come first


USES = (
    Use(key="menu-animate", kinds=(InputKind.IMAGE,), group=ModelGroup.IMAGE_TO_VIDEO, role=Role.START),
    Use(key="menu-edit", kinds=(InputKind.IMAGE,), group=ModelGroup.IMAGE_EDITING, role=Role.START),
    Use(
        key="menu-reference",
        kinds=(InputKind.IMAGE, InputKind.VIDEO),
        group=ModelGroup.REFERENCE_TO_VIDEO,
        role=Role.REFERENCE,
        several=True,
    ),
    Use(key="menu-extend", kinds=(InputKind.VIDEO,), group=ModelGroup.VIDEO_TO_VIDEO, role=Role.SOURCE, words="extend"),
    Use(key="menu-upscale", kinds=(InputKind.IMAGE, InputKind.VIDEO), group=ModelGroup.UPSCALE, role=None),
)


class Menus(commands.Cog):
    def __init__(self, client: DroverClient) -> None:
        self._client = client
        self._services = client.services
        self._menus = [self._menu(use) for use in USES]

    async def cog_load(self) -> None:
        """Commands of this kind cannot be methods of a cog: they are added to the tree by hand."""
        for menu in self._menus:
            self._client.tree.add_command(menu)

    async def cog_unload(self) -> None:
        for menu in self._menus:
            self._client.tree.remove_command(menu.name, type=menu.type)

    def _menu(self, use: Use) -> app_commands.ContextMenu:
        async def used(interaction: Interaction, message: discord.Message) -> None:
            catalogue = self._services.catalogue_cache.require()
            context = InteractionContext.of(interaction)
            large = await large_results(message, context.guild_id, self._services.links)
            files = [file for file in (*files_in(message), *large) if file.kind in use.kinds]
            if not files:
                raise Refusal("menu-nothing", kinds="both" if len(use.kinds) > 1 else use.kinds[0].value)
            kinds = {file.kind for file in files if file.kind is not None}
            offered = self._services.queue_service.offered(context.asked)
            models = group_models(catalogue, use.group, kinds if len(kinds) == 1 else (), offered)
            rank = self._services.order_service.rank
            models.sort(key=lambda model: (use.words not in model.id, rank(model)))
            del models[MOST:]  # by what they need and not by what they tell: a price may be announced any day
            models.sort(key=lambda model: (use.words not in model.id, rank(model), model.pricing is None))
            if not models:
                raise Refusal("no-models", kind=MediaKind.VIDEO.value)
            heading = context.texts(f"name-{use.key}")
            search = ModelSearch.of(context)
            shown = {search.line(model): model for model in models}
            page = MessagePage(heading=heading, files=files, models=shown, role=use.role, several=use.several)
            request = GenerationRequest(kind=made_by(models[0]))
            await OrderForm(context, request, [page]).open(interaction)

        english = self._services.translations.of("en-US")(f"name-{use.key}")
        menu = app_commands.ContextMenu(name=app_commands.locale_str(english, key=use.key), callback=used)
        return app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(menu)


def group_models(catalogue: Catalogue, group: ModelGroup, kinds: Iterable[InputKind], offered: Offered) -> list[Model]:
    """The `offered` models of `group` that take a file of each of `kinds`, those first that need no more."""
    wanted = set(kinds)
    found = [
        model
        for model in catalogue.find("", group=group, limit=EVERYTHING)
        if wanted <= {slot.kind for slot in model.slots} and offered(model)
    ]
    return sorted(found, key=lambda model: len(model.needs))
