"""Discord's errors, named for what the caller should do next (FACTS section 5)."""

import contextlib
from collections.abc import Generator
from datetime import timedelta

import discord

from bot.chat.answers import BROKEN
from bot.services.ports import TooLarge, TryLater, Undeliverable

_PERMANENT = frozenset(
    {10003, 10004, 10008, 50001, 50005, 50007, 50008, 50013, 50024, 50035, 50083, 160005, 200000, 240000, 30046}
)
_TOO_LARGE = frozenset({40005, 50045})
_PAUSE = "retry_after"


@contextlib.contextmanager
def sorted_errors() -> Generator[None]:
    """Raises `TryLater`, `TooLarge` or `Undeliverable` for what the block gets from Discord or the network."""
    try:
        yield
    except discord.RateLimited as error:
        raise TryLater("rate limited", timedelta(seconds=error.retry_after)) from error
    except discord.HTTPException as error:
        said = f"{error.status} {error.code}: {error.text}"[:200]
        if error.code in _TOO_LARGE or error.status == 413:  # noqa: PLR2004
            raise TooLarge(said) from error
        if error.code in _PERMANENT or error.status in {403, 404}:
            raise Undeliverable(said) from error
        raise TryLater(said) from error
    except KeyError as error:
        if error.args != (_PAUSE,):
            raise
        # discord.py looks for the pause in every 429. "Maximum number of edits to messages older than 1 hour" (30046)
        # names none.
        raise Undeliverable("429 without a pause") from error
    except (*BROKEN, discord.DiscordException) as error:
        raise TryLater(type(error).__name__) from error
