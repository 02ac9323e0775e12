"""Reading a hostile file, and what is learned of it: only so many steps, whatever it says of itself."""

import os
import re
from dataclasses import dataclass
from typing import BinaryIO

from bot.domain.models.slots import InputKind

# Steps through one file, and one more for each 64 bytes of it. A video of 50 MB in fragments of a second has hundreds,
# a GIF of 20 MB some 80,000, and a frame of sound is longer; a hostile file could have as many as bytes, and a thread
# would be busy with it for seconds.
MOST_STEPS = 100_000
_BYTES_A_STEP = 64
_BLOCK = 16 * 1024  # bytes


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
    codec: str = ""  # of a video in boxes, as RFC 6381 writes it: "avc1.64001f", "hvc1"
    sound: str = ""  # the codec of such a video's sound, as its boxes call it: "mp4a"


class BoundedReader:
    """A file that is stepped through: a block of it is in memory, and small steps inside that cost no reading.

    After so many steps as no honest file of its length needs, it is as if it ended.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = file.seek(0, os.SEEK_END)  # bytes
        self._steps = MOST_STEPS + self.length // _BYTES_A_STEP
        self._begin, self._block = 0, b""

    def at(self, position: int, size: int) -> bytes:
        """The `size` bytes there; fewer at the end."""
        self._steps -= 1
        if self._steps < 0 or position >= self.length:
            return b""
        if not self._begin <= position or position + size > self._begin + len(self._block):
            self._file.seek(position)
            self._begin, self._block = position, self._file.read(max(_BLOCK, size))
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
