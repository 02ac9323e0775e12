"""From the rows to the provider: one POST for one order, sent once.

The row before the call: `sending` is committed before the first byte leaves, so that whatever happens next is
either known or known to be unknown. Only what surely had no effect is sent again.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.domain.clock import Clock, Waits, steady
from bot.domain.ids import OrderId
from bot.domain.messenger import TryLater
from bot.domain.orders.failure_words import reason_for
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.inputs import InputFiles, InputGone
from bot.domain.orders.order import Order, OrderRecord
from bot.domain.provider import Ambiguous, KeyGone, KeyRefused, Providers, Rejected, Suspect, Unavailable
from bot.services.catalogue_cache import CatalogueCache
from bot.services.supervision import WorkerPool, backoff
from bot.store.orders.orders import Orders

log = logging.getLogger(__name__)

_RETRY_FIRST = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=1)
GIVE_UP_UNSENT = timedelta(minutes=10)  # a member would rather know than wait longer for a provider that is down
_INPUT_AGAIN = timedelta(seconds=10)
_NAMED = 20  # ids that one line of the log names


class Submission:
    """`changed` is called when rows changed that other loops wait for, `suspect` when a key was refused.

    `input_files` finds the files that were given with an order, `catalogue_cache` the model by whose schema it has to
    be right.
    """

    def __init__(
        self,
        orders: Orders,
        providers: Providers,
        input_files: InputFiles,
        clock: Clock,
        changed: Callable[[], None],
        suspect: Suspect,
        catalogue_cache: CatalogueCache,
        size: int = 8,
    ) -> None:
        self._orders = orders
        self._providers = providers
        self._input_files = input_files
        self._clock = steady(clock)
        self._waits = Waits(self._clock)
        self._changed = changed
        self._suspect = suspect
        self._catalogue_cache = catalogue_cache
        self.pool = WorkerPool("submission", size)

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        due = await self._orders.to_send()
        if not due:
            self._waits.keep([])
        return self.pool.take_up(due, self._clock.now(), self._send, self._changed, longest=LONGEST_PAUSE)

    async def _send(self, order_id: OrderId) -> None:
        urls = await self._packed(order_id)
        if urls is None:
            return
        record = await self._orders.mark_sending(order_id, self._clock.now())
        if record is None:
            return
        try:
            await self._place(record, urls)
        except Exception:  # what nobody thought of: `sending` for ever would be no end
            await self._orders.lose(order_id, self._clock.now())
            raise

    async def _packed(self, order_id: OrderId) -> Mapping[str, str] | None:
        """The links under which the order's files can be fetched now; None when it cannot be sent now, or ever.

        Before the order is `sending`: until then it is known that nothing left, whatever happens.
        """
        record = await self._orders.get(order_id)
        if record is None or not record.order.request.inputs:
            return {}
        try:
            return await self._input_files.fresh(record.order.request.inputs)
        except InputGone as error:
            log.warning("input gone", extra={"order": order_id, "position": error.position})
            await self._failed(order_id, Reason.INPUT_GONE)
        except TryLater as error:
            await self._later(record, error, Reason.INPUT_UNREACHABLE, error.pause or _INPUT_AGAIN)
        except Exception:  # left due as it is, it would be tried again at once
            now = self._clock.now()
            await self._orders.postpone(order_id, now + LONGEST_PAUSE, now)
            raise
        return None

    async def _place(self, record: OrderRecord, urls: Mapping[str, str]) -> None:
        order, catalogue = record.order, self._catalogue_cache.catalogue
        model = catalogue.get(order.request.model_id) if catalogue is not None else None
        violation = model.violation(order.request.body(urls)) if model is not None else None
        if violation is not None:  # the schema has changed since the order was accepted: it would fail, and be paid
            log.warning("body refused", extra={"order": order.id, "keyword": violation.keyword})
            await self._failed(order.id, Reason.SETTINGS_REFUSED)
            return
        try:
            async with self._providers.of(order.payer.key) as oxen:
                remote_ids = await oxen.enqueue(
                    order.request, len(record.generations), order.namespace, token=order.id, urls=urls
                )
        except Unavailable as error:
            pause = backoff(record.send_attempts, _RETRY_FIRST, LONGEST_PAUSE)
            await self._later(record, error, Reason.UNREACHABLE, pause)
        except KeyGone:
            await self._failed(order.id, Reason.KEY_UNUSABLE)
        except Rejected as error:
            await self._rejected(order, error)
        except Ambiguous as error:
            log.warning("answer lost", extra={"order": order.id, "error": str(error)})
            await self._orders.lose(order.id, self._clock.now())
        else:
            self._waits.drop(order.id)
            adopted = await self._orders.adopt(order.id, remote_ids, self._clock.now(), complete=True)
            log.info("order sent", extra={"order": order.id, "generations": len(adopted)})
            orphans = [remote_id for remote_id in remote_ids if remote_id not in adopted]
            if orphans:  # more than were ordered, or another order's: the operator's to judge, and never touched
                log.warning("ids not taken", extra={"order": order.id, "remote": orphans[:_NAMED], "ids": len(orphans)})

    async def _later(
        self, record: OrderRecord, error: Unavailable | TryLater, reason: Reason, pause: timedelta
    ) -> None:
        """Surely nothing left: it may after `pause`. When that lasts too long, `reason` is why the order failed."""
        now = self._clock.now()
        order = record.order
        log.warning("order not sent", extra={"order": order.id, "error": str(error)})
        if self._waits.over(order.id, record.admitted_at or order.created_at, GIVE_UP_UNSENT):
            await self._failed(order.id, reason)
            return
        await self._orders.postpone(order.id, now + min(pause, LONGEST_PAUSE), now)

    async def _rejected(self, order: Order, error: Rejected) -> None:
        log.warning("order rejected", extra={"order": order.id, "status": error.status})
        reason = reason_for(error.detail)
        if isinstance(error, KeyRefused):
            reason = Reason.KEY_REFUSED if order.payer.key is None else Reason.KEY_UNUSABLE
            self._suspect(order.payer.key)
        elif reason is Reason.PROVIDER:
            reason = Reason.REJECTED
        await self._failed(order.id, reason, error.detail)

    async def _failed(self, order_id: OrderId, reason: Reason, detail: str | None = None) -> None:
        outcome = Outcome(state=GenerationState.FAILED, reason=reason, detail=detail)
        await self._orders.fail_unsent(order_id, outcome, self._clock.now())
        self._waits.drop(order_id)
