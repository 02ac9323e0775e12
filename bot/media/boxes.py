"""Files made of boxes, by their headers: MP4, QuickTime, M4A, AVIF, HEIC (ISO/IEC 14496-12)."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.models.slots import InputKind
from bot.media.reading import Pieces

_LARGEST_HEADER = 256  # bytes of a box with numbers in it
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_PICTURES = {
    b"avif": ("image/avif", "avif", False),
    b"avis": ("image/avif", "avif", True),
    b"heic": ("image/heic", "heic", False),
    b"heix": ("image/heic", "heic", False),
    b"mif1": ("image/heif", "heif", False),
}
_SOUNDS = frozenset({b"M4A ", b"M4B "})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file is. `suffix` is how a name of the format ends, without the dot. What is not known is None."""

    kind: InputKind
    media_type: str
    suffix: str
    width: int | None = None  # pixels, as it is shown
    height: int | None = None
    seconds: float | None = None
    animated: bool = False


def look_at_boxes(head: bytes, file: Pieces) -> Look | None:
    """What a file of boxes is; None when it is none. Seeks from box to box, and reads headers only."""
    if head[4:8] not in _FIRST:
        return None
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in _PICTURES:
        media_type, suffix, animated = _PICTURES[brand]
        width, height = _picture(file)
        return Look(
            kind=InputKind.IMAGE, media_type=media_type, suffix=suffix, width=width, height=height, animated=animated
        )
    width, height, seconds = _movie(file)
    if brand in _SOUNDS:
        return Look(kind=InputKind.AUDIO, media_type="audio/mp4", suffix="m4a", seconds=seconds)
    media_type, suffix = ("video/quicktime", "mov") if brand in {b"qt  ", b""} else ("video/mp4", "mp4")
    return Look(kind=InputKind.VIDEO, media_type=media_type, suffix=suffix, width=width, height=height, seconds=seconds)


def _picture(file: Pieces) -> tuple[int | None, int | None]:
    """Width and height of the largest picture in it, as it is shown (ISO/IEC 23008-12, 6.5.3 and 6.5.10).

    Which property is whose is not looked up: tiles and thumbnails are smaller than the picture, and turn with it.
    """
    size, turned = (0, 0), False
    for name, start, stop in _boxes(file, 0, file.seek(0, os.SEEK_END)):
        if name != b"meta":
            continue
        for _, begin, finish in _within(file, start + 4, stop, b"iprp", b"ipco"):  # 4 bytes: version and flags
            for prop, first, last in _boxes(file, begin, finish):
                if prop == b"ispe":
                    width, height = struct.unpack(">II", _content(file, first, last)[4:12])
                    size = max(size, (width, height), key=lambda each: each[0] * each[1])
                elif prop == b"irot":
                    turned = turned or bool(_content(file, first, last)[0] & 1)
    width, height = size[::-1] if turned else size
    return width or None, height or None


def _within(file: Pieces, position: int, end: int, *names: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The boxes on the way `names` leads, one inside the other."""
    for name, begin, finish in _boxes(file, position, end):
        if name == names[0]:
            yield from _within(file, begin, finish, *names[1:]) if names[1:] else [(name, begin, finish)]


def _movie(file: Pieces) -> tuple[int | None, int | None, float | None]:
    """Width and height of the largest track, and the length in seconds."""
    end = file.seek(0, os.SEEK_END)
    size, seconds = (0, 0), None
    for name, start, stop in _boxes(file, 0, end):
        if name != b"moov":
            continue
        for inner, begin, finish in _boxes(file, start, stop):
            if inner == b"mvhd":
                seconds = _length(_content(file, begin, finish))
            elif inner == b"trak":
                headers = [_content(file, b, f) for box, b, f in _boxes(file, begin, finish) if box == b"tkhd"]
                size = max([size, *map(_track_size, headers)])
    return size[0] or None, size[1] or None, seconds


def _boxes(file: Pieces, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of each box between the two positions."""
    while position + 8 <= end:
        file.seek(position)
        head = file.read(16)
        size, content = int.from_bytes(head[:4]), 8
        if size == 1:
            size, content = int.from_bytes(head[8:16]), 16
        elif size == 0:  # the last one
            size = end - position
        if size < content:
            return
        yield head[4:8], position + content, min(position + size, end)
        position += size


def _content(file: Pieces, begin: int, end: int) -> bytes:
    file.seek(begin)
    return file.read(min(end - begin, _LARGEST_HEADER))


def _length(mvhd: bytes) -> float | None:
    wide = mvhd[:1] == b"\1"
    scale, duration = struct.unpack(">IQ", mvhd[20:32]) if wide else struct.unpack(">II", mvhd[12:20])
    return duration / scale if scale else None


def _track_size(tkhd: bytes) -> tuple[int, int]:
    """Fixed point numbers of 16.16 bits at the end of the header; a sound track has 0.

    Before them is the matrix by which it is shown (ISO/IEC 14496-12, 8.3.2): where only the two numbers off its
    diagonal say something, it lies on its side.
    """
    width, height = (each >> 16 for each in struct.unpack(">II", tkhd[-8:]))
    a, b, _, c, d = struct.unpack(">5i", tkhd[-44:-24])
    return (height, width) if not a and not d and b and c else (width, height)
