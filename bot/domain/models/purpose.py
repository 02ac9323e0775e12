"""What a model is for, and so the files without which it has nothing to work on.

A schema says of many a model that only the prompt is required, although the model animates a picture or edits a film:
such an order is taken, paid for, and comes to nothing. The model's name tells (its id and its display name together):
"image to video", "r2v", "edit", "lip sync". A name says nothing of the schema, so only files that the model
has a slot for are asked for. Words suffice wherever the name speaks of text too, and for a model of references that
takes a storyboard (`multi_prompt`): the provider's own samples order such a one from words alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.domain.models.slots import InputKind, Role, Slot

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
    """Whether a file in the slot is what the model begins with: a picture may be the last of a film to go on from."""
    match source:
        case "image":
            return slot.kind is InputKind.IMAGE or slot.role is Role.SOURCE
        case "reference":
            return slot.kind in _VISUAL
        case "video":
            return slot.kind is InputKind.VIDEO
        case _:
            return slot.kind is InputKind.AUDIO
