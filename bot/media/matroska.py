"""WebM and Matroska: elements (RFC 8794), and what those of a video say (RFC 9559, section 5)."""

import math
import struct
from dataclasses import dataclass

from bot.domain.models.slots import InputKind
from bot.media.reading import BoundedReader, MediaInfo

_SEGMENT, _CLUSTER, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_PROJECTION, _ROLL = 0x7670, 0x7675
_SCALE, _DURATION, _TYPE = 0x2AD7B1, 0x4489, 0x83
_WIDTH, _HEIGHT, _SHOWN_WIDTH, _SHOWN_HEIGHT, _SHOWN_UNIT = 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2
_TIME, _BLOCK = 0xE7, 0xA3
_PARENTS = frozenset({_INFO, _TRACKS, _TRACK, _VIDEO, _PROJECTION})
_ELEMENTS = frozenset(  # of a segment, and of a cluster
    {0x114D9B74, _INFO, _TRACKS, _CLUSTER, 0x1C53BB6B, 0x1043A770, 0x1254C367, 0x1941A469, 0xEC, 0xBF}
    | {_TIME, _BLOCK, 0xA0, 0xA7, 0xAB, 0x5854, 0xAF}
)
_VIDEO_TRACK, _SOUND_TRACK = 1, 2  # types of tracks
_LONGEST = 8  # bytes of a number
_NANO = 1e-9


@dataclass(slots=True)
class _Said:
    """What the elements said: seconds a tick, ticks; of the video's track, pixels and degrees."""

    tick: float = 1_000_000 * _NANO
    ticks: float = 0
    cluster: tuple[int, int] = (0, 0)  # where the last one that says its size begins and ends
    time: int = 0  # of the last cluster, in ticks
    block: int = 0  # where the last one begins
    last: int = 0  # when it is shown, in ticks
    types: tuple[int, ...] = ()
    size: tuple[int, int] = (0, 0)
    roll: float = 0

    @property
    def seconds(self) -> float | None:
        length = (self.ticks or self.last) * self.tick
        return length if 0 < length < math.inf else None


def read_matroska(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of elements is; None when it is none. Walks the elements once."""
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    said = _Said()
    whole = _walk(file, said)
    if not said.ticks:
        _hear_last(file, said)
    width, height = said.size if round(said.roll / 90) % 2 == 0 else said.size[::-1]
    sounds = _SOUND_TRACK in said.types and _VIDEO_TRACK not in said.types
    kind = InputKind.AUDIO if sounds else InputKind.VIDEO
    suffix, name = ("webm", "webm") if b"webm" in head else ("mkv", "x-matroska")
    return MediaInfo(
        kind=kind,
        media_type=f"{kind.value}/{name}",
        suffix=suffix,
        width=width or None,
        height=height or None,
        seconds=said.seconds,
        whole=whole,
    )


def _walk(file: BoundedReader, said: _Said) -> bool:
    """Whether all of it is there. Of a segment without a size, as browsers record them, to the last whole element."""
    position, inside, clusters, end, element = 0, False, 0, None, None
    while end is None or position < end:
        element = _element(file, position)
        if element is None:
            break
        name, content, size = element
        if inside and name not in _ELEMENTS:
            break
        if name == _SEGMENT and size is not None:
            if content + size > file.length:
                return False
            end = content + size
        inside = inside or name == _SEGMENT
        clusters += name == _CLUSTER
        if size is None and name not in {_SEGMENT, _CLUSTER}:
            return False
        _hear(file, element, said)
        if end is not None and clusters and said.ticks:
            return True
        position = content + (0 if name == _SEGMENT else size or 0)
        if position > file.length:
            return False
    if end is not None:
        return True
    left = file.at(position, 4)
    torn = element is None and any(name.to_bytes(4).lstrip(b"\0").startswith(left) for name in _ELEMENTS)
    return clusters > 0 and (position >= file.length or not torn)


def _hear(file: BoundedReader, element: tuple[int, int, int | None], said: _Said) -> None:
    """Keeps what an element of a segment or a cluster says."""
    name, content, size = element
    if name == _CLUSTER:
        said.cluster, said.block = (content, content + (size or 0)), 0
    elif name == _TIME:
        said.time = _number(file, content, size)
    elif name == _BLOCK:
        said.block = content
    elif name in {_INFO, _TRACKS}:
        _read(file, content, content + (size or 0), said)


def _hear_last(file: BoundedReader, said: _Said) -> None:
    """When the last block is shown; a video has many of them, so they are not all looked at on the way."""
    position, end = said.cluster
    while position < end and (element := _element(file, position)) is not None and element[2] is not None:
        _hear(file, element, said)
        position = element[1] + element[2]
    track = 9 - (file.at(said.block, 1) or b"\x80")[0].bit_length()  # the track's number, and then the time
    said.last = said.time + (int.from_bytes(file.at(said.block + track, 2), signed=True) if said.block else 0)


def _read(file: BoundedReader, position: int, end: int, said: _Said) -> None:
    spans = [(position, end)]
    numbers = dict.fromkeys((_WIDTH, _HEIGHT, _SHOWN_WIDTH, _SHOWN_HEIGHT, _SHOWN_UNIT), 0)
    while spans:
        position, end = spans.pop()
        while position < end and (element := _element(file, position)) is not None:
            name, content, size = element
            position = content + (size or 0)
            if size is None:
                break
            if name in _PARENTS:
                spans.append((content, position))
            elif name == _TYPE:
                said.types = (*said.types, _number(file, content, size))
            elif name == _SCALE:
                said.tick = _number(file, content, size) * _NANO
            elif name == _DURATION:
                said.ticks = _real(file, content, size)
            elif name == _ROLL:
                said.roll = _real(file, content, size)
            elif name in numbers:
                numbers[name] = _number(file, content, size)
    shown = (numbers[_SHOWN_WIDTH], numbers[_SHOWN_HEIGHT])
    if all(shown) and not numbers[_SHOWN_UNIT]:  # in pixels, and not as a ratio
        said.size = shown
    elif numbers[_WIDTH] and numbers[_HEIGHT]:
        said.size = (numbers[_WIDTH], numbers[_HEIGHT])


def _number(file: BoundedReader, position: int, size: int | None) -> int:
    return int.from_bytes(file.at(position, min(size or 0, _LONGEST)))


def _real(file: BoundedReader, position: int, size: int) -> float:
    form = {4: ">f", 8: ">d"}.get(size)
    content = file.at(position, size) if form is not None else b""
    value = struct.unpack(form, content)[0] if form is not None and len(content) == size else 0.0
    return value if math.isfinite(value) else 0.0


def _element(file: BoundedReader, position: int) -> tuple[int, int, int | None] | None:
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
