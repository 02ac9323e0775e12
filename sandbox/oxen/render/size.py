"""How many pixels a request asks for.

Models name it in many ways: `aspect_ratio` with `resolution` ("720p", "2k", "1 MP", "landscape_16_9"),
`size`, `image_size`, or `width` and `height`. Whatever is not understood means the default.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

DEFAULT_SHORT_EDGE = 720
IMAGE_AREA = 1024 * 1024
RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)")
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
# `auto`, `adaptive`, `match_input_image`: there is no input that the stand-in would look at.
DEFAULT_RATIO = 16 / 9
WIDEST = 8.0


def video_size(values: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in pixels, both even: resolution is the short edge."""
    if explicit := _explicit(values):
        return explicit
    label = _label(values)
    if preset := PRESETS.get(label):
        scale = DEFAULT_SHORT_EDGE / min(preset)
        return _even(preset[0] * scale), _even(preset[1] * scale)
    lines = re.fullmatch(r"(\d+)p", label)
    short = int(lines[1]) if lines else SHORT_EDGES.get(label, DEFAULT_SHORT_EDGE)
    ratio = _ratio(values)
    return (_even(short * ratio), _even(short)) if ratio >= 1 else (_even(short), _even(short / ratio))


def image_size(values: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in pixels: "2K" is the long edge, "2 MP" the area, about a megapixel without either."""
    if explicit := _explicit(values):
        return explicit
    label, ratio = _label(values), _ratio(values)
    if preset := PRESETS.get(label):
        return preset
    if long := LONG_EDGES.get(label):
        return (long, _even(long / ratio)) if ratio >= 1 else (_even(long * ratio), long)
    megapixels = re.fullmatch(r"(\d+(?:\.\d+)?) mp", label)
    area = IMAGE_AREA * (float(megapixels[1]) if megapixels else 1)
    width = math.sqrt(area * ratio)
    return _sixteenth(width), _sixteenth(width / ratio)


def _explicit(values: Mapping[str, Any]) -> tuple[int, int] | None:
    width, height = values.get("width"), values.get("height")
    if isinstance(width, int) and isinstance(height, int):
        return _even(width), _even(height)
    return None


def _label(values: Mapping[str, Any]) -> str:
    names = (str(values.get(key, "")).lower() for key in ("resolution", "target_resolution", "size", "image_size"))
    known = (name for name in names if name in PRESETS or name in LONG_EDGES or re.fullmatch(r"[\d.]+( mp|p)", name))
    named = next(known, "")
    return named or str(values.get("resolution", "")).lower()


def _ratio(values: Mapping[str, Any]) -> float:
    asked = str(values.get("aspect_ratio", ""))
    if (parts := RATIO.fullmatch(asked)) and float(parts[1]) and float(parts[2]):
        return min(max(float(parts[1]) / float(parts[2]), 1 / WIDEST), WIDEST)
    return WORDS.get(asked) or WORDS.get(str(values.get("size", "")), DEFAULT_RATIO)


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))


def _sixteenth(pixels: float) -> int:
    """Image models work on blocks of 16 pixels: 16:9 at a megapixel is 1360 x 768."""
    return max(16, 16 * round(pixels / 16))
