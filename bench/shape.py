"""The shape of the code: how much of it one order enters, how large its pieces are, who imports whom.

`python -m bench shape` prints the table, with `--json` the figures alone. One prompt-only `/video` runs on a warm bot
between the stand-ins, all in this process, from the interaction until nothing more is read. The rest is read from the
source. "Imports" are all there are: for types only and inside functions, too.
"""

import ast
import asyncio
import contextlib
import functools
import importlib
import inspect
import logging
import pkgutil
import re
import sqlite3
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp

import bot.services
from bench.figures import Table
from bot import app
from bot.settings import Settings
from bot.store.database import SqliteDatabase
from sandbox.discord.client import Community, FeedEntry, Interaction
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.server import OxenSandbox

ROOT = Path(__file__).resolve().parent.parent
QUIET = 0.5  # seconds without a read after which an order is over for the database, too
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the source. `called` counts what names it in its own module, its definition aside."""

    module: str
    name: str
    line: int
    lines: int
    called: int

    @property
    def lonely(self) -> bool:
        """Private, with a single caller."""
        return self.name.startswith("_") and not self.name.endswith("__") and self.called == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    files_entered: int
    functions_entered: int
    bot_files: int
    bot_median_lines: int
    bot_lines: int
    bot_and_cogs_lines: int
    tests_lines: int
    functions: int
    lonely_functions: int
    lonely_percent: float
    circle_in_chat: int
    circle_in_bot: int
    services_import_oxen: int
    services_import_chat: int
    loop_passes: int
    reads: int
    select_statements: int


# The source


def sources(*folders: str) -> dict[str, str]:
    """Each module's text by its full name."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


