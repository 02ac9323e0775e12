"""From the provider back to the rows: the one worker that finds out how everything in flight stands, and how it ended.

What wakes it: an event of a stream, a stream that connects or breaks, ids that came with the answer to an order
(`Topic.EVENT`, `Topic.IN_FLIGHT`), and the time of the next list.

What a step does: it looks where events pointed, then asks for the lists that are due. Events are hints and the list is
the truth: one list call for each payer with work in flight finds what the streams missed, and what left the list is
looked at by its id. Each key has its own pace, because each has its own stream.

When it sleeps: until the next list or hint is due, or a minute where nothing is in flight.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.ids import GenerationId, RemoteId
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import KeyRefused, ProviderError, Providers, RemoteGeneration, Suspect
from bot.services.supervision import IDLE, side_by_side
from bot.services.tracking.events import EventInbox
from bot.services.tracking.settler import Settler, outcome_of_vanished
from bot.store.orders.generations import Generations, InFlight

log = logging.getLogger(__name__)

ORPHAN_FOR = timedelta(minutes=2)  # a hint about nothing of ours is kept: longer than a POST may take to answer
GIVEN_UP_FOR = timedelta(minutes=30)  # a second look has to wait until the first end is told, or held
FEW_HINTS = 2  # for one payer, that are looked at one by one; for more, a list costs less
MANY_GONE = 20  # that left the list without a word: fewer are looked at one by one
_NAMED = 20  # orphans that one list adds to the log, one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """The tracker's pauses.

    `lists` is the time between two lists while a key's stream is down, `lists_quiet` while it is up. While it is down,
    those for whom images are made are asked for at the pace of `lists_images`: images take seconds where videos take
    minutes (API.md, "Polling, timing, price").
    """

    lists: timedelta = timedelta(seconds=10)
    lists_images: timedelta = timedelta(seconds=3)
    lists_quiet: timedelta = timedelta(seconds=30)
    gather: timedelta = timedelta(seconds=0.9)  # hints for one payer that follow each other are looked at together
    again: timedelta = timedelta(seconds=2)  # what an event announced ought to be there soon
    expiry: timedelta = timedelta(hours=1)  # between two looks for what is listed for ever


@dataclass(slots=True)
class PayerWatch:
    """What is remembered about one payer's work from step to step. Moments and durations are seconds, monotonic."""

    shown: frozenset[RemoteId] = frozenset()  # by its last list
    list_took: float = 0.0
    hints_from: float = 0.0  # hints gather until then
    next_images: float | None = None
    next_expiry: float = 0.0
    orphans: set[RemoteId] = field(default_factory=set[RemoteId])  # that were reported, as long as they are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDiff:
    """`news` are rows that say more than ours, `there` ours as we know them, `gone` ours that the list shows no more.

    `foreign` are ids in the list that are none of ours in flight.
    """

    news: Sequence[tuple[InFlight, RemoteGeneration]]
    there: Sequence[GenerationId]
    gone: Sequence[InFlight]
    foreign: frozenset[RemoteId]


def compare(rows: Mapping[RemoteId, RemoteGeneration], ours: Sequence[InFlight]) -> ListDiff:
    """Holds what the provider lists against what the rows say is in flight; each of `ours` is in one of three places.

    A row that is still queued says nothing new, whatever ours says: lists lag behind.
    """
    news: list[tuple[InFlight, RemoteGeneration]] = []
    there: list[GenerationId] = []
    gone: list[InFlight] = []
    for generation in ours:
        row = rows.get(generation.remote_id)
        if row is None:
            gone.append(generation)
        elif row.status in {"queued", generation.state}:
            there.append(generation.id)
        else:
            news.append((generation, row))
    foreign = frozenset(rows.keys() - {generation.remote_id for generation in ours})
    return ListDiff(news=news, there=there, gone=gone, foreign=foreign)


