"""Discord's errors, named for what the caller should do next.

By Discord's code and not by the HTTP status, which Discord itself does not use the same way everywhere: 160002 comes
as 400 and as 403. Sources: Discord's page "Opcodes and status codes", and what people met (FACTS section 5).
"""

import contextlib
import re
from collections.abc import Generator, Mapping
from datetime import timedelta
from enum import Enum, IntEnum
from typing import Self, cast

import aiohttp
import discord

from bot.domain.messenger import (
    EditsLimited,
    FilesRefused,
    MessengerError,
    TokenOver,
    TooLarge,
    TryLater,
    Undeliverable,
    Unexplained,
    WordsRefused,
)

BROKEN = (aiohttp.ClientError, OSError)  # the connection
CALL_FAILED = (discord.HTTPException, *BROKEN)  # what a call raises that Discord refuses, or that does not reach it


class Sort(Enum):
    """What a code means for a message."""

    CLOSED = "the place is gone, or closed to us"
    RIGHTS = "a right is missing: of a message with files it may be only the one to attach them"
    FILES = "the files do not fit"
    WORDS = "the place is open, and Discord refuses what the message says"
    LATER = "it may work later as it is"


class Code(IntEnum):
    """Discord's codes that a bot like this may meet."""

    sort: Sort

    def __new__(cls, code: int, sort: Sort) -> Self:
        made = int.__new__(cls, code)
        made._value_, made.sort = code, sort
        return made

    UNKNOWN_CHANNEL = 10003, Sort.CLOSED
    UNKNOWN_GUILD = 10004, Sort.CLOSED
    UNKNOWN_MEMBER = 10007, Sort.CLOSED
    UNKNOWN_MESSAGE = 10008, Sort.CLOSED  # of a card that was deleted
    UNKNOWN_USER = 10013, Sort.CLOSED
    UNKNOWN_WEBHOOK = 10015, Sort.CLOSED
    UNKNOWN_INTERACTION = 10062, Sort.CLOSED
    SLOW_MODE = 20016, Sort.LATER
    CHANNEL_WRITES_LIMITED = 20028, Sort.LATER
    GUILD_WRITES_LIMITED = 20029, Sort.LATER
    TOO_MANY_ATTACHMENTS = 30015, Sort.FILES
    DAILY_COMMANDS_LIMITED = 30034, Sort.LATER
    OLD_EDITS_LIMITED = 30046, Sort.LATER
    UNAUTHORIZED = 40001, Sort.LATER  # a token that is changed is for the operator to enter
    DIRECT_MESSAGES_LIMITED = 40003, Sort.LATER
    REQUEST_TOO_LARGE = 40005, Sort.FILES
    FORUM_TAKES_THREADS_ONLY = 40058, Sort.CLOSED
    ALREADY_ACKNOWLEDGED = 40060, Sort.CLOSED
    RESOURCE_LIMITED = 40062, Sort.LATER
    NO_MORE_FOLLOW_UPS = 40094, Sort.CLOSED
    BLOCKED_BY_CLOUDFLARE = 40333, Sort.LATER
    MISSING_ACCESS = 50001, Sort.CLOSED
    SOMEBODY_ELSES_MESSAGE = 50005, Sort.CLOSED
    EMPTY_MESSAGE = 50006, Sort.WORDS
    NO_DIRECT_MESSAGES = 50007, Sort.CLOSED
    NO_TEXT_CHANNEL = 50008, Sort.CLOSED
    VERIFICATION_LEVEL = 50009, Sort.CLOSED
    MISSING_PERMISSIONS = 50013, Sort.RIGHTS
    WRONG_TYPE_OF_CHANNEL = 50024, Sort.CLOSED
    INVALID_WEBHOOK_TOKEN = 50027, Sort.CLOSED  # an interaction's token that is over
    INVALID_RECIPIENT = 50033, Sort.CLOSED
    INVALID_FORM_BODY = 50035, Sort.WORDS
    FILE_TOO_LARGE = 50045, Sort.FILES
    THREAD_ARCHIVED = 50083, Sort.CLOSED
    NO_GUILD_IN_COMMON = 50278, Sort.CLOSED
    OVERLOADED = 130000, Sort.LATER
    REPLY_NEEDS_HISTORY = 160002, Sort.WORDS
    THREAD_LOCKED = 160005, Sort.CLOSED
    TOO_MANY_THREADS = 160006, Sort.CLOSED
    AUTOMOD = 200000, Sort.WORDS
    WEBHOOK_IN_FORUM = 220003, Sort.CLOSED
    HARMFUL_LINK = 240000, Sort.WORDS


