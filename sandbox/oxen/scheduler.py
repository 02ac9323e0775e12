"""Runs what is enqueued: a bounded number at once, first come first served, each for its drawn time."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.oxen.clock import Clock
from sandbox.oxen.faults import Faults
from sandbox.oxen.generations import Generation, Generations, State
from sandbox.oxen.ledger import Charge, Ledger
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.studio import Renderer
from sandbox.oxen.wire import INSUFFICIENT_CREDITS, PROVIDER_ERROR

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """`speed` divides every run time; `ended` is called once with each generation that succeeds or fails."""

    generations: Generations
    ledger: Ledger
    faults: Faults
    renderer: Renderer
    folder: Path
    clock: Clock
    speed: float
    slots: asyncio.Semaphore
    ended: Callable[[Generation], None]
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    def enqueue(self, generation: Generation) -> None:
        self.generations.add(generation)
        task = asyncio.create_task(self._run(generation), name=f"generation {generation.id}")
        self._tasks[generation.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(generation.id, None))

    def cancel(self, generation_id: str) -> None:
        """Stops the work, uncharged and without an event; does nothing after the end."""
        if self.generations.move(generation_id, State.CANCELLED, completed_at=self.clock.now()):
            self.abandon(generation_id)

    def abandon(self, generation_id: str) -> None:
        if task := self._tasks.get(generation_id):
            task.cancel()

    async def finished(self, generation_id: str) -> Generation | None:
        """The generation after its end; None if it expired before."""
        if task := self._tasks.get(generation_id):
            await asyncio.wait([task])
        return self.generations.get(generation_id)

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, generation: Generation) -> None:
        async with self.slots:
            if self.generations.move(generation.id, State.PROCESSING, started_at=self.clock.now()) is None:
                return
            path, error = await self._work(generation)
            self._settle(generation, path, error)

    async def _work(self, generation: Generation) -> tuple[Path | None, str | None]:
        """The file, or why there is none. Takes the drawn time, or longer if the rendering does."""
        delay = generation.run_seconds / self.speed
        if fault := self.faults.strike("generation", "fail"):
            await self.clock.sleep(delay)
            return None, fault.value or PROVIDER_ERROR
        if generation.plan is None:
            await self.clock.sleep(delay)
            return None, generation.refusal
        path = self.folder / f"{generation.id}.{generation.plan.extension}"
        try:
            rendered, _ = await asyncio.gather(self._rendered(generation.plan, path), self.clock.sleep(delay))
        except asyncio.CancelledError:
            path.unlink(missing_ok=True)
            raise
        return (path, None) if rendered else (None, PROVIDER_ERROR)

    async def _rendered(self, plan: Plan, path: Path) -> bool:
        try:
            await self.renderer.render(plan, path)
        except Exception:
            log.exception("rendering failed")
            return False
        return True

    def _settle(self, generation: Generation, path: Path | None, error: str | None) -> None:
        now = self.clock.now()
        if error is None and not self.ledger.affords(generation.namespace, generation.cost):
            error = INSUFFICIENT_CREDITS
        state = State.SUCCEEDED if error is None else State.FAILED
        settled = self.generations.move(generation.id, state, completed_at=now, result=path, error=error)
        if settled is None:
            return
        if settled.state is State.SUCCEEDED:
            charge = Charge(generation_id=settled.id, model=settled.model.id, cost=settled.cost, at=int(now))
            self.ledger.charge(settled.namespace, charge)
        self.ended(settled)
