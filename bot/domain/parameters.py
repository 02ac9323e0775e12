"""One parameter of a model, as its `request_schema` describes it, and the check of a value against it."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.errors import Refusal

Scalar: TypeAlias = str | int | float | bool

_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Name, types and bounds of one parameter. Bounds are inclusive; no `choices` means any."""

    name: str
    types: tuple[str, ...] = ()
    choices: tuple[Scalar, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    default: Scalar | None = None
    required: bool = False


def check_choice(parameter: Parameter, value: str) -> Scalar:
    """`value` as the model spells it (case and blanks forgiven).

    Raises `Refusal` with what the parameter may be.
    """
    if not parameter.choices:
        return value
    folded = value.strip().lower()
    for choice in parameter.choices:
        if str(choice).lower() == folded:
            return choice
    raise Refusal("not-a-choice", option=parameter.name, given=value, allowed=allowed(parameter))


def check_seconds(parameter: Parameter, seconds: int) -> Scalar:
    """`seconds` as the model spells a length: 5, "5" or "5s".

    Raises `Refusal` that names the nearest length it knows.
    """
    possible = allowed(parameter)
    if parameter.choices:
        by_length = {length: c for c in parameter.choices if (length := as_seconds(c)) is not None}
        if seconds in by_length:
            return by_length[seconds]
        nearest = min(by_length, key=lambda length: abs(length - seconds), default=None)
        if by_length:  # "auto" is none that a member can type
            possible = ", ".join(_number(length) for length in sorted(by_length))
    else:
        nearest = _clamp(parameter, seconds)
        if nearest == seconds:
            return seconds
    raise Refusal(
        "duration",
        given=seconds,
        allowed=possible,
        nearest=_number(nearest) if nearest is not None else possible,
    )


def check_integer(parameter: Parameter, value: int) -> int:
    """`value`, if it lies within the bounds; else `Refusal` with the bounds and the nearest value."""
    nearest = _clamp(parameter, value)
    if nearest != value:
        raise Refusal(
            "out-of-range",
            option=parameter.name,
            given=str(value),
            allowed=allowed(parameter),
            nearest=_number(nearest),
        )
    return value


def as_seconds(choice: Scalar) -> float | None:
    """The length that a choice stands for: 5, "5", "5s" -> 5.0; "auto", -1 and 0 (the model decides) -> None."""
    if isinstance(choice, bool):
        return None
    match = _SECONDS.fullmatch(str(choice))
    length = float(match[1]) if match else 0.0
    return length or None


def allowed(parameter: Parameter) -> str:
    """What the parameter may be, for a person: "5, 10", "3 - 15" or ""."""
    if parameter.choices:
        return ", ".join(str(c) for c in parameter.choices if c != -1)
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{_number(low)} - {_number(high)}"
    if low is not None:
        return f"≥ {_number(low)}"
    return f"≤ {_number(high)}" if high is not None else ""


def _number(number: float) -> str:
    """All digits of a whole number: seeds go up to 2**63."""
    return str(int(number)) if number == int(number) else f"{number:g}"


def _clamp(parameter: Parameter, value: float) -> float:
    if parameter.minimum is not None and value < parameter.minimum:
        return parameter.minimum
    if parameter.maximum is not None and value > parameter.maximum:
        return parameter.maximum
    return value