_PARTS: Mapping[Code | None, str] = {
    Code.REPLY_NEEDS_HISTORY: "message_reference",
    Code.UNKNOWN_MESSAGE: "message_reference",
}
_GONE = frozenset({Code.UNKNOWN_CHANNEL, Code.UNKNOWN_GUILD, Code.UNKNOWN_MESSAGE})
_WHERE = re.compile(r"^In (\w+)", re.MULTILINE)  # how discord.py writes Discord's tree of errors
_WORD = re.compile(r"@?[a-z-]{0,20}")  # of a path; a token is longer
_FILE_FIELDS = frozenset({"attachments", "files"})
_TOO_MANY, _TOO_LARGE, _FAILED = 429, 413, 500
_NOT_BY_TOKEN = frozenset({401, 403, 404})
_PAUSE = "retry_after"


@contextlib.contextmanager
def sorted_errors(*, files: bool = False, by_token: bool = False) -> Generator[None]:
    """Raises a `MessengerError` for what the block gets from Discord or the network.

    `files`: it sends some. `by_token`: it edits by an interaction's token, which may be over.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise TryLater("rate limited", timedelta(seconds=error.retry_after)) from error
    except discord.HTTPException as error:
        raise _sorted(error, files=files, by_token=by_token) from error
    except KeyError as error:
        if error.args != (_PAUSE,):
            raise
        # discord.py looks for the pause in the body of every 429. Discord names one; whatever stands between may not.
        raise Unexplained("429 without a pause") from error
    except (*BROKEN, discord.DiscordException) as error:
        raise TryLater(type(error).__name__) from error


@contextlib.contextmanager
def unless_gone() -> Generator[None]:
    """The block takes a message away: where it is gone, or its channel, or its guild, that is done."""
    try:
        yield
    except discord.HTTPException as error:
        if code_of(error) not in _GONE:
            raise


def code_of(error: BaseException) -> Code | None:
    """What Discord answered; None where that is not in the table, or it was not Discord that failed."""
    with contextlib.suppress(ValueError):
        return Code(error.code) if isinstance(error, discord.HTTPException) else None
    return None


def sort_of(error: discord.HTTPException) -> Sort | None:
    """What the error means for a message. Of a code that is not in the table the status tells, if anything does."""
    code = code_of(error)
    if code is not None:
        return code.sort
    if error.status >= _FAILED or error.status == _TOO_MANY:
        return Sort.LATER
    return Sort.FILES if error.status == _TOO_LARGE else None


def refused_parts(error: discord.HTTPException) -> frozenset[str]:
    """The fields of a message that Discord names as what it refuses, as Discord calls them."""
    code = code_of(error)
    if code in _PARTS:
        return frozenset({_PARTS[code]})
    return frozenset(_WHERE.findall(error.text)) if code is Code.INVALID_FORM_BODY else frozenset()


def _sorted(error: discord.HTTPException, *, files: bool, by_token: bool) -> MessengerError:
    answer = cast("aiohttp.ClientResponse", error.response)
    path = "/".join(part if _WORD.fullmatch(part) else "*" for part in answer.url.path.split("/"))  # no ids, no tokens
    call = f"{answer.method} {path.removeprefix('/api/*')}"
    said = f"{call}: {error.status} {error.code}: {error.text}"[:200]
    code, sort = code_of(error), sort_of(error)
    if by_token and error.status in _NOT_BY_TOKEN and code is not Code.UNKNOWN_MESSAGE:
        return TokenOver(said)
    if sort is Sort.LATER:
        try:  # how long Discord asks to wait is in the header: the exception keeps nothing else of it
            pause = timedelta(seconds=float(error.response.headers["Retry-After"]))
        except (LookupError, ValueError, OverflowError, AttributeError):
            pause = None
        return (EditsLimited if code is Code.OLD_EDITS_LIMITED else TryLater)(said, pause)
    if files and (sort is Sort.RIGHTS or refused_parts(error) & _FILE_FIELDS):
        return FilesRefused(said)
    kinds: dict[Sort | None, type[MessengerError]] = {
        Sort.CLOSED: Undeliverable,
        Sort.RIGHTS: Undeliverable,
        Sort.FILES: TooLarge,
        Sort.WORDS: WordsRefused,
    }
    return kinds.get(sort, Unexplained)(said)
