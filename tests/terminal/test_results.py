"""Results on the disk: names that say something, never over another, never half; and in what they are not as asked."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.parameters import Json
from bot.domain.models.slots import InputKind
from bot.domain.provider import Unavailable
from bot.media.reading import MediaInfo
from bot.terminal.results import described, differences, move_in, of_the_disk, prepare, stem, tail, unfinished
from bot.terminal.shell import Failed
from tests.fakes.orders import image_request, video_request


@pytest.mark.parametrize(
    ("prompt", "model", "name"),
    [
        ("A fox in the snow!", "m", "a-fox-in-the-snow-abc123"),
        ("", "topazlabs-image-upscale", "topazlabs-image-upscale-abc123"),
        ("…", "m", "result-abc123"),
        ("../../etc/passwd", "m", "etc-passwd-abc123"),
        ("Ein Käuzchen im Gewölbe", "m", "ein-käuzchen-im-gewölbe-abc123"),
        ("x" * 300, "m", "x" * 40 + "-abc123"),
        ("one two three four five six seven eight nine ten", "m", "one-two-three-four-five-six-seven-eight-abc123"),
    ],
)
def test_a_name_says_what_is_shown(prompt: str, model: str, name: str) -> None:
    assert stem(prompt, model, "abc123") == name


@given(st.text(), st.text(max_size=100))
def test_every_prompt_gives_a_name_that_a_disk_takes(prompt: str, model: str) -> None:
    name = f"{stem(prompt, model, 'abc123')}-99.webm"
    assert 0 < len(name.encode()) <= 255
    assert not {"/", "\0", "\\"} & set(name)
    assert not name.startswith((".", "-"))


def test_a_tail_is_the_end_of_an_id() -> None:
    assert tail("9f5a7b1c-0000-4000-8000-00000abc123") == "abc123"
    assert tail("a.b:c") == "abc"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "fox.mp4").write_text("somebody's own")
    (tmp_path / "fox-2.mp4").symlink_to(tmp_path / "nowhere")
    made = []
    for content in ("first", "second"):
        with unfinished(tmp_path) as path:
            path.write_text(content)
            made.append(move_in(path, tmp_path, "fox", ".mp4"))
    assert [path.name for path in made] == ["fox-3.mp4", "fox-4.mp4"]
    assert [path.read_text() for path in made] == ["first", "second"]
    assert (tmp_path / "fox.mp4").read_text() == "somebody's own"
    assert len(list(tmp_path.iterdir())) == 4


def test_a_file_may_be_read_by_whom_the_mask_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with unfinished(tmp_path) as path:
            kept = move_in(path, tmp_path, "fox", ".mp4")
    finally:
        os.umask(before)
    assert kept.stat().st_mode & 0o777 == 0o640


def test_what_is_not_finished_is_removed(tmp_path: Path) -> None:
    def interrupted() -> None:
        with unfinished(tmp_path) as path:
            path.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_and_tried(tmp_path: Path) -> None:
    prepare(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(Failed, match="File exists"):
        prepare(tmp_path / "file")


def test_the_disks_errors_are_told_from_the_networks() -> None:
    def unavailable(cause: OSError) -> Unavailable:
        error = Unavailable("x")
        error.__cause__ = cause
        return error

    full = OSError(errno.ENOSPC, "No space left on device")
    assert of_the_disk(full) is full
    assert of_the_disk(unavailable(full)) is full
    assert of_the_disk(unavailable(OSError(errno.ECONNRESET, "reset"))) is None
    assert of_the_disk(Unavailable("x")) is None


def video(width: int | None = 1280, height: int | None = 720, seconds: float | None = 5.04) -> MediaInfo:
    return MediaInfo(
        kind=InputKind.VIDEO, media_type="video/mp4", suffix="mp4", width=width, height=height, seconds=seconds
    )


@pytest.mark.parametrize(
    ("asked", "made", "differs"),
    [
        ({}, video(), ()),
        ({"duration": 5}, video(), ()),
        ({"duration": "5s"}, video(), ()),
        ({"seconds": "8"}, video(), ("asked for 8 s, this has 5.0 s",)),
        ({"duration": "auto"}, video(), ()),
        ({"duration": 10}, video(seconds=None), ()),
        ({"aspect_ratio": "16:9"}, video(), ()),
        ({"aspect_ratio": "16:9"}, video(1248, 704), ()),
        ({"aspect_ratio": "9:16"}, video(), ("asked for 9:16, this is 1280x720",)),
        ({"aspect_ratio": "auto"}, video(), ()),
        ({"aspect_ratio": "1:0"}, video(), ()),
        ({"resolution": "720p"}, video(), ()),
        ({"resolution": "1080p"}, video(), ("asked for 1080p, this is 1280x720",)),
        ({"resolution": "4k"}, video(), ()),
        ({"size": "1280x720"}, video(), ()),
        ({"size": "720*1280"}, video(), ("asked for 720*1280, this is 1280x720",)),
        ({"resolution": "720p", "aspect_ratio": "16:9"}, video(None, None), ()),
        ({"multi_prompt": [{"prompt": "a", "duration": 3}, {"prompt": "b", "duration": 2}]}, video(), ()),
        ({"multi_prompt": [{"prompt": "a", "duration": 9}]}, video(), ("asked for 9 s, this has 5.0 s",)),
    ],
)
def test_length_shape_and_size(asked: dict[str, Json], made: MediaInfo, differs: tuple[str, ...]) -> None:
    assert differences(video_request(**asked), made) == differs  # type: ignore[arg-type]


def test_another_kind() -> None:
    assert differences(image_request(), video()) == ("asked for image, this is video",)


def test_what_a_file_is() -> None:
    assert described(video()) == "video/mp4, 1280x720, 5.0 s"
    assert described(video(None, None, None)) == "video/mp4"
