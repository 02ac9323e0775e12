"""Pending confirmations whose time is up: their cards say so, then their rows.

The row stays open until the card was drawn, so that a process that dies in between finds it again. Nobody can say yes
meanwhile: what counts is how long it has been open, not its state. That is counted by the process's own time: a clock
that is a day ahead when one is opened, or while it waits, makes its two minutes neither longer nor shorter.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.clock import SteadyClock, Waits
from bot.domain.ids import OrderId
from bot.domain.messenger import MessengerError, TryLater, Undeliverable
from bot.domain.orders.order import ConfirmationState
from bot.services.delivery.card_editor import CardEditor
from bot.services.policy import Timing
from bot.services.supervision import IDLE, WorkerPool
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.confirmations import PendingConfirmations, Waiting

log = logging.getLogger(__name__)

_FORGET_AFTER = timedelta(days=1)  # a pending confirmation that is over: so long its buttons may say what became of it
_FORGET_EVERY = timedelta(hours=1)
_GIVE_UP = timedelta(minutes=10)  # then a card that cannot be drawn stays as it is; its buttons tell the same


class ConfirmationExpirer:
    def __init__(
        self,
        confirmations: PendingConfirmations,
        editor: CardEditor,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
    ) -> None:
        self._confirmations = confirmations
        self._editor = editor
        self._clock = clock
        self._waits = Waits(clock)
        self._timing = timing
        self._wakeups = wakeups
        self._put_off: dict[OrderId, datetime] = {}
        self._forget_at = clock.monotonic()
        self.pool = WorkerPool("confirmations", 4, clock, wakeups, Topic.CONFIRMATION)

    async def step(self) -> timedelta:
        """Starts to end what is due; how long until the next is."""
        now = self._clock.now()
        waiting = await self._confirmations.waiting()
        self._waits.keep([(each.id, each.lapses_at) for each in waiting])
        self._put_off = {each.id: self._put_off[each.id] for each in waiting if each.id in self._put_off}
        moments = [(each.id, self._put_off.get(each.id, now + self._left(each))) for each in waiting]
        due = sorted(moments, key=lambda entry: entry[1])
        rest = self.pool.take_up(due, now, self._end, longest=self._timing.confirmation)
        sure, moment = self._clock.sure(), self._clock.monotonic()
        if sure is not None and moment >= self._forget_at:
            self._forget_at = moment + _FORGET_EVERY.total_seconds()
            await self._confirmations.forget(sure - _FORGET_AFTER)
        return min(rest, IDLE)

    def _left(self, one: Waiting) -> timedelta:
        longest = self._timing.agreement if one.by_manager else self._timing.confirmation
        return self._waits.left((one.id, one.lapses_at), one.lapses_at, longest)

    async def _end(self, confirmation_id: OrderId) -> None:
        confirmation, now = await self._confirmations.get(confirmation_id), self._clock.now()
        if (
            confirmation is None
            or confirmation.state is not ConfirmationState.OPEN
            or self._left(Waiting(confirmation_id, confirmation.lapses_at, confirmation.by_manager))
        ):
            return
        try:
            await self._editor.draw_confirmation(replace(confirmation, state=ConfirmationState.LAPSED))
        except Undeliverable as error:
            log.info("card gone", extra={"order": confirmation_id, "error": str(error)})
        except Exception as error:  # whatever it is: left due as it is, it would be tried again at once
            if not self._waits.over((confirmation_id, confirmation.lapses_at), confirmation.lapses_at, _GIVE_UP):
                pause = (error.pause if isinstance(error, TryLater) else None) or self._timing.card_again
                self._put_off[confirmation_id] = now + min(pause, self._timing.confirmation)
                self._wakeups.notify(Topic.CONFIRMATION)
                if isinstance(error, MessengerError):
                    return
                raise  # the worker pool counts it
        if await self._confirmations.end(confirmation_id, ConfirmationState.LAPSED, self._clock.now()):
            log.info("confirmation lapsed", extra={"order": confirmation_id})
