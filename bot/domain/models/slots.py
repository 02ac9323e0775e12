"""The files of a model: the parameters that take one (slots), and the files without which it has nothing to work on.

No schema says so outright. A slot is a parameter (or the items of one, or a field of them) with the format of a URL,
or a list of objects without any properties, and its name tells the rest; the names are those of the provider's
catalogue (models.json). What has no name of this family takes no attachment, and is set by its own name.

A schema says of many a model that only the prompt is required, although the model animates an image or edits a video:
such an order is taken, paid for, and comes to nothing. The model's name tells what it is for (its id and its display
name together): "image to video", "r2v", "edit", "lip sync". Only files that the model has a slot for are asked for.
Words suffice wherever the name speaks of text too, and for a model of references that takes a storyboard
(`multi_prompt`): the provider's own samples order such a one from words alone.
"""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    if items is None or not in_objects:
        return slot
    if role is Role.ELEMENT:
        further = items.fields.get(_FURTHER)
        most = further.max_items if further is not None else None
        return replace(slot, field=_FRONTAL, further=_FURTHER, most_further=most or _MOST_FURTHER)
    # Without such a field, the URL itself stands for the object, as in the samples of the provider's pages.
    return replace(slot, field=next((f.name for f in items.fields.values() if _is_file(f, f.name)), None))


def _natural(kind: InputKind, others: Mapping[str, Parameter], *, single: bool) -> Role:
    """What a file is for when its parameter's name does not tell."""
    if kind is InputKind.AUDIO:
        return Role.SOUND
    if kind is InputKind.VIDEO:
        return Role.SOURCE if single else Role.REFERENCE
    has_start = any(name.startswith(("start_", "first_")) for name in others)
    return Role.START if single and not has_start else Role.REFERENCE


def _is_list(parameter: Parameter) -> bool:
    return "array" in parameter.types and parameter.items is not None


def _is_file(parameter: Parameter, name: str) -> bool:
    if parameter.choices or (parameter.types and "string" not in parameter.types):
        return any(_is_file(variant, name) for variant in parameter.variants)
    return (parameter.format or "").lower() in _FILE_FORMATS or _FILE_NAME.fullmatch(name) is not None


_CALLED: Mapping[str, str] = {  # what a model begins with, by what names call it
    **dict.fromkeys(("text", "txt"), "text"),
    **dict.fromkeys(("image", "img", "photo", "picture", "frame", "keyframe", "sketch", "drawing"), "image"),
    **dict.fromkeys(("reference", "subject", "character"), "reference"),
    **dict.fromkeys(("video", "vid"), "video"),
    **dict.fromkeys(("audio", "speech", "sound", "music", "voice"), "audio"),
}
_FROM_TO = re.compile(rf"\b({'|'.join(_CALLED)})s?(?: to |2)(?:video|vid|image|img|hdr)s?\b")  # also "image2video"
_TEXT_TOO = re.compile(r"\btext (?:or |and )?(?:image|reference|video|audio)s? to\b")  # "text/image to video"
_SHORT = re.compile(r"\b(ti|t|i|r|v|a|s|flf)2[vi]\b")
_SHORT_FOR: Mapping[str, Sequence[str]] = {
    "t": ("text",),
    "ti": ("text", "image"),
    "i": ("image",),
    "flf": ("image",),  # first and last frame
    "r": ("reference",),
    "v": ("video",),
    "a": ("audio",),
    "s": ("audio",),  # speech
}
# What works on something that is there already, whatever it makes of it.
_REWORKS = re.compile(
    r"\b(?:edit|editing|editor|upscal\w*|enhanc\w*|extend|extender|retake|reframe|inpaint\w*|outpaint\w*|relight\w*"
    r"|restyl\w*|restor\w*|colou?ri[sz]\w*|segment|depth anything|remov\w*|interpolat\w*|motion control|try on"
    r"|animate|swap\w*|(?:style|motion|pose) transfer|super resolution|\w*esrgan|deblur\w*|denois\w*|stabili[sz]\w*"
    r"|expander|dubbing|foley)\b"
)
_SPEAKS = re.compile(r"\b(?:lip ?sync\w*|talking|avatar|audio driven|speaking)\b")
_ASIDE = frozenset({Role.MASK, Role.STYLE, Role.CONTROL, Role.END})  # what only goes along with something else
_VISUAL = frozenset({InputKind.IMAGE, InputKind.VIDEO})


def wants_of(
    words: str, slots: Sequence[Slot], makes: Iterable[str], *, prompted: bool, storyboards: bool
) -> tuple[tuple[Slot, ...], ...]:
    """Groups of slots, of each of which one has to be filled; beside what the schema requires anyway.

    `words` are those of the model's id and name, with one blank between two. `prompted`: it takes a prompt.
    """
    sources = {_CALLED[source] for source in _FROM_TO.findall(words)}
    sources |= {source for short in _SHORT.findall(words) for source in _SHORT_FOR[short]}
    if "text" in sources or _TEXT_TOO.search(words) or (storyboards and sources == {"reference"}):
        return ()
    leading = [slot for slot in slots if slot.role not in _ASIDE]
    groups = _groups(words, leading, sources, makes_video="video" in makes, prompted=prompted)
    return tuple(group for group in groups if group and not any(slot.required for slot in group))


def _groups(
    words: str, slots: Sequence[Slot], sources: set[str], *, makes_video: bool, prompted: bool
) -> Iterator[tuple[Slot, ...]]:
    if _SPEAKS.search(words):
        yield tuple(slot for slot in slots if slot.kind is InputKind.AUDIO)
        yield tuple(slot for slot in slots if slot.kind in _VISUAL)
    elif sources:
        yield tuple(slot for slot in slots if any(_serves(slot, source) for source in sources))
    elif _REWORKS.search(words):
        videos = tuple(slot for slot in slots if slot.kind is InputKind.VIDEO) if makes_video else ()
        yield videos or tuple(slot for slot in slots if slot.kind is InputKind.IMAGE)
    elif not prompted:
        yield tuple(slots)


def _serves(slot: Slot, source: str) -> bool:
    """Whether a file in the slot is what the model begins with: an image may be the last of a video to go on from."""
    match source:
        case "image":
            return slot.kind is InputKind.IMAGE or slot.role is Role.SOURCE
        case "reference":
            return slot.kind in _VISUAL
        case "video":
            return slot.kind is InputKind.VIDEO
        case _:
            return slot.kind is InputKind.AUDIO
