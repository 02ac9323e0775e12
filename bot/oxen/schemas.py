"""A model's `request_schema` (JSON Schema): to the parameters of the domain, and as a validator takes it.

Keywords that are not known are passed over, and whatever is not as it should be bounds nothing: a schema comes from
outside, and no answer may break a command or hold one up. That is also why depth and numbers are limited.
"""

import math
from collections.abc import Mapping
from typing import Any, cast

from bot.domain.models.catalogue import MULTI_PROMPT, PROMPT, QUEUES_OWN
from bot.domain.models.checks import LINK_FORMATS
from bot.domain.models.parameters import Parameter, Scalar

# More than any model has; what is beyond is left out.
_MOST_PARAMETERS, _MOST_FIELDS, _MOST_CHOICES, _MOST_VARIANTS = 300, 50, 500, 10
_DEEPEST = 4  # an element's list of references is at 3
_LONGEST = 100  # characters of a name or a choice: Discord shows no more
_LARGEST_DEFAULT = 2000  # characters of its text
_BEYOND = 1e30  # no seed is as large; such a bound bounds nothing
_ALTERNATIVES = ("anyOf", "oneOf")
_BELOW_ALL = 30  # schemas inside one another; below that everything is allowed
_NUMBERS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems"}
    | {"maxItems", "minProperties", "maxProperties"}
)


def parameters(schema: object) -> dict[str, Parameter]:
    """The parameters that a request may have, in the schema's order."""
    outer = _mapping(schema)
    return _properties(outer, _MOST_PARAMETERS, depth=0)


def as_sent(schema: object) -> dict[str, Any]:
    """The schema of the bodies that are sent, where the provider's own samples and pages say more than its schema.

    A link may stand for an object (decision 33), shots for the prompt (API.md, "Multi-shot"), a number may be written
    as a text; and the queue's own fields are no member's to set.
    """
    outer = _mapping(_as_sampled(schema))
    properties = {n: each for n, each in _mapping(outer.get("properties")).items() if n not in QUEUES_OWN}
    dispensable = {*QUEUES_OWN, *({PROMPT} if MULTI_PROMPT in properties else ())}
    required = outer.get("required")
    if isinstance(required, list):
        required = [name for name in cast("list[object]", required) if name not in dispensable]
    return {**outer, "properties": properties, "required": required or []}


def _as_sampled(schema: object, depth: int = 0) -> Any:
    if depth > _BELOW_ALL:
        return True
    if isinstance(schema, list):
        return [_as_sampled(each, depth + 1) for each in cast("list[object]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    sampled: dict[str, Any] = {}
    for name, entry in cast("Mapping[str, object]", schema).items():
        number = _number(entry) if name in _NUMBERS and isinstance(entry, str) else None
        sampled[name] = _as_sampled(entry, depth + 1) if number is None else number
    if sampled.get("type") == "object":
        fields = _mapping(sampled.get("properties")).values()
        if not fields or any(str(_mapping(each).get("format")).lower() in LINK_FORMATS for each in fields):
            sampled["type"] = ["object", "string"]
    return sampled


def _properties(schema: Mapping[str, Any], most: int, depth: int) -> dict[str, Parameter]:
    required = _list(schema.get("required"))
    properties = list(_mapping(schema.get("properties")).items())[:most]
    return {
        name: _parameter(name, _mapping(prop), depth=depth, required=name in required)
        for name, prop in properties
        if len(name) <= _LONGEST
    }


def _parameter(name: str, prop: Mapping[str, Any], *, depth: int = 0, required: bool = False) -> Parameter:
    alternatives: list[Mapping[str, Any]] = []
    if depth < _DEEPEST:
        found = [_mapping(entry) for keyword in _ALTERNATIVES for entry in _list(prop.get(keyword))[:_MOST_VARIANTS]]
        alternatives = [entry for entry in found if entry and entry.get("type") != "null"]
    if len(alternatives) == 1:  # "this, or null", as Python's schemas say it
        prop, alternatives = {**alternatives[0], **prop}, []
    items = prop.get("items")
    form = prop.get("format")
    low, high = _number(prop.get("minimum")), _number(prop.get("maximum"))
    above, below = _number(prop.get("exclusiveMinimum")), _number(prop.get("exclusiveMaximum"))
    types, default = prop.get("type"), prop.get("default")
    return Parameter(
        name=name,
        types=tuple(each for each in (_list(types) or [types]) if isinstance(each, str)),
        choices=_choices(prop),
        minimum=math.nextafter(above, math.inf) if above is not None else low,
        maximum=math.nextafter(below, -math.inf) if below is not None else high,
        min_length=_count(prop.get("minLength")),
        max_length=_count(prop.get("maxLength")),
        default=default if _plain(default) and len(str(default)) <= _LARGEST_DEFAULT else None,
        required=required,
        format=form[:_LONGEST] if isinstance(form, str) else None,
        items=_parameter(name, _mapping(items), depth=depth + 1) if items is not None and depth < _DEEPEST else None,
        min_items=_count(prop.get("minItems")),
        max_items=_count(prop.get("maxItems")),
        fields=_properties(prop, _MOST_FIELDS, depth + 1) if depth < _DEEPEST else {},
        variants=tuple(_parameter(name, alternative, depth=depth + 1) for alternative in alternatives),
    )


def _choices(prop: Mapping[str, Any]) -> tuple[Scalar, ...]:
    choices: list[Scalar] = []
    for value in (_list(prop.get("enum")) or ([prop["const"]] if "const" in prop else []))[:_MOST_CHOICES]:
        if isinstance(value, float) and not math.isfinite(value):
            continue
        if isinstance(value, int) and abs(value) >= 10**_LONGEST:  # its text would be refused by Python itself
            continue
        if isinstance(value, Scalar) and len(str(value)) <= _LONGEST:
            choices.append(value)
    return tuple(choices)


def _plain(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        inner = cast("dict[object, object]", value)
        return all(isinstance(key, str) and _plain(entry, depth + 1) for key, entry in inner.items())
    if isinstance(value, list):
        return all(_plain(entry, depth + 1) for entry in cast("list[object]", value))
    return isinstance(value, Scalar) and (not isinstance(value, float) or math.isfinite(value))


def _count(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None else None


def _number(value: object) -> float | None:
    """Numbers may arrive as strings (API.md, "Polling, timing, price"); what is none bounds nothing."""
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(number, int | float) or isinstance(number, bool):
        return None
    return number if abs(number) < _BEYOND else None


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
