"""From ids to outcomes: Oxen's event stream says when to look, the rows say how it ended.

In the `ephemeral` dialect a row is gone when its generation ends, and the event is all there is (API.md, "Three
generations of one API"): so the stream is open before anything is ordered.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from bot.domain.clock import Clock, Sleep
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.provider import Completed, Connected, Event, KeyRefused, NotFound, OxenError, Provider, RemoteGeneration
from bot.services.tracking.settler import outcome_of_row, outcome_of_vanished

LIFETIME = timedelta(hours=24)  # "Generations expire 24 h after they were enqueued" (API.md)
MISSING_FOR = timedelta(seconds=20)  # without a row, before it counts as lost: its event may be on the way
OUT_OF_REACH_FOR = timedelta(minutes=15)  # nobody sits at a shell for longer than that without an answer
_MANY = 10_000  # events remembered; the stream tells of everything that the key has ordered
_RECONNECT, _RECONNECT_LATEST = 1.0, 30.0  # seconds
_SOON = 10.0  # seconds; without the stream an order is followed by looking
_BEFORE_TELLING = 3  # failed looks in a row (API.md, "Seen by other clients of this API")


class Ear:
    """`async with`: the event stream is kept open. `heard` is what it told, `news` is set when there is more."""

    def __init__(self, oxen: Provider, sleep: Sleep) -> None:
        self._oxen = oxen
        self._sleep = sleep
        self._tried = asyncio.Event()
        self.heard: dict[RemoteId, Completed] = {}
        self.news = asyncio.Event()
        self.up = False

    async def __aenter__(self) -> Self:
        """The stream stands, or could not be opened soon, when this returns."""
        self._task = asyncio.create_task(self._listen(), name="events")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SOON):
                await self._tried.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _listen(self) -> None:
        pause = _RECONNECT
        while True:
            with contextlib.suppress(OxenError):
                async with contextlib.aclosing(self._oxen.events()) as events:
                    async for event in events:
                        self.up, pause = True, _RECONNECT
                        self._take(event)
            self.up = False
            self._tried.set()
            await self._sleep(pause)
            pause = min(2 * pause, _RECONNECT_LATEST)

    def _take(self, event: Event) -> None:
        if not self._tried.is_set() or isinstance(event, Connected):
            self._tried.set()
            self.news.set()  # nothing is repeated to who was not connected: look
        if isinstance(event, Completed):
            if len(self.heard) >= _MANY:
                self.heard.pop(next(iter(self.heard)))
            self.heard[event.id] = event
            self.news.set()


@dataclass(slots=True)
class _Open:
    """A generation without an outcome. `missing_since` is monotonic."""

    status: str = ""
    missing_since: float | None = None
    cancelled: bool = False


class OutOfReach(Exception):
    """Oxen has not answered for so long that nobody waits any more. What was ordered goes on there."""


class Following:
    """Follows generations to their ends. `notice(text)` is told of trouble, `moved()` of a new status."""

    def __init__(
        self,
        oxen: Provider,
        ear: Ear,
        ids: Iterable[RemoteId],
        *,
        pace: tuple[timedelta, timedelta],
        clock: Clock,
        sleep: Sleep,
        notice: Callable[[str], None],
        moved: Callable[[], None],
    ) -> None:
        self._oxen, self._ear, self._pace, self._clock, self._sleep = oxen, ear, pace, clock, sleep
        self._notice, self._moved = notice, moved
        self._open = {remote_id: _Open() for remote_id in ids}
        self._since = clock.monotonic()
        self._failures = 0
        self._answered_at = clock.monotonic()

    @property
    def open(self) -> list[RemoteId]:
        """What has no outcome yet."""
        return list(self._open)

    def status(self, remote_id: RemoteId) -> str:
        """The last status that was seen of an open generation; "" before the first look."""
        return self._open[remote_id].status

    async def outcomes(self) -> AsyncGenerator[tuple[RemoteId, Outcome]]:
        """Each generation with how it ended, as it ends. Raises `OutOfReach`, or `KeyRefused`."""
        while self._open:
            self._ear.news.clear()
            for remote_id in self.open:
                outcome = await self._look(remote_id)
                if outcome is not None:
                    del self._open[remote_id]
                    yield remote_id, outcome
            if self._open:
                await self._rest()

    async def cancel(self) -> None:
        """Asks for the end of all that is open; how each ended is told by `outcomes`."""
        for remote_id, generation in list(self._open.items()):
            try:
                await self._oxen.cancel(remote_id)
            except NotFound:
                continue  # over: its event tells how
            except OxenError as error:
                self._notice(f"{remote_id}: could not be cancelled ({error})")
            else:
                generation.cancelled = True
        self._ear.news.set()

    async def _look(self, remote_id: RemoteId) -> Outcome | None:
        try:
            row = await self._oxen.get(remote_id)
        except NotFound:
            self._answered()
            return self._gone(remote_id)
        except KeyRefused:
            raise
        except OxenError as error:
            self._unanswered(error)
            return None
        self._answered()
        return self._seen(remote_id, row)

    def _seen(self, remote_id: RemoteId, row: RemoteGeneration) -> Outcome | None:
        generation = self._open[remote_id]
        generation.missing_since = None
        outcome = outcome_of_row(row)
        if outcome is not None:
            return outcome
        if row.status != generation.status:
            generation.status = row.status
            self._moved()
        return self._expired()

    def _gone(self, remote_id: RemoteId) -> Outcome | None:
        generation = self._open[remote_id]
        outcome = outcome_of_vanished(self._ear.heard.get(remote_id), cancelled=generation.cancelled)
        if outcome is not None:
            return outcome
        now = self._clock.monotonic()
        generation.missing_since = generation.missing_since or now
        if now - generation.missing_since >= MISSING_FOR.total_seconds():
            return Outcome(state=GenerationState.FAILED, reason=Reason.LOST)
        return self._expired()

    def _expired(self) -> Outcome | None:
        if self._clock.monotonic() - self._since < LIFETIME.total_seconds():
            return None
        return Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED)

    def _answered(self) -> None:
        if self._failures >= _BEFORE_TELLING:
            self._notice("Oxen answers again.")
        self._failures, self._answered_at = 0, self._clock.monotonic()

    def _unanswered(self, error: OxenError) -> None:
        self._failures += 1
        if self._failures == _BEFORE_TELLING:
            self._notice(f"Oxen does not answer ({error}). What was ordered goes on there; trying again.")
        if self._clock.monotonic() - self._answered_at >= OUT_OF_REACH_FOR.total_seconds():
            raise OutOfReach

    async def _rest(self) -> None:
        """Until there is news, or it is time to look without any."""
        pause = self._pace[1] if self._ear.up else self._pace[0]
        waits = [
            asyncio.ensure_future(self._ear.news.wait()),
            asyncio.ensure_future(self._sleep(pause.total_seconds())),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
