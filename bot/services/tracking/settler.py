"""How one generation stands, proven by a result or asked by its id, and how it ended, stored: once, by who is first.

Nothing stays in flight for ever, and one wrong clock decides nothing here: what the provider lists is alive, however
old our rows call it, until it was watched for longer than anything lives; what it does not list is judged by a clock
that several readings agree on.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.clock import Clock, steady, to_millis
from bot.domain.ids import GenerationId, OrderId, RemoteId
from bot.domain.orders.failure_words import reason_for
from bot.domain.orders.generation import GIVEN_UP, UPSTREAM, Generation, GenerationState, Outcome, Reason, names_in
from bot.domain.orders.payer import KeyId
from bot.domain.provider import Completed, NotFound, ProviderError, Providers, RemoteGeneration
from bot.services.tracking.events import EventInbox, Hint
from bot.services.tracking.result_files import ResultFiles
from bot.services.wakeups import LATE_SUCCESS, Topic, Wakeups, of_end
from bot.store.orders.generations import Generations, InFlight, Unconfirmed

log = logging.getLogger(__name__)

PROVABLE_FOR = timedelta(minutes=15)  # a result that an event named may be out of reach for a while
LIFETIME = timedelta(hours=24)  # API.md: "Generations expire 24 h after they were enqueued"
MISSING_FOR = timedelta(seconds=20)  # a row may lag behind its own enqueue; longer than this it is gone
SLACK = timedelta(hours=2)  # clocks differ, and jump
_WORDS = 300  # characters of the provider's words that are kept

_EXPIRED = Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED)


@dataclass(slots=True)
class _Sight:
    """Since when this process watches a generation, and since when its row is missing (seconds, monotonic)."""

    watched_since: float
    missing_since: float | None = None


class HeldCards:
    """Orders whose cards are held back at the end, at most for `longest`: until the channel was told of what was made,
    and until its cost was asked for. So the end is one edit.

    In memory, because nothing depends on it but how often a card is drawn.
    """

    def __init__(self, clock: Clock, longest: timedelta) -> None:
        self._clock = clock
        self._longest = longest.total_seconds()
        self._until: dict[OrderId, float] = {}  # monotonic, soonest first
        self._unasked: set[OrderId] = set()
        self._untold: set[OrderId] = set()
        self._elsewhere = False

    def leave_to_others(self) -> None:
        """Another process draws cards and tells channels: none is held here."""
        self._elsewhere = True

    def hold(self, order_id: OrderId) -> None:
        """An output of the order was made."""
        if not self._elsewhere and self.hold_until_told(order_id):
            self._unasked.add(order_id)

    def hold_until_told(self, order_id: OrderId) -> bool:
        """Whether this begins to hold it: False where it is, or was a moment ago.

        A process that shows what another one settles calls this alone, because it does not hear of costs.
        """
        now = self._clock.monotonic()
        while self._until and self._until[oldest := next(iter(self._until))] <= now:
            self._drop(oldest)
        if order_id in self._until:
            return False
        self._until[order_id] = now + self._longest
        self._untold.add(order_id)
        return True

    def asked(self, order_ids: Collection[OrderId]) -> bool:
        """The provider was asked for the costs, whatever it said. True: one of the cards is held no longer."""
        self._unasked.difference_update(order_ids)
        return self._release(order_ids)

    def told(self, order_ids: Collection[OrderId]) -> bool:
        """The channel has what was made. True: one of the cards is held no longer."""
        self._untold.difference_update(order_ids)
        return self._release(order_ids)

    def left(self, order_id: OrderId) -> timedelta:
        """How long it is still held."""
        until = self._until.get(order_id)
        return timedelta(seconds=max(0.0, until - self._clock.monotonic())) if until is not None else timedelta()

    def _release(self, order_ids: Collection[OrderId]) -> bool:
        for order_id in order_ids:
            if order_id not in self._unasked and order_id not in self._untold:
                self._drop(order_id)
        return not all(self.left(order_id) for order_id in order_ids)

    def _drop(self, order_id: OrderId) -> None:
        self._until.pop(order_id, None)
        self._unasked.discard(order_id)
        self._untold.discard(order_id)


class Settler:
    """`inbox` has what events said of generations; that is dropped here once it is in the rows.

    `held_cards` hears of successes. `files` takes results that were fetched as proofs.
    """

    def __init__(
        self,
        generations: Generations,
        providers: Providers,
        clock: Clock,
        wakeups: Wakeups,
        inbox: EventInbox,
        held_cards: HeldCards,
        files: ResultFiles,
    ) -> None:
        self._generations = generations
        self._providers = providers
        self._clock = steady(clock)
        self._wakeups = wakeups
        self._inbox = inbox
        self._held_cards = held_cards
        self._files = files
        self._sights: dict[GenerationId, _Sight] = {}  # a restart begins to count anew

    async def prove(self, event: Completed, key: KeyId | None, *, any_kind: bool = False) -> bool:
        """Settles the success that an `event` of `key`'s stream tells of, with its result in hand; whether it did.

        False is a doubt: it is about nothing that the key has in flight, the result cannot be had, is of another kind
        (unless `any_kind` will do), or may be another output's. Raises `ProviderError`.
        """
        if event.url is None or self._inbox.contested(event.id, event.url):
            return False
        claim = await self._generations.claim(event.id, key, event.url)
        if claim is None or claim.taken:
            return False
        generation = claim.generation
        late = generation.reason in GIVEN_UP and generation.clarified_at is None
        if generation.state not in UPSTREAM and not late:
            return False
        async with self._providers.of(key) as provider:
            if generation.cancel_requested_by is not None and provider.keeps_rows:
                return False
            if not await self._files.fetch(provider, claim, event.url, any_kind=any_kind):
                return False
        if late:
            settled = await self._settle_late(generation, event.url, by_event=True)
        else:
            success = Outcome(state=GenerationState.SUCCEEDED, result_url=event.url, by_event=True)
            settled = await self.settle(generation, success)
        if not settled:
            await self._files.discard(generation.id)
        return settled

    async def confirm(self, told: Unconfirmed) -> None:
        """Holds what an event told against the row; where that cannot be asked, another time."""
        generation = await self._generations.get(told.id)
        if generation is None:
            return
        try:
            async with self._providers.of(generation.key) as provider:
                row = await provider.get(told.remote_id)
        except NotFound:
            await self._generations.confirm([told.id])  # it is over: nobody can say more
            return
        except ProviderError as error:
            log.warning("not confirmed", extra={"generation": told.id, "error": str(error)})
            return
        if row.status == "succeeded":
            await self._generations.confirm([told.id])
        else:
            await self.contradict(told, row)

    async def contradict(self, told: Unconfirmed, row: RemoteGeneration) -> None:
        """`row` says otherwise than an event that was believed. What was told stays told; the books follow the row."""
        log.error("event contradicted", extra={"generation": told.id, "remote": told.remote_id, "status": row.status})
        if outcome_of_row(row) is not None:
            await self._generations.disown(told.id, self._clock.now())
            self._wakeups.notify(Topic.CARD, Topic.NOTICE)

    async def look(self, generation: Generation, *, cancelled: bool = False) -> bool:
        """Asks for the row of one generation and stores what it says; whether the generation is over.

        `cancelled` (a DELETE that was accepted) says how it ended where the dialect keeps no row.
        Raises `Unavailable`, `Rejected`, `KeyGone`.
        """
        if generation.remote_id is None:
            return generation.state.ended
        try:
            async with self._providers.of(generation.key) as provider:
                # Where rows are kept, a DELETE that comes too late is accepted as well: only a row says that it worked.
                cancelled = cancelled and not provider.keeps_rows
                row = await provider.get(generation.remote_id)
        except NotFound:
            hint = self._inbox.get(generation.key, generation.remote_id)
            if self._provable(hint):
                return await self._prove_any_kind(hint, generation.key)
            outcome = outcome_of_vanished(hint, cancelled=cancelled) or self._missed(generation)
        else:
            outcome = await self._noted(generation, row)
        if outcome is None:
            return False
        await self.settle(generation, outcome)
        return True

    async def look_or_expire(self, short: InFlight) -> None:
        """Looks at what left the list; when nobody answers, at least what is too old comes to its end."""
        generation = await self._generations.get(short.id)
        if generation is None or generation.state.ended:
            return
        try:
            await self.look(generation)
        except ProviderError as error:
            log.warning("look failed", extra=generation.log_fields | {"error": str(error)})
            await self.expire_old([short], listed=())

    async def take_note(self, generation_id: GenerationId, row: RemoteGeneration) -> None:
        """Stores what `row` says of the generation."""
        generation = await self._generations.get(generation_id)
        if generation is not None and (outcome := await self._noted(generation, row)) is not None:
            await self.settle(generation, outcome)

    async def look_again(self, generation: Generation) -> bool:
        """Asks once more for what had been given up; whether it is known now. A success is told and charged, once.

        Raises as `look` does.
        """
        if generation.remote_id is None:
            return False
        try:
            async with self._providers.of(generation.key) as provider:
                outcome = outcome_of_row(await provider.get(generation.remote_id))
        except NotFound:
            hint = self._inbox.get(generation.key, generation.remote_id)
            if self._provable(hint):
                return await self._prove_any_kind(hint, generation.key)
            outcome = outcome_of_vanished(hint, cancelled=False)
        if outcome is None:
            return False
        if outcome.state is GenerationState.SUCCEEDED:
            return await self._settle_late(generation, outcome.result_url)
        known = await self._generations.clarify(generation.id, self._clock.now())
        if known:
            log.info("second look", extra=generation.log_fields | {"state": outcome.state.value})
            self._wakeups.notify(Topic.CARD)
        return known

    async def _settle_late(self, generation: Generation, url: str | None, *, by_event: bool = False) -> bool:
        now = self._clock.now()
        known = await self._generations.settle_late(generation.id, url, now, by_event=by_event)
        if known:
            self._held_cards.hold(generation.order_id)
            log.info("second look", extra=generation.log_fields | {"state": GenerationState.SUCCEEDED.value})
            self._wakeups.notify(*LATE_SUCCESS)
            if generation.remote_id is not None:
                self._inbox.drop(generation.key, generation.remote_id)
        return known

    async def expire_old(self, generations: Sequence[InFlight], *, listed: Collection[RemoteId]) -> None:
        """Ends those that can have lived no longer, whatever the provider says. `listed`: what it has just shown.

        So nothing is in flight for ever: neither when nobody answers, nor when the list says so for ever.
        """
        lived, now, sure = LIFETIME + SLACK, self._clock.monotonic(), self._clock.sure()
        watched = now - lived.total_seconds()
        aged = to_millis(sure - lived) if sure is not None else None
        old = [
            each.id
            for each in generations
            if self._sights.setdefault(each.id, _Sight(now)).watched_since <= watched
            or (aged is not None and 0 < each.queued_at <= aged and each.remote_id not in listed)
        ]
        for generation_id in old:
            generation = await self._generations.get(generation_id)
            if generation is not None and not generation.state.ended:
                await self.settle(generation, _EXPIRED)

    async def settle(self, generation: Generation, outcome: Outcome) -> bool:
        """Ends it so, unless it is over already, or its event names what is another's by now; whether it did."""
        now = self._clock.now()
        settled = await self._generations.settle(generation.id, outcome, now)
        if outcome.by_event and settled is None:
            return False
        self._sights.pop(generation.id, None)
        # Not before: what is told of an end is kept until that is in the rows. A result that cannot be had yet may be
        # there later.
        hint = self._inbox.get(generation.key, generation.remote_id) if generation.remote_id is not None else None
        if generation.remote_id is not None and not (outcome.reason in GIVEN_UP and hint and hint.successes):
            self._inbox.drop(generation.key, generation.remote_id)
        if settled is None:
            return False
        took = (now - generation.queued_at).total_seconds() if generation.queued_at else None
        log.info(
            "generation settled",
            extra=generation.log_fields
            | {
                "kind": settled.kind,
                "state": outcome.state.value,
                "reason": outcome.reason.value if outcome.reason else None,
                "seconds": took,
            },
        )
        if outcome.state is GenerationState.SUCCEEDED:
            self._held_cards.hold(generation.order_id)
        topics = of_end(outcome, generation.key, moved_on=settled.moved_on)
        self._wakeups.notify(*topics, of=settled.guild_id)
        return True

    def seen(self, ids: Collection[GenerationId]) -> None:
        """Their rows are there: none of them is missing."""
        for generation_id in ids:
            if generation_id in self._sights:
                self._sights[generation_id].missing_since = None

    def keep(self, ids: Collection[GenerationId]) -> None:
        """These are in flight: all others are forgotten."""
        self._sights = {
            generation_id: self._sights[generation_id] for generation_id in ids if generation_id in self._sights
        }

    def _provable(self, hint: Hint | None) -> bool:
        """Whether a success was told whose result may yet be had: only that can prove it."""
        if hint is None or not hint.successes:
            return False
        return self._clock.monotonic() - hint.heard_at < PROVABLE_FOR.total_seconds()

    async def _prove_any_kind(self, hint: Hint | None, key: KeyId | None) -> bool:
        """Whether a result whose link names the generation proves it, of whatever kind: for one without a row."""
        for event in hint.successes if hint is not None else ():
            if event.id in names_in(event.url or "") and await self.prove(event, key, any_kind=True):
                return True
        return False

    def _missed(self, generation: Generation) -> Outcome | None:
        """Its row is not there. Once it is missed for long: expired when it is surely old enough, else lost."""
        now = self._clock.monotonic()
        sight = self._sights.setdefault(generation.id, _Sight(now))
        if sight.missing_since is None:
            sight.missing_since = now
        if now - sight.missing_since < MISSING_FOR.total_seconds():
            return None
        if generation.queued_at is not None and self._clock.passed(generation.queued_at + LIFETIME):
            return _EXPIRED
        return Outcome(state=GenerationState.FAILED, reason=Reason.LOST)

    async def _noted(self, generation: Generation, row: RemoteGeneration) -> Outcome | None:
        """The outcome that `row` tells of; None, with progress stored, while there is none."""
        self.seen([generation.id])
        outcome = outcome_of_row(row)
        if outcome is None and row.status == "processing" and generation.state is GenerationState.QUEUED:
            now = self._clock.now()
            await self._generations.start(generation.id, _began(generation.queued_at, row.started_at, now), now)
            self._wakeups.notify(Topic.CARD)
        return outcome


