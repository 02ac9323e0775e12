"""Bytes to judgements: whether a file is what a result may be, and whether all of it is there. No I/O but reading.

What a server says of a file (its name, its type, its length) is a claim; the first and the last bytes are the file.
"""

import os
from pathlib import Path
from typing import BinaryIO

SIGNATURE = 12  # bytes at the beginning by which a format is known
_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})  # MP4, QuickTime, AVIF
_MAGIC = (b"\x1aE\xdf\xa3", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_BOX_HEAD, _WIDE_BOX_HEAD = 8, 16  # bytes
_MOST_BOXES = 100_000  # a film in fragments has some thousands, a hostile file one for every eight bytes
_TAIL = 4096  # bytes in which an image says that it ends; some tools add a little after that


def is_media(head: bytes) -> bool:
    """Whether a file that begins with `head` is a film or a picture."""
    if head[4:8] in _FIRST_BOXES:
        return True
    return head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def is_whole(path: Path) -> bool:
    """Whether the file is as long as its own format says it is. True where the format does not say."""
    with path.open("rb") as file:
        head = file.read(SIGNATURE)
        if head[4:8] in _FIRST_BOXES:
            return _boxes_fit(file)
        length = file.seek(0, os.SEEK_END)
        if head.startswith(b"RIFF"):
            return int.from_bytes(head[4:8], "little") + 8 <= length
        file.seek(max(0, length - _TAIL))
        return _says_its_end(head, file.read())


def _says_its_end(head: bytes, tail: bytes) -> bool:
    if head.startswith(b"\x89PNG"):
        return b"IEND\xaeB`\x82" in tail
    if head.startswith(b"\xff\xd8"):
        return b"\xff\xd9" in tail
    return b";" in tail if head.startswith(b"GIF") else True


def _boxes_fit(file: BinaryIO) -> bool:
    """ISO/IEC 14496-12, 4.2: a file is a row of boxes, each of which begins with its size."""
    length = file.seek(0, os.SEEK_END)
    position = 0
    for _ in range(_MOST_BOXES):
        if position + _BOX_HEAD > length:
            return position <= length
        file.seek(position)
        head = file.read(_WIDE_BOX_HEAD)
        size, least = int.from_bytes(head[:4], "big"), _BOX_HEAD
        if size == 0:  # the last one, to the end of the file
            return True
        if size == 1:
            size, least = int.from_bytes(head[8:16], "big"), _WIDE_BOX_HEAD
        if size < least:
            return False
        position += size
    return False
