"""The Discord client: slash commands through the gateway, nothing privileged, nothing cached but guilds."""

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.favourites import controls as favourites
from bot.chat.history import controls as history
from bot.chat.kit import session
from bot.chat.kit.components import PersistentItem
from bot.chat.kit.control import Control, Controls
from bot.chat.kit.errors import BROKEN
from bot.chat.kit.rate_limiter import RateLimiter
from bot.chat.kit.replies import explain, refuse
from bot.chat.kit.services import Services
from bot.chat.orders import controls as orders
from bot.chat.privacy import controls as privacy
from bot.chat.queue import controls as queue
from bot.chat.registration import CommandTranslator, global_commands, ids_of, register
from bot.chat.results import controls as results
from bot.chat.settings import controls as settings
from bot.chat.styles import controls as styles
from bot.chat.usage import controls as usage
from bot.domain.errors import Refusal

log = logging.getLogger(__name__)

MOST_SERVERS = 2_500  # on one connection; Discord closes it with 4011 when there are more
MANY_SERVERS = 2_000  # from here on the operator hears of it at each start and with every _SOME_MORE of them
_SOME_MORE = 50
_UNLIMITED = 10_000.0  # requests a second
_INTEGER = discord.AppCommandOptionType.integer.value
FEATURES = (session, orders, results, queue, history, favourites, usage, privacy, settings, styles)
CONTROLS: Sequence[Control] = tuple(control for feature in FEATURES for control in feature.CONTROLS)
MakeCogs = Callable[["DroverClient"], Sequence[commands.Cog]]


def _no_number(data: Mapping[str, Any] | None) -> str | None:
    """What stands where a whole number belongs. Discord's clients send none such; discord.py takes it as it comes."""
    for option in (data or {}).get("options", ()):
        value = option.get("value")
        if option["type"] == _INTEGER and not (isinstance(value, int) and not isinstance(value, bool)):
            return str(value)
        if (deeper := _no_number(option)) is not None:
            return deeper
    return None


class DroverTree(app_commands.CommandTree["DroverClient"]):
    """The tree of commands: one place where errors become a reply. All are for servers, where the server pays."""

    def __init__(self, client: "DroverClient") -> None:
        super().__init__(client, allowed_installs=app_commands.AppInstallationType(guild=True, user=False))

    def add_menu(self, menu: app_commands.ContextMenu) -> None:
        """As `add_command`, which takes 5 of a kind in discord.py 2.7.1: Discord takes 15 (FACTS section 3)."""
        self._context_menus[menu.name, None, menu.type.value] = menu

    async def interaction_check(self, interaction: discord.Interaction["DroverClient"], /) -> bool:
        if interaction.type is discord.InteractionType.autocomplete:
            if interaction.guild_id is None:
                await interaction.response.autocomplete([])
            return interaction.guild_id is not None
        if interaction.guild_id is None:
            refusal = Refusal("guild-only")
        elif self.client.services.closing.is_set():
            refusal = Refusal("closing")
        elif (given := _no_number(interaction.data)) is not None:
            refusal = Refusal("not-a-number", given=given[:50])
        else:
            return True
        await refuse(interaction, refusal)
        return False

    async def on_error(
        self, interaction: discord.Interaction["DroverClient"], error: app_commands.AppCommandError, /
    ) -> None:
        name = str((interaction.data or {}).get("name"))[:32]
        if isinstance(error, app_commands.CommandNotFound):  # of an earlier version, or of another program
            refusal = Refusal("command-gone", name=name)
        elif isinstance(error, app_commands.CommandSignatureMismatch | app_commands.TransformerError):
            refusal = Refusal("command-changed", name=name)
        else:
            await explain(interaction, error.__cause__ or error, command=name)
            return
        log.warning("command unknown", extra={"command": name, "reason": refusal.key})
        if interaction.type is not discord.InteractionType.autocomplete:
            await refuse(interaction, refusal)
        elif not interaction.response.is_done():
            with contextlib.suppress(discord.HTTPException, *BROKEN):
                await interaction.response.autocomplete([])


class DroverClient(commands.Bot):
    """`make_services` builds what members ask for on this connection, `make_cogs` the commands."""

    def __init__(
        self,
        *,
        make_services: Callable[[discord.Client], Services],
        make_cogs: MakeCogs,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice here, nothing to warn of
        super().__init__(
            command_prefix=commands.when_mentioned,  # there are no text commands
            help_command=None,
            intents=discord.Intents(guilds=True),
            tree_cls=DroverTree,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=(rate_limiter or RateLimiter(_UNLIMITED)).trace(),
        )
        self.services = make_services(self)
        self.controls = Controls(CONTROLS)
        self.is_connected = False
        self.answers = True  # whether commands come here; else it only asks and posts
        self._make_cogs = make_cogs
        self._translator = CommandTranslator(self.services.translations)

    async def setup_hook(self) -> None:
        if self.application_id is None:
            raise RuntimeError("not logged in")
        if self.answers:
            await self.assemble()
            there = await register(self.http, self.application_id, await self.payloads())
        else:
            there = await global_commands(self.http, self.application_id)
        self.services.translations.mention_commands(ids_of(there))

    async def assemble(self) -> None:
        """Adds what members use. Needs no connection."""
        self.add_dynamic_items(PersistentItem)
        await self.tree.set_translator(self._translator)
        for cog in self._make_cogs(self):
            await self.add_cog(cog)

    async def on_connect(self) -> None:
        self.is_connected = True
        log.info("ready", extra={"application": self.application_id})
        if len(self.guilds) >= MANY_SERVERS:
            self._warn_of_servers()

    async def on_guild_join(self, _: discord.Guild) -> None:
        count = len(self.guilds)
        if count >= MANY_SERVERS and count % _SOME_MORE == 0:
            self._warn_of_servers()

    def _warn_of_servers(self) -> None:
        log.warning("close to the most servers", extra={"servers": len(self.guilds), "most": MOST_SERVERS})

    async def on_resumed(self) -> None:
        self.is_connected = True

    async def on_disconnect(self) -> None:
        self.is_connected = False

    async def on_thread_remove(self, thread: discord.Thread) -> None:
        """Somebody took the bot out of a thread. discord.py goes on showing it as a member there."""
        thread.me = None

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Takes forms, and controls that another program with the same token left in messages.

        Our own buttons and selects come through `PersistentItem`.
        """
        custom_id = str(cast("Mapping[str, Any]", interaction.data or {}).get("custom_id", ""))
        foreign = interaction.type is discord.InteractionType.component and not PersistentItem.owns(custom_id)
        if foreign or interaction.type is discord.InteractionType.modal_submit:
            await self.controls.handle(interaction)

    async def payloads(self) -> list[dict[str, Any]]:
        """The commands as Discord is to show them."""
        return [
            self._translator.in_english(await command.get_translated_payload(self.tree, self._translator))
            for command in self.tree.get_commands()
        ]
