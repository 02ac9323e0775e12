"""Draws pictures of numbers, in a process of its own: `python -m bot.chat.usage.drawing` reads charts and writes PNGs.

matplotlib takes half a second to import and 58 MB to keep; the bot pays neither (decision 23). A chart comes as one
line of JSON; the PNG goes back after its length in four bytes. The end of the input is the end of the process.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import IO, Any

LENGTH = 4  # bytes, big-endian, before each PNG

# The card brings its own background, so that it reads the same on Discord's dark and light themes. Every text has a
# contrast of 4.5:1 or more upon it (WCAG 1.4.3); tests/chat/test_pictures.py works that out.
BACKGROUND, PANEL, TEXT, FAINT = "#1f2430", "#2b3242", "#f2f4f8", "#a9b3c6"
BAR, SECOND, LIMIT, OVER, TRACK = "#5b9dff", "#4cc3a5", "#ffb454", "#ff7b72", "#3a4358"

_WIDTH, _MARGIN, _GAP = 1000, 32, 24  # pixels
_TILES, _METER, _DAYS, _ROW = 108, 62, 250, 44
_BIG, _MIDDLE, _SMALL = 32, 21, 19  # pixels; Discord shows the picture at about half its width
_MOST_LABELS = 11  # below the days


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Bars with a name and a value in words beside them."""

    title: str
    rows: tuple[tuple[str, float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything the picture says, in the reader's language. Values are plain numbers, drawn to scale.

    `meter` is how much of something is used up, 1 being all of it. `limit` is a line across the days.
    """

    tiles: tuple[tuple[str, str], ...]
    meter: tuple[str, float] | None
    days_title: str
    days: tuple[tuple[str, float], ...]
    limit: tuple[str, float] | None
    scale: tuple[tuple[float, str], ...]
    bars: tuple[Bars, ...]

    def dump(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def load(cls, line: bytes) -> "Chart":
        """What `dump` wrote."""
        given: dict[str, Any] = json.loads(line)
        given["bars"] = tuple(Bars(**bars) for bars in given["bars"])
        return cls(**given)


def draw(chart: Chart) -> bytes:
    """The PNG of the chart."""
    sheet = _Sheet(_height(chart))
    top = _MARGIN
    for part in _parts(chart):
        top = part(sheet, top) + _GAP
    return sheet.png()


def _height(chart: Chart) -> int:
    rows = max((len(bars.rows) for bars in chart.bars), default=0)
    parts = [_TILES, _DAYS, *([_METER] if chart.meter else []), *([_ROW * (rows + 1)] if rows else [])]
    return 2 * _MARGIN + sum(parts) + _GAP * (len(parts) - 1)


def _parts(chart: Chart) -> Iterator[Any]:
    yield partial(_draw_tiles, tiles=chart.tiles)
    if chart.meter:
        yield partial(_draw_meter, label=chart.meter[0], share=chart.meter[1])
    yield partial(_draw_days, chart=chart)
    if any(bars.rows for bars in chart.bars):
        yield partial(_draw_bars, bars=[bars for bars in chart.bars if bars.rows])


class _Sheet:
    """A figure in pixels, counted from the top left. No axes: their ticks take as long as all the rest."""

    def __init__(self, height: int) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.patches import FancyBboxPatch
        from matplotlib.transforms import Affine2D

        dpi = 100
        self._figure: Any = Figure(figsize=(_WIDTH / dpi, height / dpi), dpi=dpi, facecolor=BACKGROUND)
        FigureCanvasAgg(self._figure)
        self._pixels: Any = Affine2D().scale(1, -1).translate(0, height)
        self._box: Any = FancyBboxPatch
        self._points = 72 / dpi

    def box(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 4) -> None:
        """A filled rectangle with round corners."""
        if width <= 0 or height <= 0:
            return
        style = f"round,pad=0,rounding_size={min(radius, width / 2, height / 2)}"
        patch = self._box((x, y), width, height, boxstyle=style, linewidth=0, facecolor=colour)
        patch.set_transform(self._pixels)
        self._figure.add_artist(patch)

    def text(self, x: float, y: float, text: str, size: float, colour: str = TEXT, align: str = "left") -> None:
        """One line, its middle at `y`. What it says is said as it is: a $ begins no formula."""
        self._figure.text(
            x, y, text, transform=self._pixels, fontsize=size * self._points, color=colour,
            ha=align, va="center", parse_math=False,
        )  # fmt: skip

    def png(self) -> bytes:
        out = BytesIO()
        self._figure.savefig(out, format="png", facecolor=BACKGROUND, pil_kwargs={"compress_level": 3})
        return out.getvalue()


def _draw_tiles(sheet: _Sheet, top: float, tiles: tuple[tuple[str, str], ...]) -> float:
    width = (_WIDTH - 2 * _MARGIN - _GAP * (len(tiles) - 1)) / len(tiles)
    for number, (label, value) in enumerate(tiles):
        left = _MARGIN + number * (width + _GAP)
        sheet.box(left, top, width, _TILES, PANEL, radius=12)
        sheet.text(left + 18, top + 34, label, _SMALL, FAINT)
        sheet.text(left + 18, top + 74, value, _fit(value, _BIG, width - 36))
    return top + _TILES


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
        sheet.text(left - 12, lower - height(value), label, _SMALL, FAINT, "right")
    step = (right - left) / max(len(chart.days), 1)
    every = -(-len(chart.days) // _MOST_LABELS)
    for number, (name, value) in enumerate(chart.days):
        middle, width = left + (number + 0.5) * step, min(step * 0.72, 70)
        sheet.box(middle - width / 2, lower - height(value), width, height(value), BAR)
        if number % every == 0:
            sheet.text(middle, lower + 20, name, _SMALL, FAINT, "center")
    if chart.limit is not None:
        label, value = chart.limit
        sheet.box(left, lower - height(value) - 1, right - left, 3, LIMIT, radius=0)
        sheet.text(right, top + 12, label, _SMALL, LIMIT, "right")
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
            sheet.text(left, middle - 2, name, _fit(name, _SMALL, width - 110))
            sheet.text(left + width, middle - 2, words, _SMALL, TEXT, "right")
    return top + _ROW * (max(len(one.rows) for one in bars) + 1)


def _fit(text: str, size: float, width: float) -> float:
    """A size at which the text is hardly wider than that; the letters of the font are 0.6 as wide as high."""
    return min(size, width / (0.6 * max(len(text), 1)))


def serve(given: IO[bytes], out: IO[bytes]) -> None:
    """Draws what is given until there is no more."""
    for line in given:
        png = draw(Chart.load(line))
        out.write(len(png).to_bytes(LENGTH, "big") + png)
        out.flush()


if __name__ == "__main__":
    for name in ("matplotlib.figure", "matplotlib.backends.backend_agg"):
        import_module(name)  # before the first chart comes: its numbers are still being added up
    serve(sys.stdin.buffer, sys.stdout.buffer)
