"""Discord's errors, named for what the caller should do next.

By Discord's code and not by the HTTP status, which Discord itself does not use the same way everywhere: 160002 comes
as 400 and as 403. Sources: Discord's page "Opcodes and status codes", and what people met (FACTS section 5).
"""

import contextlib
import re
from collections.abc import Generator, Mapping
from datetime import timedelta
from enum import Enum

import aiohttp
import discord

from bot.domain.messenger import (
    EditsLimited,
    FilesRefused,
    MessengerError,
    TooLarge,
    TryLater,
    Undeliverable,
    Unexplained,
    WordsRefused,
)

BROKEN = (aiohttp.ClientError, OSError)  # the connection


class Sort(Enum):
    """What a code means for a message."""

    CLOSED = "the place is gone, or closed to us"
    RIGHTS = "a right is missing: of a message with files it may be only the one to attach them"
    FILES = "the files do not fit"
    WORDS = "the place is open, and Discord refuses what the message says"
    LATER = "it may work later as it is"


CODES: Mapping[int, Sort] = {
    10003: Sort.CLOSED,  # unknown channel
    10004: Sort.CLOSED,  # unknown guild
    10007: Sort.CLOSED,  # unknown member
    10008: Sort.CLOSED,  # unknown message: a card that was deleted
    10013: Sort.CLOSED,  # unknown user
    10015: Sort.CLOSED,  # unknown webhook
    10062: Sort.CLOSED,  # unknown interaction
    20016: Sort.LATER,  # slow mode
    20028: Sort.LATER,  # the channel's limit of writes
    20029: Sort.LATER,  # the guild's
    30015: Sort.FILES,  # too many attachments
    30034: Sort.LATER,  # the day's commands
    30046: Sort.LATER,  # edits of messages older than an hour
    40001: Sort.LATER,  # unauthorized: a token that is changed is for the operator to enter
    40003: Sort.LATER,  # direct messages opened too fast
    40005: Sort.FILES,  # request too large
    40058: Sort.CLOSED,  # a forum takes threads only
    40060: Sort.CLOSED,  # acknowledged already
    40062: Sort.LATER,  # a resource is rate limited
    40094: Sort.CLOSED,  # no more follow-ups
    40333: Sort.LATER,  # Cloudflare blocks
    50001: Sort.CLOSED,  # missing access
    50005: Sort.CLOSED,  # somebody else's message
    50006: Sort.WORDS,  # an empty message
    50007: Sort.CLOSED,  # takes no direct messages
    50008: Sort.CLOSED,  # no channel for text
    50009: Sort.CLOSED,  # the guild's verification level
    50013: Sort.RIGHTS,  # missing permissions
    50024: Sort.CLOSED,  # wrong type of channel
    50027: Sort.CLOSED,  # an interaction's token that is over
    50033: Sort.CLOSED,  # invalid recipient
    50035: Sort.WORDS,  # invalid form body
    50045: Sort.FILES,  # a file is too large
    50083: Sort.CLOSED,  # an archived thread
    50278: Sort.CLOSED,  # no guild in common
    130000: Sort.LATER,  # overloaded
    160002: Sort.WORDS,  # a reply needs the right to read the history
    160005: Sort.CLOSED,  # a locked thread
    160006: Sort.CLOSED,  # too many active threads
    200000: Sort.WORDS,  # AutoMod
    220003: Sort.CLOSED,  # a webhook in a forum
    240000: Sort.WORDS,  # a harmful link
}
_PARTS: Mapping[int, str] = {160002: "message_reference", 10008: "message_reference"}
_FORM = 50035
_WHERE = re.compile(r"^In (\w+)", re.MULTILINE)  # how discord.py writes Discord's tree of errors
_FILE_FIELDS = frozenset({"attachments", "files"})
_TOO_MANY, _TOO_LARGE, _FAILED = 429, 413, 500
_OLD_EDITS = 30046
_PAUSE = "retry_after"


@contextlib.contextmanager
def sorted_errors(*, files: bool = False) -> Generator[None]:
    """Raises a `MessengerError` for what the block gets from Discord or the network. `files`: it sends some."""
    try:
        yield
    except discord.RateLimited as error:
        raise TryLater("rate limited", timedelta(seconds=error.retry_after)) from error
    except discord.HTTPException as error:
        raise sort(error, files=files) from error
    except KeyError as error:
        if error.args != (_PAUSE,):
            raise
        # discord.py looks for the pause in the body of every 429. Discord names one; whatever stands between may not.
        raise Unexplained("429 without a pause") from error
    except (*BROKEN, discord.DiscordException) as error:
        raise TryLater(type(error).__name__) from error


def sort(error: discord.HTTPException, *, files: bool = False) -> MessengerError:
    """What the error means for a message, with `files` or without."""
    said = f"{error.status} {error.code}: {error.text}"[:200]
    known = CODES.get(error.code)
    if known is None and (error.status >= _FAILED or error.status == _TOO_MANY):
        known = Sort.LATER
    elif known is None and error.status == _TOO_LARGE:
        known = Sort.FILES
    if known is Sort.LATER:
        try:  # how long Discord asks to wait is in the header: the exception keeps nothing else of it
            pause = timedelta(seconds=float(error.response.headers["Retry-After"]))
        except (LookupError, ValueError, OverflowError, AttributeError):
            pause = None
        return (EditsLimited if error.code == _OLD_EDITS else TryLater)(said, pause)
    if files and (known is Sort.RIGHTS or (error.code == _FORM and refused_parts(error) & _FILE_FIELDS)):
        return FilesRefused(said)
    kinds: dict[Sort | None, type[MessengerError]] = {
        Sort.CLOSED: Undeliverable,
        Sort.RIGHTS: Undeliverable,
        Sort.FILES: TooLarge,
        Sort.WORDS: WordsRefused,
    }
    return kinds.get(known, Unexplained)(said)


def refused_parts(error: discord.HTTPException) -> frozenset[str]:
    """The fields of a message that Discord names as what it refuses, as Discord calls them."""
    if error.code in _PARTS:
        return frozenset({_PARTS[error.code]})
    return frozenset(_WHERE.findall(error.text)) if error.code == _FORM else frozenset()
