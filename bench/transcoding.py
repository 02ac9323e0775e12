"""What it takes to make a copy of a video that does not play, or does not fit: time, cores and memory."""

import asyncio
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import psutil

from bench.figures import Table, number, verdict
from bot.media.transcoder import SubprocessTranscoder

_ROOM = 20 * 2**20  # bytes: what a channel takes
_RATE, _BITS = 30, 20_000_000
_AIM_SHARE, _AIM_MEMORY = 0.5, 300.0  # of the video's own length on two cores; MiB
_PICTURES = 30  # that differ; they come again and again
_FILMS = {"H.264": ("libx264", "yuv420p"), "HEVC, 10 bit": ("libx265", "yuv420p10le")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """`wall` and `cpu` are seconds, `memory` is MiB."""

    way: str
    wall: float
    cpu: float
    memory: float


async def measure(*, quick: bool) -> list[Table]:
    seconds, height = (2, 360) if quick else (60, 1080)
    rows: list[tuple[str, ...]] = []
    for name, (codec, pixels) in _FILMS.items():
        done = await copy(codec, pixels, seconds=seconds, height=height)
        met = done.cpu / 2 <= seconds * _AIM_SHARE and done.memory <= _AIM_MEMORY
        rows.append(
            (name, done.way, number(done.wall, 1), number(done.cpu, 1), number(done.memory, 0), verdict(met=met))
        )
    return [
        Table(
            title=f"A copy of {seconds} s of {height}p",
            head=("", "it was", "s", "seconds of a core", "MiB at most", ""),
            rows=rows,
            notes=(f"Aim: on two cores {_AIM_SHARE:g} of its own length, and {_AIM_MEMORY:g} MiB.",),
        )
    ]


async def copy(codec: str, pixels: str, *, seconds: int, height: int) -> Copied:
    """Makes a video of so many seconds, and a copy of it as delivery does."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "source.mp4"
        await asyncio.to_thread(_film, source, codec, pixels, seconds, height)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        making = asyncio.create_task(SubprocessTranscoder().playable(source, _ROOM))
        memory = 0.0
        while not making.done():
            for each in psutil.Process().children():
                if "bot.media.encoding" in each.cmdline():
                    memory = max(memory, each.memory_info().rss / 2**20)
            await asyncio.wait([making], timeout=0.05)
        made, wall = await making, time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Copied(way=made.way.name.lower() if made is not None else "not made", wall=wall, cpu=cpu, memory=memory)


def _film(path: Path, codec: str, pixels: str, seconds: int, height: int) -> None:
    """Coarse noise that moves, with a silent sound."""
    width, dice = height * 16 // 9, np.random.default_rng(1)
    coarse = np.kron(dice.integers(0, 255, (height // 4, width // 4, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))
    frames = [np.ascontiguousarray(coarse[n * 2 : n * 2 + height, n * 3 : n * 3 + width]) for n in range(_PICTURES)]
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=_RATE, options={"preset": "ultrafast", **quiet})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, pixels, _BITS
        for n in range(seconds * _RATE):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frames[n % len(frames)])))
        out.mux(stream.encode(None))