@functools.cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def functions(texts: Mapping[str, str]) -> list[Function]:
    """All of them, methods and inner ones as well."""
    found: list[Function] = []
    for module, text in texts.items():
        nodes = list(ast.walk(_parsed(text)))
        named = Counter(node.id for node in nodes if isinstance(node, ast.Name))
        named.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
        found += [
            Function(
                module=module,
                name=node.name,
                line=node.lineno,
                lines=(node.end_lineno or node.lineno) - node.lineno + 1,
                called=named[node.name],
            )
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
    return found


def imports(module: str, text: str, known: Iterable[str]) -> Iterator[str]:
    """The modules of ours that each import statement names, once for each statement and module."""
    ours = set(known)
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            names = {name if name in ours else node.module for name in full}
        else:
            continue
        yield from sorted((names & ours) - {module})


def circle(texts: Mapping[str, str]) -> list[str]:
    """The largest set of modules each of which imports, by way of others, all the others; empty: there is none."""
    arrows = {module: set(imports(module, text, texts)) for module, text in texts.items()}

    @functools.cache
    def reached(start: str) -> frozenset[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            waiting += (new := arrows[waiting.pop()] - seen)
            seen |= new
        return frozenset(seen)

    circles = [[other for other in reached(module) if module in reached(other)] for module in texts]
    return sorted(max(circles, key=len, default=[]))


def reaching(texts: Mapping[str, str], package: str) -> int:
    """How many imports of `package` the modules have."""
    pattern = re.compile(re.escape(package) + r"(\.|$)")
    everything = sources("bot", "cogs")
    return sum(1 for module, text in texts.items() for name in imports(module, text, everything) if pattern.match(name))


# One order


@dataclass
class Watch:
    """Counts while `on`: which of our functions are entered, passes of loops, reads."""

    on: bool = False
    entered: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    passes: Counter[str] = field(default_factory=Counter[str])
    reads: int = 0
    selects: int = 0
    last_read: float = 0.0

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        if self.on and event == "call":
            code = frame.f_code
            if code.co_filename.startswith(self._ours) and not code.co_name.startswith("<"):
                self.entered.add((code.co_filename, f"{code.co_qualname}:{code.co_firstlineno}"))

    _ours = tuple(f"{ROOT / package}/" for package in ("bot", "cogs"))

    def read(self) -> None:
        if self.on:
            self.reads += 1
            self.last_read = asyncio.get_running_loop().time()

    def statement(self, text: str) -> None:
        if self.on and text.lstrip().upper().startswith(("SELECT", "WITH")):
            self.selects += 1

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Wraps what is counted: each connection, `SqliteDatabase.read`, the step of each `Loop`."""
        connect, read = sqlite3.connect, SqliteDatabase.read
        loop: Any = _class_named("Loop", bot.services)
        begin = loop.__init__

        def connected(*given: Any, **named: Any) -> sqlite3.Connection:
            connection = connect(*given, **named)
            connection.set_trace_callback(self.statement)
            return connection

        async def reading(*given: Any, **named: Any) -> Any:
            self.read()
            return await read(*given, **named)

        def begun(*given: Any, **named: Any) -> None:
            bound = inspect.signature(begin).bind(*given, **named)
            step, name = bound.arguments["step"], bound.arguments["name"]

            def counted(*args: Any) -> Any:
                self.passes[name] += self.on
                return step(*args)

            bound.arguments["step"] = counted
            begin(*bound.args, **bound.kwargs)

        patched: list[tuple[Any, str, Any, Any]] = [
            (sqlite3, "connect", connect, connected), (SqliteDatabase, "read", read, reading),
            (loop, "__init__", begin, begun),
        ]  # fmt: skip
        for owner, name, _, new in patched:
            setattr(owner, name, new)
        sys.setprofile(self.profile)
        threading.setprofile(self.profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
            for owner, name, old, _ in patched:
                setattr(owner, name, old)


def _class_named(name: str, package: Any) -> type:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        if isinstance(kind := vars(module).get(name), type) and kind.__module__ == found.name:
            return kind
    raise LookupError(f"no class {name} in {package.__name__}")


class _Instant:
    """A renderer that takes no time."""

    async def render(self, validated: Any, path: Path) -> None:
        head = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\0mdat"
        await asyncio.to_thread(path.write_bytes, head + validated.entropy * 50)

    def close(self) -> None: ...


class _Said(logging.Handler):
    """Tells when a message was logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.messages: set[str] = set()
        self.news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.add(record.getMessage())
        self.news.set()

    async def until(self, *messages: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.messages.issuperset(messages):
                self.news.clear()
                await self.news.wait()


@contextlib.asynccontextmanager
async def _running() -> AsyncIterator[Community]:
    """The bot between the stand-ins, ready and with its catalogue."""
    root, said, stop = logging.getLogger(), _Said(), asyncio.Event()
    with tempfile.TemporaryDirectory(prefix="shape-") as name:
        async with (
            OxenSandbox(speed=40, concurrency=64, renderer=_Instant()) as oxen,
            DiscordSandbox(identify_seconds=0) as discord,
            aiohttp.ClientSession() as session,
        ):
            settings: dict[str, Any] = {
                "DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url,
                "OXEN_API_KEY": "sandbox", "OXEN_API_URL": oxen.url,
                "DROVER_DATABASE_URL": f"sqlite:///{name}/drover.sqlite3", "DROVER_WORK_DIR": Path(name) / "work",
                "DROVER_WITHOUT_NAMESPACE": "own", "DROVER_NAMESPACES": "*",
            }  # fmt: skip
            level = root.level
            root.addHandler(said)
            root.setLevel(logging.INFO)
            running = asyncio.create_task(app.run(Settings(_env_file=None, **settings), stop))
            ready = asyncio.create_task(said.until("ready", "catalogue fetched"))
            try:
                await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
                yield Community(session, discord.url)
            finally:
                ready.cancel()
                stop.set()
                await running
                root.removeHandler(said)
                root.setLevel(level)


async def order(watch: Watch) -> None:
    """The second prompt-only `/video` of a bot, watched."""
    with watch.watching():
        async with _running() as community:
            for watched in (False, True):
                await _settled(watch)
                watch.on = watched
                asked = await community.invoke(
                    user="Bo", channel="video-lab", command="video", options={"prompt": f"a fox, {watched}"}
                )
                await community.wait_for(_posted(asked), timeout=PATIENCE)
            await _settled(watch)
            watch.on = False


async def _settled(watch: Watch) -> None:
    """Returns when nothing has been read for a while."""
    loop = asyncio.get_running_loop()
    watch.last_read = loop.time()
    while (rest := watch.last_read + QUIET - loop.time()) > 0:  # noqa: ASYNC110 - nothing tells of a read
        await asyncio.sleep(rest)


def _posted(asked: Interaction) -> Callable[[FeedEntry], bool]:
    def posted(entry: FeedEntry) -> bool:
        message = entry.message
        return message is not None and message.reply_to == asked.response_message_id and bool(message.attachments)

    return posted


# What is told


async def shape() -> Shape:
    watch = Watch()
    await order(watch)
    own, tests = sources("bot"), sources("tests")
    all_functions = functions(own)
    lonely = [one for one in all_functions if one.lonely]
    services = {module: text for module, text in own.items() if module.startswith("bot.services")}
    return Shape(
        files_entered=len({file for file, _ in watch.entered}),
        functions_entered=len(watch.entered),
        bot_files=len(own),
        bot_median_lines=round(statistics.median(_lines(text) for text in own.values())),
        bot_lines=sum(map(_lines, own.values())),
        bot_and_cogs_lines=sum(map(_lines, sources("bot", "cogs").values())),
        tests_lines=sum(map(_lines, tests.values())),
        functions=len(all_functions),
        lonely_functions=len(lonely),
        lonely_percent=round(100 * len(lonely) / len(all_functions), 1),
        circle_in_chat=len(circle({name: text for name, text in own.items() if name.startswith("bot.chat")})),
        circle_in_bot=len(circle(own)),
        services_import_oxen=reaching(services, "bot.oxen"),
        services_import_chat=reaching(services, "bot.chat"),
        loop_passes=watch.passes.total(),
        reads=watch.reads,
        select_statements=watch.selects,
    )


def _lines(text: str) -> int:
    return len(text.splitlines())


def table(found: Shape) -> Table:
    percent = f"{found.lonely_functions} of {found.functions}, {found.lonely_percent} %"
    return Table(
        title="Shape",
        head=("measure", "now", "aim"),
        rows=[
            ("files that one prompt-only `/video` enters", f"{found.files_entered}", "50"),
            ("functions that it enters", f"{found.functions_entered}", "300"),
            ("files in `bot/`", f"{found.bot_files}", "160"),
            ("their median lines", f"{found.bot_median_lines}", "more than 110"),
            ("lines of Python in `bot/`", f"{found.bot_lines:,}", "less than 20,000"),
            ("lines of Python in `bot/` and `cogs/`", f"{found.bot_and_cogs_lines:,}", ""),
            ("lines of Python in `tests/`", f"{found.tests_lines:,}", "less than 34,000"),
            ("private functions with one caller", percent, "12 %"),
            ("files in the largest import circle of `bot.chat`", f"{found.circle_in_chat}", "0"),
            ("files in the largest import circle of `bot`", f"{found.circle_in_bot}", "0"),
            ("imports of `bot.oxen` by services", f"{found.services_import_oxen}", "0"),
            ("imports of `bot.chat` by services", f"{found.services_import_chat}", "0"),
            ("loop passes for one order", f"{found.loop_passes}", "20"),
            ("reads for one order", f"{found.reads}", "50"),
            ("SELECT statements for one order, those of writes included", f"{found.select_statements}", ""),
        ],
    )


async def measure(*, quick: bool) -> list[Table]:
    """Takes as long either way."""
    del quick
    return [table(await shape())]


def figures() -> dict[str, float]:
    return asdict(asyncio.run(shape()))
