"""Where a request's parameters name inputs, of which kind each has to be, and what the result does with it.

The catalogue says where a URI goes (`format`), and names the rest in the name of the parameter alone. Objects
without a schema of their own (`elements`, `reference_images`) are searched for whatever looks like a URI.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.oxen.catalogue import Model
from sandbox.oxen.inputs.values import Kind, Role, Wanted
from sandbox.oxen.parameters import EDIT_MASK
from sandbox.oxen.schema import URI_FORMATS, URI_SCHEMES, holds_uri

STARTS = ("start_image_url", "first_frame_image")
ENDS = ("tail_image_url", "end_image_url", "last_frame_image")
MASKS = ("mask_url", EDIT_MASK)
# The one picture that a film begins with, or that is edited, unless the model has a better slot for that.
PICTURES = ("input_image", "input_images")
SOURCES = ("input_video", "video_url")

Rule = Mapping[str, Any]


def wanted(model: Model, values: Mapping[str, Any]) -> list[Wanted]:
    """Every input that the parameters name, in the schema's order; `values` fit the schema."""
    named = [
        (name, uri)
        for slot, rule in model.properties.items()
        if slot in values
        for name, uri in _uris(rule, values[slot], slot)
    ]
    if isinstance(mask := values.get(EDIT_MASK), str):
        named.append((EDIT_MASK, mask))
    reworked = _reworks(model, values)
    return [
        Wanted(name=name, uri=uri, kind=(kind := _kind(name)), role=_role(model, name, kind, reworked=reworked))
        for name, uri in named
    ]


def image_slot(model: Model) -> tuple[str, bool] | None:
    """The parameter that takes the picture to edit, and whether it takes a list; None if there is none."""
    slot = next((name for name in PICTURES if name in model.properties), None)
    return (slot, model.properties[slot].get("type") == "array") if slot else None


def _uris(rule: Rule, value: Any, name: str) -> Iterator[tuple[str, str]]:
    """(name, uri) of each input at or below this value."""
    if isinstance(value, str):
        open_to_any = rule.get("type") is None or holds_uri(rule)
        if rule.get("format") in URI_FORMATS or (open_to_any and value.startswith(URI_SCHEMES)):
            yield name, value
    elif isinstance(value, list):
        # `input_image` is documented as "string or array", whatever the schema says (`parameters.py`).
        for i, each in enumerate(cast("list[Any]", value)):
            yield from _uris(rule.get("items", {}), each, f"{name}[{i}]")
    elif isinstance(value, dict):
        rules: Mapping[str, Rule] = rule.get("properties", {})
        for key, each in cast("dict[str, Any]", value).items():
            yield from _uris(rules.get(key, {}), each, f"{name}.{key}")


def _kind(name: str) -> Kind:
    """The last word that says it: `reference_videos[0].image_url` is a picture, `elements[0].url` is, too."""
    places = {name.rfind(kind.value): kind for kind in Kind}
    last = max(places)
    return places[last] if last >= 0 else Kind.IMAGE


def _reworks(model: Model, values: Mapping[str, Any]) -> bool:
    """Whether the result is a film of the request's, reworked."""
    given = any(values.get(slot) for slot in SOURCES)
    return given and values.get("video_mode") != "reference" and "image-to-video" not in model.id


def _role(model: Model, name: str, kind: Kind, *, reworked: bool) -> Role:
    slot, _, place = name.partition("[")
    if kind is Kind.AUDIO:
        return Role.SOUND
    if slot in MASKS:
        return Role.MASK
    if kind is Kind.VIDEO:
        return Role.SOURCE if reworked and slot in SOURCES else Role.REFERENCE
    if slot in STARTS:
        return Role.START
    if slot in ENDS:
        return Role.END
    leads = slot in PICTURES and place in {"", "0]"} and not reworked and _begins_with_a_picture(model, slot)
    return Role.START if leads else Role.REFERENCE


def _begins_with_a_picture(model: Model, slot: str) -> bool:
    if model.media_type == "image":
        return True
    better = STARTS + PICTURES[: PICTURES.index(slot)]
    refers = "reference" in model.id or "r2v" in model.id
    return not refers and not any(each in model.properties for each in better)
