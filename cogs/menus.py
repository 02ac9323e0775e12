"""The commands in a message's menu (right click, Apps): what can be done with the files in it, and with a result."""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient, DroverTree
from bot.chat.kit.context import InteractionContext
from bot.chat.results.moderating import delete_by_menu, report_by_menu
from bot.chat.results.uses import ANIMATION, EDITING, EXTENSION, REFERENCE, UPSCALING, Use, open_use

Interaction = discord.Interaction[DroverClient]
Act = Callable[[InteractionContext, discord.Message], Awaitable[None]]
USES: Mapping[str, Use] = {
    "menu-animate": ANIMATION,
    "menu-edit": EDITING,
    "menu-reference": REFERENCE,
    "menu-extend": EXTENSION,
    "menu-upscale": UPSCALING,
}
ACTS: Mapping[str, Act] = {"menu-delete": delete_by_menu, "menu-report": report_by_menu}
KEYS = (*USES, *ACTS)  # of their names


class Menus(commands.Cog):
    def __init__(self, client: DroverClient) -> None:
        self._client = client
        self._translations = client.front_end.translations
        self._menus = [self._menu(key) for key in KEYS]

    async def cog_load(self) -> None:
        """Commands of this kind cannot be methods of a cog: they are added to the tree by hand."""
        for menu in self._menus:
            cast("DroverTree", self._client.tree).add_menu(menu)

    async def cog_unload(self) -> None:
        for menu in self._menus:
            self._client.tree.remove_command(menu.name, type=menu.type)

    def _menu(self, key: str) -> app_commands.ContextMenu:
        async def used(interaction: Interaction, message: discord.Message) -> None:
            context = InteractionContext.of(interaction)
            if key in USES:
                await open_use(context, message, USES[key], context.texts(f"name-{key}"))
            else:
                await ACTS[key](context, message)

        english = self._translations.of("en-US")(f"name-{key}")
        menu = app_commands.ContextMenu(name=app_commands.locale_str(english, key=key), callback=used)
        return app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(menu)
