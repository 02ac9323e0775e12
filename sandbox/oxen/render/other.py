"""Results as nobody asked for them: another container, another codec, another kind of media altogether.

A second of the plan's landscape, small: what is put to the test is what a client makes of the format.
"""

import io
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.scene import Scene
from sandbox.oxen.render.sound import SAMPLE_RATE, chord

LONG_EDGE, RATE, SECONDS = 160, 10, 1
# Container, codec, pixel format, and what quiets or speeds up the encoder.
FILMS: Mapping[str, tuple[str, str, str, Mapping[str, str]]] = {
    "h264": ("mp4", "libx264", "yuv420p", {"preset": "ultrafast"}),
    "hevc": ("mp4", "libx265", "yuv420p", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "10bit": ("mp4", "libx265", "yuv420p10le", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "av1": ("mp4", "libsvtav1", "yuv420p", {"preset": "12", "svtav1-params": "log-level=none"}),
    "mov": ("mov", "libx264", "yuv420p", {"preset": "ultrafast"}),
    "webm": ("webm", "libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "mkv": ("matroska", "libx264", "yuv420p", {"preset": "ultrafast"}),
    "avi": ("avi", "mpeg4", "yuv420p", {}),
}
STILLS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "avif": "AVIF", "bmp": "BMP"}
MOVING = {"gif": "GIF", "apng": "PNG", "webp-moving": "WEBP"}
SOUNDS = {"mp3": ("mp3", "libmp3lame"), "m4a": ("ipod", "aac")}
# What is no media at all, or not what it begins like.
BYTES: Mapping[str, Callable[[bytes], bytes]] = {
    "unknown": lambda entropy: entropy * 64,
    "html": lambda _: b"<!doctype html><title>Sign in</title>",
}


def write_other(plan: Plan, path: Path, form: str) -> None:
    """Writes a result of the format in place of the planned one."""
    if form in BYTES:
        path.write_bytes(BYTES[form](plan.entropy))
    elif form in SOUNDS:
        path.write_bytes(_sound(plan, *SOUNDS[form]))
    elif form in FILMS:
        path.write_bytes(_film(plan, *FILMS[form]))
    else:
        frames = _frames(plan) if form in MOVING else _frames(plan)[:1]
        moving = {"save_all": True, "append_images": frames[1:], "duration": 100} if frames[1:] else {}
        frames[0].save(path, {**STILLS, **MOVING}[form], **moving)


def _frames(plan: Plan) -> list[Image.Image]:
    scale = LONG_EDGE / max(plan.width, plan.height)
    width, height = (max(16, round(side * scale) // 2 * 2) for side in (plan.width, plan.height))
    scene = Scene(plan.entropy, width, height, detail=LONG_EDGE)
    return [Image.fromarray(scene.at(n / RATE)).resize((width, height)) for n in range(RATE * SECONDS)]


def _film(plan: Plan, form: str, codec: str, pixels: str, options: Mapping[str, str]) -> bytes:
    """Containers and streams are Any here, as in `video.py`."""
    out, frames = io.BytesIO(), _frames(plan)
    with av.open(out, "w", format=form, options={"fflags": "+bitexact"}) as opened:
        film: Any = opened
        stream = film.add_stream(codec, rate=RATE, options=dict(options))
        stream.width, stream.height, stream.pix_fmt = *frames[0].size, pixels
        for number, picture in enumerate(frames):
            frame = VideoFrame.from_ndarray(np.asarray(picture), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return out.getvalue()


def _sound(plan: Plan, form: str, codec: str) -> bytes:
    out, first = io.BytesIO(), 0
    with av.open(out, "w", format=form, options={"fflags": "+bitexact"}) as opened:
        file: Any = opened
        stream = file.add_stream(codec, rate=SAMPLE_RATE, layout="stereo")
        for samples in chord(plan.entropy, SECONDS):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, first, Fraction(1, SAMPLE_RATE)
            first += samples.shape[1]
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()
