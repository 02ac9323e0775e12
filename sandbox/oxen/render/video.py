"""H.264 films, with AAC when asked for, the same bytes for the same plan.

One encoder thread, no date and no random id in the container: x264 and the muxer are then deterministic.
Containers and streams are Any here: PyAV's annotations leave the kind of a packet open.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from sandbox.oxen.render.composition import Composition, composed
from sandbox.oxen.render.lettering import Overlay, overlays
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.sound import SAMPLE_RATE, Samples, chord, recording

X264 = {"preset": "ultrafast", "crf": "21", "x264-params": "threads=1:lookahead-threads=1:aq-mode=1"}
X264_SKETCH = {"preset": "ultrafast", "crf": "32", "x264-params": "threads=1:lookahead-threads=1:aq-mode=0:chroma-me=0"}
BLACK, WHITE, GREY = 16, 235, 128
BAR_HEIGHT = 0.008
# A sketch has so many frames a second, and its last one.
SKETCHES = 2
BT709 = 1
LIMITED_RANGE = 1

Plane = npt.NDArray[np.uint8]


class Stopped(Protocol):
    def __call__(self) -> bool: ...


def write_video(plan: Plan, path: Path, stopped: Stopped, *, sketch: bool = False) -> None:
    """Stops between two frames when told to; the file is then of no use.

    `sketch`: as large and as long, with the same last frame, but with few frames before it, in a tenth of the time.
    """
    with (
        av.open(str(path), "w", format=plan.extension, options=_muxer()) as opened,
        composed(plan) as composition,
        closing(_sound(plan)) as track,
    ):
        film: Any = opened
        picture = _picture_stream(film, plan, X264_SKETCH if sketch else X264)
        sound: Any = _sound_stream(film) if plan.audio or plan.track else None
        heard = 0  # seconds
        for number, frame in _frames(plan, composition, sketch=sketch):
            if stopped():
                return
            film.mux(_timed(plan, picture.encode(frame)))
            # Sound goes in beside its picture: all of it at the end, a player would have to seek.
            if number / plan.rate >= heard:
                heard += 1
                for second in islice(track, 1):
                    film.mux(sound.encode(second))
        film.mux(_timed(plan, picture.encode(None)))
        for second in track:
            film.mux(sound.encode(second))
        if sound:
            film.mux(sound.encode(None))


def _muxer() -> dict[str, str]:
    return {"fflags": "+bitexact", "movflags": "+faststart"}


def _picture_stream(film: Any, plan: Plan, options: dict[str, str]) -> Any:
    stream = film.add_stream("libx264", rate=plan.rate, options=options)
    stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / plan.rate
    context.thread_count = 1
    context.gop_size = round(plan.rate * 2)
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = LIMITED_RANGE
    return stream


def _timed(plan: Plan, packets: list[Any]) -> list[Any]:
    """The last frame is shown for as long as any other: the muxer would take the time between the two before it."""
    for packet in packets:
        if packet.pts is not None and packet.pts * packet.time_base * plan.rate == plan.frames - 1:
            packet.duration = round(1 / plan.rate / packet.time_base)
    return packets


def _sound_stream(film: Any) -> Any:
    return film.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=96_000)


def _sound(plan: Plan) -> Generator[av.AudioFrame]:
    """The track in pieces of a second."""
    first = 0
    for samples in _samples(plan):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, first, Fraction(1, SAMPLE_RATE)
        first += samples.shape[1]
        yield frame


def _samples(plan: Plan) -> Iterator[Samples]:
    seconds = float(plan.frames / plan.rate)
    if plan.track:
        return recording(plan.track.path, seconds)
    return chord(plan.entropy, seconds) if plan.audio else iter(())


def _frames(plan: Plan, composition: Composition, *, sketch: bool) -> Iterator[tuple[int, VideoFrame]]:
    """The frames that are written, each with its place among all."""
    low = bool(plan.inputs)
    captions = [
        (shot.start, [_Lettering(each) for each in overlays(shot.caption, plan.footer, *_size(plan), low=low)])
        for shot in plan.shots
    ]
    numbers = range(plan.frames)
    if sketch:
        pace = max(1, round(plan.rate / SKETCHES))
        numbers = sorted({*numbers[::pace], plan.frames - 1})
    for number in numbers:
        time = number / plan.rate
        lettering = [layers for start, layers in captions if start <= time][-1]
        frame = _frame(plan, composition.at(float(time)), lettering, (number + 1) / plan.frames)
        frame.pts, frame.time_base = number, 1 / plan.rate
        yield number, frame


def _frame(plan: Plan, ground: Plane, lettering: list["_Lettering"], done: float) -> VideoFrame:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(ground), format="rgb24").reformat(
        *_size(plan), "yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", interpolation="BICUBIC"
    )
    planes = [_pixels(frame, i) for i in range(3)]
    for each in lettering:
        each.lay(planes)
    _progress(planes[0], done)
    return frame


def _size(plan: Plan) -> tuple[int, int]:
    return plan.width, plan.height


def _pixels(frame: VideoFrame, index: int) -> Plane:
    """A plane's own memory: writing here changes the frame."""
    plane: Any = frame.planes[index]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _progress(luma: Plane, done: float) -> None:
    """A thin bright line along the lower edge shows how far the film is."""
    rows, columns = luma.shape
    luma[rows - max(2, round(rows * BAR_HEIGHT)) :, : round(columns * done)] = WHITE


class _Lettering:
    """An overlay made ready for the three planes, in 8-bit fixed point."""

    def __init__(self, overlay: Overlay) -> None:
        self._top, self._left = overlay.top, overlay.left
        half = overlay.keep[::2, ::2]
        self._luma = (
            _fixed(overlay.keep),
            (overlay.ink * (WHITE - BLACK) + BLACK * (1 - overlay.keep)).astype(np.uint16),
        )
        self._chroma = _fixed(half), (GREY * (1 - half)).round().astype(np.uint16)

    def lay(self, planes: list[Plane]) -> None:
        _mix(planes[0], self._top, self._left, *self._luma)
        for plane in planes[1:]:
            _mix(plane, self._top // 2, self._left // 2, *self._chroma)


def _fixed(keep: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    return (keep * 256).round().astype(np.uint16)


def _mix(plane: Plane, top: int, left: int, keep: npt.NDArray[np.uint16], ink: npt.NDArray[np.uint16]) -> None:
    rows, columns = keep.shape
    region = plane[top : top + rows, left : left + columns]
    region[...] = ((region * keep) >> 8) + ink
