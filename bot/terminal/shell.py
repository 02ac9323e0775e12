"""What every command here works with, how it can end, and the way from a coroutine to an exit code.

What a command raises ends it: `Refusal` and `WithSuggestion` say that the model cannot do what was asked, `Failed` and
`ProviderError` that something went wrong, `Stopped` that somebody pressed Ctrl-C before anything was ordered.
"""

import asyncio
import contextlib
import enum
import logging
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from bot import settings as settings_module
from bot.domain.clock import Clock, Sleep, SystemClock
from bot.domain.errors import OperatorError, Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import KeyRefused, NotFound, ProviderError, Rejected
from bot.oxen.client import OxenClient
from bot.settings import LOCALES, Settings
from bot.terminal.screen import Screen, read_answer

if TYPE_CHECKING:
    from bot.texts import Texts

_LANGUAGE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides (POSIX, "Environment Variables")
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*")
_ISOLATION = dict.fromkeys(map(ord, "\u2068\u2069"))  # Fluent's marks around values; a terminal shows them as boxes

_T = TypeVar("_T")
Work = Callable[["Shell"], Awaitable["ExitCode"]]


class ExitCode(enum.IntEnum):
    """What a script decides by. 0 to 2 mean what they mean for every command of `drover`."""

    DONE = 0
    FAILED = 1  # something failed while working; nothing was made
    WRONG_OPTION = 2  # an option or a setting is missing or wrong; nothing was ordered
    REFUSED = 3  # the model cannot do what was asked; nothing was ordered
    SOME_FAILED = 4
    UNKNOWN = 5  # the answer to the order was lost, and looking for it found nothing: it may have been made, and paid
    INTERRUPTED = 130


class Failed(Exception):
    """The command ends here. The message is for whoever typed it.

    `kind` names what failed, for scripts: `unreachable`, `key`, `rejected`, `disk`, `unknown`, `interrupted`.
    """

    def __init__(self, message: str, *, kind: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


class WithSuggestion(Exception):
    """A refusal, and the change with which it would run."""

    def __init__(self, refusal: Refusal, change: str) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.change = change


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

    def pauses(self, kind: MediaKind | None) -> tuple[timedelta, timedelta]:
        """Between two looks at Oxen for what is made: while its event stream is down, and while it is up."""
        settings = self.settings
        down = settings.poll_seconds_images if kind is MediaKind.IMAGE else settings.poll_seconds
        return timedelta(seconds=min(down, settings.poll_seconds)), timedelta(seconds=settings.poll_seconds_quiet)


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
    logging.root.addHandler(logging.NullHandler())  # what the engine logs is for who runs a bot
    code = ExitCode.INTERRUPTED
    with contextlib.suppress(KeyboardInterrupt), Screen(as_json=as_json) as screen:
        code = asyncio.run(_carried_out(work, settings, screen))  # Ctrl-C before there is a handler ends it at once
    sys.exit(code)


async def _carried_out(work: Work, settings: Settings, screen: Screen) -> ExitCode:
    url, key = str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()
    async with OxenClient(url, key) as oxen:
        shell = Shell(oxen=oxen, settings=settings, screen=screen)
        shell.answer = read_answer if sys.stdin.isatty() and sys.stderr.isatty() and not screen.as_json else None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, shell.stop.set)
        return await ended(work, shell)


async def ended(work: Work, shell: Shell) -> ExitCode:
    """How `work` ends. What went wrong is said: a sentence on standard error, and to scripts in the document."""
    try:
        return await work(shell)
    except Refusal as refusal:
        document, code = refusal_document(_texts_of_the_shell(), refusal), ExitCode.REFUSED
    except WithSuggestion as refused:
        document = refusal_document(_texts_of_the_shell(), refused.refusal) | {"would_run_with": refused.change}
        validated = refused.refusal.validated
        if validated is not None and validated.total is not None and validated.total.known:
            document["would_cost_usd"] = f"{validated.total.usd:f}"
        code = ExitCode.REFUSED
    except Failed as failed:
        document, code = {"kind": failed.kind, "message": str(failed)}, failed.code
    except Stopped:
        document, code = {"kind": "interrupted", "message": "Stopped. Nothing was ordered."}, ExitCode.INTERRUPTED
    except OperatorError:
        raise
    except ProviderError as error:
        failed = as_failed(error, str(shell.settings.oxen_api_url))
        document, code = {"kind": failed.kind, "message": str(failed)}, failed.code
    shell.screen.tell(str(document["message"]))
    if "would_run_with" in document:
        from bot.texts import money

        cost = f", for {money(Decimal(document['would_cost_usd']))}" if "would_cost_usd" in document else ""
        shell.screen.tell(f"It would run with: {document['would_run_with']}{cost}")
    shell.screen.document({"error": document})
    return code


def as_failed(error: ProviderError, url: str) -> Failed:
    """The provider's no, or its silence, in words for whoever sits at the shell."""
    if isinstance(error, KeyRefused):
        return Failed(
            f"Oxen refuses OXEN_API_KEY for this ({error.detail}). Is it the right key, and may it use the namespace?",
            kind="key",
            code=ExitCode.WRONG_OPTION,
        )
    if isinstance(error, Rejected):
        return Failed(f"Oxen says: {error.detail}", kind="rejected")
    if isinstance(error, NotFound):
        return Failed("Oxen does not know it (any more).", kind="not-found")
    return Failed(f"Oxen cannot be reached at {url} ({error}).", kind="unreachable")


# Refusals, in the words of the catalogue of texts and in the language of the shell.


def _texts_of_the_shell() -> "Texts":
    """In the locale as the catalogue names it: "de_DE.UTF-8" is "de-DE", "C" and nothing are English.

    Reads all texts, which takes longer than all else that a command does here: for when something is refused.
    """
    from bot.texts import ENGLISH, Translations

    chosen = next((value for name in _LANGUAGE if (value := os.environ.get(name))), "")
    language = chosen.partition(".")[0].partition("@")[0].replace("_", "-")
    return Translations(LOCALES).of(language or ENGLISH)


def refusal_document(texts: "Texts", refusal: Refusal) -> dict[str, Any]:
    """For scripts: the key and the values as they are, what else is wrong in the same way, and a sentence for each.

    Where the usual sentence speaks of Discord, there is one for a shell. The texts choose between what is there and
    `none`, which in a value is nothing at all. Marks that only Discord and bidirectional typesetting read are left out.
    """
    sentences: list[str] = []
    for one in (refusal, *refusal.also):
        values = {name: "none" if value == "" else value for name, value in one.values.items()}
        try:
            text = texts(f"terminal-{one.key}", **values)
        except KeyError:
            text = texts(f"refusal-{one.key}", **values)
        sentences.append(_EMPHASIS.sub(r"\1", text).translate(_ISOLATION))
    also = {"also": [{"refusal": one.key, **one.values} for one in refusal.also]} if refusal.also else {}
    return {"kind": "refused", "refusal": refusal.key, **refusal.values, **also, "message": "\n".join(sentences)}
