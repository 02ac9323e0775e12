"""Money: what an order will cost, as far as the provider's price list tells. USD, as `Decimal`.

The rules are those of the catalogue's `pricing` (API.md, "Polling, timing, price"). A price that cannot be worked out
before the run (per token, per second of computing, a length or a size that the model chooses, a video that is worked
on) is None: not known is not zero.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from bot.domain.models.parameters import Json, Parameter, as_seconds

_MICRO = 1_000_000
_HIGH_RESOLUTIONS = frozenset({"high", "2k", "4k"})  # and what has so many lines:
_HIGH_LINES = 1080
_LINES = re.compile(r"(\d{1,5})p")
_LEFT_OPEN = frozenset({"auto", "adaptive"})
_SIZES = ("resolution", "target_resolution", "size")

Grid = Mapping[str, Mapping[str, Decimal]]  # quality -> resolution -> USD


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """One model's price list. All amounts are USD, for one image or one second of video."""

    per_image: Decimal | None = None
    image_grid: Grid = field(default_factory=dict[str, Mapping[str, Decimal]])
    per_second: Decimal | None = None
    by_resolution: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    with_audio: Decimal | None = None
    high_resolution: Decimal | None = None


def quote(
    pricing: Pricing | None, parameters: Mapping[str, Parameter], given: Mapping[str, Json], *, reworks: bool = False
) -> Decimal | None:
    """What one output costs, with the schema's defaults for what was not `given`; None when that cannot be known.

    `reworks`: a video of the member's is worked on, and how long it is decides.
    In whole millionths of a dollar, as it is kept: what is checked, told, confirmed and reserved is then the same.
    """
    if pricing is None:
        return None
    settings = {name: p.default for name, p in parameters.items() if p.default is not None} | dict(given)
    exact: Decimal | None = None
    if pricing.image_grid:
        quality = str(settings.get("quality", "")).lower() or _only(pricing.image_grid)
        size = _size(settings).upper() or _only({size for row in pricing.image_grid.values() for size in row})
        exact = pricing.image_grid.get(quality, {}).get(size, pricing.per_image)
    elif pricing.per_image is not None:
        exact = pricing.per_image
    elif not reworks:
        rate, seconds = _rate(pricing, settings), _seconds(settings)
        exact = rate * seconds if rate is not None and seconds is not None else None
    return from_micro(to_micro(exact)) if exact is not None else None


def jump(before: Pricing, after: Pricing) -> Decimal:
    """By how many times a price of the list rose or fell, of those that both have; that which changed most."""
    old, new = prices(before), prices(after)
    both = [(old[name], new[name]) for name in old.keys() & new.keys() if old[name] and new[name]]
    return max((max(one / other, other / one) for one, other in both), default=Decimal(1))


def prices(pricing: Pricing) -> dict[str, Decimal]:
    """Every price of the list, by a name for it: `second`, `720p`, `high/2K`."""
    single = {
        "image": pricing.per_image,
        "second": pricing.per_second,
        "audio": pricing.with_audio,
        "high": pricing.high_resolution,
    }
    grid = {f"{quality}/{size}": usd for quality, row in pricing.image_grid.items() for size, usd in row.items()}
    every: dict[str, Decimal | None] = {**single, **pricing.by_resolution, **grid}
    return {name: usd for name, usd in every.items() if usd is not None}


def cheapest(pricing: Pricing | None, parameters: Mapping[str, Parameter]) -> tuple[Decimal, Mapping[str, Json]] | None:
    """What one output costs at least, and the settings under which it does; None when that cannot be known.

    Of what the price depends on, quality and size are looked at; everything else stays as the schema has it.
    """
    asked = {name: parameters[name].choices for name in ("quality", *_SIZES) if name in parameters}
    choices = {name: values for name, values in asked.items() if values}
    offers = (dict(zip(choices, values, strict=True)) for values in product(*choices.values()))
    priced = ((quote(pricing, parameters, given), given) for given in offers)
    known = [(price, given) for price, given in priced if price is not None]
    return min(known, key=lambda each: each[0], default=None)


def _only(names: Collection[str]) -> str:
    """The one name, for a model that has no setting of the kind; "" where there are several."""
    return next(iter(names)) if len(names) == 1 else ""


def _rate(pricing: Pricing, settings: Mapping[str, Json]) -> Decimal | None:
    if settings.get("generate_audio") is True and pricing.with_audio is not None:
        return pricing.with_audio
    resolution = _size(settings).lower()
    if resolution in pricing.by_resolution:
        return pricing.by_resolution[resolution]
    if resolution in _LEFT_OPEN and (pricing.by_resolution or pricing.high_resolution is not None):
        return None
    lines = _LINES.fullmatch(resolution)
    is_high = int(lines[1]) >= _HIGH_LINES if lines else resolution in _HIGH_RESOLUTIONS
    if pricing.high_resolution is not None and is_high:
        return pricing.high_resolution
    return pricing.per_second


def _size(settings: Mapping[str, Json]) -> str:
    return next((str(settings[name]) for name in _SIZES if name in settings), "")


def _seconds(settings: Mapping[str, Json]) -> Decimal | None:
    shots = settings.get("multi_prompt")
    lengths = [_length(shot) for shot in shots] if isinstance(shots, list) and shots else [_length(settings)]
    total = Decimal(0)
    for length in lengths:
        if length is None:
            return None
        total += Decimal(str(length))
    return total


def _length(settings: Json | Mapping[str, Json]) -> float | None:
    chosen = settings.get("duration", settings.get("seconds")) if isinstance(settings, Mapping) else None
    return as_seconds(chosen) if chosen is not None else None


def to_micro(amount: Decimal) -> int:
    """Whole millionths of a dollar, as the tables keep them; half of one is rounded to even."""
    return int((amount * _MICRO).to_integral_value())


def from_micro(micro: int) -> Decimal:
    """The amount in USD that `to_micro` wrote down."""
    return Decimal(micro) / _MICRO
