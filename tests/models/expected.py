"""What should come of an order, by the model's schema and the provider's pages alone.

Nothing here has been taken from the stand-in. What a schema leaves to the model is not judged: a length of "auto", a
shape that follows nothing in particular.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from tests.domain.kit import SCHEMAS
from tests.models.kit import LENGTHS, MAKES
from tests.sandbox_oxen.files import FILM_SECONDS, SOUND_SECONDS, TALL

Parameters = Mapping[str, Any]
STARTS = ("input_image", "start_image_url", "first_frame_image")
WORDS = {"landscape": 16 / 9, "portrait": 9 / 16}
ONE_FRAME = 1 / 12  # seconds, of the slowest film here
_SOURCES = ("input_video", "video_url")


def is_what_was_asked(path: Path, model_id: str, sent: Parameters) -> None:
    """Fails unless the file is of the kind, size and length that `sent` asks for, with sound if that was asked for."""
    asked = _defaults(model_id) | dict(sent)
    if MAKES[model_id] == "image":
        _is_the_picture(path, asked)
    else:
        _is_the_film(path, model_id, sent, asked)


def _defaults(model_id: str) -> dict[str, Any]:
    properties = SCHEMAS[model_id]["properties"]
    return {name: rule["default"] for name, rule in properties.items() if "default" in rule}


def _is_the_picture(path: Path, asked: Parameters) -> None:
    with Image.open(path) as picture:
        picture.load()
        width, height = picture.size
        kind = picture.format
    if "output_format" in asked:
        assert kind == {"jpg": "JPEG"}.get(asked["output_format"], asked["output_format"].upper())
    grown = re.fullmatch(r"(\d)x", str(asked.get("upscale_factor", asked.get("scale"))))
    if grown:
        assert (width, height) == tuple(edge * int(grown[1]) for edge in TALL)
        return
    _has_the_shape(width, height, asked)
    area = str(asked.get("resolution", asked.get("size", ""))).lower()
    if megapixels := re.fullmatch(r"([\d.]+) mp", area):
        assert width * height / 1e6 == _about(float(megapixels[1]), 0.1)
    elif thousands := re.fullmatch(r"(\d)k", area):
        assert max(width, height) == _about(1024 * int(thousands[1]), 0.25)


def _is_the_film(path: Path, model_id: str, sent: Parameters, asked: Parameters) -> None:
    with av.open(str(path)) as opened:
        (video,) = opened.streams.video
        assert video.duration is not None
        assert video.time_base is not None
        length = float(video.duration * video.time_base)
        width, height, tracks = video.width, video.height, len(opened.streams.audio)
        # Packets tell the time of each frame, and nothing has to be decoded for it.
        frames = sorted((packet.pts, packet.duration or 0) for packet in opened.demux(video) if packet.pts is not None)
        assert frames[0][0] == 0
        assert sum(frames[-1]) == video.duration
        rate = _rate(asked)
        assert rate is None or 1 / (frames[-1][1] * float(video.time_base)) == _about(rate, 1e-2)
    wanted = _seconds(model_id, sent, asked)
    assert 0 < length <= 60 if wanted is None else abs(length - wanted) <= ONE_FRAME, (length, wanted)
    lines = re.fullmatch(r"(\d+)p", str(asked.get("resolution", asked.get("target_resolution"))).lower())
    if lines:
        assert min(width, height) == int(lines[1])
    if "width" in asked:
        assert (width, height) == (asked["width"], asked["height"])
    _has_the_shape(width, height, asked)
    brings_sound = any("audio" in name and isinstance(sent[name], str | list) for name in sent)
    brings_film = any("video" in name and isinstance(sent[name], str | list) for name in sent)
    if "generate_audio" in asked and not brings_sound and not brings_film:
        assert tracks == int(asked["generate_audio"])


def _has_the_shape(width: int, height: int, asked: Parameters) -> None:
    wanted = str(asked.get("aspect_ratio"))
    ratio = re.fullmatch(r"([\d.]+):([\d.]+)", wanted)
    if ratio:
        assert width / height == _about(float(ratio[1]) / float(ratio[2]), 0.04)
    elif wanted in WORDS:
        assert width / height == _about(WORDS[wanted], 0.04)
    elif wanted in {"auto", "adaptive", "match_input_image"} and any(name in asked for name in STARTS):
        assert width / height == _about(TALL[0] / TALL[1], 0.04)


def _seconds(model_id: str, sent: Parameters, asked: Parameters) -> float | None:
    """None where the model decides."""
    if "multi_prompt" in sent:
        return float(sum(shot["duration"] for shot in sent["multi_prompt"]))
    named = _length(next((asked[name] for name in LENGTHS if name in asked), None))
    if any(name in sent for name in _SOURCES) and "image-to-video" not in model_id:
        return _of_film(model_id, sent, named)
    if "audio-to-video" in model_id and asked.get("match_audio_length", True):
        return float(SOUND_SECONDS)
    return named or _of_frames(asked)


def _of_film(model_id: str, sent: Parameters, named: float | None) -> float | None:
    """A film that is worked on: retakes replace a part of it, extensions add to it, all else keeps it as it is."""
    if "retake" in model_id:
        return float(FILM_SECONDS)
    if "extend" in model_id:
        return FILM_SECONDS + (named or 0)
    if any(name in sent for name in LENGTHS):
        return named
    return _of_frames(sent) if "num_frames" in sent else float(FILM_SECONDS)


def _rate(asked: Parameters) -> float | None:
    """Frames a second, where they are named."""
    names = ["fps", "frames_per_second", "output_fps"]
    if asked.get("interpolate_frames", True):
        names.append("target_fps")
    return next((asked[name] for name in names if name in asked), None)


def _of_frames(asked: Parameters) -> float | None:
    if "num_frames" not in asked:
        return None
    rate = asked.get("frames_per_second", 24)
    return asked["num_frames"] / rate


def _length(named: object) -> float | None:
    number = re.fullmatch(r"(\d+(?:\.\d+)?)s?", str(named))
    return (float(number[1]) or None) if number else None


def _about(wanted: float, share: float) -> Any:
    return pytest.approx(wanted, rel=share)
