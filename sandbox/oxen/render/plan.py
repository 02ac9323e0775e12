"""What will be rendered: a request turned into pixels, frames and captions, before anything is drawn."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sandbox.oxen.catalogue import MediaType, Model
from sandbox.oxen.inputs.values import Input, Kind, Role, first
from sandbox.oxen.parameters import checked, shot_seconds
from sandbox.oxen.render import length
from sandbox.oxen.render.size import Size, image_size, video_size

VIDEO_FORMATS = {"mp4": "mp4", "mov": "mov"}
IMAGE_FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp"}
# The upscaling models that name no factor.
USUAL_GROWTH = 2.0
# The words in their names by which models are known that add nothing of their own to what they are given.
FAITHFUL = ("topazlabs", "reframe", "extend", "retake", "hdr")
LATEST = 3600


class Look(StrEnum):
    """What becomes of an input: repainted in other light, left as it is (enlarged), its depth, its subject."""

    REPAINTED = "repainted"
    FAITHFUL = "faithful"
    DEPTH = "depth"
    CUT_OUT = "cut out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A caption and the second at which it comes up."""

    start: int
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that the bytes of a result depend on.

    `seconds` and `rate` (frames a second) are for video only; `entropy` is what the look is drawn from. `audio`:
    a chord is played; `track`: the sound of this input is. `fresh`: from when to when (in seconds of the result) a
    reworked film shows something new, None for all of it.
    """

    media_type: MediaType
    width: int
    height: int
    extension: str
    shots: tuple[Shot, ...]
    footer: str
    entropy: bytes
    seconds: Fraction = Fraction(0)
    rate: Fraction = length.DEFAULT_RATE
    audio: bool = False
    track: Input | None = None
    inputs: tuple[Input, ...] = ()
    look: Look = Look.REPAINTED
    colormap: str = "grayscale"
    fresh: tuple[Fraction, Fraction] | None = None
    loops: bool = False

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.rate))


def plan(model: Model, parameters: Mapping[str, Any], index: int, inputs: tuple[Input, ...] = ()) -> Plan:
    """The plan of output `index` of a request. Raises Refused when the parameters break the model's schema.

    Without the inputs, what depends on them (the size of a film that is reworked, say) is what it would be by default.
    """
    values = checked(model, parameters)
    seed = values.get("seed")
    is_image = model.media_type == "image"
    width, height = _size(model, values, inputs)
    still = Plan(
        media_type="image" if is_image else "video",
        width=width,
        height=height,
        extension=_extension(values, IMAGE_FORMATS if is_image else VIDEO_FORMATS),
        shots=_shots(values),
        footer=" · ".join([model.id, *([f"seed {seed}"] if seed is not None else []), "sandbox"]),
        entropy=_entropy(model, values, index),
        inputs=inputs,
        look=_look(model),
        colormap=str(values.get("colormap", "grayscale")),
        loops=values.get("loop") is True,
    )
    return still if is_image else _moving(still, model, values, parameters)


def _moving(still: Plan, model: Model, values: Mapping[str, Any], parameters: Mapping[str, Any]) -> Plan:
    inputs = still.inputs
    given = {name: value for name, value in parameters.items() if value is not None and name in values}
    rate = length.rate(model, values, given, inputs)
    seconds = length.seconds(model, values, given, inputs, rate)
    track = _track(values, inputs)
    return replace(
        still,
        seconds=seconds,
        rate=rate,
        audio=values.get("generate_audio") is True and track is None,
        track=track,
        fresh=_fresh(model, values, seconds),
    )


def _size(model: Model, values: Mapping[str, Any], inputs: tuple[Input, ...]) -> Size:
    source, start = first(inputs, Role.SOURCE), first(inputs, Role.START)
    if start is None and "image-to-video" in model.id:  # it goes on from the film
        start = next((each for each in inputs if each.kind is Kind.VIDEO), None)
    natural = (start.width, start.height) if start else None
    if model.media_type == "image":
        return image_size(values, natural, grows=USUAL_GROWTH if _look(model) is Look.FAITHFUL else None)
    return video_size(values, natural, source=(source.width, source.height) if source else None)


def _look(model: Model) -> Look:
    if any(word in model.id for word in FAITHFUL):
        return Look.FAITHFUL
    if "depth" in model.id:
        return Look.DEPTH
    return Look.CUT_OUT if model.id.startswith("sam-") else Look.REPAINTED


def _fresh(model: Model, values: Mapping[str, Any], seconds: Fraction) -> tuple[Fraction, Fraction] | None:
    """Retakes replace a part, extensions add one; all else is reworked as a whole."""
    if added := length.extension(model, values):
        return (Fraction(0), added) if values.get("mode") == "start" else (seconds - added, seconds)
    if "retake" not in model.id:
        return None
    if values.get("mode", values.get("retake_mode")) == "replace_audio":
        return Fraction(0), Fraction(0)
    start = _second(values.get("start_time", values.get("retake_start_time", 0)))
    return start, start + _second(values.get("duration", values.get("retake_duration", 2)))


def _second(asked: float) -> Fraction:
    return Fraction(min(max(asked, 0), LATEST)).limit_denominator(1000)


def _track(values: Mapping[str, Any], inputs: tuple[Input, ...]) -> Input | None:
    """The sound that came along, else that of a reworked film, unless it is to be replaced."""
    if sound := first(inputs, Role.SOUND):
        return sound
    source = first(inputs, Role.SOURCE)
    kept = all(values.get(name) is not False for name in ("keep_audio", "keep_original_sound"))
    replaced = "audio" in str(values.get("mode", values.get("retake_mode", ""))) or values.get("generate_audio") is True
    return source if source and source.sounds and kept and not replaced else None


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
