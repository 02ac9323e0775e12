"""The audio track: a soft seeded chord that swells and fades, or the sound of a file that came along.

PyAV's annotations leave the kind of a stream open, so containers are Any here.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from sandbox.oxen.inputs.looking import OPENING

SAMPLE_RATE = 48_000
ROOTS = (110.0, 123.47, 130.81, 146.83, 164.81)
CHORDS = ((1, 3 / 2, 2, 5 / 2), (1, 6 / 5, 3 / 2, 2), (1, 4 / 3, 2, 8 / 3))
LOUDNESS = 0.11

Samples = npt.NDArray[np.float32]


def chord(entropy: bytes, seconds: float) -> Iterator[Samples]:
    """Two equal channels, a second at a time."""
    voices, total = _Chord(entropy, seconds), round(seconds * SAMPLE_RATE)
    for first in range(0, total, SAMPLE_RATE):
        mono = voices.samples(first, min(SAMPLE_RATE, total - first))
        yield np.stack([mono, mono])


def recording(path: Path, seconds: float) -> Iterator[Samples]:
    """Two channels of a file's sound, a second at a time: cut at `seconds`, or silent behind its end."""
    left = round(seconds * SAMPLE_RATE)
    waiting = np.zeros((2, 0), np.float32)
    for piece in _played(path):
        waiting = np.concatenate([waiting, piece], axis=1)
        while waiting.shape[1] >= SAMPLE_RATE and left > 0:
            count = min(SAMPLE_RATE, left)
            yield waiting[:, :count]
            waiting, left = waiting[:, count:], left - count
        if left <= 0:
            return
    while left > 0:
        count = min(SAMPLE_RATE, left)
        yield np.pad(waiting[:, :count], ((0, 0), (0, max(0, count - waiting.shape[1]))))
        waiting, left = waiting[:, count:], left - count


def _played(path: Path) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    with av.open(str(path), options=OPENING) as opened:
        file: Any = opened
        for frame in file.decode(file.streams.audio[0]):
            for each in resampler.resample(frame):
                yield each.to_ndarray().astype(np.float32)


class _Chord:
    """`samples(first, count)` are mono samples from -1 to 1."""

    def __init__(self, entropy: bytes, seconds: float) -> None:
        random = Random(entropy + b"sound")
        root = random.choice(ROOTS)
        self._voices = [
            (root * ratio, random.uniform(0.15, 0.5), random.uniform(0, math.tau)) for ratio in random.choice(CHORDS)
        ]
        self._seconds = seconds

    def samples(self, first: int, count: int) -> Samples:
        time = (np.arange(first, first + count) / SAMPLE_RATE).astype(np.float64)
        mix = sum(
            np.sin(math.tau * pitch * time) * (0.65 + 0.35 * np.sin(math.tau * swell * time + phase))
            for pitch, swell, phase in self._voices
        )
        fade = np.clip(np.minimum(time / 0.4, (self._seconds - time) / 0.6), 0, 1)
        return (LOUDNESS * fade * mix).astype(np.float32)
