"""Modals: what a bot may ask for, and what a submission looks like (public documentation: components/reference)."""

from typing import Any

from sandbox.discord import components
from sandbox.discord.forms import (
    FILE_TYPES,
    Check,
    Json,
    Path,
    Problems,
    as_list,
    as_object,
    boolean,
    both,
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


def _input_rules(value: Any, path: Path, problems: Problems) -> None:
    asked = as_object(value)
    low, high = asked.get("min_length") or 0, asked.get("max_length") or 4000
    if low > high:
        problems.add((*path, "min_length"), "BASE_TYPE_MAX", "min_length must not exceed max_length")
    if len(asked.get("value") or "") > high:
        problems.add((*path, "value"), "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")


def _count_rules(value: Any, path: Path, problems: Problems) -> None:
    """`min_values` is omitted or at least 1 where an answer is required; nothing is disabled in a modal."""
    asked = as_object(value)
    low, high = asked.get("min_values"), asked.get("max_values")
    if low == 0 and asked.get("required") is not False:
        problems.add((*path, "min_values"), "COMPONENT_REQUIRED_MIN_VALUES", "Required components need at least 1")
    if low is not None and low > (10 if high is None and asked["type"] == CHECKBOXES else high or 1):
        problems.add((*path, "min_values"), "COMPONENT_VALUES", "min_values must not exceed max_values")
    if asked.get("disabled"):
        problems.add((*path, "disabled"), "COMPONENT_DISABLED_IN_MODAL", "Modals cannot have disabled components")


def _group_rules(value: Any, path: Path, problems: Problems) -> None:
    """No value twice, and no more ticked than can be."""
    asked = as_object(value)
    options = [as_object(one) for one in as_list(asked["options"])]
    if len({one["value"] for one in options}) < len(options):
        problems.add((*path, "options"), "OPTION_VALUE_DUPLICATED", "The specified option value is already used")
    most = 1 if asked["type"] == RADIO else asked.get("max_values") or len(options)
    if sum(bool(one.get("default")) for one in options) > most:
        problems.add((*path, "options"), "OPTION_DEFAULTS", f"At most {most} may be chosen by default")


_INPUT = both(shape({**_CUSTOM_ID, "style": one_of(1, 2)}, _INPUT_FIELDS), _input_rules)
_OPTION = shape({"label": text(1, 100), "value": text(1, 100)}, {"description": text(0, 100), "default": boolean})
_COUNTS = {"min_values": integer(0, 10), "max_values": integer(1, 10), "required": boolean}
_INSIDE_LABEL: dict[int, Check] = {
    components.TEXT_INPUT: _INPUT,
    **{kind: both(check, _count_rules) for kind, check in components.SELECT_CHECKS.items()},
    FILE_UPLOAD: both(shape(_CUSTOM_ID, {**_ID, **_COUNTS, "file_types": FILE_TYPES}), _count_rules),
    RADIO: both(shape({**_CUSTOM_ID, "options": each(_OPTION, 2, 10)}, {**_ID, "required": boolean}), _group_rules),
    CHECKBOXES: both(
        shape({**_CUSTOM_ID, "options": each(_OPTION, 1, 10)}, {**_ID, **_COUNTS}), _count_rules, _group_rules
    ),
    CHECKBOX: shape(_CUSTOM_ID, {**_ID, "default": boolean}),
}
_ROW_INPUT = both(shape({**_CUSTOM_ID, "style": one_of(1, 2), "label": text(1, 45)}, _INPUT_FIELDS), _input_rules)
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


def labels(modal: Json) -> dict[str, str]:
    """What a member reads beside each field, by custom_id."""
    found: dict[str, str] = {}
    for entry in as_list(modal["components"]):
        one = as_object(entry)
        inner = as_object(one.get("component"))
        for asked in fields([one]):
            found[asked["custom_id"]] = str(one["label"] if inner else asked.get("label") or "")
    return found
