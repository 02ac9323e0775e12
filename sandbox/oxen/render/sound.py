"""The audio track: a soft seeded chord that swells and fades."""

import math
from random import Random

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 48_000
ROOTS = (110.0, 123.47, 130.81, 146.83, 164.81)
CHORDS = ((1, 3 / 2, 2, 5 / 2), (1, 6 / 5, 3 / 2, 2), (1, 4 / 3, 2, 8 / 3))
LOUDNESS = 0.11


class Chord:
    """`samples(first, count)` are mono samples from -1 to 1."""

    def __init__(self, entropy: bytes, seconds: float) -> None:
        random = Random(entropy + b"sound")
        root = random.choice(ROOTS)
        self._voices = [
            (root * ratio, random.uniform(0.15, 0.5), random.uniform(0, math.tau)) for ratio in random.choice(CHORDS)
        ]
        self._seconds = seconds

    def samples(self, first: int, count: int) -> npt.NDArray[np.float32]:
        time = (np.arange(first, first + count) / SAMPLE_RATE).astype(np.float64)
        mix = sum(
            np.sin(math.tau * pitch * time) * (0.65 + 0.35 * np.sin(math.tau * swell * time + phase))
            for pitch, swell, phase in self._voices
        )
        fade = np.clip(np.minimum(time / 0.4, (self._seconds - time) / 0.6), 0, 1)
        return (LOUDNESS * fade * mix).astype(np.float32)
