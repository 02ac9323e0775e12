"""A film that came along, read frame by frame: never more than two of its frames are in memory.

PyAV's annotations leave the kind of a stream open, so containers and streams are Any here.
"""

from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from sandbox.oxen.inputs.looking import OPENING
from sandbox.oxen.inputs.values import Input
from sandbox.oxen.render.size import Size

Pixels = npt.NDArray[np.uint8]


class Film:
    """`at(time)` for times that grow; behind its end it begins again. `close` it."""

    def __init__(self, source: Input) -> None:
        self._source = source
        self._length = float(source.seconds)
        self._round = -1
        self._origin = 0.0
        self._container: Any = None
        self._frames: Iterator[VideoFrame] = iter(())
        self._current: VideoFrame | None = None
        self._next: VideoFrame | None = None

    def at(self, time: float, size: Size) -> Pixels:
        """The frame of this second as rows x columns x RGB of this size, stretched if need be."""
        rounds, second = divmod(max(0.0, time), self._length)
        if int(rounds) != self._round:
            self._rewind(int(rounds))
        while self._next is not None and (self._next.time or 0) - self._origin <= second + 1e-6:
            self._current, self._next = self._next, next(self._frames, None)
        frame = self._current
        if frame is None:
            return np.zeros((size[1], size[0], 3), np.uint8)
        turns = frame.rotation // 90  # to the left, as who filmed it held the phone
        wide, high = size[::-1] if turns % 2 else size
        pixels: Any = frame.reformat(wide, high, "rgb24", interpolation="BILINEAR").to_ndarray()
        return np.rot90(pixels, turns)

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def _rewind(self, rounds: int) -> None:
        self.close()
        self._round = rounds
        self._container = av.open(str(self._source.path), options=OPENING)
        stream = self._container.streams.video[0]
        stream.thread_type = "NONE"
        self._frames = self._container.decode(stream)
        self._current = next(self._frames, None)
        self._next = next(self._frames, None)
        # Cut films may begin at any time.
        self._origin = (self._current.time or 0.0) if self._current else 0.0
