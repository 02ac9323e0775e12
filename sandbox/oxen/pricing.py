"""What a generation costs, in USD, by the model's `pricing`, or by what the control API says instead."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sandbox.oxen.catalogue import Model
from sandbox.oxen.render.plan import Plan

# The prices of most models are not public, and token prices do not apply here: any will do that is not zero.
FLAT_IMAGE = Decimal("0.04")
FLAT_VIDEO_SECOND = Decimal("0.07")
HIGH_RES_SHORT_EDGE = 1080
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
    if plan.media_type == "image":
        return _usd(_per_image(pricing, settings) or FLAT_IMAGE)
    rate = _per_second(pricing, settings, plan) or FLAT_VIDEO_SECOND
    return _usd(rate * _exact(plan.seconds))


def _per_image(pricing: Mapping[str, Any], settings: Mapping[str, Any]) -> Decimal | None:
    grid: Mapping[str, Mapping[str, Any]] = pricing.get("cost_per_image_grid") or {}
    for row in [grid[quality] for quality in (str(settings.get("quality")), *grid) if quality in grid]:
        label = str(settings.get("resolution") or settings.get("size")).upper()
        return _decimal(row.get(label) or next(iter(row.values())))
    return _decimal(pricing.get("cost_per_image"))


def _per_second(pricing: Mapping[str, Any], settings: Mapping[str, Any], plan: Plan) -> Decimal | None:
    if plan.audio and (rate := _decimal(pricing.get("cost_per_second_with_audio"))):
        return rate
    by_resolution: Mapping[str, Any] = pricing.get("cost_per_second_by_resolution") or {}
    if rate := _decimal(by_resolution.get(str(settings.get("resolution")).lower())):
        return rate
    high = _decimal(pricing.get("cost_per_second_high_res"))
    if high and min(plan.width, plan.height) >= HIGH_RES_SHORT_EDGE:
        return high
    return _decimal(pricing.get("cost_per_second"))


def _decimal(number: Any) -> Decimal | None:
    """Numbers may arrive as strings; through `str`, so that 0.07 stays 0.07."""
    return Decimal(str(number)) if re.fullmatch(r"\d+(\.\d+)?", str(number)) else None


def _exact(seconds: Fraction) -> Decimal:
    return Decimal(seconds.numerator) / Decimal(seconds.denominator)


def _usd(amount: Decimal) -> Decimal:
    """To the micro-dollar, without trailing zeros; adding zero keeps 10 from reading 1E+1."""
    return amount.quantize(MICRO).normalize() + Decimal(0)
