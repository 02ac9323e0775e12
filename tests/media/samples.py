"""One whole file of each format, as encoders write it, in memory; and in the ways in which they differ."""

import functools
import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

SIZE = (96, 64)
_QUIET: Mapping[str, Mapping[str, str]] = {"libx265": {"x265-params": "log-level=none"}}


@functools.cache
def sample(name: str) -> bytes:
    """The bytes of the sample of that name: the format, a hyphen, and what is special about it."""
    return SAMPLES[name]()


def _noise(size: tuple[int, int] = SIZE) -> Image.Image:
    pixels = np.random.default_rng(7).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def _picture(form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    _noise().save(file, form, **options)
    return file.getvalue()


def _with_thumbnail() -> bytes:
    """A JPEG whose EXIF holds a whole JPEG."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + _picture("JPEG", quality=50)
    return _picture("JPEG", exif=exif)


def _moving(form: str) -> bytes:
    others = [_noise().rotate(90 * turn) for turn in (1, 2)]
    return _picture(form, save_all=True, append_images=others, duration=100)


def _film(form: str, codec: str, *, options: Mapping[str, str] | None = None) -> bytes:
    with tempfile.NamedTemporaryFile() as file:  # by its name: some writers read again what they wrote
        _roll(file.name, form, codec, options or {})
        return file.read()


def _roll(file: Any, form: str, codec: str, options: Mapping[str, str]) -> None:
    with av.open(file, "w", format=form, options=dict(options)) as container:
        stream: Any = container.add_stream(codec, rate=10, options=dict(_QUIET.get(codec, {})))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for turn in range(12):
            container.mux(stream.encode(av.VideoFrame.from_image(_noise().rotate(30 * turn))))
        container.mux(stream.encode())


def sound(form: str, codec: str, *, options: Mapping[str, str] | None = None, rate: int = 48000) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form, options=dict(options or {})) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        resampler = av.AudioResampler(stream.format, stream.layout, rate, stream.codec_context.frame_size or 1024)
        noise = np.random.default_rng(7).integers(-9000, 9000, (1, rate), dtype=np.int16)
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
        frame.sample_rate = rate
        for each in (frame, None):
            for ready in resampler.resample(each):
                container.mux(stream.encode(ready))
        container.mux(stream.encode())
    return file.getvalue()


class _Pipe(io.RawIOBase):
    """Takes what is written and cannot go back, as a recorder that streams."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.content += bytes(data)
        return len(data)


def _recorded(form: str, codec: str) -> bytes:
    pipe = _Pipe()
    _roll(pipe, form, codec, {})
    return pipe.content


SAMPLES: Mapping[str, Callable[[], bytes]] = {
    "jpg": lambda: _picture("JPEG", quality=95),
    "jpg-progressive": lambda: _picture("JPEG", progressive=True),
    "jpg-restarts": lambda: _picture("JPEG", restart_marker_blocks=4),
    "jpg-thumbnail": _with_thumbnail,
    "png": lambda: _picture("PNG"),
    "png-moving": lambda: _moving("PNG"),
    "gif": lambda: _picture("GIF"),
    "gif-moving": lambda: _moving("GIF"),
    "webp": lambda: _picture("WEBP"),
    "webp-lossless": lambda: _picture("WEBP", lossless=True),
    "webp-moving": lambda: _moving("WEBP"),
    "avif": lambda: _picture("AVIF"),
    "mp4": lambda: _film("mp4", "libx264"),
    "mp4-faststart": lambda: _film("mp4", "libx264", options={"movflags": "faststart"}),
    "mp4-fragments": lambda: _film("mp4", "libx264", options={"movflags": "frag_keyframe+empty_moov"}),
    "mp4-hevc": lambda: _film("mp4", "libx265"),
    "mov": lambda: _film("mov", "libx264"),
    "webm": lambda: _film("webm", "libvpx-vp9"),
    "webm-recorded": lambda: _recorded("webm", "libvpx"),
    "mkv": lambda: _film("matroska", "libx264"),
    "wav": lambda: sound("wav", "pcm_s16le"),
    "mp3": lambda: sound("mp3", "libmp3lame"),
    "mp3-bare": lambda: sound("mp3", "libmp3lame", options={"write_xing": "0", "id3v2_version": "0"}),
    "ogg": lambda: sound("ogg", "libopus"),
    "flac": lambda: sound("flac", "flac"),
    "m4a": lambda: sound("ipod", "aac"),
}
FORMATS: Mapping[str, str] = {name: name.partition("-")[0] for name in SAMPLES}


def roll(path: Path, form: str, codec: str, pixels: str, *, size: tuple[int, int] = (96, 64), frames: int = 12) -> Path:
    """A video of noise, with a sound."""
    noise = np.random.default_rng(7)
    with av.open(str(path), "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=10, options=dict(_QUIET.get(codec, {})))
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        sound: Any = container.add_stream("libopus" if form == "webm" else "aac", rate=48000, layout="stereo")
        for _ in range(frames):
            frame = av.VideoFrame.from_ndarray(noise.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        heard = av.AudioFrame.from_ndarray(np.zeros((2, 48000), dtype=np.float32), format="fltp", layout="stereo")
        heard.sample_rate = 48000
        resampler = av.AudioResampler(sound.format, sound.layout, 48000, sound.codec_context.frame_size or 1024)
        for each in (heard, None):
            for ready in resampler.resample(each):
                container.mux(sound.encode(ready))
        container.mux(sound.encode())
    return path


def look(path: Path) -> dict[str, Any]:
    """What a player would find; all pictures are decoded."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        frames = list(container.decode(video))
        return {
            "codec": video.codec_context.name,
            "pixels": video.codec_context.pix_fmt,
            "size": (frames[0].width, frames[0].height),
            "frames": len(frames),
            "sounds": [stream.codec_context.name for stream in container.streams.audio],
        }
