"""The cards of orders: drawn again when they show less than the rows know, or an old place in the queue."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.domain.clock import Clock, SteadyClock
from bot.domain.ids import OrderId
from bot.domain.messenger import EditsLimited, MessengerError, TryLater, Undeliverable, Unexplained
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import worth_telling
from bot.services.delivery.card_editor import CardEditor
from bot.services.policy import Timing
from bot.services.supervision import WorkerPool
from bot.services.tracking.settler import AwaitedCosts
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.orders import Orders
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues

log = logging.getLogger(__name__)

_UNEXPLAINED_AGAIN = timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(hours=1)  # a due time beyond it is a clock set back
_DRAWN_FOR = timedelta(days=2)  # by then every order is over and told; a card that nobody can explain stays as it is


class CardUpdater:
    """Redraws cards that show less than the rows know. `noted` adds what else a card shows than the order's rows.

    A card whose order is over waits a moment for what that cost (`awaited`), so that both are one edit.
    """

    def __init__(
        self,
        orders: Orders,
        editor: CardEditor,
        awaited: AwaitedCosts,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
        noted: Callable[[OrderRecord], Awaitable[OrderRecord]],
    ) -> None:
        self._orders = orders
        self._editor = editor
        self._awaited = awaited
        self._clock = clock
        self._wakeups = wakeups
        self._timing = timing
        self._noted = noted
        self.pool = WorkerPool("cards", 4, clock, wakeups, Topic.CARD)

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        stale, now = await self._orders.stale_cards(), self._clock.now()
        due = [(order_id, now + left if (left := self._awaited.left(order_id)) else at) for order_id, at in stale]
        return self.pool.take_up(due, now, self._redraw, longest=_LONGEST_PAUSE)

    async def _redraw(self, order_id: OrderId) -> None:
        record = await self._orders.get(order_id)
        if record is None:
            return
        try:
            await self._editor.draw(await self._noted(record))
        except Undeliverable as error:  # a card that is gone needs no news; the result finds its own way
            log.info("card gone", extra={"order": order_id, "error": str(error)})
        except MessengerError as error:
            if not isinstance(error, Unexplained) or not self._clock.passed(record.order.created_at + _DRAWN_FOR):
                await self._later(order_id, error)
                return
            log.warning("card given up", extra={"order": order_id, "error": str(error)})
        except Exception as error:  # what nobody thought of: left due as it is, it would be tried again at once
            await self._later(order_id, TryLater(type(error).__name__))
            raise  # the worker pool counts it
        await self._orders.card_shown(order_id, record.revision, self._clock.now() + self._timing.card)

    async def _later(self, order_id: OrderId, error: MessengerError) -> None:
        usual = _UNEXPLAINED_AGAIN if isinstance(error, Unexplained) else self._timing.card_again
        pause = (error.pause if isinstance(error, TryLater) else None) or usual
        if isinstance(error, EditsLimited):
            pause = max(pause, self._timing.old_edits)
        await self._orders.postpone_card(order_id, self._clock.now() + min(pause, _LONGEST_PAUSE))
        self._wakeups.notify(Topic.CARD)
        log.warning("card not redrawn", extra={"order": order_id, "error": str(error)})


class QueueCards:
    """Has the cards drawn again of orders that wait in their guild's own queue, when their place has changed enough.

    Not at each change: Discord takes a few edits of a channel's messages a second, and its members have eyes. What was
    shown last is only remembered in memory, and only of what was drawn for its place: a card is drawn once more when
    its order has waited for a while, and by a new process.
    """

    def __init__(
        self,
        queues: Queues,
        policies: GuildPolicyRepository,
        orders: Orders,
        clock: Clock,
        wakeups: Wakeups,
        timing: Timing,
    ) -> None:
        self._queues = queues
        self._policies = policies
        self._orders = orders
        self._clock = clock
        self._wakeups = wakeups
        self._period = timing.places
        self._shown: dict[OrderId, tuple[int, bool]] = {}  # the place, and whether the queue was paused

    async def step(self) -> timedelta:
        """Has cards drawn again that show an old place; how long until the next look."""
        now = self._clock.now()
        told: dict[OrderId, tuple[int, bool]] = {}
        old: list[OrderId] = []
        for order in await self._queues.waiting():
            place, paused = stands = order.place, self._policies.known(order.guild_id).paused
            shown = self._shown.get(order.order_id)
            if shown is None:  # what a young card shows was true when it was drawn, unless the clock was set back
                outdated = not timedelta() <= now - order.created_at <= self._period
            else:
                outdated = shown[1] != paused or worth_telling(shown[0], place)
            if outdated:
                old.append(order.order_id)
                told[order.order_id] = stands
            elif shown is not None:
                told[order.order_id] = shown
        self._shown = told
        if old:
            await self._orders.redraw(old, now)
            self._wakeups.notify(Topic.CARD)
        return self._period
