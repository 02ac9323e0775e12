"""`drover strays`: work at the provider, in our namespaces, that no order owns. Cancelled only when told to."""

import sqlite3
from collections.abc import Callable, Sequence

from bot.domain.ids import RemoteId
from bot.oxen.client import OxenClient
from bot.oxen.errors import NotFound, OxenError, Rejected
from bot.settings import Settings
from bot.store import peek


async def strays(settings: Settings, cancel: Sequence[str], say: Callable[[str], None]) -> bool:
    """Says each stray, then cancels those whose ids are in `cancel`; whether all that was asked worked."""
    try:
        owned = peek.remote_ids(settings.database)
        namespaces: list[str | None] = [None, *peek.namespaces(settings.database)]
    except sqlite3.Error as error:
        say(f"cannot read {settings.database} ({error}); DROVER_DATABASE_URL says where it is")
        return False
    async with OxenClient(str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()) as oxen:
        try:
            found = await _find(oxen, namespaces, owned, say)
            return await _cancel(oxen, found, cancel, say)
        except OxenError as error:
            say(f"Oxen: {error.detail if isinstance(error, Rejected) else error}")
            return False


async def _find(
    oxen: OxenClient, namespaces: Sequence[str | None], owned: set[str], say: Callable[[str], None]
) -> set[str]:
    found: set[str] = set()
    for namespace in namespaces:
        for row in await oxen.list(namespace):
            if row.id not in owned and row.id not in found:
                found.add(row.id)
                since = f" since {row.enqueued_at:%Y-%m-%d %H:%M} UTC" if row.enqueued_at else ""
                say(f"{row.id}  {row.status}{since}  {row.model}  namespace {namespace or 'of the key'}")
    if not found:
        say("No strays: everything under way belongs to an order.")
    return found


async def _cancel(oxen: OxenClient, found: set[str], cancel: Sequence[str], say: Callable[[str], None]) -> bool:
    done = True
    for stray in cancel:
        if stray not in found:
            say(f"{stray}: not cancelled, it is no stray")
            done = False
            continue
        try:
            await oxen.cancel(RemoteId(stray))
        except NotFound:
            say(f"{stray}: is over already")
        else:
            say(f"{stray}: cancelled")
    return done
