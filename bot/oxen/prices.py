"""A model's `pricing` to values (API.md, "Polling, timing, price"). Numbers may arrive as strings."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from bot.domain.money import Pricing

_AMOUNT = re.compile(r"\d+(\.\d+)?([eE][-+]?\d+)?")
_FIXED = frozenset({"per_image", "per_video_output_second"})  # what can be known before the run


def pricing(payload: object) -> Pricing | None:
    """The price list, or None when there is none, or none by which an order could be quoted."""
    fields = _mapping(payload)
    if fields.get("method") not in _FIXED:
        return None
    grid = _mapping(fields.get("cost_per_image_grid"))
    return Pricing(
        per_image=amount(fields.get("cost_per_image")),
        image_grid={quality.lower(): _amounts(row, str.upper) for quality, row in grid.items()},
        per_second=amount(fields.get("cost_per_second")),
        by_resolution=_amounts(fields.get("cost_per_second_by_resolution"), str.lower),
        with_audio=amount(fields.get("cost_per_second_with_audio")),
        high_resolution=amount(fields.get("cost_per_second_high_res")),
    )


def amount(value: object) -> Decimal | None:
    """An amount in USD; None for what is none. Through text, so that 0.07 stays 0.07."""
    text = str(value)
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def _amounts(payload: object, fold: Any) -> dict[str, Decimal]:
    amounts = {fold(name): amount(value) for name, value in _mapping(payload).items()}
    return {name: usd for name, usd in amounts.items() if usd is not None}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
