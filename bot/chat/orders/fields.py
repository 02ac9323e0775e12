"""Fields of forms for what a model takes, and what a member wrote there as values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.chat.kit.files import given
from bot.chat.kit.modal import (
    CHOICE,
    LONG,
    MOST_CHOICES,
    PAGE,
    Answers,
    Field,
    box_field,
    choice_field,
    files_field,
    files_of,
    text_field,
)
from bot.chat.kit.words import readable
from bot.domain.models.catalogue import Model
from bot.domain.models.parameters import Json, Parameter, allowed
from bot.domain.models.slots import Role
from bot.domain.orders.inputs import Attachment
from bot.texts import Texts

# What no option of a command gives.
FILE_ROLES = (Role.FACE, Role.ELEMENT, Role.STYLE, Role.MASK, Role.CONTROL)
_ELEMENTS = 2  # that are asked for; a form has five fields
_OF_ELEMENT = 4  # pictures: one from the front, three more (the models' schemas)
_PARAGRAPHS = frozenset({"negative_prompt", "prompt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileField:
    """A field for files of which no option of a command says what they are for: faces, elements, a style, a mask.

    `element` numbers those of which a model takes several.
    """

    role: Role
    most: int
    element: int | None = None

    @property
    def name(self) -> str:
        return f"drover-{self.role.value}-{self.element or 1}"  # no model calls a parameter so

    def component(self, texts: Texts) -> Field:
        if self.element is None:
            return files_field(self.name, texts(f"file-field-{self.role.value}"), most=self.most)
        number = str(self.element)
        label, hint = texts("file-field-element", number=number), texts("file-field-element-hint", number=number)
        return files_field(self.name, label, description=hint, most=self.most)

    def files(self, answers: Answers) -> list[Attachment]:
        """What was put in. Raises `Refusal` for what is no image, video or sound."""
        return [replace(given(file, self.role), element=self.element) for file in files_of(answers, self.name)]


def file_fields(model: Model | None, room: int) -> Sequence[FileField]:
    """The fields that fit the model, at most `room` of them."""
    slots = {slot.role: slot for slot in model.slots} if model is not None else {}
    found: list[FileField] = []
    for role in FILE_ROLES:
        slot = slots.get(role)
        if slot is None:
            continue
        if role is Role.ELEMENT:
            found += [FileField(role=role, most=_OF_ELEMENT, element=n + 1) for n in range(_ELEMENTS)]
        else:
            found.append(FileField(role=role, most=slot.most or _OF_ELEMENT))
    return found[:room]


def parameter_field(parameter: Parameter, texts: Texts, given: Json | None = None, hint: str | None = None) -> Field:
    """The field for a parameter: a list of its choices, a box to tick, or a text; `given` stands in it beforehand.

    `hint` is said of it rather than what it may be.
    """
    label = readable(parameter.name, texts)
    if hint is None:
        possible = "" if parameter.choices or parameter.types == ("boolean",) else allowed(parameter)
        default = _as_text(parameter.default) if parameter.default not in (None, "") else None
        if possible and default:
            hint = texts("form-hint-both", allowed=possible, default=default)
        elif default:
            hint = texts("form-hint-default", default=default)
        elif possible:
            hint = texts("form-hint-allowed", allowed=possible)
    shown = parameter.default if given is None else given
    choices = [(str(choice), str(choice)) for choice in parameter.choices]
    chosen = [str(shown)] if shown is not None else []
    if not choices and parameter.types == ("boolean",):
        if isinstance(parameter.default, bool):
            return box_field(parameter.name, label, ticked=shown is True or shown == "true")
        choices = [("true", texts("form-yes")), ("false", texts("form-no"))]  # a box to tick cannot say "neither"
        chosen = [each.lower() for each in chosen]
    if choices and len(choices) <= MOST_CHOICES and all(0 < len(value) <= CHOICE for value, _ in choices):
        return choice_field(
            parameter.name, label, choices, description=hint, chosen=chosen, required=parameter.required
        )
    return text_field(
        parameter.name,
        label,
        description=hint,
        value=_as_text(given),
        long=parameter.name in _PARAGRAPHS or bool({"array", "object"} & set(parameter.types)),
        required=parameter.required,
        most=parameter.max_length or LONG,
    )


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


def _as_text(value: Json | None) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
