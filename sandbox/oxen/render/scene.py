"""The picture behind the caption: a seeded landscape of soft ridges under a glowing sky, drifting.

Drawn on a small grid and scaled up by the codecs' scaler, which costs a hundredth of drawing every pixel.
"""

import colorsys
import math
from random import Random

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]
GRID_LONG_EDGE = 256
RIDGES = 5


class Scene:
    """`at(time)` is the picture at that second, the same for the same entropy."""

    def __init__(self, entropy: bytes, width: int, height: int, detail: int = GRID_LONG_EDGE) -> None:
        random = Random(entropy)
        scale = detail / max(width, height)
        columns, rows = max(16, round(width * scale)), max(16, round(height * scale))
        self._x = np.linspace(0, width / height, columns, dtype=np.float32)[None, :]
        self._y = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        self._sharpness = rows / 1.6
        self._palette(random)
        self._glows = [_Glow(random, width / height) for _ in range(3)]
        self._ridges = [_Ridge(random, i) for i in range(RIDGES)]

    def at(self, time: float) -> npt.NDArray[np.uint8]:
        """Rows x columns x RGB."""
        picture = self._sky.copy()
        for glow, tone in zip(self._glows, self._lights, strict=True):
            picture += glow.light(self._x, self._y, time)[..., None] * tone
        for ridge, tone in zip(self._ridges, self._grounds, strict=True):
            edge = ridge.height(self._x, time)
            cover = np.clip((self._y - edge) * self._sharpness + 0.5, 0, 1)[..., None]
            haze = np.clip(1.25 - (self._y - edge) * 1.6, 0.55, 1.25)[..., None]
            picture += (tone * haze - picture) * cover
        return (np.clip(picture, 0, 1) * 255).astype(np.uint8)

    def lights(self, time: float, strength: float) -> npt.NDArray[np.uint8]:
        """The lights alone, on black, to be laid over another picture; `strength` from 0 to 1."""
        picture = np.zeros((self._y.size, self._x.size, 3), np.float32)
        for glow, tone in zip(self._glows, self._lights, strict=True):
            picture += glow.light(self._x, self._y, time)[..., None] * tone
        return (np.clip(picture * np.float32(strength), 0, 1) * 255).astype(np.uint8)

    def close(self) -> None: ...

    def _palette(self, random: Random) -> None:
        hue, turn = random.random(), random.choice([-1, 1]) * random.uniform(0.08, 0.2)
        top = color(hue, 0.75, 0.32)
        bottom = color(hue + turn, 0.6, 0.95)
        ramp = (self._y**1.3)[..., None]
        self._sky = np.broadcast_to(top + (bottom - top) * ramp, (self._y.size, self._x.size, 3)).astype(np.float32)
        self._lights = [color(hue + turn * each, 0.5, 0.5) for each in (1.6, 2.2, 0.6)]
        steps = [i / (RIDGES - 1) for i in range(RIDGES)]
        self._grounds = [color(hue + turn * (1 - step), 0.5 + 0.35 * step, 0.72 - 0.6 * step) for step in steps]


class _Glow:
    """A soft light that wanders on an ellipse."""

    def __init__(self, random: Random, aspect: float) -> None:
        self._center = random.uniform(0.15, 0.85) * aspect, random.uniform(0.1, 0.5)
        self._reach = random.uniform(0.05, 0.2) * aspect, random.uniform(0.03, 0.12)
        self._speed, self._phase = random.uniform(0.35, 0.9), random.uniform(0, math.tau)
        self._size = random.uniform(0.12, 0.3)

    def light(self, x: Field, y: Field, time: float) -> Field:
        angle = self._phase + self._speed * time
        dx = x - np.float32(self._center[0] + self._reach[0] * math.cos(angle))
        dy = y - np.float32(self._center[1] + self._reach[1] * math.sin(angle))
        far = (dx * dx + dy * dy) * np.float32(1 / self._size**2)
        return np.reciprocal(far * far + np.float32(1))


class _Ridge:
    """A line of hills; the nearer, the lower and the faster."""

    def __init__(self, random: Random, depth: int) -> None:
        near = depth / (RIDGES - 1)
        self._base = 0.5 + 0.4 * near
        self._drift = random.choice([-1, 1]) * (0.02 + 0.16 * near)
        self._waves = [
            (random.uniform(0.035, 0.06) / k, random.uniform(1.6, 2.6) * k * 1.5, random.uniform(0, math.tau))
            for k in (1, 2, 4)
        ]

    def height(self, x: Field, time: float) -> Field:
        at = x + np.float32(self._drift * time)
        edge = np.full_like(at, self._base)
        for size, rate, phase in self._waves:
            edge += np.float32(size) * np.sin(np.float32(rate) * at + np.float32(phase))
        return edge


def color(hue: float, saturation: float, value: float) -> Field:
    """Red, green and blue from 0 to 1; hues beyond 1 go round again."""
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), dtype=np.float32)
