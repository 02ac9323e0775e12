"""Edits of cards: by the token of an interaction while one lives, with the bot's own otherwise (decision 40).

An edit by an interaction's token does not count towards Discord's 50 requests a second. Tokens are secrets, so they are
kept in memory alone: after a restart the bot's own edits every card. A card has one edit at a time, and an older state
never overwrites a newer one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

from bot.domain.clock import Clock
from bot.domain.ids import MessageId
from bot.domain.messenger import CardToken, Messenger, TokenOver, TryLater
from bot.domain.orders.order import OrderRecord, PendingConfirmation
from bot.services.policy import Timing

_LIVES = timedelta(minutes=14)  # a token is good for 15; the last minute is for clocks and queues in between
_MOST = 20_000  # tokens at a time; then the oldest goes


@dataclass(slots=True, weakref_slot=True)
class _Card:
    """While somebody edits it, or waits to. `revision`: of the latest state that an edit was begun for."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    revision: int = 0


class CardEditor:
    def __init__(self, messenger: Messenger, clock: Clock, timing: Timing) -> None:
        self._messenger = messenger
        self._clock = clock
        self._timing = timing
        self._cards: WeakValueDictionary[MessageId, _Card] = WeakValueDictionary()
        self._tokens: dict[MessageId, tuple[CardToken, float]] = {}  # with the end of each (monotonic), soonest first
        self._unsure: dict[MessageId, float] = {}  # until when an edit without an answer may still take effect

    def hold(self, card_id: MessageId, token: CardToken) -> None:
        """An interaction was answered just now: from now on its token edits the card, as long as it lives."""
        now = self._clock.monotonic()
        self._tokens.pop(card_id, None)
        self._tokens[card_id] = token, now + _LIVES.total_seconds()
        while (oldest := next(iter(self._tokens))) != card_id:
            if len(self._tokens) <= _MOST and self._tokens[oldest][1] > now:
                break
            del self._tokens[oldest]

    def holds(self, card_id: MessageId) -> bool:
        """Whether an edit of the card would go by an interaction's token."""
        _, until = self._tokens.get(card_id, (None, 0.0))
        return until > self._clock.monotonic()

    @asynccontextmanager
    async def pressed(self, card_id: MessageId, token: CardToken) -> AsyncGenerator[None]:
        """A press on the card brings `token`, which is good once the press is acknowledged: the block does that.

        Nobody begins to edit the card in the block, so what changes there is shown by this token and no older one. An
        edit that is on its way is not waited for: a press has to be acknowledged within seconds.
        """
        card = self._card(card_id)
        async with nullcontext() if card.turn.locked() else card.turn:
            yield
            self.hold(card_id, token)

    async def draw(self, record: OrderRecord) -> None:
        """Shows the order as it is in `record`, unless its card shows a later state. Raises `MessengerError`."""
        card_id = record.order.context.card_message_id
        await self._edit(card_id, record.revision, partial(self._messenger.redraw, record))
        # Over, and nothing more will be known of it: its token is of no use any more.
        booked = all(each.booked is not None and each.booked.final for each in (record, *record.others))
        over = booked and len(record.told) == len(record.all_generations)
        if card_id is not None and over:
            self._tokens.pop(card_id, None)

    async def draw_confirmation(self, confirmation: PendingConfirmation) -> None:
        """Shows what waits for a yes, unless it has become an order. Raises `MessengerError`."""
        card_id = confirmation.order.context.card_message_id
        await self._edit(card_id, 0, partial(self._messenger.redraw_confirmation, confirmation))

    async def _edit(
        self, card_id: MessageId | None, revision: int, edit: Callable[[CardToken | None], Awaitable[None]]
    ) -> None:
        if card_id is None:
            await edit(None)
            return
        card = self._card(card_id)
        async with card.turn:
            if revision < card.revision:
                return
            now = self._clock.monotonic()
            self._unsure = {each: until for each, until in self._unsure.items() if until > now}
            if card_id in self._unsure:
                raise TryLater("an edit may be on its way", timedelta(seconds=self._unsure[card_id] - now))
            card.revision = revision
            token, until = self._tokens.get(card_id, (None, now))
            if token is not None and until > now:
                try:
                    async with asyncio.timeout(self._timing.card_answer.total_seconds()):
                        await edit(token)
                except TimeoutError as error:  # the bot's own edit, made at once, might be overwritten by this one
                    self._give_up(card_id, token)
                    self._unsure[card_id] = self._clock.monotonic() + self._timing.card_again.total_seconds()
                    raise TryLater("no answer", self._timing.card_again) from error
                except TryLater:
                    self._give_up(card_id, token)
                    raise
                except TokenOver:
                    self._give_up(card_id, token)
                else:
                    return
            await edit(None)

    def _give_up(self, card_id: MessageId, token: CardToken) -> None:
        """Unless a press has brought another one meanwhile."""
        held, _ = self._tokens.get(card_id, (None, 0.0))
        if held == token:
            del self._tokens[card_id]

    def _card(self, card_id: MessageId) -> _Card:
        return self._cards.setdefault(card_id, _Card())
