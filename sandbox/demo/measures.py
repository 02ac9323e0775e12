"""The four promises about speed and memory, and what was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sandbox.demo.books import Line
from sandbox.demo.orders import Order
from sandbox.demo.provider import Ending
from sandbox.demo.screen import Screen, Style
from sandbox.demo.watch import Watch
from sandbox.discord.client import Interaction

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`value` is kept when it is below `promise`, both in `unit`."""

    name: str
    value: float
    promise: float
    unit: str

    @property
    def kept(self) -> bool:
        return self.value < self.promise

    def line(self, style: Style) -> str:
        value = f"{self.value:.2f}" if self.unit == "s" else f"{self.value:.0f}"
        judged = "✓ kept" if self.kept else style.red("✗ missed; another program may have been busy")
        promised = f"promised: under {self.promise:g} {self.unit}"
        return f"  {self.name:<44}{value:>6} {self.unit:<5}{promised:<28}{judged}"


def ready(seconds: float) -> Measure:
    """From the start of the bot's process to its gateway session."""
    return Measure(name="bot ready after its start", value=seconds, promise=2, unit="s")


def memory(resident: int) -> Measure:
    """Of the idle bot, in bytes."""
    return Measure(name="resident memory when idle", value=resident / MIB, promise=120, unit="MiB")


def acknowledgement(interactions: Iterable[Interaction]) -> Measure:
    """Of all commands and buttons. At least one has to be answered."""
    latencies = [one.latency_ms for one in interactions if one.latency_ms is not None]
    return Measure(name="acknowledgement of a command (median)", value=median(latencies), promise=100, unit="ms")


def delivery(orders: Iterable[Order], lines: Sequence[Line], watch: Watch, endings: Sequence[Ending]) -> Measure:
    """From the end of the last generation of an order to its post.

    The bot hears of the end on its event stream, and so do we, on another one.
    """
    ended = {one.generation_id: one.at for one in endings}
    waits: list[float] = []
    for order in orders:
        ends = [ended[line.remote_id] for line in lines if line.card == order.card and line.remote_id in ended]
        if order.files and ends:
            waits.append(max(entry.time for entry in watch.posts(order.card)) - max(ends))
    return Measure(name="from a generation's end to its post (median)", value=median(waits), promise=1, unit="s")


def show(found: Iterable[Measure], screen: Screen) -> None:
    screen.heading("Speed and memory")
    screen.say(*(one.line(screen.style) for one in found))
