"""The last gate: what a validator forbids by the model's own schema, in the member's words, whatever the schema is."""

import socket
import time
from contextlib import suppress
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json, Violation
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from bot.oxen.catalogue import catalogue
from bot.validation import body_check
from tests.cases import for_each

LINK = {"type": "string", "format": "uri"}
ELEMENT = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 2}}}


def planned(schema: dict[str, Any], prompt: str = "a fox", **more: Json) -> ValidatedRequest:
    """An order of a model with this schema, planned as a member's is."""
    properties = {"prompt": {"type": "string"}, "p": {}, **schema.get("properties", {})}
    schema = {**schema, "properties": properties}
    entry = {"id": "strict", "capabilities": {"output": ["video"]}, "request_schema": schema}
    request = GenerationRequest(kind=MediaKind.VIDEO, model="strict", prompt=prompt, more=more)
    return validate(request, catalogue({"data": [entry]}), ())


def p(**schema: Any) -> dict[str, Any]:
    return {"properties": {"p": schema}}


@for_each(
    ("schema", "value", "key", "values"),
    [
        (p(type="string", maxLength=3), "four", "text-length", {"length": 4, "allowed": "0 - 3"}),
        (p(type="string", minLength=2), "x", "text-length", {"length": 1, "allowed": "≥ 2"}),
        (p(type="array", minItems=2, items={"type": "integer"}), [1], "list-length", {"length": 1, "allowed": "≥ 2"}),
        (p(type="array", items=ELEMENT), [{"name": "fox"}, {}], "field-missing", {"option": "p 2", "field": "name"}),
        (p(type="array", items=ELEMENT), [{"name": "x"}], "text-length", {"option": "p 1.name", "length": 1}),
        (p(type="string", pattern="^[a-z]+$"), "A1", "value-refused", {"given": "A1"}),
        (p(type="integer", multipleOf=8), 9, "value-refused", {"given": "9"}),
        (p(type="array", uniqueItems=True, items={"type": "integer"}), [1, 1], "value-refused", {"given": "[1, 1]"}),
        ({"dependentRequired": {"p": ["q"]}, **p(type="integer")}, 1, "settings-refused", {"option": "q"}),
        ({"not": {"required": ["p"]}, **p(type="integer")}, 1, "settings-refused", {"option": ""}),
    ],
)
def test_what_only_the_validator_knows_is_refused_by_name(
    schema: dict[str, Any], value: Json, key: str, values: dict[str, object]
) -> None:
    with pytest.raises(Refusal) as caught:
        planned(schema, p=value)
    refusal = caught.value
    assert refusal.key == key
    assert {"option": "p", **refusal.values, **values} == refusal.values
    if refusal.values["option"].startswith("p"):  # type: ignore[union-attr]
        assert refusal.suggestion is not None  # without it
        assert "p" not in refusal.suggestion.more


def test_a_models_own_limit_of_the_prompt_is_told() -> None:
    with pytest.raises(Refusal, match="prompt-long") as caught:
        planned({"properties": {"prompt": {"type": "string", "maxLength": 10}}}, prompt="x" * 11)
    assert (caught.value.values["length"], caught.value.values["max"]) == (11, 10)


@for_each(
    "schema",
    [
        {"required": ["prompt", "model", "target_namespace"], "properties": {"model": {"const": "another"}}},
        {"required": ["prompt", "multi_prompt"][:1], **p(minimum="3", maximum="9", type="integer")},
        p(type="array", items={"type": "object"}),
        p(type="array", items={"type": "object", "properties": {"url": LINK}}),
        p(type=["integer", "string", "array"], minimum={}, pattern="(?=x)"),
        p(type="of tomorrow"),
        {"$schema": "https://nobody.example/draft", "$id": "not an id", **p()},
        {"required": "prompt", "additionalProperties": 7, **p()},
    ],
)
def test_what_the_provider_means_otherwise_and_what_nobody_can_read_forbids_nothing(schema: dict[str, Any]) -> None:
    """The queue's own fields, numbers as texts, links for objects (decision 33), keywords that are none."""
    value: Json = ["https://a.example/1"] if "array" in str(schema) else 5
    assert planned(schema, p=value).parameters["p"] == value


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for level in range(depth):
        schema = {"properties": {"p": schema}} if level % 2 else {"items": schema}
    return schema


HOSTILE: dict[str, tuple[dict[str, Any], Json]] = {
    "a pattern that backtracks for ever": (p(type="string", pattern="^(a+)+$"), "a" * 50_000 + "!"),
    "another": (p(type="string", pattern=r"^(\w+\s?)*$"), "word " * 10_000 + "!"),
    "a pattern that grows": (p(type="string", pattern="((a{1,1000}){1,1000}){1,1000}"), "a"),
    "what is its own definition": ({"$ref": "#", **p()}, "a"),
    "two that are each other": (
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, **p(**{"$ref": "#/$defs/a"})},
        "a",
    ),
    "one that holds itself": ({"$dynamicAnchor": "x", **p(**{"$dynamicRef": "#x"})}, "a"),
    "nested beyond sense": (nested(400), "a"),
    "a hundred thousand choices": (p(enum=[str(n) for n in range(100_000)]), "5"),
    "alternatives of alternatives": (
        p(anyOf=[{"anyOf": [{"anyOf": [{"minimum": n}] * 20}] * 20} for n in range(20)]),
        5,
    ),
    "numbers beyond all bounds": (p(minimum=-(10**400), maximum=10**400, multipleOf=1e-300), 5),
    "half a character": ({"properties": {"p": {}, "\ud800": {"pattern": "\ud800"}}}, "\ud800"),
}


@for_each(("schema", "value"), HOSTILE.values())
def test_a_hostile_schema_neither_hangs_nor_breaks_anything(schema: dict[str, Any], value: Json) -> None:
    started = time.process_time()
    with suppress(Refusal):
        planned(schema, p=value)
    assert time.process_time() - started < 2


def test_no_reference_leaves_the_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        for schema in (
            {"$ref": f"{base}/schema"},
            {"$schema": f"{base}/draft", "$id": f"{base}/id", "properties": {"p": {"$ref": "other"}}},
            p(**{"$ref": f"{base}/p#/x"}),
            p(items={"$dynamicRef": f"{base}/p"}),
            {"allOf": [{"$ref": f"{base}/a"}, {"$ref": "file:///etc/passwd"}]},
        ):
            assert body_check(schema)({"p": "x"}) is None
            assert planned(schema, p="x").parameters["p"] == "x"
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_name_that_no_text_has_is_no_error() -> None:
    assert body_check(p(type="object"))({"p": {"\ud800": 1}}) in {None, Violation(path=(), keyword="unicode")}
