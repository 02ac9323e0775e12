"""From ids to files: each output is followed to its end and fetched as it is ready; Ctrl-C is dealt with on the way."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from pathlib import Path

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState, Outcome
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import KeyRefused, OxenError
from bot.terminal import files
from bot.terminal.endings import Ending, Failed
from bot.terminal.following import Ear, Following, OutOfReach
from bot.terminal.results import Made, why
from bot.terminal.saving import Kept, NotSaved, download
from bot.terminal.shell import Shell

_TICK = 1.0  # seconds between two drawings of the running time
_WORDS = {"": "ordered", "queued": "queued", "processing": "being made"}
MAY_BE_PAID = "What Oxen had begun, it may still charge; `drover history --cost` shows it where Oxen tells."


class Watch:
    """One order, or ids of an earlier one (then there is no `plan`), until all of it is over."""

    def __init__(
        self, shell: Shell, ear: Ear, ids: Sequence[RemoteId], folder: Path, validated: ValidatedRequest | None
    ) -> None:
        self._shell, self._folder, self._validated = shell, folder, validated
        self._numbers = {remote_id: number for number, remote_id in enumerate(ids, 1)}
        self._following = Following(
            shell.oxen,
            ear,
            ids,
            pace=shell.pace(validated.kind if validated is not None else None),
            clock=shell.clock,
            sleep=shell.sleep,
            notice=shell.screen.tell,
            moved=self._draw,
        )
        self._made: dict[RemoteId, Made] = {}
        self._began = shell.clock.monotonic()
        self.stopped = False

    async def until_over(self) -> list[Made]:
        """Every output, in the order in which they were ordered. Raises `Failed` when it is left on the way."""
        self._draw()
        work = asyncio.create_task(self._collect(), name="collect")
        ticking = asyncio.create_task(self._tick(), name="tick")
        try:
            while not await self._over_before_stop(work):
                await self._interrupted(work)
            work.result()
        finally:
            for task in (work, ticking):
                task.cancel()
            await asyncio.gather(work, ticking, return_exceptions=True)
        return [self._made[remote_id] for remote_id in self._numbers]

    async def _collect(self) -> None:
        try:
            async with contextlib.aclosing(self._following.outcomes()) as outcomes:
                async for remote_id, outcome in outcomes:
                    self._made[remote_id] = await self._ended(remote_id, outcome)
                    self._draw()
        except OutOfReach:
            self._lose("Oxen has not answered for a long time")
        except KeyRefused:
            self._lose("Oxen does not accept OXEN_API_KEY any more")

    def _lose(self, problem: str) -> None:
        """What is open goes on at Oxen, and nobody here hears how it ends."""
        for remote_id in self._following.open:
            again = f"{problem}; `drover download {remote_id}` asks again"
            self._made[remote_id] = Made(number=self._numbers[remote_id], id=remote_id, problem=again)

    async def _ended(self, remote_id: RemoteId, outcome: Outcome) -> Made:
        number = self._numbers[remote_id]
        made = Made(number=number, id=remote_id, state=outcome.state, url=outcome.result_url)
        if outcome.state is not GenerationState.SUCCEEDED:
            return made.without_file(why(outcome))
        if outcome.result_url is None:
            return made.without_file("it was made, but Oxen gives no link to it; look in the namespace on Oxen.ai")
        try:
            kept = await self._fetch(remote_id, outcome.result_url)
        except (NotSaved, Failed) as error:
            again = f"{error}; `drover download {remote_id}` fetches it again, or open {outcome.result_url}"
            return made.without_file(f"it was made, but could not be saved: {again}")
        return made.with_file(kept, await self._cost(remote_id))

    async def _fetch(self, remote_id: RemoteId, url: str) -> Kept:
        async def fresh() -> str | None:
            with contextlib.suppress(OxenError):
                return (await self._shell.oxen.get(remote_id)).result_url
            return None

        words = (self._validated.prompt, self._validated.model_id) if self._validated is not None else ("", "result")
        name = files.stem(*words, files.tail(remote_id))
        return await download(self._shell, url, self._folder, name, self._validated, fresh)

    async def _cost(self, remote_id: RemoteId) -> Decimal | None:
        try:
            return await self._shell.oxen.cost(remote_id)
        except OxenError:
            return None

    async def _over_before_stop(self, work: "asyncio.Task[None]") -> bool:
        stopped = asyncio.create_task(self._shell.stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        return work.done()

    async def _interrupted(self, work: "asyncio.Task[None]") -> None:
        """The first time: ask, or cancel where nobody can be asked. The second time: leave."""
        if self.stopped:
            raise self._left()
        self._shell.stop.clear()
        answer: bool | None = True
        if self._shell.answer is not None:
            self._shell.screen.ask(f"Cancel {len(self._following.open)} under way? Ctrl-C again leaves them.")
            answer = await self._answered_before(work, self._shell.answer(self._shell.stop))
            self._shell.screen.answered()
        if work.done() or answer is False:
            return
        if answer is None:
            raise self._left()
        self.stopped = True
        await self._following.cancel()
        self._shell.screen.tell(f"Cancelled what was under way. {MAY_BE_PAID}")

    async def _answered_before(self, work: "asyncio.Task[None]", reading: Awaitable[bool | None]) -> bool | None:
        task = asyncio.ensure_future(reading)
        try:
            await asyncio.wait({work, task}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else False
        finally:
            task.cancel()

    def _left(self) -> Failed:
        ids = " ".join(self._following.open)
        return Failed(
            f"Left. Under way, and to be paid when made: {ids}. "
            f"`drover download {ids}` fetches it, `drover cancel {ids}` ends it.",
            kind="interrupted",
            ending=Ending.INTERRUPTED,
        )

    def _draw(self) -> None:
        states = Counter(_WORDS.get(self._following.status(each), "queued") for each in self._following.open)
        ready = sum(each.good for each in self._made.values())
        over = len(self._made) - ready
        parts = [f"{ready} of {len(self._numbers)} ready", *(f"{n} {word}" for word, n in states.items())]
        if over:
            parts.append(f"{over} without a result")
        seconds = int(self._shell.clock.monotonic() - self._began)
        self._shell.screen.progress(", ".join(parts), f"  {seconds // 60}:{seconds % 60:02}")

    async def _tick(self) -> None:
        while self._shell.screen.live:
            await self._shell.sleep(_TICK)
            self._draw()
