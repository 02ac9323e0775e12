"""PNG, GIF, JPEG and WebP: each walked once, from its beginning to the end that its own format marks.

Its last bytes do not tell whether an image is whole. Phones put a video behind a photo's end mark, tools put tags and
padding behind anything, and a thumbnail inside an image has an end mark of its own. So what follows the end is of no
interest, and a file whose walk meets the end of its bytes first is cut short.
"""

import re
import struct

from bot.domain.models.slots import InputKind
from bot.media.reading import BoundedReader, MediaInfo

Size = tuple[int | None, int | None]

_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK = re.compile(rb"[A-Za-z]{4}")
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffed byte, no restart, no fill (ITU-T T.81, B.1.1)
_TEM, _SOI, _EOI, _SOS, _APP1 = 0x01, 0xD8, 0xD9, 0xDA, 0xE1
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MOST_EXIF = 4096  # bytes of an Exif block that are looked at: the orientation is in the first directory
_ORIENTATION, _SHORT = 0x0112, 3  # a tag, and the type of its value
_ENTRY = 12  # bytes of a directory


def _image(form: str, suffix: str, size: Size, *, whole: bool, animated: bool = False) -> MediaInfo:
    return MediaInfo(
        kind=InputKind.IMAGE,
        media_type=f"image/{form}",
        suffix=suffix,
        width=size[0],
        height=size[1],
        animated=animated,
        whole=whole,
    )


def read_png(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """An animated one says so before the image itself (PNG 3rd edition, acTL), as it does how it was held (eXIf)."""
    if not head.startswith(_PNG) or head[12:16] != b"IHDR":
        return None
    size: Size = struct.unpack(">II", head[16:24])
    animated = behind = whole = False
    position = len(_PNG)
    while _CHUNK.fullmatch(name := file.at(position + 4, 4)):
        length = int.from_bytes(file.at(position, 4))
        behind = behind or name == b"IDAT"
        animated = animated or (name == b"acTL" and not behind)
        if name == b"eXIf" and not behind:
            size = _shown(size, file.at(position + 8, min(length, _MOST_EXIF)))
        position += 12 + length
        if position > file.length:
            break
        if name == b"IEND":
            whole = True
            break
    return _image("png", "png", size, animated=animated, whole=whole)


def read_gif(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """GIF89a, section 20 and Appendix A."""
    if not head.startswith((b"GIF87a", b"GIF89a")):
        return None
    width, height, flags = struct.unpack("<HHB", head[6:11])
    position, frames, whole = 13 + _colours(flags), 0, False
    while introducer := file.at(position, 1):
        if introducer == b"\0":  # written between blocks by some tools, passed over by all readers
            position += 1
            continue
        if introducer == b",":
            frames += 1
            flags = file.at(position + 9, 1)
            position += 11 + _colours(flags[0] if flags else 0)
        elif introducer == b"!":
            position += 2
        else:
            whole = introducer == b";" and frames > 0
            break
        while (size := file.at(position, 1)) > b"\0":
            position += 1 + size[0]
        position += 1
    return _image("gif", "gif", (width, height), animated=frames > 1, whole=whole)


def _colours(flags: int) -> int:
    """Bytes of the colour table that `flags` announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def read_jpeg(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """Segments are stepped over, but for a frame's header (ITU-T T.81, B.2.2) and the first Exif before it; scans are
    searched for the next marker.
    """
    if not head.startswith(b"\xff\xd8\xff"):
        return None
    size, exif, scanned, whole = None, b"", False, False
    position = 2
    while (found := file.find(_JPEG_MARKER, position)) is not None:
        at, marker = found[0], found[1][1]
        if marker == _EOI:
            whole = scanned
            break
        position = at + 2
        if marker in {_TEM, _SOI}:
            continue
        scanned = scanned or marker == _SOS
        segment = file.at(at, 9)
        length = int.from_bytes(segment[2:4])
        if marker in _FRAMES and size is None:
            height, width = struct.unpack(">HH", segment[5:9])
            size = _shown((width, height), exif)
        elif marker == _APP1 and segment[4:8] == b"Exif" and not exif:
            exif = file.at(at + 4, min(length - 2, _MOST_EXIF))
        position += max(2, length)
    return _image("jpeg", "jpg", size or (None, None), whole=whole)


def read_webp(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """RFC 9649, section 2. The chunk of Exif is behind the image (2.7.1.5)."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    size: Size = (None, None)
    extended = 0
    if head[12:16] == b"VP8X":
        extended = head[20]
        size = 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    elif head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        size = width & 0x3FFF, height & 0x3FFF
    elif head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    position = 12
    while extended & 0x08 and len(chunk := file.at(position, 8)) == 8:  # noqa: PLR2004 - a name and a length
        length = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"EXIF":
            size = _shown(size, file.at(position + 8, min(length, _MOST_EXIF)))
            break
        position += 8 + length + length % 2
    whole = 8 + int.from_bytes(head[4:8], "little") <= file.length
    return _image("webp", "webp", size, animated=bool(extended & 0x02), whole=whole)


def _shown(size: Size, exif: bytes) -> Size:
    """Width and height as an image is shown that is stored as `size`, by the beginning of its Exif block.

    Phones store it as the sensor saw it, and say beside it how it was held (Exif 2.32, 4.6.4 "Orientation"): with 5 to
    8 it lies on its side.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:  # noqa: PLR2004 - a header, and the count of entries
        return size
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    count = struct.unpack(f"{order}H", tiff[start : start + 2])[0] if start + 2 <= len(tiff) else 0
    for position in range(start + 2, min(start + 2 + _ENTRY * count, len(tiff) - _ENTRY + 1), _ENTRY):
        tag, kind, _, value = struct.unpack(f"{order}HHIH", tiff[position : position + 10])
        if (tag, kind) == (_ORIENTATION, _SHORT):
            return (size[1], size[0]) if 5 <= value <= 8 else size  # noqa: PLR2004
    return size
