"""The pages of forms that lead to an order: fields made of a request and a model, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.kit.files import FileShown, given
from bot.chat.kit.modal import (
    MOST_FILES,
    PAGE,
    Answers,
    Field,
    choice_field,
    files_field,
    files_of,
    text_field,
    text_of,
)
from bot.chat.orders.fields import FileField, file_fields, pages_of, parameter_field, values_of
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MULTI_PROMPT, PROMPT, MediaKind, Model
from bot.domain.models.choices import remaining
from bot.domain.models.parameters import Parameter
from bot.domain.models.slots import Role
from bot.domain.orders.derived_settings import FOLLOWS, follows_files, shape_parameter
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.texts import Texts

_FILES, _FILE, _MODEL = "drover-files", "drover-file", "drover-model"  # no model calls a parameter so
_MOST_FILE_FIELDS = 2  # beside the parameters of a model's first form
_MOST_PROMPT = 4000  # characters of a text field
_FIRST = ("duration", "seconds", "resolution", "aspect_ratio", "size", "upscale_factor", "scale", "target_resolution")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfModel:
    """A page that is called like its model."""

    model: Model

    def title(self, texts: Texts) -> str:  # noqa: ARG002 - a name is the same in every language
        return self.model.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterPage(OfModel):
    """Some of a model's parameters."""

    parameters: Sequence[Parameter]

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]:
        return _fields(self.model, self.parameters, request, texts)

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        return _with_values(request, [_asked(self.model, p) for p in self.parameters], answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPage(OfModel):
    """The prompt, where none was given with the command."""

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]:
        return [prompt_field(request, texts, required=_must_be_prompted(self.model))]

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        return replace(request, prompt=text_of(answers, PROMPT))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePage:
    """Several files at once, beside the prompt that may name them."""

    model: Model | None = None  # where one was named
    before: tuple[Attachment, ...] = ()  # what came with the command

    def title(self, texts: Texts) -> str:
        return texts("form-references-title")

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]:
        least = 0 if len(request.attachments) > len(self.before) or self._file_fields else 1
        hint = texts("form-references-hint")
        files = files_field(_FILES, texts("form-references"), description=hint, least=least, most=MOST_FILES)
        prompt = [prompt_field(request, texts, texts("form-prompt-mentions"))] if _fits_a_field(request) else []
        return [files, *(field.component(texts) for field in self._file_fields), *prompt]

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        prompted = replace(request, prompt=text_of(answers, PROMPT)) if _fits_a_field(request) else request
        files = [given(file, Role.REFERENCE) for file in files_of(answers, _FILES)]
        files += [file for field in self._file_fields for file in field.files(answers)]
        return _with_files(prompted, [*self.before, *files] if files else [])

    @property
    def _file_fields(self) -> Sequence[FileField]:
        return file_fields(self.model, PAGE - 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage(OfModel):
    """All that an order for a model begins with: prompt, files, the first of its parameters; `beside` fields more."""

    beside: int = 0

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]:
        fields = (
            [prompt_field(request, texts, required=_must_be_prompted(self.model))] if self.model.takes_prompt else []
        )
        if self.model.slots:
            elsewhere = {field.role for field in self._file_fields}
            wanted = any(all(slot.role not in elsewhere for slot in group) for group in self.model.wants)
            needed = wanted or any(slot.required for slot in self.model.slots)
            least = 1 if needed and not request.attachments else 0
            hint = ", ".join(dict.fromkeys(texts(f"role-{slot.role.value}") for slot in self.model.slots))
            label = texts("form-files-label")
            fields.append(files_field(_FILES, label, description=hint, least=least, most=MOST_FILES))
        fields += [field.component(texts) for field in self._file_fields]
        return fields + _fields(self.model, self._first(), request, texts)

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        prompted = replace(request, prompt=text_of(answers, PROMPT))
        files = [given(file) for file in files_of(answers, _FILES)]
        filled = _with_files(
            prompted, [*files, *(file for field in self._file_fields for file in field.files(answers))]
        )
        return _with_values(filled, [_asked(self.model, p) for p in self._first()], answers)

    def _first(self) -> list[Parameter]:
        """What has to be set first, then what is usually set; as many as there is room for."""
        slots = {slot.parameter for slot in self.model.slots}
        asked = [p for p in self.model.parameters.values() if p.name not in {PROMPT, MULTI_PROMPT, *slots}]
        ranked = sorted(asked, key=lambda p: (not p.needed, _FIRST.index(p.name) if p.name in _FIRST else len(_FIRST)))
        return ranked[: PAGE - bool(slots) - self.model.takes_prompt - len(self._file_fields) - self.beside]

    @property
    def _file_fields(self) -> Sequence[FileField]:
        return file_fields(self.model, _MOST_FILE_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """What is to be done with the files of a message: which of them, the prompt, the model, the length."""

    heading: str
    files: Sequence[FileShown]
    models: Mapping[str, Model]  # each by the line that shows it
    role: Role | None
    several: bool = False

    def title(self, texts: Texts) -> str:  # noqa: ARG002
        return self.heading

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]:
        fields: list[Field] = []
        if len(self.files) > 1:
            choices = [(str(n), f"{n + 1}. {file.name}") for n, file in enumerate(self.files)]
            most = len(choices) if self.several else 1
            picked = [value for value, _ in choices][:most]
            fields.append(choice_field(_FILE, texts("form-file"), choices, chosen=picked, required=True, most=most))
        if self.several:
            fields.append(files_field(_FILES, texts("form-references-further"), most=9))
        if any(model.takes_prompt for model in self.models.values()):
            required = all(map(_must_be_prompted, self.models.values()))
            fields.append(prompt_field(request, texts, required=required))
        models = [(model.id, line) for line, model in self.models.items()]
        chosen = request.model or models[0][0]
        fields.append(choice_field(_MODEL, texts("form-model"), models, chosen=[chosen], required=True))
        if any(model.duration is not None for model in self.models.values()):
            length = str(request.duration) if request.duration is not None else None
            fields.append(text_field("duration", texts("form-duration"), value=length, most=4))
        return fields

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        numbers = answers.get(_FILE)
        picked = [self.files[int(str(n))] for n in numbers] if isinstance(numbers, list) else self.files[:1]
        files = [given(file, self.role) for file in [*picked, *files_of(answers, _FILES)]]
        model = next(model for model in self.models.values() if model.id == text_of(answers, _MODEL))
        length = text_of(answers, "duration").lower().removesuffix("s").strip()
        if length and not length.isdecimal():
            raise Refusal("not-a-number", given=text_of(answers, "duration"))
        return replace(
            request,
            kind=made_by(model),
            prompt=text_of(answers, PROMPT),
            model=model.id,
            attachments=tuple(files),
            duration=int(length) if length else None,
            parent=picked[0].result if picked else None,
        )


