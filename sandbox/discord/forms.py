"""Checks of JSON bodies that collect every problem into Discord's 50035 error tree.

A check is a function (value, path, problems); small ones are combined into the shapes of messages, components and
commands. Codes and texts follow what the public documentation shows under "Error Messages" and what libraries print.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, cast

from sandbox.discord.errors import InvalidForm

Path: TypeAlias = tuple[str, ...]
Json: TypeAlias = dict[str, Any]

_SNOWFLAKE = re.compile(r"0|[1-9][0-9]{0,19}")
_HOST = re.compile(r"//[^\s/?#]+[^\s]*$")


class Problems:
    """What is wrong so far. `settle` raises InvalidForm when anything is."""

    def __init__(self) -> None:
        self.tree: Json = {}
        self.count = 0

    def add(self, path: Path, code: str, message: str) -> None:
        self.count += 1
        node = self.tree
        for step in path:
            node = node.setdefault(step, {})
        found: list[Json] = node.setdefault("_errors", [])
        found.append({"code": code, "message": message})

    def settle(self) -> None:
        if self.tree:
            raise InvalidForm(self.tree)


Check: TypeAlias = Callable[[Any, Path, Problems], None]


def as_object(value: Any) -> Json:
    """The value if it is a JSON object, else an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def validate(check: Check, value: Any) -> None:
    problems = Problems()
    check(value, (), problems)
    problems.settle()


def anything(_value: Any, _path: Path, _problems: Problems) -> None:
    """Accepts all: the field is stored, not judged."""


def text(low: int = 0, high: int | None = None, pattern: str | None = None) -> Check:
    """A string of `low` to `high` characters that fits the pattern as a whole."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif low and high and not low <= len(value) <= high:
            if value:
                problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
            else:
                problems.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif high is not None and len(value) > high:
            problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        elif compiled is not None and not compiled.fullmatch(value):
            problems.add(path, "STRING_TYPE_REGEX", "String value did not match validation regex.")

    return check


def link(*schemes: str, high: int = 2048, named: Sequence[str] = ()) -> Check:
    """An URL of one of those schemes. `named` are the schemes that the refusal lists, where those are not the same.

    Codes and texts: discord-api-docs issue 5837, discord.js issue 5724. What has no scheme is taken for one as a whole.
    """
    listed = ", ".join(f"'{one}'" for one in named or schemes)

    def check(value: Any, path: Path, problems: Problems) -> None:
        before = problems.count
        text(0, high)(value, path, problems)
        if problems.count > before:
            return
        scheme, _, rest = value.partition(":")
        scheme = scheme.lower()
        if scheme not in schemes:
            message = f'Scheme "{scheme}" is not supported. Scheme must be one of ({listed}).'
            problems.add(path, "URL_TYPE_INVALID_SCHEME", message)
        if value and not _HOST.match(rest):
            problems.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")

    return check


def moment(value: Any, path: Path, problems: Problems) -> None:
    """A point in time as ISO 8601 writes it."""
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        problems.add(path, "DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")


def number(low: float | None = None, high: float | None = None, *, whole: bool = False) -> Check:
    kind = "int" if whole else "float"

    def check(value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not {kind}.')
        elif low is not None and value < low:
            problems.add(path, "NUMBER_TYPE_MIN", f"{kind} value should be greater than or equal to {low}.")
        elif high is not None and value > high:
            problems.add(path, "NUMBER_TYPE_MAX", f"{kind} value should be less than or equal to {high}.")

    return check


def integer(low: int | None = None, high: int | None = None) -> Check:
    return number(low, high, whole=True)


def boolean(value: Any, path: Path, problems: Problems) -> None:
    if not isinstance(value, bool):
        problems.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def snowflake(value: Any, path: Path, problems: Problems) -> None:
    """An id, as string or as number: Discord takes both, and libraries send both."""
    if isinstance(value, bool) or not _SNOWFLAKE.fullmatch(str(value)):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def one_of(*allowed: Any) -> Check:
    def check(value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or value not in allowed:
            listed = ", ".join(str(item) for item in allowed)
            problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")

    return check


def each(item: Check, low: int = 0, high: int | None = None) -> Check:
    """A list of `low` to `high` items; problems are filed under their index."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        items = as_list(cast("Any", value))
        if low and high is not None and not low <= len(items) <= high:
            problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        elif high is not None and len(items) > high:
            problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        for index, entry in enumerate(items):
            item(entry, (*path, str(index)), problems)

    return check


def mapping(value_check: Check, keys: Collection[str] | None = None, high: int | None = None) -> Check:
    """An object from free keys (or those of a collection) to like values."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        entries = as_object(cast("Any", value))
        if high is not None and len(entries) > high:
            problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        for key, entry in entries.items():
            if keys is not None and key not in keys:
                listed = ", ".join(f"'{item}'" for item in sorted(keys))
                problems.add((*path, key), "ENUM_TYPE_COERCE", f'Value "{key}" is not one of {listed}.')
            value_check(entry, (*path, key), problems)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object. Optional fields may be null; unknown ones are ignored, as Discord does."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        entries = as_object(cast("Any", value))
        for key, item in required.items():
            if entries.get(key) is None:
                problems.add((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
            else:
                item(entries[key], (*path, key), problems)
        for key, item in (optional or {}).items():
            if entries.get(key) is not None:
                item(entries[key], (*path, key), problems)

    return check


def by_type(kinds: Mapping[int, Check]) -> Check:
    """An object whose `type` says which of several shapes it must have."""
    known = one_of(*kinds)

    def check(value: Any, path: Path, problems: Problems) -> None:
        kind = as_object(value).get("type")
        if isinstance(kind, int) and kind in kinds:
            kinds[kind](value, path, problems)
        elif kind is None:
            problems.add((*path, "type"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            known(kind, (*path, "type"), problems)

    return check


def both(*checks: Check) -> Check:
    """The checks one after the other, as long as none finds anything: rules may rely on the shape before them."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        before = problems.count
        for item in checks:
            if problems.count == before:
                item(value, path, problems)

    return check


def later(find: Callable[[], Check]) -> Check:
    """A check that is defined further down (shapes nest)."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        find()(value, path, problems)

    return check


# Groups or extensions a file may be of; only its name is looked at (public documentation: "File Type Filtering").
FILE_TYPES = each(text(1, 32, r"image|video|audio|\.[A-Za-z0-9]+"), 0, 10)
