"""Looking where the event streams pointed.

Looking costs a request. A generation that ends alone is asked for at once; where many end one after the other, one
list tells which of them are over, and what each event said tells how.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.ids import RemoteId
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import OxenError
from bot.services.supervision import side_by_side
from bot.services.tracking import outcomes
from bot.services.tracking.hints import Hint, Hints
from bot.services.tracking.lists import Lists
from bot.services.tracking.settling import Settling
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)

STRANGER_FOR = timedelta(minutes=2)  # longer than a POST may take to answer
GIVEN_UP_FOR = timedelta(minutes=30)  # a second thought has to wait until the first is told, or held
_FEW = 2  # hints for one payer that are looked at one by one; for more, a list costs less
_GATHER = timedelta(seconds=0.9)  # between two looks where one hint follows the other
_LIST_SHARE = 1  # a list that took long is not asked for again before this many times as long
_AGAIN = timedelta(seconds=2)  # what an event announced ought to be there soon

_Place = tuple[KeyId | None, RemoteId]


class Following:
    """A hint is kept until its generation is over: in the `ephemeral` dialect nothing else knows the result.

    One for an id that no row owns is kept while answers that bring ids are on their way: what is quick is over
    before that.
    """

    def __init__(self, generations: Generations, settling: Settling, lists: Lists, hints: Hints, clock: Clock) -> None:
        self._generations = generations
        self._settling = settling
        self._lists = lists
        self._hints = hints
        self._clock = clock
        self._rest_until: dict[Payer, float] = {}  # hints gather until then (monotonic)

    async def step(self) -> None:
        """Looks at everything that is due."""
        now = self._clock.monotonic()
        alone, together = self._sorted(self._hints.due(now))
        for payer, ids in together.items():
            rest_until = self._rest_until.get(payer, now)
            if rest_until > now:
                self._hints.put_off(payer.key, ids, rest_until)
                continue
            self._rest_until[payer] = now + _GATHER.total_seconds()
            if len(ids) <= _FEW:
                alone += [(payer.key, remote_id) for remote_id in ids]
            else:
                await self._settle_together(payer, ids)
        await side_by_side(self._follow, alone)

    def keep(self, payers: Collection[Payer]) -> None:
        """Forgets all others."""
        for payer in self._rest_until.keys() - set(payers):
            del self._rest_until[payer]

    def _sorted(self, places: Iterable[_Place]) -> tuple[list[_Place], dict[Payer, list[RemoteId]]]:
        """Those that no list has shown yet, and the others by whose list that was."""
        alone: list[_Place] = []
        together: defaultdict[Payer, list[RemoteId]] = defaultdict(list)
        for key, remote_id in places:
            payer = self._lists.shown_to(key, remote_id)
            if payer is None:
                alone.append((key, remote_id))
            else:
                together[payer].append(remote_id)
        return alone, together

    async def _follow(self, key: KeyId | None, remote_id: RemoteId) -> None:
        hint = self._hints.get(key, remote_id)
        if hint is None:
            return
        try:
            generation = await self._generations.by_remote_id(remote_id, key)
            over = await (
                self._settling.look(generation, hint.event)
                if generation is not None
                else self._nobodys(key, remote_id, hint)
            )
        except OxenError as error:
            log.warning("look failed", extra={"remote": remote_id, "error": str(error)})
            over = False
        if over:
            self._hints.drop(key, remote_id)
        else:
            self._hints.put_off(key, [remote_id], self._clock.monotonic() + _AGAIN.total_seconds())

    async def _nobodys(self, key: KeyId | None, remote_id: RemoteId, hint: Hint) -> bool:
        """Whether a hint that fits nothing in flight is about something that is over, or has been strange for long."""
        given_up = await self._generations.given_up_as(remote_id, key)
        if given_up is not None:
            known = await self._settling.look_again(given_up, hint.event)
            return known or self._clock.monotonic() - hint.heard_at > GIVEN_UP_FOR.total_seconds()
        orphans = await self._generations.orphans({remote_id})
        hint.early = orphans is None
        if orphans is not None and not orphans:
            return await self._generations.by_remote_id(remote_id, key) is None  # or its id was learnt this very moment
        return self._clock.monotonic() - hint.heard_at > STRANGER_FOR.total_seconds()

    async def _settle_together(self, payer: Payer, ids: Sequence[RemoteId]) -> None:
        """One list for many hints: what it showed before and shows no more is over; the events say how it ended."""
        rows = await self._lists.ask(payer)
        if rows is not None:
            gone = [(payer.key, remote_id) for remote_id in ids if remote_id not in rows]
            await side_by_side(self._settle_as_told, gone)
        now = self._clock.monotonic()
        self._rest_until[payer] = now + max(_GATHER.total_seconds(), _LIST_SHARE * self._lists.took(payer))
        self._hints.put_off(payer.key, ids, now + _AGAIN.total_seconds())

    async def _settle_as_told(self, key: KeyId | None, remote_id: RemoteId) -> None:
        hint = self._hints.get(key, remote_id)
        if hint is None:
            return
        generation = await self._generations.by_remote_id(remote_id, key)
        outcome = outcomes.of_vanished(hint.event, cancelled=False)
        if generation is not None and outcome is not None:
            await self._settling.settle(generation, outcome)
        self._hints.drop(key, remote_id)
