"""Forms: fields of a modal, and what a member wrote there.

Nobody has to remember a form: what it is for stands in its custom_id, and what is sent in comes as an interaction like
any other (`bot.chat.kit.control`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import discord
from discord import ui

from bot.chat.kit.components import cut
from bot.chat.kit.files import FileShown, file_of

PAGE = 5  # fields; a modal holds no more
MOST_FILES = 10
MOST_CHOICES = 25
_LABEL, _DESCRIPTION, _TITLE = 45, 100, 45  # characters
CHOICE = 100  # characters
LONG = 4000  # characters of a text field

Field: TypeAlias = ui.Label[ui.Modal]
Answer: TypeAlias = str | bool | list[str] | list[FileShown]
Answers: TypeAlias = Mapping[str, Answer]


def form(custom_id: str, title: str, fields: Iterable[Field]) -> ui.Modal:
    """The form as it is sent. It is over already, so that discord.py does not keep it to wait for an answer."""
    modal = ui.Modal(title=cut(title, _TITLE), timeout=None, custom_id=custom_id)
    for field in fields:
        modal.add_item(field)
    modal.stop()
    return modal


def answers_in(data: Mapping[str, Any]) -> Answers:
    """What was written in a form that was sent in, by the names of the fields; empty fields are left out.

    Uploaded files are in the member's order, which discord.py does not keep: prompts count by it.
    """
    resolved = cast("Mapping[str, Any]", data.get("resolved") or {})
    files = cast("Mapping[str, Mapping[str, Any]]", resolved.get("attachments") or {})
    answers: dict[str, Answer] = {}
    for label in data.get("components", ()):
        field: Mapping[str, Any] = label.get("component", {})
        if field.get("type") == discord.ComponentType.file_upload.value:
            answer: Answer = [file_of(files[each]) for each in field.get("values", ()) if each in files]
        elif "values" in field:
            answer = [str(each) for each in field["values"]]
        elif isinstance(field.get("value"), bool):
            answer = field["value"]
        else:
            answer = str(field.get("value") or "").strip()
        if answer not in ("", []):
            answers[str(field.get("custom_id", ""))] = answer
    return answers


def text_field(
    name: str,
    label: str,
    *,
    description: str | None = None,
    value: str | None = None,
    long: bool = False,
    required: bool = False,
    most: int = LONG,
) -> Field:
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    most = min(most, LONG)
    default = cut(value, most) if value else None
    component: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=name, style=style, required=required, max_length=most, default=default
    )
    return _label(label, description, component)


def choice_field(
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    description: str | None = None,
    chosen: Sequence[str] = (),
    required: bool = False,
    most: int = 1,
) -> Field:
    """`choices` are pairs of value and name, at most 25 of them; `chosen` are marked beforehand."""
    options = [
        discord.SelectOption(label=cut(text, CHOICE), value=value, default=value in chosen)
        for value, text in choices[:MOST_CHOICES]
    ]
    component: ui.Select[ui.Modal] = ui.Select(
        custom_id=name,
        options=options,
        required=required,
        min_values=1 if required else 0,
        max_values=min(most, len(options)),
    )
    return _label(label, description, component)


def files_field(name: str, label: str, *, description: str | None = None, least: int = 0, most: int = 1) -> Field:
    component: ui.FileUpload[ui.Modal] = ui.FileUpload(
        custom_id=name, required=least > 0, min_values=least, max_values=min(most, MOST_FILES)
    )
    return _label(label, description, component)


def box_field(name: str, label: str, *, ticked: bool) -> Field:
    """A box to tick."""
    component: ui.Checkbox[ui.Modal] = ui.Checkbox(custom_id=name, default=ticked)
    return _label(label, None, component)


def text_of(answers: Answers, name: str) -> str:
    """What was written or chosen in the field; "" for nothing."""
    answer = answers.get(name, "")
    return str(answer[0]) if isinstance(answer, list) else str(answer)


def files_of(answers: Answers, name: str) -> list[FileShown]:
    answer = answers.get(name)
    return [file for file in answer if isinstance(file, FileShown)] if isinstance(answer, list) else []


def _label(text: str, description: str | None, component: ui.Item[ui.Modal]) -> Field:
    about = cut(description, _DESCRIPTION) if description else None
    return ui.Label(text=cut(text, _LABEL), description=about, component=component)
