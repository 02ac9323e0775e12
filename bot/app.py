"""The composition root: settings become parts, parts run in one task group until somebody says stop."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import discord
import discord.gateway
import discord.http
from yarl import URL

from bot.chat.client import DroverClient
from bot.chat.kit.context import FrontEnd
from bot.chat.kit.errors import CALL_FAILED
from bot.chat.kit.guilds import ConnectedGuilds
from bot.chat.kit.input_files import INPUTS, DiscordInputFiles
from bot.chat.kit.previews import Previews
from bot.chat.kit.rate_limiter import RateLimiter
from bot.chat.kit.session_store import SessionStore
from bot.chat.messenger import DiscordMessenger
from bot.domain.clock import Clock, SharedClock, SystemClock
from bot.domain.contact import Contact
from bot.domain.errors import OperatorError
from bot.domain.ids import IdMaker, is_id
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.payer import Unbilled
from bot.domain.roles import EVERYTHING, WantedRoles
from bot.domain.rules.policy import GuildPolicy
from bot.domain.rules.prices import PriceList, read_prices
from bot.domain.shards import Shards
from bot.keys import check_opened
from bot.media.transcoder import SubprocessTranscoder
from bot.ops import watching
from bot.ops.health import Health, serve_health
from bot.ops.status import Status
from bot.ops.watching import Sizes, Watch
from bot.oxen.client import OxenClient
from bot.oxen.providers import OxenProviders
from bot.services.background import CATALOGUE
from bot.services.engine import Engine
from bot.services.identifying import IdentifyTurns
from bot.services.policy import TIMING, Policy, Timing
from bot.services.tracking.tracker import Polling
from bot.services.wallet.billing import BillingPolicy
from bot.services.wallet.keys import Keyring
from bot.settings import LOCALES, MIGRATIONS, Settings
from bot.store.database import Database
from bot.store.gateway import CommandRows, GuildFactRows, IdentifyTurnRows
from bot.store.installation import KeyValues
from bot.store.private import PROBE, DatabaseInUse, make_folder, sole_user, tighten_folder, try_folder, unwritable
from bot.store.storage import Storage
from bot.store.wallet.accounts import Keys
from bot.texts import Translations
from cogs import make_cogs

log = logging.getLogger(__name__)

_PATIENCE = timedelta(seconds=8)  # at the end, for what is between two commits; containers are killed after 10
_COMMANDS_EVERY = 15.0  # seconds between two looks for commands that another process registers
_CANCELLED_AGAIN = 0.5  # seconds
_SHARE_EVERY = 2.0  # seconds between two looks at who shares Discord's limit; `RateLimiter` knows
_FONTS = "matplotlib"  # where earlier versions kept their list of fonts

# Discord's close codes after which there is no reconnecting (gateway close event codes), in words.
_ENDED = "Discord closed the connection for good"
_BAD_TOKEN = 4004
_END_CODES = {
    _BAD_TOKEN: "Discord does not accept this token any more; copy it again from discord.com/developers, your "
    "application, Bot",
    4010: "it does not know this shard; give each process a range of the same number of shards, and start it again",
    4011: "the bot is in more servers than so many connections (shards) may have. Start it again: it makes as many as "
    "Discord recommends. Where --shards says how many, choose more of them, for each process",
    4012: "it does not speak this version of its protocol any more; update Drover",
    4013: "it does not know the intents that Drover asks for; update Drover",
    4014: "it does not allow the intents that Drover asks for. Drover asks for guilds only, which need no permission; "
    "update Drover",
}


class StartError(OperatorError):
    """The bot cannot start; the message says why and what to do. `setting`: a setting has to change first."""

    def __init__(self, message: str, *, setting: bool = True) -> None:
        super().__init__(message)
        self.setting = setting


class App:
    """All parts, connected. `run` lives until `stop` is set.

    `oxen` goes by the operator's key, as `providers` may; `contact` has heard what became of its requests. Where it
    serves all servers, it does so on as many shards as Discord recommends.
    """

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        db: Database,
        oxen: OxenClient,
        providers: OxenProviders,
        keyring: Keyring,
        contact: Contact,
        clock: Clock,
        timing: Timing,
    ) -> None:
        self._settings = settings
        self._db = db
        self._contact = contact
        self._clock = clock
        self._timing = timing
        self._rate_limiter = RateLimiter(
            settings.discord_rate, hold=db.lease.hold, answer=db.lease.answer, part=db.part
        )
        several = storage.file is None  # processes, which may share the token
        self._commands = CommandRows(KeyValues(db))
        self._identified = set[int]()  # the numbers of the shards that were, in this process
        self._turns = IdentifyTurns(clock, IdentifyTurnRows(db) if several else None, timing.identify)

        self.client = DroverClient(
            make_front_end=partial(self._connect, db, oxen, providers, keyring),
            make_cogs=make_cogs,
            rate_limiter=self._rate_limiter,
            before_identify=self._before_identify,
        )
        self._engine = self.client.services
        oxen_url, sizes = str(settings.oxen_api_url), Sizes()
        looks = [
            *watching.database(db, storage, clock.now),
            watching.work_folder(settings.work_dir),
            watching.oxen(oxen, contact, clock, oxen_url),
        ]
        if settings.health_port is not None:
            looks.append(watching.sizes(storage, settings.work_dir, sizes))
        self._watch = Watch(looks, clock)
        self._status = status = Status(
            engine=self._engine,
            db=db,
            gateway=self.client,
            requests=self._rate_limiter,
            oxen=contact,
            oxen_url=oxen_url,
            watch=self._watch,
            sizes=sizes,
            closing=self.client.front_end.closing,
        )
        background = self._engine.background
        self.health = Health(list(background.loops.values()), background.pools, status.missing, status.facts, clock)

    def _connect(
        self, db: Database, oxen: OxenClient, providers: OxenProviders, keyring: Keyring, client: discord.Client
    ) -> FrontEnd:
        """Builds what the client asks, and what posts results on its connection."""
        settings = self._settings
        translations, new_id = Translations(LOCALES), IdMaker(self._clock)
        messenger = DiscordMessenger(
            client,
            ConnectedGuilds(client, GuildFactRows(db)),
            translations,
            self._timing.card_token,
            lambda: engine.catalogue_cache.catalogue,
            hold=db.lease.hold,
        )
        input_files = DiscordInputFiles(client, lambda: engine.links, messenger.limits, settings.work_dir)
        engine = Engine(
            db=db,
            provider=oxen,
            providers=providers,
            keyring=keyring,
            input_files=input_files,
            messenger=messenger,
            clock=self._clock,
            new_id=new_id,
            policy=_policy(settings, self._timing),
            transcoder=SubprocessTranscoder(),
        )
        return FrontEnd(
            services=engine,
            translations=translations,
            input_files=input_files,
            previews=Previews(client),
            sessions=SessionStore(self._clock, new_id),
            own_pays=settings.without_namespace is not Unbilled.REFUSE,
        )

    async def run(self, stop: asyncio.Event, wanted: WantedRoles) -> None:
        """Takes a role, connects, works, and leaves within ten seconds once `stop` is set. Raises `StartError`."""
        background = self._engine.background
        async with AsyncExitStack() as stack:
            if self._settings.health_port is not None:
                await stack.enter_async_context(self._served(self._settings.health_port))
            watch = asyncio.create_task(self._watch.run(), name="watch")
            ours = asyncio.create_task(self._db.until_replaced(), name="database is ours")
            news = asyncio.create_task(self._db.listen(self._engine.heard), name="news")
            taking = asyncio.create_task(self._db.take(wanted), name="role")
            looking = asyncio.create_task(self._turns.look_on(), name="turns of others")
            tasks = [
                watch,
                ours,
                news,
                taking,
                looking,
                asyncio.create_task(self._share_limit(), name="share of Discord's limit"),
            ]
            try:
                if not await _over_before(stop, taking, watch, ours):
                    return
                taking.result()
                looking.cancel()
                names = background.of(self._db.role)
                await self._engine.recover(self._db.role)
                login = asyncio.create_task(self._log_in(), name="login")
                tasks.append(login)
                early = [CATALOGUE] if CATALOGUE in names else []  # before the login: both take a moment
                workers = [watch, ours, news, *(asyncio.create_task(background.run([name])) for name in early)]
                tasks += workers[3:]
                if await _over_before(stop, login, *workers):
                    login.result()
                    loops = asyncio.create_task(background.run(names - {CATALOGUE}))
                    gateway = loops
                    tasks += [loops, asyncio.create_task(self._learn_commands())]
                    if self._db.role.shards is not None:
                        gateway = asyncio.create_task(self.client.connect(), name="gateway")
                        tasks.append(gateway)
                    if await _over_before(stop, gateway, loops, *workers):
                        _explain_end(gateway)
            finally:
                await self._leave(tasks)

    async def _log_in(self) -> None:
        shards = self._db.role.shards
        try:
            await self.client.login(self._settings.discord_token.get_secret_value())
            if shards is None:  # no commands come here: it asks and posts
                return
            await self.client.assemble()
            gateway = self.client.http.get_bot_gateway()
            if 0 in shards.ids:  # one process registers the commands; the others read in the rows what came of it
                (recommended, _, starts), ids = await asyncio.gather(gateway, self.client.register())
                await self._commands.put(ids)
            else:
                recommended, _, starts = await gateway
            if shards == Shards():
                shards = Shards(0, recommended - 1, recommended)
        except discord.LoginFailure as error:
            raise StartError(
                "DISCORD_TOKEN: Discord does not accept this token; copy it again from "
                "discord.com/developers, your application, Bot"
            ) from error
        except CALL_FAILED as error:
            raise StartError(
                f"Discord cannot be reached ({type(error).__name__}); check the network", setting=False
            ) from error
        self._turns.max_concurrency = starts["max_concurrency"]
        self.client.serve(shards)
        # Other processes may start theirs at the same moment.
        pause = check_logins(starts["remaining"], starts["total"], _left(starts), shards.count)
        await asyncio.sleep(pause.total_seconds())

    async def _share_limit(self) -> None:
        """Discord counts the requests of all processes that use the token: each has its part of the limit."""
        while True:
            self._rate_limiter.share(self._db.part)
            await asyncio.sleep(_SHARE_EVERY)

    async def _learn_commands(self) -> None:
        """The ids of what another process registers, which may be later than this one starts. They make commands in
        texts ones that can be clicked; nothing else needs them.
        """
        known = 0 in (self.client.shard_ids or ())
        while not known:
            try:
                known = self.client.learn(await self._commands.get())
            except Exception:
                log.warning("ids of commands not read", exc_info=True)
            if not known:
                await asyncio.sleep(_COMMANDS_EVERY)

    async def _before_identify(self, shard_id: int) -> None:
        """Raises `StartError` where a session that Discord did not let go on must not be followed by a new one."""
        if shard_id in self._identified:
            _, _, starts = await self.client.http.get_bot_gateway()
            check_logins(starts["remaining"], starts["total"], _left(starts))
        try:
            await self._turns.take(shard_id)
        except Exception as error:
            raise ConnectionError("the turns to identify cannot be read") from error  # discord.py tries again
        self._db.lease.hold()
        self._identified.add(shard_id)

    async def _leave(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        self.client.front_end.closing.set()
        loops = [task for task in tasks if task.get_name() != "gateway"]
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await asyncio.gather(
            self.client.front_end.pending_uploads.finish(self._timing.uploads),
            self._engine.background.dismiss(_PATIENCE),
        )
        await self.client.close()
        await self._turns.close()
        left = set(tasks)
        while left:  # discord.py, while it connects a shard, may miss that it is cancelled (wait_for of Python 3.11)
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=_CANCELLED_AGAIN)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.client.hang_up()
        log.info("stopped")

    @asynccontextmanager
    async def _served(self, port: int) -> AsyncGenerator[None]:
        """Health and metrics, while the block runs. Only here is the client of Prometheus loaded."""
        from bot.ops.metrics import Metrics

        metrics = Metrics(self.health, self._db, self._clock, self._status.readings)
        async with AsyncExitStack() as stack:
            stack.enter_context(metrics.counting(logging.getLogger(__package__)))
            try:
                await stack.enter_async_context(serve_health(self.health, self._settings.health_host, port, metrics))
            except OSError as error:
                said = os.strerror(error.errno or 0)
                raise StartError(
                    f"DROVER_HEALTH_PORT: cannot listen on port {port} ({said}); choose another"
                ) from error
            yield


def check_logins(remaining: int, total: int, reset_after: timedelta, wanted: int = 1) -> timedelta:
    """How long to wait before so many sessions are started: where few are left, until the day has them over.

    Raises `StartError` where Discord would reset the token for one of them.
    """
    if remaining < wanted:
        minutes = -(-reset_after // timedelta(minutes=1))
        left = "no more logins" if remaining <= 0 else f"{remaining} more logins, and not the {wanted} that are needed,"
        raise StartError(
            f"Discord allows this bot {left} for now ({total} in 24 hours); start it again in "
            f"{minutes} minutes, and find out what restarts it so often",
            setting=False,
        )
    if remaining >= total // 10:
        return timedelta(0)
    pause = reset_after * wanted / remaining
    log.warning("few logins left", extra={"remaining": remaining, "total": total, "wait": round(pause.total_seconds())})
    return pause


def _left(starts: Mapping[str, Any]) -> timedelta:
    return timedelta(milliseconds=starts["reset_after"])


async def _over_before(stop: asyncio.Event, task: asyncio.Task[None], *workers: asyncio.Task[None]) -> bool:
    """Waits for either; whether the task is over. Raises what one of the workers died of, which none of them should."""
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({stopped, task, *workers}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    for worker in workers:
        if worker.done():
            worker.result()
    return task.done()


def _policy(settings: Settings, timing: Timing) -> Policy:
    return Policy(
        prices=price_list(settings.prices),
        billing_policy=BillingPolicy(
            unbilled=settings.without_namespace, trial=settings.trial_usd, namespaces=settings.namespaces
        ),
        preferred={MediaKind.VIDEO: settings.video_models, MediaKind.IMAGE: settings.image_models},
        standard=GuildPolicy(running=settings.running),
        work_dir=settings.work_dir,
        grace=timedelta(seconds=settings.grace_seconds),
        polling=Polling(
            lists=timedelta(seconds=settings.poll_seconds),
            lists_images=timedelta(seconds=settings.poll_seconds_images),
            lists_quiet=timedelta(seconds=settings.poll_seconds_quiet),
        ),
        catalogue_refresh=timedelta(seconds=settings.catalogue_seconds),
        timing=timing,
    )


async def run(
    settings: Settings,
    stop: asyncio.Event,
    *,
    wanted: WantedRoles = EVERYTHING,
    clock: Clock | None = None,
    timing: Timing = TIMING,
) -> None:
    """Runs the bot until `stop` is set, by the machine's clock unless another is given.

    `wanted`: what this process does of the whole, where several share the bot.
    Raises `StartError`, `bot.keys.KeysLost`, `bot.store.private.DatabaseInUse`, `bot.store.migrations.MigrationError`.
    """
    storage = settings.storage
    if storage.file is not None and not all(role.work and role.shards for role in wanted.roles):
        raise StartError(
            f"one process does everything on a file of SQLite ({storage}): `drover run`. Where several are to share "
            "the work, set DROVER_DATABASE_URL to a PostgreSQL (`drover move` takes everything there)"
        )
    prepare_storage(storage)
    prepare_folder(settings.work_dir, "DROVER_WORK_DIR")
    async with AsyncExitStack() as stack:
        stack.enter_context(storage.user())
        if storage.file is None:
            settings = settings.model_copy(update={"work_dir": stack.enter_context(own_folder(settings.work_dir))})
        await asyncio.to_thread(clear_folder, settings.work_dir)
        await asyncio.to_thread(storage.migrate, MIGRATIONS)
        await asyncio.to_thread(check_opened, storage, settings.vault)
        await point_discord(settings)
        clock = clock if clock is not None else SystemClock()
        contact = Contact(clock.monotonic)
        db = await stack.enter_async_context(storage.open())
        clock = SharedClock(clock, lambda: db.clock_ahead)
        connect = partial(OxenClient, str(settings.oxen_api_url), hold=db.lease.hold)
        oxen = await stack.enter_async_context(connect(settings.oxen_api_key.get_secret_value(), contact=contact))
        keyring = Keyring(Keys(db), settings.vault)
        providers = await stack.enter_async_context(OxenProviders(oxen, connect, keyring.reveal))
        await App(settings, storage, db, oxen, providers, keyring, contact, clock, timing).run(stop, wanted)


def price_list(path: Path | None) -> PriceList:
    """The operator's prices; a line that is wrong is left out, and named in the log. Raises `StartError`."""
    try:
        read = read_prices(path.read_text(encoding="utf-8")) if path is not None else PriceList()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"DROVER_PRICES: cannot be read ({type(error).__name__}); name a text file") from error
    for each in read.complaints:
        log.warning("price line ignored", extra={"line": each.number, "entry": each.line, "why": each.why})
    return read


