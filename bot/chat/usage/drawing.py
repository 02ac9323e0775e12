"""Draws the picture of `/usage`: rectangles and one-line texts in pixels, with Pillow, in a thread (decision 23).

Pillow is imported with the first picture: a bot that nobody asks for numbers does not load it.
"""

import asyncio
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

_FONT = Path(__file__).with_name("DejaVuSans.ttf")  # Latin, Greek, Cyrillic, Arabic, Hebrew and more; no CJK, no emoji
_MISSING = "\uffff"  # a character that no font has: drawn as the sign for what is missing

# The card brings its own background, so that it reads the same on Discord's dark and light themes. Every text has a
# contrast of 4.5:1 or more upon it (WCAG 1.4.3); tests/chat/test_pictures.py works that out.
BACKGROUND, PANEL, TEXT, FAINT = "#1f2430", "#2b3242", "#f2f4f8", "#a9b3c6"
BAR, SECOND, LIMIT, OVER, TRACK = "#5b9dff", "#4cc3a5", "#ffb454", "#ff7b72", "#3a4358"
UNSURE = "#bfd7ff"

_WIDTH, _MARGIN, _GAP = 1000, 32, 24  # pixels
_APART = 2  # pixels between what is sure of a bar and what is not
_FINER = 2  # boxes are drawn so many times larger and reduced, which smooths their corners
_TILES, _KINDS, _METER, _DAYS, _ROW, _NOTE = 108, 88, 62, 250, 44, 20
_BIG, _MIDDLE, _SMALL = 32, 21, 19  # pixels; Discord shows the picture at about half its width
_LEAST = 11  # pixels of a text that has to be made smaller to fit; beyond that it is cut
_MOST_LABELS = 11  # below the days


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Bars with a name and a value in words beside them."""

    title: str
    rows: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything the picture says, in the reader's language. Values are plain numbers, drawn to scale.

    `kinds` are wider tiles below `tiles`. `meter` is how much of something is used up, 1 being all of it. Of each of
    the `days` the last amount is the part of it that is not sure; `note` says what that is. `limit` is a line across
    the days.
    """

    tiles: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...] = ()
    meter: tuple[str, float] | None
    days_title: str
    days: tuple[tuple[str, float, float], ...]
    limit: tuple[str, float] | None
    scale: tuple[tuple[float, str], ...]
    bars: tuple[Bars, ...]
    note: str = ""


async def picture(chart: Chart) -> bytes:
    """The PNG of the chart. The event loop goes on meanwhile."""
    return await asyncio.to_thread(draw, chart)


def draw(chart: Chart) -> bytes:
    """The PNG of the chart."""
    bars = [one for one in chart.bars if one.rows]
    heights = [_TILES, *([_KINDS] if chart.kinds else []), *([_METER] if chart.meter else []), _DAYS]
    heights += [_ROW * (max(len(one.rows) for one in bars) + 1)] if bars else []
    heights += [_NOTE] if chart.note else []
    sheet = _Sheet(2 * _MARGIN + sum(heights) + _GAP * (len(heights) - 1))
    top = _draw_tiles(sheet, _MARGIN, chart.tiles) + _GAP
    if chart.kinds:
        top = _draw_tiles(sheet, top, chart.kinds, _KINDS, _MIDDLE) + _GAP
    if chart.meter:
        top = _draw_meter(sheet, top, *chart.meter) + _GAP
    top = _draw_days(sheet, top, chart) + _GAP
    if bars:
        top = _draw_bars(sheet, top, bars) + _GAP
    if chart.note:
        sheet.box(_MARGIN, top + 3, 14, 14, UNSURE)
        sheet.text(_MARGIN + 24, top + _NOTE / 2, chart.note, _SMALL, FAINT, width=_WIDTH - 2 * _MARGIN - 24)
    return sheet.png()


class _Sheet:
    """A picture in pixels, counted from the top left. Texts come upon all boxes."""

    def __init__(self, height: int) -> None:
        from PIL import Image, ImageDraw

        self._size = (_WIDTH, height)
        self._large = Image.new("RGB", (_WIDTH * _FINER, height * _FINER), BACKGROUND)
        self._boxes = ImageDraw.Draw(self._large)
        self._texts: list[tuple[float, float, str, Any, str, str]] = []

    def box(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 4) -> None:
        """A filled rectangle with round corners."""
        if width <= 0 or height <= 0:
            return
        left, top = x * _FINER, y * _FINER
        right, bottom = left + max(width * _FINER - 1, 0), top + max(height * _FINER - 1, 0)  # at least one point
        self._boxes.rounded_rectangle(
            (left, top, right, bottom), min(radius, width / 2, height / 2) * _FINER, fill=colour
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str = TEXT,
        align: str = "l",
        width: float | None = None,
    ) -> None:
        """One line, its middle at `y`; smaller, and then cut, where it would be wider than `width`."""
        font = _font(size)
        while width is not None and font.getlength(text) > width:
            if size > _LEAST:
                size -= 1
                font = _font(size)
            elif len(text) > 1:
                text = f"{text[:-2]}…"
            else:
                break
        self._texts.append((x, y, text, font, colour, f"{align}m"))

    def png(self) -> bytes:
        from PIL import Image, ImageDraw

        image = self._large.resize(self._size, Image.Resampling.BOX)
        draw = ImageDraw.Draw(image)
        for x, y, text, font, colour, anchor in self._texts:
            draw.text((x, y), text, fill=colour, font=font, anchor=anchor)
        out = BytesIO()
        image.save(out, "PNG", compress_level=3)
        return out.getvalue()


