"""What does not play is made to: judged by decoding what came out."""

import asyncio
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from bot.media.encoding import make
from bot.media.probe import probe
from bot.media.transcoder import Playable, SubprocessTranscoder, Way, plays
from tests.cases import for_each
from tests.media.samples import SAMPLES, look, roll, sample

ROOMY = 1_000_000  # bytes


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
    assert plays(probe(target))
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
    answers = {name: plays(probe(tmp_path / name)) for name in SAMPLES}
    assert {name for name, answer in answers.items() if answer is None} == {
        *("mp4-hevc", "mov", "webm", "webm-recorded", "mkv"),
    }
    assert plays(probe(roll(tmp_path / "deep", "mp4", "libx264", "yuv420p10le"))) is False


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
    (tmp_path / "text").write_text("no film" * 100)
    made, none = await asyncio.gather(transcoder.playable(source, ROOMY), transcoder.playable(tmp_path / "text", ROOMY))
    assert (made, none) == (Playable(tmp_path / "playable" / "a.mp4", Way.ENCODED), None)
    assert plays(probe(tmp_path / "playable" / "a.mp4"))


@pytest.mark.parametrize(
    "runaway",
    [
        "encoding.make = lambda *_: __import__('time').sleep(1000)",
        "encoding.CPU_SECONDS = 1; encoding.make = lambda *_: max(iter(int, 1))",
        "encoding.make = lambda *_: bytearray(2 * encoding.MEMORY)",
        "encoding.make = lambda _, target, limit: target.write_bytes(bytes(3 * limit))",
    ],
    ids=["waits", "computes", "takes memory", "writes"],
)
async def test_a_process_that_exceeds_its_limits_is_stopped(tmp_path: Path, runaway: str) -> None:
    program = f"import sys; from bot.media import encoding; {runaway}; sys.exit(encoding.main(sys.argv[1:]))"
    longest = 1.0 if "sleep" in runaway else 60.0
    transcoder = SubprocessTranscoder(longest=longest, command=(sys.executable, "-c", program))
    (tmp_path / "a").touch()
    assert await transcoder.playable(tmp_path / "a", ROOMY) is None


def test_an_image_that_is_too_large_has_fewer_pixels(tmp_path: Path) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (700, 600, 4), dtype=np.uint8)
    source, target = tmp_path / "a", tmp_path / "b.webp"
    for form in ("PNG", "WEBP"):
        Image.fromarray(noise).save(source, form)
        assert make(source, target, 400_000) is Way.ENCODED
        assert target.stat().st_size <= 400_000
        with Image.open(target) as made:
            assert (made.format, made.mode, made.size) == ("WEBP", "RGBA", (360, 420))


def test_an_animation_that_is_too_large_becomes_a_video(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mp4", tmp_path / "b.mp4"  # under a false name
    source.write_bytes(sample("gif-moving"))
    assert make(source, target, source.stat().st_size - 1) is Way.ENCODED
    assert (look(target)["codec"], look(target)["pixels"], look(target)["frames"]) == ("h264", "yuv420p", 3)


def test_nothing_but_the_file_is_opened(tmp_path: Path) -> None:
    """FFmpeg would follow a list of files; a list is none of the formats that are read."""
    inside = tmp_path / "secret.mp4"
    inside.write_bytes(sample("mp4"))
    for text in (f"#EXTM3U\n#EXTINF:1,\n{inside}\n", f"ffconcat version 1.0\nfile {inside}\n"):
        (tmp_path / "list").write_text(text)
        with pytest.raises(ValueError, match="format"):
            make(tmp_path / "list", tmp_path / "out.mp4", ROOMY)
