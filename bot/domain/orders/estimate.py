"""What an output will cost, as far as anybody can say beforehand, and where that is known from.

An amount is one of four things, and every text says which: listed in the provider's catalogue, set by the operator or
the server, learnt from what the provider charged before, or the ceiling that a server's rules set aside where nothing
is known. Amounts are USD in whole millionths, so that what is checked, told, confirmed and reserved is the same.
"""

import enum
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.domain.models.catalogue import (
    AUDIO,
    DURATION_NAMES,
    MULTI_PROMPT,
    QUALITY,
    RESOLUTION_NAMES,
    MediaKind,
    Model,
)
from bot.domain.models.parameters import Json, as_seconds
from bot.domain.models.slots import InputKind, Role
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.inputs import Input

FEWEST = 3  # samples from which something is learnt
MOST_KEPT = 32  # samples of one kind; older ones say less of today's price
ABSURD = Decimal(1000)  # USD for one output: above this a cost is a mistake of whoever told it
UNKNOWN_SECONDS = 10  # of a video of whose length nothing is known
SIZES = (*RESOLUTION_NAMES, "image_size")
_FRAMES, _RATE = "num_frames", "frames_per_second"
_SIDES = ("width", "height")  # pixels
_LONGEST_DRIVERS = 200  # characters
_RESERVED_SHARE = 0.9  # of the samples are at most what is reserved


class EstimateSource(enum.StrEnum):
    """Where an amount is known from, the surest first."""

    LISTED = "listed"
    SET = "set"
    LEARNT = "learnt"
    CEILING = "ceiling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one output will cost; with `times`, what several will.

    `usd` is what is shown: the price, the median of what was learnt, or the ceiling. `reserve` is what is set aside:
    the price, the 90th percentile, or the ceiling. `samples` is how many costs were learnt from. `drivers` names what
    the cost depends on (`cost_drivers`); the real cost is remembered under it.
    """

    usd: Decimal
    reserve: Decimal
    source: EstimateSource
    samples: int = 0
    drivers: str = ""

    @classmethod
    def of_price(cls, usd: Decimal, source: EstimateSource, drivers: str = "") -> "Estimate":
        """A price, which is shown and set aside as it is."""
        return cls(usd=usd, reserve=usd, source=source, drivers=drivers)

    @property
    def known(self) -> bool:
        """Whether anything is known of the price: a ceiling only says what will be set aside."""
        return self.source is not EstimateSource.CEILING

    def times(self, count: int) -> "Estimate":
        """What so many outputs will cost together."""
        return replace(self, usd=self.usd * count, reserve=self.reserve * count)


def together(estimates: Sequence[Estimate]) -> Estimate:
    """What several orders will cost together: as sure as the least sure of them. At least one."""
    order = list(EstimateSource)
    least_sure = max(estimates, key=lambda each: order.index(each.source))
    return Estimate(
        usd=sum((each.usd for each in estimates), Decimal(0)),
        reserve=sum((each.reserve for each in estimates), Decimal(0)),
        source=least_sure.source,
        samples=least_sure.samples,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What outputs of one kind have cost, in micro-USD, the latest last; at most `MOST_KEPT`."""

    micro_usd: tuple[int, ...] = ()

    def and_another(self, micro_usd: int) -> "Costs":
        return Costs(micro_usd=(*self.micro_usd, micro_usd)[-MOST_KEPT:])

    def estimate(self, drivers: str) -> Estimate | None:
        """The median is shown, the 90th percentile reserved; None of fewer than `FEWEST`."""
        ordered = sorted(self.micro_usd)
        if len(ordered) < FEWEST:
            return None
        middle, high = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, _RESERVED_SHARE))
        return Estimate(
            usd=from_micro(middle),
            reserve=from_micro(high),
            source=EstimateSource.LEARNT,
            samples=len(ordered),
            drivers=drivers,
        )


def is_plausible(cost: Decimal) -> bool:
    """Whether an output can have cost this; what cannot be is neither booked nor learnt from."""
    return cost.is_finite() and 0 <= cost <= ABSURD


def seconds_of(settings: Mapping[str, Json]) -> float | None:
    """How long the video will be that these parameters ask for; None where the model decides."""
    shots = settings.get(MULTI_PROMPT)
    if isinstance(shots, list) and shots:
        lengths = [as_seconds(shot.get("duration", 0)) for shot in shots if isinstance(shot, dict)]
        return sum(length or 0 for length in lengths)
    chosen = next((settings[name] for name in DURATION_NAMES if name in settings), None)
    if chosen is not None:
        return as_seconds(chosen)
    frames, rate = _number(settings.get(_FRAMES)), _number(settings.get(_RATE))
    return round(frames / rate) if frames is not None and rate else None  # 121 frames at 24 are five seconds


def settings_of(model: Model | None, given: Mapping[str, Json]) -> dict[str, Json]:
    """What is `given`, and for the rest the defaults of the model's schema."""
    parameters = model.parameters.values() if model is not None else ()
    return {p.name: p.default for p in parameters if p.default is not None} | dict(given)


def most_seconds(model: Model, settings: Mapping[str, Json], inputs: Sequence[Input] = ()) -> float:
    """For a ceiling: how long a video may become. A video that is worked on says it, else the longest that may be."""
    asked = seconds_of(settings)
    if asked:
        return asked
    sources = {slot.parameter for slot in model.slots if slot.role is Role.SOURCE}
    worked_on = [each.attachment.seconds for each in inputs if each.slot in sources and each.attachment.seconds]
    if worked_on:
        return sum(worked_on)
    length = model.duration
    possible = [s for choice in length.choices if (s := as_seconds(choice))] if length is not None else []
    if length is not None and length.maximum:
        possible.append(length.maximum)
    return max(possible, default=UNKNOWN_SECONDS)


def cost_drivers(model: Model, settings: Mapping[str, Json], inputs: Sequence[Input] = ()) -> str:
    """What the cost of an output depends on, as a short text: length, size, quality, sound, and the files given.

    Two orders with the same text cost about the same. Files count by their kind: those attached, and those that travel
    in a parameter.
    """
    seconds = seconds_of(settings)
    if seconds is None and MediaKind.VIDEO in model.makes:
        seconds = most_seconds(model, settings, inputs)
    sizes = [str(settings[name]).lower() for name in SIZES if name in settings]
    if all(side in settings for side in _SIDES):
        sizes.append("x".join(str(settings[side]) for side in _SIDES))
    kinds: Counter[InputKind] = Counter(each.attachment.kind for each in inputs)
    for slot in model.slots:
        value = settings.get(slot.parameter)
        if value:
            kinds[slot.kind] += len(value) if isinstance(value, list) else 1
    parts = [
        f"{round(seconds)}s" if seconds else "",
        *sizes,
        str(settings.get(QUALITY, "")).lower(),
        "audio" if settings.get(AUDIO) is True else "",
        *(f"{kinds[kind]}{kind.value}" for kind in InputKind if kinds[kind]),
    ]
    return " ".join(part for part in parts if part)[:_LONGEST_DRIVERS]


def ceiling(kind: MediaKind, *, image: Decimal, second: Decimal, seconds: float, drivers: str = "") -> Estimate:
    """What is set aside for an output of which nothing is known: `image` USD, or `second` USD for each second."""
    usd = image if kind is MediaKind.IMAGE else second * Decimal(str(seconds))
    return Estimate.of_price(from_micro(to_micro(usd)), EstimateSource.CEILING, drivers)


def _number(value: Json | None) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
