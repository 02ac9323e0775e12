"""Reading a hostile file: only so many pieces of it, whatever it says of itself."""

import os
from typing import BinaryIO

# Pieces of one file. A film of 50 MB in fragments of a second has some hundreds, a GIF of 20 MB some 80,000; a hostile
# file could have as many as bytes, and a thread would be busy with it for seconds.
MOST_PIECES = 100_000


class Pieces:
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
