"""The real bot between both stand-ins, on real sockets, with the members' client in hand.

A `Harness` runs `bot.app.run` in this process. Nothing waits for time to pass: tests wait for an entry of the
community's feed, for a log record, or for a rendering that they hold back themselves.
"""

import asyncio
import contextlib
import functools
import logging
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import aiohttp

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which warns on Python 3.11 and 3.12.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    import discord.gateway
    import discord.http

from bot import app
from bot.chat.client import DroverClient
from bot.domain.clock import Clock
from bot.domain.models.catalogue import Catalogue
from bot.domain.roles import EVERYTHING, Role, WantedRoles
from bot.domain.shards import Shards
from bot.oxen.client import OxenClient
from bot.services.policy import Timing
from bot.settings import MIGRATIONS, Settings
from bot.store.faults import marker
from bot.store.migrations import migrate
from sandbox.discord.client import Attachment, Community, FeedEntry, Interaction, Message
from sandbox.discord.conformance import Conformance
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.faults import Fault
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.server import OxenSandbox
from sandbox.oxen.traffic import Traffic

DATA = Path(__file__).parents[1] / "data"
SCHEMA = DATA / "discord" / "openapi.min.json"
ENQUEUE = "POST /api/ai/queue"
BO = 1150000000000000012  # as in the stand-in's community
_COMMANDS: list[dict[str, Any]] = []
PATIENCE = 60.0  # seconds; far more than anything here takes, also on a machine that is busy with other things

# What the bot waits out of kindness to Discord and Oxen is shorter here: the stand-ins need none.
HURRIED = Timing(
    card=timedelta(milliseconds=100),
    card_token=timedelta(0),
    send_again=timedelta(milliseconds=500),
    post_again=timedelta(milliseconds=200),
    notice_again=timedelta(milliseconds=200),
    key_again=timedelta(milliseconds=100),
    showcase=timedelta(milliseconds=100),
    identify=timedelta(0),
)

# The head of an MP4: a type box, an index of nothing, and a box of content that goes on to the end of the file.
FILM_HEAD = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\0mdat"


class FakeRenderer:
    """A renderer that takes no time, except for the prompts that a test holds back."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[asyncio.Event, Callable[[int], bool]]] = {}
        self._begun: Counter[str] = Counter()
        self.size = 2000  # bytes of a result

    def hold(self, prompt: str, which: Callable[[int], bool] = lambda _: True) -> None:
        """Outputs of `prompt` stay in the making until `release`; `which` picks among them by order, from 0."""
        self._held[prompt] = asyncio.Event(), which

    def release(self, prompt: str) -> None:
        self._held[prompt][0].set()

    async def render(self, plan: Plan, path: Path) -> None:
        caption = plan.shots[0].caption
        number = self._begun[caption]
        self._begun[caption] += 1
        held, which = self._held.get(caption, (None, None))
        if held is not None and which is not None and which(number):
            await held.wait()
        noise = plan.entropy * (self.size // len(plan.entropy) + 1)
        content = (FILM_HEAD + noise)[: self.size]
        await asyncio.to_thread(path.write_bytes, content)

    def close(self) -> None: ...


class LogBook(logging.Handler):
    """Every record of the process, and a way to wait for one."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []
        self.began = 0  # the position at which the present test began
        self._news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self._news.set()

    def begin(self) -> int:
        """A test begins: what others of the same stage have logged is not what it waits for. The position."""
        self.began = len(self.records)
        return self.began

    async def wait(
        self, message: str, *, after: int | None = None, count: int = 1, **fields: object
    ) -> logging.LogRecord:
        """The `count`-th record with that message (and those extra fields) since position `after`, or in this test."""
        async with asyncio.timeout(PATIENCE):
            while len(found := self.find(message, after=after, **fields)) < count:
                self._news.clear()
                await self._news.wait()
        return found[count - 1]

    def find(self, message: str, *, after: int | None = None, **fields: object) -> list[logging.LogRecord]:
        return [
            record
            for record in self.records[self.began if after is None else after :]
            if record.getMessage() == message and all(getattr(record, k, None) == v for k, v in fields.items())
        ]

    @property
    def text(self) -> str:
        """All records with all their fields, as a reader of the logs would get to see them."""
        return "\n".join(f"{record.getMessage()} {vars(record)}" for record in self.records)

    def troubles(self, after: int = 0) -> list[str]:
        """What was logged as an error: in a healthy run, nothing."""
        return [r.getMessage() for r in self.records[after:] if r.levelno >= logging.ERROR]


