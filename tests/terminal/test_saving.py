"""In what a file is not what was asked for."""

import pytest

from bot.domain.models.parameters import Json
from bot.domain.models.slots import InputKind
from bot.media.reading import MediaInfo
from bot.terminal.saving import described, differences
from tests.fakes.orders import image_request, video_request


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
