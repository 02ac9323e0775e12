"""Orders made from a model's schema: what is required, a full one, and each parameter wrong in turn.

What a valid order should come back as is worked out here from the schema and the order alone.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from sandbox.oxen.catalogue import Model
from tests.sandbox_oxen.files import FILM_SECONDS, Cdn

Order = dict[str, Any]
INPUT_FORMATS = {"uri", "MP4"}
LENGTHS = ("duration", "seconds")
USUAL_RATE = 24
SIZES = (*LENGTHS, "num_frames", "width", "height", "resolution", "target_resolution", "size")
# Parameters that choose between parts of the order; left alone, the whole order counts.
LEFT_ALONE = {"multi_prompt", "video_mode", "max_frames"}


def required(model: Model, cdn: Cdn) -> Order:
    """What the schema requires, and a prompt where there can be one; everything else is left to its defaults."""
    names = [*model.required, *(["prompt"] if "prompt" in model.properties else [])]
    return {"model": model.id} | {name: _value(name, model.properties[name], cdn) for name in names}


def full(model: Model, cdn: Cdn) -> Order:
    """Every parameter, as short and as small as can be."""
    names = model.properties.keys() - LEFT_ALONE
    return {"model": model.id} | {name: _value(name, model.properties[name], cdn) for name in sorted(names)}


def wrong(model: Model, cdn: Cdn) -> Iterator[tuple[str, Order]]:
    """(parameter, order in which this one alone is wrong)."""
    good = required(model, cdn)
    for name, rule in model.properties.items():
        if name != "multi_prompt":
            yield name, good | {name: _wrong(rule)}
    for name in set(model.required) - {"prompt"}:
        yield name, {key: value for key, value in good.items() if key != name}


def _value(name: str, rule: Mapping[str, Any], cdn: Cdn) -> Any:
    if rule.get("format") in INPUT_FORMATS:
        return cdn.url(_file(name))
    match rule.get("type"):
        case "array":
            return [_value(name, rule.get("items", {}), cdn)]
        case "object":
            fields = rule.get("properties", {})
            return {key: _value(key, fields[key], cdn) for key in fields} or _free(name, cdn)
        case kind:
            return _plain(name, rule, kind)


def _plain(name: str, rule: Mapping[str, Any], kind: object) -> Any:
    if "enum" in rule:
        return min(rule["enum"], key=_size) if name in SIZES else rule["enum"][-1]
    if kind == "boolean":
        return name in {"generate_audio", "interpolate_frames"}
    return _number(name, rule) if kind in {"integer", "number"} else "a fox in the snow"


def _free(name: str, cdn: Cdn) -> Any:
    """Objects without a schema: one that names an input where the name says so."""
    return {"x": 0, "y": 0} if name == "source_position" else {"url": cdn.url(_file(name))}


def _file(name: str) -> str:
    if "audio" in name:
        return "sound.wav"
    return "film.mp4" if "video" in name else "picture.png"


def _size(choice: object) -> tuple[bool, float]:
    """Smallest first; what leaves it to the model, last."""
    digits = re.search(r"[\d.]+", str(choice))
    number = float(digits[0]) if digits else 0.0
    if str(choice).lower().endswith("k"):
        number *= 1000
    return number <= 0, number


def _number(name: str, rule: Mapping[str, Any]) -> float:
    if name in {"num_frames", "frames_per_second", "width", "height"}:
        return {"num_frames": 24, "frames_per_second": 12, "width": 320, "height": 240}[name]
    if name in {"output_fps", "duration"}:
        return max(rule.get("minimum", 2), 1)
    return rule.get("minimum", rule.get("default", 1))


def _wrong(rule: Mapping[str, Any]) -> Any:
    if "enum" in rule:
        return "no such choice"
    if rule.get("format") in INPUT_FORMATS:
        return "no url"
    if "maximum" in rule:
        return rule["maximum"] + 1
    if "maxLength" in rule:
        return "x" * (rule["maxLength"] + 1)
    return {"array": 7, "object": 7, "string": 7}.get(rule["type"], "seven")


def seconds(model: Model, order: Order) -> Fraction:
    """How long the film should be."""
    asked = {**model.defaults, **order}
    if any(slot in order for slot in ("input_video", "video_url")) and "image-to-video" not in model.id:
        return _of_film(model, order, asked)
    if "audio-to-video" in model.id and asked.get("match_audio_length", True):
        return Fraction(3)
    if named := _named(asked):
        return named
    frames = asked.get("num_frames")
    return _frames(model, order, frames) if frames and "duration" not in asked else Fraction(5)


def _of_film(model: Model, order: Order, asked: Order) -> Fraction:
    if "retake" in model.id:
        return Fraction(FILM_SECONDS)
    if "extend" in model.id:
        return FILM_SECONDS + Fraction(asked["duration"])
    if named := _named(order):
        return named
    return _frames(model, order, order["num_frames"]) if "num_frames" in order else Fraction(FILM_SECONDS)


def _frames(model: Model, order: Order, count: int) -> Fraction:
    return count / Fraction(str(rate(model, order) or USUAL_RATE))


def _named(asked: Order) -> Fraction | None:
    given = next((str(asked[name]) for name in LENGTHS if name in asked), "")
    number = re.fullmatch(r"(\d+(\.\d+)?)s?", given)
    return Fraction(number[1]) or None if number else None


def rate(model: Model, order: Order) -> float | None:
    """Frames a second, where the order or the schema names them."""
    asked = {**model.defaults, **order}
    names = ["fps", "frames_per_second", "output_fps"]
    if asked.get("interpolate_frames", True):
        names.append("target_fps")
    return next((asked[name] for name in names if name in asked), None)


def short_edge(model: Model, order: Order) -> int | None:
    """The film's short edge in pixels, where the order or the schema names it by lines."""
    asked = {**model.defaults, **order}
    lines = re.fullmatch(r"(\d+)p", str(asked.get("resolution", asked.get("target_resolution"))).lower())
    return int(lines[1]) if lines else None


def shape(model: Model, order: Order) -> float | None:
    """Width by height, where the order or the schema names it."""
    asked = {**model.defaults, **order}
    if "width" in asked:
        return asked["width"] / asked["height"]
    ratio = re.fullmatch(r"([\d.]+):([\d.]+)", str(asked.get("aspect_ratio")))
    return float(ratio[1]) / float(ratio[2]) if ratio else None
