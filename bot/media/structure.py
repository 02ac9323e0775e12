"""Whether all of a file is there, by its structure: walked from its beginning to the end that its own format marks.

Its last bytes do not tell. Phones put a film behind a photo's end mark, tools put tags and padding behind anything, and
a thumbnail inside a picture has an end mark of its own. So what follows the end is of no interest, and a file whose
walk meets the end of its bytes first is cut short. Files made of boxes are walked in `bot.media.boxes`, those of
frames, pages and elements in `bot.media.mpeg`, `ogg` and `matroska`, which learn on the way what is in them.
"""

import re
from collections.abc import Callable, Mapping

from bot.media.mpeg import behind_id3
from bot.media.reading import Window

_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffed byte, no restart, no fill (ITU-T T.81, B.1.1)
_TEM, _SOI, _EOI, _SOS = 0x01, 0xD8, 0xD9, 0xDA
_CHUNK = re.compile(rb"[A-Za-z]{4}")
_UNKNOWN_32 = frozenset({0, 0xFFFFFFFF})  # sizes of a RIFF that was written without going back


def has_end(suffix: str, file: Window) -> bool | None:
    """Whether the walk through a file of that format comes to its end; None where this does not know the format."""
    walk = _WALKS.get(suffix)
    return walk(file) if walk is not None else None


def _jpeg(file: Window) -> bool:
    """Segments are stepped over, whatever is in them, and scans searched for the next marker."""
    position, scanned = 2, False
    while (found := file.find(_JPEG_MARKER, position)) is not None:
        at, marker = found[0], found[1][1]
        if marker == _EOI:
            return scanned
        position = at + 2
        if marker not in {_TEM, _SOI}:
            scanned = scanned or marker == _SOS
            position += max(2, int.from_bytes(file.at(position, 2)))
    return False


def _png(file: Window) -> bool:
    position = 8
    while _CHUNK.fullmatch(file.at(position + 4, 4)):
        end = position + 12 + int.from_bytes(file.at(position, 4))
        if end > file.length:
            return False
        if file.at(position + 4, 4) == b"IEND":
            return True
        position = end
    return False


def _gif(file: Window) -> bool:
    """GIF89a, Appendix A."""
    position, pictures = 13 + _colours(file.at(10, 1)), 0
    while introducer := file.at(position, 1):
        if introducer == b";":
            return pictures > 0
        if introducer == b",":
            pictures += 1
            position += 11 + _colours(file.at(position + 9, 1))
        elif introducer == b"!":
            position += 2
        elif introducer == b"\0":  # written between blocks by some tools, passed over by all readers
            position += 1
            continue
        else:
            return False
        while (size := file.at(position, 1)) > b"\0":
            position += 1 + size[0]
        position += 1
    return False


def _colours(flags: bytes) -> int:
    """Bytes of the colour table that `flags` announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _webp(file: Window) -> bool:
    return 8 + int.from_bytes(file.at(4, 4), "little") <= file.length


def _wav(file: Window) -> bool:
    riff, position = int.from_bytes(file.at(4, 4), "little"), 12
    while len(head := file.at(position, 8)) == 8:  # noqa: PLR2004 - a name and a size
        size = int.from_bytes(head[4:], "little")
        if head[:4] != b"data":
            position += 8 + size + size % 2
        elif size in _UNKNOWN_32 and riff in _UNKNOWN_32:
            return True
        else:
            return position + 8 + size <= file.length and (riff in _UNKNOWN_32 or 8 + riff <= file.length)
    return False


_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9]")
# Samples of a frame by their code (RFC 9639, table 14); 0: reserved, or told at the end of the header.
_BLOCKS = (0, 192, *(576 << power for power in range(4)), 0, 0, *(256 << power for power in range(8)))
_LONGEST_FRAME = 1024 * 1024  # bytes; a frame of 65,535 samples of 8 channels that cannot be compressed is larger


def _flac(file: Window) -> bool:
    """The frame that has the last sample, by the count in the stream's information (RFC 9639, sections 8 and 9)."""
    position, total, usual, last = behind_id3(file) + 4, 0, 0, False
    while not last:
        head = file.at(position, 4)
        if len(head) < 4:  # noqa: PLR2004
            return False
        last, size = bool(head[0] & 0x80), int.from_bytes(head[1:])
        if head[0] & 0x7F == 0:
            info = file.at(position + 4, 34)
            usual, total = int.from_bytes(info[2:4]), int.from_bytes(info[10:18]) & (1 << 36) - 1
        position += 4 + size
    while (found := file.find(_FLAC_SYNC, position)) is not None:
        end = _last_sample(file.at(found[0], 16), usual)
        if end is not None and end >= total:
            return not total or _ends(file, found[0])
        position = found[0] + 1
    return False


def _last_sample(head: bytes, usual: int) -> int | None:
    """How many samples there are up to the end of the frame that begins so; None when none does."""
    if len(head) < 6:  # noqa: PLR2004
        return None
    number, length = head[4], 1
    if number >= 0xC0:  # noqa: PLR2004 - coded as UTF-8 codes its characters, in up to seven bytes
        length = 8 - (number ^ 0xFF).bit_length()
        number &= 0x7F >> length
        for byte in head[5 : 4 + length]:
            number = number << 6 | byte & 0x3F
    code, rate = head[2] >> 4, head[2] & 0x0F
    place = 4 + length
    size = _BLOCKS[code]
    if code in {6, 7}:
        width = code - 5
        size = 1 + int.from_bytes(head[place : place + width])
        place += width
    place += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if place >= len(head) or not size or _crc(head[:place], 8, 0x07) != head[place]:
        return None
    return number + size if head[1] & 1 else number * usual + size


def _ends(file: Window, begin: int) -> bool:
    """Whether a frame of FLAC that begins there ends: with its checksum behind it, the sum of both is nothing."""
    remainder, position = 0, begin
    while position - begin < _LONGEST_FRAME and (piece := file.at(position, 4096)):
        for byte in piece:
            remainder = (remainder << 8 & 0xFFFF) ^ _CRC_16[remainder >> 8 ^ byte]
            position += 1
            if not remainder and position - begin > 8:  # noqa: PLR2004 - the header alone has six or more
                return True
    return False


def _crc(content: bytes, width: int, polynomial: int) -> int:
    remainder, top = 0, 1 << width - 1
    for byte in content:
        remainder ^= byte << width - 8
        for _ in range(8):
            remainder = remainder << 1 ^ polynomial if remainder & top else remainder << 1
        remainder &= (1 << width) - 1
    return remainder


_CRC_16 = [_crc(bytes([byte]), 16, 0x8005) for byte in range(256)]


_WALKS: Mapping[str, Callable[[Window], bool]] = {
    "jpg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "wav": _wav,
    "flac": _flac,
}
