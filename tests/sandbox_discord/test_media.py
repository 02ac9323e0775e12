"""What a file is, from its name and first bytes."""

import io
from pathlib import Path

import av
import pytest
from PIL import Image

from sandbox.discord import media


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.jpg", "a.webp"])
@pytest.mark.parametrize("options", [{}, {"lossless": True}])
def test_pictures_have_their_size(tmp_path: Path, name: str, options: dict[str, bool]) -> None:
    path = tmp_path / name
    Image.new("RGB", (64, 36), "teal").save(path, **(options if name == "a.webp" else {}))
    assert media.size_of_picture(path, media.content_type(name)) == (64, 36)


def test_films_have_theirs(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(64, 36, "yuv420p")))
        container.mux(stream.encode())
    assert media.size_of_picture(path, "video/mp4") == (64, 36)
    picture = media.poster(path)
    assert picture is not None
    assert Image.open(io.BytesIO(picture)).size == (64, 36)
    path.write_bytes(b"no film")
    assert media.poster(path) is None


@pytest.mark.parametrize("kind", ["image/png", "image/gif", "image/jpeg", "image/webp", "video/mp4", "text/plain"])
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF8", b"\xff\xd8\xff", b"RIFF", bytes(40)])
def test_a_file_that_is_no_image_has_no_size(tmp_path: Path, kind: str, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert media.size_of_picture(path, kind) in {None, (0, 0)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.MP4", "video/mp4"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.webm", "video/webm"),
        ("a", "application/octet-stream"),
    ],
)
def test_the_type_goes_by_the_name(name: str, kind: str) -> None:
    assert media.content_type(name) == kind


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_animated_images_are_recognised(tmp_path: Path, name: str, frames: int) -> None:
    path = tmp_path / name
    pictures = [Image.new("RGB", (8, 8), (40 * n, 0, 0)) for n in range(frames)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    assert media.animated(path, media.content_type(name)) is (frames > 1)
    assert not media.animated(path, "image/jpeg")


@pytest.mark.parametrize("kind", ["image/png", "image/gif", "image/webp"])
@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"GIF89a" + b"\xff" * 20, b"GIF89a" + bytes(7) + b"!\xff\xff", b"RIFF0000WEBPVP8X"]
)
def test_a_broken_image_counts_as_still(tmp_path: Path, kind: str, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert not media.animated(path, kind)
