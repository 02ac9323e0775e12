"""Sound in frames of MPEG: MP3 and its relatives, with or without a tag before them (ISO/IEC 11172-3 and 13818-3)."""

import re

from bot.domain.models.slots import InputKind
from bot.media.boxes import MediaInfo
from bot.media.reading import BoundedReader, Window

_BITRATES = {  # kbit/s by (MPEG 1?, layer), ISO/IEC 11172-3, 2.4.2.3 and 13818-3, 2.4.2.3
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)  # Hz, of MPEG 1
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_TORN = re.compile(rb"\xff([\xe2-\xff].?)?", re.DOTALL)  # of a frame's header
_XING = re.compile(rb"Xing|Info")
_FRAMES_TOLD = 0x01
_AAC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")  # frames of AAC begin almost alike


def look_at_mpeg(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of such frames is; None when it is none. Walks the frames once.

    Layer I is nobody's any more, and its frames begin as texts in UTF-16 do: it is not known.
    """
    tagged = head.startswith(b"ID3")
    if not tagged and (not _SYNC.match(head) or _layer(head) not in {2, 3} or not _frame(head)):
        return None
    window = Window(file)
    behind = behind_id3(window)
    first = window.at(behind, 4)
    if tagged and _AAC.match(first):
        return MediaInfo(kind=InputKind.AUDIO, media_type="audio/aac", suffix="aac")
    start = window.find(_SYNC, behind)  # zeros may pad a tag
    position = start[0] if start is not None else window.length
    first = window.at(position, 4)
    seconds, whole = _walk(window, position)
    suffix = "mp2" if len(first) > 1 and _layer(first) == 2 else "mp3"  # noqa: PLR2004
    return MediaInfo(kind=InputKind.AUDIO, media_type="audio/mpeg", suffix=suffix, seconds=seconds, whole=whole)


def behind_id3(file: Window) -> int:
    """Where what a tag of ID3 was put before begins; 0 without a tag."""
    head = file.at(0, 10)
    if head[:3] != b"ID3" or len(head) < 10:  # noqa: PLR2004
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _walk(file: Window, position: int) -> tuple[float | None, bool]:
    """Seconds, and whether all frames are there. The first may hold no sound, but say how many there are."""
    frames, told, seconds, whole = 0, 0, 0.0, None
    while size := _frame(head := file.at(position, 4)):
        if not frames and (xing := _XING.search(first := file.at(position, min(size, 256)))):
            flags, count = first[xing.end() : xing.end() + 4], first[xing.end() + 4 : xing.end() + 8]
            told = int.from_bytes(count) if int.from_bytes(flags) & _FRAMES_TOLD else 0
        else:
            seconds += _seconds(head)
        if position + size > file.length:
            whole = 0 < told < frames
            break
        position, frames = position + size, frames + 1
    if whole is None:
        left = file.at(position, 4)
        torn = _TORN.fullmatch(left) is not None or (not left and position < file.length)
        whole = frames >= max(1, told) and (not torn or 0 < told < frames)
    return seconds or None, whole


def _frame(head: bytes) -> int:
    """Bytes of the frame of MPEG sound with that header; 0 when it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return 0
    version, layer, rate = head[1] >> 3 & 3, _layer(head), head[2] >> 2 & 3
    bitrate = head[2] >> 4
    if version == 1 or layer == 4 or rate == 3 or bitrate in {0, 15}:  # noqa: PLR2004 - reserved, or free
        return 0
    kbits, hertz = _BITRATES[version == 3, layer][bitrate - 1], _hertz(head)  # noqa: PLR2004
    padding = head[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbits // hertz + padding) * 4
    slots = 72_000 if layer == 3 and version != 3 else 144_000  # noqa: PLR2004
    return slots * kbits // hertz + padding


def _layer(head: bytes) -> int:
    return 4 - (head[1] >> 1 & 3)


def _hertz(head: bytes) -> int:
    return _RATES[head[2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[head[1] >> 3 & 3]


def _seconds(head: bytes) -> float:
    """How long the frame with that header sounds."""
    layer, first = _layer(head), head[1] >> 3 & 3 == 3  # noqa: PLR2004
    return (384 if layer == 1 else 1152 if layer == 2 or first else 576) / _hertz(head)  # noqa: PLR2004