@cache
def _font(size: float) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(_FONT, size)


def legible(text: str) -> str:
    """The text without the characters that the font of the picture does not have; they would be empty boxes."""
    font = _font(_SMALL)
    missing = bytes(font.getmask(_MISSING))
    return " ".join("".join(one for one in text if one == " " or bytes(font.getmask(one)) != missing).split())


def _draw_tiles(
    sheet: _Sheet, top: float, tiles: tuple[tuple[str, str], ...], height: float = _TILES, size: float = _BIG
) -> float:
    width = (_WIDTH - 2 * _MARGIN - _GAP * (len(tiles) - 1)) / max(len(tiles), 1)
    for number, (label, value) in enumerate(tiles):
        left = _MARGIN + number * (width + _GAP)
        sheet.box(left, top, width, height, PANEL, radius=12)
        sheet.text(left + 18, top + height * 0.31, label, _SMALL, FAINT, width=width - 36)
        sheet.text(left + 18, top + height * 0.69, value, size, width=width - 36)
    return top + height


def _draw_meter(sheet: _Sheet, top: float, label: str, share: float) -> float:
    width = _WIDTH - 2 * _MARGIN
    sheet.text(_MARGIN, top + 12, label, _MIDDLE)
    sheet.box(_MARGIN, top + 36, width, 22, TRACK, radius=11)
    colour = OVER if share >= 1 else LIMIT if share >= 0.8 else SECOND  # noqa: PLR2004 - as the notices of a budget
    sheet.box(_MARGIN, top + 36, width * min(max(share, 0.0), 1.0), 22, colour, radius=11)
    return top + _METER


def _draw_days(sheet: _Sheet, top: float, chart: Chart) -> float:
    sheet.text(_MARGIN, top + 12, chart.days_title, _MIDDLE)
    left, right, upper, lower = _MARGIN + 90, _WIDTH - _MARGIN, top + 46, top + _DAYS - 34
    most = max([*(value for value, _ in chart.scale), 1e-9])

    def height(value: float) -> float:
        return (lower - upper) * min(max(value, 0.0) / most, 1.0)

    for value, label in chart.scale:
        sheet.box(left, lower - height(value), right - left, 1, TRACK, radius=0)
        sheet.text(left - 12, lower - height(value), label, _SMALL, FAINT, "r")
    step = (right - left) / max(len(chart.days), 1)
    every = -(-len(chart.days) // _MOST_LABELS)
    for number, (name, value, unsure) in enumerate(chart.days):
        middle, width = left + (number + 0.5) * step, min(step * 0.72, 70)
        sheet.box(middle - width / 2, lower - height(value), width, height(value), BAR)
        pale = height(min(unsure, value))
        sheet.box(middle - width / 2, lower - height(value), width, pale, UNSURE)
        sheet.box(middle - width / 2, lower - height(value) + pale, width, _APART if pale else 0, BACKGROUND, radius=0)
        if number % every == 0:
            sheet.text(middle, lower + 20, name, _SMALL, FAINT, "m")
    if chart.limit is not None:
        label, value = chart.limit
        sheet.box(left, lower - height(value) - 1, right - left, 3, LIMIT, radius=0)
        sheet.text(right, top + 12, label, _SMALL, LIMIT, "r")
    return top + _DAYS


def _draw_bars(sheet: _Sheet, top: float, bars: list[Bars]) -> float:
    width = (_WIDTH - 2 * _MARGIN - 2 * _GAP * (len(bars) - 1)) / len(bars)
    for number, one in enumerate(bars):
        left = _MARGIN + number * (width + 2 * _GAP)
        sheet.text(left, top + 12, one.title, _MIDDLE)
        most = max([*(value for _, value, _ in one.rows), 1e-9])
        for row, (name, value, words) in enumerate(one.rows, 1):
            middle = top + row * _ROW + 6
            sheet.box(left, middle + 14, width, 8, TRACK)
            sheet.box(left, middle + 14, width * max(value, 0.0) / most, 8, (BAR, SECOND)[number % 2])
            sheet.text(left, middle - 2, name, _SMALL, width=width - 110)
            sheet.text(left + width, middle - 2, words, _SMALL, TEXT, "r")
    return top + _ROW * (max(len(one.rows) for one in bars) + 1)
