"""A model's `pricing` to values (API.md, "Polling, timing, price"). Numbers may arrive as strings."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from bot.domain.money import Pricing

_AMOUNT = re.compile(r"\d{1,20}(\.\d+)?([eE][-+]?\d{1,3})?")
_NO_PRICE = Decimal(1_000_000)  # USD; nobody asks as much, and the tables could not hold much more


def pricing(payload: object) -> Pricing | None:
    """The price list, or None when there is none, or none by which an order could be quoted.

    Only the fields of its own method count: a zero in another one would make everything free.
    """
    fields = _mapping(payload)
    method = fields.get("method")
    if method == "per_image":
        grid = _mapping(fields.get("cost_per_image_grid"))
        return Pricing(
            per_image=amount(fields.get("cost_per_image")),
            image_grid={quality.lower(): _amounts(row, str.upper) for quality, row in grid.items()},
        )
    if method == "per_video_output_second":
        return Pricing(
            per_second=amount(fields.get("cost_per_second")),
            by_resolution=_amounts(fields.get("cost_per_second_by_resolution"), str.lower),
            with_audio=amount(fields.get("cost_per_second_with_audio")),
            high_resolution=amount(fields.get("cost_per_second_high_res")),
        )
    return None  # what the others cost is known after the run


def amount(value: object) -> Decimal | None:
    """An amount in USD; None for what is none. Through text, so that 0.07 stays 0.07."""
    text = str(value)
    if not _AMOUNT.fullmatch(text):
        return None
    usd = Decimal(text)
    return usd if usd < _NO_PRICE else None


def _amounts(payload: object, fold: Any) -> dict[str, Decimal]:
    amounts = {fold(name): amount(value) for name, value in _mapping(payload).items()}
    return {name: usd for name, usd in amounts.items() if usd is not None}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
