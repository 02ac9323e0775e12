"""What somebody gave for a parameter, as the model takes it; or the nearest value that it does take.

`check` forgives what cannot be misunderstood (case, blanks, "5" or "5s" for 5, one value for a list of one). What it
refuses has a nearest value, or is of a type that nothing can be made of. It reads of a schema what it needs for that;
whether a whole body is right is judged by a validator (`Model.violation`), whose verdict `refused` puts into words.
Choices are words for quantities as often as not ("5s", "16:9", "1080p", "2x"), and are compared as quantities then.
"""

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from bot.domain.errors import Refusal, Value
from bot.domain.models.parameters import (
    Json,
    Parameter,
    Violation,
    allowed,
    as_length,
    as_seconds,
    between,
    text_of,
)

_SHOWN = 100  # characters of what somebody typed, in a refusal
_MOST_MENDED = 20  # wrong entries of one value
_LINK = re.compile(r"(?:https?://|data:)\S+", re.IGNORECASE)
LINK_FORMATS = frozenset({"uri", "url", "mp4"})  # one model writes what the link leads to instead
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:[.,]\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
# In the order in which they are tried: a number that was typed as text is a number, where the model takes one.
_TYPES = ("integer", "number", "boolean", "string", "array", "object")
_YES, _NO = ("true", "yes", "on", "1", "ja"), ("false", "no", "off", "0", "nein")
_QUANTITY = re.compile(r"([+-]?\d{1,12}(?:[.,]\d{1,12})?)\s*(s|p|k|x|:\s*\d{1,12})?", re.ASCII)
_LINES_OF_A_K = 540  # 4k is 2160p
_ALIKE = 0.5  # of difflib; below, two words have little in common


class InvalidValue(Refusal):
    """A value that a parameter cannot have. `nearest` is one that it can, where there is one."""

    def __init__(self, key: str, nearest: Json | None, /, **values: Value) -> None:
        shown = "" if nearest is None or isinstance(nearest, dict | list) else text_of(nearest)
        super().__init__(key, **{"nearest": shown} | values)
        self.nearest = nearest

    def named(self, option: str) -> "InvalidValue":
        """The same, by the member's word for the parameter."""
        return type(self)(self.key, self.nearest, **{**self.values, "option": option})

    def told(self, nearest: Json | None, /, **values: Value) -> "InvalidValue":
        """The same, with other words: of a part, `nearest` is what the whole would have to be."""
        kept = {name: value for name, value in self.values.items() if name != "nearest"}
        return type(self)(self.key, nearest, **{**kept, **values})


def check(parameter: Parameter, value: Json) -> Json:
    """`value` as the model wants it: case, blanks, "5s" for 5 and numbers as text are forgiven.

    Raises `InvalidValue`, which names the option, what it may be, and what is nearest to `value`.
    """
    try:
        return _checked(parameter, value)
    except InvalidValue as invalid:
        refusal, nearest, right = invalid, invalid.nearest, None
    for _ in range(_MOST_MENDED):  # in a list, mending the first wrong entry may lay bare the next
        if nearest is None:
            break
        try:
            right = _checked(parameter, nearest)
            break
        except InvalidValue as invalid:
            nearest = invalid.nearest
    raise refusal.told(right)


def _checked(parameter: Parameter, value: Json) -> Json:
    if not parameter.variants:
        return _check(parameter, value)
    refusals: list[InvalidValue] = []
    for variant in parameter.variants:
        try:
            return _check(replace(parameter, variants=()), check(variant, value))
        except InvalidValue as refusal:
            refusals.append(refusal)
    best = next((r for r in refusals if r.nearest is not None), refusals[0])
    raise best.told(best.nearest, allowed=allowed(parameter))


def from_text(parameter: Parameter, text: str) -> Json:
    """What somebody typed for the parameter: "true", "5", "a, b" for a list, else JSON. Raises `InvalidValue`."""
    forms = (parameter, *parameter.variants)
    structured = next((p for p in forms if {"array", "object"} & set(p.types)), None)
    typed = text.strip()
    if structured is None:
        return check(parameter, text)
    if typed.startswith(("{", "[")):
        return check(parameter, _read_json(parameter, typed))
    if "array" in structured.types:
        links = structured.items is not None and (_is_link(structured.items) or holds_link(structured.items))
        parts = re.split(r",\s+|\s+" if links else r"[,;\n]", typed)  # a data: link has a comma in it
        return check(parameter, [part.strip() for part in parts if part.strip()])
    return check(parameter, typed)


