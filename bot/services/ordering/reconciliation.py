"""Orders whose answer was lost: looked up at the provider, adopted when found, and never simply sent again."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import Clock, steady
from bot.domain.ids import OrderId, RemoteId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import Payer
from bot.domain.provider import OxenError, Providers, RemoteGeneration
from bot.services.ordering.matching import belongs
from bot.services.supervision import IDLE, side_by_side
from bot.store.orders.orders import Orders, Sending

log = logging.getLogger(__name__)

# The client's own time-out for the POST, and the provider's list lagging behind its queue; looked for all the while.
ABSENT_AFTER = timedelta(seconds=60 + 30 + 30)
HOPELESS_AFTER = timedelta(hours=26)  # the provider forgets after 24; a key that was revoked never lets us look
OWNED_SINCE = timedelta(days=3)  # rows live for a day, and clocks jump
_UNPROMPTED = timedelta(minutes=5)  # a row that does not say its prompt must at least be of that time
_LOOK_AGAIN = timedelta(seconds=10)
_AT_MOST_EVERY = 5.0  # seconds between two looks that were answered
_LOOK_AGAIN_LAST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look found that no order owned and that may be this one's, and which orders may yet turn out to own it.

    Those were on their way when the provider had answered. Once none of them is any more, what still belongs to nobody
    is what was lost: an order that set out later made none of it.
    """

    rows: list[RemoteGeneration]
    kept: bool
    owners: frozenset[Sending]


@dataclass(slots=True)
class _Search:
    """Seconds, monotonic. `since`: the first look that was answered; `vain_since`: the first that failed since then.

    `looked_at`: the last that was answered; `seen`: what it found, until that can be judged.
    """

    since: float | None = None
    vain_since: float | None = None
    looked_at: float | None = None
    seen: _Seen | None = None


class Reconciliation:
    """Looks up orders whose answer was lost, adopts what is found, and never sends again by itself.

    No order waits for another payer's, nor for those on their way, except to tell its rows from theirs.
    """

    def __init__(self, orders: Orders, providers: Providers, clock: Clock, changed: Callable[[], None]) -> None:
        self._orders = orders
        self._providers = providers
        self._clock = steady(clock)
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
        by_payer: defaultdict[Payer, list[OrderRecord]] = defaultdict(list)
        for order_id in self._searches:
            record = await self._orders.get(order_id)
            if record is not None and record.sent_at is not None:
                by_payer[record.order.payer].append(record)
        await side_by_side(self._look_up, by_payer.items())
        return min(map(self._rest, self._searches.values()), default=IDLE)

    def _rest(self, search: _Search) -> timedelta:
        """A provider that does not let us look is asked the more seldom the longer that lasts."""
        if search.vain_since is None:
            return _LOOK_AGAIN
        lasts = timedelta(seconds=self._clock.monotonic() - search.vain_since)
        return min(max(lasts / 12, _LOOK_AGAIN), _LOOK_AGAIN_LAST)

    async def _look_up(self, payer: Payer, records: Sequence[OrderRecord]) -> None:
        """All lost orders of one payer: one look at what the provider has, then each is judged."""
        looking = [record for record in records if self._is_due(self._searches[record.order.id])]
        if looking:
            try:
                rows, kept = await self._everything(payer)
            except OxenError as error:
                await self._in_vain(looking, error)
            else:
                await self._note(looking, rows, kept=kept)
        on_their_way = frozenset(await self._orders.sending())  # before what is owned: what gets its ids is in either
        for record in records:
            await self._judge(record, self._searches[record.order.id], on_their_way)

    def _is_due(self, search: _Search) -> bool:
        """Changes elsewhere wake this loop: that is no reason to ask again at once."""
        now = self._clock.monotonic()
        return search.seen is None and (search.looked_at is None or now - search.looked_at >= _AT_MOST_EVERY)

    async def _in_vain(self, records: Sequence[OrderRecord], error: OxenError) -> None:
        for record in records:
            order_id, search = record.order.id, self._searches[record.order.id]
            log.warning("look-up failed", extra={"order": order_id, "error": str(error)})
            search.vain_since = search.vain_since if search.vain_since is not None else self._clock.monotonic()
            if record.sent_at is not None and self._clock.passed(record.sent_at + HOPELESS_AFTER):
                await self._give_up(order_id, Reason.FORGOTTEN)

    async def _note(self, records: Sequence[OrderRecord], rows: Sequence[RemoteGeneration], *, kept: bool) -> None:
        """What the look found for each."""
        sending = [(each, await self._orders.get(each[0])) for each in await self._orders.sending()]
        since = min(record.order.created_at for record in records) - OWNED_SINCE
        owned = await self._orders.owned(since)
        now = self._clock.monotonic()
        for record in records:
            search = self._searches[record.order.id]
            search.vain_since, search.looked_at = None, now
            search.since = search.since if search.since is not None else now
            fitting = [row for row in rows if row.id not in owned and _fits(row, record)]
            owners = {each for each, other in sending if other is not None and may_own(other, fitting)}
            search.seen = _Seen(fitting, kept, frozenset(owners))

    async def _judge(self, record: OrderRecord, search: _Search, on_their_way: frozenset[Sending]) -> None:
        """Adopts what is surely this order's; concludes that it is absent when it was looked for long enough."""
        seen, order_id = search.seen, record.order.id
        if seen is None or search.since is None or seen.owners & on_their_way:
            return
        search.seen = None
        owned = await self._orders.owned(record.order.created_at - OWNED_SINCE)
        found = matching(record, seen.rows, owned)
        now = self._clock.now()
        adopted = await self._orders.adopt(order_id, found, now, complete=False) if found else []
        if adopted:
            log.info("order found", extra={"order": order_id, "generations": len(adopted)})
        elif self._clock.monotonic() - search.since >= ABSENT_AFTER.total_seconds():
            await self._give_up(order_id, Reason.ABSENT if seen.kept else Reason.FORGOTTEN)
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


def matching(record: OrderRecord, rows: Sequence[RemoteGeneration], owned: set[RemoteId]) -> list[RemoteId]:
    """The ids in `rows` that no order owns and that look like this order's, those nearest to its POST first.

    How near is only a preference, since clocks jump; rows live for a day.
    """
    sent_at = record.sent_at
    if sent_at is None:
        return []
    fitting = [row for row in rows if row.id not in owned and _fits(row, record)]
    fitting.sort(key=lambda row: abs((row.enqueued_at or sent_at) - sent_at))
    wanted = sum(g.state is GenerationState.UNKNOWN for g in record.generations)
    return [row.id for row in fitting[:wanted]]


def _fits(row: RemoteGeneration, record: OrderRecord) -> bool:
    order, sent_at = record.order, record.sent_at
    found = belongs(row, order.request, order.id, order.namespace)
    if found is not None:
        return found
    return row.enqueued_at is not None and sent_at is not None and abs(row.enqueued_at - sent_at) <= _UNPROMPTED


def may_own(other: OrderRecord, rows: Sequence[RemoteGeneration]) -> bool:
    """Whether some of the rows may be those of an order on its way, whoever pays for it."""
    order = other.order
    return any(belongs(row, order.request, order.id, order.namespace) is not False for row in rows)
