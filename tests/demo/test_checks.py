"""That the demo notices what is wrong: a demo that cannot fail shows nothing."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.demo import DemoFailed, pictures
from sandbox.demo.books import Line
from sandbox.demo.checks import check_charges, check_files, check_lines, check_picture, check_turns
from sandbox.demo.closing import Account, account, check_accounts
from sandbox.demo.measures import Measure
from sandbox.demo.media import Media
from sandbox.demo.orders import Order
from sandbox.demo.screen import Style
from tests.demo.kit import film

VIDEO = Media(
    path=Path("v.mp4"),
    size=9,
    kind="video",
    format="h264 mp4",
    width=1280,
    height=720,
    duration=5.0,
    frame=0.04,
    digest="v",
)
IMAGES = [replace(VIDEO, kind="image", format="png", duration=0, frame=0, digest=f"{n}") for n in range(4)]
FILM = Order(card="1", who="Bo", what="Bo's video", kind="video", seconds=5)
POSTERS = Order(card="2", who="Dev", what="Dev's posters", kind="image", files=3, failed=1)
LINE = Line(
    guild_id="9",
    card="2",
    remote_id="a",
    namespace="film-club",
    own_key=False,
    succeeded=True,
    told=True,
    spent=Decimal("0.13"),
    reserved=Decimal(0),
    unclear=Decimal(0),
)
LINES = [
    replace(LINE, card="1", remote_id="v", spent=Decimal("0.35")),
    *(replace(LINE, remote_id=name) for name in "abc"),
    replace(LINE, remote_id="d", succeeded=False, told=False, spent=Decimal(0)),
]
CHARGES = {"v": Decimal("0.35"), **dict.fromkeys("abc", Decimal("0.13"))}


def test_files_as_promised() -> None:
    check_files([FILM, POSTERS], {"1": [VIDEO], "2": IMAGES[:3]})
    check_files([FILM], {"1": [replace(VIDEO, duration=5.04)]})


@pytest.mark.parametrize(
    ("card", "files", "reason"),
    [
        ("1", [IMAGES[0]], "is of the kind image"),
        ("1", [replace(VIDEO, duration=4.9)], r"lasts 4\.900 s"),
        ("1", [replace(VIDEO, width=960)], "not 16:9"),
        ("1", [replace(VIDEO, format="hevc mp4")], r"not H\.264"),
        ("2", [*IMAGES[:3], IMAGES[0]], "the same"),
        ("2", [VIDEO], "is of the kind video"),
    ],
)
def test_wrong_files(card: str, files: list[Media], reason: str) -> None:
    with pytest.raises(DemoFailed, match=reason):
        check_files([FILM, POSTERS], {"1": [VIDEO], "2": IMAGES[:3], card: files})


def test_a_film_has_to_open_with_the_picture_it_was_made_from(tmp_path: Path) -> None:
    picture = pictures.draw(tmp_path / "boat.png")
    order = replace(FILM, opens_with=picture)
    shown = replace(VIDEO, path=film(tmp_path / "a.mp4", pictures.opened(picture)))
    check_files([order], {"1": [shown]})
    other = replace(VIDEO, path=film(tmp_path / "b.mp4", Image.new("RGB", (1280, 720), "#8fc9e8")))
    with pytest.raises(DemoFailed, match="first frame"):
        check_files([order], {"1": [other]})


@pytest.mark.parametrize(
    ("size", "colour", "reason"),
    [((640, 360), "navy", None), ((320, 180), "navy", "320x180"), ((640, 360), "white", "something else")],
)
def test_a_larger_picture_is_twice_as_large_and_the_same(
    tmp_path: Path, size: tuple[int, int], colour: str, reason: str | None
) -> None:
    found: list[Media] = []
    for name, dots, paint in (("a.png", (320, 180), "navy"), ("b.png", size, colour)):
        Image.new("RGB", dots, paint).save(tmp_path / name)
        found.append(replace(IMAGES[0], path=tmp_path / name, width=dots[0], height=dots[1]))
    larger = Order(card="3", who="Dev", what="Dev's larger poster", kind="image", enlarges="2")
    files = {"2": [IMAGES[0], found[0]], "3": [found[1]]}
    if reason is None:
        check_files([larger], files)
        return
    with pytest.raises(DemoFailed, match=reason):
        check_files([larger], files)


def test_a_picture_of_usage_is_a_picture_of_some_size() -> None:
    check_picture(IMAGES[0])
    for wrong in (VIDEO, replace(IMAGES[0], height=20)):
        with pytest.raises(DemoFailed):
            check_picture(wrong)


def test_a_ledger_as_promised() -> None:
    check_lines([FILM, POSTERS], LINES)
    check_charges(LINES, CHARGES)
    check_accounts([of(LINES, Decimal("0.74"))])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (LINES[:-1], "knows 3 outputs"),
        ([*LINES[:-1], replace(LINES[-1], succeeded=True)], "4 outputs succeeded"),
        ([*LINES[:-1], replace(LINES[-1], spent=Decimal("0.13"))], r"\$0\.13 was charged for what never arrived"),
        ([replace(LINES[0], spent=Decimal(0)), *LINES[1:]], "made and not charged"),
        ([replace(LINES[0], reserved=Decimal("0.35")), *LINES[1:]], "reserved still"),
        ([replace(LINES[0], told=False), *LINES[1:]], "price is unknown"),
        ([*LINES, replace(LINE, card="7")], "1 lines that nobody ordered"),
    ],
)
def test_wrong_ledgers(lines: list[Line], reason: str) -> None:
    with pytest.raises(DemoFailed, match=reason):
        check_lines([FILM, POSTERS], lines)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"v": Decimal("0.36")}, "differently"), ({"stray": Decimal("0.04")}, "one side only: .*stray")],
)
def test_charges_that_differ(changes: Mapping[str, Decimal], reason: str) -> None:
    with pytest.raises(DemoFailed, match=reason):
        check_charges(LINES, {**CHARGES, **changes})


@pytest.mark.parametrize("changes", [{"charged": Decimal("0.75")}, {"reserved": Decimal("0.01")}])
def test_ledgers_that_differ_are_told_apart(changes: dict[str, Any]) -> None:
    with pytest.raises(DemoFailed, match="Film Club: Drover's ledger says"):
        check_accounts([replace(of(LINES, Decimal("0.74")), **changes)])


def of(lines: list[Line], charged: Decimal) -> Account:
    return account("Film Club", lines, "film-club", charged)


def test_turns() -> None:
    first, second = FILM, replace(FILM, card="2")
    lines = [LINES[0], LINES[1]]
    check_turns([first, second], lines, ["v", "x", "a"])
    with pytest.raises(DemoFailed, match="out of turn"):
        check_turns([first, second], lines, ["a", "v"])


def test_a_missed_promise_is_marked() -> None:
    kept = Measure(name="ready", value=0.5, promise=2, unit="s")
    assert kept.line(Style()).split() == ["ready", "0.50", "s", "promised:", "under", "2", "s", "✓", "kept"]
    assert "✗ missed" in replace(kept, value=2.5).line(Style())
