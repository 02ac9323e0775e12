"""What does not play is made to: judged by decoding what came out."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from bot.media.encoding import make
from bot.media.transcoder import Playable, SubprocessTranscoder, Way, plays
from tests.cases import for_each
from tests.media.samples import SAMPLES, sample

ROOMY = 1_000_000  # bytes


def roll(path: Path, form: str, codec: str, pixels: str, *, size: tuple[int, int] = (96, 64), frames: int = 12) -> Path:
    """A video of noise, with a sound."""
    quiet: Mapping[str, Mapping[str, str]] = {"libx265": {"x265-params": "log-level=none"}}
    noise = np.random.default_rng(7)
    with av.open(str(path), "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=10, options=dict(quiet.get(codec, {})))
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


@for_each(
    ("form", "codec", "pixels", "way"),
    [
        ("mp4", "libx265", "yuv420p10le", Way.ENCODED),
        ("mp4", "libx264", "yuv420p10le", Way.ENCODED),
        ("mov", "prores_ks", "yuv422p10le", Way.ENCODED),
        ("webm", "libvpx-vp9", "yuv420p", Way.AS_IT_IS),
        ("mp4", "libx264", "yuv420p", Way.AS_IT_IS),
        ("mov", "libx264", "yuv420p", Way.REMUXED),
        ("matroska", "libx264", "yuv420p", Way.ENCODED),
    ],
)
def test_what_does_not_play_everywhere_becomes_h264(
    tmp_path: Path, form: str, codec: str, pixels: str, way: Way
) -> None:
    source, target = (
        roll(tmp_path / f"{codec}-{pixels}.{form}", form, codec, pixels),
        tmp_path / f"{codec}-{pixels}-{form}.mp4",
    )
    assert make(source, target, ROOMY) is way
    if way is Way.AS_IT_IS:
        assert not target.exists()
        return
    assert plays(target)
    assert look(target) == {
        "codec": "h264",
        "pixels": "yuv420p",
        "size": (96, 64),
        "frames": 12,
        "sounds": ["aac"],
    }
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_only_a_header_that_surely_plays_needs_no_decoder(tmp_path: Path) -> None:
    for name in SAMPLES:
        (tmp_path / name).write_bytes(sample(name))
    answers = {name: plays(tmp_path / name) for name in SAMPLES}
    assert {name for name, answer in answers.items() if answer is None} == {
        *("mp4-hevc", "mov", "webm", "webm-recorded", "mkv"),
    }
    assert plays(roll(tmp_path / "deep", "mp4", "libx264", "yuv420p10le")) is False


def test_what_is_too_large_is_made_smaller_and_if_that_is_not_enough_its_beginning(tmp_path: Path) -> None:
    source, target = roll(tmp_path / "a.mp4", "mp4", "libx264", "yuv420p", size=(320, 240), frames=40), tmp_path / "b"
    smaller = source.stat().st_size // 3
    assert make(source, target, smaller) is Way.ENCODED
    assert (target.stat().st_size <= smaller, look(target)["frames"]) == (True, 40)

    assert make(source, target, 30_000) is Way.PREVIEW
    assert target.stat().st_size <= 30_000
    assert 0 < look(target)["frames"] < 40

    with pytest.raises(ValueError, match="fit"):
        make(source, target, 2_000)


def test_odd_files(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    # One picture, of odd sides.
    assert make(roll(tmp_path / "one", "matroska", "ffv1", "yuv444p", size=(97, 65), frames=1), target, ROOMY)
    assert (look(target)["frames"], look(target)["size"]) == (1, (96, 64))
    # Cut short: what is there of it.
    whole = roll(tmp_path / "cut", "matroska", "libx265", "yuv420p", frames=40)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    make(whole, target, ROOMY)
    assert 0 < look(target)["frames"] < 40
    # None at all.
    (tmp_path / "text").write_text("no film" * 100)
    with pytest.raises((ValueError, av.error.FFmpegError)):
        make(tmp_path / "text", target, ROOMY)


async def test_it_runs_in_a_process_with_limits(tmp_path: Path) -> None:
    source = roll(tmp_path / "a.mkv", "matroska", "libx265", "yuv420p10le")
    transcoder = SubprocessTranscoder()
    made, none = await asyncio.gather(
        transcoder.playable(source, ROOMY), transcoder.playable(tmp_path / "is-not-there", ROOMY)
    )
    assert (made, none) == (Playable(tmp_path / "playable" / "a.mp4", Way.ENCODED), None)
    assert plays(tmp_path / "playable" / "a.mp4")


async def test_one_that_runs_away_is_stopped(tmp_path: Path) -> None:
    transcoder = SubprocessTranscoder(longest=0.05, command=("/bin/sleep", "1000", "1000", "1000", "1000"))
    assert await transcoder.playable(tmp_path / "a", ROOMY) is None
