"""What an order's files decide where the member does not: the shape of the result, and how long it is.

Somebody who gives an upright picture and sets no shape wants an upright result. What leads is the film that is
reworked, else the picture to begin with or to edit, else the one to end with; of several, the first. A
reference, a style, a mask or an element leads nothing: it says what is in the picture, and not how it is framed. What
the member sets is left as it is, whatever parameter of the model they set it by; so is what the model wants to be told
(`luma-ray-v3-2-reframe` is asked for a shape in order to change it).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.models.catalogue import ASPECT_RATIO, MULTI_PROMPT, RESOLUTION_NAMES, Model
from bot.domain.models.parameters import Json, Parameter, Scalar, as_seconds
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import FileProperties, Input

# The parameters in which some model or other is told a shape.
SHAPE_NAMES = (ASPECT_RATIO, "ratio", "image_size", *RESOLUTION_NAMES)
# What a model calls "as it is".
FOLLOWS = frozenset({"auto", "adaptive", "match_input_image", "match_input", "match_source", "original", "source"})
_LEADERS = (Role.SOURCE, Role.START, Role.END)  # the first of them decides
_WORDS = {"landscape": 16 / 9, "portrait": 9 / 16, "square": 1.0, "square_hd": 1.0}
_RATIO = re.compile(r"(\d{1,5}(?:\.\d{1,4})?)[:x](\d{1,5}(?:\.\d{1,4})?)", re.IGNORECASE)  # 9:16, 19.5:9, 1024x1536
_PRESET = re.compile(r"(portrait|landscape)_(\d{1,3})_(\d{1,3})")  # portrait_16_9 is 9 by 16
_BLOCK = 16  # pixels, in whose multiples models count
_NAMED = 32  # a ratio of larger numbers says less than the pixels do
_PART = re.compile(r"\b(?:extend|retake)\b")  # their length is that of what is added or replaced
_SAME = 0.5  # seconds: films are rarely as long as they say
_UNHEARD = 0.25  # seconds at the end of a sound that nobody misses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leader:
    """What leads, and which of the inputs it is; None for a file that travels in a parameter."""

    facts: FileProperties
    input: Input | None


def derive_settings(
    model: Model, given: Mapping[str, Json], inputs: Sequence[Input], facts: Mapping[str, FileProperties]
) -> tuple[dict[str, Json], tuple[Input, ...]]:
    """The parameters that the files decide, and the inputs, of which the one that gives its own shape `leads`.

    `given` are the parameters that the member set, `facts` tell of the files among them, by the slot.
    """
    decided: dict[str, Json] = {}
    leader = _leader(model, inputs, facts)
    if leader is not None and not _shaped(model, given):
        decided = _shape(model, leader.facts)
        told = shape_parameter(model) is not None or {"width", "height"} <= model.parameters.keys()
        if any(str(value).lower() in FOLLOWS for value in decided.values()) or not told:
            inputs = [replace(each, leads=each is leader.input) for each in inputs]
    if not {MULTI_PROMPT, "num_frames"} & given.keys():
        decided |= _length(model, given, inputs, facts)
    return decided, tuple(inputs)


def shape_parameter(model: Model) -> Parameter | None:
    """The parameter by whose choices the model is told a shape; None where it is not told by a choice."""
    parameters = (model.parameters.get(name) for name in SHAPE_NAMES)
    return next((p for p in parameters if p is not None and any(map(shape_of, _choices(p)))), None)


def follows_files(model: Model) -> bool:
    """Whether a file may decide the shape of what the model makes."""
    return any(slot.role in _LEADERS and slot.kind is not InputKind.AUDIO for slot in model.slots)


def shape_of(value: Json) -> float | None:
    """Width by height of what a choice says: "9:16", "portrait_16_9", "1024x1536", "landscape"; None for no shape."""
    word = value.strip().lower() if isinstance(value, str) else ""
    if preset := _PRESET.fullmatch(word):
        ratio = int(preset[2]) / max(int(preset[3]), 1)
        return ratio if preset[1] == "landscape" else 1 / ratio if ratio else None
    if sides := _RATIO.fullmatch(word):
        width, height = float(sides[1]), float(sides[2])
        return width / height if width and height else None
    return _WORDS.get(word)


def ratio_text(width: int, height: int) -> str:
    """A shape for a person: "9:16"; by its pixels where no small numbers say it, "1170x2532"."""
    common = math.gcd(width, height) or 1
    across, down = width // common, height // common
    return f"{across}:{down}" if max(across, down) <= _NAMED else f"{width}x{height}"


def _leader(model: Model, inputs: Sequence[Input], facts: Mapping[str, FileProperties]) -> _Leader | None:
    roles = {slot.parameter: slot.role for slot in model.slots}
    # What the member gave it as counts: a reference that is edited stays one, a picture that is referred to leads.
    found = [(each.attachment.role or roles.get(each.slot), _Leader(facts=each.attachment.properties, input=each))
             for each in inputs if each.attachment.kind is not InputKind.AUDIO]  # fmt: skip
    found += [(roles.get(slot), _Leader(facts=each, input=None)) for slot, each in facts.items()]
    return next((leader for wanted in _LEADERS for role, leader in found if role is wanted), None)


def _shaped(model: Model, given: Mapping[str, Json]) -> bool:
    """Whether the member has decided the shape already."""
    if {"width", "height"} & given.keys():
        return True
    told = shape_parameter(model)
    return (told is not None and told.name in given) or any(shape_of(given.get(name, "")) for name in SHAPE_NAMES)


def _shape(model: Model, facts: FileProperties) -> dict[str, Json]:
    """The word "auto", or whatever the model calls it; else the nearest shape it knows, as angles go; else pixels."""
    parameter = shape_parameter(model)
    if parameter is None:
        return _pixels(model, facts)
    if parameter.needed:
        return {}
    choices = _choices(parameter)
    own = next((choice for choice in choices if str(choice).lower() in FOLLOWS), None)
    if own is not None:
        return {parameter.name: own}
    if not facts.width or not facts.height:
        return {}
    wanted = math.log(facts.width / facts.height)
    shapes = [(abs(math.log(shape) - wanted), n) for n, c in enumerate(choices) if (shape := shape_of(c)) is not None]
    return {parameter.name: choices[min(shapes)[1]]}


def _choices(parameter: Parameter) -> tuple[Scalar, ...]:
    return (*parameter.choices, *(choice for variant in parameter.variants for choice in variant.choices))


def _pixels(model: Model, facts: FileProperties) -> dict[str, Json]:
    """As many pixels as the model makes by itself, in another shape."""
    wide, high = model.parameters.get("width"), model.parameters.get("height")
    if wide is None or high is None or not facts.width or not facts.height:
        return {}
    across, down = wide.default or wide.maximum, high.default or high.maximum
    if not isinstance(across, int | float) or not isinstance(down, int | float):
        return {}
    width = math.sqrt(across * down * facts.width / facts.height)
    height = width * facts.height / facts.width
    scale = min(1.0, (wide.maximum or width) / width, (high.maximum or height) / height)
    return {"width": _blocks(width * scale, wide), "height": _blocks(height * scale, high)}


def _blocks(pixels: float, parameter: Parameter) -> int:
    least, most = parameter.minimum or 1, parameter.maximum or math.inf
    rounded = max(_BLOCK, _BLOCK * round(pixels / _BLOCK))
    return int(min(max(rounded, least), most))


def _length(
    model: Model, given: Mapping[str, Json], inputs: Sequence[Input], facts: Mapping[str, FileProperties]
) -> dict[str, Json]:
    """A film that is reworked keeps its length, where the model knows that length; a sound is heard to its end."""
    parameter = model.duration
    if parameter is None or parameter.name in given or _PART.search(model.words) or _left_open(parameter):
        return {}
    slots = {slot.parameter: slot for slot in model.slots}
    lengths = {each.slot: each.attachment.seconds for each in reversed(inputs)}
    lengths |= {slot: each.seconds for slot, each in facts.items()}
    for role in (Role.SOURCE, Role.SOUND):
        known = (
            lengths[name] for name, slot in slots.items() if slot.role is role and not slot.many and name in lengths
        )
        seconds = next((length for length in known if length), None)
        if seconds is None or (role is Role.SOURCE and "image to video" in model.words):  # there it is gone on from
            continue
        chosen = _nearest(parameter, seconds) if role is Role.SOURCE else _holding(parameter, seconds)
        return {} if chosen is None else {parameter.name: chosen}
    return {}


def _left_open(parameter: Parameter) -> bool:
    """Whether the model decides by itself, by what it is given: "auto", -1, 0."""
    return parameter.default is not None and as_seconds(parameter.default) is None


def _nearest(parameter: Parameter, seconds: float) -> Json | None:
    """The choice that is as long; None where there is none, and the model has to see for itself."""
    chosen = min(_lengths(parameter, round(seconds)), key=lambda each: abs(each[0] - seconds), default=None)
    return chosen[1] if chosen is not None and abs(chosen[0] - seconds) <= _SAME else None


def _holding(parameter: Parameter, seconds: float) -> Json | None:
    """The shortest choice that is long enough, or the longest."""
    lengths = sorted(_lengths(parameter, math.ceil(seconds - _UNHEARD)), key=lambda each: each[0])
    return next(
        (value for length, value in lengths if length >= seconds - _UNHEARD), lengths[-1][1] if lengths else None
    )


def _lengths(parameter: Parameter, whole: int) -> list[tuple[float, Json]]:
    """What can be chosen, in seconds and as the model spells it; between bounds, what is nearest to `whole`."""
    if parameter.choices:
        return [(seconds, choice) for choice in parameter.choices if (seconds := as_seconds(choice)) is not None]
    if parameter.minimum is None or parameter.maximum is None:
        return []
    within = int(min(max(whole, math.ceil(parameter.minimum)), math.floor(parameter.maximum)))
    return [(float(within), within)]
