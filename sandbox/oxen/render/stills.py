"""Pictures that came along, fitted into the result: filling it, or whole on a blurred ground, or on a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from sandbox.oxen.inputs.values import Input, Kind
from sandbox.oxen.render.film import Film
from sandbox.oxen.render.size import Size

RGB = "RGB"
# Shapes this close are filled; what differs more would lose too much at the edges.
CLOSE = 1.35
MOST_CARDS = 4
FRAME = 0.02


def opened(path: Path) -> Image.Image:
    """Upright, in three channels; what was transparent is white."""
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture)
        if "A" in upright.getbands() or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            ground = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(ground, upright).convert(RGB)
        return upright.convert(RGB)


def fitted(picture: Image.Image, size: Size) -> Image.Image:
    """All of the size, and as much of the picture as goes in: cut at the edges, or on a ground of itself."""
    ratio = (picture.width / picture.height) / (size[0] / size[1])
    if 1 / CLOSE <= ratio <= CLOSE:
        return ImageOps.fit(picture, size, Image.Resampling.BICUBIC)
    small = max(2, size[0] // 8), max(2, size[1] // 8)
    ground = ImageOps.fit(picture, small, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(small[1] / 12))
    whole = ImageEnhance.Brightness(ground.resize(size, Image.Resampling.BICUBIC)).enhance(0.6)
    inner = ImageOps.contain(picture, size, Image.Resampling.BICUBIC)
    whole.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return whole


@dataclass(frozen=True, slots=True)
class Row:
    """Where cards stand, in parts of the picture's width and height."""

    left: float
    right: float
    middle: float
    height: float


# Over a landscape they are the subject, over somebody's picture a note at its edge.
CENTRAL, ASIDE = Row(0.07, 0.93, 0.4, 0.34), Row(0.5, 0.98, 0.13, 0.18)


def cards(references: Sequence[Input], size: Size, row: Row = CENTRAL) -> list[tuple[Image.Image, tuple[int, int]]]:
    """Up to four of them in white frames, in a row, each with its upper left corner."""
    shown = [each for each in references if each.kind is not Kind.AUDIO][:MOST_CARDS]
    if not shown:
        return []
    step = size[0] * (row.right - row.left) / len(shown)
    framed = [_card(_face(each), (step, size[1] * row.height), max(2, round(min(size) * FRAME))) for each in shown]
    corners = [
        (size[0] * row.left + step * (i + 0.5) - card.width / 2, size[1] * row.middle - card.height / 2)
        for i, card in enumerate(framed)
    ]
    return [(card, (round(left), round(top))) for card, (left, top) in zip(framed, corners, strict=True)]


def _face(reference: Input) -> Image.Image:
    if reference.kind is Kind.IMAGE:
        return opened(reference.path)
    film = Film(reference)
    try:
        return Image.fromarray(film.at(0, (reference.width, reference.height)))
    finally:
        film.close()


def _card(face: Image.Image, room: tuple[float, float], frame: int) -> Image.Image:
    inner = max(4, round(room[0] * 0.9) - 2 * frame), max(4, round(room[1]) - 2 * frame)
    return ImageOps.expand(ImageOps.contain(face, inner, Image.Resampling.BICUBIC), frame, "white")
