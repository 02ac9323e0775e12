"""Forms that nobody has to remember: what one is for is in its custom_id, so it can be sent in after a restart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from discord import ui

from bot.chat.kit.modal import Field
from bot.chat.settings.controls import Address

Written = Mapping[str, str]
_TITLE = 45  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLayout:
    """What a form shows: at most five fields. `secret`: what is written in it is never shown again."""

    title: str
    fields: Sequence[Field]
    secret: bool = False


def as_modal(layout: FormLayout, address: Address) -> ui.Modal:
    """The form as discord.py sends it. It is over already, so the library does not keep it to wait for an answer:

    what is sent in comes as an interaction like any other (`DroverClient.on_interaction`).
    """
    modal = ui.Modal(title=layout.title[:_TITLE], timeout=None, custom_id=address.form)
    for field in layout.fields:
        modal.add_item(field)
    modal.stop()
    return modal


def written(data: Mapping[str, Any]) -> Written:
    """What stands in the fields of a form that was sent in, by their custom_ids; "" where nothing was chosen."""
    labels = cast("Sequence[Mapping[str, Any]]", data.get("components", ()))
    fields: list[Mapping[str, Any]] = [label.get("component", {}) for label in labels]
    return {str(field.get("custom_id", "")): _text(field) for field in fields}


def _text(field: Mapping[str, Any]) -> str:
    values = field.get("values")
    return str(values[0]) if values else str(field.get("value") or "").strip()
