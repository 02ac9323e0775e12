"""The prompt and the footer, laid over a picture: word-wrapped, outlined, on a soft shadow."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LARGEST, SMALLEST = 0.11, 0.026
FOOTER, LEAST_FOOTER = 0.03, 9
CAPTION_HEIGHT = 0.62
# Under a picture that came along: small, and low enough to leave it alone.
LOW_LARGEST, LOW_HEIGHT, LOW_MIDDLE = 0.055, 0.17, 0.81
MARGIN = 0.07
STRIP_TOP, STRIP_KEEP = 0.925, 0.05
# Characters; what is longer could not be read anyway.
LONGEST = 1500
SHADOW, GLOOM, DARKEST = np.float32(0.62), np.float32(0.95), 0.72

FONT = Path(__file__).parent.parent / "data" / "DejaVuSans-Bold.ttf"

Mask = npt.NDArray[np.float32]
Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class Overlay:
    """Laid over a picture at an even corner: `pixel * keep + white * ink`, both from 0 to 1."""

    top: int
    left: int
    keep: Mask
    ink: Mask


def overlays(caption: str, footer: str, width: int, height: int, *, low: bool = False) -> list[Overlay]:
    """What to lay over a picture of this size; nothing for the caption when it is blank. `low`: in its lower part."""
    layers = [_strip(_footer(footer, width, height), width, height) if low else _footer(footer, width, height)]
    if caption.strip():
        layers.insert(0, _caption(caption, width, height, low=low))
    return layers


def _caption(text: str, width: int, height: int, *, low: bool) -> Overlay:
    share, largest, middle = (LOW_HEIGHT, LOW_LARGEST, LOW_MIDDLE) if low else (CAPTION_HEIGHT, LARGEST, 0.46)
    room = width * (1 - 2 * MARGIN), height * share
    unit = min(width, height * 1.4)
    font, block = _fit(" ".join(text[:LONGEST].split()), *room, unit=unit, largest=largest)
    return _lettered(block, font, width, height, middle=middle)


def _footer(text: str, width: int, height: int) -> Overlay:
    size = max(LEAST_FOOTER, round(min(width, height) * FOOTER))
    while size > LEAST_FOOTER and _font(size).getlength(text) > width * (1 - MARGIN):
        size -= 1
    return _lettered(text, _font(size), width, height, middle=0.955)


def _strip(footer: Overlay, width: int, height: int) -> Overlay:
    """The footer on a dark strip: what came along may have come from here, with a footer of its own."""
    top = _inside(height * STRIP_TOP, height - 2)
    keep = np.full((height - top, width), STRIP_KEEP, np.float32)
    ink = np.zeros_like(keep)
    rows = slice(max(0, footer.top - top), footer.top - top + footer.keep.shape[0])
    columns = slice(footer.left, footer.left + footer.keep.shape[1])
    cut = max(0, top - footer.top)
    keep[rows, columns] *= footer.keep[cut:]
    ink[rows, columns] = footer.ink[cut:]
    return Overlay(top=top, left=0, keep=keep, ink=ink)


def _fit(text: str, room_width: float, room_height: float, *, unit: float, largest: float) -> tuple[Font, str]:
    """The largest font in which the text fits, and the text in lines; the smallest, cut short, if none does."""
    smallest = max(10, round(unit * SMALLEST))
    size = max(smallest, round(unit * largest))
    while True:
        font = _font(size)
        lines = _wrap(text, font, room_width)
        room = max(1, int(room_height // _line_height(font)))
        if len(lines) <= room:
            return font, "\n".join(lines)
        if size <= smallest:
            return font, "\n".join([*lines[: room - 1], lines[room - 1][:-1] + "…"])
        size = max(smallest, int(size * 0.93))


def _wrap(text: str, font: Font, room: float) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
            continue
        pieces = _pieces(word, font, room)
        lines[-1:] = [*([lines[-1]] if lines[-1] else []), *pieces]
    return lines


def _pieces(word: str, font: Font, room: float) -> list[str]:
    """A word too long for a line (a URL, a language without spaces) is cut where it must be."""
    pieces: list[str] = [""]
    for letter in word:
        if pieces[-1] and font.getlength(pieces[-1] + letter) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _lettered(block: str, font: Font, width: int, height: int, *, middle: float) -> Overlay:
    """The block centred on the picture's `middle` (a fraction of its height)."""
    size = _size(font)
    outline, blur = max(1, size // 16), max(2, size // 5)
    pad, lines = blur * 3, block.split("\n")
    box_width = min(width, _up(max(font.getlength(line) for line in lines) + 2 * pad))
    box_height = min(height, _up(len(lines) * _line_height(font) + 2 * pad))
    box = box_width, box_height
    halo = _written(lines, font, box, outline=outline)
    dark = np.maximum(_mask(halo.filter(ImageFilter.GaussianBlur(blur))) * GLOOM, _mask(halo) * SHADOW)
    white = _mask(_written(lines, font, box, outline=0))
    return Overlay(
        top=_inside(height * middle - box_height / 2, height - box_height),
        left=_inside((width - box_width) / 2, width - box_width),
        keep=(1 - np.clip(dark, 0, DARKEST)) * (1 - white),
        ink=white,
    )


def _written(lines: list[str], font: Font, box: tuple[int, int], *, outline: int) -> Image.Image:
    """White on black, line by line: Pillow's own multiline text moves its lines apart for an outline."""
    image = Image.new("L", box)
    draw, step = ImageDraw.Draw(image), _line_height(font)
    first = (box[1] - step * (len(lines) - 1)) / 2
    for i, line in enumerate(lines):
        draw.text((box[0] / 2, first + i * step), line, fill=255, font=font, anchor="mm", stroke_width=outline)
    return image


def _mask(image: Image.Image) -> Mask:
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _up(pixels: float) -> int:
    return 2 * int(pixels // 2 + 1)


def _inside(pixels: float, most: int) -> int:
    return 2 * (min(max(0, round(pixels)), most) // 2)


@lru_cache(maxsize=64)
def _font(size: int) -> Font:
    """A font that comes along, with most alphabets: the same pixels on every machine."""
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _size(font: Font) -> int:
    return round(font.size)


def _line_height(font: Font) -> float:
    return _size(font) * 1.3
