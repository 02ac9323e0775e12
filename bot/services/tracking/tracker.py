"""From the provider back to the rows: the one worker that finds out how everything in flight stands, and how it ended.

What wakes it: an event of a stream, a stream that connects or breaks, ids that came with the answer to an order
(`Topic.EVENT`, `Topic.IN_FLIGHT`), and the time to see about the lists.

What a step does: it looks where events pointed, then asks for the lists that are due. A success whose event names a
result is settled as soon as that result is in hand; whatever else an event says is asked of the row. A list for each
payer with work in flight finds what the streams missed, and holds what events told against what the provider shows;
what left the list without a word is looked at by its id. Each key has its own pace, because each has its own stream.

When it sleeps: until lists are next seen about or a hint is due, or a minute where nothing is in flight.

docs/decisions/0041-events-with-proof.md says why.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.clock import Clock, from_millis, to_millis
from bot.domain.ids import GenerationId, RemoteId
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import KeyRefused, ProviderError, Providers, RemoteGeneration, RemoteStatus, Suspect
from bot.services.supervision import IDLE, JOB_HANGS, WorkerPool, backoff, side_by_side
from bot.services.tracking.events import MOST_HINTS, EventInbox, Hint
from bot.services.tracking.settler import MISSING_FOR, Settler
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.generations import Generations, InFlight, Unconfirmed

log = logging.getLogger(__name__)

ORPHAN_FOR = timedelta(minutes=2)  # a hint about nothing of ours is kept: longer than a POST may take to answer
GIVEN_UP_FOR = timedelta(minutes=30)  # a second look has to wait until the first end is told, or held
LOOK_FOR = timedelta(hours=24)  # the same where a success was told, and its result cannot be had
FEW = 3  # rows that are asked for one by one; for more, a list costs less
MOST_PROOFS = 16  # results that are fetched side by side
ENDS_FOR_A_LIST = 60  # that events told of one payer: as many are worth a list
SPARE = 20  # times `lists_quiet`, for each payer: so often is a list no burden, whatever ends
SPARE_AT_MOST = timedelta(hours=1)
# How old what is in flight has to be to be asked for, though the stream is up; and again at twice the age, and so on.
# "Images take 5-30 s, video 1-5 min and up to 15" (API.md, "Polling, timing, price").
OVERDUE = {"image": timedelta(minutes=1), "video": timedelta(minutes=5)}
MANY_GONE = 20  # that left the list without a word: fewer are looked at one by one
_NAMED = 20  # orphans that one list adds to the log, one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """The tracker's pauses.

    `lists` is the time between two lists while a key's stream is down. While it is down, those for whom images are made
    are asked for at the pace of `lists_images`: images take seconds where videos take minutes (API.md, "Polling,
    timing, price"). While it is up, it is seen every `lists_quiet` whose list is worth a request.
    """

    lists: timedelta = timedelta(seconds=10)
    lists_images: timedelta = timedelta(seconds=3)
    lists_quiet: timedelta = timedelta(seconds=30)
    again: timedelta = timedelta(seconds=2)  # what an event announced ought to be there soon; doubled each time
    expiry: timedelta = timedelta(hours=1)  # between two looks for what is listed for ever


@dataclass(slots=True)
class PayerWatch:
    """What is remembered about one payer's work from step to step. Moments and durations are seconds, monotonic."""

    listed_at: float | None = None
    odd: bool = False  # whether something of ours was not in its last list, or was though an event ended it
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
        wakeups: Wakeups,
    ) -> None:
        self._generations = generations
        self._providers = providers
        self._clock = clock
        self._inbox = inbox
        self._settler = settler
        self._suspect = suspect
        self._polling = polling
        self._wakeups = wakeups
        self._payers: dict[Payer, PayerWatch] = {}
        self._hands = asyncio.Semaphore(MOST_PROOFS)
        self.pool = WorkerPool("proofs", MOST_HINTS, clock, wakeups, Topic.EVENT)

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

        # The keys whose lists are to be seen about. When the next time is, is settled with it.
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
            ours, told = await self._generations.under_way(), await self._generations.unconfirmed()
            self._payers = {payer: self._watch(payer) for payer in ours.keys() | told.keys()}
            self._settler.keep([generation.id for rows in ours.values() for generation in rows])
            everything = {key for key in keys_due if not self._inbox.of(key).up or self._inbox.of(key).missed}
            due = [
                (payer, ours.get(payer, []), told.get(payer, []))
                for payer in self._payers
                if payer in payers_due
                or (payer in ours and payer.key in everything)
                or (payer.key in keys_due and self._is_worth_a_list(payer, ours.get(payer, []), told.get(payer, [])))
            ]
            for key in everything:
                self._inbox.of(key).missed = False
            try:
                await side_by_side(self._survey, due)
            except Exception:  # the next step tries again: one that finds nothing due would count as a success
                self._inbox.list_again(keys_due)
                raise

        moments = [self._inbox.next_due(), *(self._inbox.of(key).next_list for key in keys)]
        moments += [watch.next_images for watch in self._payers.values()]
        return timedelta(seconds=max(0.0, min(moment for moment in moments if moment is not None) - now))

    def _watch(self, payer: Payer) -> PayerWatch:
        return self._payers.setdefault(payer, PayerWatch())

    # Where events pointed.

    async def _follow_hints(self) -> None:
        """Begins to fetch the results that were named, and asks for the rows of what is in doubt."""
        doubts: list[tuple[KeyId | None, RemoteId]] = []
        for key, remote_id, hint in self._inbox.due():
            if hint.doubted or not hint.successes:
                doubts.append((key, remote_id))
            else:
                self._begin_proof(key, remote_id, hint)
        if len(doubts) > FEW:
            doubts = await self._ask_together(doubts)
        await side_by_side(self._follow, doubts)

    def _begin_proof(self, key: KeyId | None, remote_id: RemoteId, hint: Hint) -> None:
        hint.due = self._clock.monotonic() + JOB_HANGS.total_seconds()  # until the result is in hand, or in doubt
        self.pool.start(f"{key or ''}:{remote_id}", self._prove(key, hint))

    async def _prove(self, key: KeyId | None, hint: Hint) -> None:
        proven = False
        try:
            async with self._hands:
                for event in tuple(hint.successes):
                    try:
                        proven = proven or await self._settler.prove(event, key)
                    except ProviderError as error:
                        log.info("no proof", extra={"remote": event.id, "error": str(error)})
        finally:
            if not proven:
                hint.doubted, hint.due = True, self._clock.monotonic()
                self._wakeups.wake([Topic.EVENT])

    async def _ask_together(
        self, doubts: Sequence[tuple[KeyId | None, RemoteId]]
    ) -> list[tuple[KeyId | None, RemoteId]]:
        """One list of what failed, for each payer with many doubts; the doubts that are left."""
        wanted, left = set(doubts), list[tuple[KeyId | None, RemoteId]]()
        for payer, rows in (await self._generations.under_way()).items():
            ours = {row.remote_id: row.id for row in rows if (payer.key, row.remote_id) in wanted}
            if len(ours) <= FEW:
                continue
            failed = await self._list(payer, "failed") or {}
            known = [(generation_id, failed[each]) for each, generation_id in ours.items() if each in failed]
            await side_by_side(self._settler.take_note, known)
        for key, remote_id in doubts:
            if self._inbox.get(key, remote_id) is not None:  # that is dropped once it is in the rows
                left.append((key, remote_id))
        return left

    async def _follow(self, key: KeyId | None, remote_id: RemoteId) -> None:
        """Asks for the row of what one hint is about. The hint goes when that is over, or is strange for long."""
        hint = self._inbox.get(key, remote_id)
        if hint is None:
            return
        heard_for = timedelta(seconds=self._clock.monotonic() - hint.heard_at)
        pauses, again = self._polling, self._polling.again
        try:
            generation = await self._generations.by_remote_id(remote_id, key)
            if generation is not None and hint.early and hint.successes:
                hint.early, hint.doubted = False, False  # its id was learnt: now its result counts
                self._begin_proof(key, remote_id, hint)
                return
            if generation is not None:
                over = await self._settler.look(generation)
            elif (given_up := await self._generations.given_up_as(remote_id, key)) is not None:
                patience = LOOK_FOR if hint.successes else GIVEN_UP_FOR
                over = await self._settler.look_again(given_up) or heard_for > patience
            else:
                orphans = await self._generations.orphans({remote_id})  # None: ids of ours are still to be learnt
                hint.early = orphans is None
                over = heard_for > ORPHAN_FOR
                if orphans == set():  # it is ours and over, or its id was learnt this very moment
                    over = await self._generations.by_remote_id(remote_id, key) is None
                self._inbox.put_off(key, remote_id, self._clock.monotonic() + again.total_seconds())
                if over:
                    self._inbox.drop(key, remote_id)
                return
        except ProviderError as error:
            log.warning("look failed", extra={"remote": remote_id, "error": str(error)})
            over = False
        if over:
            self._inbox.drop(key, remote_id)
            return
        hint.looks, hint.doubted = hint.looks + 1, False
        pause = backoff(hint.looks, again, max(pauses.lists_quiet, again))
        self._inbox.put_off(key, remote_id, self._clock.monotonic() + pause.total_seconds())

    # Lists.

    def _is_worth_a_list(self, payer: Payer, ours: Sequence[InFlight], told: Sequence[Unconfirmed]) -> bool:
        """Whether a request for the payer's list is well spent while the stream is up.

        It is where the payer was never listed, where its last list was odd, where events told many ends, where
        something takes longer than it should, and now and then.
        """
        watch = self._watch(payer)
        listed_at = watch.listed_at
        if listed_at is None or watch.odd or len(told) >= ENDS_FOR_A_LIST:
            return True
        since = timedelta(seconds=self._clock.monotonic() - listed_at)
        if since >= min(self._polling.lists_quiet * SPARE * len(self._payers), SPARE_AT_MOST):
            return True
        now = self._clock.now()
        for each in ours:
            first, began = OVERDUE.get(each.kind, OVERDUE["video"]), from_millis(each.queued_at)
            before, after = (max(0, (moment - began) // first).bit_length() for moment in (now - since, now))
            if after > before:
                return True
        return False

    async def _survey(self, payer: Payer, ours: Sequence[InFlight], told: Sequence[Unconfirmed]) -> None:
        """One list of one payer's work, held against the rows and against what events told."""
        watch, now = self._watch(payer), self._clock.monotonic()
        rows = await self._list(payer)
        if rows is None:
            await self._settler.expire_old(ours, listed=frozenset())
            return
        watch.listed_at = now
        diff = compare(rows, ours)
        self._settler.seen(diff.there)
        for generation, row in diff.news:
            await self._settler.take_note(generation.id, row)
        left = await self._settle_by_history(payer, diff.gone)
        watch.odd = bool(left) or any(each.remote_id in rows for each in told)
        await side_by_side(self._settler.look_or_expire, [(each,) for each in left])
        if watch.next_expiry <= now:
            watch.next_expiry = now + self._polling.expiry.total_seconds()
            await self._settler.expire_old(ours, listed=rows.keys())
        await self._confirm(payer, told, rows)

        # Work in our own namespaces that no order owns is the operator's to judge: said once, never touched. What a
        # server does by its own key besides is its own affair.
        watch.orphans &= rows.keys()
        foreign = diff.foreign - {each.remote_id for each in told}
        new = set(foreign - watch.orphans) if payer.key is None else set[RemoteId]()
        orphans = (await self._generations.orphans(new) if new else None) or set[RemoteId]()
        watch.orphans |= orphans
        for remote_id in sorted(orphans)[:_NAMED]:
            model = rows[remote_id].model
            log.warning("orphan generation", extra={"remote": remote_id, "model": model, "namespace": payer.namespace})
        if len(orphans) > _NAMED:
            log.warning("more orphan generations", extra={"ids": len(orphans), "namespace": payer.namespace})

    async def _confirm(
        self, payer: Payer, told: Sequence[Unconfirmed], rows: Mapping[RemoteId, RemoteGeneration]
    ) -> None:
        """Holds what events told against the list: what it does not show is over, and has not failed.

        What it shows all the same is asked for, unless the list may lag behind. Few rows are asked for one by one, for
        many there is a list of what failed.
        """
        lagging = to_millis(self._clock.now() - MISSING_FOR)
        alone = [each for each in told if each.remote_id in rows and each.since < lagging]
        gone = [each for each in told if each.remote_id not in rows]
        async with contextlib.AsyncExitStack() as stack:
            try:
                provider = await stack.enter_async_context(self._providers.of(payer.key))
                keeps_rows = provider.keeps_rows
                if provider.tells_costs:  # what it cost confirms it as well
                    gone = []
                if len(gone) == 1 or not keeps_rows:
                    alone += gone[:1]  # by the first row of all it shows how the provider keeps them
                    gone = gone[1:]
                listed = await provider.list(payer.namespace, "failed") if gone and keeps_rows else []
            except ProviderError as error:
                log.warning("not confirmed", extra={"namespace": payer.namespace, "error": str(error)})
                return
        failed = {row.id: row for row in listed if row.status == "failed"}
        if gone:
            await self._generations.confirm([each.id for each in gone if each.remote_id not in failed])
            for each in gone:
                if each.remote_id in failed:
                    await self._settler.contradict(each, failed[each.remote_id])
        await side_by_side(self._settler.confirm, [(each,) for each in alone])

    async def _list(
        self, payer: Payer, status: RemoteStatus | None = None
    ) -> Mapping[RemoteId, RemoteGeneration] | None:
        """What the provider has for `payer` in `status` (None: in flight); None when nobody can say."""
        try:
            async with self._providers.of(payer.key) as provider:
                return {row.id: row for row in await provider.list(payer.namespace, status)}
        except ProviderError as error:
            log.warning("list failed", extra={"key_id": payer.key, "namespace": payer.namespace, "error": str(error)})
            if isinstance(error, KeyRefused):
                self._suspect(payer.key)
            return None

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
