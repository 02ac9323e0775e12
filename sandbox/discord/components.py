"""Message components: their shapes, the rules of components v2, and what is stored of them.

Source: public documentation, components/reference; lengths and counts as in the public schema.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.discord.forms import (
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
    later,
    link,
    one_of,
    shape,
    snowflake,
    text,
)

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK, PREMIUM = 5, 6
MOST_COMPONENTS = 40
MOST_TEXT = 4000
_MOST_ROWS = 5

_id = {"id": integer(0, 2**31 - 1)}
_custom_id = {"custom_id": text(1, 100)}
EMOJI = shape({}, {"id": snowflake, "name": text(0, 32)})
OPTION = shape(
    {"label": text(1, 100), "value": text(1, 100)},
    {"description": text(0, 100), "emoji": EMOJI, "default": boolean},
)
_select_fields = {
    **_id,
    "placeholder": text(0, 150),
    "min_values": integer(0, 25),
    "max_values": integer(1, 25),
    "disabled": boolean,
    "required": boolean,
    "default_values": each(shape({"id": snowflake, "type": one_of("user", "role", "channel")}), 0, 25),
    "channel_types": each(integer(0)),
}


def _button_rules(value: Any, path: Path, problems: Problems) -> None:
    """A button has one of custom_id, url and sku_id, by its style; and something to show."""
    button = as_object(value)
    style = button.get("style")
    wanted = {LINK: "url", PREMIUM: "sku_id"}.get(style or 0, "custom_id")
    if not button.get(wanted):
        problems.add((*path, wanted), "BASE_TYPE_REQUIRED", "This field is required")
    for other in {"url", "sku_id", "custom_id"} - {wanted}:
        if button.get(other):
            problems.add(path, "BUTTON_COMPONENT_EXCLUSIVE_FIELDS", f"A button of this style cannot have a {other}")
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        problems.add(path, "BUTTON_COMPONENT_INVALID_LABEL_EMOJI", "A button must have a label or an emoji, or both")


def _select_rules(value: Any, path: Path, problems: Problems) -> None:
    select = as_object(value)
    low, high = select.get("min_values", 1), select.get("max_values", 1)
    if isinstance(low, int) and isinstance(high, int) and low > high:
        problems.add((*path, "min_values"), "SELECT_COMPONENT_VALUES", "min_values must not exceed max_values")
    chosen = as_list(select.get("default_values"))
    if chosen and not (low or 0) <= len(chosen) <= (high or 1):
        text_of_it = "The number of default values must be in the range of min_values and max_values"
        problems.add((*path, "default_values"), "SELECT_COMPONENT_DEFAULT_VALUES", text_of_it)
    for index, one in enumerate(chosen):
        if as_object(one)["type"] not in _DEFAULT_TYPES.get(select["type"], ()):
            where = (*path, "default_values", str(index), "type")
            problems.add(where, "SELECT_COMPONENT_DEFAULT_TYPE", "A select of this type has no such default values")


def _string_select_rules(value: Any, path: Path, problems: Problems) -> None:
    """As many options as may be chosen (discord.py issue 6984), each value once, no more ticked than can be."""
    select = as_object(value)
    options = [as_object(option) for option in as_list(select["options"])]
    most = select.get("max_values") or 1
    if len(options) < most:
        problems.add((*path, "options"), "BASE_TYPE_BAD_LENGTH", f"Must be between {most} and 25 in length.")
    if sum(bool(option.get("default")) for option in options) > most:
        problems.add((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", f"At most {most} by default")
    values = [option["value"] for option in options]
    for index, one in enumerate(values):
        if one in values[:index]:
            problems.add(
                (*path, "options", str(index), "value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )


_DEFAULT_TYPES = {5: {"user"}, 6: {"role"}, 7: {"user", "role"}, 8: {"channel"}}
BUTTON_CHECK = both(
    shape(
        {"style": one_of(1, 2, 3, 4, 5, 6)},
        {
            **_id,
            **_custom_id,
            "label": text(0, 80),
            "url": link("http", "https", "discord", high=512),
            "sku_id": snowflake,
            "emoji": EMOJI,
            "disabled": boolean,
        },
    ),
    _button_rules,
)
SELECT_CHECKS: dict[int, Check] = {
    kind: both(shape(_custom_id, _select_fields), _select_rules) for kind in SELECTS - {STRING_SELECT}
}
SELECT_CHECKS[STRING_SELECT] = both(
    shape({**_custom_id, "options": each(OPTION, 1, 25)}, _select_fields), _select_rules, _string_select_rules
)


def _row_rules(value: Any, path: Path, problems: Problems) -> None:
    kinds = [as_object(one).get("type") for one in as_list(as_object(value).get("components"))]
    if len(kinds) > 1 and any(kind in SELECTS for kind in kinds):
        problems.add(
            (*path, "components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )


_media = shape({"url": link("http", "https", "attachment")})
_described = {**_id, "description": text(1, 1024), "spoiler": boolean}
_text = shape({"content": text(1, MOST_TEXT)}, _id)


def _attachment_only(value: Any, path: Path, problems: Problems) -> None:
    if not str(as_object(value).get("url", "")).startswith("attachment://"):
        problems.add(
            (*path, "url"), "UNFURLED_MEDIA_ITEM_ATTACHMENT_REQUIRED", "Only attachment:// references are allowed here"
        )


LAYOUT: dict[int, Check] = {
    ROW: both(shape({"components": each(by_type({BUTTON: BUTTON_CHECK, **SELECT_CHECKS}), 1, 5)}, _id), _row_rules),
    SECTION: shape(
        {
            "components": each(by_type({TEXT_DISPLAY: _text}), 1, 3),
            "accessory": by_type({BUTTON: BUTTON_CHECK, THUMBNAIL: shape({"media": _media}, _described)}),
        },
        _id,
    ),
    TEXT_DISPLAY: _text,
    GALLERY: shape({"items": each(shape({"media": _media}, _described), 1, 10)}, _id),
    FILE: shape({"file": both(_media, _attachment_only)}, {**_id, "spoiler": boolean}),
    SEPARATOR: shape({}, {**_id, "spacing": one_of(1, 2), "divider": boolean}),
}
LAYOUT[CONTAINER] = shape(
    {"components": each(later(lambda: by_type({k: v for k, v in LAYOUT.items() if k != CONTAINER})), 1, 40)},
    {**_id, "accent_color": integer(0, 0xFFFFFF), "spoiler": boolean},
)
_V2 = each(by_type(LAYOUT), 0, MOST_COMPONENTS)
_LEGACY = each(by_type({ROW: LAYOUT[ROW]}), 0, _MOST_ROWS)


def walk(value: Any) -> Iterator[Json]:
    """Every component in an (accepted) tree, parents first, in the order they are shown."""
    for entry in as_list(value):
        component = as_object(entry)
        yield component
        yield from walk(component.get("components"))
        accessory = component.get("accessory")
        yield from walk([accessory] if accessory else [])
        inner = component.get("component")
        yield from walk([inner] if inner else [])


def check(value: Any, path: Path, problems: Problems, *, v2: bool) -> None:
    """Shapes first; the rules over the whole tree only when those are right."""
    before = problems.count
    (_V2 if v2 else _LEGACY)(value, path, problems)
    if problems.count == before:
        _whole_tree(value, path, problems)


def _whole_tree(value: Any, path: Path, problems: Problems) -> None:
    found = list(walk(value))
    if len(found) > MOST_COMPONENTS:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_COMPONENTS} in length.")
    if sum(len(one["content"]) for one in found if one["type"] == TEXT_DISPLAY) > MOST_TEXT:
        problems.add(
            path,
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"Component displayable text size exceeds maximum size of {MOST_TEXT}",
        )
    _unique(found, "custom_id", path, problems)
    _unique(found, "id", path, problems)


def _unique(found: list[Json], key: str, path: Path, problems: Problems) -> None:
    used = [one[key] for one in found if one.get(key)]
    if len(used) != len(set(used)):
        name = "Component custom id" if key == "custom_id" else "Component id"
        problems.add(path, f"COMPONENT_{key.upper()}_DUPLICATED", f"{name} cannot be duplicated")


def settle(value: Any) -> list[Json]:
    """What is stored: ids given where none were, defaults filled in, nulls dropped."""
    stored = [_settled(as_object(entry)) for entry in as_list(value)]
    taken = {one["id"] for one in walk(stored) if one.get("id")}
    number = 0
    for one in walk(stored):
        if not one.get("id"):
            number += 1
            while number in taken:
                number += 1
            one["id"] = number
    return stored


_DEFAULTS: dict[int, Json] = {
    FILE: {"spoiler": False, "name": None, "size": None},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"spoiler": False, "accent_color": None},
    THUMBNAIL: {"spoiler": False, "description": None},
    TEXT_INPUT: {"min_length": None, "max_length": None, "label": None},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}


def _settled(component: Json) -> Json:
    kept = {key: entry for key, entry in component.items() if entry is not None}
    result = {**_DEFAULTS.get(component["type"], {}), **kept}
    if "components" in result:
        result["components"] = [_settled(as_object(one)) for one in as_list(result["components"])]
    for key in ("accessory", "component"):
        if key in result:
            result[key] = _settled(as_object(result[key]))
    if "default_values" in result:
        picked = [as_object(one) for one in as_list(result["default_values"])]
        result["default_values"] = [{**one, "id": str(one["id"])} for one in picked]
    if component["type"] == GALLERY:
        items = [as_object(one) for one in as_list(result["items"])]
        result["items"] = [{"description": None, "spoiler": False, **item} for item in items]
    return result


def texts(value: Any) -> list[str]:
    return [str(one["content"]) for one in walk(value) if one["type"] == TEXT_DISPLAY]
