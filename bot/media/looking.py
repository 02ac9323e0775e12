"""What a file is, by its own bytes: kind, format, size in pixels, length, whether it moves, whether all of it is there.

A name, a type and a size that somebody gives along with a file are claims. Nothing is decoded here, and what is kept in
memory are some kilobytes: the file may be hostile. A number that a header does not give is None. Pixels are counted as
the picture or film is shown: what was taken with an upright phone is upright.
"""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from bot.domain.models.slots import InputKind
from bot.media import orientation
from bot.media.boxes import MediaInfo, look_at_boxes
from bot.media.matroska import look_at_matroska
from bot.media.mpeg import behind_id3, look_at_mpeg
from bot.media.ogg import look_at_ogg
from bot.media.reading import BoundedReader, Window
from bot.media.structure import has_end

_HEAD = 64  # bytes; enough to know every format
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})  # markers without a segment
_JPEG_APP1 = 0xE1
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def look(path: Path) -> MediaInfo | None:
    """What the file is; None when it is no picture, film or sound of a known format. Reads from the disk."""
    with path.open("rb") as opened:
        return probe(opened)


def probe(opened: BinaryIO) -> MediaInfo | None:
    """The same, for a file that is open at its beginning."""
    file = BoundedReader(opened)
    head = file.read(_HEAD)
    try:
        found = next((found for reader in _READERS if (found := reader(head, file)) is not None), None)
    except (struct.error, IndexError):  # it begins like one, and is cut off
        return None
    whole = has_end(found.suffix, Window(file)) if found is not None else None
    return replace(found, whole=whole) if found is not None and whole is not None else found


def _png(head: bytes, file: BoundedReader) -> MediaInfo | None:
    if not head.startswith(_PNG) or head[12:16] != b"IHDR":
        return None
    size = struct.unpack(">II", head[16:24])
    animated = False
    for name, begin, length in _png_chunks(file):
        animated = animated or name == b"acTL"
        if name == b"eXIf":
            size = orientation.shown(size, _at(file, begin, length))
    width, height = size
    return MediaInfo(
        kind=InputKind.IMAGE, media_type="image/png", suffix="png", width=width, height=height, animated=animated
    )


def _png_chunks(file: BoundedReader) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and length of the chunks before the picture itself, where an animated one says so (PNG 3rd edition,
    acTL) and how it was held usually is (eXIf).
    """
    position = len(_PNG)
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or head[4:] in {b"IDAT", b"IEND"}:  # noqa: PLR2004 - a length and a name
            return
        yield head[4:], position + 8, int.from_bytes(head[:4])
        position += 12 + int.from_bytes(head[:4])


def _gif(head: bytes, file: BoundedReader) -> MediaInfo | None:
    if not head.startswith((b"GIF87a", b"GIF89a")):
        return None
    width, height, flags = struct.unpack("<HHB", head[6:11])
    return MediaInfo(
        kind=InputKind.IMAGE,
        media_type="image/gif",
        suffix="gif",
        width=width,
        height=height,
        animated=_gif_frames(file, 13 + _colours(flags), enough=2) >= 2,  # noqa: PLR2004
    )


def _colours(flags: int) -> int:
    """Bytes of the colour table that `flags` announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _gif_frames(file: BoundedReader, position: int, *, enough: int) -> int:
    """How many pictures are in it, counted up to `enough` (GIF89a, section 20 and Appendix A)."""
    frames = 0
    file.seek(position)
    while True:
        introducer = file.read(1)
        if introducer == b",":
            frames += 1
            if frames >= enough:
                break
            flags = file.read(9)[8]
            file.seek(_colours(flags) + 1, os.SEEK_CUR)
        elif introducer == b"!":
            file.seek(1, os.SEEK_CUR)
        else:
            break
        if not _skip_blocks(file):
            break
    return frames


def _skip_blocks(file: BoundedReader) -> bool:
    """Whether the row of blocks ended before the file did."""
    while size := file.read(1):
        if size == b"\0":
            return True
        file.seek(size[0], os.SEEK_CUR)
    return False


