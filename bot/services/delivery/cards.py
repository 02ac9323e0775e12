"""The cards of orders: drawn again when they show less than the rows know, an old place in the queue, or an old bar."""

import heapq
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.clock import Clock, SteadyClock
from bot.domain.ids import OrderId
from bot.domain.messenger import EditsLimited, MessengerError, TryLater, Undeliverable, Unexplained
from bot.domain.orders.generation import GenerationState
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import next_step, worth_telling
from bot.services.delivery.card_editor import CardEditor
from bot.services.policy import Timing
from bot.services.supervision import WorkerPool
from bot.services.tracking.settler import HeldCards
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.orders import Orders
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues

log = logging.getLogger(__name__)

_UNEXPLAINED_AGAIN = timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(hours=1)  # a due time beyond it is a clock set back
_BARS_A_SECOND = 10  # that are drawn again of all cards together, however many there are
_DRAWN_FOR = timedelta(days=2)  # by then every order is over and told; a card that nobody can explain stays as it is


class ShownCards:
    """What cards show, in memory. Their rows are updated with the next write (`Database.write_later`)."""

    def __init__(self, orders: Orders, clock: Clock, timing: Timing) -> None:
        self._orders = orders
        self._clock = clock
        self._timing = timing
        self._shown: dict[OrderId, tuple[int, datetime]] = {}  # the revision, and from when to redraw the card
        self._found = frozenset[OrderId]()  # which were stale when somebody last looked

    def note(self, record: OrderRecord) -> bool:
        """The card shows the order as it is in `record`; whether somebody has looked at it, and waits for longer."""
        shown = record.revision, self._clock.now() + self._timing.card
        self._shown[record.order.id] = shown
        self._orders.card_shown(record.order.id, *shown)
        return record.order.id in self._found

    def forget(self, order_id: OrderId) -> None:
        """What the row says of the card holds."""
        self._shown.pop(order_id, None)

    async def stale(self) -> list[tuple[OrderId, datetime]]:
        """Which cards show less than their rows know, and from when to redraw each."""
        cards = await self._orders.stale_cards(beside=len(self._shown))
        self._found = frozenset(card.id for card in cards)
        self._shown = {card.id: self._shown[card.id] for card in cards if card.id in self._shown}
        due: list[tuple[OrderId, datetime]] = []
        for card in cards:
            revision, again = self._shown.get(card.id, (0, card.due))
            if card.revision > revision:
                due.append((card.id, again))
        return due


class CardUpdater:
    """Redraws cards that show less than the rows know. `noted` adds what else a card shows than the order's rows.

    A card whose order is over waits a moment for what that cost (`held_cards`), so that both are one edit.

    While an order is made, its bar moves (`move_bars`): by the interaction's token as long as that lives, and much more
    seldom after that. Which moves when is in memory alone: after a restart a bar stands until there is news.
    """

    def __init__(
        self,
        orders: Orders,
        editor: CardEditor,
        shown: ShownCards,
        held_cards: HeldCards,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
        noted: Callable[[OrderRecord], Awaitable[OrderRecord]],
    ) -> None:
        self._orders = orders
        self._editor = editor
        self._shown = shown
        self._held_cards = held_cards
        self._clock = clock
        self._wakeups = wakeups
        self._timing = timing
        self._noted = noted
        self.pool = WorkerPool("cards", 4, clock, wakeups, Topic.CARD)
        self._moves: dict[OrderId, float] = {}  # when the bar of a card is to move (monotonic)
        # The same as a heap; what `_moves` has no more, or otherwise, is old.
        self._soonest: list[tuple[float, OrderId]] = []
        self._next_bar = 0.0  # before that, no bar is drawn

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        if self.pool.full:
            return self.pool.when_free()
        stale, now = await self._shown.stale(), self._clock.now()
        due = [(order_id, now + left if (left := self._held_cards.left(order_id)) else at) for order_id, at in stale]
        return self.pool.take_up(due, now, self._redraw, longest=_LONGEST_PAUSE)

    async def move_bars(self) -> timedelta:
        """Draws the next bar that is to move; returns how long until one may be.

        A bar stands still for at least as long as this rests, so nobody has to wake it.
        """
        now = self._clock.monotonic()
        while self._soonest:
            at, order_id = self._soonest[0]
            if self._moves.get(order_id) != at:
                heapq.heappop(self._soonest)
                continue
            at = max(at, self._next_bar)
            if at > now:
                return min(timedelta(seconds=at - now), self._timing.progress)
            if self.pool.full:  # news first
                return timedelta(seconds=1 / _BARS_A_SECOND)
            heapq.heappop(self._soonest)
            del self._moves[order_id]
            self._next_bar = now + 1 / _BARS_A_SECOND
            self.pool.start(order_id, self._move(order_id))
        return self._timing.progress

    async def _move(self, order_id: OrderId) -> None:
        """Draws the card although the rows know nothing new. That it fails is no trouble: something new will come."""
        record = await self._orders.get(order_id)
        if record is None or record.ended:
            return
        record = await self._noted(record)
        try:
            await self._editor.draw(record)
        except MessengerError as error:
            log.info("bar not drawn", extra={"order": order_id, "error": str(error)})
        self._follow(record)

    def _follow(self, record: OrderRecord) -> None:
        """Notes when the bar on the card that was drawn is to move, if it has one."""
        card_id, place = record.order.context.card_message_id, record.place
        self._moves.pop(record.order.id, None)
        if card_id is None or place is None or not place.admitted or (moment := next_step(place)) is None:
            return
        least = self._timing.progress if self._editor.holds(card_id) else self._timing.progress_own
        at = self._clock.monotonic() + max(moment - place.at, least).total_seconds()
        self._moves[record.order.id] = at
        heapq.heappush(self._soonest, (at, record.order.id))

    async def _redraw(self, order_id: OrderId) -> None:
        record = await self._orders.get(order_id)
        if record is None or self._is_about_to_be_told(record):
            return
        record = await self._noted(record)
        try:
            await self._editor.draw(record)
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
        self._follow(record)
        self._shown.note(record)

    def _is_about_to_be_told(self, record: OrderRecord) -> bool:
        """Whether the order is over and its result on its way to the channel, so that the end and that are one edit."""
        order = record.order
        if not record.ended or record.untold or order.reviewed or order.compared_in is not None:
            return False
        made = (
            one for one in record.generations if one.state is GenerationState.SUCCEEDED and one.id not in record.told
        )
        last = max((one.ended_at for one in made if one.ended_at is not None), default=None)
        if last is None or self._clock.now() - last >= self._timing.card_cost:
            return False
        return self._held_cards.hold_until_told(order.id)

    async def _later(self, order_id: OrderId, error: MessengerError) -> None:
        default = _UNEXPLAINED_AGAIN if isinstance(error, Unexplained) else self._timing.card_again
        pause = (error.pause if isinstance(error, TryLater) else None) or default
        if isinstance(error, EditsLimited):
            pause = max(pause, self._timing.old_edits)
        await self._orders.postpone_card(order_id, self._clock.now() + min(pause, _LONGEST_PAUSE))
        self._shown.forget(order_id)
        self._wakeups.wake([Topic.CARD])
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
        self._period = timing.queue_positions
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
            self._wakeups.wake([Topic.CARD])
        return self._period
