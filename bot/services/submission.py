"""From the rows to the provider: one POST for one order, sent once.

The row before the call: `sending` is committed before the first byte leaves, so that whatever happens next is
either known or known to be unknown. Only what surely had no effect is sent again.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.generation import GenerationState, Outcome, Reason, reason_for
from bot.domain.ids import OrderId, RemoteId
from bot.domain.order import OrderRecord
from bot.oxen.errors import Ambiguous, KeyRefused, OxenError, Rejected, Unavailable
from bot.oxen.wire import RemoteGeneration
from bot.services.ports import Provider
from bot.services.supervision import Crew, backoff
from bot.store.orders import Orders

log = logging.getLogger(__name__)

IDLE = timedelta(minutes=1)
_RETRY_FIRST = timedelta(seconds=2)
_RETRY_LAST = timedelta(minutes=1)
GIVE_UP_UNSENT = timedelta(minutes=10)  # a member would rather know than wait longer for a provider that is down
# The client's own time-out for the POST, clock skew, and the provider's list lagging behind its queue.
ABSENT_AFTER = timedelta(seconds=60 + 30 + 30)
_LOOK_AGAIN = timedelta(seconds=10)
_SKEW = timedelta(seconds=30)


class Submission:
    """`changed` is called when rows changed that other loops wait for."""

    def __init__(
        self, orders: Orders, provider: Provider, clock: Clock, changed: Callable[[], None], size: int = 8
    ) -> None:
        self._orders = orders
        self._provider = provider
        self._clock = clock
        self._changed = changed
        self.crew = Crew("submission", size)

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        now = self._clock.now()
        for order_id, due in await self._orders.to_send():
            if self.crew.busy_with(order_id):
                continue
            if due > now:
                return due - now
            if self.crew.full:
                return IDLE  # whoever finishes wakes the loop
            self.crew.start(order_id, self._send(order_id), then=self._changed)
        return IDLE

    async def _send(self, order_id: OrderId) -> None:
        record = await self._orders.mark_sending(order_id, self._clock.now())
        if record is None:
            return
        order = record.order
        try:
            remote_ids = await self._provider.enqueue(order.plan, len(record.generations), order.namespace)
        except Unavailable as error:
            await self._unsent(record, error)
        except Rejected as error:
            await self._rejected(order_id, error)
        except Ambiguous as error:
            log.warning("answer lost", extra={"order": order_id, "error": str(error)})
            await self._orders.lose(order_id, self._clock.now())
        else:
            await self._orders.adopt(order_id, remote_ids, self._clock.now(), complete=True)
            log.info("order sent", extra={"order": order_id, "generations": len(remote_ids)})

    async def _unsent(self, record: OrderRecord, error: Unavailable) -> None:
        now = self._clock.now()
        order = record.order
        log.warning("order not sent", extra={"order": order.id, "error": str(error)})
        if now - order.created_at >= GIVE_UP_UNSENT:
            outcome = Outcome(state=GenerationState.FAILED, reason=Reason.UNREACHABLE)
            await self._orders.fail_unsent(order.id, outcome, now)
            return
        pause = backoff(record.send_attempts, _RETRY_FIRST, _RETRY_LAST)
        await self._orders.postpone(order.id, now + pause, now)

    async def _rejected(self, order_id: OrderId, error: Rejected) -> None:
        log.warning("order rejected", extra={"order": order_id, "status": error.status})
        reason = Reason.KEY_REFUSED if isinstance(error, KeyRefused) else reason_for(error.detail)
        outcome = Outcome(
            state=GenerationState.FAILED,
            reason=Reason.REJECTED if reason is Reason.PROVIDER else reason,
            detail=error.detail,
        )
        await self._orders.fail_unsent(order_id, outcome, self._clock.now())


class Reconciliation:
    """Looks up orders whose answer was lost, adopts what is found, and never sends again by itself."""

    def __init__(self, orders: Orders, provider: Provider, clock: Clock, changed: Callable[[], None]) -> None:
        self._orders = orders
        self._provider = provider
        self._clock = clock
        self._changed = changed

    async def recover(self) -> None:
        """At the start: what was on its way when the process died counts as unknown."""
        lost = await self._orders.recover(self._clock.now())
        if lost:
            log.warning("orders on their way at the last stop", extra={"orders": lost})

    async def step(self) -> timedelta:
        unknown = await self._orders.unknown()
        if unknown and await self._orders.any_sending():
            return _LOOK_AGAIN  # what is on its way has ids that no row owns yet: they must not be taken for these
        for order_id, _ in unknown:
            await self._look_up(order_id)
        return _LOOK_AGAIN if unknown else IDLE

    async def _look_up(self, order_id: OrderId) -> None:
        record = await self._orders.get(order_id)
        if record is None or record.sent_at is None:
            return
        try:
            rows = await self._everything(record.order.namespace)
        except OxenError as error:
            log.warning("look-up failed", extra={"order": order_id, "error": str(error)})
            return
        owned = await self._orders.owned(record.order.created_at - timedelta(days=1))
        found = matching(record, rows, owned)
        now = self._clock.now()
        if found:
            await self._orders.adopt(order_id, found, now, complete=False)
            log.info("order found", extra={"order": order_id, "generations": len(found)})
        elif now - record.sent_at >= ABSENT_AFTER:
            outcome = Outcome(state=GenerationState.ABSENT, reason=Reason.ABSENT)
            await self._orders.fail_unsent(order_id, outcome, now)
            log.warning("order absent upstream", extra={"order": order_id})
        else:
            return
        self._changed()

    async def _everything(self, namespace: str | None) -> list[RemoteGeneration]:
        rows: dict[RemoteId, RemoteGeneration] = {}
        for status in (None, "succeeded", "failed", "cancelled"):
            rows.update({row.id: row for row in await self._provider.list(namespace, status)})
        return list(rows.values())


def matching(record: OrderRecord, rows: list[RemoteGeneration], owned: set[RemoteId]) -> list[RemoteId]:
    """The ids in `rows` that no order owns and that look like this order's: model, prompt and time window."""
    if record.sent_at is None:
        return []
    plan, since = record.order.plan, record.sent_at - _SKEW
    wanted = Counter(g.state for g in record.generations)[GenerationState.UNKNOWN]
    fitting = [
        row.id
        for row in rows
        if row.id not in owned
        and row.model == plan.model_id
        and row.prompt == plan.prompt
        and (row.enqueued_at is None or since <= row.enqueued_at <= record.sent_at + ABSENT_AFTER)
    ]
    return fitting[:wanted]
