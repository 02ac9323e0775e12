"""From ids to files: Oxen's event stream says when to look, the rows say how it ended, and what is ready is fetched.

In the `ephemeral` dialect a row is gone when its generation ends, and the event is all there is (API.md, "Three
generations of one API"): so the stream is open before anything is ordered.

There is no engine behind this and no database (docs/decisions/0036-without-the-engine.md): what was ordered is known by
its ids, which are printed as soon as they are there. How a row or an event is read is the bot's own way.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.domain.clock import Clock, Sleep
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Completed, Connected, Event, KeyRefused, NotFound, Provider, ProviderError
from bot.services.tracking.settler import LIFETIME, MISSING_FOR, outcome_of_row, outcome_of_vanished
from bot.terminal.results import NotSaved, Output, download, stem, tail, why
from bot.terminal.shell import ExitCode, Failed, Shell

OUT_OF_REACH_FOR = timedelta(minutes=15)  # nobody sits at a shell for longer than that without an answer
MAY_BE_PAID = "What Oxen had begun, it may still charge; `drover history --cost` shows it where Oxen tells."
_MANY = 10_000  # events remembered; the stream tells of everything that the key has ordered
_RECONNECT, _RECONNECT_LATEST = 1.0, 30.0  # seconds
_SOON = 10.0  # seconds; without the stream an order is followed by looking
_BEFORE_TELLING = 3  # failed looks in a row (API.md, "Seen by other clients of this API")
_WORDS = {"": "ordered", "queued": "queued", "processing": "being made"}


class EventListener:
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
            with contextlib.suppress(ProviderError):
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


class Tracker:
    """Follows generations to their ends. `notice(text)` is told of trouble, `moved()` of a new status.

    `pauses` is the time between two looks while the stream is down, and while it is up.
    """

    def __init__(
        self,
        oxen: Provider,
        listener: EventListener,
        ids: Iterable[RemoteId],
        *,
        pauses: tuple[timedelta, timedelta],
        clock: Clock,
        sleep: Sleep,
        notice: Callable[[str], None],
        moved: Callable[[], None],
    ) -> None:
        self._oxen, self._listener, self._pauses, self._clock, self._sleep = oxen, listener, pauses, clock, sleep
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
            self._listener.news.clear()
            for remote_id in self.open:
                outcome = await self._look(remote_id)
                if outcome is not None:
                    del self._open[remote_id]
                    yield remote_id, outcome
            if not self._open:
                return

            # Until there is news, or it is time to look without any.
            pause = self._pauses[1] if self._listener.up else self._pauses[0]
            news, rest = self._listener.news.wait(), self._sleep(pause.total_seconds())
            waits = [asyncio.ensure_future(news), asyncio.ensure_future(rest)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waits:
                    each.cancel()

    async def cancel(self) -> None:
        """Asks for the end of all that is open; how each ended is told by `outcomes`."""
        for remote_id, generation in list(self._open.items()):
            try:
                await self._oxen.cancel(remote_id)
            except NotFound:
                continue  # over: its event tells how
            except ProviderError as error:
                self._notice(f"{remote_id}: could not be cancelled ({error})")
            else:
                generation.cancelled = True
        self._listener.news.set()

    async def _look(self, remote_id: RemoteId) -> Outcome | None:
        generation, now = self._open[remote_id], self._clock.monotonic
        try:
            row = await self._oxen.get(remote_id)
        except NotFound:
            row = None
        except KeyRefused:
            raise
        except ProviderError as error:
            self._failures += 1
            if self._failures == _BEFORE_TELLING:
                self._notice(f"Oxen does not answer ({error}). What was ordered goes on there; trying again.")
            if now() - self._answered_at >= OUT_OF_REACH_FOR.total_seconds():
                raise OutOfReach from error
            return None
        if self._failures >= _BEFORE_TELLING:
            self._notice("Oxen answers again.")
        self._failures, self._answered_at = 0, now()

        if row is not None:
            generation.missing_since = None
            outcome = outcome_of_row(row)
            if outcome is None and row.status != generation.status:
                generation.status = row.status
                self._moved()
        else:
            outcome = outcome_of_vanished(self._listener.heard.get(remote_id), cancelled=generation.cancelled)
            generation.missing_since = generation.missing_since or now()
            if outcome is None and now() - generation.missing_since >= MISSING_FOR.total_seconds():
                outcome = Outcome(state=GenerationState.FAILED, reason=Reason.LOST)
        if outcome is None and now() - self._since >= LIFETIME.total_seconds():
            outcome = Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED)
        return outcome


class Watch:
    """One order, or ids of an earlier one (then there is no `validated`), until all of it is over and on the disk."""

    def __init__(
        self,
        shell: Shell,
        listener: EventListener,
        ids: Sequence[RemoteId],
        folder: Path,
        validated: ValidatedRequest | None,
    ) -> None:
        self._shell, self._folder, self._validated = shell, folder, validated
        self._numbers = {remote_id: number for number, remote_id in enumerate(ids, 1)}
        self._tracker = Tracker(
            shell.oxen,
            listener,
            ids,
            pauses=shell.pauses(validated.kind if validated is not None else None),
            clock=shell.clock,
            sleep=shell.sleep,
            notice=shell.screen.tell,
            moved=self._draw,
        )
        self._outputs: dict[RemoteId, Output] = {}
        self.stopped = False

    async def until_over(self) -> list[Output]:
        """Every output, in the order in which they were ordered. Raises `Failed` when it is left on the way."""
        self._draw()
        work = asyncio.create_task(self._collect(), name="collect")
        try:
            while not work.done():
                stopped = asyncio.create_task(self._shell.stop.wait())
                await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
                if not work.done():
                    await self._interrupted(work)
            work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        return [self._outputs[remote_id] for remote_id in self._numbers]

    async def _collect(self) -> None:
        try:
            async with contextlib.aclosing(self._tracker.outcomes()) as outcomes:
                async for remote_id, outcome in outcomes:
                    self._outputs[remote_id] = await self._ended(remote_id, outcome)
                    self._draw()
        except OutOfReach:
            problem = "Oxen has not answered for a long time"
        except KeyRefused:
            problem = "Oxen does not accept OXEN_API_KEY any more"
        else:
            return
        for remote_id in self._tracker.open:  # goes on at Oxen, and nobody here hears how it ends
            again = f"{problem}; `drover download {remote_id}` asks again"
            self._outputs[remote_id] = Output(number=self._numbers[remote_id], id=remote_id, problem=again)

    async def _ended(self, remote_id: RemoteId, outcome: Outcome) -> Output:
        """What became of one: its file where there is one, and else why not."""
        url = outcome.result_url
        output = Output(number=self._numbers[remote_id], id=remote_id, state=outcome.state, url=url)
        if outcome.state is not GenerationState.SUCCEEDED:
            return output.without_file(why(outcome))
        if url is None:
            return output.without_file("it was made, but Oxen gives no link to it; look in the namespace on Oxen.ai")

        async def fresh() -> str | None:
            with contextlib.suppress(ProviderError):
                return (await self._shell.oxen.get(remote_id)).result_url
            return None

        words = (self._validated.prompt, self._validated.model_id) if self._validated is not None else ("", "result")
        name = stem(*words, tail(remote_id))
        try:
            file = await download(self._shell, url, self._folder, name, self._validated, fresh)
        except (NotSaved, Failed) as error:
            again = f"{error}; `drover download {remote_id}` fetches it again, or open {url}"
            return output.without_file(f"it was made, but could not be saved: {again}")
        try:
            cost = await self._shell.oxen.cost(remote_id)
        except ProviderError:
            cost = None
        return output.with_file(file, cost)

    async def _interrupted(self, work: "asyncio.Task[None]") -> None:
        """The first time: ask, or cancel where nobody can be asked. The second time: leave."""
        self._shell.stop.clear()
        answer: bool | None = True
        if self.stopped:
            answer = None
        elif self._shell.answer is not None:
            self._shell.screen.ask(f"Cancel {len(self._tracker.open)} under way? Ctrl-C again leaves them.")
            reading = asyncio.ensure_future(self._shell.answer(self._shell.stop))
            try:
                await asyncio.wait({work, reading}, return_when=asyncio.FIRST_COMPLETED)
                answer = reading.result() if reading.done() else False
            finally:
                reading.cancel()
                self._shell.screen.answered()
        if work.done() or answer is False:
            return
        if answer is None:
            ids = " ".join(self._tracker.open)
            raise Failed(
                f"Left. Under way, and to be paid when made: {ids}. "
                f"`drover download {ids}` fetches it, `drover cancel {ids}` ends it.",
                kind="interrupted",
                code=ExitCode.INTERRUPTED,
            )
        self.stopped = True
        await self._tracker.cancel()
        self._shell.screen.tell(f"Cancelled what was under way. {MAY_BE_PAID}")

    def _draw(self) -> None:
        states = Counter(_WORDS.get(self._tracker.status(each), "queued") for each in self._tracker.open)
        ready, everything = sum(each.good for each in self._outputs.values()), len(self._numbers)
        over = len(self._outputs)
        parts = [f"{ready} of {everything} ready", *(f"{n} {word}" for word, n in states.items())]
        if over > ready:
            parts.append(f"{over - ready} without a result")
        self._shell.screen.progress(", ".join(parts), over, everything)
