"""The check of a value against a parameter of a model.

It forgives what cannot be misunderstood (case, blanks, "5" or "5s" for 5, one value for a list of one) and gives back
what the schema accepts. What it refuses comes with what would be right, as near as possible.
"""

import json
import math
import re
from dataclasses import replace
from typing import cast

from bot.domain.errors import Refusal, Value
from bot.domain.models.conversions import CONVERSIONS, to_number
from bot.domain.models.nearness import meant, nearest_choice
from bot.domain.models.parameters import Json, Parameter, allowed, as_seconds, between, text_of

_SHOWN = 100  # characters of what somebody typed, in a refusal
_MOST_MENDED = 20  # wrong entries of one value
_LINK = re.compile(r"(?:https?://|data:)\S+", re.IGNORECASE)
_LINK_FORMATS = frozenset({"uri", "url", "mp4"})  # one model writes what the link leads to instead


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

    Raises `Unfit`, which names the option, what it may be, and what is nearest to `value`.
    """
    try:
        return _checked(parameter, value)
    except InvalidValue as invalid:
        raise invalid.told(_settled(parameter, invalid.nearest)) from None


def _settled(parameter: Parameter, nearest: Json | None) -> Json | None:
    """What is near and right: in a list, mending the first wrong entry may lay bare the next."""
    for _ in range(_MOST_MENDED):
        if nearest is None:
            break
        try:
            return _checked(parameter, nearest)
        except InvalidValue as invalid:
            nearest = invalid.nearest
    return None


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
    """What somebody typed for the parameter: "true", "5", "a, b" for a list, JSON for an object. Raises `Unfit`."""
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

    Raises `Unfit` that names the nearest length it knows.
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


def _check(parameter: Parameter, value: Json) -> Json:
    if parameter.choices:
        return _choose(parameter, value)
    fitting = _convert(parameter, value)
    if isinstance(fitting, bool):
        return fitting
    if isinstance(fitting, str):
        return _check_text(parameter, fitting)
    if isinstance(fitting, list):
        return _check_list(parameter, fitting)
    if isinstance(fitting, dict):
        return _check_object(parameter, fitting)
    return _check_number(parameter, fitting)


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
    if not any(name in CONVERSIONS for name in types):
        return value
    for name, convert in CONVERSIONS.items():
        if name in types and (converted := convert(value)) is not None:
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


def _check_text(parameter: Parameter, value: str) -> str:
    if _is_link(parameter) and not _LINK.fullmatch(value.strip()):
        raise InvalidValue("not-a-link", None, option=parameter.name, given=_shown(value))
    low, high = parameter.min_length or 0, parameter.max_length
    if len(value) < low or (high is not None and len(value) > high):
        span = between(low, high)
        raise InvalidValue("text-length", None, option=parameter.name, length=len(value), allowed=span)
    return value.strip() if _is_link(parameter) else value


def _is_link(parameter: Parameter) -> bool:
    return (parameter.format or "").lower() in _LINK_FORMATS


def _check_list(parameter: Parameter, value: list[Json]) -> Json:
    low, high = parameter.min_items or 0, parameter.max_items
    if len(value) < low or (high is not None and len(value) > high):
        nearest: Json | None = value[:high] if high is not None and len(value) > high else None
        span = between(low, high)
        raise InvalidValue("list-length", nearest, option=parameter.name, length=len(value), allowed=span)
    checked: list[Json] = []
    for number, entry in enumerate(value, 1):
        try:
            checked.append(check(_form(parameter.items, entry), entry) if parameter.items is not None else entry)
        except InvalidValue as invalid:
            option = str(invalid.values["option"]).replace(parameter.name, f"{parameter.name} {number}", 1)
            rest = value[number:]
            nearest = [*checked, invalid.nearest, *rest] if invalid.nearest is not None else None
            raise invalid.told(nearest, option=option) from None
    return checked


def _form(items: Parameter, entry: Json) -> Parameter:
    """What an entry has to be: a link may stand where an object for it is wanted, as in the provider's samples."""
    if isinstance(entry, str) and holds_link(items):
        return Parameter(name=items.name, types=("string",), format="uri")
    return items


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
    missing = next((f.name for f in parameter.fields.values() if f.needed and f.name not in value), None)
    if missing is not None:
        raise InvalidValue("field-missing", None, option=name, field=missing)
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
