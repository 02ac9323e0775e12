"""The judge of results, judged: it lets pass what was asked, and nothing that differs in one thing."""

from pathlib import Path
from typing import Any

import pytest

from tests.models.expected import is_what_was_asked
from tests.sandbox_oxen.files import TALL, film, picture

FILM = "ltx-2-3-quality-text-to-video"  # 160 x 120, two seconds at 12 frames a second
PICTURE = "nano-banana"
TWO_SECONDS = {"num_frames": 24, "frames_per_second": 12, "generate_audio": True}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return tmp_path / "made"


def test_a_film_as_asked_passes(made: Path) -> None:
    made.write_bytes(film())
    is_what_was_asked(made, FILM, TWO_SECONDS)
    is_what_was_asked(made, FILM, {**TWO_SECONDS, "aspect_ratio": "4:3", "resolution": "120p"})


@pytest.mark.parametrize(
    "other",
    [
        {"num_frames": 36},
        {"frames_per_second": 24},
        {"duration": 3},
        {"duration": "3s"},
        {"aspect_ratio": "16:9"},
        {"aspect_ratio": "portrait"},
        {"resolution": "480p"},
        {"width": 320, "height": 240},
        {"generate_audio": False},
    ],
    ids=str,
)
def test_a_film_that_differs_does_not(made: Path, other: dict[str, Any]) -> None:
    made.write_bytes(film())
    with pytest.raises(AssertionError):
        is_what_was_asked(made, FILM, {**TWO_SECONDS, **other})


def test_a_film_without_the_sound_that_was_asked_for_does_not(made: Path) -> None:
    made.write_bytes(film(sound=False))
    with pytest.raises(AssertionError):
        is_what_was_asked(made, FILM, TWO_SECONDS)


@pytest.mark.parametrize(("ratio", "passes"), [("3:5", True), ("16:9", False), ("1:1", False)])
def test_a_picture_has_its_shape(made: Path, ratio: str, passes: bool) -> None:
    made.write_bytes(picture(size=TALL))
    asked = {"aspect_ratio": ratio, "output_format": "png"}
    if passes:
        is_what_was_asked(made, PICTURE, asked)
        return
    with pytest.raises(AssertionError):
        is_what_was_asked(made, PICTURE, asked)


@pytest.mark.parametrize("other", [{"output_format": "webp"}, {"upscale_factor": "2x"}, {"resolution": "1K"}], ids=str)
def test_a_picture_that_differs_does_not(made: Path, other: dict[str, Any]) -> None:
    made.write_bytes(picture(size=TALL))
    with pytest.raises(AssertionError):
        is_what_was_asked(made, PICTURE, {"aspect_ratio": "3:5", "output_format": "png", **other})


def test_an_image_is_not_taken_for_a_video_nor_a_video_for_an_image(made: Path) -> None:
    made.write_bytes(picture())
    with pytest.raises((AssertionError, OSError, ValueError)):
        is_what_was_asked(made, FILM, TWO_SECONDS)
    made.write_bytes(film())
    with pytest.raises(OSError, match="cannot identify"):
        is_what_was_asked(made, PICTURE, {})
