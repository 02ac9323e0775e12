"""The Discord client: slash commands through the gateway, nothing privileged, nothing cached but guilds."""

import asyncio
import contextlib
import logging
import math
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import discord
import discord.gateway
from discord import app_commands
from discord.ext import commands

from bot.chat.favourites import controls as favourites
from bot.chat.history import controls as history
from bot.chat.kit import session
from bot.chat.kit.components import PersistentItem
from bot.chat.kit.context import FrontEnd
from bot.chat.kit.control import Control, Controls
from bot.chat.kit.errors import CALL_FAILED
from bot.chat.kit.rate_limiter import RateLimiter
from bot.chat.kit.replies import explain, refuse
from bot.chat.orders import controls as orders
from bot.chat.privacy import controls as privacy
from bot.chat.queue import controls as queue
from bot.chat.registration import CommandTranslator, ids_of, register
from bot.chat.results import controls as results
from bot.chat.settings import controls as settings
from bot.chat.styles import controls as styles
from bot.chat.usage import controls as usage
from bot.domain.errors import Refusal
from bot.domain.shards import Shards

log = logging.getLogger(__name__)

_UNLIMITED = 10_000.0  # requests a second
_CHAT_INPUT = discord.AppCommandType.chat_input
_INTEGER = discord.AppCommandOptionType.integer.value
FEATURES = (session, orders, results, queue, history, favourites, usage, privacy, settings, styles)
CONTROLS: Sequence[Control] = tuple(control for feature in FEATURES for control in feature.CONTROLS)
MakeCogs = Callable[["DroverClient"], Sequence[commands.Cog]]
LISTED = "guilds_listed"  # the event, with a shard's number and the ids of its guilds, those in an outage among them


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
        elif self.client.front_end.closing.is_set():
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
            with contextlib.suppress(*CALL_FAILED):
                await interaction.response.autocomplete([])


class DroverClient(commands.AutoShardedBot):
    """`make_front_end` builds what commands, buttons and forms work with, `make_cogs` the commands.

    `before_identify` is waited for before each IDENTIFY, with the shard's number.
    """

    def __init__(
        self,
        *,
        make_front_end: Callable[[discord.Client], FrontEnd],
        make_cogs: MakeCogs,
        rate_limiter: RateLimiter | None = None,
        before_identify: Callable[[int], Awaitable[None]] | None = None,
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
        self.front_end = make_front_end(self)
        self.services = self.front_end.services
        self.controls = Controls(CONTROLS)
        self.connected = set[int]()  # the numbers of the shards that are
        self._began = False
        self._make_cogs = make_cogs
        self._translator = CommandTranslator(self.front_end.translations)
        self._before_identify = before_identify

    def serve(self, shards: Shards) -> None:
        """From `connect` on, these shards and no others."""
        self.shard_ids, self.shard_count = list(shards.ids), shards.count

    @property
    def is_connected(self) -> bool:
        """Whether each of the shards is."""
        return self.connected.issuperset(self.shard_ids or ()) and bool(self.connected)

    @property
    def worst_latency(self) -> float:
        """Seconds of the slowest heartbeat; NaN without one."""
        return max((seconds for _, seconds in self.latencies), default=math.nan)

    async def register(self) -> Mapping[str, int]:
        """Registers the commands, unless Discord has exactly these; their ids. Raises `discord.HTTPException`."""
        if self.application_id is None:
            raise RuntimeError("not logged in")
        ids = ids_of(await register(self.http, self.application_id, await self.payloads()))
        self.front_end.translations.mention_commands(ids)
        return ids

    def learn(self, ids: Mapping[str, int]) -> bool:
        """Another process has registered these. Whether all of ours are among them."""
        self.front_end.translations.mention_commands(ids)
        there = {name.partition(" ")[0] for name in ids}  # of a group the commands in it are named
        return bool(ids) and all(command.name in there for command in self.tree.get_commands(type=_CHAT_INPUT))

    async def assemble(self) -> None:
        """Adds what members use. Needs no connection, but has to come before it."""
        self.add_dynamic_items(PersistentItem)
        await self.tree.set_translator(self._translator)
        for cog in self._make_cogs(self):
            await self.add_cog(cog)

    async def login(self, token: str) -> None:
        self._began = True
        await super().login(token)

    async def close(self) -> None:
        """Before a login as well, for which discord.py 2.7.1 lacks a queue where there are shards."""
        if not self._began:
            await self._async_setup_hook()
        await super().close()

    async def hang_up(self) -> None:
        """After `close` and the end of `connect`: ends the connections and heartbeats of shards that were being
        connected then.

        discord.py 2.7.1 begins them before it knows the shard, and nothing of its own ends them any more.
        """
        for thread in threading.enumerate():
            if isinstance(thread, discord.gateway.KeepAliveHandler) and thread.ws.loop is self.loop:
                thread.stop()
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(1):
                        await thread.ws.close(1000)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if self._before_identify is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self._before_identify(shard_id or 0)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Says what a READY has listed before anything else of the shard's is read.

        discord.py makes each of these guilds anew, unavailable until it comes. Those it had before, which are not in
        the list, it keeps where a bot has several shards.
        """
        if event_name == "shard_connect":
            [shard_id] = args
            ours = [guild for guild in self.guilds if guild.shard_id == shard_id]
            super().dispatch(LISTED, shard_id, frozenset(guild.id for guild in ours if guild.unavailable))
        super().dispatch(event_name, *args, **kwargs)

    async def on_shard_connect(self, shard_id: int) -> None:
        self.connected.add(shard_id)
        shards = len(self.shard_ids or ())
        if shards > 1:
            connected = len(self.connected)
            log.info("shard connected", extra={"shard": shard_id, "shards": shards, "connected": connected})
        if self.is_connected:
            log.info("ready", extra={"application": self.application_id, "shards": shards})

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.connected.add(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self.connected.discard(shard_id)

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
