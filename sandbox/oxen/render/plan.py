"""What will be rendered: a request turned into pixels, frames and captions, before anything runs."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sandbox.oxen.catalogue import MediaType, Model
from sandbox.oxen.parameters import Refused, checked, shot_seconds
from sandbox.oxen.render.size import image_size, video_size

DEFAULT_SECONDS = 5
LONGEST_SECONDS = 60
DEFAULT_RATE = Fraction(24)
BROADCAST_RATES = {23.976: Fraction(24000, 1001), 29.97: Fraction(30000, 1001), 59.94: Fraction(60000, 1001)}
VIDEO_FORMATS = {"mp4": "mp4", "mov": "mov"}
IMAGE_FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A caption and the second at which it comes up."""

    start: int
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that the bytes of a result depend on.

    `seconds` and `rate` (frames a second) are for video only; `entropy` is what the look is drawn from.
    """

    media_type: MediaType
    width: int
    height: int
    extension: str
    shots: tuple[Shot, ...]
    footer: str
    entropy: bytes
    seconds: Fraction = Fraction(0)
    rate: Fraction = DEFAULT_RATE
    audio: bool = False

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.rate))


def plan(model: Model, parameters: Mapping[str, Any], index: int) -> Plan:
    """The plan of output `index` of a request. Raises Refused when the parameters break the model's schema."""
    values = checked(model, parameters)
    seed = values.get("seed")
    footer = " · ".join([model.id, *([f"seed {seed}"] if seed is not None else []), "sandbox"])
    is_image = model.media_type == "image"
    width, height = image_size(values) if is_image else video_size(values)
    still = Plan(
        media_type="image" if is_image else "video",
        width=width,
        height=height,
        extension=_extension(values, IMAGE_FORMATS if is_image else VIDEO_FORMATS),
        shots=_shots(values),
        footer=footer,
        entropy=_entropy(model, values, index),
    )
    if is_image:
        return still
    rate = _rate(values)
    return replace(still, seconds=_seconds(values, rate), rate=rate, audio=values.get("generate_audio") is True)


def _extension(values: Mapping[str, Any], known: Mapping[str, str]) -> str:
    return known.get(str(values.get("output_format"))) or next(iter(known.values()))


def _entropy(model: Model, values: Mapping[str, Any], index: int) -> bytes:
    """The provider draws a seed when none is given; here the same request always gives the same bytes."""
    identity = [model.id, values.get("prompt"), values.get("multi_prompt"), values.get("seed"), index]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).digest()


def _shots(values: Mapping[str, Any]) -> tuple[Shot, ...]:
    shots: list[Mapping[str, Any]] = values.get("multi_prompt") or []
    if not shots:
        return (Shot(start=0, caption=_printable(values.get("prompt") or "")),)
    starts = [sum(shot_seconds(each) for each in shots[:i]) for i in range(len(shots))]
    return tuple(
        Shot(start=start, caption=_printable(shot["prompt"])) for start, shot in zip(starts, shots, strict=True)
    )


def _printable(text: str) -> str:
    """Half a surrogate pair is valid in JSON, and nowhere else."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _rate(values: Mapping[str, Any]) -> Fraction:
    asked: Any = next(
        (values[key] for key in ("fps", "frames_per_second", "target_fps") if key in values), DEFAULT_RATE
    )
    return BROADCAST_RATES.get(asked) or Fraction(asked).limit_denominator(1001)


def _seconds(values: Mapping[str, Any], rate: Fraction) -> Fraction:
    if shots := values.get("multi_prompt"):
        return Fraction(sum(shot_seconds(shot) for shot in shots))
    asked: Any = next((values[key] for key in ("duration", "seconds") if key in values), None)
    if asked is None and isinstance(values.get("num_frames"), int):
        return values["num_frames"] / rate
    seconds = _number(asked)
    if not 0 < seconds <= LONGEST_SECONDS:
        raise Refused(f"duration must be between 1 and {LONGEST_SECONDS}")
    return seconds


def _number(asked: Any) -> Fraction:
    """`5`, `"5"`, `"5s"`; `-1`, `0` and `"auto"` leave it to the model."""
    if isinstance(asked, int) or (isinstance(asked, float) and math.isfinite(asked)):
        return Fraction(DEFAULT_SECONDS) if asked in {0, -1} else Fraction(asked).limit_denominator(1000)
    number = re.fullmatch(r"(\d{1,4})s?", str(asked))
    return Fraction(int(number[1])) if number else Fraction(DEFAULT_SECONDS)
