"""Files made of boxes, by their headers: MP4, QuickTime, M4A, AVIF, HEIC (ISO/IEC 14496-12)."""

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.domain.models.slots import InputKind
from bot.media.reading import BoundedReader
from bot.media.signatures import FIRST_BOXES

_LONGEST_RUN = 64 * 1024  # bytes of a fragment's list of samples
_LARGEST_HEADER = 256  # bytes of a box with numbers in it
_NAME = re.compile(rb"[\x20-\x7e\xa9]{4}")
_TOP = FIRST_BOXES | {  # boxes of a file's top level (14496-12, table 1); makers of cameras add some of their own
    *(b"styp", b"sidx", b"ssix", b"prft", b"emsg", b"moof", b"mfra", b"meta", b"meco", b"uuid", b"pdin", b"pnot"),
    *(b"PICT", b"udta", b"jumb"),
}
_CONTENTS = frozenset({b"mdat", b"moof"})
_INSIDE = {b"trak": b"mdia", b"mdia": b"minf", b"minf": b"stbl"}
_PROPERTIES = {b"meta": b"iprp", b"iprp": b"ipco"}
_SEALED = frozenset({b"encv", b"enca", b"drmi", b"drms"})  # ISO/IEC 23001-7, and FairPlay
_OFFSETS = {b"stco": 4, b"co64": 8}  # bytes of an entry
_HEIC, _HEIF, _AVIF = ("image/heic", "heic"), ("image/heif", "heif"), ("image/avif", "avif")
_PICTURES = {  # by brand (ISO/IEC 23008-12, Annex B; AV1 Image File Format, section 6)
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), _HEIC),
    b"crx ": ("image/x-canon-cr3", "raw"),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1", b"miaf"), _HEIF),
}
_GENERAL = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})  # do not tell which codec
_MOVING = frozenset({b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_SOUNDS = frozenset({b"M4A ", b"M4B ", b"M4P "})


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """What a file is. `suffix` is how a name of the format ends, without the dot. What is not known is None."""

    kind: InputKind
    media_type: str
    suffix: str
    width: int | None = None  # pixels, as it is shown
    height: int | None = None
    seconds: float | None = None
    animated: bool = False
    encrypted: bool = False  # its samples can only be seen with somebody's key
    whole: bool = True  # False: its structure is cut short


def look_at_boxes(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of boxes is; None when it is none. Walks the boxes once, and reads headers only."""
    if head[4:8] not in FIRST_BOXES:
        return None
    film = _walk(file)
    brands = _brands(head)
    major = brands[0] if brands else b""
    picture = next(
        (_PICTURES[brand] for brand in sorted(brands, key=_GENERAL.__contains__) if brand in _PICTURES), None
    )
    if picture is not None and (major in _PICTURES or not film.names & {b"moov", b"moof"}):
        media_type, suffix = picture
        return MediaInfo(
            kind=InputKind.IMAGE,
            media_type=media_type,
            suffix=suffix,
            width=film.picture[0] or None,
            height=film.picture[1] or None,
            animated=major in _MOVING or film.moves,
            whole=film.whole(b"meta"),
        )
    whole = film.whole(b"moov")
    heard = b"soun" in film.handlers and b"vide" not in film.handlers
    quick, mobile = major in {b"qt  ", b""}, major.startswith((b"3gp", b"3g2"))
    if major in _SOUNDS or (heard and not quick and not mobile):
        return MediaInfo(
            kind=InputKind.AUDIO,
            media_type="audio/mp4",
            suffix="m4a",
            seconds=film.seconds,
            encrypted=film.encrypted,
            whole=whole,
        )
    kind, media_type, suffix = InputKind.VIDEO, "video/mp4", "mp4"
    if quick:
        media_type, suffix = "video/quicktime", "mov"
    elif mobile:
        media_type, suffix = "video/3gpp", "3gp"
    if heard:
        kind = InputKind.AUDIO
    return MediaInfo(
        kind=kind,
        media_type=media_type,
        suffix=suffix,
        width=film.size[0] or None,
        height=film.size[1] or None,
        seconds=film.seconds,
        encrypted=film.encrypted,
        whole=whole,
    )


def _brands(head: bytes) -> list[bytes]:
    """What the file says that it is: its major brand, then those that it is compatible with."""
    if head[4:8] != b"ftyp":
        return []
    end = min(len(head), int.from_bytes(head[:4]))
    return [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]


@dataclass(slots=True)
class _Track:
    """How a film in fragments counts: ticks a second, ticks of a sample, and ticks so far."""

    scale: int = 0
    usual: int = 0
    ticks: int = 0


@dataclass(slots=True)
class _Walked:
    """What the boxes of a file told. `reached` is the end of the last whole box, `last_chunk` where the last begins.

    Chunks are what holds samples, of pictures or of sound.
    """

    size: tuple[int, int] = (0, 0)
    picture: tuple[int, int] = (0, 0)
    seconds: float | None = None
    names: set[bytes] = field(default_factory=set[bytes])
    reached: int = 0
    last_chunk: int = 0
    handlers: set[bytes] = field(default_factory=set[bytes])
    tracks: dict[int, _Track] = field(default_factory=dict[int, _Track])
    encrypted: bool = False
    cut: bool = False

    @property
    def moves(self) -> bool:
        return b"moov" in self.names

    def whole(self, index: bytes) -> bool:
        """Whether the `index` and all that it speaks of is there. What comes behind is none of the film's."""
        if index not in self.names or not self.names & _CONTENTS:
            return False
        return self.last_chunk < self.reached if self.last_chunk else not self.cut


def _walk(file: BoundedReader) -> _Walked:
    walked, end = _Walked(), file.seek(0, os.SEEK_END)
    for name, start, stop in _boxes(file, 0, end):
        if not _NAME.fullmatch(name) or (name == b"ftyp" and walked.names):  # nothing, or the next file
            break
        if stop > end:  # cut; or no box at all, but what somebody put behind the last one
            walked.cut = name in _TOP
            break
        walked.names.add(name)
        walked.reached = stop
        if name == b"moov":
            _read_movie(file, start, stop, walked)
        elif name == b"moof":
            for inner, begin, finish in _boxes(file, start, stop):
                if inner == b"traf":
                    _read_fragment(file, begin, min(finish, stop), walked)
        elif name == b"meta":
            walked.picture = _read_picture(file, start + 4, stop)  # 4 bytes: version and flags
    if not walked.seconds:  # a film in fragments says no length, each of them says its own
        lengths = [track.ticks / track.scale for track in walked.tracks.values() if track.scale]
        walked.seconds = max(lengths, default=0) or None
    return walked


def _read_picture(file: BoundedReader, start: int, stop: int) -> tuple[int, int]:
    """Width and height of the largest picture in it, as it is shown (ISO/IEC 23008-12, 6.5.3 and 6.5.10).

    Which property is whose is not looked up: tiles and thumbnails are smaller than the picture, and turn with it.
    """
    size, turned = (0, 0), False
    spans = [(b"meta", start, stop)]
    while spans:
        outer, begin, finish = spans.pop()
        for name, first, last in _boxes(file, begin, finish):
            last = min(last, finish)  # noqa: PLW2901
            if name == _PROPERTIES.get(outer):
                spans.append((name, first, last))
            elif outer == b"ipco" and name == b"ispe":
                width, height = struct.unpack(">II", _content(file, first, last)[4:12])
                size = max(size, (width, height), key=lambda each: each[0] * each[1])
            elif outer == b"ipco" and name == b"irot":
                turned = turned or bool(_content(file, first, last)[0] & 1)
    return (size[1], size[0]) if turned else size


def _read_movie(file: BoundedReader, start: int, stop: int, walked: _Walked) -> None:
    """Width and height of the largest track, the length in seconds, and where the last samples begin."""
    for name, begin, finish in _boxes(file, start, stop):
        if name == b"mvhd":
            walked.seconds = _length(_content(file, begin, finish))
        elif name == b"trak":
            _read_track(file, begin, finish, walked)
        elif name == b"mvex":
            for inner, first, last in _boxes(file, begin, finish):
                if inner == b"trex":
                    track, _, usual = struct.unpack(">3I", _content(file, first, last)[4:16])
                    walked.tracks.setdefault(track, _Track()).usual = usual


def _read_fragment(file: BoundedReader, start: int, stop: int, walked: _Walked) -> None:
    """How far one track comes with this fragment (ISO/IEC 14496-12, 8.8.7, 8.8.8 and 8.8.12)."""
    track, usual = _Track(), 0
    for name, begin, finish in _boxes(file, start, stop):
        content = _content(file, begin, finish)
        flags = int.from_bytes(content[1:4])
        if name == b"tfhd":
            track = walked.tracks.setdefault(int.from_bytes(content[4:8]), _Track())
            at = 8 + 8 * bool(flags & 0x01) + 4 * bool(flags & 0x02)
            usual = int.from_bytes(content[at : at + 4]) if flags & 0x08 else track.usual
        elif name == b"tfdt":
            track.ticks = int.from_bytes(content[4:12] if content[:1] == b"\1" else content[4:8])
        elif name == b"trun":
            count, step = int.from_bytes(content[4:8]), 4 * (flags & 0xF00).bit_count()
            if flags & 0x100:
                file.seek(begin + 8 + 4 * bool(flags & 0x01) + 4 * bool(flags & 0x04))
                entries = file.read(min(count * step, finish - begin, _LONGEST_RUN))
                track.ticks += sum(int.from_bytes(entries[at : at + 4]) for at in range(0, len(entries), step))
            else:
                track.ticks += count * usual


def _read_track(file: BoundedReader, start: int, stop: int, walked: _Walked) -> None:
    number = 0
    spans = [(b"trak", start, stop)]
    while spans:
        outer, begin, finish = spans.pop()
        for name, first, last in _boxes(file, begin, finish):
            last = min(last, finish)  # noqa: PLW2901
            if name == b"tkhd":
                content = _content(file, first, last)
                walked.size = max(walked.size, _track_size(content))
                number = int.from_bytes(content[20:24] if content[:1] == b"\1" else content[12:16])
            elif name == b"mdhd":
                content = _content(file, first, last)
                scale = int.from_bytes(content[20:24] if content[:1] == b"\1" else content[12:16])
                walked.tracks.setdefault(number, _Track()).scale = scale
            elif outer == b"mdia" and name == b"hdlr":
                walked.handlers.add(_content(file, first, last)[8:12])
            elif name == _INSIDE.get(outer):
                spans.append((name, first, last))
            elif outer == b"stbl" and name == b"stsd":
                walked.encrypted |= _content(file, first, last)[12:16] in _SEALED
            elif outer == b"stbl" and name in _OFFSETS:
                width = _OFFSETS[name]
                count = int.from_bytes(_content(file, first, last)[4:8])
                if count and 8 + count * width <= last - first:
                    file.seek(first + 8 + (count - 1) * width)
                    walked.last_chunk = max(walked.last_chunk, int.from_bytes(file.read(width)))


def _boxes(file: BoundedReader, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of each box that begins between the two positions."""
    while position + 8 <= end:
        file.seek(position)
        head = file.read(16)
        size, content = int.from_bytes(head[:4]), 8
        if size == 1:
            size, content = int.from_bytes(head[8:16]), 16
        elif size == 0:  # the last one
            size = end - position
        if len(head) < content:
            return
        if size < content:
            size = end + 1 - position  # none that could be stepped over
        yield head[4:8], position + content, position + size
        position += size


def _content(file: BoundedReader, begin: int, end: int) -> bytes:
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