def outcome_of_row(row: RemoteGeneration) -> Outcome | None:
    """How it ended, by its row; None while it has not."""
    if row.status == "succeeded":
        return Outcome(state=GenerationState.SUCCEEDED, result_url=row.result_url)
    if row.status == "failed":
        return _failed(row.error)
    if row.status == "cancelled":
        return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED, detail=_words(row.error))
    return None


def outcome_of_vanished(hint: Hint | None, *, cancelled: bool) -> Outcome | None:
    """How it ended where no row tells: failed, if the stream said so, or `cancelled`; None if nobody knows.

    A success without its result is none: an event alone ends nothing so.
    """
    if hint is not None and hint.failure is not None and not hint.failure.succeeded:
        return _failed(hint.failure.error)
    return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED) if cancelled else None


def _began(queued_at: datetime | None, started_at: datetime | None, now: datetime) -> datetime:
    """When the work began, by our clock: the provider's may be wrong, and whoever reads the card has only ours."""
    earliest, said = min(queued_at or now, now), started_at or now
    return max(earliest, min(said, now))


def _failed(message: str | None) -> Outcome:
    detail = _words(message)
    return Outcome(state=GenerationState.FAILED, reason=reason_for(detail or ""), detail=detail)


def _words(message: str | None) -> str | None:
    return (message or "").strip()[:_WORDS] or None
