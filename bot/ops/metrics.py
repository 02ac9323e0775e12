"""What Prometheus reads on the health port: `/metrics`. The number of series does not grow with guilds or members.

Counters of what happened are the log's own messages, which are constants: an event has a name already. Everything else
is read when it is asked for.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.domain.clock import Clock
from bot.domain.orders.generation import ENDED, GenerationState
from bot.ops.health import Health
from bot.store.database import Database
from bot.store.figures import Figures, figures

_MOST_EVENTS = 300  # there are about a hundred; more would be a message that is no constant


class EventCounter(logging.Handler):
    """Counts our own log messages by what they say and how bad it is; to be added to the logger `bot`."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[tuple[str, str]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        event = (str(record.msg), record.levelname.lower())
        if event in self.counts or len(self.counts) < _MOST_EVENTS:
            self.counts[event] += 1


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of whoever knows it: its name without `drover_`, what it says, and its value, or one for each label.

    `label` names what the values are told apart by. A counter never falls while the process lives.
    """

    name: str
    says: str
    value: float | Mapping[str, float]
    label: str = ""
    counts: bool = False


@dataclass(frozen=True)
class Metrics:
    """`readings` are what only the whole knows: Discord, Oxen, the database's connections."""

    health: Health
    db: Database
    clock: Clock
    readings: Callable[[], Sequence[Reading]]
    events: EventCounter = field(default_factory=EventCounter)
    content_type: str = CONTENT_TYPE_LATEST

    async def page(self) -> bytes:
        """The text of `/metrics`. Without what is in rows while the database cannot be read."""
        try:
            found = await figures(self.db, self.clock.now())
        except Exception:  # noqa: BLE001 - what is wrong with the database is another metric's, and the log's
            found = None
        registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            registry.register(collector)
        readings = [*self._of_the_process(), *(_of_rows(found, self.clock.now()) if found else ()), *self.readings()]
        registry.register(_Families(readings, self.events.counts))
        return generate_latest(registry)

    def _of_the_process(self) -> list[Reading]:
        report = self.health.report()
        parts = report["loops"] | report["crews"]

        def each(what: str) -> dict[str, float]:
            return {name: part[what] for name, part in parts.items() if part[what] is not None}

        return [
            Reading("alive", "Whether all loops get through their work.", float(report["alive"])),
            Reading("ready", "Whether members can use the bot.", float(report["ready"])),
            Reading("loop_failures_total", "Failed steps of a loop or pool.", each("failures"), "loop", counts=True),
            Reading(
                "loop_failures_in_a_row", "Failed steps since the last good one.", each("failures_in_a_row"), "loop"
            ),
            Reading(
                "loop_last_success_age_seconds",
                "Time since a loop or pool had a success.",
                each("seconds_since_success"),
                "loop",
            ),
        ]


def _of_rows(found: Figures, now: datetime) -> list[Reading]:
    waited = max(0.0, (now - found.owed_since).total_seconds()) if found.owed_since is not None else 0.0
    states = {state.value: float(found.generations.get(state, 0)) for state in GenerationState if state not in ENDED}
    stages = {stage: float(found.queued.get(stage, 0)) for stage in ("waiting", "admitted", "sent")}
    posts = {state: float(found.posts.get(state, 0)) for state in ("waiting", "claimed")}
    return [
        Reading("generations", "Outputs that are not over.", states, "state"),
        Reading("orders_queued", "Orders that are not over, by how far the queue let them.", stages, "stage"),
        Reading("posts", "Messages that channels are owed.", posts, "state"),
        Reading("posts_held", "Results whose channel and requester could not be told.", found.held),
        Reading("post_overdue_seconds", "How long the longest owed message is overdue.", waited),
        Reading("notices", "Messages that log channels are owed.", found.notices),
        Reading("cards_stale", "Cards that show less than the rows know.", found.cards),
        Reading("costs_untold", "Successes of the last day whose cost Oxen has not told.", found.costs_untold),
        Reading("reserved_usd", "Set aside for what is not over.", float(found.reserved)),
        Reading("unclear_usd", "May have been charged; nobody knows.", float(found.unclear)),
    ]


class _Families(Collector):
    def __init__(self, readings: Iterable[Reading], events: Mapping[tuple[str, str], int]) -> None:
        self._readings = readings
        self._events = events

    def collect(self) -> Iterable[Metric]:
        for one in self._readings:
            kind: Any = CounterMetricFamily if one.counts else GaugeMetricFamily
            family = kind(f"drover_{one.name}", one.says, labels=[one.label] if one.label else [])
            values = one.value if isinstance(one.value, Mapping) else {"": one.value}
            for label, value in values.items():
                family.add_metric([label] if one.label else [], value)
            yield family
        events = CounterMetricFamily("drover_events", "What happened, by the log's words.", labels=["event", "level"])
        for (event, level), count in sorted(self._events.items()):
            events.add_metric([event, level], count)
        yield events
