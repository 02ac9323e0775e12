"""What Prometheus reads on the health port: `/metrics`. The number of series does not grow with guilds or members.

Counters and durations of what happened are taken from the log's own messages, which are constants: an event has a name
already. Everything else is read when it is asked for. Every series is there from the start, at 0, where its labels are
known: `increase()` does not see a series that begins at 1.
"""

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Histogram,
    disable_created_metrics,
)
from prometheus_client import Counter as CounterOf
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.domain.clock import Clock
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import ENDED, GenerationState
from bot.ops.health import Health
from bot.ops.reasons import STANDING_BY
from bot.ops.status import Reading
from bot.store.database import Database
from bot.store.figures import Figures, figures

_MOST_EVENTS = 300  # there are about a hundred; more would be a message that is no constant
_ADD_UP_EVERY = 300.0  # seconds between two sums of all that was ever charged
_KINDS = [kind.value for kind in MediaKind]

# What the log says, and the label under which it counts.
RETRIED = {
    "order not sent": "order",
    "cancel failed": "cancellation",
    "delivery postponed": "post",
    "card not redrawn": "card",
    "notice postponed": "notice",
    "costs not known yet": "cost",
    "unit tried again": "database",
    "connection lost": "database",
}
DEAD = {"delivery impossible": "post", "card given up": "card", "notice given up": "notice"}
LOOKED_UP = {"order found": "found", "order absent upstream": "absent", "look-up failed": "failed"}
ACCEPTED, SENT, SETTLED, DELIVERED = "order accepted", "order sent", "generation settled", "result delivered"
SHORT = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)  # seconds
LONG = (5, 10, 20, 40, 60, 120, 240, 480, 900, 1800, 3600)