class Watch:
    """Tells when the traffic of the stand-in for Oxen has changed."""

    def __init__(self, traffic: Traffic) -> None:
        self._news = asyncio.Event()
        self.at_acceptance: Callable[[], None] = lambda: None  # called before the answer leaves
        traffic.received = self._announced(traffic.received)  # type: ignore[method-assign]
        traffic.accept = self._announced(traffic.accept)  # type: ignore[method-assign]

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def _announced(self, act: Callable[..., None]) -> Callable[..., None]:
        def announced(*args: Any) -> None:
            act(*args)
            self._news.set()
            if act.__name__ == "accept":
                self.at_acceptance()

        return announced


@dataclass(kw_only=True)
class Harness:
    """The two stand-ins with the bot between them; `start`, `stop` and `kill` are the bot's."""

    folder: Path
    oxen: OxenSandbox
    discord: DiscordSandbox
    community: Community
    renderer: FakeRenderer
    log: LogBook
    watch: "Watch"
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    timing: Timing = HURRIED
    clock: Clock | None = None
    shards: Shards | None = None
    _task: "asyncio.Task[None] | None" = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def settings(self) -> Settings:
        given = {
            "DISCORD_TOKEN": self.discord.token,
            "OXEN_API_KEY": "sandbox",
            "OXEN_API_URL": self.oxen.url,
            "DISCORD_API_URL": self.discord.url,
            "DROVER_DATABASE_URL": f"sqlite:///{self.folder / 'drover.sqlite3'}",
            "DROVER_WORK_DIR": self.folder / "work",
            "DROVER_WITHOUT_NAMESPACE": "own",
            "DROVER_NAMESPACES": "*",
            "DROVER_POLL_SECONDS": 0.3,
            "DROVER_POLL_SECONDS_WITH_EVENTS": 0.05,
            **self.options,
        }
        return Settings(_env_file=None, **given)

    async def start(self, *, catalogue: bool = True) -> None:
        """Returns when members can use the bot; without `catalogue`, when it is connected."""
        mark = len(self.log.records)
        self._stop = asyncio.Event()
        wanted = EVERYTHING if self.shards is None else WantedRoles((Role(self.shards),))
        run = app.run(self.settings(), self._stop, wanted=wanted, clock=self.clock, timing=self.timing)
        self._task = asyncio.create_task(run)
        await self._unless_over(self.log.wait("ready", after=mark))
        if catalogue:
            await self._unless_over(self.log.wait("catalogue fetched", after=mark))

    async def stop(self) -> None:
        """As SIGTERM does it."""
        task, self._task = self._task, None
        if task is not None:
            self._stop.set()
            await asyncio.wait_for(task, PATIENCE)

    def interrupt(self) -> None:
        """Cancels the bot's work from outside: everything in it ends where it stands. `kill` waits for that."""
        assert self._task is not None
        for other in asyncio.all_tasks():
            if other.get_name().startswith(("submission ", "delivery ", "cards ")):
                other.cancel()
        self._task.cancel()

    async def kill(self) -> None:
        self.interrupt()
        task, self._task = self._task, None
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(task, PATIENCE)

    async def over(self) -> None:
        """Waits for the bot to end by itself, and raises what it ends with."""
        task, self._task = self._task, None
        assert task is not None
        await asyncio.wait_for(task, PATIENCE)

    async def _unless_over(self, waiting: Any) -> None:
        """Waits, but reports at once when the bot ended instead."""
        other = asyncio.ensure_future(waiting)
        assert self._task is not None
        await asyncio.wait({other, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            other.cancel()
            task, self._task = self._task, None
            task.result()
            raise AssertionError("the bot ended")
        await other

    # Being a member.

    async def order(
        self,
        prompt: str,
        *,
        command: str = "video",
        user: str = "Bo",
        channel: str = "video-lab",
        guild: str | None = None,
        locale: str = "en-US",
        force: bool = False,
        **options: Any,
    ) -> Interaction:
        asked = {"prompt": prompt, **options}
        return await self.community.invoke(
            user=user, channel=channel, command=command, options=asked, guild=guild, locale=locale, force=force
        )

    async def use(self, command: str, *, user: str = "Bo", channel: str = "video-lab", **more: Any) -> Message:
        """Uses a command and returns its finished answer, as that member sees it."""
        more.setdefault("locale", "en-US")
        asked = await self.community.invoke(user=user, channel=channel, command=command, **more)
        return await self.answer(asked, user=user, channel=channel)

    async def bill(self, namespace: str, *, user: str = "Ada", channel: str = "video-lab") -> Message:
        """Names the namespace that pays, in the settings; the panel afterwards."""
        manager = self.community.member(user, channel=channel, locale="en-US")
        panel = await self.use("settings", user=user, channel=channel, options={"section": "billing"})
        opened = await manager.press(panel, "Name a namespace")
        return await self.turned(panel, manager.submit(opened, {"Namespace on Oxen.ai": namespace}))

    async def turned(self, panel: Message, used: Awaitable[Interaction]) -> Message:
        """A panel as it is shown after somebody `used` it."""
        after = await self.community.position()
        asked = await used
        assert asked.acknowledged, asked.error

        def turned(entry: FeedEntry) -> bool:
            return entry.kind == "message_edited" and entry.message is not None and entry.message.id == panel.id

        found = (await self.community.wait_for(turned, after=after, about=panel.id, timeout=PATIENCE)).message
        assert found is not None
        return found

    async def answer(self, asked: Interaction, *, user: str = "Bo", channel: str = "video-lab") -> Message:
        """The answer to an interaction once it says something."""
        assert asked.acknowledged, asked.error
        assert asked.response_message_id is not None
        now = await self.community.message(asked.response_message_id, channel=asked.channel_id, user=user)
        if not now.loading:
            return now
        return await self.edited(asked.response_message_id, lambda message: not message.loading)

    async def refusal(self, asked: Interaction, *, user: str = "Bo") -> str:
        """What the member alone is told; fails when others see it too."""
        message = await self.answer(asked, user=user)
        assert message.only_for == user, message.text
        return message.text

    async def edited(self, message_id: str, fits: Callable[[Message], Any]) -> Message:
        """A message once it looks as wanted."""

        def wanted(entry: FeedEntry) -> bool:
            message = entry.message
            changed = entry.kind in {"message_created", "message_edited"}
            return changed and message is not None and message.id == message_id and bool(fits(message))

        found = (await self.community.wait_for(wanted, about=message_id, timeout=PATIENCE)).message
        assert found is not None
        return found

    async def card(self, asked: Interaction, fits: Callable[[Message], Any] = lambda _: True) -> Message:
        """The order's card, once drawn and as wanted."""
        assert asked.response_message_id is not None
        return await self.edited(asked.response_message_id, lambda m: m.components_v2 and fits(m))

    async def result(self, asked: Interaction, part: int = 1) -> Message:
        """The `part`-th message that answers to the order's card."""
        parts: list[Message] = []

        def wanted(entry: FeedEntry) -> bool:
            message = entry.message
            if entry.kind == "message_created" and message and _answers(message, asked):
                parts.append(message)
            return len(parts) >= part

        await self.community.wait_for(wanted, about=asked.response_message_id, timeout=PATIENCE)
        return parts[-1]

    async def results(self, asked: Interaction, channel: str = "video-lab") -> list[Message]:
        """All result messages of the order that are in the channel now."""
        messages = await self.community.messages(channel=channel)
        return [message for message in messages if _answers(message, asked)]

    # Looking at Oxen.

    async def received(self, route: str, count: int = 1) -> None:
        """Waits until Oxen has received `count` requests of that route ("POST /api/ai/queue")."""
        await self.watch.until(lambda: self.oxen.traffic.counts[route] >= count)

    def ordered(self, prompt: str) -> list[dict[str, Any]]:
        """The POSTs for `prompt` that the stand-in accepted, with `namespace` and `request`."""
        return [one for one in self.oxen.traffic.accepted if one["request"].get("prompt") == prompt]

    async def catalogue(self) -> Catalogue:
        async with OxenClient(self.oxen.url, "sandbox") as client:
            return await client.catalogue()

    def break_oxen(self, *faults: Fault) -> None:
        """In place of whatever was broken before."""
        self.oxen.faults.set(list(faults))

    async def saved(self, attachment: Attachment, name: str) -> Path:
        return await self.community.download(attachment, self.folder / name)


def _answers(message: Message, asked: Interaction) -> bool:
    return message.reply_to == asked.response_message_id and not message.ephemeral


class Stages:
    """Makes stages; whatever was made is cleaned up when the block ends."""

    def __init__(self, folder: Path, conformance: Conformance, **options: Any) -> None:
        self._folder = folder
        self._conformance = conformance
        self._options = options
        self._exits = contextlib.AsyncExitStack()
        self._count = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exit_details: object) -> None:
        await self._exits.aclose()

    async def __call__(
        self,
        *,
        renderer: Any = None,
        oxen: dict[str, Any] | None = None,
        discord: dict[str, Any] | None = None,
        start: bool = True,
        clock: Clock | None = None,
        timing: Mapping[str, timedelta] | None = None,
        **options: Any,
    ) -> Harness:
        """`oxen`, `discord`: options of those stand-ins; `options`: settings by their variable's name.

        `clock` in place of the machine's; `timing`: what differs from `HURRIED`.
        """
        harness = await self._exits.enter_async_context(
            self._running(renderer, oxen or {}, discord or {}, self._options | options)
        )
        harness.clock, harness.timing = clock, replace(HURRIED, **timing or {})
        if start:
            await harness.start()
        return harness

    @contextlib.asynccontextmanager
    async def _running(
        self, renderer: Any, oxen: dict[str, Any], discord: dict[str, Any], options: dict[str, Any]
    ) -> AsyncIterator[Harness]:
        self._count += 1
        folder = self._folder / f"stage-{self._count}"
        folder.mkdir()
        fake = FakeRenderer()
        hooks: dict[str, Any] = {
            "exchange_hook": self._conformance.exchange,
            "dispatch_hook": self._conformance.dispatch,
            "identify_seconds": 0,  # bots start again at once here; discord.py would wait
        }
        oxen = {"speed": 400, "concurrency": 64, "renderer": renderer or fake, **oxen}
        async with (
            OxenSandbox(**oxen) as provider,
            DiscordSandbox(**{**hooks, **discord}) as platform,
            aiohttp.ClientSession() as session,
        ):
            community = Community(session, platform.url)
            await community.rate_limits(scale=1000)  # waiting for Discord's buckets is discord.py's own business
            log = LogBook()
            harness = Harness(
                folder=folder,
                oxen=provider,
                discord=platform,
                community=community,
                renderer=fake,
                log=log,
                watch=Watch(provider.traffic),
                options=options,
            )
            _place_database(folder / "drover.sqlite3")
            with listening(log), discord_untouched(), commands_once():
                try:
                    yield harness
                finally:
                    await harness.stop()


@functools.cache
def _migrated() -> tuple[bytes, bytes]:
    """A database that no bot has used yet, and the mark beside it: made once, as most of a start goes into it."""
    with TemporaryDirectory() as folder:
        database = Path(folder) / "drover.sqlite3"
        migrate(database, MIGRATIONS)
        return database.read_bytes(), marker(database).read_bytes()


def _place_database(path: Path) -> None:
    for file, content in zip((path, marker(path)), _migrated(), strict=True):
        file.touch(0o600)
        file.write_bytes(content)


@contextlib.contextmanager
def commands_once() -> Any:
    """Each bot registers the same commands: a tenth of its start, done for the first bot of a process only."""
    make, made = DroverClient.payloads, _COMMANDS

    async def payloads(client: DroverClient) -> list[dict[str, Any]]:
        if not made:
            made.extend(await make(client))
        return made

    DroverClient.payloads = payloads
    try:
        yield
    finally:
        DroverClient.payloads = make


@contextlib.contextmanager
def listening(log: LogBook) -> Any:
    """Records what is logged, at INFO as in production."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    root.addHandler(log)
    try:
        yield
    finally:
        root.removeHandler(log)
        root.setLevel(before)


@contextlib.contextmanager
def discord_untouched() -> Any:
    """Where discord.py connects to is kept in its classes: what a test changed there is put back."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
