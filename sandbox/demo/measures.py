"""The four promises about speed and memory, and what was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sandbox.demo.provider import Ending
from sandbox.demo.screen import Style
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


def delivery(orders: Sequence[tuple[str, str]], watch: Watch, endings: Sequence[Ending]) -> Measure:
    """`orders` are pairs of a media type and the card: from the end of the last such generation to the last message.

    The bot hears of the end on its event stream, and so do we, on another one.
    """
    waits = [
        max(entry.time for entry in watch.posts(card)) - max(one.at for one in endings if one.media_type == media)
        for media, card in orders
    ]
    return Measure(name="from a generation's end to its post (median)", value=median(waits), promise=1, unit="s")