def check_seconds(parameter: Parameter, seconds: int) -> Json:
    """`seconds` as the model spells a length: 5, "5" or "5s".

    Raises `InvalidValue` that names the nearest length it knows.
    """
    possible = allowed(parameter)
    if parameter.choices:
        by_length = {length: c for c in parameter.choices if (length := as_seconds(c)) is not None}
        if seconds in by_length:
            return by_length[seconds]
        nearest = min(by_length, key=lambda length: abs(length - seconds), default=None)
        if by_length:  # "auto" is none that a member can type
            possible = ", ".join(text_of(length) for length in sorted(by_length))
    else:
        try:
            return check(parameter, seconds)
        except InvalidValue as invalid:
            nearest = as_seconds(invalid.nearest) if invalid.nearest is not None else None
    shown = text_of(nearest) if nearest is not None else possible
    raise InvalidValue("duration", nearest, option="duration", given=seconds, allowed=possible, nearest=shown)


def refused(violation: Violation, body: Mapping[str, Json], parameters: Mapping[str, Parameter]) -> InvalidValue:
    """What a validator forbids in `body`, by the parameter that is to blame and with what it was given as."""
    value = cast("Json", dict(body))
    parameter = Parameter(name="", fields=parameters)
    option = ""
    for step in violation.path:
        if isinstance(step, int):
            option += f" {step + 1}"
            value = value[step] if isinstance(value, list) and step < len(value) else ""
            parameter = parameter.items or Parameter(name=option)
        else:
            option += f".{step}" if option else step
            value = value.get(step, "") if isinstance(value, dict) else ""
            parameter = parameter.fields.get(step) or Parameter(name=option)
    field = violation.field[:_SHOWN]
    if not option:
        return InvalidValue("settings-refused", None, option=field)
    match violation.keyword, value:
        case "minLength" | "maxLength", str():
            span = between(parameter.min_length or 0, parameter.max_length)
            return InvalidValue("text-length", None, option=option, length=len(value), allowed=span)
        case "minItems" | "maxItems", list():
            span = between(parameter.min_items or 0, parameter.max_items)
            return InvalidValue("list-length", None, option=option, length=len(value), allowed=span)
        case "required", _:
            return InvalidValue("field-missing", None, option=option, field=field)
        case "additionalProperties", _:
            return InvalidValue("field-unknown", None, option=option, given=field, allowed=", ".join(parameter.fields))
        case _:
            return InvalidValue("value-refused", None, option=option, given=_shown(value), allowed=allowed(parameter))


def _check(parameter: Parameter, value: Json) -> Json:
    if parameter.choices:
        return _choose(parameter, value)
    fitting = _convert(parameter, value)
    if isinstance(fitting, list):
        return _check_list(parameter, fitting)
    if isinstance(fitting, dict):
        return _check_object(parameter, fitting)
    if isinstance(fitting, str) and _is_link(parameter):
        if not _LINK.fullmatch(fitting.strip()):
            raise InvalidValue("not-a-link", None, option=parameter.name, given=_shown(value))
        return fitting.strip()
    return fitting if isinstance(fitting, bool | str) else _check_number(parameter, fitting)


def _choose(parameter: Parameter, value: Json) -> Json:
    if isinstance(value, list) and len(value) == 1:
        return _choose(parameter, value[0])
    if isinstance(value, list | dict):
        raise _wrong_type(parameter, value)
    choice = meant(parameter.choices, value)
    if choice is not None:
        return choice
    nearest = nearest_choice([c for c in parameter.choices if c != -1], value)
    if nearest is None and parameter.default in parameter.choices:
        nearest = parameter.default
    raise InvalidValue("not-a-choice", nearest, option=parameter.name, given=_shown(value), allowed=allowed(parameter))


def _convert(parameter: Parameter, value: Json) -> Json:
    """`value` in one of the parameter's types."""
    types = parameter.types
    if not any(name in _TYPES for name in types):
        return value
    for name in _TYPES:
        if name in types and (converted := _as_type(name, value)) is not None:
            return converted
    if isinstance(value, list) and len(value) == 1:
        return _convert(parameter, value[0])
    if "array" in types and not isinstance(value, list):
        return [value]
    raise _wrong_type(parameter, value)


def _check_number(parameter: Parameter, value: float) -> Json:
    low, high = parameter.minimum, parameter.maximum
    if "integer" in parameter.types and "number" not in parameter.types:
        low = math.ceil(low) if low is not None else None
        high = math.floor(high) if high is not None else None
    nearest = low if low is not None and value < low else high if high is not None and value > high else value
    if nearest == value:
        return value
    given = text_of(value)
    raise InvalidValue("out-of-range", nearest, option=parameter.name, given=given, allowed=between(low, high))


def _is_link(parameter: Parameter) -> bool:
    return (parameter.format or "").lower() in LINK_FORMATS


