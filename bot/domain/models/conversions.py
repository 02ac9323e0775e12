"""A value in the types of JSON Schema, where it can be taken for one: "5" for 5, "yes" for true, 5 for "5"."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.models.nearness import as_length
from bot.domain.models.parameters import Json, text_of

_NUMBER = re.compile(r"[+-]?\d{1,30}(?:[.,]\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_YES, _NO = ("true", "yes", "on", "1", "ja"), ("false", "no", "off", "0", "nein")


def to_number(value: Json) -> int | float | None:
    """The number that the value is or says ("0.5", "0,5", "5s"); None when it is none, or beyond all bounds."""
    if isinstance(value, str) and _NUMBER.fullmatch(typed := value.strip()):
        number = float(typed.replace(",", "."))
        return _whole(typed, number) if math.isfinite(number) else None
    if isinstance(value, str):
        return as_length(value)  # "5s"
    if isinstance(value, bool | list | dict):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _whole(typed: str, number: float) -> int | float:
    """All digits of a whole number."""
    return int(typed) if typed.lstrip("+-").isdecimal() else number


def _to_integer(value: Json) -> int | None:
    number = to_number(value)
    return int(number) if number is not None and number == int(number) else None


def _to_boolean(value: Json) -> bool | None:
    folded = value.strip().lower() if isinstance(value, str) else value
    if isinstance(value, bool) or folded in _YES or folded in _NO:
        return folded in _YES or folded is True
    return None


def _to_text(value: Json) -> str | None:
    return None if isinstance(value, list | dict) else text_of(value)


def _if(kind: type) -> Callable[[Json], Any]:
    return lambda value: value if isinstance(value, kind) else None


# In the order in which they are tried: a number that was typed as text is a number, where the model takes one.
CONVERSIONS: Mapping[str, Callable[[Json], Json | None]] = {
    "integer": _to_integer,
    "number": to_number,
    "boolean": _to_boolean,
    "string": _to_text,
    "array": _if(list),
    "object": _if(dict),
}
