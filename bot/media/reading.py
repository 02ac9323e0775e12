"""Reading a hostile file: only so many pieces of it, whatever it says of itself."""

import os
import re
from typing import BinaryIO

# Pieces of one file. A film of 50 MB in fragments of a second has some hundreds, a GIF of 20 MB some 80,000; a hostile
# file could have as many as bytes, and a thread would be busy with it for seconds.
MOST_PIECES = 100_000
_BLOCK = 64 * 1024  # bytes
_BYTES_A_STEP = 64  # a block of a GIF has 255, a page or a frame of sound more


class BoundedReader:
    """A file that is read here and there. After `most` pieces it is as if it ended."""

    def __init__(self, file: BinaryIO, most: int = MOST_PIECES) -> None:
        self._file = file
        self._left = most

    def read(self, size: int) -> bytes:
        """At most `size` bytes; fewer at the end, and none once the pieces are used up."""
        if self._left <= 0:
            return b""
        self._left -= 1
        return self._file.read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a position, and tells which."""
        return self._file.seek(position, whence)


class Window:
    """A file that is stepped through: a block of it is in memory, and small steps inside that cost no reading.

    After so many steps as no honest file of its length needs, it is as if it ended.
    """

    def __init__(self, file: BoundedReader) -> None:
        self._file = file
        self.length = file.seek(0, os.SEEK_END)  # bytes
        self._steps = MOST_PIECES + self.length // _BYTES_A_STEP
        self._begin, self._block = 0, b""

    def at(self, position: int, size: int) -> bytes:
        """The `size` bytes there, at most 4 KiB; fewer at the end."""
        self._steps -= 1
        if self._steps < 0 or position >= self.length:
            return b""
        if not self._begin <= position or position + size > self._begin + len(self._block):
            self._file.seek(position)
            self._begin, self._block = position, self._file.read(_BLOCK)
        offset = position - self._begin
        return self._block[offset : offset + size]

    def find(self, pattern: re.Pattern[bytes], position: int) -> tuple[int, bytes] | None:
        """Where the pattern, of two bytes, comes next, and what it is there."""
        while self.at(position, 2):
            match = pattern.search(self._block, position - self._begin)
            if match is not None:
                return self._begin + match.start(), match[0]
            position = max(position + 1, self._begin + len(self._block) - 1)
        return None
