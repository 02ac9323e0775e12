"""What a film or a picture shows at which moment: a landscape, what came along, or both.

A picture that came along opens the film and drifts off; a last one closes it; a film that came along is shown in
another light; references stand in the landscape on cards. Drawn at most 1280 pixels wide; the codecs' scaler does
the rest.
"""

import hashlib
import itertools
from collections.abc import Generator
from contextlib import contextmanager
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageFilter

from sandbox.oxen.inputs.values import Input, Role, first
from sandbox.oxen.render.film import Film
from sandbox.oxen.render.looks import Treatment
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.scene import Scene
from sandbox.oxen.render.size import Size
from sandbox.oxen.render.stills import ASIDE, CENTRAL, Row, cards, fitted, opened

DRAWN_LONG_EDGE = 1280
ZOOM = 0.14
SWAY = 0.02

Pixels = npt.NDArray[np.uint8]


class Composition(Protocol):
    """`at` gives rows x columns x RGB, of a size of its own but of the result's shape; times grow."""

    def at(self, time: float) -> Pixels: ...

    def close(self) -> None: ...


@contextmanager
def composed(plan: Plan) -> Generator[Composition]:
    """What the plan's film shows."""
    made = _Storyboard(plan) if len(plan.shots) > 1 else _shot(plan, plan.entropy, 0.0, float(plan.seconds))
    try:
        yield made
    finally:
        made.close()


def drawn_size(plan: Plan) -> Size:
    scale = min(1.0, DRAWN_LONG_EDGE / max(plan.width, plan.height))
    return max(2, round(plan.width * scale)), max(2, round(plan.height * scale))


def _shot(plan: Plan, entropy: bytes, start: float, end: float) -> Composition:
    """One shot, from `start` to `end` (seconds of the film). First and last frames belong to first and last shots."""
    if source := first(plan.inputs, Role.SOURCE):
        return _Reworked(plan, source, entropy)
    opening = first(plan.inputs, Role.START) if start == 0 else None
    closing = first(plan.inputs, Role.END) if end >= plan.seconds else None
    if plan.loops and closing is None and start == 0:
        closing = opening
    # The last frame is shown before the end by the time that it stays.
    span = max(end - start - 1 / float(plan.rate), 1e-6)
    scene: Composition = Scene(entropy, plan.width, plan.height)
    if opening or closing:
        scene = _Animated(plan, entropy, opening, closing, span)
    references = [each for each in plan.inputs if each.role is Role.REFERENCE]
    row = ASIDE if opening or closing else CENTRAL
    return _WithCards(scene, references, drawn_size(plan), row) if references else scene


class _Storyboard:
    """Shots with hard cuts between them, each a landscape of its own."""

    def __init__(self, plan: Plan) -> None:
        starts = [float(shot.start) for shot in plan.shots]
        ends = [*starts[1:], float(plan.seconds)]
        self._starts = starts
        entropies = (hashlib.sha256(plan.entropy + bytes([i % 256])).digest() for i in itertools.count())
        spans = zip(starts, ends, entropies, strict=False)
        self._shots = [_shot(plan, entropy, start, end) for start, end, entropy in spans]

    def at(self, time: float) -> Pixels:
        number = max(i for i, start in enumerate(self._starts) if start <= time + 1e-6)
        return self._shots[number].at(time - self._starts[number])

    def close(self) -> None:
        for shot in self._shots:
            shot.close()


