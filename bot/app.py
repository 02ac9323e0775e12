"""The composition root: settings become parts, parts run in one task group until somebody says stop."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import discord.gateway
import discord.http
from discord.ext import commands
from yarl import URL

from bot import __version__
from bot.chat.client import DroverClient
from bot.chat.messenger import DiscordMessenger
from bot.chat.translation import Translations
from bot.domain.catalogue import MediaKind
from bot.domain.clock import SystemClock
from bot.domain.ids import IdMaker
from bot.ops.health import Health, serve_health
from bot.oxen.client import OxenClient
from bot.services.billing import Billing
from bot.services.delivery import CardKeeping, Delivery
from bot.services.ordering import Ordering
from bot.services.shelf import Shelf
from bot.services.submission import Reconciliation, Submission
from bot.services.supervision import Crew, Loop
from bot.services.tracking import Cancelling, Listening, Tracking
from bot.settings import LOCALES, MIGRATIONS, Settings, Unbilled
from bot.store.database import Database
from bot.store.endings import Endings
from bot.store.generations import Generations
from bot.store.guilds import Facts, Guilds
from bot.store.lock import sole_user
from bot.store.migrations import migrate
from bot.store.orders import Orders
from bot.store.posts import Posts
from cogs.about import About
from cogs.generate import Generate
from cogs.queue import Queue
from cogs.settings import Settings as SettingsCog

log = logging.getLogger(__name__)

_PATIENCE = timedelta(seconds=8)  # at the end, for what is between two commits; containers are killed after 10
_DEAF = frozenset({"catalogue", "events"})  # these wait for the provider, not for rows
_HEALTH_HOST = "127.0.0.1"


class StartError(Exception):
    """The bot cannot start; the message says why and what to do. `setting`: a setting has to change first."""

    def __init__(self, message: str, *, setting: bool = True) -> None:
        super().__init__(message)
        self.setting = setting


class App:
    """All parts, connected. `run` lives until `stop` is set."""

    def __init__(self, settings: Settings, db: Database, oxen: OxenClient) -> None:
        self._settings = settings
        clock = SystemClock()
        new_id = IdMaker(clock)
        endings = Endings(new_id, timedelta(seconds=settings.grace_seconds))
        own_pays = settings.without_namespace is Unbilled.OWN
        orders, generations = Orders(db, endings, new_id), Generations(db, endings)
        guilds, posts = Guilds(db), Posts(db)
        self._guilds, self._clock, self._own_pays = guilds, clock, own_pays
        self._billing = Billing(guilds, own_pays=own_pays)
        self._shelf = Shelf(oxen, timedelta(seconds=settings.catalogue_seconds))
        translations = Translations(LOCALES)
        self.client = DroverClient(translations=translations, facts=Facts(db), make_cogs=self._cogs)
        messenger = DiscordMessenger(self.client, translations)
        self.client.ordering = Ordering(
            orders=orders,
            generations=generations,
            billing=self._billing,
            shelf=self._shelf,
            preferred={MediaKind.VIDEO: settings.video_models, MediaKind.IMAGE: settings.image_models},
            new_id=new_id,
            clock=clock,
            wake=self.wake,
        )
        self._tracking = Tracking(
            generations,
            oxen,
            clock,
            self.wake,
            poll=timedelta(seconds=settings.poll_seconds),
            poll_quiet=timedelta(seconds=settings.poll_seconds_quiet),
        )
        self._reconciliation = Reconciliation(orders, oxen, clock, self.wake)
        submission = Submission(orders, oxen, clock, self.wake)
        delivery = Delivery(posts, oxen, messenger, clock, self.wake, work_dir=settings.work_dir)
        cards = CardKeeping(orders, messenger, clock, self.wake)
        listening = Listening(oxen, self._tracking, self.wake)
        cancelling = Cancelling(generations, oxen, self._tracking, clock)
        # These need no Discord; those that do start once the client is logged in.
        self._loops = {
            name: Loop(name, step, clock)
            for name, step in {
                "catalogue": self._shelf.step,
                "events": listening.step,
                "tracking": self._tracking.step,
                "reconciliation": self._reconciliation.step,
                "cancelling": cancelling.step,
                "submission": submission.step,
                "delivery": delivery.step,
                "cards": cards.step,
            }.items()
        }
        self._crews: Sequence[Crew] = (submission.crew, delivery.crew, cards.crew)
        self.health = Health(list(self._loops.values()), self._ready, self._facts)

    def wake(self) -> None:
        """Rows changed: every loop that reads them looks whether that concerns it."""
        for name, loop in self._loops.items():
            if name not in _DEAF:
                loop.wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Connects, works, and leaves within ten seconds once `stop` is set. Raises `StartError`."""
        async with AsyncExitStack() as stack:
            if self._settings.health_port is not None:
                await stack.enter_async_context(serve_health(self.health, _HEALTH_HOST, self._settings.health_port))
            await self._reconciliation.recover()
            background = [asyncio.create_task(self._loops["catalogue"].run(), name="catalogue")]
            try:
                await self._log_in()
                background += [
                    asyncio.create_task(loop.run(), name=n) for n, loop in self._loops.items() if n != "catalogue"
                ]
                gateway = asyncio.create_task(self.client.connect(), name="gateway")
                background.append(gateway)
                await self._until(stop, gateway)
            finally:
                await self._leave(background)

    async def _until(self, stop: asyncio.Event, gateway: asyncio.Task[None]) -> None:
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({stopped, gateway}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        if gateway.done():
            _explain_end(gateway)

    async def _log_in(self) -> None:
        try:
            await self.client.login(self._settings.discord_token.get_secret_value())
        except discord.LoginFailure as error:
            raise StartError(
                "DISCORD_TOKEN: Discord does not accept this token; copy it again from "
                "discord.com/developers, your application, Bot"
            ) from error
        except (aiohttp.ClientError, OSError, discord.HTTPException) as error:
            raise StartError(
                f"Discord cannot be reached ({type(error).__name__}); check the network", setting=False
            ) from error

    async def _leave(self, background: Sequence[asyncio.Task[None]]) -> None:
        self.client.closing = True
        loops = [task for task in background if task.get_name() != "gateway"]
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await asyncio.gather(*(crew.dismiss(_PATIENCE) for crew in self._crews))
        await self.client.close()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        log.info("stopped")

    def _ready(self) -> bool:
        return self.client.is_connected and self._shelf.catalogue is not None and not self.client.closing

    def _facts(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "discord": self.client.is_connected,
            "event_stream": self._tracking.stream_up,
            "models": len(self._shelf.catalogue or ()),
        }

    def _cogs(self, client: DroverClient) -> Sequence[commands.Cog]:
        preferred = {MediaKind.VIDEO: self._settings.video_models[0], MediaKind.IMAGE: self._settings.image_models[0]}
        return (
            Generate(client, self._shelf, preferred),
            Queue(client),
            SettingsCog(client, self._guilds, self._clock, own_pays=self._own_pays),
            About(client, self._billing, self._shelf, __version__),
        )


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Runs the bot until `stop` is set.

    Raises `StartError`, `bot.store.lock.DatabaseInUse` or `bot.store.migrations.MigrationError`.
    """
    prepare_folder(settings.database.parent)
    with sole_user(settings.database):
        await asyncio.to_thread(migrate, settings.database, MIGRATIONS)
        await point_discord(settings)
        async with (
            Database(settings.database) as db,
            OxenClient(str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()) as oxen,
        ):
            await App(settings, db, oxen).run(stop)


def prepare_folder(folder: Path) -> None:
    """Makes the folder of the database. Raises `StartError` where that is not allowed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".drover-writes-here"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"DROVER_DATABASE_URL: cannot write in {folder} ({error.strerror}); "
            "give the user that runs Drover the right to, or choose another place"
        ) from error


async def point_discord(settings: Settings) -> None:
    """Points discord.py at another host than Discord's. It has no setting for that: the classes carry it."""
    if settings.discord_api_url is not None:
        url = URL(str(settings.discord_api_url).rstrip("/"))
        base = url / "api/v10" if url.path in {"", "/"} else url
        discord.http.Route.BASE = str(base)
        if settings.discord_gateway_url is None:
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = await _gateway_of(base)
    if settings.discord_gateway_url is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.discord_gateway_url)


async def _gateway_of(base: URL) -> URL:
    try:
        async with aiohttp.ClientSession() as session, session.get(base / "gateway") as response:
            return URL((await response.json(content_type=None))["url"])
    except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError) as error:
        raise StartError(f"DISCORD_API_URL: no Discord answers at {base} ({type(error).__name__})") from error


def _explain_end(gateway: asyncio.Task[None]) -> None:
    """The gateway ended by itself: say why, in words. Raises `StartError`."""
    error = gateway.exception()
    if isinstance(error, discord.PrivilegedIntentsRequired | discord.ConnectionClosed):
        raise StartError(f"Discord closed the connection for good: {error}") from error
    if error is not None:
        raise error
