"""WAV, FLAC, MP3 and its relatives, and Ogg: each walked once, for how long it sounds and whether all of it is there.

A sound that is made of frames or pages and does not say how many is whole where one of them ends.
"""

import re
from collections.abc import Callable, Mapping

from bot.domain.models.slots import InputKind
from bot.media.reading import BoundedReader, MediaInfo

_UNKNOWN_32 = frozenset({0, 0xFFFFFFFF})  # sizes of a RIFF that was written without going back
_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9]")
# Samples of a frame by their code (RFC 9639, table 14); 0: reserved, or told at the end of the header.
_BLOCKS = (0, 192, *(576 << power for power in range(4)), 0, 0, *(256 << power for power in range(8)))
_LONGEST_FRAME = 1024 * 1024  # bytes; a frame of 65,535 samples of 8 channels that cannot be compressed is larger
_PAGE = 27  # bytes of a page's header, before the sizes of what is in it
_FIRST_PAGE, _LAST_PAGE = 0x02, 0x04
_UNFINISHED = 2**64 - 1  # no packet ends on the page
_VIDEOS = (b"\x80theora", b"OVP80\x01", b"BBCD\0", b"\x01video")
# How many samples a second a stream counts in, by how its first packet begins.
_RATES: Mapping[bytes, Callable[[bytes], int]] = {
    b"OpusHead": lambda _: 48_000,  # whatever it was recorded at (RFC 7845, section 4)
    b"\x01vorbis": lambda packet: int.from_bytes(packet[12:16], "little"),
    b"Speex   ": lambda packet: int.from_bytes(packet[36:40], "little"),
    b"\x7fFLAC": lambda packet: int.from_bytes(packet[27:30]) >> 4,
}
_BITRATES = {  # kbit/s by (MPEG 1?, layer), ISO/IEC 11172-3, 2.4.2.3 and 13818-3, 2.4.2.3
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MPEG_HERTZ = (44100, 48000, 32000)  # of MPEG 1
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_TORN = re.compile(rb"\xff([\xe2-\xff].?)?", re.DOTALL)  # of a frame's header
_XING = re.compile(rb"Xing|Info")
_FRAMES_TOLD = 0x01
_AAC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")  # frames of AAC begin almost alike


def read_wav(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """Of its chunks, "fmt " tells bytes a second, and "data" how many there are. Others may come before and between."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    riff, position, rate, sound, whole = int.from_bytes(head[4:8], "little"), 12, 0, 0, False
    while len((chunk := file.at(position, 20))[:8]) == 8:  # noqa: PLR2004 - a name and a size
        size = int.from_bytes(chunk[4:8], "little")
        position += 8
        if chunk[:4] == b"data":
            sound = min(size or file.length, file.length - position)  # what was streamed says nothing, or too much
            streamed = size in _UNKNOWN_32 and riff in _UNKNOWN_32
            whole = position + size <= file.length and (riff in _UNKNOWN_32 or 8 + riff <= file.length)
            whole = whole or streamed
            break
        if chunk[:4] == b"fmt ":
            rate = int.from_bytes(chunk[16:20], "little")
        position += size + size % 2
    seconds = sound / rate if rate and sound else None
    return MediaInfo(kind=InputKind.AUDIO, media_type="audio/wav", suffix="wav", seconds=seconds, whole=whole)


def read_flac(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """RFC 9639, sections 8 and 9: 20 bits of the rate, 36 of the number of samples. Some put a tag of ID3 before it.

    It is whole where the frame that has the last sample ends.
    """
    begin = _behind_id3(file)
    if not (head if not begin else file.at(begin, 4)).startswith(b"fLaC"):
        return None
    position, numbers, default, last = begin + 4, 0, 0, False
    while not last and len(block := file.at(position, 4)) == 4:  # noqa: PLR2004
        last, size = bool(block[0] & 0x80), int.from_bytes(block[1:])
        if block[0] & 0x7F == 0 and not numbers:
            info = file.at(position + 4, 34)
            default, numbers = int.from_bytes(info[2:4]), int.from_bytes(info[10:18])
        position += 4 + size
    rate, total, whole = numbers >> 44, numbers & (1 << 36) - 1, False
    while last and (found := file.find(_FLAC_SYNC, position)) is not None:
        end = _last_sample(file.at(found[0], 16), default)
        if end is not None and end >= total:
            whole = not total or _ends(file, found[0])
            break
        position = found[0] + 1
    seconds = total / rate if rate and total else None
    return MediaInfo(kind=InputKind.AUDIO, media_type="audio/flac", suffix="flac", seconds=seconds, whole=whole)


def _last_sample(head: bytes, default: int) -> int | None:
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
    return number + size if head[1] & 1 else number * default + size


def _ends(file: BoundedReader, begin: int) -> bool:
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


def read_ogg(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of pages is; None when it is none.

    Walks the pages to the last of each stream, or where none is marked, to the end of the file.
    """
    if not head.startswith(b"OggS"):
        return None
    position, whole = 0, None
    running, rates, skipped, reached = set[bytes](), dict[bytes, int](), dict[bytes, int](), dict[bytes, int]()
    moves = False
    while (page := file.at(position, _PAGE)).startswith(b"OggS") and len(page) == _PAGE:
        sizes, stream = file.at(position + _PAGE, page[26]), page[14:18]
        content = position + _PAGE + page[26]
        position = content + sum(sizes)
        if len(sizes) < page[26] or position > file.length:
            whole = False
            break
        running.add(stream)
        if page[5] & _FIRST_PAGE:
            packet = file.at(content, min(sum(sizes), 64))
            moves = moves or packet.startswith(_VIDEOS)
            skipped[stream] = int.from_bytes(packet[10:12], "little") if packet.startswith(b"OpusHead") else 0
            for begin, rate in _RATES.items():
                if packet.startswith(begin):
                    rates[stream] = rate(packet)
        granule = int.from_bytes(page[6:14], "little")
        if granule != _UNFINISHED:
            reached[stream] = granule
        if page[5] & _LAST_PAGE:
            running.discard(stream)
            if not running:
                whole = True
                break
    if whole is None:
        whole = position > 0 and (position >= file.length or not b"OggS".startswith(page[:4]))
    lengths = [(reached.get(stream, 0) - skipped[stream]) / rate for stream, rate in rates.items() if rate]
    seconds = max(lengths, default=0)
    if moves:
        return MediaInfo(kind=InputKind.VIDEO, media_type="video/ogg", suffix="ogv", whole=whole)
    return MediaInfo(
        kind=InputKind.AUDIO,
        media_type="audio/ogg",
        suffix="ogg",
        seconds=seconds if seconds > 0 else None,
        whole=whole,
    )


def read_mpeg(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of such frames is; None when it is none. Walks the frames once.

    Layer I is nobody's any more, and its frames begin as texts in UTF-16 do: it is not known.
    """
    tagged = head.startswith(b"ID3")
    if not tagged and (not _SYNC.match(head) or _layer(head) not in {2, 3} or not _frame(head)):
        return None
    behind = _behind_id3(file)
    first = file.at(behind, 4)
    if tagged and _AAC.match(first):
        return MediaInfo(kind=InputKind.AUDIO, media_type="audio/aac", suffix="aac")
    start = file.find(_SYNC, behind)  # zeros may pad a tag
    position = start[0] if start is not None else file.length
    first = file.at(position, 4)
    seconds, whole = _frames(file, position)
    suffix = "mp2" if len(first) > 1 and _layer(first) == 2 else "mp3"  # noqa: PLR2004
    return MediaInfo(kind=InputKind.AUDIO, media_type="audio/mpeg", suffix=suffix, seconds=seconds, whole=whole)


def _behind_id3(file: BoundedReader) -> int:
    """Where what a tag of ID3 was put before begins; 0 without a tag."""
    head = file.at(0, 10)
    if head[:3] != b"ID3" or len(head) < 10:  # noqa: PLR2004
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _frames(file: BoundedReader, position: int) -> tuple[float | None, bool]:
    """Seconds, and whether all frames are there. The first may hold no sound, but say how many there are."""
    frames, told, seconds, whole = 0, 0, 0.0, None
    while size := _frame(head := file.at(position, 4)):
        if not frames and (xing := _XING.search(first := file.at(position, min(size, 256)))):
            flags, count = first[xing.end() : xing.end() + 4], first[xing.end() + 4 : xing.end() + 8]
            told = int.from_bytes(count) if int.from_bytes(flags) & _FRAMES_TOLD else 0
        else:
            layer, first_version = _layer(head), head[1] >> 3 & 3 == 3  # noqa: PLR2004
            samples = 384 if layer == 1 else 1152 if layer == 2 or first_version else 576  # noqa: PLR2004
            seconds += samples / _hertz(head)
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
    return _MPEG_HERTZ[head[2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[head[1] >> 3 & 3]
