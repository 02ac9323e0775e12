"""Generations, their states, and the one place that changes them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.oxen.catalogue import Model
from sandbox.oxen.render.plan import Plan

LIFETIME = 24 * 60 * 60.0


class State(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = frozenset({State.QUEUED, State.PROCESSING})
FILTERS = ("namespace", "model", "status", "media_type", "repo", "folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One output of one request. Times are unix seconds, `cost` is USD.

    `index` is its place among the outputs of its request. `plan` is made without the inputs, which are fetched
    when it runs; it is None when the request will be refused then with `refusal`, whatever they are. `cost` is an
    estimate until the end. A blocking call's generation is not `listed`: it has no row and fires no event.
    """

    id: str
    model: Model
    parameters: Mapping[str, Any]
    namespace: str
    key: str
    plan: Plan | None
    refusal: str | None
    cost: Decimal
    run_seconds: float
    enqueued_at: float
    index: int = 0
    listed: bool = True
    state: State = State.QUEUED
    started_at: float | None = None
    completed_at: float | None = None
    error: str | None = None
    result: Path | None = None

    def fits(self, asked: Mapping[str, str], filters: Collection[str] = FILTERS) -> bool:
        """Whether every known filter that is given holds; what else was asked is passed over."""
        facts = {
            "namespace": self.namespace,
            "model": self.model.id,
            "status": self.state.value,
            "media_type": self.model.media_type,
            "repo": self.parameters.get("target_repo"),
            "folder": self.parameters.get("target_directory"),
        }
        return all(asked[name] == facts[name] for name in filters if name in asked)


class Generations:
    """Everything enqueued in the last 24 hours; older rows are gone, whatever became of them."""

    def __init__(self, now: Callable[[], float], forget: Callable[[Generation], None]) -> None:
        """`forget` is called with each generation that expires."""
        self._now = now
        self._forget = forget
        self._rows: dict[str, Generation] = {}

    def add(self, generation: Generation) -> None:
        self._rows[generation.id] = generation

    def get(self, generation_id: str) -> Generation | None:
        self._expire()
        return self._rows.get(generation_id)

    def all(self) -> list[Generation]:
        """Oldest first."""
        self._expire()
        return list(self._rows.values())

    def move(self, generation_id: str, to: State, **changes: Any) -> Generation | None:
        """The moved generation, or None if it is gone or has ended already: then someone else won."""
        current = self._rows.get(generation_id)
        if current is None or current.state not in OPEN:
            return None
        moved = self._rows[generation_id] = replace(current, state=to, **changes)
        return moved

    def drop(self, generation_id: str) -> None:
        """It is gone before its time."""
        if row := self._rows.pop(generation_id, None):
            self._forget(row)

    def open_cost(self, namespace: str) -> Decimal:
        """What the namespace will owe if all that is open succeeds."""
        rows = (row for row in self.all() if row.namespace == namespace and row.state in OPEN)
        return sum((row.cost for row in rows), Decimal(0))

    def _expire(self) -> None:
        born_before = self._now() - LIFETIME
        while (oldest := next(iter(self._rows.values()), None)) and oldest.enqueued_at <= born_before:
            del self._rows[oldest.id]
            self._forget(oldest)