class _Animated:
    """From one picture to another, or off from one, under wandering lights. The frames named are shown as they are."""

    def __init__(self, plan: Plan, entropy: bytes, opening: Input | None, closing: Input | None, span: float) -> None:
        self._size, self._span = drawn_size(plan), span
        self._scene = Scene(entropy, plan.width, plan.height)
        self._opening = fitted(opened(opening.path), self._size) if opening else None
        self._closing = fitted(opened(closing.path), self._size) if closing else None
        random = Random(entropy + b"camera")
        self._toward = random.uniform(0.3, 0.7), random.uniform(0.3, 0.7)

    def at(self, time: float) -> Pixels:
        done = min(max(time / self._span, 0.0), 1.0)
        away = done if self._closing is None else 4 * done * (1 - done)
        before = self._zoomed(self._opening, done) if self._opening else self._ground(time)
        picture = before
        if self._closing is not None:
            after = self._zoomed(self._closing, 1 - done)
            picture = Image.blend(before, after, _eased((done - 0.2) / 0.8))
        if away > 0:
            lights = Image.fromarray(self._scene.lights(time, away)).resize(self._size, Image.Resampling.BILINEAR)
            picture = ImageChops.screen(picture, lights)
        return np.asarray(picture)

    def close(self) -> None: ...

    def _ground(self, time: float) -> Image.Image:
        return Image.fromarray(self._scene.at(time)).resize(self._size, Image.Resampling.BICUBIC)

    def _zoomed(self, still: Image.Image, by: float) -> Image.Image:
        if by <= 0:
            return still
        keep = 1 - ZOOM * _eased(by)
        left = (1 - keep) * self._toward[0] * still.width
        top = (1 - keep) * self._toward[1] * still.height
        box = left, top, left + keep * still.width, top + keep * still.height
        return still.resize(self._size, Image.Resampling.BILINEAR, box)


class _WithCards:
    """References in white frames over it, swaying a little."""

    def __init__(self, ground: Composition, references: list[Input], size: Size, row: Row) -> None:
        self._ground, self._size = ground, size
        self._cards = cards(references, size, row)

    def at(self, time: float) -> Pixels:
        picture = Image.fromarray(self._ground.at(time))
        if picture.size != self._size:
            picture = picture.resize(self._size, Image.Resampling.BICUBIC)
        for i, (card, (left, top)) in enumerate(self._cards):
            sway = np.sin(time * 0.9 + i * 1.7) * SWAY * self._size[1]
            picture.paste(card, (left, top + round(float(sway))))
        return np.asarray(picture)

    def close(self) -> None:
        self._ground.close()


class _Reworked:
    """A film in another light; where only a part of it is to be new, that part alone is."""

    def __init__(self, plan: Plan, source: Input, entropy: bytes) -> None:
        self._size = drawn_size(plan)
        self._film, self._source = Film(source), source
        self._treatment = Treatment(plan, entropy)
        self._fresh = None if plan.fresh is None else (float(plan.fresh[0]), float(plan.fresh[1]))
        self._prepended = (
            float(plan.fresh[1]) if plan.fresh and plan.seconds > source.seconds and not plan.fresh[0] else 0
        )
        references = [each for each in plan.inputs if each.role is Role.REFERENCE]
        self._cards = cards(references, self._size, ASIDE)
        self._drawn: tuple[float, bool] | None = None
        self._pictures: tuple[Image.Image, Image.Image]

    def at(self, time: float) -> Pixels:
        fresh = self._fresh is not None and self._fresh[0] <= time < self._fresh[1]
        frame, soft = self._shown(self._second(time), soft=fresh)
        picture = self._treatment.repainted(soft, time) if fresh else self._treatment.of(frame, time)
        for card, corner in self._cards:
            picture.paste(card, corner)
        return np.asarray(picture)

    def close(self) -> None:
        self._film.close()

    def _shown(self, second: float, *, soft: bool) -> tuple[Image.Image, Image.Image]:
        """The source at that second, as it is and, if wanted, softened. Where it stands still it is drawn once."""
        if (second, soft) != self._drawn:
            frame = fitted(Image.fromarray(self._film.at(second, self._natural())), self._size)
            self._pictures = frame, frame.filter(ImageFilter.GaussianBlur(self._size[1] / 160)) if soft else frame
            self._drawn = second, soft
        return self._pictures

    def _second(self, time: float) -> float:
        """Which second of the source is shown: an extension stands still at its end, or before its beginning."""
        last = max(0.0, float(self._source.seconds) - 1 / float(self._source.rate))
        shifted = max(0.0, time - self._prepended)
        return min(shifted, last) if self._fresh is not None else shifted

    def _natural(self) -> Size:
        scale = min(1.0, DRAWN_LONG_EDGE / max(self._source.width, self._source.height))
        return max(2, round(self._source.width * scale)), max(2, round(self._source.height * scale))


def _eased(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)
