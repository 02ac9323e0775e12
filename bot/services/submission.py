"""From the rows to the provider: one POST for one order, sent once.

The row before the call: `sending` is committed before the first byte leaves, so that whatever happens next is
either known or known to be unknown. Only what surely had no effect is sent again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.catalogue import SEED
from bot.domain.clock import Clock
from bot.domain.generation import GenerationState, Outcome, Reason, reason_for
from bot.domain.ids import OrderId, RemoteId, is_id
from bot.domain.order import OrderRecord
from bot.oxen.errors import Ambiguous, KeyRefused, OxenError, Rejected, Unavailable
from bot.oxen.wire import RemoteGeneration
from bot.services.ports import Provider
from bot.services.supervision import IDLE, Crew, backoff
from bot.store.orders import Orders

log = logging.getLogger(__name__)

_RETRY_FIRST = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=1)
GIVE_UP_UNSENT = timedelta(minutes=10)  # a member would rather know than wait longer for a provider that is down
# The client's own time-out for the POST, and the provider's list lagging behind its queue; looked for all the while.
ABSENT_AFTER = timedelta(seconds=60 + 30 + 30)
HOPELESS_AFTER = timedelta(hours=26)  # the provider forgets after 24; a key that was revoked never lets us look
_OWNED_SINCE = timedelta(days=3)  # rows live for a day, and clocks jump
_UNPROMPTED = timedelta(minutes=5)  # a row that does not say its prompt must at least be of that time
_LOOK_AGAIN = timedelta(seconds=10)
_NAMED = 20  # ids that one line of the log names


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
        due = await self._orders.to_send()
        return self.crew.take_up(due, self._clock.now(), self._send, self._changed, longest=LONGEST_PAUSE)

    async def _send(self, order_id: OrderId) -> None:
        record = await self._orders.mark_sending(order_id, self._clock.now())
        if record is None:
            return
        try:
            await self._place(record)
        except Exception:  # what nobody thought of: `sending` for ever would hold up every look-up
            await self._orders.lose(order_id, self._clock.now())
            raise

    async def _place(self, record: OrderRecord) -> None:
        order = record.order
        try:
            remote_ids = await self._provider.enqueue(
                order.plan, len(record.generations), order.namespace, token=order.id
            )
        except Unavailable as error:
            await self._unsent(record, error)
        except Rejected as error:
            await self._rejected(order.id, error)
        except Ambiguous as error:
            log.warning("answer lost", extra={"order": order.id, "error": str(error)})
            await self._orders.lose(order.id, self._clock.now())
        else:
            adopted = await self._orders.adopt(order.id, remote_ids, self._clock.now(), complete=True)
            log.info("order sent", extra={"order": order.id, "generations": len(adopted)})
            strays = [remote_id for remote_id in remote_ids if remote_id not in adopted]
            if strays:  # more than were ordered, or another order's: the operator's to judge, and never touched
                log.warning("ids not taken", extra={"order": order.id, "remote": strays[:_NAMED], "ids": len(strays)})

    async def _unsent(self, record: OrderRecord, error: Unavailable) -> None:
        now = self._clock.now()
        order = record.order
        log.warning("order not sent", extra={"order": order.id, "error": str(error)})
        if now - order.created_at >= GIVE_UP_UNSENT:
            outcome = Outcome(state=GenerationState.FAILED, reason=Reason.UNREACHABLE)
            await self._orders.fail_unsent(order.id, outcome, now)
            return
        pause = backoff(record.send_attempts, _RETRY_FIRST, LONGEST_PAUSE)
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
        self._looked_since: dict[OrderId, float] = {}  # monotonic; a restart begins to count anew

    async def recover(self) -> None:
        """At the start: what was on its way when the process died counts as unknown."""
        lost = await self._orders.recover(self._clock.now())
        if lost:
            log.warning("orders on their way at the last stop", extra={"orders": lost})

    async def step(self) -> timedelta:
        unknown = await self._orders.unknown()
        self._looked_since = {order_id: s for order_id, s in self._looked_since.items() if order_id in dict(unknown)}
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
            if self._clock.now() - record.sent_at >= HOPELESS_AFTER:
                await self._give_up(order_id, Reason.FORGOTTEN)
            return
        if await self._orders.any_sending():  # it set out meanwhile, and the list may show it before its row knows
            return
        owned = await self._orders.owned(record.order.created_at - _OWNED_SINCE)
        found = matching(record, rows, owned)
        now = self._clock.now()
        looked_for = self._clock.monotonic() - self._looked_since.setdefault(order_id, self._clock.monotonic())
        adopted = await self._orders.adopt(order_id, found, now, complete=False) if found else []
        if adopted:
            log.info("order found", extra={"order": order_id, "generations": len(adopted)})
        elif looked_for >= ABSENT_AFTER.total_seconds():
            await self._give_up(order_id, Reason.ABSENT if self._provider.keeps_rows else Reason.FORGOTTEN)
        else:
            return
        self._changed()

    async def _give_up(self, order_id: OrderId, reason: Reason) -> None:
        outcome = Outcome(state=GenerationState.ABSENT, reason=reason)
        await self._orders.fail_unsent(order_id, outcome, self._clock.now())
        log.warning("order absent upstream", extra={"order": order_id, "reason": reason.value})

    async def _everything(self, namespace: str | None) -> list[RemoteGeneration]:
        """What is under way and what is over; in this order, so that nothing slips through between the two calls."""
        under_way = await self._provider.list(namespace)
        rows = {row.id: row for row in [*under_way, *await self._provider.history(namespace)]}
        return list(rows.values())


def matching(record: OrderRecord, rows: list[RemoteGeneration], owned: set[RemoteId]) -> list[RemoteId]:
    """The ids in `rows` that no order owns and that look like this order's, those nearest to its POST first.

    Told by what the order carries: its id as `target_directory` where the provider echoes one, the seed that was
    chosen for it, else model and prompt. How near is only a preference, since clocks jump; rows live for a day.
    """
    sent_at = record.sent_at
    if sent_at is None:
        return []
    fitting = [row for row in rows if row.id not in owned and _fits(row, record, sent_at)]
    fitting.sort(key=lambda row: abs((row.enqueued_at or sent_at) - sent_at))
    wanted = sum(g.state is GenerationState.UNKNOWN for g in record.generations)
    return [row.id for row in fitting[:wanted]]


def _fits(row: RemoteGeneration, record: OrderRecord, sent_at: datetime) -> bool:
    order, plan = record.order, record.order.plan
    if row.directory is not None and is_id(row.directory):
        return row.directory == order.id
    if row.namespace and order.namespace and row.namespace.casefold() != order.namespace.casefold():
        return False
    seed = plan.parameters.get(SEED)
    if row.model != plan.model_id or (seed is not None and row.seed is not None and row.seed != seed):
        return False
    if row.prompt:
        return row.prompt == plan.prompt
    return row.enqueued_at is not None and abs(row.enqueued_at - sent_at) <= _UNPROMPTED
