"""The picture: drawn elsewhere, legible on both themes, and never the reason that nothing is shown."""

import asyncio
import contextlib
import json
import os
import struct
import sys
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.usage import drawing
from bot.chat.usage.drawing import Bars, Chart
from bot.chat.usage.pictures import Pictures, Undrawn

CHART = Chart(
    tiles=(("Spent", "$1.00 of $2 and $3"), ("Orders", "1")),
    meter=("$1.00 of $2.00", 0.5),
    days_title="By day",
    days=tuple((str(n), float(n)) for n in range(1, 32)),
    limit=("A limit", 20.0),
    scale=((0.0, "$0"), (40.0, "$40")),
    bars=(
        Bars(title="By member", rows=(("1.", 2.0, "$2"),)),
        Bars(title="By model", rows=(("“x” 模型 $x$", 0.0, "$0"),)),
    ),
)
EMPTY = Chart(tiles=(("Spent", "$0"),), meter=None, days_title="", days=(), limit=None, scale=((0, "$0"),), bars=())


@pytest.fixture
async def pictures(tmp_path: Path) -> AsyncIterator[Pictures]:
    made = Pictures(tmp_path)
    async with contextlib.aclosing(_Closing(made)):
        yield made


class _Closing:
    def __init__(self, pictures: Pictures) -> None:
        self.aclose = pictures.close


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("text", [drawing.TEXT, drawing.FAINT, drawing.LIMIT])
@pytest.mark.parametrize("ground", [drawing.BACKGROUND, drawing.PANEL])
def test_texts_stand_out_from_the_cards_own_background(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5  # WCAG 1.4.3


@pytest.mark.parametrize("bar", [drawing.BAR, drawing.SECOND, drawing.LIMIT, drawing.OVER])
@pytest.mark.parametrize("ground", [drawing.BACKGROUND, drawing.TRACK])
def test_bars_stand_out(bar: str, ground: str) -> None:
    assert contrast(bar, ground) >= 3.0  # WCAG 1.4.11


async def test_the_bot_draws_without_importing_what_draws(pictures: Pictures) -> None:
    await pictures.prepare()
    first, second = await pictures.draw(CHART), await pictures.draw(CHART)
    assert first == second
    assert size(first)[0] == 1000
    assert size(await pictures.draw(EMPTY))[1] < size(first)[1]
    code = "import sys, bot.app; print([m for m in sys.modules if m.split('.')[0] in ('matplotlib', 'numpy')])"
    found = await asyncio.create_subprocess_exec(sys.executable, "-Wignore", "-c", code, stdout=asyncio.subprocess.PIPE)
    assert (await found.communicate())[0].strip() == b"[]"


async def test_the_background_fills_the_picture(pictures: Pictures) -> None:
    """No transparent corner: what is behind it, dark or light, does not matter."""
    png = await pictures.draw(CHART)
    assert png[25] in {2, 6}  # RGB or RGBA
    colour = bytes.fromhex(drawing.BACKGROUND[1:])
    assert colour in zlib.decompress(b"".join(_chunks(png, b"IDAT")))[: 1000 * 4]


def _chunks(png: bytes, kind: bytes) -> list[bytes]:
    found, place = [], 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == kind:
            found.append(png[place + 8 : place + 8 + length])
        place += 12 + length
    return found


def environment_of(pid: int) -> bytes:
    given = Path(f"/proc/{pid}/environ")
    if not given.exists():
        pytest.skip("no /proc here")
    return given.read_bytes()


async def test_the_process_gets_no_secret(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "hidden")
    await pictures.draw(EMPTY)
    environment = environment_of(process_of(pictures).pid)
    assert b"MPLCONFIGDIR" in environment
    assert b"hidden" not in environment
    assert os.environ["DISCORD_TOKEN"] == "hidden"


def process_of(pictures: Pictures) -> Any:
    assert pictures._process is not None
    return pictures._process


async def test_when_the_process_died_the_next_picture_has_another(pictures: Pictures) -> None:
    await pictures.draw(EMPTY)
    process = process_of(pictures)
    process.kill()
    await process.wait()
    assert size(await pictures.draw(EMPTY))[0] == 1000


async def test_a_process_that_breaks_is_no_picture_and_the_next_one_works(pictures: Pictures) -> None:
    broken = Chart(tiles=(), meter=None, days_title="", days=(), limit=None, scale=(), bars=())
    with pytest.raises(Undrawn):
        await pictures.draw(broken)
    assert size(await pictures.draw(EMPTY))[0] == 1000


async def test_a_process_that_hangs_is_given_up(tmp_path: Path) -> None:
    hurried = Pictures(tmp_path, patience=timedelta())
    with pytest.raises(Undrawn):
        await hurried.draw(EMPTY)
    await hurried.close()


async def test_it_ends_when_nobody_wants_pictures_any_more(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path, kept=timedelta())
    await pictures.draw(EMPTY)
    process = process_of(pictures)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    await pictures.close()


async def test_pictures_wanted_at_once_come_in_turn(pictures: Pictures) -> None:
    drawn = await asyncio.gather(*(pictures.draw(one) for one in (EMPTY, CHART, EMPTY)))
    assert drawn[0] == drawn[2] != drawn[1]


async def test_somebody_who_leaves_takes_no_picture_from_the_next(pictures: Pictures) -> None:
    leaving = asyncio.create_task(pictures.draw(CHART))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert size(await pictures.draw(EMPTY))[1] < 600


def test_a_chart_survives_its_way() -> None:
    assert json.loads(CHART.dump()) == json.loads(Chart.load(CHART.dump()).dump())
    assert CHART.dump().count(b"\n") == 1
