"""Media inside an answer (`b64_json`, seed 004) to files, while the answer arrives.

An answer may hold several videos of a hundred megabytes, a third more as base64. What is kept of it is one piece as
it came from the network, that piece decoded, and the JSON around the media; never a whole medium.
"""

import binascii
import json
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_NAME = b"b64_json"
_MOST_AROUND = 1024 * 1024  # bytes of JSON besides the media
_MOST_MEDIA = 12  # the most outputs that any page of the provider speaks of (API.md, "count per request")
_LONGEST_NAME = 64  # bytes of a string that may be a name
_GAP = 2  # bytes between two strings that are looked at
_QUOTE = ord('"')


class Unpacker:
    """Feed it an answer piece by piece; `close` gives the JSON, with numbers in `files` where media were.

    Media become new files in `folder`, each of at most `limit` bytes. Blocks on the disk: call it in a thread.
    Whatever is wrong with an answer is a `ValueError`.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._around = bytearray()
        self._state: Callable[[bytes, int], int] = self._outside
        self._string = bytearray()  # the last one, as far as it could be a name
        self._gap = bytearray()  # what stood since the last string, without blanks
        self._writer: _Writer | None = None
        self._turn, self._discarded = threading.Lock(), False
        self.files: list[Path] = []

    def feed(self, piece: bytes) -> None:
        """Raises `ValueError` for an answer that makes no sense, or too much of it."""
        with self._turn:
            position = 0
            while position < len(piece) and not self._discarded:
                position = self._state(piece, position)
                if len(self._around) > _MOST_AROUND:
                    raise ValueError("an answer without end")

    def close(self) -> object:
        """The JSON around the media. Raises `ValueError` when it is none, or not all of it came."""
        if self._writer is not None:
            raise ValueError("a medium without end")
        try:
            return json.loads(self._around.decode("utf-8-sig"), parse_constant=lambda _: None)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def discard(self) -> None:
        """Removes every file, whole or not, also while a thread whose caller has given up still feeds."""
        with self._turn:
            self._discarded = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            for file in self.files:
                file.unlink(missing_ok=True)

    def _outside(self, piece: bytes, position: int) -> int:
        """Up to and with the next quote. What stands between two strings tells whether the first names the second."""
        end = _find(piece, b'"', position)
        self._gap += piece[position:end].strip()[:_GAP]
        self._around += piece[position : end + 1]
        if end < len(piece):
            names = bytes(self._gap) == b":" and bytes(self._string) == _NAME
            self._string.clear()
            self._gap.clear()
            self._state = self._medium() if names else self._inside
        return end + 1

    def _inside(self, piece: bytes, position: int) -> int:
        """A string that is no medium: to its end, or to its next escape."""
        end = min(_find(piece, b'"', position), _find(piece, b"\\", position))
        self._string += piece[position : min(end, position + _LONGEST_NAME)]
        self._around += piece[position : end + 1]
        if end < len(piece):
            self._state = self._outside if piece[end] == _QUOTE else self._escaped
        return end + 1

    def _escaped(self, piece: bytes, position: int) -> int:
        self._around += piece[position : position + 1]
        self._string += b"\\"  # so that it is no name that matters
        self._state = self._inside
        return position + 1

    def _medium(self) -> Callable[[bytes, int], int]:
        """Opens the next file; what then is to be done with pieces."""
        number = len(self.files)
        if number == _MOST_MEDIA:
            raise ValueError("more media than can have been asked for")
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".drover-", suffix=".part")
        self.files.append(Path(name))
        self._writer = writer = _Writer(os.fdopen(handle, "wb"), self._limit)
        self._around += str(number).encode()

        def write(piece: bytes, position: int) -> int:
            end = _find(piece, b'"', position)
            writer.write(piece[position:end])
            if end < len(piece):
                writer.finish()
                self._writer = None
                self._around += b'"'
                self._state = self._outside
            return end + 1

        return write


class _Writer:
    """Base64 in pieces to one file."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._left = limit
        self._rest = b""
        self._over = False

    def write(self, piece: bytes) -> None:
        text = (self._rest + piece).replace(b"\\/", b"/")  # JSON may write it so
        whole = len(text) - len(text) % 4 if not text.endswith(b"\\") else (len(text) - 1) // 4 * 4
        text, self._rest = text[:whole], text[whole:]
        if not text:
            return
        if self._over:
            raise ValueError("base64 beyond its end")
        content = binascii.a2b_base64(text, strict_mode=True)
        self._over = text.endswith(b"=")
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("a medium larger than was allowed")
        self._file.write(content)

    def finish(self) -> None:
        self.close()
        if self._rest:
            raise ValueError("base64 that is cut short")

    def close(self) -> None:
        self._file.close()


def _find(piece: bytes, wanted: bytes, position: int) -> int:
    """Where it is, or the end of the piece."""
    found = piece.find(wanted, position)
    return len(piece) if found < 0 else found
