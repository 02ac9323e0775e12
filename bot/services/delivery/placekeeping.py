"""Cards of orders that wait in their guild's own queue tell their place; when it has changed enough, they do anew.

Not at each change: Discord takes a few edits of a channel's messages a second, and its members have eyes. What was
shown last is only remembered in memory, and only of what was drawn for its place: a card is drawn once more when its
order has waited for a while, and by a new process.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.ids import OrderId
from bot.domain.orders.waiting import worth_telling
from bot.store.orders.orders import Orders
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues, Waiting

PLACES = "places"  # the loop; it looks at its own pace, for whatever changes a place would wake it
PERIOD = timedelta(seconds=30)


class PlaceKeeping:
    """`changed` is called when cards are to be drawn again. `period` is the time between two looks (None: `PERIOD`)."""

    def __init__(
        self,
        queues: Queues,
        policies: GuildPolicyRepository,
        orders: Orders,
        clock: Clock,
        changed: Callable[[], None],
        period: timedelta | None = None,
    ) -> None:
        self._period = period
        self._queues = queues
        self._policies = policies
        self._orders = orders
        self._clock = clock
        self._changed = changed
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
            self._changed()
        return self._period or PERIOD

    def _is_old(self, order: Waiting, shown: tuple[int, bool] | None, stands: tuple[int, bool], now: datetime) -> bool:
        if shown is None:  # what a young card shows was true when it was drawn, which may not be now
            return not timedelta() <= now - order.created_at <= (self._period or PERIOD)  # or the clock was set back
        return shown[1] != stands[1] or worth_telling(shown[0], stands[0])
