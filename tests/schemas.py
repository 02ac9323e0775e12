"""Orders made from a model's own schema: the smallest, a full one, and one with each parameter wrong in turn.

The schemas are the provider's (models.json), read here on their own and not as the bot reads them.
"""

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.slots import InputKind, Role, Slot
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest, Shot

Schema = Mapping[str, Any]
LINK = "https://files.example/one"
_URI_FORMATS = ("uri", "MP4")
_WORDS = st.text(st.sampled_from("abcdefgh xyz"), min_size=1, max_size=12).map(str.strip).filter(bool)
_LINKS = st.integers(1, 99).map("https://files.example/{}".format)
_NO_SUCH = {"no": "such thing"}
_TYPES = {
    InputKind.IMAGE: ("still.png", "image/png"),
    InputKind.VIDEO: ("clip.mp4", "video/mp4"),
    InputKind.AUDIO: ("song.mp3", "audio/mpeg"),
}


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """What the schema allows, as a member would give it."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _VALUES[schema.get("type", "string")](schema)


def _lists(schema: Schema) -> st.SearchStrategy[Any]:
    return st.lists(values(schema["items"]), min_size=1, max_size=min(schema.get("maxItems", 3), 3))


def _texts(schema: Schema) -> st.SearchStrategy[Any]:
    return _LINKS if schema.get("format") in _URI_FORMATS else _WORDS


def _objects(schema: Schema) -> st.SearchStrategy[Any]:
    fields: Schema = schema.get("properties", {})
    if not fields:
        return st.just({"url": LINK})
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: values(field) for name, field in fields.items() if name in required},
        optional={name: values(field) for name, field in fields.items() if name not in required},
    )


def _numbers(schema: Schema, *, whole: bool) -> st.SearchStrategy[Any]:
    low, high = schema.get("minimum", 0), schema.get("maximum", 2**31 - 1)
    return st.integers(low, high) if whole else st.floats(low, high)


_VALUES = {
    "array": _lists,
    "object": _objects,
    "boolean": lambda _: st.booleans(),
    "integer": lambda schema: _numbers(schema, whole=True),
    "number": lambda schema: _numbers(schema, whole=False),
    "string": _texts,
}


def wrong(schema: Schema) -> st.SearchStrategy[Any]:
    """What the schema forbids, and nobody can take for something that it allows."""
    if "enum" in schema:
        return st.sampled_from(["no such choice", 10**9, _NO_SUCH])
    return _WRONG[schema.get("type", "string")](schema)


def _wrong_texts(schema: Schema) -> st.SearchStrategy[Any]:
    if schema.get("format") in _URI_FORMATS:
        return st.sampled_from(["no link", "ftp://files.example/one", 5, _NO_SUCH])
    most = schema.get("maxLength", math.inf)
    too_long = ["x" * (most + 1)] if most < math.inf else []
    return st.sampled_from([*too_long, ["two", "texts"], _NO_SUCH])


def _wrong_lists(schema: Schema) -> st.SearchStrategy[Any]:
    inside = wrong(schema["items"]).filter(lambda value: value != _NO_SUCH or "properties" in str(schema))
    lists = inside.map(lambda value: [value])
    if "maxItems" in schema:
        return lists | st.just([LINK] * (schema["maxItems"] + 1))
    return lists


def _wrong_numbers(schema: Schema, *, whole: bool) -> st.SearchStrategy[Any]:
    beyond = [schema[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in schema]
    return st.sampled_from(["many", {"no": "number"}, [1, 2], *beyond, *([2.5] if whole else [])])


_WRONG = {
    "array": _wrong_lists,
    "object": lambda _: st.sampled_from(["words", 5]),
    "boolean": lambda _: st.sampled_from(["perhaps", 7, _NO_SUCH]),
    "integer": lambda schema: _wrong_numbers(schema, whole=True),
    "number": lambda schema: _wrong_numbers(schema, whole=False),
    "string": _wrong_texts,
}


def properties(schema: Schema) -> dict[str, Any]:
    return dict(schema.get("properties", {}))


def attachment(slot: Slot, number: int = 1) -> Attachment:
    """A file that fits into the slot."""
    name, media_type = _TYPES[slot.kind]
    return Attachment(
        kind=slot.kind,
        role=slot.role,
        name=name,
        media_type=media_type,
        size=1000,
        url=f"https://cdn.example/{slot.parameter}/{number}/{name}",
    )


def smallest(model: Model, schema: Schema) -> st.SearchStrategy[GenerationRequest]:
    """What is required, by the schema or by what the model is for, and nothing else."""
    needed = [name for name in schema.get("required", ()) if "default" not in properties(schema)[name]]
    return _requests(model, schema, [*needed, *(group[0].parameter for group in model.wants)])


def full(model: Model, schema: Schema) -> st.SearchStrategy[GenerationRequest]:
    """Every parameter has a value, every slot a file; a prompt rather than a storyboard, where both are possible."""
    return _requests(model, schema, [name for name in properties(schema) if name != "multi_prompt"])


def storyboard() -> st.SearchStrategy[tuple[Shot, ...]]:
    """Shots that are possible together: 3 to 15 seconds."""
    lengths = st.lists(st.integers(1, 5), min_size=3, max_size=3)
    return lengths.map(lambda seconds: tuple(Shot(prompt=f"shot {n}", duration=n) for n in seconds))


def _requests(model: Model, schema: Schema, names: list[str]) -> st.SearchStrategy[GenerationRequest]:
    slots = {slot.parameter: slot for slot in model.slots}
    kind = next(k for k in MediaKind if k in model.makes)
    prompt = "prompt" in names or ("multi_prompt" in properties(schema) and not schema.get("required"))
    more = {n: values(properties(schema)[n]) for n in names if n != "prompt" and n not in slots}
    files = tuple(attachment(slots[name]) for name in names if name in slots)
    return st.fixed_dictionaries(more).map(
        lambda given: GenerationRequest(
            kind=kind, model=model.id, prompt="a fox" if prompt else "", more=given, attachments=files
        )
    )


def elements(*numbers: int | None) -> tuple[Attachment, ...]:
    """Pictures of elements; each belongs to the element with its number."""
    return tuple(
        Attachment(
            kind=InputKind.IMAGE,
            role=Role.ELEMENT,
            name="still.png",
            media_type="image/png",
            size=1000,
            url=f"https://cdn.example/element/{position}",
            element=number,
        )
        for position, number in enumerate(numbers)
    )


def as_sampled(schema: Any) -> Any:
    """The schema, with links where it has objects that it does not describe: so the provider's samples send them."""
    if isinstance(schema, list):
        return [as_sampled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema == {"type": "object"}:
        return {"type": ["object", "string"]}
    return {name: as_sampled(each) for name, each in schema.items()}
