"""From the provider back to the rows: how each generation stands, and how it ended.

Events are hints and the list is the truth: an event only says where to look first. One list call for each
namespace with work in flight finds what the stream missed; what left the list is looked at by its id.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.domain.clock import Clock, rest_until
from bot.domain.generation import Generation, GenerationState, Outcome, Reason, reason_for
from bot.domain.ids import GenerationId, RemoteId
from bot.oxen.client import COMPLETED
from bot.oxen.errors import NotFound, OxenError, Rejected, Unavailable
from bot.oxen.wire import Completed, RemoteGeneration, completed
from bot.services.ports import Provider
from bot.services.supervision import IDLE, backoff
from bot.store.generations import Generations

log = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)  # API.md: "Generations expire 24 h after they were enqueued"
MISSING_FOR = timedelta(seconds=20)  # a row may lag behind its own enqueue; longer than this it is gone
CANCEL_PAUSE = timedelta(seconds=5)
STRANGER_FOR = timedelta(minutes=2)  # longer than a POST may take to answer
EXPIRY_SLACK = timedelta(hours=2)  # clocks differ, and jump
_OURS_SINCE = timedelta(days=3)  # rows live for a day, and clocks jump
_SIDE_BY_SIDE = 8


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
        self._hints: dict[RemoteId, tuple[Completed, float]] = {}  # with when each was heard, monotonic
        self._missing_since: dict[RemoteId, float] = {}
        self._next_list: float | None = None  # monotonic, as is the line above
        self._judged: set[RemoteId] = set()  # ours or not: said once
        self.stream_up = False

    def hint(self, event: Completed) -> None:
        """Something was said about this generation: look at it in the next step."""
        self._hints[event.id] = (event, self._clock.monotonic())

    def stream(self, *, up: bool) -> None:
        """The event stream connected or broke. What fired in between is only in the list: ask for it now."""
        self.stream_up = up
        self._next_list = self._clock.monotonic()

    async def step(self) -> timedelta:
        """Looks where an event pointed, then lists if it is time; returns how long until the next list."""
        await self._follow_hints()
        namespaces = await self._generations.namespaces_in_flight()
        if not namespaces:
            self._next_list = None
            self._missing_since.clear()
            return IDLE
        now = self._clock.monotonic()
        if self._next_list is None:
            self._next_list = now + self._pace.total_seconds()
        if self._next_list <= now:
            self._next_list = now + self._pace.total_seconds()
            for namespace in namespaces:
                await self._survey(namespace)
        rest = timedelta(seconds=self._next_list - now)
        return min(rest, self._poll) if self._hints else rest  # what an event announced ought to be there soon

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
            hint = hint or self._hints.get(generation.remote_id, (None, 0.0))[0]
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

        One for an id that no row owns is kept for a while as well: the answer that brings the id may still be on
        its way, and what is quick is over before that.
        """
        for remote_id, (hint, heard_at) in list(self._hints.items()):
            generation = await self._generations.by_remote_id(remote_id)
            try:
                if generation is None:
                    over = self._clock.monotonic() - heard_at > STRANGER_FOR.total_seconds()
                else:
                    over = await self.look(generation, hint)
                if over:
                    self._hints.pop(remote_id, None)
            except (Unavailable, Rejected) as error:
                log.warning("look failed", extra={"remote": remote_id, "error": str(error)})

    async def _survey(self, namespace: str | None) -> None:
        try:
            rows = {row.id: row for row in await self._provider.list(namespace)}
        except OxenError as error:
            log.warning("list failed", extra={"namespace": namespace, "error": str(error)})
            await self._expire(namespace)
            return
        gone: list[Generation] = []
        for generation in await self._generations.upstream(namespace):
            row = rows.get(generation.remote_id) if generation.remote_id else None
            if row is None:
                gone.append(generation)
            elif (outcome := await self._seen(generation, row)) is not None:
                await self._settle(generation, outcome)
        await self._look_at(gone)
        await self._report_strays(namespace, rows)

    async def _report_strays(self, namespace: str | None, rows: Mapping[RemoteId, RemoteGeneration]) -> None:
        """Work in our namespace that no order owns is the operator's to judge: said once, never touched."""
        new = set(rows) - self._judged
        strays = await self._generations.strangers(new, self._clock.now() - _OURS_SINCE) if new else None
        if strays is None:
            return
        self._judged |= new
        for remote_id in strays:
            model = rows[remote_id].model
            log.warning("stray generation", extra={"remote": remote_id, "model": model, "namespace": namespace})

    async def _expire(self, namespace: str | None) -> None:
        """Even when the provider says nothing any more (a key that was revoked), nothing is in flight for ever."""
        for generation in await self._generations.upstream(namespace):
            await self._expire_if_old(generation)

    async def _expire_if_old(self, generation: Generation) -> None:
        now = self._clock.now()
        if generation.queued_at is not None and now - generation.queued_at >= LIFETIME + EXPIRY_SLACK:
            await self._settle(generation, Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED))

    async def _look_at(self, generations: list[Generation]) -> None:
        gate = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def one(generation: Generation) -> None:
            async with gate:
                try:
                    await self.look(generation)
                except (Unavailable, Rejected) as error:
                    log.warning("look failed", extra={"generation": generation.id, "error": str(error)})
                    await self._expire_if_old(generation)

        async with asyncio.TaskGroup() as group:
            for generation in generations:
                group.create_task(one(generation))

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
            await self._generations.start(generation.id, row.started_at or now, now)
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
        if not await self._generations.settle(generation.id, outcome, now):
            return
        if generation.remote_id is not None:
            self._missing_since.pop(generation.remote_id, None)
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


