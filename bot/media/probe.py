"""What a file is, by its own bytes: kind, format, size in pixels, length, whether it moves, whether all of it is there;
and whether it may go along with an order.

A name, a type and a size that somebody gives along with a file are claims. Nothing is decoded here, and what is kept in
memory are some kilobytes: the file may be hostile. A number that a header does not give is None. Pixels are counted as
the image or video is shown: what was taken with an upright phone is upright.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterable, Callable, Mapping
from pathlib import Path
from typing import BinaryIO, TypeVar

from bot.domain.errors import Refusal
from bot.domain.models.slots import InputKind
from bot.media.boxes import read_boxes
from bot.media.images import read_gif, read_jpeg, read_png, read_webp
from bot.media.matroska import read_matroska
from bot.media.reading import BoundedReader, MediaInfo
from bot.media.signatures import ENCRYPTED, HEAD, OWN_SENTENCE, may_be_result, other_kind, other_kind_of_name
from bot.media.sounds import read_flac, read_mpeg, read_ogg, read_wav

T = TypeVar("T")

_PIECE = 2**20  # bytes that are written at once
_HEAD = 64  # bytes; enough to know every format
# Each knows its own formats by the head, and walks such a file once.
_READERS: tuple[Callable[[bytes, BoundedReader], MediaInfo | None], ...] = (
    *(read_png, read_gif, read_jpeg, read_webp, read_wav, read_flac, read_matroska, read_boxes, read_ogg, read_mpeg),
)
# No schema says which formats a model reads. These are the ones that all of them are known to take.
TAKEN: Mapping[InputKind, frozenset[str]] = {  # by `MediaInfo.suffix`
    InputKind.IMAGE: frozenset({"png", "jpg", "webp", "gif"}),
    InputKind.VIDEO: frozenset({"mp4", "mov", "webm", "mkv"}),
    InputKind.AUDIO: frozenset({"mp3", "wav", "ogg", "flac", "m4a"}),
}
_RAW, _TIFF = "RAW", "TIFF"


def probe(file: Path | BinaryIO) -> MediaInfo | None:
    """What the file is; None when it is no image, video or sound of a known format. Reads from the disk."""
    with file.open("rb") if isinstance(file, Path) else contextlib.nullcontext(file) as opened:
        reader = BoundedReader(opened)
        head = reader.at(0, _HEAD)
        try:
            return next((found for read in _READERS if (found := read(head, reader)) is not None), None)
        except (struct.error, IndexError):  # it begins like one, and is cut off
            return None


def probe_input(path: Path, kind: InputKind, name: str) -> MediaInfo:
    """What the file is that its giver calls `name` and gives as a `kind`. Reads from the disk.

    Raises `Refusal` for what no model takes, for another kind, and for a file that is not all there.
    """
    with path.open("rb") as opened:
        head = opened.read(HEAD)
    if not head:
        raise Refusal("input-files-empty", given=name)
    found = probe(path)
    if found is None:
        raise _unknown(head, kind, name)
    if found.encrypted:
        raise Refusal("input-files-other", given=name, what=ENCRYPTED)
    if found.suffix not in TAKEN[found.kind] | TAKEN[kind] or (found.kind is kind and found.suffix not in TAKEN[kind]):
        raise Refusal("input-files-foreign", given=name, what=found.suffix.upper(), kind=kind.value)
    if found.kind is not kind:
        raise Refusal("input-files-disguised", given=name, claimed=kind.value, kind=found.kind.value)
    if not found.whole:
        raise Refusal("input-files-broken", given=name)
    return found


def _unknown(head: bytes, kind: InputKind, name: str) -> Refusal:
    what = other_kind(head)
    if what in OWN_SENTENCE:
        return Refusal("input-files-other", given=name, what=what)
    if what is not None:
        raw = what == _TIFF and other_kind_of_name(name) == _RAW  # most cameras' formats are TIFF by their bytes
        return Refusal("input-files-foreign", given=name, what=_RAW if raw else what, kind=kind.value)
    if may_be_result(head):
        return Refusal("input-files-broken", given=name)
    return Refusal("input-files-unreadable", given=name, kind=kind.value)


async def pour(
    chunks: AsyncIterable[bytes], path: Path, limit: int, look: Callable[[Path], T], head: bytes = b""
) -> tuple[int, T | None]:
    """Writes what comes to `path`, after `head`: how many bytes these are, and what `look` finds in the file, unless
    they are more than `limit`.

    One call to a thread for each mebibyte, to open, write and look at a small file all in all. Raises as `look` does.
    """
    waiting, size, mode = bytearray(head), len(head), "wb"

    def write(content: bytes, mode: str, then: Callable[[Path], T] | None = None) -> T | None:
        with path.open(mode) as file:
            file.write(content)
        return then(path) if then is not None else None

    if size > limit:
        return size, None
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            return size, None
        waiting += chunk
        if len(waiting) >= _PIECE:
            await asyncio.to_thread(write, bytes(waiting), mode)
            waiting, mode = bytearray(), "ab"
    return size, await asyncio.to_thread(write, bytes(waiting), mode, look)
