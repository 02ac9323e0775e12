"""Forms: a model's parameters as fields of a modal, and what a member wrote there as values."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import discord
from bot.chat.kit.words import readable
from bot.domain.ids import UserId
from bot.domain.models.parameters import Json, Parameter, allowed
from bot.texts import Texts
from discord import ui

from bot.chat.kit.desk import Desk
from bot.chat.kit.row_button import Interaction
from bot.chat.kit.sheets import LASTS, Sheet, form_id

PAGE = 5  # fields; a modal holds no more
MOST_FILES = 10
_MOST_CHOICES = 25
_LABEL, _DESCRIPTION, _TITLE, _CHOICE = 45, 100, 45, 100  # characters
_LONG = 4000  # characters of a text field
_PARAGRAPHS = frozenset({"negative_prompt", "prompt"})

Field: TypeAlias = ui.Label["Form"]
Answer: TypeAlias = str | bool | list[str] | list[discord.Attachment]
Answers: TypeAlias = Mapping[str, Answer]
Done: TypeAlias = Callable[[Interaction, Answers], Awaitable[None]]


class Form(ui.Modal):
    """A modal of a sheet. `done` gets what was written, by the names of the fields; empty fields are left out."""

    def __init__(self, sheet: Sheet, title: str, fields: Iterable[Field], done: Done) -> None:
        super().__init__(title=_cut(title, _TITLE), timeout=LASTS, custom_id=form_id(sheet))
        self._sheet_id = sheet.id
        self._done = done
        for field in fields:
            self.add_item(field)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """The library goes by the form's id alone. Raises `Refusal` for anybody but the member who was given it."""
        client: Desk = interaction.client
        if not client.sheets.knows(self._sheet_id):
            return False  # `DroverClient.on_interaction` says so
        client.sheets.find(self._sheet_id, UserId(interaction.user.id))
        return True

    async def on_submit(self, interaction: Interaction, /) -> None:
        order = _uploaded(interaction)
        answers: dict[str, Answer] = {}
        for label in self.children:
            component = cast("Field", label).component
            answer = _answer(component, order)
            if answer is not None:
                answers[cast("Any", component).custom_id] = answer
        await self._done(interaction, answers)

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:
        client: Desk = interaction.client
        await client.explain(interaction, error, command="form")


def _answer(component: ui.Item[Any], order: Sequence[str]) -> Answer | None:
    """What stands in the component; `order` has the ids of uploaded files as the member put them."""
    match component:
        case ui.TextInput():
            return component.value.strip() or None
        case ui.Select():
            return list(component.values) or None
        case ui.Checkbox():
            return component.value
        case ui.FileUpload():
            return sorted(component.values, key=lambda file: order.index(str(file.id))) or None
        case _:
            return None


def _uploaded(interaction: Interaction) -> list[str]:
    """The ids of all uploaded files in the member's order, which the library does not keep: prompts count by it."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    fields: list[dict[str, Any]] = [label.get("component", {}) for label in data.get("components", ())]
    upload = discord.ComponentType.file_upload.value
    return [str(file_id) for field in fields if field.get("type") == upload for file_id in field.get("values", ())]


def text_field(
    name: str,
    label: str,
    *,
    description: str | None = None,
    value: str | None = None,
    long: bool = False,
    required: bool = False,
    most: int = _LONG,
) -> Field:
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    most = min(most, _LONG)
    default = _cut(value, most) if value else None
    component: ui.TextInput[Form] = ui.TextInput(
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
        discord.SelectOption(label=_cut(text, _CHOICE), value=value, default=value in chosen)
        for value, text in choices[:_MOST_CHOICES]
    ]
    component: ui.Select[Form] = ui.Select(
        custom_id=name,
        options=options,
        required=required,
        min_values=1 if required else 0,
        max_values=min(most, len(options)),
    )
    return _label(label, description, component)


def files_field(name: str, label: str, *, description: str | None = None, least: int = 0, most: int = 1) -> Field:
    component: ui.FileUpload[Form] = ui.FileUpload(
        custom_id=name, required=least > 0, min_values=least, max_values=min(most, MOST_FILES)
    )
    return _label(label, description, component)


def parameter_field(parameter: Parameter, texts: Texts, given: Json | None = None, hint: str | None = None) -> Field:
    """The field for a parameter: a list of its choices, a box to tick, or a text; `given` stands in it beforehand.

    `hint` is said of it rather than what it may be.
    """
    label, hint = readable(parameter.name, texts), hint or _hint(parameter, texts)
    shown = parameter.default if given is None else given
    choices = [(str(choice), str(choice)) for choice in parameter.choices]
    if choices and len(choices) <= _MOST_CHOICES and all(0 < len(value) <= _CHOICE for value, _ in choices):
        chosen = [str(shown)] if shown is not None else []
        return choice_field(
            parameter.name, label, choices, description=hint, chosen=chosen, required=parameter.required
        )
    if parameter.types == ("boolean",):
        return _boolean(parameter, label, hint, texts, shown)
    return text_field(
        parameter.name,
        label,
        description=hint,
        value=_as_text(given),
        long=parameter.name in _PARAGRAPHS or bool({"array", "object"} & set(parameter.types)),
        required=parameter.required,
        most=parameter.max_length or _LONG,
    )


def _boolean(parameter: Parameter, label: str, hint: str | None, texts: Texts, shown: Json | None) -> Field:
    """A box to tick cannot say "neither", so a parameter without a default gets a list."""
    if isinstance(parameter.default, bool):
        component: ui.Checkbox[Form] = ui.Checkbox(custom_id=parameter.name, default=shown is True or shown == "true")
        return _label(label, None, component)
    choices = [("true", texts("form-yes")), ("false", texts("form-no"))]
    chosen = [str(shown).lower()] if shown is not None else []
    return choice_field(parameter.name, label, choices, description=hint, chosen=chosen, required=parameter.required)


def values_of(parameters: Iterable[Parameter], answers: Answers) -> dict[str, Json]:
    """What was written for the parameters, as it was written; what the model would do anyway is left out."""
    values: dict[str, Json] = {}
    for parameter in parameters:
        answer = answers.get(parameter.name)
        if isinstance(answer, list):
            answer = str(answer[0])
        if answer is not None and str(answer).lower() != str(parameter.default).lower():
            values[parameter.name] = answer
    return values


def pages_of(parameters: Sequence[Parameter], size: int = PAGE) -> list[Sequence[Parameter]]:
    return [parameters[start : start + size] for start in range(0, len(parameters), size)]


def text_of(answers: Answers, name: str) -> str:
    """What was written or chosen in the field; "" for nothing."""
    answer = answers.get(name, "")
    return str(answer[0]) if isinstance(answer, list) else str(answer)


def files_of(answers: Answers, name: str) -> list[discord.Attachment]:
    answer = answers.get(name)
    return [file for file in answer if isinstance(file, discord.Attachment)] if isinstance(answer, list) else []


def _hint(parameter: Parameter, texts: Texts) -> str | None:
    possible = "" if parameter.choices or parameter.types == ("boolean",) else allowed(parameter)
    usual = _as_text(parameter.default) if parameter.default not in (None, "") else None
    if possible and usual:
        return texts("form-hint-both", allowed=possible, usual=usual)
    if usual:
        return texts("form-hint-usual", usual=usual)
    return texts("form-hint-allowed", allowed=possible) if possible else None


def _as_text(value: Json | None) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _label(text: str, description: str | None, component: ui.Item["Form"]) -> Field:
    about = _cut(description, _DESCRIPTION) if description else None
    return ui.Label(text=_cut(text, _LABEL), description=about, component=component)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
