"""Runs what is enqueued: a bounded number at once, first come first served, each for its drawn time."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.clock import Clock
from sandbox.oxen.faults import Faults
from sandbox.oxen.generations import Generation, Generations, State
from sandbox.oxen.inputs.reception import Reception
from sandbox.oxen.ledger import Charge, Ledger
from sandbox.oxen.parameters import Refused
from sandbox.oxen.pricing import Tariff
from sandbox.oxen.render.plan import Plan, plan
from sandbox.oxen.render.renderer import Renderer
from sandbox.oxen.timing import REFUSAL_SECONDS
from sandbox.oxen.traffic import Traffic
from sandbox.oxen.wire import INSUFFICIENT_CREDITS, PROVIDER_ERROR

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A file and its plan, or why there is none. `refused`: the parameters or the inputs are to blame."""

    path: Path | None = None
    plan: Plan | None = None
    error: str | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """`speed` divides every run time; `ended` is called once with each generation that succeeds or fails."""

    catalogue: Catalogue
    tariff: Tariff
    generations: Generations
    ledger: Ledger
    faults: Faults
    traffic: Traffic
    reception: Reception
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
            if self.faults.strike("generation", "vanish"):
                await self.clock.sleep(generation.run_seconds / self.speed)
                self.generations.drop(generation.id)
                self.traffic.vanished.append(generation.id)
            else:
                self._settle(generation, await self._work(generation))

    async def _work(self, generation: Generation) -> Outcome:
        """Takes the drawn time, or longer if the rendering does."""
        delay = generation.run_seconds / self.speed
        if fault := self.faults.strike("generation", "fail"):
            await self.clock.sleep(delay)
            return Outcome(error=fault.value or PROVIDER_ERROR)
        if generation.plan is None:
            await self.clock.sleep(delay)
            return Outcome(error=generation.refusal, refused=True)
        luggage = self.folder / f"{generation.id}.inputs"
        try:
            return await self._made(generation, luggage, delay)
        except Refused as refused:
            await self.clock.sleep(REFUSAL_SECONDS / self.speed)
            return Outcome(error=refused.message, refused=True)
        finally:
            shutil.rmtree(luggage, ignore_errors=True)

    async def _made(self, generation: Generation, luggage: Path, delay: float) -> Outcome:
        """Fetches the inputs, now that it runs, and renders. Raises Refused."""
        inputs = await self.reception.receive(generation.model, generation.parameters, luggage)
        planned = plan(generation.model, generation.parameters, generation.index, inputs)
        path = self.folder / f"{generation.id}.{planned.extension}"
        fault = self.faults.strike("generation", "no_result", "format")
        if fault and fault.kind == "no_result":
            await self.clock.sleep(delay)
            return Outcome(plan=planned)
        other = str(fault.value) if fault else None
        try:
            rendered, _ = await asyncio.gather(self._rendered(planned, path, other), self.clock.sleep(delay))
        except asyncio.CancelledError:
            path.unlink(missing_ok=True)
            raise
        return Outcome(path=path, plan=planned) if rendered else Outcome(error=PROVIDER_ERROR)

    async def _rendered(self, plan: Plan, path: Path, other: str | None) -> bool:
        """Whether the file is there: as planned, or of the `other` format."""
        try:
            if other is None:
                await self.renderer.render(plan, path)
            else:
                await asyncio.to_thread(_write_other, plan, path, other)
        except Exception:
            log.exception("rendering failed")
            return False
        return True

    def _settle(self, generation: Generation, outcome: Outcome) -> None:
        now, error = self.clock.now(), outcome.error
        cost = self._cost(generation, outcome.plan)
        if error is None and not self.ledger.affords(generation.namespace, cost):
            error = INSUFFICIENT_CREDITS
        settled = self.generations.move(
            generation.id,
            State.SUCCEEDED if error is None else State.FAILED,
            completed_at=now,
            result=outcome.path,
            error=error,
            refusal=error if outcome.refused else None,
            cost=cost,
        )
        if settled is None:
            return
        if settled.state is State.SUCCEEDED:
            charge = Charge(generation_id=settled.id, model=settled.model.id, cost=cost, at=int(now))
            self.ledger.charge(settled.namespace, charge)
        self.ended(settled)

    def _cost(self, generation: Generation, planned: Plan | None) -> Decimal:
        """At the prices of the end: they may have changed since the enqueue."""
        if planned is None:
            return Decimal(0)
        model = self.catalogue.get(generation.model.id) or generation.model
        return self.tariff.charge(model, generation.parameters, planned, generation.run_seconds)


def _write_other(plan: Plan, path: Path, form: str) -> None:
    """Imports late, as `render/renderer.py` does."""
    from sandbox.oxen.render.other import write_other

    write_other(plan, path, form)
