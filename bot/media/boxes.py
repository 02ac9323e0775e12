"""Files made of boxes, by their headers: MP4, QuickTime, M4A, AVIF, HEIC (ISO/IEC 14496-12).

One walk reads all that is asked: no byte is stepped over twice, however its boxes claim to lie inside one another.
"""

import re
import struct
from dataclasses import dataclass

from bot.domain.models.slots import InputKind
from bot.media.reading import BoundedReader, MediaInfo
from bot.media.signatures import FIRST_BOXES

_MOST_BOXES = 100_000  # of one file; one with as many is none that a camera or an editor wrote
_LONGEST_RUN = 64 * 1024  # bytes of a fragment's list of samples
_LARGEST_HEADER = 256  # bytes of a box with numbers in it
_NAME = re.compile(rb"[\x20-\x7e\xa9]{4}")
_TOP = FIRST_BOXES | {  # boxes of a file's top level (14496-12, table 1); makers of cameras add some of their own
    *(b"styp", b"sidx", b"ssix", b"prft", b"emsg", b"moof", b"mfra", b"meta", b"meco", b"uuid", b"pdin", b"pnot"),
    *(b"PICT", b"udta", b"jumb"),
}
_CONTENTS = frozenset({b"mdat", b"moof"})
_INSIDE = {  # the boxes whose content is looked at, by what they are in
    b"": {b"moov", b"moof", b"meta"},
    b"moov": {b"trak", b"mvex"},
    b"trak": {b"mdia"},
    b"mdia": {b"minf"},
    b"minf": {b"stbl"},
    b"moof": {b"traf"},
    b"meta": {b"iprp"},
    b"iprp": {b"ipco"},
}
_SEALED = frozenset({b"encv", b"enca", b"drmi", b"drms"})  # ISO/IEC 23001-7, and FairPlay
_READ = frozenset(  # what says something, wherever it says it
    {
        b"mvhd",
        b"trex",
        b"tkhd",
        b"mdhd",
        b"hdlr",
        b"stsd",
        b"stco",
        b"co64",
        b"ispe",
        b"irot",
        b"tfhd",
        b"tfdt",
        b"trun",
    }
)
_OFFSETS = {b"stco": 4, b"co64": 8}  # bytes of an entry
_HEIC, _HEIF, _AVIF = ("image/heic", "heic"), ("image/heif", "heif"), ("image/avif", "avif")
_IMAGES = {  # by brand (ISO/IEC 23008-12, Annex B; AV1 Image File Format, section 6)
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), _HEIC),
    b"crx ": ("image/x-canon-cr3", "raw"),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1", b"miaf"), _HEIF),
}
_GENERAL = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})  # do not tell which codec
_MOVING = frozenset({b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_SOUNDS = frozenset({b"M4A ", b"M4B ", b"M4P "})


def read_boxes(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of boxes is; None when it is none."""
    if head[4:8] not in FIRST_BOXES:
        return None
    walk = _Walk(file)
    walk.inside(b"", 0, file.length)
    # What the file says that it is: its major brand, then those that it is compatible with.
    end = min(len(head), int.from_bytes(head[:4]))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))] if head[4:8] == b"ftyp" else []
    major = brands[0] if brands else b""
    image = next((_IMAGES[brand] for brand in sorted(brands, key=_GENERAL.__contains__) if brand in _IMAGES), None)
    if image is not None and (major in _IMAGES or not walk.names & {b"moov", b"moof"}):
        media_type, suffix = image
        width, height = walk.image[::-1] if walk.turned else walk.image
        return MediaInfo(
            kind=InputKind.IMAGE,
            media_type=media_type,
            suffix=suffix,
            width=width or None,
            height=height or None,
            animated=major in _MOVING or b"moov" in walk.names,
            whole=walk.whole(b"meta"),
        )
    heard = b"soun" in walk.handlers and b"vide" not in walk.handlers
    kind, media_type, suffix = InputKind.AUDIO if heard else InputKind.VIDEO, "video/mp4", "mp4"
    width, height = walk.size
    if major in {b"qt  ", b""}:
        media_type, suffix = "video/quicktime", "mov"
    elif major.startswith((b"3gp", b"3g2")):
        media_type, suffix = "video/3gpp", "3gp"
    elif heard:
        media_type, suffix = "audio/mp4", "m4a"
    if major in _SOUNDS:
        kind, media_type, suffix, width, height = InputKind.AUDIO, "audio/mp4", "m4a", 0, 0
    return MediaInfo(
        kind=kind,
        media_type=media_type,
        suffix=suffix,
        width=width or None,
        height=height or None,
        seconds=walk.seconds,
        encrypted=walk.encrypted,
        whole=walk.whole(b"moov"),
        codec=walk.codec,
        sound=walk.sound,
    )


@dataclass(slots=True)
class _Track:
    """How a video in fragments counts: ticks a second, ticks of a sample, and ticks so far."""

    scale: int = 0
    default: int = 0
    ticks: int = 0


class _Walk:
    """What the boxes of a file told. `size` and `image` are width and height of the largest track and image.

    Which property of an image is whose is not looked up: tiles and thumbnails are smaller than the image, and turn with
    it (ISO/IEC 23008-12, 6.5.3 and 6.5.10).
    """

    def __init__(self, file: BoundedReader) -> None:
        self._file = file
        self.names: set[bytes] = set()  # of the whole boxes at the top
        self.handlers: set[bytes] = set()
        self.size = self.image = (0, 0)
        self.turned = self.encrypted = self._cut = False
        self.codec = self.sound = ""  # of the first track of pictures, and of sounds
        self._movie_seconds = 0.0
        self._tracks: dict[int, _Track] = {}
        self._left = _MOST_BOXES
        self._number, self._handler = 0, b""  # of the track that is being read
        self._fragment, self._default = _Track(), 0  # the track of the fragment that is being read, ticks of a sample
        self._reached = 0  # the end of the last whole box
        self._last_chunk = 0  # where the last chunk of samples begins

    @property
    def seconds(self) -> float | None:
        """A video in fragments says no length, each of them says its own."""
        lengths = [track.ticks / track.scale for track in self._tracks.values() if track.scale]
        return self._movie_seconds or max(lengths, default=0) or None

    def whole(self, index: bytes) -> bool:
        """Whether the `index` and all that it speaks of is there. What comes behind is none of the file's."""
        if index not in self.names or not self.names & _CONTENTS:
            return False
        return self._last_chunk < self._reached if self._last_chunk else not self._cut

    def inside(self, outer: bytes, position: int, end: int) -> None:
        """Steps from box to box, and into those of `_INSIDE`: no deeper than that table."""
        while position + 8 <= end and self._left > 0:
            self._left -= 1
            head = self._file.at(position, 16)
            name, size, header = head[4:8], int.from_bytes(head[:4]), 8
            if size == 1:
                size, header = int.from_bytes(head[8:16]), 16
            elif size == 0:  # the last one
                size = end - position
            if len(head) < header:
                return
            if size < header:
                size = end + 1 - position  # none that could be stepped over
            begin, position = position + header, position + size
            if not outer:
                if not _NAME.fullmatch(name) or (name == b"ftyp" and self.names):  # nothing, or the next file
                    return
                if position > end:  # cut; or no box at all, but what somebody put behind the last one
                    self._cut = name in _TOP
                    return
                self.names.add(name)
                self._reached = position
            inner = min(position, end)
            if name in _INSIDE.get(outer, ()):
                self.inside(name, begin + 4 if name == b"meta" else begin, inner)  # 4 bytes: version and flags
            elif outer:
                self._read(outer, name, begin, inner)

    def _read(self, outer: bytes, name: bytes, begin: int, end: int) -> None:  # noqa: C901, PLR0912, PLR0915 - a case for each box
        if name not in _READ:
            return
        content = self._file.at(begin, min(end - begin, _LARGEST_HEADER))
        wide, flags = content[:1] == b"\1", int.from_bytes(content[1:4])
        match outer, name:
            case b"moov", b"mvhd":
                scale, duration = struct.unpack(">IQ", content[20:32]) if wide else struct.unpack(">II", content[12:20])
                self._movie_seconds = duration / scale if scale else 0.0
            case b"mvex", b"trex":
                track, _, default = struct.unpack(">3I", content[4:16])
                self._tracks.setdefault(track, _Track()).default = default
            case b"trak", b"tkhd":
                self.size = max(self.size, _track_size(content))
                self._number = int.from_bytes(content[20:24] if wide else content[12:16])
            case b"mdia", b"mdhd":
                scale = int.from_bytes(content[20:24] if wide else content[12:16])
                self._tracks.setdefault(self._number, _Track()).scale = scale
            case b"mdia", b"hdlr":
                self._handler = content[8:12]
                self.handlers.add(self._handler)
            case b"stbl", b"stsd":
                self.encrypted |= content[12:16] in _SEALED
                if self._handler == b"vide":
                    self.codec = self.codec or _codec(content)
                elif self._handler == b"soun":
                    self.sound = self.sound or content[12:16].decode("latin-1").strip()
            case b"stbl", b"stco" | b"co64":
                width = _OFFSETS[name]
                count = int.from_bytes(content[4:8])
                if count and 8 + count * width <= end - begin:
                    last = self._file.at(begin + 8 + (count - 1) * width, width)
                    self._last_chunk = max(self._last_chunk, int.from_bytes(last))
            case b"ipco", b"ispe":
                size = struct.unpack(">II", content[4:12])
                self.image = max(self.image, size, key=lambda each: each[0] * each[1])
            case b"ipco", b"irot":
                self.turned = self.turned or bool(content[0] & 1)
            # How far one track comes with a fragment (ISO/IEC 14496-12, 8.8.7, 8.8.8 and 8.8.12).
            case b"traf", b"tfhd":
                self._fragment = self._tracks.setdefault(int.from_bytes(content[4:8]), _Track())
                at = 8 + 8 * bool(flags & 0x01) + 4 * bool(flags & 0x02)
                self._default = int.from_bytes(content[at : at + 4]) if flags & 0x08 else self._fragment.default
            case b"traf", b"tfdt":
                self._fragment.ticks = int.from_bytes(content[4:12] if wide else content[4:8])
            case b"traf", b"trun":
                count, step = int.from_bytes(content[4:8]), 4 * (flags & 0xF00).bit_count()
                if flags & 0x100:
                    first = begin + 8 + 4 * bool(flags & 0x01) + 4 * bool(flags & 0x04)
                    entries = self._file.at(first, min(count * step, end - begin, _LONGEST_RUN))
                    samples = range(0, len(entries), step)
                    self._fragment.ticks += sum(int.from_bytes(entries[at : at + 4]) for at in samples)
                else:
                    self._fragment.ticks += count * self._default
            case _:
                pass


def _codec(stsd: bytes) -> str:
    """The codec of the first sample entry; with its profile and level, if it is H.264.

    An entry has 86 bytes before the boxes that its codec adds (ISO/IEC 14496-12, 12.1.3; 14496-15, 5.3.3).
    """
    name, extra = stsd[12:16].decode("latin-1").strip(), stsd[8 + 86 :]
    if extra[4:8] == b"avcC":
        return f"{name}.{extra[9:12].hex()}"
    return name


def _track_size(tkhd: bytes) -> tuple[int, int]:
    """Fixed point numbers of 16.16 bits at the end of the header; a sound track has 0.

    Before them is the matrix by which it is shown (ISO/IEC 14496-12, 8.3.2): where only the two numbers off its
    diagonal say something, it lies on its side.
    """
    width, height = (each >> 16 for each in struct.unpack(">II", tkhd[-8:]))
    a, b, _, c, d = struct.unpack(">5i", tkhd[-44:-24])
    return (height, width) if not a and not d and b and c else (width, height)
