"""The stand-in for Oxen in each of its three dialects, for commands that speak to it without Discord."""

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from bot import settings
from bot.domain.errors import OperatorError
from bot.oxen.client import OxenClient
from bot.terminal import shell as terminal
from bot.terminal.commands import ALL
from bot.terminal.screen import Screen
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.renderer import Renderer
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Ended
from tests.cli.kit import Shell as Processes

DIALECTS = ("ephemeral", "persistent", "browse")
VIDEO_MODEL = "kling-video-v2-6-pro-text-to-video"
IMAGE_MODEL = "black-forest-labs-flux-2-klein-4b"
PROMPT = "a heron that nobody may read about"
KEY = "key-that-nobody-may-read"


# The head of an MP4: a type box, and a box of content that goes on to the end of the file.
FILM = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\0mdat" + 2000 * b"."


class Shell(Processes):
    """Runs a command on the loop of the test: all but the start and the end of a process, which `start` has as well."""

    async def __call__(self, *arguments: str, env: Mapping[str, object] | None = None) -> Ended:
        if self.fresh:
            return await super().__call__(*arguments, env=env)
        out, err = io.StringIO(), io.StringIO()
        with self._inside(env or {}, out, err):
            try:
                code = await _carried_out(*arguments)
            except click.ClickException as error:
                error.show(err)
                code = error.exit_code
            except OperatorError as error:
                err.write(f"{error}\n")
                code = 2 if error.setting else 1
        return Ended(code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _inside(self, env: Mapping[str, object], out: io.StringIO, err: io.StringIO) -> Iterator[None]:
        before, given, stdin = dict(os.environ), self.environment(env), sys.stdin
        try:
            os.environ.clear()
            os.environ.update(given)
            sys.stdin = io.StringIO()
            with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                yield
        finally:
            sys.stdin = stdin
            os.environ.clear()
            os.environ.update(before)


async def _carried_out(name: str, *arguments: str) -> int:
    """What `bot.terminal.shell.carry_out` does, without a loop and signals of its own."""
    command = next(each for each in ALL if each.name == name)
    with command.make_context(name, [*arguments]) as context:
        as_json = context.params.pop("as_json")
        work = command.callback.__wrapped__(**context.params)  # type: ignore[union-attr]
    given = settings.load(DISCORD_TOKEN="-")
    async with OxenClient(str(given.oxen_api_url), given.oxen_api_key.get_secret_value()) as oxen:
        with Screen(as_json=as_json) as screen:
            shell = terminal.Shell(oxen=oxen, settings=given, screen=screen, sleep=_hurry)
            return await terminal.ended(work, shell)


async def _hurry(seconds: float) -> None:
    """Pauses that stand for patience with a provider far away are short here."""
    await asyncio.sleep(min(seconds, 0.1))


class FakeRenderer:
    """A renderer that takes no time once it is `open`. What it makes is called a film, and has no pictures."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()
        self.content = FILM

    async def render(self, plan: Plan, path: Path) -> None:
        self.entered.set()
        await self.open.wait()
        await asyncio.to_thread(path.write_bytes, self.content)

    def close(self) -> None: ...


@dataclass
class Provider:
    """`env` is all that a command needs to speak to it."""

    sandbox: OxenSandbox
    dialect: str
    env: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The bodies of what was accepted."""
        return [each["request"] for each in self.sandbox.traffic.accepted]


@asynccontextmanager
async def provider(dialect: str, renderer: Renderer | None = None, speed: float = 400) -> AsyncIterator[Provider]:
    async with contextlib.AsyncExitStack() as stack:
        sandbox = OxenSandbox(speed=speed, dialect=dialect, renderer=renderer, keys={KEY: None})
        await stack.enter_async_context(sandbox)
        env = {
            "OXEN_API_KEY": KEY,
            "OXEN_API_URL": sandbox.url,
            "DROVER_POLL_SECONDS": 0.2,
            "DROVER_POLL_SECONDS_WITH_EVENTS": 0.2,
        }
        yield Provider(sandbox, dialect, env)