class EventCounter(logging.Handler):
    """Counts our own log messages by what they say and how bad it is; to be added to the logger `bot`.

    What some of them mean it counts and measures once more, under names of their own: `figures`.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        disable_created_metrics()
        self.counts: Counter[tuple[str, str]] = Counter()
        self._retries = _counter("retries", "Attempts that failed and are made again.", what=RETRIED.values())
        self._dead = _counter("dead_letters", "Messages that were given up for good.", what=DEAD.values())
        self._lookups = _counter("lookups", "Orders without an answer, looked up.", outcome=LOOKED_UP.values())
        self._accepted = _counter("orders_accepted", "Orders that members placed.", kind=_KINDS)
        self._ended = CounterOf("drover_generations_ended", "Outputs that are over.", ["kind", "state"], registry=None)
        self._waits = _histogram("order_wait_seconds", "From an order's acceptance until Oxen has it.", SHORT, _KINDS)
        self._lengths = _histogram("generation_duration_seconds", "What Oxen takes for a success.", LONG, _KINDS)
        self._deliveries = _histogram("delivery_seconds", "From an order's last end until its message.", SHORT)
        for kind in _KINDS:
            for state in ENDED:
                self._ended.labels(kind, state.value)

    @property
    def figures(self) -> Sequence[Collector]:
        counters = (self._accepted, self._ended, self._retries, self._dead, self._lookups)
        return (*counters, self._waits, self._lengths, self._deliveries)

    def emit(self, record: logging.LogRecord) -> None:
        message, said = str(record.msg), vars(record)
        event = (message, record.levelname.lower())
        if event in self.counts or len(self.counts) < _MOST_EVENTS:
            self.counts[event] += 1
        if message in RETRIED:
            self._retries.labels(RETRIED[message]).inc()
        elif message in DEAD:
            self._dead.labels(DEAD[message]).inc()
        elif message in LOOKED_UP:
            self._lookups.labels(LOOKED_UP[message]).inc()
        elif said.get("kind") in _KINDS and message == ACCEPTED:
            self._accepted.labels(said["kind"]).inc()
        elif said.get("kind") in _KINDS and message == SETTLED:
            self._ended.labels(said["kind"], said["state"]).inc()
        if said.get("seconds") is None:
            return
        if message == DELIVERED:
            self._deliveries.observe(said["seconds"])
        elif message == SENT:
            self._waits.labels(said["kind"]).observe(said["seconds"])
        elif message == SETTLED and said["state"] == GenerationState.SUCCEEDED and said["kind"] in _KINDS:
            self._lengths.labels(said["kind"]).observe(said["seconds"])


def _counter(name: str, says: str, **label: Iterable[str]) -> CounterOf:
    [(label_name, values)] = label.items()
    counter = CounterOf(f"drover_{name}", says, [label_name], registry=None)
    for value in values:
        counter.labels(value)
    return counter


def _histogram(name: str, says: str, buckets: Sequence[float], kinds: Sequence[str] = ()) -> Histogram:
    histogram = Histogram(f"drover_{name}", says, ["kind"] if kinds else [], buckets=buckets, registry=None)
    for kind in kinds:
        histogram.labels(kind)
    return histogram


@dataclass
class Metrics:
    """`readings` are those of the process (`bot.ops.status.Status`): Discord, Oxen, the database's connections."""

    health: Health
    db: Database
    clock: Clock
    readings: Callable[[], Sequence[Reading]]
    events: EventCounter = field(default_factory=EventCounter)
    content_type: str = CONTENT_TYPE_LATEST
    _charged: Decimal | None = None
    _added_up: float = 0.0  # monotonic

    @contextlib.contextmanager
    def counting(self, ours: logging.Logger) -> Generator[None]:
        """While the block runs, what this logger takes is counted, whatever the level of the lines that are written."""
        before = ours.level
        ours.setLevel(min(ours.getEffectiveLevel(), logging.INFO))
        ours.addHandler(self.events)
        try:
            yield
        finally:
            ours.removeHandler(self.events)
            ours.setLevel(before)

    async def page(self) -> bytes:
        """The text of `/metrics`. Without what is in rows while the database cannot be read; and of several processes
        only the one that works for all tells it.
        """
        now, found = self.clock.monotonic(), None
        add_up = self._charged is None or now - self._added_up >= _ADD_UP_EVERY
        if self.db.role.work:
            # What is wrong with the database is another metric's, and the log's.
            with contextlib.suppress(Exception):
                found = await figures(self.db, self.clock.now(), charged=add_up)
                if add_up:
                    self._charged, self._added_up = found.charged, now
        registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            registry.register(collector)
        readings = [*self._of_the_process(), *(self._of_rows(found) if found else ()), *self.readings()]
        registry.register(_Families(readings, self.events))
        return generate_latest(registry)

    def _of_the_process(self) -> list[Reading]:
        report = self.health.report()

        def each(what: str, parts: str = "loops") -> dict[str, float]:
            return {name: part[what] for name, part in report[parts].items() if part[what] is not None}

        return [
            Reading("alive", "Whether all loops get through their work.", float(report["alive"])),
            Reading(
                "ready",
                "Whether members can use the bot. A process that stands by is ready to take over.",
                float(report["ready"] or report["not_ready"] == [STANDING_BY]),
            ),
            Reading("loop_failures_total", "Failed steps of a loop.", each("failures"), "loop", counts=True),
            Reading(
                "loop_failures_in_a_row", "Failed steps since the last good one.", each("failures_in_a_row"), "loop"
            ),
            Reading(
                "loop_last_success_age_seconds",
                "Time since a loop had a success.",
                each("seconds_since_success"),
                "loop",
            ),
            Reading(
                "pool_failures_total",
                "Failed jobs of a pool of workers.",
                each("failures", "pools"),
                "pool",
                counts=True,
            ),
            Reading(
                "pool_failures_in_a_row",
                "Failed jobs since the last good one.",
                each("failures_in_a_row", "pools"),
                "pool",
            ),
            Reading("pool_jobs", "Jobs at work in a pool.", each("jobs", "pools"), "pool"),
            Reading("pool_size", "Jobs that a pool does side by side.", each("size", "pools"), "pool"),
        ]

    def _of_rows(self, found: Figures) -> list[Reading]:
        def since(moment: datetime | None) -> float:
            return max(0.0, (self.clock.now() - moment).total_seconds()) if moment is not None else 0.0

        open_states = [state.value for state in GenerationState if state not in ENDED]
        generations = {
            (kind, state): float(found.generations.get((kind, state), 0)) for kind in _KINDS for state in open_states
        }
        stages = ("waiting", "admitted", "sent")
        queued = {stage: float(found.queued.get(stage, 0)) for stage in stages}
        oldest = {stage: since(found.waiting_since.get(stage)) for stage in stages}
        posts = {state: float(found.posts.get(state, 0)) for state in ("waiting", "claimed")}
        return [
            Reading("generations", "Outputs that are not over.", generations, ("kind", "state")),
            Reading("orders_queued", "Orders that are not over, by how far the queue let them.", queued, "stage"),
            Reading("order_oldest_seconds", "Age of the order that is longest in a stage.", oldest, "stage"),
            Reading(
                "lookup_oldest_seconds",
                "Since the order was sent that is looked up longest.",
                since(found.unknown_since),
            ),
            Reading("posts", "Messages that channels are owed.", posts, "state"),
            Reading("posts_held", "Results whose channel and requester could not be told.", found.held),
            Reading("post_overdue_seconds", "How long the longest owed message is overdue.", since(found.owed_since)),
            Reading("notices", "Messages that log channels are owed.", found.notices),
            Reading("cards_stale", "Cards that show less than the rows know.", found.cards),
            Reading("costs_untold", "Successes of the last day whose cost Oxen has not told.", found.costs_untold),
            Reading("keys_refused", "Keys of servers that Oxen takes no more.", found.keys_refused),
            Reading("reserved_usd", "Set aside for what is not over.", float(found.reserved)),
            Reading("unclear_usd", "May have been charged; nobody knows.", float(found.unclear)),
            Reading(
                "charged_usd", "Charged to servers that are known, added up now and then.", float(self._charged or 0)
            ),
        ]


class _Families(Collector):
    def __init__(self, readings: Iterable[Reading], events: EventCounter) -> None:
        self._readings = readings
        self._events = events

    def collect(self) -> Iterable[Metric]:
        for one in self._readings:
            kind: Any = CounterMetricFamily if one.counts else GaugeMetricFamily
            labels = (one.label,) if isinstance(one.label, str) else one.label
            family = kind(f"drover_{one.name}", one.says, labels=labels)
            values: Mapping[Any, float] = one.value if isinstance(one.value, Mapping) else {(): one.value}
            for told_apart, value in values.items():
                family.add_metric([told_apart] if isinstance(told_apart, str) else told_apart, value)
            yield family
        for figure in self._events.figures:
            yield from figure.collect()
        events = CounterMetricFamily("drover_events", "What happened, by the log's words.", labels=["event", "level"])
        for (event, level), count in sorted(self._events.counts.items()):
            events.add_metric([event, level], count)
        yield events
