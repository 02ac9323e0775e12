"""How many pixels a request asks for.

Models name it in many ways: `aspect_ratio` with `resolution` ("720p", "2k", "1 MP", "landscape_16_9"),
`size`, `image_size`, `width` and `height`, or a factor by which the input grows. What is left open (no such
parameter, or "auto", "adaptive", "match_input_image") follows the input; what is not understood means the default.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from sandbox.oxen.parameters import EDIT_SIZE

Size = tuple[int, int]

DEFAULT_SHORT_EDGE = 720
IMAGE_AREA = 1024 * 1024
RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)")
PIXELS = re.compile(r"(\d{2,4})x(\d{2,4})")
FACTOR = re.compile(r"(\d)x")
SHORT_EDGES = {"2k": 1440, "4k": 2160, "standard": 720, "high": 1080}
LONG_EDGES = {"512": 512, "1k": 1024, "2k": 2048, "3k": 3072, "4k": 4096}
WORDS = {"landscape": 16 / 9, "portrait": 9 / 16, "square": 1.0}
PRESETS = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
DEFAULT_RATIO = 16 / 9
WIDEST = 8.0
# Pixels: an 8K frame. What would be larger becomes this large, in its own shape.
LARGEST_AREA = 7680 * 4320
SMALLEST_EDGE = 16


def video_size(values: Mapping[str, Any], natural: Size | None = None, *, source: Size | None = None) -> Size:
    """Width and height in pixels, both even: resolution is the short edge.

    `natural`: the size of the input that gives the shape; `source`: the size of a film that is reworked, which
    stays as large as it is where no resolution is asked for.
    """
    if explicit := _explicit(values):
        return explicit
    natural, label, ratio = source or natural, _label(values), _asked_ratio(values)
    if preset := PRESETS.get(label):
        scale = DEFAULT_SHORT_EDGE / min(preset)
        return _even(preset[0] * scale), _even(preset[1] * scale)
    lines = re.fullmatch(r"(\d+)p", label)
    short = int(lines[1]) if lines else SHORT_EDGES.get(label)
    if source and short is None and ratio is None:
        return _bounded(*source)
    ratio = ratio or (_shape(natural) if natural else DEFAULT_RATIO)
    short = short or (min(source) if source else DEFAULT_SHORT_EDGE)
    return _bounded(short * ratio, short) if ratio >= 1 else _bounded(short, short / ratio)


def image_size(values: Mapping[str, Any], natural: Size | None = None, *, grows: float | None = None) -> Size:
    """Width and height in pixels: "2K" is the long edge, "2 MP" the area, about a megapixel without either.

    `natural`: the size of the input; `grows`: the model enlarges by this, whatever else is asked.
    """
    if explicit := _explicit(values):
        return explicit
    if natural and (grows := _factor(values) or grows):
        return _bounded(natural[0] * grows, natural[1] * grows)
    label = _label(values)
    if preset := PRESETS.get(label):
        return preset
    asked = _asked_ratio(values)
    megapixels = re.fullmatch(r"(\d+(?:\.\d+)?) mp", label)
    if natural and (EDIT_SIZE in values or (asked is None and label not in LONG_EDGES and not megapixels)):
        return _bounded(*natural)
    ratio = asked or (_shape(natural) if natural else DEFAULT_RATIO)
    if long := LONG_EDGES.get(label):
        return (long, _even(long / ratio)) if ratio >= 1 else (_even(long * ratio), long)
    width = math.sqrt(IMAGE_AREA * (float(megapixels[1]) if megapixels else 1) * ratio)
    return _sixteenth(width), _sixteenth(width / ratio)


def _explicit(values: Mapping[str, Any]) -> Size | None:
    width, height = values.get("width"), values.get("height")
    if isinstance(width, int) and isinstance(height, int):
        return _bounded(width, height)
    if pixels := PIXELS.fullmatch(str(values.get(EDIT_SIZE, ""))):
        return _bounded(int(pixels[1]), int(pixels[2]))
    return None


def _factor(values: Mapping[str, Any]) -> float | None:
    asked = (FACTOR.fullmatch(str(values.get(name, ""))) for name in ("upscale_factor", "scale"))
    return next((float(factor[1]) for factor in asked if factor), None)


def _label(values: Mapping[str, Any]) -> str:
    names = (str(values.get(key, "")).lower() for key in ("resolution", "target_resolution", "size", "image_size"))
    known = (name for name in names if name in PRESETS or name in LONG_EDGES or re.fullmatch(r"[\d.]+( mp|p)", name))
    named = next(known, "")
    return named or str(values.get("resolution", "")).lower()


def _asked_ratio(values: Mapping[str, Any]) -> float | None:
    """Width by height; None when the request leaves it open."""
    asked = str(values.get("aspect_ratio", ""))
    if (parts := RATIO.fullmatch(asked)) and float(parts[1]) and float(parts[2]):
        return min(max(float(parts[1]) / float(parts[2]), 1 / WIDEST), WIDEST)
    return WORDS.get(asked) or WORDS.get(str(values.get("size", "")))


def _shape(size: Size) -> float:
    return min(max(size[0] / size[1], 1 / WIDEST), WIDEST)


def _bounded(width: float, height: float) -> Size:
    """Even, neither a thread nor a wall."""
    scale = min(1.0, math.sqrt(LARGEST_AREA / (width * height))) if width * height > 0 else 1.0
    return max(SMALLEST_EDGE, _even(width * scale)), max(SMALLEST_EDGE, _even(height * scale))


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))


def _sixteenth(pixels: float) -> int:
    """Image models work on blocks of 16 pixels: 16:9 at a megapixel is 1360 x 768."""
    return max(16, 16 * round(pixels / 16))
