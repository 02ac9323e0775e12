"""An order whose answer was lost: it is looked for among what Oxen shows, and never sent again.

What was there before the order is not it; of what is new, what looks like it (`bot.services.ordering.matching`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.clock import Sleep
from bot.domain.ids import RemoteId
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import OxenError, Provider, RemoteGeneration
from bot.services.ordering.matching import belongs

LOOKS = 20
PAUSE = 3.0  # seconds between two; together a minute, by when a row that will be there is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What Oxen showed of the namespace before the order."""

    namespace: str | None
    known: frozenset[RemoteId]


async def look_before(oxen: Provider, namespace: str | None) -> Before:
    """To be called before the order is sent; it also shows which dialect is spoken. Raises `OxenError`."""
    return Before(namespace=namespace, known=frozenset(row.id for row in await _everything(oxen, namespace)))


async def look_after(
    oxen: Provider, validated: ValidatedRequest, token: str, before: Before, sleep: Sleep
) -> list[RemoteId]:
    """The ids of what the order became, as many as it asked for at most; [] when a minute's looking finds none."""
    for attempt in range(LOOKS):
        if attempt:
            await sleep(PAUSE)
        try:
            rows = await _everything(oxen, before.namespace)
        except OxenError:
            continue
        found = [row.id for row in rows if _can_be(row, validated, token, before)]
        if found:
            return found[: validated.count]
    return []


def _can_be(row: RemoteGeneration, validated: ValidatedRequest, token: str, before: Before) -> bool:
    """Whether the row is new and may be this order's."""
    return row.id not in before.known and belongs(row, validated, token, before.namespace) is not False


async def _everything(oxen: Provider, namespace: str | None) -> Sequence[RemoteGeneration]:
    """What is under way and what is over; in this order, so that nothing slips through between the two calls."""
    under_way = await oxen.list(namespace)
    return [*under_way, *await oxen.history(namespace)]
