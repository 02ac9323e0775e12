"""`drover orphans`: work at the provider, in our namespaces, that no order owns. Cancelled only when told to."""

from collections.abc import Callable, Sequence

from bot.domain.errors import OperatorError
from bot.domain.ids import OXEN, RemoteId, short
from bot.domain.provider import NotFound, ProviderError, Rejected, RemoteGeneration
from bot.oxen.client import OxenClient
from bot.settings import MIGRATIONS, Settings
from bot.store import beside


async def orphans(settings: Settings, cancel: Sequence[str], say: Callable[[str], None]) -> bool:
    """Says each orphan, then cancels those whose ids are in `cancel`; whether all that was asked worked."""
    try:
        schema = settings.storage.inspect(MIGRATIONS)
        if not schema.applied:
            say(f"there is no database at {settings.storage}; DROVER_DATABASE_URL says where it is")
            return False
        if schema.pending:
            say(f"{settings.storage} is of an older version. Run `drover migrate` first, with the bot stopped.")
            return False
        async with OxenClient(str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()) as oxen:
            return await _list_and_cancel(oxen, settings, cancel, say)
    except OperatorError as error:
        say(str(error))
    except ProviderError as error:
        say(f"Oxen: {error.detail if isinstance(error, Rejected) else error}")
    return False


async def _list_and_cancel(
    oxen: OxenClient, settings: Settings, cancel: Sequence[str], say: Callable[[str], None]
) -> bool:
    under_way: dict[RemoteId, tuple[RemoteGeneration, str | None]] = {}  # with the namespace that listed it first
    namespaces = {name for name, _ in beside.namespaces(settings.storage, OXEN)}
    for namespace in (None, *sorted(namespaces)):
        for row in await oxen.list(namespace):
            under_way.setdefault(row.id, (row, namespace))

    # In this order: an order whose ids are not yet in the rows, and may be among these, is on its way now.
    on_their_way = beside.orders_on_their_way(settings.storage, OXEN)
    owned = beside.remote_ids(settings.storage, OXEN)
    if on_their_way:
        orders = ", ".join(short(order) for order in on_their_way)
        say(f"Which are orphans cannot be told yet: Oxen has still to say what became of order {orders}. Wait.")
        return False

    found = {remote_id: row for remote_id, row in under_way.items() if remote_id not in owned}
    for row, namespace in found.values():
        since = f" since {row.enqueued_at:%Y-%m-%d %H:%M} UTC" if row.enqueued_at else ""
        say(f"{row.id}  {row.status}{since}  {row.model}  namespace {namespace or 'of the key'}")
    if not found:
        say("No orphans: everything under way belongs to an order.")

    done = True
    for orphan in map(RemoteId, cancel):
        if orphan not in found:
            say(f"{orphan}: not cancelled, it is no orphan")
            done = False
            continue
        try:
            await oxen.cancel(orphan)
        except NotFound:
            say(f"{orphan}: is over already")
        else:
            say(f"{orphan}: cancelled")
    return done
