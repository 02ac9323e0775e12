"""How long a film will be, and how many frames a second it has."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sandbox.oxen.catalogue import Model
from sandbox.oxen.inputs.values import Input, Role, first
from sandbox.oxen.parameters import Refused, shot_seconds

DEFAULT_SECONDS = 5
LONGEST_SECONDS = 60
DEFAULT_RATE = Fraction(24)
FASTEST_RATE = 60
BROADCAST_RATES = {23.976: Fraction(24000, 1001), 29.97: Fraction(30000, 1001), 59.94: Fraction(60000, 1001)}
LENGTHS = ("duration", "seconds")


def rate(model: Model, values: Mapping[str, Any], given: Mapping[str, Any], inputs: tuple[Input, ...]) -> Fraction:
    """Frames a second. `given`: without the model's defaults. A reworked film keeps its own unless asked otherwise."""
    source = first(inputs, Role.SOURCE)
    interpolates = values.get("interpolate_frames", "interpolate_frames" not in model.properties)
    asked = given if source and not interpolates else values
    names = ("fps", "frames_per_second", "output_fps", "target_fps")
    if (named := next((asked[name] for name in names if name in asked), None)) is not None:
        return _fraction(named)
    return min(source.rate, Fraction(FASTEST_RATE)).limit_denominator(1001) if source else DEFAULT_RATE


def seconds(
    model: Model, values: Mapping[str, Any], given: Mapping[str, Any], inputs: tuple[Input, ...], rate: Fraction
) -> Fraction:
    """Raises Refused when what is asked for is not within 0 and 60."""
    asked = _asked(values, rate)
    if not 0 < asked <= LONGEST_SECONDS:
        raise Refused(f"duration must be between 1 and {LONGEST_SECONDS}")
    return _of_input(model, values, given, inputs, rate) or asked


def extension(model: Model, values: Mapping[str, Any]) -> Fraction:
    """By how much a model that extends films extends this one; 0 for all others."""
    return _number(values.get("duration")) if "extend" in model.id else Fraction(0)


def _of_input(
    model: Model, values: Mapping[str, Any], given: Mapping[str, Any], inputs: tuple[Input, ...], rate: Fraction
) -> Fraction | None:
    """What the film or the sound that came along makes of it, where the request names no length itself."""
    if source := first(inputs, Role.SOURCE):
        if "retake" in model.id:
            return source.seconds
        if "extend" in model.id:
            return source.seconds + extension(model, values)
        if isinstance(most := values.get("max_frames"), int) and most > 0:
            return min(source.seconds, most / rate)
        named = any(given.get(name) not in {None, 0, -1, "auto"} for name in LENGTHS) or "num_frames" in given
        return None if named else source.seconds
    sound = first(inputs, Role.SOUND)
    follows = "audio-to-video" in model.id and values.get("match_audio_length") is not False
    return sound.seconds if sound and follows else None


def _asked(values: Mapping[str, Any], rate: Fraction) -> Fraction:
    if shots := values.get("multi_prompt"):
        return Fraction(sum(shot_seconds(shot) for shot in shots))
    asked: Any = next((values[key] for key in LENGTHS if key in values), None)
    if asked is None and isinstance(values.get("num_frames"), int):
        return values["num_frames"] / rate
    return _number(asked)


def _number(asked: Any) -> Fraction:
    """`5`, `"5"`, `"5s"`; `-1`, `0` and `"auto"` leave it to the model."""
    if isinstance(asked, int) or (isinstance(asked, float) and math.isfinite(asked)):
        return Fraction(DEFAULT_SECONDS) if asked in {0, -1} else Fraction(asked).limit_denominator(1000)
    number = re.fullmatch(r"(\d{1,4})s?", str(asked))
    return Fraction(int(number[1])) if number else Fraction(DEFAULT_SECONDS)


def _fraction(asked: Any) -> Fraction:
    named = BROADCAST_RATES.get(asked) or Fraction(asked).limit_denominator(1001)
    if not 0 < named <= FASTEST_RATE:
        raise Refused(f"frames per second must be between 1 and {FASTEST_RATE}")
    return named
