"""The demo as its user starts it: a process of its own, with everything behind it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

Demo = subprocess.Popen[str]


@contextmanager
def started(output: Path, *arguments: str) -> Iterator[Demo]:
    """The demo on its way; ended after the block if it still runs."""
    # An operator's own settings, which must not reach the demo's bot.
    own = {"DISCORD_TOKEN": "wrong", "DROVER_LOG_LEVEL": "nonsense", "OXEN_API_KEY": "wrong"}
    environment = os.environ | own | {"TMPDIR": str(output.parent)}
    command = [sys.executable, "-m", "bot", "demo", "--output", str(output), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, encoding="utf-8"
    ) as demo:
        try:
            yield demo
        finally:
            with contextlib.suppress(ProcessLookupError):
                demo.terminate()


def children(demo: Demo) -> list[psutil.Process]:
    """All of its processes, once the bot is one of them: it is started last."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = psutil.Process(demo.pid).children(recursive=True)
        with contextlib.suppress(psutil.Error):
            if any(is_bot(one) for one in found):
                return found
        time.sleep(0.05)
    pytest.fail("the demo started no bot")


def is_bot(process: psutil.Process) -> bool:
    return process.cmdline()[-1:] == ["run"]


@pytest.mark.waits
@pytest.mark.timeout(400)
def test_the_whole_demo(tmp_path: Path) -> None:
    with started(tmp_path / "out", "--prompt", "a fox in the snow") as demo:
        said, complaints = demo.communicate(timeout=380)  # two minutes, where nothing else runs
    assert demo.returncode == 0, said + complaints
    assert complaints == ""
    assert "\x1b" not in said
    check_first_act(said)
    check_second_act(said)
    check_end(said, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def check_first_act(said: str) -> None:
    for words in (
        "prompt: a fox in the snow · duration: 5 · aspect_ratio: 16:9",
        "Bo used /models  search: kling 2.6 pro",
        "image: 📎 paper-boat.png",
        "Together 6 s. Price: $1.34.",
        "(only Cleo sees this)",
        "@Bo, your video was cancelled.",
        "Dev used Upscale on @Dev, your 4 images are ready.",
        "$ drover generate --kind image",
        "Dev pressed [🎨 Vary]",
        "Bo pressed [🎬 Animate]",
        "Cleo pressed [🔍 Upscale]",
        "see the original",
        "[⭐ 2]",
        "Bo pressed [⏩ Extend]",
        "2 models side by side, for @Ada",
        "🗳 2]",
        "Deleted. /history keeps a line about it, without the files.",
        "your 4 images are ready., “a lighthouse, woodcut…” is gone",
    ):
        assert words in said


def check_second_act(said: str) -> None:
    text = " ".join(said.split())
    for words in (
        "has not opened the namespace “film-club” to this server",
        "this server pays by its key ending in “7f3a”",
        "This server asks before an order that costs more than $0.50.",
        "Eli pressed [Order · $0.52]",
        "50 % of this month's budget of $1.50 is spent or reserved: $0.87",
        "@Eli, 3 of 4 are ready.",
        "💵 charged $0.39",
        "This server's budget is $1.50 a month, and $0.76 of it is left. This model's price is not known, so",
        "at most $0.25 is set aside; the price is not known",
        "about $0.16, from 3 earlier ones",
        "2. 🖼️ a poster with a single snail",
        "This server's budget is $1.50 a month, and $0.35 of it is left. This would cost $0.70. The month begins anew",
        "Bo pressed [Order 5 s · $0.35]",
        "This month's budget of $1.50 is used up",
        "may have been charged about $0.13; Oxen did not say",
        "Cleo pressed [Not charged]",
        "was not charged, and $0.13 is free again",
    ):
        assert words in text
    assert "film-clubs-own-key" not in said


def check_end(said: str, output: Path) -> None:
    """Files, ledgers and the four measures, the measures last."""
    files = sorted(path.name for path in output.iterdir() if path.suffix != ".log")
    kinds = Counter(re.split(r"[-.]", name)[0] for name in files)
    assert kinds == {"video": 7, "image": 27, "a": 1, "usage": 1}
    table = said.partition("What was made\n")[2].splitlines()
    for name in files:
        line = next(line for line in table if line.startswith(f"  {output / name} "))
        assert re.search(r" [\d.]+ [KM]iB +((5|6|10)\.\d\d s|-) +\d+x\d+ ", line)
    for server, pays, total in (
        ("Film Club", "film-club, by its own key", r"\$4\.62"),
        ("Game Night", "game-night", r"\$1\.50"),
    ):
        assert re.search(rf"{server} +{pays} +\d+ +{total} +\$0\.00 +\$0\.00 +{total} +✓ equal", said)
    assert "Each of the 38 charges is the same on both sides; the 3 that failed or were cancelled cost nothing." in said
    assert re.findall(r"under (.+?) +[✓✗]", "\n".join(said.splitlines()[-4:])) == ["2 s", "120 MiB", "100 ms", "1 s"]


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with started(tmp_path / "out") as demo:
        processes = children(demo)
        time.sleep(2)
        demo.send_signal(signal.SIGINT)
        demo.send_signal(signal.SIGINT)  # impatience breaks nothing
        said, complaints = demo.communicate(timeout=15)
    assert demo.returncode == 130, said + complaints
    assert complaints == ""
    assert said.endswith("Stopped. Nothing is left running.\n")
    assert not [one for one in processes if one.is_running()]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_a_killed_demo_takes_its_processes_along(tmp_path: Path) -> None:
    with started(tmp_path / "out") as demo:
        processes = children(demo)
        time.sleep(1)
        demo.kill()
        demo.communicate(timeout=15)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_the_second_act_alone_with_a_bot_that_dies_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    """That it ends well, the whole demo shows."""
    with started(tmp_path / "out", "--act", "2") as demo:
        assert demo.stdout is not None
        assert "Act two" in next(line for line in demo.stdout if "Act " in line)
        bot = next(one for one in children(demo) if is_bot(one))
        wait_for_words(tmp_path / "out" / "bot.log")
        bot.kill()
        said, _ = demo.communicate(timeout=15)
    assert demo.returncode == 1
    assert "The demo failed: the bot ended by itself, with exit code -9" in said
    assert "The last lines of the bot" in said


def wait_for_words(log: Path) -> None:
    """Until the bot has something to say."""
    deadline = time.monotonic() + 15
    while not log.stat().st_size:
        assert time.monotonic() < deadline, "the bot says nothing"
        time.sleep(0.05)


def test_a_prompt_that_is_refused_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    with started(tmp_path / "out", "--prompt", "x" * 12_000) as demo:
        said, _ = demo.communicate(timeout=20)
    assert demo.returncode == 1
    assert "The demo failed: Discord would not allow Bo's /video" in said
