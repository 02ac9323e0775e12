"""Sound and films in pages of Ogg (RFC 3533)."""

from collections.abc import Callable, Mapping

from bot.domain.models.slots import InputKind
from bot.media.boxes import MediaInfo
from bot.media.reading import BoundedReader, Window

_PAGE = 27  # bytes of a page's header, before the sizes of what is in it
_FIRST, _LAST = 0x02, 0x04
_UNFINISHED = 2**64 - 1  # no packet ends on the page
_PICTURES = (b"\x80theora", b"OVP80\x01", b"BBCD\0", b"\x01video")
# How many samples a second a stream counts in, by how its first packet begins.
_RATES: Mapping[bytes, Callable[[bytes], int]] = {
    b"OpusHead": lambda _: 48_000,  # whatever it was recorded at (RFC 7845, section 4)
    b"\x01vorbis": lambda packet: int.from_bytes(packet[12:16], "little"),
    b"Speex   ": lambda packet: int.from_bytes(packet[36:40], "little"),
    b"\x7fFLAC": lambda packet: int.from_bytes(packet[27:30]) >> 4,
}


def look_at_ogg(head: bytes, file: BoundedReader) -> MediaInfo | None:
    """What a file of pages is; None when it is none.

    Walks the pages to the last of each stream, or where none is marked, to the end of the file.
    """
    if not head.startswith(b"OggS"):
        return None
    window = Window(file)
    position, whole = 0, None
    running, rates, skipped, reached = set[bytes](), dict[bytes, int](), dict[bytes, int](), dict[bytes, int]()
    moves = False
    while (page := window.at(position, _PAGE)).startswith(b"OggS") and len(page) == _PAGE:
        sizes, stream = window.at(position + _PAGE, page[26]), page[14:18]
        content = position + _PAGE + page[26]
        position = content + sum(sizes)
        if len(sizes) < page[26] or position > window.length:
            whole = False
            break
        running.add(stream)
        if page[5] & _FIRST:
            packet = window.at(content, min(sum(sizes), 64))
            moves = moves or packet.startswith(_PICTURES)
            skipped[stream] = int.from_bytes(packet[10:12], "little") if packet.startswith(b"OpusHead") else 0
            for begin, rate in _RATES.items():
                if packet.startswith(begin):
                    rates[stream] = rate(packet)
        granule = int.from_bytes(page[6:14], "little")
        if granule != _UNFINISHED:
            reached[stream] = granule
        if page[5] & _LAST:
            running.discard(stream)
            if not running:
                whole = True
                break
    if whole is None:
        whole = position > 0 and (position >= window.length or not b"OggS".startswith(page[:4]))
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
