"""A value against a parameter: what is forgiven, what is refused, and what would be right."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.domain.models.checks import InvalidValue, check, from_text
from bot.domain.models.parameters import Json, Parameter, allowed
from bot.oxen.schemas import parameters
from tests.cases import for_each
from tests.domain.kit import Refused


def param(**schema: object) -> Parameter:
    """The parameter `p` with this schema, as the bot reads it."""
    return parameters({"properties": {"p": schema}})["p"]


LENGTH = param(type=["integer", "string"], enum=["auto", "4", "5", "10"])
STRENGTH = param(type="number", minimum=0, maximum=1)
STEPS = param(type="integer", minimum=1, maximum=50)
LINK = {"type": "string", "format": "uri"}
LINKS = param(type="array", items=LINK, maxItems=2)
EITHER = param(anyOf=[LINK, {"type": "array", "items": LINK, "minItems": 2}])
ELEMENTS = param(
    type="array",
    items={
        "type": "object",
        "required": ["frontal"],
        "properties": {"frontal": LINK, "more": {"type": "array", "items": LINK}, "strength": {"type": "number"}},
    },
)
A, B = "https://a.example/1", "https://a.example/2"


@for_each(
    ("parameter", "value", "right"),
    [
        (LENGTH, 4, "4"),
        (LENGTH, "4", "4"),
        (LENGTH, "4s", "4"),
        (LENGTH, " AUTO ", "auto"),
        (param(enum=["5s", "10s"]), 5, "5s"),
        (param(enum=["5s", "10s"]), "5", "5s"),
        (param(enum=[5, 10]), "10 s", 10),
        (param(enum=["1080p", "2k"]), "2K", "2k"),
        (param(enum=[24, 29.97]), "29.97", 29.97),
        (param(enum=[True, False]), "TRUE", True),
        (param(const="retake"), "Retake", "retake"),
        (STRENGTH, "0,5", 0.5),
        (STRENGTH, 1, 1),
        (STEPS, "7", 7),
        (STEPS, 7.0, 7),
        (param(type="integer"), str(2**63), 2**63),
        (param(type="boolean"), "Yes", True),
        (param(type="boolean"), "off", False),
        (param(type="string"), 5, "5"),
        (param(type="string"), ["one"], "one"),
        (LINK_PARAMETER := param(**LINK), f" {A} ", A),
        (LINK_PARAMETER, "data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
        (param(type="string", format="MP4"), A, A),
        (LINKS, A, [A]),
        (EITHER, A, A),
        (EITHER, [A], A),
        (EITHER, [A, B], [A, B]),
        (param(oneOf=[{"type": "integer", "minimum": 4}, {"enum": ["auto"]}]), "auto", "auto"),
        (param(oneOf=[{"type": "integer", "minimum": 4}, {"enum": ["auto"]}]), "6", 6),
        (param(anyOf=[{"type": "number"}, {"type": "null"}], maximum=3), "2.5", 2.5),
        (param(type="object"), {"x": 1}, {"x": 1}),
        (param(), {"x": [1]}, {"x": [1]}),
        (param(type="of tomorrow", pattern="^x", multipleOf=7), "y", "y"),
    ],
)
def test_what_cannot_be_misunderstood_is_taken(parameter: Parameter, value: Json, right: Json) -> None:
    found = check(parameter, value)
    assert (found, type(found)) == (right, type(right))


@for_each(
    ("parameter", "value", "key", "values", "nearest"),
    [
        (LENGTH, 7, "not-a-choice", {"allowed": "auto, 4, 5, 10", "given": "7"}, "5"),
        (LENGTH, "long", "not-a-choice", {"nearest": ""}, None),
        (param(enum=["16:9", "9:16", "1:1"]), "4:5", "not-a-choice", {"nearest": "1:1"}, "1:1"),
        (param(enum=["720p", "1080p"]), "4k", "not-a-choice", {"nearest": "1080p"}, "1080p"),
        (param(enum=["low", "medium", "high"]), "hihg", "not-a-choice", {"nearest": "high"}, "high"),
        (param(enum=["low", "high"], default="low"), "§", "not-a-choice", {"nearest": "low"}, "low"),
        (STRENGTH, "1.5", "out-of-range", {"allowed": "0 - 1", "given": "1.5"}, 1),
        (STEPS, 0, "out-of-range", {"allowed": "1 - 50"}, 1),
        (STEPS, 2.5, "wrong-type", {"type": "integer", "allowed": "1 - 50"}, 2),
        (STEPS, "abc", "wrong-type", {"given": "abc", "nearest": ""}, None),
        (STEPS, True, "wrong-type", {}, None),
        (param(type="integer", minimum=0.5), 0, "out-of-range", {"allowed": "≥ 1"}, 1),
        (param(type="number", exclusiveMinimum=0), 0, "out-of-range", {}, math.nextafter(0, 1)),
        (param(type="boolean"), "perhaps", "wrong-type", {"type": "boolean", "allowed": "true, false"}, None),
        (param(**LINK), "no link", "not-a-link", {"given": "no link"}, None),
        (param(type="string"), ["a", "b"], "wrong-type", {"type": "string"}, None),
        (LINKS, [A, B, A], "list-length", {"length": 3, "allowed": "0 - 2"}, [A, B]),
        (LINKS, [A, "x"], "not-a-link", {"option": "p 2"}, None),
        (
            param(type="array", items={"type": "integer", "maximum": 5}),
            [1, 9],
            "out-of-range",
            {"option": "p 2"},
            [1, 5],
        ),
        (param(type="object"), "words", "wrong-type", {"type": "object"}, None),
        (ELEMENTS, [{"frontal": A, "x": 1}], "field-unknown", {"option": "p 1", "given": "x"}, [{"frontal": A}]),
        (ELEMENTS, [{"frontal": "x"}], "not-a-link", {"option": "p 1.frontal"}, None),
        (ELEMENTS, [{"frontal": A, "more": [A, 7]}], "not-a-link", {"option": "p 1.more 2"}, None),
    ],
)
def test_what_is_wrong_is_refused_by_name_with_what_is_near(
    parameter: Parameter, value: Json, key: str, values: dict[str, object], nearest: Json | None
) -> None:
    with pytest.raises(InvalidValue) as caught:
        check(parameter, value)
    invalid = caught.value
    assert invalid.key == key
    assert {"option": "p", **invalid.values, **values} == invalid.values
    assert invalid.nearest == nearest


@for_each(
    ("parameter", "text", "right"),
    [
        (LINKS, f"{A}, {B}", [A, B]),
        (LINKS, f"{A}\n{B}", [A, B]),
        (LINKS, "data:image/png;base64,AAAA", ["data:image/png;base64,AAAA"]),
        (LINKS, json.dumps([A]), [A]),
        (param(type="array", items={"type": "string"}), "a b, c;d", ["a b", "c", "d"]),
        (param(type="array", items={"type": "integer"}), "1, 2", [1, 2]),
        (ELEMENTS, json.dumps([{"frontal": A}]), [{"frontal": A}]),
        (ELEMENTS, json.dumps({"frontal": A}), [{"frontal": A}]),
        (EITHER, f"{A} {B}", [A, B]),
        (param(type="object"), '{"x": 1}', {"x": 1}),
        (param(type="string"), '{"x": 1}', '{"x": 1}'),
        (param(type="boolean"), "true", True),
        (STEPS, "5", 5),
    ],
)
def test_what_somebody_typed(parameter: Parameter, text: str, right: Json) -> None:
    assert from_text(parameter, text) == right


@for_each(
    "text",
    ['{"x": null}', '{"x": NaN}', "{", "[" * 100_000, '{"x": [{"y": null}]}', "words", "[1e999999", '{"x": [1e999]}'],
)
def test_json_that_is_none_is_refused(text: str) -> None:
    with Refused("wrong-type", option="p", type="object"):
        from_text(param(type="object"), text)


def test_a_number_of_four_hundred_digits_is_only_too_large() -> None:
    digits = "9" * 400
    with Refused("out-of-range", nearest="50"):
        check(STEPS, int(digits))
    with Refused("out-of-range", option="p 1"):
        from_text(param(type="array", items={"type": "integer", "maximum": 5}), f"[{digits}]")


def test_infinity_is_no_choice() -> None:
    """It has no digits to be shown by."""
    with Refused("not-a-choice", given="inf"):
        check(LENGTH, math.inf)


def test_alternatives_name_all_that_is_possible() -> None:
    length = param(anyOf=[{"type": "integer", "minimum": 4, "maximum": 15}, {"enum": ["auto"]}])
    assert allowed(length) == "4 - 15, auto"
    with Refused("out-of-range", allowed="4 - 15, auto", nearest="15"):
        check(length, 20)


SCHEMAS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["integer", "number", "string", "boolean", ["integer", "string"], "array", "object"]),
        "enum": st.lists(st.sampled_from(["auto", "4", "10", "5s", "16:9", "4k", 4, 5.5, -1, "x"]), min_size=1),
        "minimum": st.integers(-5, 5),
        "maximum": st.integers(6, 9),
        "maxItems": st.integers(1, 3),
        "items": st.sampled_from([LINK, {"type": "integer", "maximum": 3}, {"type": "object"}]),
        "default": st.sampled_from(["auto", 4, "x"]),
    },
)
SCALARS = st.integers(-12, 12) | st.floats(-12, 12) | st.booleans() | st.text(max_size=6) | st.sampled_from(["5s", A])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)


@given(SCHEMAS, VALUES)
def test_what_is_taken_is_right_by_the_schema_and_so_is_what_is_near(schema: dict[str, object], value: Json) -> None:
    parameter, validator = param(**schema), Draft202012Validator(_sane(schema))
    for checker in (check, lambda p, v: from_text(p, v) if isinstance(v, str) else check(p, v)):
        try:
            validator.validate(checker(parameter, value))
        except InvalidValue as invalid:
            assert invalid.values["option"].startswith("p")  # type: ignore[union-attr] # noqa: PT017
            if invalid.nearest is not None:
                validator.validate(check(parameter, invalid.nearest))


def _sane(schema: dict[str, object]) -> dict[str, object]:
    """Choices decide alone: a schema whose choices are of other types than its own allows nothing at all."""
    return {"enum": schema["enum"]} if "enum" in schema else schema
