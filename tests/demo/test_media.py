from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from sandbox.demo import DemoFailed
from sandbox.demo.media import facts


def write_video(path: Path, *, frames: int, rate: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for shade in range(frames):
            picture = np.full((36, 64, 3), shade * 5, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_video(tmp_path: Path) -> None:
    found = facts(write_video(tmp_path / "a.mp4", frames=24, rate=12))
    assert (found.kind, found.format, found.width, found.height) == ("video", "h264 mp4", 64, 36)
    assert found.duration == pytest.approx(2.0)
    assert found.frame == pytest.approx(1 / 12)
    assert found.size == (tmp_path / "a.mp4").stat().st_size


def test_images_are_told_apart_by_what_is_seen(tmp_path: Path) -> None:
    for name, colour in (("a.png", "red"), ("b.webp", "red"), ("c.png", "blue")):
        Image.new("RGB", (32, 18), colour).save(tmp_path / name, lossless=True)
    red, same, blue = (facts(tmp_path / name) for name in ("a.png", "b.webp", "c.png"))
    assert (red.kind, red.format, red.width, red.height, red.duration) == ("image", "png", 32, 18, 0)
    assert red.digest == same.digest != blue.digest


@pytest.mark.parametrize("content", [b"", b"no picture at all" * 100, b"\x89PNG\r\n\x1a\n"])
def test_what_is_neither_fails_with_a_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(DemoFailed, match=r"x\.mp4"):
        facts(path)


def test_an_image_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(DemoFailed, match="cannot be read"):
        facts(path)