def prepare_storage(storage: Storage) -> None:
    """Makes the folder of a database that is a file. Raises `StartError`."""
    if storage.file is not None:
        prepare_folder(storage.file.parent, "DROVER_DATABASE_URL")


def prepare_folder(folder: Path, variable: str) -> None:
    """Makes the folder that `variable` names. Raises `StartError` where that is not allowed."""
    try:
        try_folder(folder)
    except OSError as error:
        raise StartError(f"{variable}: {unwritable(folder, error)}") from error


@contextmanager
def own_folder(parent: Path) -> Generator[Path]:
    """A folder that no other process on this machine has; where one has ended, its."""
    for number in count(1):
        folder = parent / f"process-{number}"
        with ExitStack() as stack:
            try:
                stack.enter_context(sole_user(folder))
            except DatabaseInUse:
                continue
            make_folder(folder)
            yield folder
            return


def clear_folder(folder: Path) -> None:
    """Removes the files that were on their way when a process was killed: nobody comes back for them.

    What is left is for nobody else to see, if nobody else has files in the folder.
    """
    for left in folder.iterdir():
        if left.name.startswith(INPUTS) or is_id(left.name) or left.name == _FONTS:
            shutil.rmtree(left, ignore_errors=True)
    tighten_folder(folder, PROBE.__eq__)


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
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(base / "gateway") as response,
        ):
            return URL((await response.json(content_type=None))["url"])
    except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError) as error:
        raise StartError(f"DISCORD_API_URL: no Discord answers at {base} ({type(error).__name__})") from error


def _explain_end(gateway: asyncio.Task[None]) -> None:
    """The gateway ended by itself: say why, in words. Raises `StartError`."""
    error = gateway.exception()
    if isinstance(error, discord.PrivilegedIntentsRequired):
        raise StartError(f"{_ENDED} (4014): {_END_CODES[4014]}", setting=False) from error
    if isinstance(error, discord.ConnectionClosed):
        why = _END_CODES.get(error.code, f"{error.reason or 'no reason was given'}; look it up and report it")
        if error.code == _BAD_TOKEN:
            raise StartError(f"DISCORD_TOKEN: {why}") from error
        raise StartError(f"{_ENDED} ({error.code}): {why}", setting=False) from error
    if error is not None:
        raise error
