"""What a generation costs, in USD, by the model's `pricing`, or by what the control API says instead."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from sandbox.oxen.catalogue import Model
from sandbox.oxen.render.plan import Plan

# For models without a price any will do that is not zero.
FLAT_IMAGE = Decimal("0.04")
FLAT_VIDEO_SECOND = Decimal("0.07")
HIGH_RES_SHORT_EDGE = 1080
# Of the order of what such models count. Characters of a prompt that make one token; tokens of the rest.
CHARACTERS, TOKENS_OF_AN_INPUT, TOKENS_OF_AN_IMAGE, TOKENS_OF_A_SECOND = 4, 258, 1290, 5000
MICRO = Decimal("0.000001")


class Tariff:
    """Prices as they are charged: the catalogue's, except where `set` names another.

    Only the charge changes then; the catalogue goes on saying its own, as a quote that turns out wrong would.
    """

    def __init__(self) -> None:
        self._fixed: dict[str, Decimal] = {}

    def set(self, model_id: str, cost: Decimal | None) -> None:
        """What each output costs from now on, also of what runs already; None for the catalogue's price."""
        if cost is None:
            self._fixed.pop(model_id, None)
        else:
            self._fixed[model_id] = cost

    def fixed(self) -> dict[str, Decimal]:
        return dict(self._fixed)

    def charge(self, model: Model, values: Mapping[str, Any], plan: Plan, run_seconds: float) -> Decimal:
        fixed = self._fixed.get(model.id)
        return price(model, values, plan, run_seconds) if fixed is None else _usd(fixed)


def price(model: Model, values: Mapping[str, Any], plan: Plan, run_seconds: float) -> Decimal:
    """The charge for one output. `values`: the request's parameters; `run_seconds`: for models billed by time."""
    settings = {**model.defaults, **{key: value for key, value in values.items() if value is not None}}
    pricing = model.pricing
    if pricing.get("method") == "time" and (rate := _decimal(pricing.get("cost_per_second"))):
        return _usd(rate * Decimal(str(run_seconds)))
    if pricing.get("method") == "token":
        return _usd(_by_tokens(pricing, settings, plan))
    if plan.media_type == "image":
        return _usd(_per_image(pricing, settings) or FLAT_IMAGE)
    rate = _per_second(pricing, settings, plan) or FLAT_VIDEO_SECOND
    return _usd(rate * _exact(plan.seconds))


def _by_tokens(pricing: Mapping[str, Any], settings: Mapping[str, Any], plan: Plan) -> Decimal:
    read = len(str(settings.get("prompt") or "")) // CHARACTERS + 1 + TOKENS_OF_AN_INPUT * len(plan.inputs)
    made = Decimal(TOKENS_OF_AN_IMAGE) if plan.media_type == "image" else TOKENS_OF_A_SECOND * _exact(plan.seconds)
    into, out = (_decimal(pricing.get(f"{side}_cost_per_token")) or Decimal(0) for side in ("input", "output"))
    return into * read + out * made


def _per_image(pricing: Mapping[str, Any], settings: Mapping[str, Any]) -> Decimal | None:
    """What the grid has for the quality and the size; for an "auto" of either, its first."""
    default = _decimal(pricing.get("cost_per_image"))
    grid = _folded(pricing.get("cost_per_image_grid"))
    for row in [grid[quality] for quality in (str(settings.get("quality")).lower(), *grid) if quality in grid]:
        cells = _folded(row)
        return _decimal(cells.get(_size(settings))) or default or _decimal(next(iter(cells.values()), None))
    return default


def _per_second(pricing: Mapping[str, Any], settings: Mapping[str, Any], plan: Plan) -> Decimal | None:
    if settings.get("generate_audio") is True and (rate := _decimal(pricing.get("cost_per_second_with_audio"))):
        return rate
    by_resolution = _folded(pricing.get("cost_per_second_by_resolution"))
    lines = f"{min(plan.width, plan.height)}p"  # of what came out, where that was left open
    if rate := _decimal(by_resolution.get(_size(settings), by_resolution.get(lines))):
        return rate
    high = _decimal(pricing.get("cost_per_second_high_res"))
    if high and min(plan.width, plan.height) >= HIGH_RES_SHORT_EDGE:
        return high
    return _decimal(pricing.get("cost_per_second"))


def _folded(row: Any) -> dict[str, Any]:
    """Names without regard to case."""
    return {name.lower(): value for name, value in cast("Mapping[str, Any]", row or {}).items()}


def _size(settings: Mapping[str, Any]) -> str:
    named = (settings[name] for name in ("resolution", "target_resolution", "size") if name in settings)
    return str(next(named, "")).lower()


def _decimal(number: Any) -> Decimal | None:
    """Numbers may arrive as strings; through `str`, so that 0.07 stays 0.07."""
    return Decimal(str(number)) if re.fullmatch(r"\d+(\.\d+)?(e-\d+)?", str(number)) else None


def _exact(seconds: Fraction) -> Decimal:
    return Decimal(seconds.numerator) / Decimal(seconds.denominator)


def _usd(amount: Decimal) -> Decimal:
    """To the micro-dollar, without trailing zeros; adding zero keeps 10 from reading 1E+1."""
    return amount.quantize(MICRO).normalize() + Decimal(0)
