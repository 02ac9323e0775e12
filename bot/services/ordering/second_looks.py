"""What was given up without the provider's word, looked at again: it may have been made after all, and charged.

A row may be missed for a while, a clock may have been wrong, a POST may arrive late. So for as long as the provider
keeps anything, what ended as lost, expired or absent is asked for, ever more seldom. A success is delivered and
charged, late but once; an end without a result frees its estimate.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.domain.clock import Clock, Waits, steady
from bot.domain.ids import GenerationId
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import Payer
from bot.domain.provider import OxenError, Providers, RemoteGeneration
from bot.services.ordering.matching import belongs
from bot.services.ordering.reconciliation import OWNED_SINCE, may_own
from bot.services.supervision import IDLE, side_by_side
from bot.services.tracking.settling import Settling
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders

log = logging.getLogger(__name__)

LOOK_FOR = timedelta(hours=26)  # the provider forgets its rows after 24
_AGAIN = timedelta(seconds=20)
_AGAIN_LAST = timedelta(minutes=10)
_NEAR = timedelta(minutes=5)  # between the POST and a row that only looks like its order


class SecondLooks:
    """`changed` is called when rows changed that other loops wait for."""

    def __init__(
        self,
        generations: Generations,
        orders: Orders,
        providers: Providers,
        settling: Settling,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._generations = generations
        self._orders = orders
        self._providers = providers
        self._settling = settling
        self._clock = steady(clock)
        self._changed = changed
        self._waits = Waits(self._clock)
        self._first: dict[GenerationId, float] = {}  # when this process first saw it, and when to look next: monotonic
        self._next: dict[GenerationId, float] = {}

    async def step(self) -> timedelta:
        """Looks at what is due; how long until the next is."""
        given_up = await self._generations.given_up(self._clock.now() - 2 * LOOK_FOR)
        ids = {generation.id for generation in given_up}
        for memory in (self._first, self._next):
            for generation_id in memory.keys() - ids:
                del memory[generation_id]
        self._waits.keep(ids)
        now = self._clock.monotonic()
        due = [generation for generation in given_up if self._next.get(generation.id, now) <= now]
        await side_by_side(self._look, [(generation,) for generation in due if generation.remote_id is not None])
        await self._look_up([generation for generation in due if generation.remote_id is None])
        for generation in due:
            first = self._first.setdefault(generation.id, now)
            pause = min(max(timedelta(seconds=now - first) / 12, _AGAIN), _AGAIN_LAST)
            self._next[generation.id] = now + pause.total_seconds()
        soonest = min((moment for key, moment in self._next.items() if key in ids), default=None)
        return timedelta(seconds=max(0.0, soonest - now)) if soonest is not None else IDLE

    async def _look(self, generation: Generation) -> None:
        if self._too_late(generation):
            return
        try:
            await self._settling.look_again(generation)
        except OxenError as error:
            log.info("second look failed", extra={"generation": generation.id, "error": str(error)})

    async def _look_up(self, absent: Sequence[Generation]) -> None:
        """What was never found at the provider may have turned up in its history."""
        by_payer: defaultdict[Payer, list[tuple[Generation, OrderRecord]]] = defaultdict(list)
        for generation in absent:
            record = await self._orders.get(generation.order_id)
            if record is not None:
                by_payer[record.order.payer].append((generation, record))
        await side_by_side(self._look_up_for, by_payer.items())

    async def _look_up_for(self, payer: Payer, absent: Sequence[tuple[Generation, OrderRecord]]) -> None:
        try:
            async with self._providers.of(payer.key) as oxen:
                rows, kept = await oxen.history(payer.namespace), oxen.keeps_rows
        except OxenError as error:
            log.info("second look failed", extra={"namespace": payer.namespace, "error": str(error)})
            return
        on_their_way = [order_id for order_id, _ in await self._orders.sending()]
        on_their_way += [order_id for order_id, _ in await self._orders.unknown()]
        others = [record for order_id in on_their_way if (record := await self._orders.get(order_id)) is not None]
        for generation, record in absent:
            owned = await self._orders.owned(record.order.created_at - OWNED_SINCE)
            found = [row for row in rows if row.id not in owned and _is_late(row, record)]
            if found and not any(may_own(other, found) for other in others):
                row = min(found, key=lambda each: each.id)
                if await self._generations.settle_late(generation.id, row.result_url, self._clock.now(), row.id):
                    state = GenerationState.SUCCEEDED
                    log.info("second look", extra={"generation": generation.id, "state": state.value})
                    self._changed()
                continue
            surely_not = not found and kept and generation.reason is Reason.ABSENT and self._too_late(generation)
            if surely_not and await self._generations.clarify(generation.id, self._clock.now()):
                self._changed()

    def _too_late(self, generation: Generation) -> bool:
        """Whether the provider would have forgotten it by now."""
        ended_at = generation.ended_at
        return ended_at is not None and self._waits.over(generation.id, ended_at, LOOK_FOR)


def _is_late(row: RemoteGeneration, record: OrderRecord) -> bool:
    """Whether a success is surely the order's: by its mark, or by its looks and its time."""
    order, sent_at = record.order, record.sent_at
    if row.status != "succeeded" or not belongs(row, order.request, order.id, order.namespace):
        return False
    if row.directory == order.id:
        return True
    return row.enqueued_at is not None and sent_at is not None and abs(row.enqueued_at - sent_at) <= _NEAR
