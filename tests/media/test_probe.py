"""What a file is, by its own bytes."""

import struct
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from bot.domain.models.slots import InputKind
from bot.media.probe import probe
from tests.cases import for_each
from tests.media.pictures import box, film, moving, sound, still


@for_each(
    ("name", "form", "media_type"),
    [("a.png", "PNG", "image/png"), ("a.jpg", "JPEG", "image/jpeg"), ("a.webp", "WEBP", "image/webp")],
)
def test_a_still_picture_tells_its_size(tmp_path: Path, name: str, form: str, media_type: str) -> None:
    found = probe(still(tmp_path, name, form, size=(123, 45)))
    assert found is not None
    assert (found.kind, found.media_type) == (InputKind.IMAGE, media_type)
    assert (found.width, found.height, found.animated) == (123, 45, False)


@for_each(("name", "form"), [("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.png", "PNG")])
def test_a_picture_that_moves_is_known(tmp_path: Path, name: str, form: str) -> None:
    found = probe(moving(tmp_path, name, form))
    assert found is not None
    assert found.kind is InputKind.IMAGE
    assert found.animated


def test_a_gif_of_one_frame_is_still(tmp_path: Path) -> None:
    found = probe(still(tmp_path, "a.gif", "GIF"))
    assert found is not None
    assert not found.animated


def test_a_film_tells_size_and_length(tmp_path: Path) -> None:
    found = probe(film(tmp_path, seconds=7, size=(1280, 720)))
    assert found is not None
    assert (found.kind, found.media_type, found.suffix) == (InputKind.VIDEO, "video/mp4", "mp4")
    assert (found.width, found.height, found.seconds) == (1280, 720, 7.0)


def test_a_sound_tells_its_length(tmp_path: Path) -> None:
    found = probe(sound(tmp_path, seconds=3))
    assert found is not None
    assert (found.kind, found.seconds) == (InputKind.AUDIO, 3.0)


@for_each(
    ("head", "kind"),
    [
        (b"ID3\x04" + bytes(60), InputKind.AUDIO),
        (b"\xff\xfb\x90\x64" + bytes(60), InputKind.AUDIO),
        (b"fLaC" + bytes(60), InputKind.AUDIO),
        (b"OggS" + bytes(60), InputKind.AUDIO),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(40), InputKind.VIDEO),
        (box(b"ftyp", b"avis\0\0\0\0") + bytes(40), InputKind.IMAGE),
        (box(b"ftyp", b"M4A \0\0\0\0") + bytes(40), InputKind.AUDIO),
    ],
)
def test_other_formats_are_known_by_their_first_bytes(tmp_path: Path, head: bytes, kind: InputKind) -> None:
    path = tmp_path / "file"
    path.write_bytes(head)
    found = probe(path)
    assert found is not None
    assert found.kind is kind


@for_each("content", [b"", b"MZ\x90", b"<html></html>", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_a_file_that_is_no_media_is_not_recognised(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fox.png"
    path.write_bytes(content)
    assert probe(path) is None


BEGINNINGS = st.sampled_from(
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"RIFF\0\0\0\0WEBPVP8X",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x10ftypisom\0\0\0\0",
        b"\0\0\0\x08moov",
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\x80\x18\x53\x80\x67\xff\x15\x49\xa9\x66",
        b"\x1aE\xdf\xa3\x80\x18\x53\x80\x67\xff\x16\x54\xae\x6b",
        b"OggS\0\2" + bytes(20) + b"\1\x20OpusHead",
        b"OggS\0\2" + bytes(20) + b"\1\x20\1vorbis",
        b"fLaC\x80\0\0\0\xff\xf8",
        b"ID3\4\0\0\0\0\0\0",
        b"\xff\xfb\x90\x64",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=BEGINNINGS, rest=st.binary(max_size=600))
def test_whatever_the_bytes_are_it_ends_without_an_error(tmp_path: Path, beginning: bytes, rest: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(beginning + rest)
    found = probe(path)
    assert found is None or found.kind in InputKind


def exif(orientation: int, order: str = "<") -> bytes:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    make = struct.pack(f"{order}HHII", 0x010F, 2, 4, 0)
    turned = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(f"{order}IH", 8, 2) + make + turned + bytes(4)


@for_each(("name", "form"), [("a.jpg", "JPEG"), ("a.webp", "WEBP"), ("a.png", "PNG")])
@for_each("orientation", range(10))
@for_each("order", "<>")
def test_a_picture_is_as_large_as_it_is_shown(
    tmp_path: Path, name: str, form: str, orientation: int, order: str
) -> None:
    path = tmp_path / name
    block = exif(orientation, order)
    Image.new("RGB", (160, 90), "teal").save(path, form, exif=block if form == "PNG" else b"Exif\0\0" + block)
    found = probe(path)
    assert found is not None
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).size
    assert (found.width, found.height) == upright == ((90, 160) if 5 <= orientation <= 8 else (160, 90))


@for_each("cut", range(0, 50, 3))
def test_a_broken_exif_block_turns_nothing(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (160, 90), "teal").save(path, "JPEG", exif=b"Exif\0\0" + exif(6)[:cut])
    found = probe(path)
    assert found is not None
    assert {found.width, found.height} == {90, 160}


@for_each(
    ("matrix", "size"),
    [
        ((1, 0, 0, 1), (1280, 720)),
        ((0, 1, -1, 0), (720, 1280)),
        ((0, -1, 1, 0), (720, 1280)),
        ((-1, 0, 0, -1), (1280, 720)),
    ],
)
def test_a_film_is_as_large_as_it_is_shown(
    tmp_path: Path, matrix: tuple[int, int, int, int], size: tuple[int, int]
) -> None:
    found = probe(film(tmp_path, size=(1280, 720), matrix=matrix))
    assert found is not None
    assert (found.width, found.height) == size


@for_each(("angle", "size"), [(0, (4032, 3024)), (1, (3024, 4032)), (2, (4032, 3024)), (3, (3024, 4032))])
def test_a_picture_of_boxes_tells_its_size(tmp_path: Path, angle: int, size: tuple[int, int]) -> None:
    tile = box(b"ispe", struct.pack(">III", 0, 512, 512))
    whole = box(b"ispe", struct.pack(">III", 0, 4032, 3024))
    properties = box(b"ipco", tile + whole + box(b"irot", bytes([angle])))
    path = tmp_path / "a.heic"
    path.write_bytes(box(b"ftyp", b"heic\0\0\0\0") + box(b"meta", bytes(4) + box(b"iprp", properties)))
    found = probe(path)
    assert found is not None
    assert (found.media_type, found.width, found.height) == ("image/heic", *size)


def test_a_lossless_sound_tells_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(b"fLaC\x80\0\0\x22" + bytes(10) + (44_100 << 44 | 441_000).to_bytes(8) + bytes(40))
    found = probe(path)
    assert found is not None
    assert (found.media_type, found.seconds) == ("audio/flac", 10.0)