def made_by(model: Model) -> MediaKind:
    """What is ordered from the model: of several kinds that it makes, the one that moves."""
    return MediaKind.VIDEO if MediaKind.VIDEO in model.makes else MediaKind.IMAGE


def parameter_pages(model: Model) -> list[ParameterPage]:
    """The pages for whatever no option and no attachment covers."""
    return [ParameterPage(model=model, parameters=page) for page in pages_of(remaining(model))]


def prompt_field(request: GenerationRequest, texts: Texts, hint: str | None = None, *, required: bool = False) -> Field:
    return text_field(
        PROMPT,
        texts("form-prompt"),
        description=hint,
        value=request.prompt,
        long=True,
        required=required,
        most=_MOST_PROMPT,
    )


def _fits_a_field(request: GenerationRequest) -> bool:
    """A command's option holds more than a form's field: such a prompt stays as it is."""
    return len(request.prompt) <= _MOST_PROMPT


def _fields(model: Model, parameters: Sequence[Parameter], request: GenerationRequest, texts: Texts) -> list[Field]:
    hint = texts("form-hint-shape")
    return [
        parameter_field(asked, texts, request.more.get(p.name), hint if asked is not p else None)
        for p in parameters
        if (asked := _asked(model, p))
    ]


def _asked(model: Model, parameter: Parameter) -> Parameter:
    """As a form asks for it: nothing is chosen beforehand where a file may decide, or nobody could choose just that."""
    told = shape_parameter(model)
    default = str(parameter.default).lower()
    if told != parameter or parameter.needed or not follows_files(model) or default in FOLLOWS:
        return parameter
    return replace(parameter, default=None, required=False)


def _with_values(request: GenerationRequest, parameters: Sequence[Parameter], answers: Answers) -> GenerationRequest:
    """What was cleared in a form that is filled in again is cleared in the request."""
    asked = {parameter.name for parameter in parameters}
    kept = {name: value for name, value in request.more.items() if name not in asked}
    return replace(request, more={**kept, **values_of(parameters, answers)})


def _with_files(request: GenerationRequest, files: Sequence[Attachment]) -> GenerationRequest:
    """What was uploaded before stays when a form is filled in again without files."""
    return replace(request, attachments=tuple(files)) if files else request


def _must_be_prompted(model: Model) -> bool:
    return model.takes_prompt and model.parameters[PROMPT].required
