"""From the provider back to the rows: how each generation stands, and how it ended.

Events are hints and the list is the truth: an event only says where to look first. One list call for each
namespace with work in flight finds what the stream missed; what left the list is looked at by its id.

Looking costs a request. A generation that ends alone is asked for at once; where many end one after the other, one
list tells which of them are over, and what each event said tells how.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.generation import Generation, GenerationState, Outcome, Reason, reason_for
from bot.domain.ids import GenerationId, RemoteId
from bot.oxen.errors import NotFound, OxenError, Rejected, Unavailable
from bot.oxen.wire import Completed, RemoteGeneration
from bot.services.ports import Provider
from bot.services.supervision import IDLE, side_by_side
from bot.store.generations import Generations, UnderWay

log = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)  # API.md: "Generations expire 24 h after they were enqueued"
MISSING_FOR = timedelta(seconds=20)  # a row may lag behind its own enqueue; longer than this it is gone
STRANGER_FOR = timedelta(minutes=2)  # longer than a POST may take to answer
EXPIRY_SLACK = timedelta(hours=2)  # clocks differ, and jump
_MOST_HINTS = 10_000  # that wait; more come only from a stream that talks nonsense
_NAMED = 20  # strays that one list adds to the log, one by one
_EXPIRE_EVERY = timedelta(hours=1)
_FEW = 2  # hints for one namespace that are looked at one by one; for more, a list costs less
_GATHER = timedelta(seconds=0.9)  # between two looks where one hint follows the other
_LIST_SHARE = 1  # a list that took long is not asked for again before this many times as long
_MANY = 20  # that left the list without a word: fewer are looked at one by one
_HINT_AGAIN = timedelta(seconds=2)  # what an event announced ought to be there soon


@dataclass(slots=True)
class _Hint:
    """What was said of a generation, when it was heard, and from when to look (seconds, monotonic).

    `early`: it may be about one of ours whose id is still to be learnt, so look whenever rows changed.
    """

    event: Completed
    heard_at: float
    due: float
    early: bool = False


class Tracking:
    """`poll` is the pace of list calls while the event stream is down, `poll_quiet` while it is up."""

    def __init__(
        self,
        generations: Generations,
        provider: Provider,
        clock: Clock,
        changed: Callable[[], None],
        *,
        poll: timedelta,
        poll_quiet: timedelta,
    ) -> None:
        self._generations = generations
        self._provider = provider
        self._clock = clock
        self._changed = changed
        self._poll = poll
        self._poll_quiet = poll_quiet
        self._hints: dict[RemoteId, _Hint] = {}
        self._missing_since: dict[RemoteId, float] = {}
        self._next_list: float | None = None  # monotonic, as are the lines around it
        self._rest_until: dict[str | None, float] = {}  # by namespace: hints gather until then
        self._listed: dict[str | None, set[RemoteId]] = {}  # what the last list of each namespace showed
        self._strays: dict[str | None, set[RemoteId]] = {}  # not ours: said once
        self._next_expiry: dict[str | None, float] = {}
        self.stream_up = False

    def hint(self, event: Completed) -> None:
        """Something was said about this generation: look at it in the next step."""
        now = self._clock.monotonic()
        if len(self._hints) >= _MOST_HINTS:  # the list finds what is forgotten here
            del self._hints[next(iter(self._hints))]
        self._hints[event.id] = _Hint(event, now, now)

    def stream(self, *, up: bool) -> None:
        """The event stream connected or broke. What fired in between is only in the list: ask for it now."""
        self.stream_up = up
        self._next_list = self._clock.monotonic()

    async def step(self) -> timedelta:
        """Looks where an event pointed, then lists if it is time; returns how long until the next list."""
        await self._follow_hints()
        if not await self._generations.any_in_flight():
            self._next_list = None
            for memory in (self._missing_since, self._rest_until, self._listed, self._strays):
                memory.clear()
            return IDLE
        now = self._clock.monotonic()
        if self._next_list is None:
            self._next_list = now + self._pace.total_seconds()
        if self._next_list <= now:
            self._next_list = now + self._pace.total_seconds()
            await self._survey_all()
        due = min((hint.due for hint in self._hints.values()), default=self._next_list)
        return timedelta(seconds=max(0.0, min(due, self._next_list) - now))

    async def look(self, generation: Generation, hint: Completed | None = None, *, cancelled: bool = False) -> bool:
        """Asks for the row of one generation and stores what it says; whether the generation is over.

        `hint` and `cancelled` (a DELETE that was accepted) say how it ended where the dialect keeps no row.
        Raises `Unavailable`, `Rejected`.
        """
        if generation.remote_id is None:
            return generation.state.ended
        try:
            row = await self._provider.get(generation.remote_id)
        except NotFound:
            known = self._hints.get(generation.remote_id)
            hint = hint or (known.event if known is not None else None)
            outcome = _vanished(hint, cancelled=cancelled) or self._missing(generation)
        else:
            outcome = await self._seen(generation, row)
        if outcome is None:
            return False
        await self._settle(generation, outcome)
        return True

    @property
    def _pace(self) -> timedelta:
        return self._poll_quiet if self.stream_up else self._poll

    async def _follow_hints(self) -> None:
        """A hint is kept until its generation is over: in the `ephemeral` dialect nothing else knows the result.

        One for an id that no row owns is kept while answers that bring ids are on their way: what is quick is over
        before that.
        """
        now = self._clock.monotonic()
        alone, together = self._sorted([each for each, hint in self._hints.items() if hint.due <= now or hint.early])
        for namespace, ids in together.items():
            rest_until = self._rest_until.get(namespace, now)
            if rest_until > now:
                self._put_off(ids, rest_until)
                continue
            self._rest_until[namespace] = now + _GATHER.total_seconds()
            if len(ids) <= _FEW:
                alone += ids
            else:
                await self._settle_together(namespace, ids)
        await side_by_side(self._follow(remote_id) for remote_id in alone)

    def _sorted(self, ids: Iterable[RemoteId]) -> tuple[list[RemoteId], dict[str | None, list[RemoteId]]]:
        """Those that no list has shown yet, and the others by their namespace."""
        alone: list[RemoteId] = []
        together: dict[str | None, list[RemoteId]] = {}
        for remote_id in ids:
            for namespace, listed in self._listed.items():
                if remote_id in listed:
                    together.setdefault(namespace, []).append(remote_id)
                    break
            else:
                alone.append(remote_id)
        return alone, together

    async def _follow(self, remote_id: RemoteId) -> None:
        hint = self._hints.get(remote_id)
        if hint is None:
            return
        try:
            generation = await self._generations.by_remote_id(remote_id)
            over = await (
                self.look(generation, hint.event) if generation is not None else self._nobodys(remote_id, hint)
            )
        except (Unavailable, Rejected) as error:
            log.warning("look failed", extra={"remote": remote_id, "error": str(error)})
            over = False
        if over:
            self._hints.pop(remote_id, None)
        else:
            self._put_off([remote_id], self._clock.monotonic() + _HINT_AGAIN.total_seconds())

    async def _nobodys(self, remote_id: RemoteId, hint: _Hint) -> bool:
        """Whether a hint that fits nothing in flight is about something that is over, or has been strange for long."""
        strangers = await self._generations.strangers({remote_id})
        hint.early = strangers is None
        if strangers is not None and not strangers:
            return await self._generations.by_remote_id(remote_id) is None  # or its id was learnt this very moment
        return self._clock.monotonic() - hint.heard_at > STRANGER_FOR.total_seconds()

    async def _settle_together(self, namespace: str | None, ids: Sequence[RemoteId]) -> None:
        """One list for many hints: what it showed before and shows no more is over; the events say how it ended."""
        began = self._clock.monotonic()
        rows = await self._list(namespace)
        took = self._clock.monotonic() - began  # the list alone: what it tells of is settled in our own time
        if rows is not None:
            await side_by_side(self._settle_as_told(remote_id) for remote_id in ids if remote_id not in rows)
        now = self._clock.monotonic()
        self._rest_until[namespace] = now + max(_GATHER.total_seconds(), _LIST_SHARE * took)
        self._put_off(ids, now + _HINT_AGAIN.total_seconds())

    async def _settle_as_told(self, remote_id: RemoteId) -> None:
        hint = self._hints.get(remote_id)
        if hint is None:
            return
        generation = await self._generations.by_remote_id(remote_id)
        outcome = _vanished(hint.event, cancelled=False)
        if generation is not None and outcome is not None:
            await self._settle(generation, outcome)
        self._hints.pop(remote_id, None)

    def _put_off(self, ids: Iterable[RemoteId], due: float) -> None:
        for remote_id in ids:
            if remote_id in self._hints:
                self._hints[remote_id].due = due

    async def _list(self, namespace: str | None) -> Mapping[RemoteId, RemoteGeneration] | None:
        """What is under way in the namespace; None when nobody can say."""
        try:
            rows = {row.id: row for row in await self._provider.list(namespace)}
        except OxenError as error:
            log.warning("list failed", extra={"namespace": namespace, "error": str(error)})
            return None
        self._listed[namespace] = set(rows)
        return rows

    async def _survey_all(self) -> None:
        ours = await self._generations.under_way()
        for memory in (self._listed, self._strays, self._rest_until, self._next_expiry):
            for namespace in memory.keys() - ours.keys():
                del memory[namespace]
        await side_by_side(self._survey(namespace, generations) for namespace, generations in ours.items())

    async def _survey(self, namespace: str | None, ours: Sequence[UnderWay]) -> None:
        rows = await self._list(namespace)
        if rows is None:
            await self._expire(namespace)
            return
        gone: list[UnderWay] = []
        for generation in ours:
            row = rows.get(generation.remote_id)
            if row is None:
                gone.append(generation)
            elif row.status not in {"queued", generation.state}:
                await self._take_note(generation.id, row)
            else:
                self._missing_since.pop(generation.remote_id, None)
        await self._look_at(await self._without_history(namespace, gone))
        await self._expire_now_and_then(namespace)
        await self._report_strays(namespace, rows, {generation.remote_id for generation in ours})

    async def _take_note(self, generation_id: GenerationId, row: RemoteGeneration) -> None:
        generation = await self._generations.get(generation_id)
        if generation is not None and (outcome := await self._seen(generation, row)) is not None:
            await self._settle(generation, outcome)

    async def _without_history(self, namespace: str | None, gone: Sequence[UnderWay]) -> Sequence[UnderWay]:
        """Settles what the history knows of, where that costs less than to look at each; returns what is left."""
        if len(gone) <= _MANY or not self._provider.keeps_rows:
            return gone
        try:
            over = {row.id: row for row in await self._provider.history(namespace)}
        except OxenError as error:
            log.warning("history failed", extra={"namespace": namespace, "error": str(error)})
            return gone
        await side_by_side(self._take_note(g.id, over[g.remote_id]) for g in gone if g.remote_id in over)
        return [generation for generation in gone if generation.remote_id not in over]

    async def _report_strays(
        self, namespace: str | None, rows: Mapping[RemoteId, RemoteGeneration], ours: set[RemoteId]
    ) -> None:
        """Work in our namespace that no order owns is the operator's to judge: said once, never touched."""
        known = self._strays.get(namespace, set[RemoteId]()) & rows.keys()
        new = rows.keys() - ours - known
        strays = await self._generations.strangers(new) if new else set[RemoteId]()
        if strays is None:
            return
        self._strays[namespace] = known | strays
        for remote_id in sorted(strays)[:_NAMED]:
            model = rows[remote_id].model
            log.warning("stray generation", extra={"remote": remote_id, "model": model, "namespace": namespace})
        if len(strays) > _NAMED:
            log.warning("more stray generations", extra={"ids": len(strays), "namespace": namespace})

    async def _expire(self, namespace: str | None) -> None:
        """Even when the provider says nothing any more (a key that was revoked), nothing is in flight for ever."""
        for generation in await self._generations.upstream(namespace):
            await self._expire_if_old(generation)

    async def _expire_now_and_then(self, namespace: str | None) -> None:
        """Nor when the provider says for ever that it is at work."""
        now = self._clock.monotonic()
        if self._next_expiry.get(namespace, now) <= now:
            self._next_expiry[namespace] = now + _EXPIRE_EVERY.total_seconds()
            await self._expire(namespace)

    async def _expire_if_old(self, generation: Generation) -> None:
        now = self._clock.now()
        if generation.queued_at is not None and now - generation.queued_at >= LIFETIME + EXPIRY_SLACK:
            await self._settle(generation, Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED))

    async def _look_at(self, gone: Iterable[UnderWay]) -> None:
        async def one(generation_id: GenerationId) -> None:
            generation = await self._generations.get(generation_id)
            if generation is None or generation.state.ended:
                return
            try:
                await self.look(generation)
            except (Unavailable, Rejected) as error:
                log.warning("look failed", extra={"generation": generation.id, "error": str(error)})
                await self._expire_if_old(generation)

        await side_by_side(one(generation.id) for generation in gone)

    async def _seen(self, generation: Generation, row: RemoteGeneration) -> Outcome | None:
        """The outcome that `row` tells of; None, with progress stored, while there is none."""
        if generation.remote_id is not None:
            self._missing_since.pop(generation.remote_id, None)
        if row.status == "succeeded":
            return Outcome(state=GenerationState.SUCCEEDED, result_url=row.result_url)
        if row.status == "failed":
            return _failed(row.error)
        if row.status == "cancelled":
            return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED)
        if row.status == "processing" and generation.state is GenerationState.QUEUED:
            now = self._clock.now()
            await self._generations.start(generation.id, _between(generation.queued_at, row.started_at, now), now)
            self._changed()
        return None

    def _missing(self, generation: Generation) -> Outcome | None:
        now = self._clock.now()
        if generation.queued_at is not None and now - generation.queued_at >= LIFETIME:
            return Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED)
        if generation.remote_id is None:
            return None
        since = self._missing_since.setdefault(generation.remote_id, self._clock.monotonic())
        if self._clock.monotonic() - since < MISSING_FOR.total_seconds():
            return None
        return Outcome(state=GenerationState.FAILED, reason=Reason.LOST)

    async def _settle(self, generation: Generation, outcome: Outcome) -> None:
        now = self._clock.now()
        ended_now = await self._generations.settle(generation.id, outcome, now)
        if generation.remote_id is not None:  # not before: what is told of an end is kept until that is in the rows
            self._hints.pop(generation.remote_id, None)
            self._missing_since.pop(generation.remote_id, None)
        if not ended_now:
            return
        took = (now - generation.queued_at).total_seconds() if generation.queued_at else None
        log.info(
            "generation settled",
            extra={
                "generation": generation.id,
                "order": generation.order_id,
                "state": outcome.state.value,
                "reason": outcome.reason.value if outcome.reason else None,
                "seconds": took,
            },
        )
        self._changed()


def _between(queued_at: datetime | None, started_at: datetime | None, now: datetime) -> datetime:
    """When the work began, by our clock: the provider's may be wrong, and whoever reads the card has only ours."""
    earliest, said = min(queued_at or now, now), started_at or now
    return max(earliest, min(said, now))


def _vanished(hint: Completed | None, *, cancelled: bool) -> Outcome | None:
    if hint is not None and hint.succeeded:
        return Outcome(state=GenerationState.SUCCEEDED, result_url=hint.url)
    if hint is not None:
        return _failed(hint.error)
    return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED) if cancelled else None


def _failed(message: str | None) -> Outcome:
    detail = (message or "").strip()[:300] or None
    return Outcome(state=GenerationState.FAILED, reason=reason_for(detail or ""), detail=detail)
