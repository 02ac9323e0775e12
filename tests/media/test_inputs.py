"""Whether a file may go along with an order, and what its giver is told if not."""

import contextlib
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.chat.kit.words import refusal_text
from bot.domain.errors import Refusal
from bot.domain.models.slots import InputKind
from bot.media.probe import TAKEN, probe_input
from bot.settings import LOCALES
from bot.texts import Translations
from tests.cases import for_each
from tests.domain.kit import Refused
from tests.media.pictures import box
from tests.media.samples import FORMATS, SAMPLES, sample, sound

KINDS = {suffix: kind for kind, suffixes in TAKEN.items() for suffix in suffixes}


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(file, form)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("fox.png", "no")
    return file.getvalue()


def muxed(form: str, codec: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (64, 48), "teal"))))
        container.mux(stream.encode())
    return file.getvalue()


def brand(*names: bytes) -> bytes:
    """A file of boxes that says it is of the first kind, and compatible with the others."""
    return box(b"ftyp", names[0] + bytes(4) + b"".join(names[1:])) + box(b"meta", bytes(8)) + box(b"mdat", b"x")


# Content, or what makes it: encoders take their time, and nothing is encoded on import.
OTHERS: dict[str, tuple[InputKind, bytes | Callable[[], bytes], str]] = {
    "photo.heic": (InputKind.IMAGE, brand(b"heic", b"mif1"), "HEIC"),
    "heix": (InputKind.IMAGE, brand(b"heix"), "HEIC"),
    "hevc": (InputKind.IMAGE, brand(b"hevc", b"msf1"), "HEIC"),
    "heim": (InputKind.IMAGE, brand(b"heim"), "HEIC"),
    "mif1, with HEVC": (InputKind.IMAGE, brand(b"mif1", b"mif1", b"heic"), "HEIC"),
    "mif1, with AV1": (InputKind.IMAGE, brand(b"mif1", b"mif1", b"avif"), "AVIF"),
    "mif1 alone": (InputKind.IMAGE, brand(b"mif1"), "HEIF"),
    "msf1": (InputKind.IMAGE, brand(b"msf1"), "HEIF"),
    "avif": (InputKind.IMAGE, lambda: picture("AVIF"), "AVIF"),
    "avis": (InputKind.IMAGE, brand(b"avis", b"msf1"), "AVIF"),
    "old.bmp": (InputKind.IMAGE, lambda: picture("BMP"), "BMP"),
    "scan.tif": (InputKind.IMAGE, lambda: picture("TIFF"), "TIFF"),
    "IMG_1.dng": (InputKind.IMAGE, lambda: picture("TIFF"), "RAW"),
    "IMG_1.CR2": (InputKind.IMAGE, b"II*\0\x10\0\0\0CR\2\0" + bytes(60), "RAW"),
    "IMG_1.CR3": (InputKind.IMAGE, brand(b"crx ", b"isom"), "RAW"),
    "icon.ico": (InputKind.IMAGE, lambda: picture("ICO"), "ICO"),
    "plan.pdf": (InputKind.IMAGE, lambda: picture("PDF"), "PDF"),
    "fox.jp2": (InputKind.IMAGE, b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", "JPEG 2000"),
    "fox.j2k": (InputKind.IMAGE, b"\xff\x4f\xff\x51" + bytes(60), "JPEG 2000"),
    "fox.jxl": (InputKind.IMAGE, b"\xff\x0a" + bytes(60), "JPEG XL"),
    "boxed.jxl": (InputKind.IMAGE, b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ", "JPEG XL"),
    "icon.png": (InputKind.IMAGE, lambda: picture("PNG").replace(b"IHDR", b"CgBI", 1), "CgBI"),
    "fox.psd": (InputKind.IMAGE, b"8BPS\0\1" + bytes(60), "PSD"),
    "fox.svg": (InputKind.IMAGE, b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='y'/>", "SVG"),
    "fox.zip": (InputKind.IMAGE, archive, "ZIP"),
    "fox.gz": (InputKind.IMAGE, gzip.compress(b"fox"), "GZIP"),
    "fox.ppm": (InputKind.IMAGE, lambda: picture("PPM"), "PNM"),
    "fox.png": (InputKind.IMAGE, b"MZ\x90" + bytes(200), "EXE"),
    "film.avi": (InputKind.VIDEO, lambda: muxed("avi", "mpeg4"), "AVI"),
    "film.wmv": (InputKind.VIDEO, lambda: muxed("asf", "mpeg4"), "WMV or WMA"),
    "film.flv": (InputKind.VIDEO, lambda: muxed("flv", "flv"), "FLV"),
    "film.ts": (InputKind.VIDEO, lambda: muxed("mpegts", "mpeg4"), "MPEG"),
    "film.mpg": (InputKind.VIDEO, lambda: muxed("mpeg", "mpeg1video"), "MPEG"),
    "film.3gp": (InputKind.VIDEO, lambda: muxed("3gp", "mpeg4"), "3GP"),
    "song.aiff": (InputKind.AUDIO, b"FORM\0\0\0\x30AIFFCOMM" + bytes(40), "AIFF"),
    "song.amr": (InputKind.AUDIO, b"#!AMR\n" + bytes(40), "AMR"),
    "song.mid": (InputKind.AUDIO, b"MThd\0\0\0\6" + bytes(40), "MIDI"),
    "song.wma": (InputKind.AUDIO, b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel" + bytes(40), "WMV or WMA"),
    "film.ogv": (InputKind.VIDEO, lambda: muxed("ogg", "libvpx"), "OGV"),
    "voice.webm": (InputKind.AUDIO, lambda: sound("webm", "libopus"), "WEBM"),
    "song.mp2": (InputKind.AUDIO, lambda: sound("mp2", "mp2"), "MP2"),
    "tagged.aac": (InputKind.AUDIO, b"ID3\4\0\0\0\0\0\0\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(40), "AAC"),
    "wide.svg": (InputKind.IMAGE, "<svg xmlns='y'/>".encode("utf-16"), "SVG"),
    "jpeg in boxes": (InputKind.IMAGE, brand(b"jpeg", b"mif1"), "HEIF"),
    "vvic": (InputKind.IMAGE, brand(b"vvic", b"mif1", b"miaf"), "HEIF"),
    "song.aac": (InputKind.AUDIO, b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(40), "AAC"),
}
ALTERNATIVES = {
    InputKind.IMAGE: "PNG, JPEG and WebP are",
    InputKind.VIDEO: "MP4, MOV and WebM are",
    InputKind.AUDIO: "MP3, WAV, M4A, OGG and FLAC are",
}


def kept(folder: Path, content: bytes | Callable[[], bytes]) -> Path:
    path = folder / "1"
    path.write_bytes(content() if callable(content) else content)
    return path


@for_each("name", OTHERS)
def test_what_no_model_takes_is_refused_by_the_name_of_its_kind(tmp_path: Path, name: str) -> None:
    kind, content, what = OTHERS[name]
    with pytest.raises(Refusal) as caught:
        probe_input(kept(tmp_path, content), kind, name)
    assert (caught.value.key, caught.value.values["what"]) == ("input-files-foreign", what)
    text = refusal_text(caught.value, Translations(LOCALES).of("en-US"))
    assert f"{what} is not taken; {ALTERNATIVES[kind]}" in text.replace("\u2068", "").replace("\u2069", "")


@for_each("name", [name for name in SAMPLES if FORMATS[name] in KINDS])
def test_what_models_take_is_taken(tmp_path: Path, name: str) -> None:
    found = probe_input(kept(tmp_path, sample(name)), KINDS[FORMATS[name]], "x")
    assert found.suffix == FORMATS[name]


def sealed() -> bytes:
    """A film whose samples are encrypted, as a shop sells it."""
    entry = box(b"encv", bytes(70))
    stbl = box(b"stbl", box(b"stsd", bytes(4) + b"\0\0\0\1" + entry))
    track = box(b"trak", box(b"mdia", box(b"minf", stbl)))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", track) + box(b"mdat", b"x")


@for_each(
    ("content", "key", "what"),
    [
        (b"", "input-files-empty", None),
        (b"\n<!DOCTYPE html><html><body>404</body></html>", "input-files-other", "page"),
        (b"\xef\xbb\xbf<HTML lang=de>", "input-files-other", "page"),
        (b"MAC addresses of our printers:", "input-files-other", "text"),
        (b'{"error": "AccessDenied"}', "input-files-other", "text"),
        ("Füchse, viele Füchse. ".encode() * 100, "input-files-other", "text"),
        ("Füchse, viele Füchse. ".encode("utf-16"), "input-files-other", "text"),
        (b"\xfe\xff" + "Füchse".encode("utf-16-be"), "input-files-other", "text"),
        ("many foxes, and no mark".encode("utf-16-le") * 40, "input-files-other", "text"),
        ("\ufeff<!doctype html>".encode("utf-16-le"), "input-files-other", "page"),
        (b"Salted__" + bytes(range(200)), "input-files-other", "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEM", "input-files-other", "encrypted"),
        (sealed(), "input-files-other", "encrypted"),
        (bytes(range(128, 256)) * 3, "input-files-unreadable", None),
        (b"\x89PNG\r\n\x1a\n\0\0", "input-files-broken", None),
        (b"GIF89a\1", "input-files-broken", None),
        (lambda: sample("jpg")[:-40], "input-files-broken", None),
        (lambda: sample("mp4"), "input-files-disguised", None),
    ],
)
def test_a_refusal_says_what_is_wrong(
    tmp_path: Path, content: bytes | Callable[[], bytes], key: str, what: str | None
) -> None:
    with Refused(key, given="fox.png", what=what):
        probe_input(kept(tmp_path, content), InputKind.IMAGE, "fox.png")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=700), kind=st.sampled_from(InputKind))
def test_whatever_it_is_it_is_taken_or_refused(tmp_path: Path, content: bytes, kind: InputKind) -> None:
    with contextlib.suppress(Refusal):
        assert probe_input(kept(tmp_path, content), kind, "fox").kind is kind


@for_each("form", ["mp4", "mov", "webm", "matroska"])
def test_a_film_without_pictures_is_a_sound(tmp_path: Path, form: str) -> None:
    content = sound(form, "libopus" if form in {"webm", "matroska"} else "aac")
    with Refused("input-files-disguised", given="a", claimed="video", kind="audio"):
        probe_input(kept(tmp_path, content), InputKind.VIDEO, "a")


def test_a_recording_in_a_film_s_boxes_is_taken_as_a_sound(tmp_path: Path) -> None:
    """Phones write such a file, and call it memo.m4a."""
    found = probe_input(kept(tmp_path, sound("mp4", "aac")), InputKind.AUDIO, "memo.m4a")
    assert (found.suffix, found.seconds) == ("m4a", pytest.approx(1, abs=0.08))
