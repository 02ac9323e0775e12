"""Makes a copy that a channel shows of a video or an image that it does not, or that is too large; in its own process.

    python -m bot.media.encoding SOURCE TARGET BYTES

The file comes from outside, and a decoder is the largest piece of code that Drover lets near it. So this process is
given no key and no database, opens this one file with the reader that its first bytes ask for, and limits its memory,
its time and its output before that (docs/decisions/0047-every-result-plays.md). It ends with the number of the `Way`
that it went; anything else is a failure.

What plays everywhere is H.264 with 8 bits and 4:2:0 in MP4, with AAC or no sound, the index at the beginning. An image
becomes a WebP.
"""

import contextlib
import os
import resource
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.video.frame import PictureType

from bot.domain.models.slots import InputKind
from bot.media.probe import probe
from bot.media.transcoder import Way

MEMORY = 400 * 1024 * 1024  # bytes of data: three quarters are used at most, the rest is stacks of threads
CPU_SECONDS = 600
_THREADS = 2
_LARGE = 2560 * 1440  # pixels: a decoder keeps up to eight frames, and of larger ones each takes 12 to 25 MiB
_LEAN = "bframes=0:rc-lookahead=1:sync-lookahead=0"  # an encoder that keeps few frames: it takes more bits
_MOST_PIXELS = 8192 * 4320  # of a frame
_MOST_BROKEN = 200  # packets that cannot be decoded, before the file is given up
_FITS = 0.95  # of the bytes that are allowed: the encoder comes close to what it is asked for, and the frame takes some
_SOUND_BITS = 128_000  # a second
_SIDES = (1080, 720, 480, 360)
_BITS_A_PIXEL = 0.045  # below it H.264 shows blocks
_PREVIEW_SECONDS = 10
_PREVIEW_SIDE = 480
_BOXES = "mov"
_READERS = {  # FFmpeg's, by `MediaInfo.suffix`
    **dict.fromkeys(("mp4", "mov", "3gp"), _BOXES),
    **dict.fromkeys(("webm", "mkv"), "matroska"),
    "gif": "gif",
    "png": "png_pipe",
    "jpg": "jpeg_pipe",
    "webp": "webp_pipe",
}
_PLAYED_CONTAINERS = frozenset({"mp4", "webm"})
_PLAYED = frozenset({"h264", "vp8", "vp9", "av1"})
_PLAYED_SOUNDS = frozenset({"aac", "mp3", "opus", "vorbis"})
_OF_MP4 = frozenset({"aac", "mp3"})
_EIGHT_BITS = frozenset({"yuv420p", "yuvj420p"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """Pixels of the shorter side, bits a second for the pictures, seconds that are made (None: all)."""

    side: int
    bits: int
    seconds: float | None = None


def make(source: Path, target: Path, limit: int) -> Way:
    """Writes a file of at most `limit` bytes that plays. Raises `FFmpegError` or `ValueError` when none can be made."""
    found = probe(source)
    if found is None or found.suffix not in _READERS:
        raise ValueError("no file of a known format")
    suffix, size = found.suffix, source.stat().st_size
    if found.kind is InputKind.IMAGE and not found.animated:
        _shrink_image(source, target, suffix, limit)
        return Way.ENCODED
    with _reading(source, suffix) as container:
        video = container.streams.video[0]
        sounds = {stream.codec_context.name for stream in container.streams.audio}
        seconds = _seconds(container)
        fine = video.codec_context.name in _PLAYED and video.codec_context.pix_fmt in _EIGHT_BITS
        if fine and sounds <= _PLAYED_SOUNDS and suffix in _PLAYED_CONTAINERS and size <= limit:
            return Way.AS_IT_IS
        # Only boxes: Matroska does not tell when a packet is to be decoded.
        boxes = _READERS[suffix] == _BOXES
        if fine and boxes and video.codec_context.name == "h264" and sounds <= _OF_MP4 and size <= limit * _FITS:
            _remux(container, target)
            return Way.REMUXED
        rate = min(float(video.average_rate or 30), 60)
    plan = _plan((video.width, video.height), rate, seconds, limit, sounds=bool(sounds))
    for shrink in (1.0, 0.7):  # what surprises the encoder once is asked for in less
        with _reading(source, suffix) as container:
            _encode(container, target, plan, shrink)
        if target.stat().st_size <= limit:
            return Way.PREVIEW if plan.seconds is not None else Way.ENCODED
    raise ValueError("does not fit")


@contextlib.contextmanager
def _reading(source: Path, suffix: str) -> Generator[Any]:
    """The file, read as what it is: FFmpeg has readers of playlists, too, and would follow what is written there."""
    with av.open(str(source), format=_READERS[suffix], options={"protocol_whitelist": "file"}) as container:
        if not container.streams.video:
            raise ValueError("nothing to see")
        video = container.streams.video[0]
        if not 0 < video.width * video.height <= _MOST_PIXELS:
            raise ValueError("a frame too large")
        yield container


def _shrink_image(source: Path, target: Path, suffix: str, limit: int) -> None:
    """As many pixels as fit."""
    with _reading(source, suffix) as container:
        if len(container.streams.video) > 1:
            raise ValueError("in tiles")
        stream = container.streams.video[0]
        frame: av.VideoFrame = next(container.decode(stream))
        own = min(frame.width, frame.height)
        pixels = "yuva420p" if any(each.is_alpha for each in frame.format.components) else "yuv420p"
        for side in sorted({min(own, most) for most in (2160, *_SIDES)}, reverse=True):
            graph, width, height = _shaped(stream, frame, side, pixels)
            graph.push(frame)
            with _writing(target, "webp") as out:
                made = out.add_stream("libwebp", options={"quality": "90"})
                made.width, made.height, made.pix_fmt = width, height, pixels
                out.mux(made.encode(graph.pull()))
                out.mux(made.encode(None))
            if target.stat().st_size <= limit:
                return
    raise ValueError("does not fit")


def _seconds(container: InputContainer) -> float:
    """How long it is; where no header tells, by its packets."""
    if container.duration:
        return container.duration / av.time_base
    video = container.streams.video[0]
    last = Fraction(0)
    with contextlib.suppress(FFmpegError):
        for packet in container.demux(video):
            if packet.pts is not None:
                last = max(last, (packet.pts + (packet.duration or 0)) * packet.time_base)
    container.seek(0)
    return float(last)


def _plan(size: tuple[int, int], rate: float, seconds: float, limit: int, *, sounds: bool) -> _Plan:
    """The largest picture that has enough bits for its pixels; a preview where even the smallest has not."""
    room = limit * 8 * _FITS
    sound = _SOUND_BITS if sounds else 0
    ratio, own = max(size) / min(size), min(size)
    for side in sorted({min(own, most) for most in _SIDES}, reverse=True):
        bits = room / max(seconds, 1) - sound
        if bits >= side * side * ratio * rate * _BITS_A_PIXEL:
            return _Plan(side, int(bits))
    side = min(own, _PREVIEW_SIDE)
    length = min(_PREVIEW_SECONDS, room / (side * side * ratio * rate * _BITS_A_PIXEL + sound))
    if length < 1:
        raise ValueError("does not fit")
    return _Plan(side, int(room / length - sound), length)


def _remux(container: InputContainer, target: Path) -> None:
    with _writing(target) as out:
        streams = [*container.streams.video[:1], *container.streams.audio[:1]]
        copies = {stream.index: out.add_stream_from_template(stream) for stream in streams}
        for packet in container.demux(streams):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)


@contextlib.contextmanager
def _writing(target: Path, form: str = "mp4") -> Generator[Any]:
    with av.open(str(target), "w", format=form, options={"movflags": "+faststart"} if form == "mp4" else {}) as out:
        yield out


def _encode(container: InputContainer, target: Path, plan: _Plan, shrink: float) -> None:
    source = container.streams.video[0]
    large = source.width * source.height > _LARGE
    threads = 1 if large else _THREADS
    source.codec_context.thread_count = threads
    source.codec_context.thread_type = "AUTO"
    streams: list[Any] = [source, *container.streams.audio[:1]]
    first = next((frame for frame in _frames(container, [source]) if isinstance(frame, av.VideoFrame)), None)
    if first is None:
        raise ValueError("no picture")
    container.seek(0)
    graph, width, height = _shaped(source, first, plan.side)
    del first  # of a large video, it is a good part of the memory
    with _writing(target) as out:
        bits = int(plan.bits * shrink)
        # As good as it needs to be (crf), and never more than there is room for: a second of it at once.
        ceiling = {"maxrate": str(bits), "bufsize": str(bits)}
        video: Any = out.add_stream(
            "libx264",
            rate=source.average_rate or 30,
            options={"preset": "veryfast", "crf": "21", **ceiling, "x264-params": _LEAN if large else "rc-lookahead=5"},
        )
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.thread_count = threads
        if source.time_base is not None:
            video.codec_context.time_base = source.time_base
        sound: Any = None
        if len(streams) > 1:
            sound = out.add_stream("aac", rate=48000, layout="stereo")
            sound.codec_context.bit_rate = _SOUND_BITS
        resampler = av.AudioResampler("fltp", "stereo", 48000, 1024)
        for frame in _frames(container, streams):
            if plan.seconds is not None and (frame.time or 0) > plan.seconds:
                break
            if isinstance(frame, av.VideoFrame):
                graph.push(frame)
                del frame  # before the next one is decoded
                ready: Any = graph.pull()
                ready.pict_type = PictureType.NONE  # the source's key frames are none of the encoder's business
                out.mux(video.encode(ready))
            else:
                for each in resampler.resample(frame):
                    out.mux(sound.encode(each))
        out.mux(video.encode(None))
        if sound is not None:
            for each in resampler.resample(None):
                out.mux(sound.encode(each))
            out.mux(sound.encode(None))


def _shaped(source: Any, first: av.VideoFrame, side: int, pixels: str = "yuv420p") -> tuple[Graph, int, int]:
    """What turns frames upright, makes the shorter side so long and 8 bits deep; and width and height, both even."""
    shown = (first.height, first.width) if first.rotation % 180 else (first.width, first.height)
    scale = min(1.0, side / min(shown))
    width, height = (max(2, int(each * scale) // 2 * 2) for each in shown)
    graph = Graph()
    steps = [graph.add_buffer(template=source)]
    turns = {90: ["cclock"], 180: ["clock", "clock"], 270: ["clock"]}.get(first.rotation % 360, [])
    steps += [graph.add("transpose", turn) for turn in turns]
    steps += [
        graph.add("scale", f"{width}:{height}:flags=bilinear"),
        graph.add("format", pixels),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph, width, height


def _frames(container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    """What can be decoded; a file that is cut short has a beginning."""
    broken = 0
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets)
            yield from packet.decode()
        except StopIteration:
            return
        except FFmpegError:
            broken += 1
            if broken > _MOST_BROKEN:
                return


def main(arguments: list[str]) -> int:
    source, target, limit = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * limit, 2 * limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)  # commands are answered first
    with contextlib.suppress(OSError):  # where the machine runs out of memory, this is what it ends, and not the bot
        Path("/proc/self/oom_score_adj").write_text("1000")
    try:
        return make(source, target, limit)
    except (FFmpegError, ValueError, MemoryError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