def _jpeg(head: bytes, file: BoundedReader) -> MediaInfo | None:
    if not head.startswith(b"\xff\xd8\xff"):
        return None
    width, height = _jpeg_size(file)
    return MediaInfo(kind=InputKind.IMAGE, media_type="image/jpeg", suffix="jpg", width=width, height=height)


def _at(file: BoundedReader, begin: int, length: int) -> bytes:
    """The beginning of an Exif block."""
    file.seek(begin)
    return file.read(min(length, orientation.MOST))


def _jpeg_size(file: BoundedReader) -> tuple[int | None, int | None]:
    """From the frame's header (ITU-T T.81, B.2.2); segments before it are stepped over, but for the one of Exif."""
    position, exif = 2, b""
    while True:
        file.seek(position)
        marker = file.read(9)
        if len(marker) < 9 or marker[0] != 0xFF:  # noqa: PLR2004
            break
        if marker[1] in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", marker[5:9])
            return orientation.shown((width, height), exif)
        if marker[1] == _JPEG_APP1 and marker[4:8] == b"Exif" and not exif:
            exif = _at(file, position + 4, int.from_bytes(marker[2:4]) - 2)
        if marker[1] == 0xFF:  # noqa: PLR2004 - padding
            position += 1
        else:
            position += 2 if marker[1] in _JPEG_ALONE else 2 + int.from_bytes(marker[2:4])
    return None, None


def _webp(head: bytes, file: BoundedReader) -> MediaInfo | None:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    extended = head[20] if head[12:16] == b"VP8X" else 0
    animated = bool(extended & 0x02)
    size = _webp_size(head)
    width, height = orientation.shown(size, _webp_exif(file)) if extended & 0x08 else size
    return MediaInfo(
        kind=InputKind.IMAGE, media_type="image/webp", suffix="webp", width=width, height=height, animated=animated
    )


def _webp_exif(file: BoundedReader) -> bytes:
    """The chunk is behind the picture (RFC 9649, section 2.7.1.5)."""
    position = 12
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - a name and a length
            return b""
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"EXIF":
            return _at(file, position + 8, length)
        position += 8 + length + length % 2


def _webp_size(head: bytes) -> tuple[int | None, int | None]:
    """RFC 9649, section 2."""
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None, None


def _wav(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """Of its chunks, "fmt " tells bytes a second, and "data" how many there are. Others may come before and between."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    position, rate, sound, end = 12, 0, 0, file.seek(0, os.SEEK_END)
    while not sound:
        file.seek(position)
        chunk = file.read(20)
        if len(chunk) < 8:  # noqa: PLR2004 - a name and a length
            break
        size = int.from_bytes(chunk[4:8], "little")
        position += 8
        if chunk[:4] == b"fmt ":
            rate = int.from_bytes(chunk[16:20], "little")
        elif chunk[:4] == b"data":
            sound = min(size or end, end - position)  # what was streamed says nothing, or too much
        position += size + size % 2
    seconds = sound / rate if rate and sound else None
    return MediaInfo(kind=InputKind.AUDIO, media_type="audio/wav", suffix="wav", seconds=seconds)


def _flac(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """RFC 9639, section 8.2: 20 bits of the rate, 36 of the number of samples. Some put a tag of ID3 before it."""
    begin = behind_id3(Window(file)) if head.startswith(b"ID3") else 0
    if begin:
        file.seek(begin)
        head = file.read(_HEAD)
    if not head.startswith(b"fLaC"):
        return None
    numbers = int.from_bytes(head[18:26])
    rate, samples = numbers >> 44, numbers & 2**36 - 1
    seconds = samples / rate if rate and samples else None
    return MediaInfo(kind=InputKind.AUDIO, media_type="audio/flac", suffix="flac", seconds=seconds)


_READERS: tuple[Callable[[bytes, BoundedReader], MediaInfo | None], ...] = (
    _png,
    _gif,
    _jpeg,
    _webp,
    _wav,
    _flac,
    look_at_matroska,
    look_at_boxes,
    look_at_ogg,
    look_at_mpeg,
)
