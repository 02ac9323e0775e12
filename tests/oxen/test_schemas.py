"""A model's schema as the bot reads it: what it says, and whatever else may come in its place."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.checks import InvalidValue, check
from bot.domain.models.parameters import Parameter
from bot.domain.models.slots import slots_of
from bot.oxen.schemas import parameters
from tests.cases import for_each

MODELS = Path(__file__).parents[2] / "sandbox" / "oxen" / "data" / "models.json"


def read(**prop: Any) -> Parameter:
    return parameters({"properties": {"p": prop}})["p"]


def test_lists_and_what_is_in_them() -> None:
    link = {"type": "string", "format": "uri"}
    fields = {"front": link, "more": {"type": "array", "maxItems": 3, "items": link}}
    items = {"type": "object", "required": ["front"], "properties": fields}
    inside = read(type="array", minItems=1, maxItems=4, items=items)
    assert (inside.min_items, inside.max_items) == (1, 4)
    assert inside.items is not None
    assert inside.items.fields["front"].required
    assert inside.items.fields["front"].format == "uri"
    more = inside.items.fields["more"]
    assert (more.max_items, more.required) == (3, False)
    assert more.items is not None
    assert more.items.format == "uri"


def test_alternatives() -> None:
    either = read(anyOf=[{"type": "string", "format": "uri"}, {"type": "array", "items": {"type": "string"}}])
    assert [v.types for v in either.variants] == [("string",), ("array",)]


def test_this_or_nothing_is_this() -> None:
    maybe = read(anyOf=[{"type": "integer", "maximum": 5}, {"type": "null"}], default=None)
    assert (maybe.types, maybe.maximum, maybe.variants) == (("integer",), 5, ())


def test_required_and_its_default() -> None:
    both = parameters({"properties": {"a": {"default": 1}, "b": {}}, "required": ["a", "b"]})
    assert [(p.required, p.needed) for p in both.values()] == [(True, False), (True, True)]


@for_each("default", [None, float("nan"), {"a": None}, [[[[[[1]]]]]], "x" * 3000, [1] * 3000])
def test_a_default_that_could_not_be_sent_is_ignored(default: object) -> None:
    assert read(default=default).default is None


@for_each("default", [0, False, "", [], {"a": [1]}])
def test_a_default_that_says_little_is_one_all_the_same(default: object) -> None:
    assert read(default=default).default == default


def test_every_schema_of_the_catalogue_is_read_whole() -> None:
    for entry in json.loads(MODELS.read_text(encoding="utf-8"))["data"]:
        schema = entry["request_schema"]
        found = parameters(schema)
        assert list(found) == list(schema["properties"])
        assert {n for n, p in found.items() if p.required} == set(schema["required"])
        for name, prop in schema["properties"].items():
            assert found[name].default == prop.get("default")
            assert list(found[name].choices) == prop.get("enum", [])


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema, "properties": {"x": schema}, "anyOf": [schema, schema]}
    return schema


HOSTILE: dict[str, Any] = {
    "a schema without end": {"properties": {"p": nested(12)}},
    "ten thousand parameters": {"properties": {f"p{n}": {} for n in range(10_000)}},
    "a name of a megabyte": {"properties": {"p" * 1024 * 1024: {}}},
    "a million alternatives": {"properties": {"p": {"anyOf": [{"type": "string"}] * 1_000_000}}},
    "choices of other types": {"properties": {"p": {"enum": [None, {}, [], float("inf"), 10**200]}}},
    "bounds beyond all bounds": {"properties": {"p": {"minimum": 10**400, "exclusiveMaximum": 10**400}}},
    "a reference": {"properties": {"p": {"$ref": "#/properties/p"}}},
    "true and false": {"properties": {"p": True, "q": False}, "required": True},
}


@for_each("schema", HOSTILE.values())
def test_a_schema_that_is_meant_to_break_something(schema: dict[str, Any]) -> None:
    found = parameters(schema)
    assert len(found) <= 300
    assert all(len(name) <= 100 for name in found)
    slots_of(found, ["video"])
    for parameter in found.values():
        for value in ("x", 1, [1], {"x": 1}):
            try:
                check(parameter, value)
            except InvalidValue as invalid:
                assert invalid.values["option"]  # noqa: PT017 - either way is fine, nothing else is


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYWORDS = (
    *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength"),
    *("maxLength", "minItems", "maxItems", "default", "format", "items", "properties", "required", "anyOf", "oneOf"),
)
TYPES = st.sampled_from(["integer", "number", "string", "boolean", "array", "object", "null", "of tomorrow"])
PROPS = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYWORDS, JSON) | {"type": JSON | TYPES})
NESTED = st.recursive(PROPS, lambda inner: st.fixed_dictionaries({}, optional={"items": inner, "type": TYPES}))


@given(JSON | st.fixed_dictionaries({"properties": st.dictionaries(st.text(max_size=8), JSON | NESTED, max_size=3)}))
def test_no_schema_breaks_the_reader_or_the_check(schema: Any) -> None:
    found = parameters(schema)
    slots_of(found, ["image"])
    for parameter in found.values():
        for value in ("5", 5, True, ["x"], {"x": "y"}):
            try:
                check(parameter, value)
            except InvalidValue as invalid:
                assert str(invalid.values["option"]).startswith(parameter.name)  # noqa: PT017
