"""The picture: drawn while the bot goes on, legible on both themes."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.chat.usage import drawing
from bot.chat.usage.drawing import Bars, Chart, draw, legible, picture

CHART = Chart(
    tiles=(("Spent", "$1.00 of $2 and $3"), ("Orders", "1")),
    meter=("$1.00 of $2.00", 0.5),
    days_title="By day",
    days=tuple((str(n), float(n), n / 2) for n in range(1, 32)),
    limit=("A limit", 20.0),
    scale=((0.0, "$0"), (40.0, "$40")),
    bars=(
        Bars(title="By member", rows=(("1.", 2.0, "$2"),)),
        Bars(title="By model", rows=(("“x” 模型 $x$", 0.0, "$0"),)),
    ),
    note="≈ and pale: not sure",
)
EMPTY = Chart(tiles=(("Spent", "$0"),), meter=None, days_title="", days=(), limit=None, scale=((0, "$0"),), bars=())


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("share", [1e-9, 0.0003, 0.001, 0.0011, 0.7])
def test_a_share_of_any_size_can_be_drawn(share: float) -> None:
    """A bar of less than a pixel, too."""
    rows = (("Bo", 1.0, "$1"), ("Dev", share, "$0"))
    bars = (Bars(title="By member", rows=rows), Bars(title="By model", rows=rows))
    days, meter = (("1", 1.0, share), ("2", share, share)), ("$0 of $1", share)
    assert draw(replace(CHART, bars=bars, days=days, limit=("A limit", share), meter=meter))


@pytest.mark.parametrize("text", [drawing.TEXT, drawing.FAINT, drawing.LIMIT])
@pytest.mark.parametrize("ground", [drawing.BACKGROUND, drawing.PANEL])
def test_texts_stand_out_from_the_cards_own_background(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5  # WCAG 1.4.3


@pytest.mark.parametrize("bar", [drawing.BAR, drawing.UNSURE, drawing.SECOND, drawing.LIMIT, drawing.OVER])
@pytest.mark.parametrize("ground", [drawing.BACKGROUND, drawing.TRACK])
def test_bars_stand_out(bar: str, ground: str) -> None:
    assert contrast(bar, ground) >= 3.0  # WCAG 1.4.11


async def test_what_is_drawn_is_as_wide_as_ever_and_as_high_as_it_needs() -> None:
    full, empty = await asyncio.gather(picture(CHART), picture(EMPTY))
    opened = [Image.open(BytesIO(one)) for one in (full, empty)]
    assert [one.format for one in opened] == ["PNG", "PNG"]
    assert opened[0].width == opened[1].width == 1000
    assert opened[1].height < opened[0].height
    assert full == draw(CHART)


def test_the_background_fills_the_picture() -> None:
    """No transparent corner: what is behind it, dark or light, does not matter."""
    image = Image.open(BytesIO(draw(CHART)))
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == tuple(bytes.fromhex(drawing.BACKGROUND[1:]))


@pytest.mark.parametrize("tiny", [1e-9, 1e-4, 7e-4])
def test_what_is_tiny_beside_the_others_is_drawn(tiny: float) -> None:
    """One member has a cent's picture and another a thousand films: a bar of less than a pixel is one."""
    rows = (("1.", 1.0, "$1"), ("2.", tiny, "$0"))
    chart = replace(
        CHART,
        meter=("hardly any", tiny),
        days=(("1", 1.0, 0.0), ("2", tiny, 0.0)),
        bars=(Bars(title="By member", rows=rows),),
    )
    assert Image.open(BytesIO(draw(chart))).width == 1000


def test_nothing_is_drawn_beyond_the_margin() -> None:
    """However long a name, an amount or a label is."""
    long = "a very long name " * 20
    rows = ((long, 1.0, "$123,456,789.99"),)
    chart = Chart(
        tiles=((long, long),) * 4, meter=("half", 0.5), days_title="By day", days=(), limit=None, scale=((0.0, "$0"),),
        bars=(Bars(title="By member", rows=rows), Bars(title="By model", rows=rows)),
    )  # fmt: skip
    image = Image.open(BytesIO(draw(chart)))
    margin = image.crop((969, 0, 1000, image.height))
    assert margin.getcolors() == [(31 * image.height, tuple(bytes.fromhex(drawing.BACKGROUND[1:])))]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ada", "Ada"), ("Łukasz Жук", "Łukasz Жук"), ("🦊 Fox 🦊", "Fox"), ("模型", ""), ("a  b", "a b"), ("", "")],
)
def test_what_the_font_does_not_have_is_left_out(name: str, shown: str) -> None:
    assert legible(name) == shown


def test_a_bot_that_nobody_asks_for_numbers_does_not_load_what_draws() -> None:
    code = "import sys, bot.app; print([m for m in sys.modules if m.split('.')[0] in ('PIL', 'numpy', 'rich')])"
    found = subprocess.run([sys.executable, "-Wignore", "-c", code], capture_output=True, check=True)
    assert found.stdout.strip() == b"[]"
