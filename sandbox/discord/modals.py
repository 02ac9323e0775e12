"""Modals: what a bot may ask for, and what a submission looks like (public documentation: components/reference)."""

from typing import Any

from sandbox.discord import components
from sandbox.discord.forms import (
    Check,
    Json,
    Path,
    Problems,
    as_list,
    as_object,
    boolean,
    by_type,
    each,
    integer,
    one_of,
    shape,
    text,
)

FILE_UPLOAD, LABEL, RADIO, CHECKBOXES, CHECKBOX = 19, 18, 21, 22, 23
_ID = {"id": integer(0)}
_CUSTOM_ID = {"custom_id": text(1, 100)}
_INPUT_FIELDS = {
    **_ID,
    "label": text(1, 45),
    "value": text(0, 4000),
    "placeholder": text(0, 100),
    "required": boolean,
    "min_length": integer(0, 4000),
    "max_length": integer(1, 4000),
}
_INPUT = shape({**_CUSTOM_ID, "style": one_of(1, 2)}, _INPUT_FIELDS)
_OPTION = shape({"label": text(1, 100), "value": text(1, 100)}, {"description": text(0, 100), "default": boolean})
_COUNTS = {"min_values": integer(0, 10), "max_values": integer(1, 10), "required": boolean}
_INSIDE_LABEL: dict[int, Check] = {
    components.TEXT_INPUT: _INPUT,
    **components.SELECT_CHECKS,
    FILE_UPLOAD: shape(_CUSTOM_ID, {**_ID, **_COUNTS}),
    RADIO: shape({**_CUSTOM_ID, "options": each(_OPTION, 2, 10)}, {**_ID, "required": boolean}),
    CHECKBOXES: shape({**_CUSTOM_ID, "options": each(_OPTION, 1, 10)}, {**_ID, **_COUNTS}),
    CHECKBOX: shape(_CUSTOM_ID, {**_ID, "default": boolean}),
}
_ROW_INPUT = shape({**_CUSTOM_ID, "style": one_of(1, 2), "label": text(1, 45)}, _INPUT_FIELDS)
_TOP: dict[int, Check] = {
    components.ROW: shape({"components": each(by_type({components.TEXT_INPUT: _ROW_INPUT}), 1, 1)}, _ID),
    LABEL: shape({"label": text(1, 45), "component": by_type(_INSIDE_LABEL)}, {**_ID, "description": text(1, 100)}),
    components.TEXT_DISPLAY: shape({"content": text(1, 4000)}, _ID),
}
_MODAL = shape({"custom_id": text(1, 100), "title": text(1, 45), "components": each(by_type(_TOP), 1, 5)})


def accepted(value: Any) -> Json:
    """The modal as it is shown. InvalidForm (under `data`) when it breaks a rule."""
    problems = Problems()
    path: Path = ("data",)
    _MODAL(value, path, problems)
    problems.settle()
    form = as_object(value)
    asked = [one["custom_id"] for one in fields(form["components"])]
    if len(asked) != len(set(asked)):
        problems.add(
            (*path, "components"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        )
    problems.settle()
    settled = components.settle(form["components"])
    return {"custom_id": form["custom_id"], "title": form["title"], "components": settled}


def fields(value: Any) -> list[Json]:
    """Every component that takes an input."""
    return [one for one in components.walk(value) if one.get("custom_id")]


def submission(modal: Json, values: dict[str, Any]) -> list[Json]:
    """The `components` of a MODAL_SUBMIT: `values` by custom_id, files as lists of attachment ids."""
    return [_submitted(as_object(one), values) for one in as_list(modal["components"])]


def _submitted(component: Json, values: dict[str, Any]) -> Json:
    about: Json = {"type": component["type"], "id": component["id"]}
    if component["type"] == LABEL:
        return {**about, "component": _submitted(as_object(component["component"]), values)}
    if component["type"] == components.ROW:
        return {**about, "components": [_submitted(as_object(one), values) for one in as_list(component["components"])]}
    if "custom_id" not in component:
        return about
    return {**about, "custom_id": component["custom_id"], **_answer(component, values.get(component["custom_id"]))}


def _answer(component: Json, given: Any) -> Json:
    if component["type"] in components.SELECTS | {FILE_UPLOAD, CHECKBOXES}:
        return {"values": [str(one) for one in as_list(given)]}
    if component["type"] == CHECKBOX:
        return {"value": bool(given)}
    if component["type"] == RADIO:
        return {"value": given}
    return {"value": component.get("value", "") if given is None else str(given)}


def complaints(modal: Json, values: dict[str, Any]) -> dict[str, str]:
    """What the client would not let a member submit, by custom_id."""
    found: dict[str, str] = {}
    asked = {one["custom_id"]: one for one in fields(modal["components"])}
    for custom_id in values.keys() - asked.keys():
        found[custom_id] = "the modal has no such field"
    for custom_id, one in asked.items():
        problem = _complaint(one, values.get(custom_id))
        if problem:
            found[custom_id] = problem
    return found


def _complaint(one: Json, given: Any) -> str | None:
    if one["type"] == CHECKBOX:
        return None
    if given is None or given in ("", []):
        filled = one["type"] == components.TEXT_INPUT and one.get("value")
        optional = filled or not one.get("required", True) or one.get("min_values") == 0
        return None if optional else "this field is required"
    if one["type"] == components.TEXT_INPUT:
        low, high = one.get("min_length") or 0, one.get("max_length") or 4000
        return None if low <= len(str(given)) <= high else f"must be {low} to {high} characters"
    return _choice_complaint(one, as_list(given) if isinstance(given, list) else [given])


def _choice_complaint(one: Json, chosen: list[Any]) -> str | None:
    options = [as_object(option)["value"] for option in as_list(one.get("options"))]
    if options and any(value not in options for value in chosen):
        return "not one of the options"
    most = len(options) if one["type"] == CHECKBOXES else 1
    low, high = one.get("min_values", 1), one.get("max_values", most)
    return None if low <= len(chosen) <= high else f"takes {low} to {high} values"
