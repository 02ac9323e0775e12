"""That the demo notices what is wrong: a demo that cannot fail shows nothing."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.demo.checks import check_files, check_ledger
from sandbox.demo.failure import DemoFailed
from sandbox.demo.measures import Measure
from sandbox.demo.media import Media
from sandbox.demo.provider import Charge
from sandbox.demo.screen import Style

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
ORDERED = ["video", "a", "b", "c", "d", "regretted"]


def charges(*ids: str) -> list[Charge]:
    return [Charge(generation_id=one, model="m", cost=Decimal("0.04"), at=1) for one in ids]


def test_files_as_promised() -> None:
    check_files([VIDEO, *IMAGES])
    check_files([replace(VIDEO, duration=5.04), *IMAGES])


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([*IMAGES], "one video"),
        ([VIDEO, *IMAGES[:3]], "4 images"),
        ([replace(VIDEO, duration=4.9), *IMAGES], "lasts 4.900 s"),
        ([replace(VIDEO, width=960), *IMAGES], "not 16:9"),
        ([replace(VIDEO, format="hevc mp4"), *IMAGES], r"not H\.264"),
        ([VIDEO, *IMAGES[:3], IMAGES[0]], "the same"),
    ],
)
def test_wrong_files(files: list[Media], reason: str) -> None:
    with pytest.raises(DemoFailed, match=reason):
        check_files(files)


def test_a_ledger_as_promised() -> None:
    check_ledger({"film-club": charges("video", "a", "b", "c", "d")}, ORDERED)


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        ({}, "5 charges expected, not 0"),
        ({"film-club": charges("video", "a", "b", "c")}, "5 charges expected, not 4"),
        ({"film-club": charges("video", "a", "b", "c", "c")}, "5 charges"),
        ({"film-club": charges("video", "a", "b", "c", "d"), "sandbox": charges("x")}, "other namespaces.*sandbox"),
        ({"film-club": charges("video", "a", "b", "c", "regretted")}, "cancelled video was charged"),
        ({"film-club": charges("video", "a", "b", "c", "stray")}, "nobody ordered"),
    ],
)
def test_wrong_ledgers(ledger: dict[str, list[Charge]], reason: str) -> None:
    with pytest.raises(DemoFailed, match=reason):
        check_ledger(ledger, ORDERED)


def test_a_missed_promise_is_marked() -> None:
    kept = Measure(name="ready", value=0.5, promise=2, unit="s")
    assert kept.line(Style()).split() == ["ready", "0.50", "s", "promised:", "under", "2", "s", "✓", "kept"]
    assert "✗ missed" in replace(kept, value=2.5).line(Style())