class Tracker:
    """`inbox` has what the streams said; `suspect` is told of a key that the provider refused."""

    def __init__(
        self,
        generations: Generations,
        providers: Providers,
        clock: Clock,
        inbox: EventInbox,
        settler: Settler,
        suspect: Suspect,
        polling: Polling,
    ) -> None:
        self._generations = generations
        self._providers = providers
        self._clock = clock
        self._inbox = inbox
        self._settler = settler
        self._suspect = suspect
        self._polling = polling
        self._payers: dict[Payer, PayerWatch] = {}

    async def step(self) -> timedelta:
        """Looks where events pointed, then lists what it is time for; returns how long until the next list or hint."""
        await self._follow_hints()
        keys = await self._generations.keys_in_flight()
        self._inbox.keep_lists(keys)
        if not keys:
            self._payers.clear()
            self._settler.keep([])
            return IDLE
        now, pauses = self._clock.monotonic(), self._polling

        # The keys whose lists are due. When the next time is, is settled with it.
        keys_due: set[KeyId | None] = set()
        for key in keys:
            stream = self._inbox.of(key)
            soon = now + (pauses.lists_quiet if stream.up else pauses.lists).total_seconds()
            if stream.next_list is None:
                stream.next_list = soon
            elif stream.next_list <= now:
                keys_due.add(key)
                stream.next_list = soon

        # The payers for whom images are made without a stream that tells of them.
        with_images: set[Payer] = set()
        if pauses.lists_images < pauses.lists and not all(self._inbox.of(key).up for key in keys):
            with_images = {p for p in await self._generations.payers_of_images() if not self._inbox.of(p.key).up}
        payers_due: set[Payer] = set()
        for payer in self._payers.keys() | with_images:
            watch, soon = self._watch(payer), now + pauses.lists_images.total_seconds()
            if payer not in with_images:
                watch.next_images = None
            elif watch.next_images is None:
                watch.next_images = soon
            elif watch.next_images <= now:
                payers_due.add(payer)
                watch.next_images = soon

        if keys_due or payers_due:
            ours = await self._generations.under_way()
            self._payers = {payer: self._watch(payer) for payer in ours}
            self._settler.keep([generation.id for rows in ours.values() for generation in rows])
            due = [(payer, rows) for payer, rows in ours.items() if payer.key in keys_due or payer in payers_due]
            await side_by_side(self._survey, due)

        moments = [self._inbox.next_due(), *(self._inbox.of(key).next_list for key in keys)]
        moments += [watch.next_images for watch in self._payers.values()]
        return timedelta(seconds=max(0.0, min(moment for moment in moments if moment is not None) - now))

    def _watch(self, payer: Payer) -> PayerWatch:
        return self._payers.setdefault(payer, PayerWatch())

    # Where events pointed.

    async def _follow_hints(self) -> None:
        """Looks at everything that is due.

        Looking costs a request. A generation that ends alone is asked for at once; where many end one after the other,
        one list tells which of them are over, and what each event said tells how.
        """
        now = self._clock.monotonic()
        alone: list[tuple[KeyId | None, RemoteId]] = []  # no list has shown them yet
        together: defaultdict[Payer, list[RemoteId]] = defaultdict(list)  # by whose list has
        for key, remote_id in self._inbox.due():
            shown = (p for p, watch in self._payers.items() if p.key == key and remote_id in watch.shown)
            payer = next(shown, None)
            if payer is None:
                alone.append((key, remote_id))
            else:
                together[payer].append(remote_id)
        for payer, ids in together.items():
            watch = self._payers[payer]
            if watch.hints_from > now:
                self._inbox.put_off(payer.key, ids, watch.hints_from)
                continue
            watch.hints_from = now + self._polling.gather.total_seconds()
            if len(ids) <= FEW_HINTS:
                alone += [(payer.key, remote_id) for remote_id in ids]
            else:
                await self._settle_together(payer, ids)
        await side_by_side(self._follow, alone)

    async def _follow(self, key: KeyId | None, remote_id: RemoteId) -> None:
        """Looks at what one hint is about. The hint goes when that is over, or is strange for long."""
        hint = self._inbox.get(key, remote_id)
        if hint is None:
            return
        heard_for = timedelta(seconds=self._clock.monotonic() - hint.heard_at)
        try:
            generation = await self._generations.by_remote_id(remote_id, key)
            if generation is not None:
                over = await self._settler.look(generation, hint.event)
            elif (given_up := await self._generations.given_up_as(remote_id, key)) is not None:
                over = await self._settler.look_again(given_up, hint.event) or heard_for > GIVEN_UP_FOR
            else:
                orphans = await self._generations.orphans({remote_id})  # None: ids of ours are still to be learnt
                hint.early = orphans is None
                over = heard_for > ORPHAN_FOR
                if orphans == set():  # it is ours and over, or its id was learnt this very moment
                    over = await self._generations.by_remote_id(remote_id, key) is None
        except ProviderError as error:
            log.warning("look failed", extra={"remote": remote_id, "error": str(error)})
            over = False
        if over:
            self._inbox.drop(key, remote_id)
        else:
            due = self._clock.monotonic() + self._polling.again.total_seconds()
            self._inbox.put_off(key, [remote_id], due)

    async def _settle_together(self, payer: Payer, ids: Sequence[RemoteId]) -> None:
        """One list for many hints: what it showed before and shows no more is over; the events say how it ended."""

        async def settle_as_told(remote_id: RemoteId) -> None:
            hint = self._inbox.get(payer.key, remote_id)
            if hint is None:
                return
            generation = await self._generations.by_remote_id(remote_id, payer.key)
            outcome = outcome_of_vanished(hint.event, cancelled=False)
            if generation is not None and outcome is not None:
                await self._settler.settle(generation, outcome)
            self._inbox.drop(payer.key, remote_id)

        rows = await self._list(payer)
        if rows is not None:
            await side_by_side(settle_as_told, [(remote_id,) for remote_id in ids if remote_id not in rows])
        now, watch = self._clock.monotonic(), self._watch(payer)
        # A list that took long is not asked for again before as long has passed.
        watch.hints_from = now + max(self._polling.gather.total_seconds(), watch.list_took)
        self._inbox.put_off(payer.key, ids, now + self._polling.again.total_seconds())

    # Lists.

    async def _survey(self, payer: Payer, ours: Sequence[InFlight]) -> None:
        """One list of one payer's work, held against the rows."""
        watch, now = self._watch(payer), self._clock.monotonic()
        rows = await self._list(payer)
        if rows is None:
            await self._expire(payer, listed=frozenset())
            return
        diff = compare(rows, ours)
        self._settler.seen(diff.there)
        for generation, row in diff.news:
            await self._settler.take_note(generation.id, row)
        left = await self._settle_by_history(payer, diff.gone)
        await side_by_side(self._settler.look_or_expire, [(generation.id,) for generation in left])
        if watch.next_expiry <= now:
            watch.next_expiry = now + self._polling.expiry.total_seconds()
            await self._expire(payer, listed=rows.keys())

        # Work in our own namespaces that no order owns is the operator's to judge: said once, never touched. What a
        # server does by its own key besides is its own affair.
        watch.orphans &= rows.keys()
        new = set(diff.foreign - watch.orphans) if payer.key is None else set[RemoteId]()
        orphans = (await self._generations.orphans(new) if new else None) or set[RemoteId]()
        watch.orphans |= orphans
        for remote_id in sorted(orphans)[:_NAMED]:
            model = rows[remote_id].model
            log.warning("orphan generation", extra={"remote": remote_id, "model": model, "namespace": payer.namespace})
        if len(orphans) > _NAMED:
            log.warning("more orphan generations", extra={"ids": len(orphans), "namespace": payer.namespace})

    async def _expire(self, payer: Payer, listed: Collection[RemoteId]) -> None:
        """Nothing is in flight for ever: neither when nobody answers, nor when the list says so for ever."""
        for generation in await self._generations.upstream(payer):
            await self._settler.expire(generation, listed=generation.remote_id in listed)

    async def _list(self, payer: Payer) -> Mapping[RemoteId, RemoteGeneration] | None:
        """What the provider has in flight for `payer`; None when nobody can say."""
        watch, began = self._watch(payer), self._clock.monotonic()
        try:
            async with self._providers.of(payer.key) as provider:
                rows = {row.id: row for row in await provider.list(payer.namespace)}
        except ProviderError as error:
            log.warning("list failed", extra={"key_id": payer.key, "namespace": payer.namespace, "error": str(error)})
            if isinstance(error, KeyRefused):
                self._suspect(payer.key)
            return None
        finally:
            watch.list_took = self._clock.monotonic() - began
        watch.shown = frozenset(rows)
        return rows

    async def _settle_by_history(self, payer: Payer, gone: Sequence[InFlight]) -> Sequence[InFlight]:
        """Settles what the history knows of, where that costs less than to look at each; returns what is left."""
        if len(gone) <= MANY_GONE:
            return gone
        try:
            async with self._providers.of(payer.key) as provider:
                if not provider.keeps_rows:
                    return gone
                over = {row.id: row for row in await provider.history(payer.namespace)}
        except ProviderError as error:
            log.warning("history failed", extra={"namespace": payer.namespace, "error": str(error)})
            return gone
        known = [(each.id, over[each.remote_id]) for each in gone if each.remote_id in over]
        await side_by_side(self._settler.take_note, known)
        return [each for each in gone if each.remote_id not in over]