class Listening:
    """Keeps the event stream open and passes on what it hints at."""

    def __init__(self, provider: Provider, tracking: Tracking, wake: Callable[[], None]) -> None:
        self._provider = provider
        self._tracking = tracking
        self._wake = wake
        self._broken_in_a_row = 0

    async def step(self) -> timedelta:
        """Listens until the stream breaks; returns how long to wait before connecting again."""
        try:
            async for event in self._provider.events():
                if not self._tracking.stream_up:
                    self._broken_in_a_row = 0
                    self._tracking.stream(up=True)
                    self._wake()
                    log.info("event stream up")
                if event.name == COMPLETED:
                    self._pass_on(event.data)
        except OxenError as error:
            log.warning("event stream down", extra={"error": str(error)})
        finally:
            if self._tracking.stream_up:
                self._tracking.stream(up=False)
                self._wake()
        self._broken_in_a_row += 1
        return backoff(self._broken_in_a_row, timedelta(seconds=1), timedelta(minutes=1))

    def _pass_on(self, data: str) -> None:
        try:
            self._tracking.hint(completed(data))
        except ValueError as error:
            log.warning("event not understood", extra={"error": str(error)})
            return
        self._wake()


class Cancelling:
    """Carries cancellations to the provider, then looks how each really ended: it may have been too late."""

    def __init__(self, generations: Generations, provider: Provider, tracking: Tracking, clock: Clock) -> None:
        self._generations = generations
        self._provider = provider
        self._tracking = tracking
        self._clock = clock
        self._accepted: set[GenerationId] = set()  # whose DELETE was accepted, until the row says how it ended

    async def step(self) -> timedelta:
        """Tries what is due; returns how long until the next is."""
        wanted = await self._generations.cancels_wanted()
        self._accepted &= {generation.id for generation, _ in wanted}
        for generation, due in wanted:
            now = self._clock.now()
            rest = rest_until(due, now, CANCEL_PAUSE)
            if rest:
                return rest
            if not await self._cancel(generation):
                await self._generations.postpone_cancel(generation.id, now + CANCEL_PAUSE)
        return CANCEL_PAUSE if await self._generations.cancels_wanted() else IDLE

    async def _cancel(self, generation: Generation) -> bool:
        if generation.remote_id is None:
            return False
        try:
            with contextlib.suppress(NotFound):
                await self._provider.cancel(generation.remote_id)
                self._accepted.add(generation.id)
            return await self._tracking.look(generation, cancelled=generation.id in self._accepted)
        except (Unavailable, Rejected) as error:
            log.warning("cancel failed", extra={"generation": generation.id, "error": str(error)})
            return False


def _vanished(hint: Completed | None, *, cancelled: bool) -> Outcome | None:
    if hint is not None and hint.succeeded:
        return Outcome(state=GenerationState.SUCCEEDED, result_url=hint.url)
    if hint is not None:
        return _failed(hint.error)
    return Outcome(state=GenerationState.CANCELLED, reason=Reason.CANCELLED) if cancelled else None


def _failed(message: str | None) -> Outcome:
    detail = (message or "").strip()[:300] or None
    return Outcome(state=GenerationState.FAILED, reason=reason_for(detail or ""), detail=detail)
