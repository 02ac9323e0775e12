"""Cards of orders that wait in their guild's own queue tell their place; when it has changed enough, they do anew.

Not at each change: Discord takes a few edits of a channel's messages a second, and its members have eyes. What was
shown last is only remembered in memory, and only of what was drawn for its place: a card is drawn once more when its
order has waited for a while, and by a new process.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.clock import Clock, steady
from bot.domain.ids import OrderId
from bot.domain.messenger import Messenger, MessengerError, TryLater, Undeliverable, Unexplained
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import worth_telling
from bot.services.supervision import WorkerPool
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.orders import Orders
from bot.store.wallet.policies import Policies
from bot.store.wallet.queueing import Queues, Waiting

log = logging.getLogger(__name__)

_CARD_AGAIN, _CARD_UNEXPLAINED = timedelta(seconds=10), timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(hours=1)  # a due time beyond it is a clock set back
_CARD_FOR = timedelta(days=2)  # by then every order is over and told; a card that nobody can explain stays as it is
PERIOD = timedelta(seconds=30)


class CardUpdater:
    """Redraws cards that show less than the rows know. `place` adds where an order stands in its guild's queue."""

    def __init__(
        self,
        orders: Orders,
        messenger: Messenger,
        clock: Clock,
        wakeups: Wakeups,
        place: Callable[[OrderRecord], Awaitable[OrderRecord]],
    ) -> None:
        self._orders = orders
        self._messenger = messenger
        self._clock = steady(clock)
        self._wakeups = wakeups
        self._place = place
        self.pool = WorkerPool("cards", 4, clock, wakeups, Topic.CARD)

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        due = await self._orders.stale_cards()
        return self.pool.take_up(due, self._clock.now(), self._redraw, longest=_LONGEST_PAUSE)

    async def _redraw(self, order_id: OrderId) -> None:
        record = await self._orders.get(order_id)
        if record is None:
            return
        try:
            await self._messenger.redraw(await self._place(record))
        except Undeliverable as error:  # a card that is gone needs no news; the result finds its own way
            log.info("card gone", extra={"order": order_id, "error": str(error)})
        except MessengerError as error:
            if not isinstance(error, Unexplained) or not self._clock.passed(record.order.created_at + _CARD_FOR):
                await self._later(order_id, error)
                return
            log.warning("card given up", extra={"order": order_id, "error": str(error)})
        except Exception as error:  # what nobody thought of: left due as it is, it would be tried again at once
            await self._later(order_id, TryLater(type(error).__name__))
            raise  # the worker pool counts it
        await self._orders.card_shown(order_id, record.revision, self._clock.now())

    async def _later(self, order_id: OrderId, error: MessengerError) -> None:
        usual = _CARD_UNEXPLAINED if isinstance(error, Unexplained) else _CARD_AGAIN
        pause = (error.pause if isinstance(error, TryLater) else None) or usual
        await self._orders.postpone_card(order_id, self._clock.now() + min(pause, _LONGEST_PAUSE))
        self._wakeups.notify(Topic.CARD)
        log.warning("card not redrawn", extra={"order": order_id, "error": str(error)})


class QueueCards:
    """`period` is the time between two looks (None: `PERIOD`)."""

    def __init__(
        self,
        queues: Queues,
        policies: Policies,
        orders: Orders,
        clock: Clock,
        wakeups: Wakeups,
        period: timedelta | None = None,
    ) -> None:
        self._period = period
        self._queues = queues
        self._policies = policies
        self._orders = orders
        self._clock = clock
        self._wakeups = wakeups
        self._shown: dict[OrderId, tuple[int, bool]] = {}  # the place, and whether the queue was paused

    async def step(self) -> timedelta:
        """Has cards drawn again that show an old place; how long until the next look."""
        now = self._clock.now()
        told: dict[OrderId, tuple[int, bool]] = {}
        old: list[OrderId] = []
        for order in await self._queues.waiting():
            stands = (order.place, self._policies.known(order.guild_id).paused)
            shown = self._shown.get(order.order_id)
            if self._is_old(order, shown, stands, now):
                old.append(order.order_id)
                told[order.order_id] = stands
            elif shown is not None:
                told[order.order_id] = shown
        self._shown = told
        if old:
            await self._orders.redraw(old, now)
            self._wakeups.notify(Topic.CARD)
        return self._period or PERIOD

    def _is_old(self, order: Waiting, shown: tuple[int, bool] | None, stands: tuple[int, bool], now: datetime) -> bool:
        if shown is None:  # what a young card shows was true when it was drawn, which may not be now
            return not timedelta() <= now - order.created_at <= (self._period or PERIOD)  # or the clock was set back
        return shown[1] != stands[1] or worth_telling(shown[0], stands[0])
