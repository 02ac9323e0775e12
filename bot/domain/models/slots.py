"""The slots of a model: the parameters that take a file, which kind of file, and what the model does with it.

No schema says so outright. A slot is a parameter (or the items of one, or a field of them) with the format of a URL,
or a list of objects without any properties, and its name tells the rest; the names are those of the provider's
catalogue (models.json). What has no name of this family takes no attachment, and is set by its own name.
"""

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.domain.models.parameters import Parameter


class InputKind(enum.StrEnum):
    """What a file is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Role(enum.StrEnum):
    """What a model is to do with a file."""

    START = "start"  # the first frame, or the image to edit
    END = "end"  # the last frame
    REFERENCE = "reference"
    FACE = "face"  # a reference with a person's face in it
    SOURCE = "source"  # the video to edit, extend or upscale
    SOUND = "sound"
    STYLE = "style"
    MASK = "mask"
    CONTROL = "control"
    ELEMENT = "element"  # a character or thing, by one frontal image and more of it


# The words of a parameter's name that tell what kind of file it takes.
_KINDS = {
    "image": InputKind.IMAGE,
    "images": InputKind.IMAGE,
    "elements": InputKind.IMAGE,
    "mask": InputKind.IMAGE,
    "video": InputKind.VIDEO,
    "videos": InputKind.VIDEO,
    "audio": InputKind.AUDIO,
    "audios": InputKind.AUDIO,
}
# The words that tell what the file is for; the first that occurs decides.
_ROLES = {
    "elements": Role.ELEMENT,
    "mask": Role.MASK,
    "style": Role.STYLE,
    "control": Role.CONTROL,
    "face": Role.FACE,
    "reference": Role.REFERENCE,
    "tail": Role.END,
    "end": Role.END,
    "last": Role.END,
    "start": Role.START,
    "first": Role.START,
}
_FILE_FORMATS = frozenset({"uri", "url", "mp4"})
_FILE_NAME = re.compile(r"input_.*|.*_urls?")  # a slot even where a schema forgets the format
# For elements that no schema describes, the fields of the models that describe their own (models.json).
_FRONTAL, _FURTHER, _MOST_FURTHER = "frontal_image_url", "reference_image_urls", 3
# The options of the commands that give a file; other roles are called by their own names.
_OPTIONS = {Role.START: "image", Role.END: "last_frame", Role.SOURCE: "video"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One parameter that takes files. `most` is how many, None for no limit of its own.

    `field` is the name under which an object among the parameter's items takes the file; `further` the list in the
    same object that takes more of the same, at most `most_further`.
    """

    parameter: str
    kind: InputKind
    role: Role
    many: bool
    most: int | None
    required: bool
    field: str | None = None
    further: str | None = None
    most_further: int | None = None

    @property
    def option(self) -> str:
        """The member's word for it: an option of the commands where there is one."""
        return option_of(self.role)


def option_of(role: Role) -> str:
    """The member's word for a role."""
    return _OPTIONS.get(role, role.value)


def slots_of(parameters: Mapping[str, Parameter], makes: Iterable[str]) -> tuple[Slot, ...]:
    """The slots among `parameters` of a model that makes this, in the schema's order."""
    return tuple(slot for p in parameters.values() if (slot := _slot(p, parameters, frozenset(makes))) is not None)


def _slot(parameter: Parameter, all_of_them: Mapping[str, Parameter], makes: frozenset[str]) -> Slot | None:
    words = parameter.name.split("_")
    kind = next((_KINDS[word] for word in reversed(words) if word in _KINDS), None)
    if kind is None:
        return None
    form = next((v for v in (parameter, *parameter.variants) if _is_list(v)), parameter)
    many = _is_list(form)
    items = form.items if many else None
    in_objects = items is not None and "object" in items.types
    if not in_objects and not _is_file(items if items is not None else form, parameter.name):
        return None
    role = next((role for word, role in _ROLES.items() if word in words), None)
    if role is None or kind is InputKind.AUDIO:
        role = _natural(kind, all_of_them, single="image" in makes or not many)
    slot = Slot(
        parameter=parameter.name,
        kind=kind,
        role=role,
        many=many,
        most=form.max_items if many else 1,
        required=parameter.needed,
    )
    return _in_objects(slot, items) if in_objects and items is not None else slot


def _natural(kind: InputKind, others: Mapping[str, Parameter], *, single: bool) -> Role:
    """What a file is for when its parameter's name does not tell."""
    if kind is InputKind.AUDIO:
        return Role.SOUND
    if kind is InputKind.VIDEO:
        return Role.SOURCE if single else Role.REFERENCE
    has_start = any(name.startswith(("start_", "first_")) for name in others)
    return Role.START if single and not has_start else Role.REFERENCE


def _in_objects(slot: Slot, items: Parameter) -> Slot:
    if slot.role is Role.ELEMENT:
        further = items.fields.get(_FURTHER)
        most = further.max_items if further is not None else None
        return replace(slot, field=_FRONTAL, further=_FURTHER, most_further=most or _MOST_FURTHER)
    files = (f.name for f in items.fields.values() if _is_file(f, f.name))
    return replace(slot, field=next(files, None))  # none: the samples of the provider's pages send the URL itself


def _is_list(parameter: Parameter) -> bool:
    return "array" in parameter.types and parameter.items is not None


def _is_file(parameter: Parameter, name: str) -> bool:
    if parameter.choices or (parameter.types and "string" not in parameter.types):
        return any(_is_file(variant, name) for variant in parameter.variants)
    return (parameter.format or "").lower() in _FILE_FORMATS or _FILE_NAME.fullmatch(name) is not None