def _check_list(parameter: Parameter, value: list[Json]) -> Json:
    if parameter.max_items is not None and len(value) > parameter.max_items:
        span = between(parameter.min_items or 0, parameter.max_items)
        nearest: Json | None = value[: parameter.max_items]
        raise InvalidValue("list-length", nearest, option=parameter.name, length=len(value), allowed=span)
    items, checked = parameter.items, list[Json]()
    for number, entry in enumerate(value, 1):
        form = items
        if items is not None and isinstance(entry, str) and holds_link(items):  # in its place, as in the samples
            form = Parameter(name=items.name, types=("string",), format="uri")
        try:
            checked.append(check(form, entry) if form is not None else entry)
        except InvalidValue as invalid:
            option = str(invalid.values["option"]).replace(parameter.name, f"{parameter.name} {number}", 1)
            rest = value[number:]
            nearest = [*checked, invalid.nearest, *rest] if invalid.nearest is not None else None
            raise invalid.told(nearest, option=option) from None
    return checked


def holds_link(items: Parameter) -> bool:
    """Whether what is in a list is an object for a link, or one of which the schema says nothing."""
    return "object" in items.types and (not items.fields or any(_is_link(field) for field in items.fields.values()))


def _check_object(parameter: Parameter, value: dict[str, Json]) -> Json:
    if not parameter.fields:
        return value
    name = parameter.name
    unknown = next((key for key in value if key not in parameter.fields), None)
    if unknown is not None:
        known: dict[str, Json] = {key: entry for key, entry in value.items() if key in parameter.fields}
        names = ", ".join(parameter.fields)
        raise InvalidValue("field-unknown", known, option=name, given=_shown(unknown), allowed=names)
    required = [f for f in parameter.fields.values() if f.required]
    checked: dict[str, Json] = {f.name: f.default for f in required if f.default is not None}
    for key, entry in value.items():
        try:
            checked[key] = check(parameter.fields[key], entry)
        except InvalidValue as invalid:
            nearest: Json | None = {**value, key: invalid.nearest} if invalid.nearest is not None else None
            raise invalid.told(nearest, option=f"{name}.{invalid.values['option']}") from None
    return checked


def _wrong_type(parameter: Parameter, value: Json) -> InvalidValue:
    nearest: Json | None = None
    if "integer" in parameter.types and (number := to_number(value)) is not None:
        nearest = round(number)
    return InvalidValue(
        "wrong-type",
        nearest,
        option=parameter.name,
        given=_shown(value),
        type=next((t for t in parameter.types if t != "null"), "string"),
        allowed=allowed(parameter),
    )


def _shown(value: Json) -> str:
    text = json.dumps(value) if isinstance(value, list | dict) else text_of(value)
    return text[:_SHOWN]


def _read_json(parameter: Parameter, text: str) -> Json:
    try:
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
        if not _has_null(value):
            return cast("Json", value)
    except (ValueError, RecursionError):
        pass
    raise _wrong_type(parameter, text)


def _finite(digits: str) -> float:
    """Python reads 1e999 as infinity, which no JSON can say."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _has_null(value: object) -> bool:
    """No parameter of the catalogue takes a null, wherever in it."""
    if isinstance(value, dict):
        return any(_has_null(entry) for entry in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(_has_null(entry) for entry in cast("list[object]", value))
    return value is None


def to_number(value: Json) -> int | float | None:
    """The number that the value is or says ("0.5", "0,5", "5s"); None when it is none, or beyond all bounds."""
    if isinstance(value, str) and _NUMBER.fullmatch(typed := value.strip()):
        if typed.lstrip("+-").isdecimal():
            return int(typed)  # all its digits
        number = float(typed.replace(",", "."))
        return number if math.isfinite(number) else None
    if isinstance(value, str):
        return as_length(value)  # "5s"
    if isinstance(value, bool | list | dict):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _as_type(name: str, value: Json) -> Json | None:
    """The value in a type of JSON Schema, where it can be taken for one: "5" for 5, "yes" for true, 5 for "5"."""
    match name:
        case "integer":
            number = to_number(value)
            return int(number) if number is not None and number == int(number) else None
        case "number":
            return to_number(value)
        case "boolean":
            folded = value.strip().lower() if isinstance(value, str) else value
            known = isinstance(value, bool) or folded in _YES or folded in _NO
            return (folded in _YES or folded is True) if known else None
        case "string":
            return None if isinstance(value, list | dict) else text_of(value)
        case "array":
            return value if isinstance(value, list) else None
        case _:
            return value if isinstance(value, dict) else None


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
    if (wanted := _quantity(value)) is not None:
        distances: list[tuple[float, int]] = []
        for number, choice in enumerate(choices):
            if (quantity := _quantity(choice)) is None:
                continue
            units = {quantity[0], wanted[0]}  # a bare number ("") has the unit of the other, but is no ratio
            if len(units) == 1 or ("" in units and ":" not in units):
                distances.append((abs(quantity[1] - wanted[1]), number))
        if distances:
            return choices[min(distances)[1]]
    by_word = {_folded(choice): choice for choice in choices}
    close = difflib.get_close_matches(_folded(value)[:100], by_word, n=1, cutoff=_ALIKE)
    return by_word[close[0]] if close else None


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
