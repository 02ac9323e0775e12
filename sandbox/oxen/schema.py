"""A model's `request_schema`, checked when a generation runs.

The part of JSON Schema that the catalogue uses: type (a name or a list), enum, bounds, lengths, items,
properties, required, anyOf/oneOf, and `format` where it asks for a URI.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

Rule = Mapping[str, Any]

# One model writes what the URI leads to instead.
URI_FORMATS = frozenset({"uri", "MP4"})
URI_SCHEMES = ("https://", "http://", "data:")
IS_REQUIRED, NO_URI = "is required", "must be a URL or a data URI"
LINK: Rule = {"type": "string", "format": "uri"}


def violation(rule: Rule, value: Any, name: str = "") -> str | None:
    """The first thing wrong with the value, as a sentence that starts with its name; None if it fits."""
    for check in (_type, _enum, _union, _bounds, _length, _uri, _items, _properties):
        if problem := check(rule, value, name):
            return problem
    return None


def _is_number(value: Any) -> bool:
    """1e999 is valid JSON, and reads as infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) != math.inf


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and value == value // 1,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _types(rule: Rule) -> list[str]:
    wanted: str | list[str] = rule.get("type", [])
    return [wanted] if isinstance(wanted, str) else wanted


def _type(rule: Rule, value: Any, name: str) -> str | None:
    wanted = _types(rule)
    if not wanted or any(_TYPES[kind](value) for kind in wanted):
        return None
    return f"{name} must be of type {' or '.join(wanted)}"


def _enum(rule: Rule, value: Any, name: str) -> str | None:
    allowed: list[Any] | None = rule.get("enum")
    if allowed is None or value in allowed:
        return None
    # `"type": ["integer", "string"], "enum": ["auto", "4", …]` means that 4 is as good as "4".
    if len(_types(rule)) > 1 and str(value) in allowed:
        return None
    return f"{name} must be one of {', '.join(str(each) for each in allowed)}"


def _union(rule: Rule, value: Any, name: str) -> str | None:
    choices: list[Rule] = rule.get("anyOf") or rule.get("oneOf") or []
    problems = [violation(choice, value, name) for choice in choices]
    return None if None in problems else next(iter(problems), None)


def _bounds(rule: Rule, value: Any, name: str) -> str | None:
    if not _is_number(value):
        return None
    if "minimum" in rule and value < rule["minimum"]:
        return f"{name} must be at least {rule['minimum']}"
    if "maximum" in rule and value > rule["maximum"]:
        return f"{name} must be at most {rule['maximum']}"
    return None


def _length(rule: Rule, value: Any, name: str) -> str | None:
    if isinstance(value, str):
        low, high, unit = rule.get("minLength", 0), rule.get("maxLength"), "characters"
    elif isinstance(value, list):
        low, high, unit = rule.get("minItems", 0), rule.get("maxItems"), "items"
    else:
        return None
    length = len(cast("str | list[Any]", value))
    if length < low:
        return f"{name} must have at least {low} {unit}"
    if high is not None and length > high:
        return f"{name} must have at most {high} {unit}"
    return None


def _uri(rule: Rule, value: Any, name: str) -> str | None:
    if rule.get("format") not in URI_FORMATS or not isinstance(value, str):
        return None
    if value.startswith(URI_SCHEMES):
        return None
    return f"{name} {NO_URI}"


def _items(rule: Rule, value: Any, name: str) -> str | None:
    if not isinstance(value, list) or "items" not in rule:
        return None
    items: Rule = rule["items"]
    elements = cast("list[Any]", value)
    problems = (
        violation(LINK if isinstance(each, str) and holds_uri(items) else items, each, f"{name}[{i}]")
        for i, each in enumerate(elements)
    )
    return next((problem for problem in problems if problem), None)


def holds_uri(rule: Rule) -> bool:
    """Whether it is an object for a URI: the provider's samples write the URI itself in its place.

    Where the schema leaves the object open (`image_style_references`, `reference_images`), nothing else is in it.
    """
    if "object" not in _types(rule):
        return False
    fields: Mapping[str, Rule] = rule.get("properties", {})
    return not fields or any(field.get("format") in URI_FORMATS for field in fields.values())


def _properties(rule: Rule, value: Any, name: str) -> str | None:
    if not isinstance(value, dict):
        return None
    given = cast("dict[str, Any]", value)
    prefix = f"{name}." if name else ""
    for required in rule.get("required", []):
        # The provider's own schema calls its optional fields nullable: null is "not given".
        # A list of no files is no file.
        if given.get(required) is None or given[required] == []:
            return f"{prefix}{required} {IS_REQUIRED}"
    rules: Mapping[str, Rule] = rule.get("properties", {})
    problems = (
        violation(rules[key], each, f"{prefix}{key}")
        for key, each in given.items()
        if key in rules and each is not None
    )
    return next((problem for problem in problems if problem), None)
