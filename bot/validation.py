"""JSON Schema by a validator (jsonschema-rs): the last gate that a request's body passes before a provider gets it.

`bot.domain.models.checks` turns what somebody typed into what a model takes, and finds the nearest value where it takes
something else. This module judges the result by the whole schema, also by keywords that no `Parameter` has (patterns,
multiples, dependencies).

A schema comes from outside. Patterns run on an engine that never backtracks and are bounded in size; references are
never fetched, and the validator ends their loops; what it cannot read is left out and forbids nothing.
"""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from bot.domain.models.parameters import BodyCheck, Json, Violation

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

_LARGEST_PATTERN = 1_000_000  # bytes of a compiled one
_OF_ITSELF = frozenset({"$schema", "$id", "$vocabulary"})  # the draft of JSON Schema, and the address, that it claims


def body_check(schema: Mapping[str, Any]) -> BodyCheck:
    """What judges bodies by `schema`. It is compiled when it is first asked: a catalogue has many models."""
    compiled = functools.cache(lambda: _compiled(schema))

    def judge(body: Mapping[str, Json]) -> Violation | None:
        try:
            error = next(compiled().iter_errors(dict(body)), None)
        except ValueError:  # half of a character in a name, which no text in UTF-8 has
            return Violation(path=(), keyword="unicode")
        if error is None:
            return None
        told = error.kind.as_dict()
        field = told.get("property") or next(iter(told.get("unexpected", ())), "")
        return Violation(path=tuple(error.instance_path), keyword=error.kind.name, field=str(field))

    return judge


def _compiled(schema: Mapping[str, Any]) -> "Draft202012Validator":
    """The validator of all of it; else of all but its unreadable properties; else of its readable properties alone."""
    import jsonschema_rs

    def attempt(part: dict[str, Any]) -> "Draft202012Validator | None":
        patterns = jsonschema_rs.RegexOptions(size_limit=_LARGEST_PATTERN, dfa_size_limit=_LARGEST_PATTERN)
        try:
            return jsonschema_rs.Draft202012Validator(part, offline=True, pattern_options=patterns)
        except (ValueError, jsonschema_rs.ReferencingError):  # its ValidationError is a ValueError
            return None

    whole = {name: entry for name, entry in schema.items() if name not in _OF_ITSELF}
    if (validator := attempt(whole)) is not None:
        return validator
    shared = {"$defs": whole["$defs"]} if "$defs" in whole else {}
    listed = whole.get("properties")
    properties = cast("dict[str, Any]", listed) if isinstance(listed, dict) else {}
    readable = {n: each for n, each in properties.items() if attempt({**shared, "properties": {n: each}}) is not None}
    fallbacks = ({**whole, "properties": readable}, {**shared, "properties": readable})
    found = next((each for part in fallbacks if (each := attempt(part)) is not None), None)
    return found or jsonschema_rs.Draft202012Validator({})
