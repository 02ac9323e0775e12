"""Application commands: what may be registered, and how it is stored.

Source: public documentation, interactions/application-commands.
"""

import re
from typing import Any

from sandbox.discord.forms import (
    FILE_TYPES,
    Check,
    Json,
    Path,
    Problems,
    anything,
    as_list,
    as_object,
    boolean,
    both,
    by_type,
    each,
    integer,
    later,
    mapping,
    number,
    one_of,
    shape,
    text,
)

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUB_COMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER_OPTION = 1, 2, 3, 4, 5, 6
CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 7, 8, 9, 10, 11
_LOCALE_LIST = (
    "ar bg cs da de el en-GB en-US es-419 es-ES fi fr he hi hr hu id it ja ko lt nl no pl pt-BR ro ru sv-SE th tr "
    "uk vi zh-CN zh-TW"
)
LOCALES = frozenset(_LOCALE_LIST.split())
_MOST_CHARACTERS = 8000
_INT53 = 2**53
# Letters and numbers of any script, and the vowel signs of Devanagari and Thai, which are neither.
_NAME = r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}"


def _chat_name(value: Any, path: Path, problems: Problems) -> None:
    text(1, 32)(value, path, problems)
    if isinstance(value, str) and value and (not re.fullmatch(_NAME, value) or value != value.lower()):
        problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _names(high: int) -> dict[str, Check]:
    return {"name_localizations": mapping(text(1, high), LOCALES, 34)}


_DESCRIPTION = {"description": text(1, 100)}
_OPTION_BASE: dict[str, Check] = {
    "name_localizations": mapping(_chat_name, LOCALES, 34),
    "description_localizations": mapping(text(1, 100), LOCALES, 34),
    "required": boolean,
}
_NAMED = {"name": _chat_name, **_DESCRIPTION}


def _choices(value: Check) -> dict[str, Check]:
    return {"autocomplete": boolean, "choices": each(shape({"name": text(1, 100), "value": value}, _names(100)), 0, 25)}


_INT53_CHECK = integer(-_INT53, _INT53)
_FLOAT53 = number(-_INT53, _INT53)
_VALUES: dict[int, Check] = {
    STRING: shape(
        _NAMED,
        {**_OPTION_BASE, **_choices(text(0, 100)), "min_length": integer(0, 6000), "max_length": integer(1, 6000)},
    ),
    INTEGER: shape(
        _NAMED, {**_OPTION_BASE, **_choices(_INT53_CHECK), "min_value": _INT53_CHECK, "max_value": _INT53_CHECK}
    ),
    NUMBER: shape(_NAMED, {**_OPTION_BASE, **_choices(_FLOAT53), "min_value": _FLOAT53, "max_value": _FLOAT53}),
    CHANNEL: shape(_NAMED, {**_OPTION_BASE, "channel_types": each(integer(0))}),
    ATTACHMENT: shape(_NAMED, {**_OPTION_BASE, "file_types": FILE_TYPES}),
    **{kind: shape(_NAMED, _OPTION_BASE) for kind in (BOOLEAN, USER_OPTION, ROLE, MENTIONABLE)},
}


