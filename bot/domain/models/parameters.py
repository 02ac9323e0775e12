"""One parameter of a model, as its `request_schema` describes it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool
Json: TypeAlias = Scalar | list["Json"] | dict[str, "Json"]

_MOST_SHOWN = 60  # choices that a text names
_LENGTH = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s*s?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Name, types and bounds of one parameter. Bounds are inclusive; no `types` and no `choices` mean any.

    `items` describes what is in a list, `fields` what is in an object (none: anything), `variants` the alternatives
    of which one has to fit.
    """

    name: str
    types: tuple[str, ...] = ()
    choices: tuple[Scalar, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None  # characters
    max_length: int | None = None
    default: Json | None = None
    required: bool = False
    format: str | None = None
    items: "Parameter | None" = None
    min_items: int | None = None
    max_items: int | None = None
    fields: "Mapping[str, Parameter]" = field(default_factory=dict[str, "Parameter"])
    variants: "tuple[Parameter, ...]" = ()

    @property
    def needed(self) -> bool:
        """Whether somebody has to say what it is: required, and nothing is assumed."""
        return self.required and self.default is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a schema forbids in a body, as a validator found it.

    `path` are the names and positions that lead there from the outside, () for the body itself; `keyword` is that of
    JSON Schema which forbids it, `field` what is missing there (`required`) or has no place (`additionalProperties`).
    """

    path: tuple[str | int, ...]
    keyword: str
    field: str = ""


# Judges a whole body, without the queue's own fields; None when it may leave.
BodyCheck = Callable[[Mapping[str, Json]], Violation | None]


def as_length(value: str | float) -> float | None:
    """The seconds that a text or number says: 5, "5", "5s" -> 5.0; None for what is no length."""
    match = _LENGTH.fullmatch(str(value).strip())
    return float(match[1]) if match else None


def as_seconds(choice: Json) -> float | None:
    """The length that a choice stands for: 5, "5", "5s" -> 5.0; "auto", -1 and 0 (the model decides) -> None."""
    if isinstance(choice, bool | list | dict):
        return None
    return as_length(choice) or None


def allowed(parameter: Parameter) -> str:
    """What the parameter may be, for a person: "5, 10", "3 - 15" or ""."""
    if parameter.variants:
        return ", ".join(dict.fromkeys(text for v in parameter.variants if (text := allowed(v))))
    if parameter.choices:
        named = [text_of(c) for c in parameter.choices if c != -1]
        return ", ".join(named if len(named) <= _MOST_SHOWN else [*named[:_MOST_SHOWN], "…"])
    if parameter.types == ("boolean",):
        return "true, false"
    return between(parameter.minimum, parameter.maximum)


def text_of(value: Scalar) -> str:
    """A value as a person would type it, with all digits of a whole number: seeds go up to 2**63."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:g}"


def between(low: float | None, high: float | None) -> str:
    """Bounds for a person: "3 - 15", "≥ 3", "≤ 15"; "" for none."""
    if low is not None and high is not None:
        return f"{text_of(low)} - {text_of(high)}"
    if low is not None:
        return f"≥ {text_of(low)}"
    return f"≤ {text_of(high)}" if high is not None else ""
