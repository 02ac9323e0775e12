"""Whether all of a file is there, by its structure: walked from its beginning to the end that its own format marks.

Its last bytes do not tell. Phones put a film behind a photo's end mark, tools put tags and padding behind anything, and
a thumbnail inside a picture has an end mark of its own. So what follows the end is of no interest, and a file whose
walk meets the end of its bytes first is cut short. Files made of boxes are walked in `bot.media.boxes`.
"""

import re
from collections.abc import Callable, Mapping

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


def _mp3(file: Window) -> bool:
    """Frames, one after the other. The first may hold no sound, but say how many there are."""
    position, frames, told = _behind_id3(file), 0, 0
    start = file.find(_SYNC, position)  # zeros may pad a tag
    position = start[0] if start is not None else file.length
    while size := _frame(file.at(position, 4)):
        if not frames and (xing := _XING.search(first := file.at(position, min(size, 256)))):
            flags, count = first[xing.end() : xing.end() + 4], first[xing.end() + 4 : xing.end() + 8]
            told = int.from_bytes(count) if int.from_bytes(flags) & _FRAMES_TOLD else 0
        if position + size > file.length:
            return 0 < told < frames
        position, frames = position + size, frames + 1
    left = file.at(position, 4)
    torn = _TORN.fullmatch(left) is not None or (not left and position < file.length)
    return frames >= max(1, told) and (not torn or 0 < told < frames)


def _behind_id3(file: Window) -> int:
    head = file.at(0, 10)
    if head[:3] != b"ID3" or len(head) < 10:  # noqa: PLR2004
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _frame(head: bytes) -> int:
    """Bytes of the frame of MPEG sound with that header; 0 when it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return 0
    version, layer, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 2 & 3
    bitrate = head[2] >> 4
    if version == 1 or layer == 4 or rate == 3 or bitrate in {0, 15}:  # noqa: PLR2004 - reserved, or free
        return 0
    kbits, hertz = _BITRATES[version == 3, layer][bitrate - 1], _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]  # noqa: PLR2004
    padding = head[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbits // hertz + padding) * 4
    slots = 72_000 if layer == 3 and version != 3 else 144_000  # noqa: PLR2004
    return slots * kbits // hertz + padding


def _ogg(file: Window) -> bool:
    """Pages (RFC 3533, section 6) up to the last of each stream, or where none is marked, to the end of the file."""
    position, streams = 0, set[bytes]()
    while (head := file.at(position, 27)).startswith(b"OggS") and len(head) == 27:  # noqa: PLR2004
        sizes = file.at(position + 27, head[26])
        position += 27 + head[26] + sum(sizes)
        if len(sizes) < head[26] or position > file.length:
            return False
        streams.add(head[14:18])
        if head[5] & 0x04:
            streams.discard(head[14:18])
            if not streams:
                return True
    ended = position >= file.length
    return position > 0 and (ended or not b"OggS".startswith(head[:4]))


_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_LONGEST_FRAME = 1024 * 1024  # bytes; a frame of 65,535 samples of 8 channels that cannot be compressed is larger


def _flac(file: Window) -> bool:
    """The frame that has the last sample, by the count in the stream's information (RFC 9639, sections 8 and 9)."""
    position, total, usual, last = 4, 0, 0, False
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
    size = {0: 0, 1: 192, 6: 0, 7: 0}.get(code, 576 << code - 2 if code < 6 else 256 << code - 8 if code > 7 else 0)  # noqa: PLR2004
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

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_ELEMENTS = frozenset(  # of a segment, and of a cluster (RFC 9559, section 5)
    {0x114D9B74, 0x1549A966, 0x1654AE6B, _CLUSTER, 0x1C53BB6B, 0x1043A770, 0x1254C367, 0x1941A469, 0xEC, 0xBF}
    | {0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0x5854, 0xAF}
)


def _matroska(file: Window) -> bool:
    """Elements (RFC 8794). Of a segment without a size, as browsers record them, to the last whole element."""
    position, inside, clusters = 0, False, 0
    while (element := _element(file, position)) is not None:
        name, content, size = element
        if inside and name not in _ELEMENTS:
            break
        if name == _SEGMENT and size is not None:
            return content + size <= file.length
        inside = inside or name == _SEGMENT
        clusters += name == _CLUSTER
        if size is None and name not in {_SEGMENT, _CLUSTER}:
            return False
        position = content + (size or 0)
        if position > file.length:
            return False
    left = file.at(position, 4)
    torn = element is None and any(name.to_bytes(4).lstrip(b"\0").startswith(left) for name in _ELEMENTS)
    return clusters > 0 and (position >= file.length or not torn)


def _element(file: Window, position: int) -> tuple[int, int, int | None] | None:
    """Name, begin of the content, and size of the element there (None: unknown); None when none is there."""
    head = file.at(position, 12)
    wide = 9 - head[0].bit_length() if head else 0
    if not 1 <= wide <= 4 or len(head) <= wide:  # noqa: PLR2004
        return None
    long = 9 - head[wide].bit_length()
    if long > 8 or len(head) < wide + long:  # noqa: PLR2004
        return None
    bits = 7 * long
    size = int.from_bytes(head[wide : wide + long]) & (1 << bits) - 1
    return int.from_bytes(head[:wide]), position + wide + long, None if size == (1 << bits) - 1 else size


_WALKS: Mapping[str, Callable[[Window], bool]] = {
    "jpg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "wav": _wav,
    "mp3": _mp3,
    "ogg": _ogg,
    "flac": _flac,
    "webm": _matroska,
    "mkv": _matroska,
}
