"""Orders whose answer was lost: looked up at the provider, adopted when found, and never simply sent again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.ids import OrderId, RemoteId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import Payer
from bot.oxen.errors import OxenError
from bot.oxen.wire import RemoteGeneration
from bot.services.ordering.matching import belongs
from bot.services.ports import Providers
from bot.services.supervision import IDLE
from bot.store.orders.orders import Orders

log = logging.getLogger(__name__)

# The client's own time-out for the POST, and the provider's list lagging behind its queue; looked for all the while.
ABSENT_AFTER = timedelta(seconds=60 + 30 + 30)
HOPELESS_AFTER = timedelta(hours=26)  # the provider forgets after 24; a key that was revoked never lets us look
_OWNED_SINCE = timedelta(days=3)  # rows live for a day, and clocks jump
_UNPROMPTED = timedelta(minutes=5)  # a row that does not say its prompt must at least be of that time
_LOOK_AGAIN = timedelta(seconds=10)
_LOOK_AGAIN_LAST = timedelta(minutes=5)


@dataclass(slots=True)
class _Search:
    """Seconds, monotonic. `since`: the first look that was answered; `vain_since`: the first that failed since then."""

    since: float | None = None
    vain_since: float | None = None


class Reconciliation:
    """Looks up orders whose answer was lost, adopts what is found, and never sends again by itself."""

    def __init__(self, orders: Orders, providers: Providers, clock: Clock, changed: Callable[[], None]) -> None:
        self._orders = orders
        self._providers = providers
        self._clock = clock
        self._changed = changed
        self._searches: dict[OrderId, _Search] = {}  # a restart begins to count anew

    async def recover(self) -> None:
        """At the start: what was on its way when the process died counts as unknown."""
        lost = await self._orders.recover(self._clock.now())
        if lost:
            log.warning("orders on their way at the last stop", extra={"orders": lost})

    async def step(self) -> timedelta:
        unknown = await self._orders.unknown()
        self._searches = {order_id: self._searches.get(order_id, _Search()) for order_id, _ in unknown}
        if unknown and await self._orders.any_sending():
            return _LOOK_AGAIN  # what is on its way has ids that no row owns yet: they must not be taken for these
        for order_id, search in self._searches.items():
            await self._look_up(order_id, search)
        return min(map(self._rest, self._searches.values()), default=IDLE)

    def _rest(self, search: _Search) -> timedelta:
        """A provider that does not let us look is asked the more seldom the longer that lasts."""
        if search.vain_since is None:
            return _LOOK_AGAIN
        lasts = timedelta(seconds=self._clock.monotonic() - search.vain_since)
        return min(max(lasts / 12, _LOOK_AGAIN), _LOOK_AGAIN_LAST)

    async def _look_up(self, order_id: OrderId, search: _Search) -> None:
        record = await self._orders.get(order_id)
        if record is None or record.sent_at is None:
            return
        try:
            rows, kept = await self._everything(record.order.payer)
        except OxenError as error:
            log.warning("look-up failed", extra={"order": order_id, "error": str(error)})
            search.vain_since = search.vain_since if search.vain_since is not None else self._clock.monotonic()
            if self._clock.now() - record.sent_at >= HOPELESS_AFTER:
                await self._give_up(order_id, Reason.FORGOTTEN)
            return
        search.vain_since = None
        if await self._orders.any_sending():  # it set out meanwhile, and the list may show it before its row knows
            return
        owned = await self._orders.owned(record.order.created_at - _OWNED_SINCE)
        found = matching(record, rows, owned)
        now = self._clock.now()
        search.since = search.since if search.since is not None else self._clock.monotonic()
        adopted = await self._orders.adopt(order_id, found, now, complete=False) if found else []
        if adopted:
            log.info("order found", extra={"order": order_id, "generations": len(adopted)})
        elif self._clock.monotonic() - search.since >= ABSENT_AFTER.total_seconds():
            await self._give_up(order_id, Reason.ABSENT if kept else Reason.FORGOTTEN)
        else:
            return
        self._changed()

    async def _give_up(self, order_id: OrderId, reason: Reason) -> None:
        outcome = Outcome(state=GenerationState.ABSENT, reason=reason)
        await self._orders.fail_unsent(order_id, outcome, self._clock.now())
        log.warning("order absent upstream", extra={"order": order_id, "reason": reason.value})

    async def _everything(self, payer: Payer) -> tuple[list[RemoteGeneration], bool]:
        """What is under way and what is over, and whether what is over is kept at all.

        In this order, so that nothing slips through between the two calls.
        """
        async with self._providers.of(payer.key) as oxen:
            under_way = await oxen.list(payer.namespace)
            rows = {row.id: row for row in [*under_way, *await oxen.history(payer.namespace)]}
            return list(rows.values()), oxen.keeps_rows


def matching(record: OrderRecord, rows: list[RemoteGeneration], owned: set[RemoteId]) -> list[RemoteId]:
    """The ids in `rows` that no order owns and that look like this order's, those nearest to its POST first.

    How near is only a preference, since clocks jump; rows live for a day.
    """
    sent_at = record.sent_at
    if sent_at is None:
        return []
    fitting = [row for row in rows if row.id not in owned and _fits(row, record, sent_at)]
    fitting.sort(key=lambda row: abs((row.enqueued_at or sent_at) - sent_at))
    wanted = sum(g.state is GenerationState.UNKNOWN for g in record.generations)
    return [row.id for row in fitting[:wanted]]


def _fits(row: RemoteGeneration, record: OrderRecord, sent_at: datetime) -> bool:
    order = record.order
    found = belongs(row, order.plan, order.id, order.namespace)
    if found is not None:
        return found
    return row.enqueued_at is not None and abs(row.enqueued_at - sent_at) <= _UNPROMPTED
