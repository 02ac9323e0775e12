"""Which of a model's choices somebody meant, or comes nearest to what they typed.

Choices are words for quantities as often as not: "5s", "16:9", "1080p", "2x". Those are compared as quantities.
"""

import difflib
import math
import re
from collections.abc import Sequence

_LENGTH = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s*s?", re.ASCII)
_QUANTITY = re.compile(r"([+-]?\d{1,12}(?:[.,]\d{1,12})?)\s*(s|p|k|x|:\s*\d{1,12})?", re.ASCII)
_LINES_OF_A_K = 540  # 4k is 2160p
_ALIKE = 0.5  # of difflib; below, two words have little in common


def as_length(value: str | float) -> float | None:
    """The seconds that a text or number says: 5, "5", "5s" -> 5.0; None for what is no length."""
    match = _LENGTH.fullmatch(str(value).strip())
    return float(match[1]) if match else None


def meant(choices: Sequence[str | float], value: str | float) -> str | int | float | None:
    """The choice of which `value` is another spelling: case and blanks, "4" for 4, 5 for "5s"; None when none is."""
    typed = _folded(value)
    exactly = next((choice for choice in choices if _folded(choice) == typed), None)
    if exactly is not None or isinstance(value, bool):
        return exactly
    wanted = _seconds(value)
    if wanted is None:
        return None
    return next((c for c in choices if not isinstance(c, bool) and _seconds(c) == wanted), None)


def _folded(value: str | float) -> str:
    return str(value).strip().lower()


def _seconds(value: str | float) -> float | None:
    """A bare number, or one of seconds."""
    quantity = _quantity(value)
    return quantity[1] if quantity is not None and quantity[0] in {"", "s"} else None


def nearest_choice(choices: Sequence[str | float], value: str | float) -> str | int | float | None:
    """The choice that comes nearest to `value`: as a quantity, else as a word; None when none does."""
    wanted = _quantity(value)
    if wanted is not None:
        distances = [
            (abs(quantity[1] - wanted[1]), number)
            for number, choice in enumerate(choices)
            if (quantity := _quantity(choice)) is not None and _comparable(quantity[0], wanted[0])
        ]
        if distances:
            return choices[min(distances)[1]]
    by_word = {_folded(choice): choice for choice in choices}
    close = difflib.get_close_matches(_folded(value)[:100], by_word, n=1, cutoff=_ALIKE)
    return by_word[close[0]] if close else None


def _comparable(one: str, other: str) -> bool:
    """Whether quantities of these units can be compared; a bare number has the unit of the other, but is no ratio."""
    return one == other or ("" in {one, other} and ":" not in {one, other})


def _quantity(value: str | float) -> tuple[str, float] | None:
    """A unit ("" for a bare number) and how much of it; ratios by their logarithm, so that 9:16 mirrors 16:9."""
    if isinstance(value, bool):
        return None
    match = _QUANTITY.fullmatch(_folded(value))
    if match is None:
        return None
    amount, unit = float(match[1].replace(",", ".")), match[2] or ""
    if unit.startswith(":"):
        height = float(unit[1:])
        return (":", math.log(amount / height)) if amount > 0 and height > 0 else None
    return ("p", amount * _LINES_OF_A_K) if unit == "k" else (unit, amount)
