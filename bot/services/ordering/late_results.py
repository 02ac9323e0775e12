"""What was given up without the provider's word, looked at again: it may have been made after all, and charged.

A row may be missed for a while, a clock may have been wrong, a POST may arrive late. So for as long as the provider
keeps anything, what ended as lost, expired or absent is asked for, ever more seldom. A success is delivered and
charged, late but once; an end without a result frees its estimate.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.clock import SteadyClock, Waits
from bot.domain.ids import GenerationId
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import Payer
from bot.domain.provider import ProviderError, Providers
from bot.services.ordering.matching import is_late_success, is_success_like, may_own
from bot.services.ordering.reconciler import OWNED_SINCE
from bot.services.supervision import IDLE, ever_more_seldom, side_by_side
from bot.services.tracking.settler import Settler
from bot.services.wakeups import LATE_SUCCESS, Topic, Wakeups
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders

log = logging.getLogger(__name__)

LOOK_FOR = timedelta(hours=26)  # the provider forgets its rows after 24
_AGAIN, _AGAIN_LAST = timedelta(seconds=20), timedelta(minutes=10)


class LateResultChecker:
    def __init__(
        self,
        generations: Generations,
        orders: Orders,
        providers: Providers,
        settler: Settler,
        clock: SteadyClock,
        wakeups: Wakeups,
    ) -> None:
        self._generations = generations
        self._orders = orders
        self._providers = providers
        self._settler = settler
        self._clock = clock
        self._wakeups = wakeups
        self._waits = Waits(clock)
        self._first: dict[GenerationId, float] = {}  # when this process first saw it, and when to look next: monotonic
        self._next: dict[GenerationId, float] = {}

    async def step(self) -> timedelta:
        """Looks at what is due; how long until the next is."""
        given_up = await self._generations.given_up(self._clock.now() - 2 * LOOK_FOR)
        now = self._clock.monotonic()
        self._first = {generation.id: self._first.get(generation.id, now) for generation in given_up}
        self._next = {generation.id: self._next.get(generation.id, now) for generation in given_up}
        self._waits.keep(self._first)

        due = [generation for generation in given_up if self._next[generation.id] <= now]
        await side_by_side(self._look, [(generation,) for generation in due if generation.remote_id is not None])
        absent: defaultdict[Payer, list[tuple[Generation, OrderRecord]]] = defaultdict(list)
        for generation in due:
            record = await self._orders.get(generation.order_id) if generation.remote_id is None else None
            if record is not None:
                absent[record.order.payer].append((generation, record))
        await side_by_side(self._look_up, absent.items())

        for generation in due:
            waited = timedelta(seconds=now - self._first[generation.id])
            self._next[generation.id] = now + ever_more_seldom(waited, _AGAIN, _AGAIN_LAST).total_seconds()
        soonest = min(self._next.values(), default=None)
        return timedelta(seconds=max(0.0, soonest - now)) if soonest is not None else IDLE

    async def _look(self, generation: Generation) -> None:
        """Asks for the row of what had one."""
        if self._too_late(generation):
            return
        try:
            await self._settler.look_again(generation)
        except ProviderError as error:
            log.info("second look failed", extra=generation.log_fields | {"error": str(error)})

    async def _look_up(self, payer: Payer, absent: Sequence[tuple[Generation, OrderRecord]]) -> None:
        """What was never found at the provider may have turned up in its history."""
        try:
            async with self._providers.of(payer.key) as provider:
                rows, kept = await provider.history(payer.namespace), provider.keeps_rows
        except ProviderError as error:
            log.info("second look failed", extra={"namespace": payer.namespace, "error": str(error)})
            return
        on_their_way = [order_id for order_id, _ in await self._orders.sending()]
        on_their_way += [order_id for order_id, _ in await self._orders.unknown()]
        others = [record for order_id in on_their_way if (record := await self._orders.get(order_id)) is not None]
        for generation, record in absent:
            owned = await self._orders.owned(record.order.created_at - OWNED_SINCE)
            alike = [row for row in rows if row.id not in owned and is_success_like(row, record)]
            found = [row for row in alike if is_late_success(row, record)]
            if found and not any(may_own(other, found) for other in others):
                row = min(found, key=lambda each: each.id)
                if await self._generations.settle_late(generation.id, row.result_url, self._clock.now(), row.id):
                    state = GenerationState.SUCCEEDED.value
                    log.info("second look", extra=generation.log_fields | {"state": state})
                    self._wakeups.notify(*LATE_SUCCESS)
                continue
            # One of another time that looks like it may be its own: the clock may have been wrong when it was sent.
            surely_not = not alike and kept and generation.reason is Reason.ABSENT and self._too_late(generation)
            if surely_not and await self._generations.clarify(generation.id, self._clock.now()):
                self._wakeups.notify(Topic.CARD)

    def _too_late(self, generation: Generation) -> bool:
        """Whether the provider would have forgotten it by now."""
        ended_at = generation.ended_at
        return ended_at is not None and self._waits.over(generation.id, ended_at, LOOK_FOR)