def _option_rules(value: Any, path: Path, problems: Problems) -> None:
    """Names are unique, required options come first, autocomplete and choices exclude each other."""
    names: set[str] = set()
    optional_seen = False
    for index, entry in enumerate(as_list(value)):
        option = as_object(entry)
        here = (*path, str(index))
        name = str(option.get("name"))
        if name in names:
            problems.add(
                (*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", f"Option name {name} is used twice"
            )
        names.add(name)
        if option.get("required") and optional_seen:
            problems.add(
                here,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        if option.get("autocomplete") and option.get("choices"):
            problems.add(
                (*here, "choices"), "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", "Cannot have choices with autocomplete"
            )


_PLAIN = both(each(by_type(_VALUES), 0, 25), _option_rules)
_SUB = shape(_NAMED, {**_OPTION_BASE, "options": _PLAIN})
_GROUP = shape({**_NAMED, "options": both(each(by_type({SUB_COMMAND: _SUB}), 1, 25), _option_rules)}, _OPTION_BASE)


def _one_level(value: Any, path: Path, problems: Problems) -> None:
    """Either values, or subcommands and groups of them; never both."""
    nested = [as_object(one).get("type") in {SUB_COMMAND, GROUP} for one in as_list(value)]
    if any(nested) and not all(nested):
        text_of_it = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text_of_it)


_OPTIONS = both(each(by_type({SUB_COMMAND: _SUB, GROUP: _GROUP, **_VALUES}), 0, 25), _option_rules, _one_level)
_SHARED: dict[str, Check] = {
    "contexts": each(one_of(0, 1, 2), 1, 3),
    "integration_types": each(one_of(0, 1), 1, 2),
    "default_member_permissions": later(lambda: _permission_bits),
    "dm_permission": boolean,
    "nsfw": boolean,
    "type": one_of(CHAT_INPUT, USER, MESSAGE),
    "handler": anything,
}


def _permission_bits(value: Any, path: Path, problems: Problems) -> None:
    """A bit set, as a string or (as libraries send it) a number."""
    if isinstance(value, bool) or not str(value).isdecimal():
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


_CHAT_COMMAND = shape(
    _NAMED,
    {
        **_SHARED,
        "name_localizations": mapping(_chat_name, LOCALES, 34),
        "description_localizations": mapping(text(1, 100), LOCALES, 34),
        "options": _OPTIONS,
    },
)
# Commands of the context menu have a name, in any case and with spaces, and nothing else to show or to ask.
_MENU_COMMAND = shape(
    {"name": text(1, 32)}, {**_SHARED, **_names(32), "description": text(0, 0), "options": each(anything, 0, 0)}
)


def check(value: Any, path: Path, problems: Problems) -> None:
    form = as_object(value)
    kind = form.get("type") or CHAT_INPUT
    (_CHAT_COMMAND if kind == CHAT_INPUT else _MENU_COMMAND)(value, path, problems)
    if not problems.tree and _characters(form) > _MOST_CHARACTERS:
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({_MOST_CHARACTERS})")


def _characters(form: Json) -> int:
    """Name, description and string choices, the longest localisation counted, over the whole command."""
    total = 0
    for key in ("name", "description"):
        versions = [form.get(key), *as_object(form.get(f"{key}_localizations")).values()]
        total += max((len(one) for one in versions if isinstance(one, str)), default=0)
    value = form.get("value")
    total += len(value) if isinstance(value, str) else 0
    nested = [*as_list(form.get("options")), *as_list(form.get("choices"))]
    return total + sum(_characters(as_object(one)) for one in nested)


def settle(form: Json, before: Json | None = None) -> Json:
    """As Discord stores it: defaults filled in, options without nulls; `before` for a PATCH."""
    merged = {**(before or {}), **form}
    permissions = merged.get("default_member_permissions")
    settled: Json = {
        "type": merged.get("type") or CHAT_INPUT,
        "name": merged["name"],
        "name_localizations": merged.get("name_localizations"),
        "description": merged.get("description") or "",
        "description_localizations": merged.get("description_localizations"),
        "default_member_permissions": None if permissions is None else str(permissions),
        "dm_permission": merged.get("dm_permission") is not False,
        "contexts": merged.get("contexts"),
        "integration_types": merged.get("integration_types") or [0],
        "nsfw": bool(merged.get("nsfw")),
    }
    options = [_option(as_object(one)) for one in as_list(merged.get("options"))]
    return {**settled, "options": options} if options else settled


def _option(option: Json) -> Json:
    kept = {key: entry for key, entry in option.items() if entry is not None}
    if option["type"] in {SUB_COMMAND, GROUP}:
        kept.pop("required", None)
        kept["options"] = [_option(as_object(one)) for one in as_list(option.get("options"))]
    elif not kept.get("required"):
        kept.pop("required", None)
    if not kept.get("autocomplete"):
        kept.pop("autocomplete", None)
    choices = [as_object(one) for one in as_list(kept.pop("choices", None))]
    if choices:
        kept["choices"] = [{"name_localizations": None, **choice} for choice in choices]
    return {"name_localizations": None, "description_localizations": None, **kept}


def localized(form: Json, locale: str) -> Json:
    """The same with name_localized and description_localized for a reader, and without the maps."""
    result = {key: entry for key, entry in form.items() if not key.endswith("_localizations")}
    for key in ("name", "description"):
        texts = as_object(form.get(f"{key}_localizations"))
        found = texts.get(locale) or (texts.get("en-US") if locale == "en-GB" else None)
        if found:
            result[f"{key}_localized"] = found
    for key in ("options", "choices"):
        if key in form:
            result[key] = [localized(as_object(one), locale) for one in as_list(form[key])]
    return result
