"""A modal as a member sees it: frozen records of its fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, cast

_ROW, _TEXT_INPUT, _TEXT_DISPLAY, _LABEL = 1, 4, 10, 18
_KINDS = {
    3: "choice", 4: "text", 5: "user", 6: "role", 7: "mentionable", 8: "channel",
    19: "files", 21: "radio", 22: "checkboxes", 23: "checkbox",
}  # fmt: skip
_MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something a modal asks for."""

    custom_id: str
    label: str
    description: str | None
    kind: str
    """text, choice, user, role, mentionable, channel, files, radio, checkboxes or checkbox."""
    required: bool
    options: tuple[str, ...]
    """The values of a choice, radio or checkboxes."""
    labels: tuple[str, ...]
    """What a member reads in place of `options`."""
    value: str | None
    """What a text is filled with before anybody types."""
    placeholder: str | None
    minimum: int
    maximum: int
    """Characters of a text, else how many values or files."""
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modal:
    custom_id: str
    title: str
    text: str
    """What stands between the fields."""
    fields: tuple[Field, ...]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        top = _listed(raw["components"])
        notes = [str(one["content"]) for one in top if one["type"] == _TEXT_DISPLAY]
        return cls(custom_id=raw["custom_id"], title=raw["title"], text="\n".join(notes), fields=tuple(_fields(top)))

    def field(self, name: str) -> Field:
        """The field of that custom_id or label; LookupError when there is none."""
        for one in self.fields:
            if name in {one.custom_id, one.label}:
                return one
        raise LookupError(f"the form has no {name!r}; it has {[one.label for one in self.fields]}")


def _listed(value: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", value) if isinstance(value, list) else []


def _fields(top: list[dict[str, Any]]) -> Iterator[Field]:
    for one in top:
        if one["type"] == _LABEL:
            yield _field(one["component"], one["label"], one.get("description"))
        elif one["type"] == _ROW:
            for inner in _listed(one["components"]):
                yield _field(inner, inner.get("label") or "", None)


def _field(one: dict[str, Any], label: str, description: str | None) -> Field:
    options = _listed(one.get("options"))
    written = one["type"] == _TEXT_INPUT
    least, most = ("min_length", "max_length") if written else ("min_values", "max_values")
    return Field(
        custom_id=one["custom_id"],
        label=label,
        description=description,
        kind=_KINDS[one["type"]],
        required=bool(one.get("required", True)),
        options=tuple(option["value"] for option in options),
        labels=tuple(option["label"] for option in options),
        value=one.get("value"),
        placeholder=one.get("placeholder"),
        minimum=one.get(least) or 0,
        maximum=one.get(most) or (_MOST_CHARACTERS if written else 1),
        raw=one,
    )
