"""What an order's files decide where the member does not: the shape of the result, and how long it is.

Somebody who gives an upright image and sets no shape wants an upright result. What leads is the video that is
reworked, else the image to begin with or to edit, else the one to end with; of several, the first. A
reference, a style, a mask or an element leads nothing: it says what is in the image, and not how it is framed. What
the member sets is left as it is, whatever parameter of the model they set it by; so is what the model wants to be told
(`luma-ray-v3-2-reframe` is asked for a shape in order to change it).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

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
_SAME = 0.5  # seconds: videos are rarely as long as they say
_UNHEARD = 0.25  # seconds at the end of a sound that nobody misses


def derive_settings(
    model: Model, given: Mapping[str, Json], inputs: Sequence[Input], facts: Mapping[str, FileProperties]
) -> tuple[dict[str, Json], tuple[Input, ...]]:
    """The parameters that the files decide, and the inputs, of which the one that gives its own shape `leads`.

    `given` are the parameters that the member set, `facts` tell of the files among them, by the slot.
    """
    decided: dict[str, Json] = {}
    roles = {slot.parameter: slot.role for slot in model.slots}
    # What the member gave it as counts: a reference that is edited stays one, an image that is referred to leads.
    # A file that travels in a parameter is no input.
    files: list[tuple[Role | None, FileProperties, Input | None]] = [
        (each.attachment.role or roles.get(each.slot), each.attachment.properties, each)
        for each in inputs
        if each.attachment.kind is not InputKind.AUDIO
    ]
    files += [(roles.get(slot), each, None) for slot, each in facts.items()]
    leader = next((file for wanted in _LEADERS for file in files if file[0] is wanted), None)

    told = shape_parameter(model)
    set_by_member = {"width", "height"} & given.keys() or (told is not None and told.name in given)
    if leader is not None and not set_by_member and not any(shape_of(given.get(name, "")) for name in SHAPE_NAMES):
        _, properties, leading = leader
        decided = _shape(model, properties)
        tellable = told is not None or {"width", "height"} <= model.parameters.keys()
        if any(str(value).lower() in FOLLOWS for value in decided.values()) or not tellable:
            inputs = [replace(each, leads=each is leading) for each in inputs]
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
    """A video that is reworked keeps its length, where the model knows that length; a sound is heard to its end."""
    parameter = model.duration
    if parameter is None or parameter.name in given or _PART.search(model.words):
        return {}
    if parameter.default is not None and as_seconds(parameter.default) is None:  # "auto", -1, 0: the model decides
        return {}
    lengths = {each.slot: each.attachment.seconds for each in reversed(inputs)}
    lengths |= {slot: each.seconds for slot, each in facts.items()}
    for role in (Role.SOURCE, Role.SOUND):
        of_role = (slot.parameter for slot in model.slots if slot.role is role and not slot.many)
        seconds = next((length for name in of_role if (length := lengths.get(name))), None)
        if seconds is None or (role is Role.SOURCE and "image to video" in model.words):  # there it is gone on from
            continue
        if role is Role.SOURCE:  # the choice that is as long; where there is none the model has to see for itself
            possible = _lengths(parameter, round(seconds))
            chosen = min(possible, key=lambda each: abs(each[0] - seconds), default=None)
            return {parameter.name: chosen[1]} if chosen is not None and abs(chosen[0] - seconds) <= _SAME else {}
        heard = seconds - _UNHEARD  # the shortest choice that is long enough, or the longest
        possible = sorted(_lengths(parameter, math.ceil(heard)), key=lambda each: each[0])
        enough = [value for length, value in possible if length >= heard]
        return {parameter.name: enough[0] if enough else possible[-1][1]} if possible else {}
    return {}


def _lengths(parameter: Parameter, whole: int) -> list[tuple[float, Json]]:
    """What can be chosen, in seconds and as the model spells it; between bounds, what is nearest to `whole`."""
    if parameter.choices:
        return [(seconds, choice) for choice in parameter.choices if (seconds := as_seconds(choice)) is not None]
    if parameter.minimum is None or parameter.maximum is None:
        return []
    within = int(min(max(whole, math.ceil(parameter.minimum)), math.floor(parameter.maximum)))
    return [(float(within), within)]
