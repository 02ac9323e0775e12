"""Orders whose answer was lost: looked up at the provider, adopted when found, and never simply sent again."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import SteadyClock
from bot.domain.ids import OrderId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import Payer
from bot.domain.provider import ProviderError, Providers, RemoteGeneration
from bot.services.ordering.matching import fits, matching, may_own
from bot.services.supervision import IDLE, ever_more_seldom, side_by_side
from bot.services.wakeups import Wakeups, of_adoption, of_end
from bot.store.orders.orders import Orders, Sending

log = logging.getLogger(__name__)

# The client's own time-out for the POST, and the provider's list lagging behind its queue; looked for all the while.
ABSENT_AFTER = timedelta(seconds=60 + 30 + 30)
HOPELESS_AFTER = timedelta(hours=26)  # the provider forgets after 24; a key that was revoked never lets us look
OWNED_SINCE = timedelta(days=3)  # rows live for a day, and clocks jump
_LOOK_AGAIN, _LOOK_AGAIN_LAST = timedelta(seconds=10), timedelta(minutes=5)
_AT_MOST_EVERY = 5.0  # seconds between two looks that were answered


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


class Reconciler:
    """Looks up orders whose answer was lost, adopts what is found, and never sends again by itself.

    No order waits for another payer's, nor for those on their way, except to tell its rows from theirs.
    """

    def __init__(self, orders: Orders, providers: Providers, clock: SteadyClock, wakeups: Wakeups) -> None:
        self._orders = orders
        self._providers = providers
        self._clock = clock
        self._wakeups = wakeups
        self._searches: dict[OrderId, _Search] = {}  # a restart begins to count anew

    async def recover(self) -> None:
        """At the start: what was on its way when the process died counts as unknown."""
        lost = await self._orders.recover(self._clock.now())
        if lost:
            log.warning("orders on their way at the last stop", extra={"orders": lost})

    async def step(self) -> timedelta:
        """Looks up what is due, payer by payer; how long until the next look.

        A provider that does not let us look is asked the more seldom the longer that lasts.
        """
        unknown = await self._orders.unknown()
        self._searches = {order_id: self._searches.get(order_id, _Search()) for order_id, _ in unknown}
        by_payer: defaultdict[Payer, list[OrderRecord]] = defaultdict(list)
        for order_id in self._searches:
            record = await self._orders.get(order_id)
            if record is not None and record.sent_at is not None:
                by_payer[record.order.payer].append(record)
        await side_by_side(self._look_up, by_payer.items())
        now = self._clock.monotonic()
        vain = [now - s.vain_since if s.vain_since is not None else 0.0 for s in self._searches.values()]
        rests = [ever_more_seldom(timedelta(seconds=each), _LOOK_AGAIN, _LOOK_AGAIN_LAST) for each in vain]
        return min(rests, default=IDLE)

    async def _look_up(self, payer: Payer, records: Sequence[OrderRecord]) -> None:
        """All lost orders of one payer: one look at what the provider has, then each is judged."""
        now = self._clock.monotonic()
        looking: list[tuple[OrderRecord, _Search]] = []
        for record in records:  # what wakes this loop is no reason to ask again at once
            search = self._searches[record.order.id]
            if search.seen is None and (search.looked_at is None or now - search.looked_at >= _AT_MOST_EVERY):
                looking.append((record, search))
        if looking:
            try:
                async with self._providers.of(payer.key) as provider:
                    # In this order, so that nothing slips through between the two calls.
                    rows = {row.id: row for row in await provider.list(payer.namespace)}
                    rows |= {row.id: row for row in await provider.history(payer.namespace)}
                    kept = provider.keeps_rows
            except ProviderError as error:
                await self._in_vain(looking, error)
            else:
                await self._note(looking, list(rows.values()), kept=kept)

        on_their_way = frozenset(await self._orders.sending())  # before what is owned: what gets its ids is in either
        for record in records:
            await self._judge(record, self._searches[record.order.id], on_their_way)

    async def _in_vain(self, looking: Sequence[tuple[OrderRecord, _Search]], error: ProviderError) -> None:
        for record, search in looking:
            log.warning("look-up failed", extra={"order": record.order.id, "error": str(error)})
            search.vain_since = search.vain_since if search.vain_since is not None else self._clock.monotonic()
            if record.sent_at is not None and self._clock.passed(record.sent_at + HOPELESS_AFTER):
                await self._give_up(record.order.id, Reason.FORGOTTEN)

    async def _note(
        self, looking: Sequence[tuple[OrderRecord, _Search]], rows: Sequence[RemoteGeneration], *, kept: bool
    ) -> None:
        """What the look found for each."""
        sending = [(each, await self._orders.get(each[0])) for each in await self._orders.sending()]
        owned = await self._orders.owned(min(record.order.created_at for record, _ in looking) - OWNED_SINCE)
        now = self._clock.monotonic()
        for record, search in looking:
            search.vain_since, search.looked_at = None, now
            search.since = search.since if search.since is not None else now
            fitting = [row for row in rows if row.id not in owned and fits(row, record)]
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
        adopted = await self._orders.adopt(order_id, found, now, complete=False) if found else None
        if adopted is not None and adopted.ids:
            self._wakeups.notify(*of_adoption(to_cancel=adopted.to_cancel))
            log.info("order found", extra={"order": order_id, "generations": len(adopted.ids)})
        elif self._clock.monotonic() - search.since >= ABSENT_AFTER.total_seconds():
            await self._give_up(order_id, Reason.ABSENT if seen.kept else Reason.FORGOTTEN)

    async def _give_up(self, order_id: OrderId, reason: Reason) -> None:
        outcome = Outcome(state=GenerationState.ABSENT, reason=reason)
        await self._orders.fail_unsent(order_id, outcome, self._clock.now())
        self._wakeups.notify(*of_end(outcome))
        log.warning("order absent upstream", extra={"order": order_id, "reason": reason.value})
