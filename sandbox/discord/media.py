"""What a file is, by its name and its first bytes: libraries send every upload as application/octet-stream."""

import io
import mimetypes
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

_KNOWN = {".webp": "image/webp", ".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime"}
_HEAD = 64 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


def content_type(filename: str) -> str:
    suffix = Path(filename).suffix.lower()
    guessed = _KNOWN.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed


def size_of_picture(path: Path, kind: str) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, JPEG, WebP or MP4; None where the file does not tell."""
    reader = _READERS.get(kind)
    try:
        return reader(path) if reader else None
    except (struct.error, IndexError):
        return None


def poster(path: Path) -> bytes | None:
    """The first frame of a film as WebP, as Discord's media proxy gives it for `format=webp`; None of what has none."""
    import av
    from av.error import FFmpegError

    out = io.BytesIO()
    try:
        with av.open(str(path)) as opened:
            film: Any = opened
            next(film.decode(video=0)).to_image().save(out, "WEBP")
    except (FFmpegError, IndexError, StopIteration):
        return None
    return out.getvalue()


def animated(path: Path, kind: str) -> bool:
    """Whether a GIF, PNG or WebP moves."""
    head = _head(path)
    if kind == "image/gif":
        return head.startswith(b"GIF8") and _gif_moves(path)
    if kind == "image/png":
        return head.startswith(_PNG) and b"acTL" in head.partition(b"IDAT")[0]
    return kind == "image/webp" and head[12:16] == b"VP8X" and any(flags & 2 for flags in head[20:21])


def _gif_moves(path: Path) -> bool:
    """Is there a second picture in it? Blocks are skipped, not read (GIF89a specification, appendix A)."""
    pictures = 0
    with path.open("rb") as file:
        screen = file.read(13)
        file.seek(_palette(screen[10:11]), 1)
        while pictures < 2 and (kind := file.read(1)) in {b"!", b","}:  # noqa: PLR2004
            if kind == b",":
                pictures += 1
                file.seek(_palette(file.read(9)[8:]), 1)
            file.seek(1, 1)
            while size := file.read(1):
                if size == b"\0":
                    break
                file.seek(size[0], 1)
    return pictures == 2  # noqa: PLR2004


def _palette(packed: bytes) -> int:
    """Bytes of the colour table that such flags announce."""
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _png(path: Path) -> tuple[int, int] | None:
    head = _head(path)
    return struct.unpack(">II", head[16:24]) if head.startswith(_PNG) else None


def _gif(path: Path) -> tuple[int, int] | None:
    head = _head(path)
    return struct.unpack("<HH", head[6:10]) if head.startswith(b"GIF8") else None


def _jpeg(path: Path) -> tuple[int, int] | None:
    """Walk the segments to a start-of-frame marker."""
    head = _head(path)
    place = 2
    while place + 9 < len(head) and head[place] == 0xFF:  # noqa: PLR2004
        marker, length = head[place + 1], int.from_bytes(head[place + 2 : place + 4])
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None


def _webp(path: Path) -> tuple[int, int] | None:
    head = _head(path)
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _mp4(path: Path) -> tuple[int, int] | None:
    """The largest track header's size: 16.16 fixed point numbers at the end of each `tkhd` box."""
    found = (0, 0)
    moov = _top_box(path, b"moov")
    place = moov.find(b"tkhd")
    while place >= 0:
        end = place - 4 + int.from_bytes(moov[place - 4 : place])
        width, height = struct.unpack(">II", moov[end - 8 : end])
        found = max(found, (width >> 16, height >> 16))
        place = moov.find(b"tkhd", place + 4)
    return found if found > (0, 0) else None


def _top_box(path: Path, kind: bytes) -> bytes:
    """A box of the file's top level, found without reading the others (films are large)."""
    with path.open("rb") as file:
        while len(header := file.read(8)) == 8:  # noqa: PLR2004 - size and kind
            length = int.from_bytes(header[:4])
            body = length - 8
            if length == 1:
                body = int.from_bytes(file.read(8)) - 16
            if header[4:] == kind:
                return file.read(max(body, 0))
            if body < 0:
                return b""
            file.seek(body, 1)
    return b""


_READERS: dict[str, Callable[[Path], tuple[int, int] | None]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "video/mp4": _mp4,
    "video/quicktime": _mp4,
}
