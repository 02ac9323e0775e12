"""What every command here works with, and the way from a coroutine to an exit code."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from bot import settings as settings_module
from bot.domain.clock import Clock, Sleep, SystemClock
from bot.domain.errors import OperatorError, Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import KeyRefused, NotFound, OxenError, Rejected
from bot.oxen.client import OxenClient
from bot.settings import Settings
from bot.terminal import refusals
from bot.terminal.endings import Ending, Failed
from bot.terminal.question import read_answer
from bot.terminal.screen import Screen
from bot.terminal.wishes import WithSuggestion

_T = TypeVar("_T")
Work = Callable[["Shell"], Awaitable[Ending]]


@dataclass(slots=True, kw_only=True)
class Shell:
    """One command at work. `stop` is set by Ctrl-C and SIGTERM; whoever deals with it clears it.

    `answer` waits for a yes or no from whoever sits at the terminal; None where nobody does, or may be asked.
    """

    oxen: OxenClient
    settings: Settings
    screen: Screen
    clock: Clock = field(default_factory=SystemClock)
    sleep: Sleep = asyncio.sleep
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Callable[[asyncio.Event], Awaitable[bool | None]] | None = None

    def pace(self, kind: MediaKind | None) -> tuple[timedelta, timedelta]:
        """Between two looks at Oxen for what is made: while its event stream is down, and while it is up."""
        settings = self.settings
        down = settings.poll_seconds_images if kind is MediaKind.IMAGE else settings.poll_seconds
        return timedelta(seconds=min(down, settings.poll_seconds)), timedelta(seconds=settings.poll_seconds_quiet)


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T:
    """What `work` returns. Raises `Stopped` when that happens first; then the work is broken off."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Stopped
        return task.result()
    finally:
        for each in (task, stopped):
            each.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


def carry_out(work: Work, *, as_json: bool) -> None:
    """Runs the command and exits with its code. Settings that are missing raise `OperatorError`, as everywhere."""
    settings = settings_module.load(DISCORD_TOKEN="-")  # noqa: S106 - Discord is not needed
    ending = Ending.INTERRUPTED
    with contextlib.suppress(KeyboardInterrupt):  # before there was anybody to deal with it
        ending = asyncio.run(_carried_out(work, settings, Screen(as_json=as_json)))
    sys.exit(ending)


async def _carried_out(work: Work, settings: Settings, screen: Screen) -> Ending:
    url, key = str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()
    async with OxenClient(url, key) as oxen:
        shell = Shell(oxen=oxen, settings=settings, screen=screen)
        shell.answer = read_answer if sys.stdin.isatty() and sys.stderr.isatty() and not screen.as_json else None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, shell.stop.set)
        return await ended(work, shell)


async def ended(work: Work, shell: Shell) -> Ending:
    """How `work` ends. What went wrong is said: a sentence on standard error, and to scripts in the document."""
    try:
        return await work(shell)
    except Refusal as refusal:
        document, ending = refusals.as_json(refusals.texts_of_the_shell(), refusal), Ending.REFUSED
    except WithSuggestion as refused:
        texts = refusals.texts_of_the_shell()
        document = refusals.as_json(texts, refused.refusal) | {"would_run_with": refused.change}
        if refused.refusal.cost is not None:
            document["would_cost_usd"] = f"{refused.refusal.cost:f}"
        ending = Ending.REFUSED
    except Failed as failed:
        document, ending = {"kind": failed.kind, "message": str(failed)}, failed.ending
    except Stopped:
        document, ending = {"kind": "interrupted", "message": "Stopped. Nothing was ordered."}, Ending.INTERRUPTED
    except OperatorError:
        raise
    except OxenError as error:
        failed = as_failed(error, str(shell.settings.oxen_api_url))
        document, ending = {"kind": failed.kind, "message": str(failed)}, failed.ending
    shell.screen.tell(str(document["message"]))
    if "would_run_with" in document:
        cost = f", for {document['would_cost_usd']} USD" if "would_cost_usd" in document else ""
        shell.screen.tell(f"It would run with: {document['would_run_with']}{cost}")
    shell.screen.document({"error": document})
    return ending


def as_failed(error: OxenError, url: str) -> Failed:
    """The provider's no, or its silence, in words for whoever sits at the shell."""
    if isinstance(error, KeyRefused):
        return Failed(
            f"Oxen refuses OXEN_API_KEY for this ({error.detail}). Is it the right key, and may it use the namespace?",
            kind="key",
            ending=Ending.WRONG_OPTION,
        )
    if isinstance(error, Rejected):
        return Failed(f"Oxen says: {error.detail}", kind="rejected")
    if isinstance(error, NotFound):
        return Failed("Oxen does not know it (any more).", kind="not-found")
    return Failed(f"Oxen cannot be reached at {url} ({error}).", kind="unreachable")
