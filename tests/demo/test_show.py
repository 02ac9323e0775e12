"""The demo as its user starts it: a process of its own, with everything behind it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
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


def children(demo: Demo, *, at_least: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found = psutil.Process(demo.pid).children(recursive=True)
        if len(found) >= at_least:
            return found
        time.sleep(0.05)
    pytest.fail("the demo started no processes")


def test_the_whole_demo(tmp_path: Path) -> None:
    begun = time.monotonic()
    with started(tmp_path / "out", "--prompt", "a fox in the snow") as demo:
        said, complaints = demo.communicate(timeout=70)
    assert demo.returncode == 0, said + complaints
    assert complaints == ""
    assert time.monotonic() - begun < 60
    assert "prompt: a fox in the snow · duration: 5 · aspect_ratio: 16:9" in said
    assert "(only Cleo sees this)" in said
    assert "@Bo, your video was cancelled." in said
    assert "\x1b" not in said
    check_end(said, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def check_end(said: str, output: Path) -> None:
    """Files, ledger and the four measures, the measures last."""
    files = sorted(path.name for path in output.iterdir() if path.suffix != ".log")
    assert [name.partition("-")[0] for name in files] == ["image"] * 4 + ["video"]
    for name in files:
        line = next(line for line in said.splitlines() if line.startswith(f"  {output / name}"))
        assert re.search(r" [\d.]+ [KM]iB +(5\.\d\d s|-) +\d+x\d+ ", line)
    assert "Ledger of film-club" in said
    assert len(re.findall(r"\$\d\.\d\d$", said, re.MULTILINE)) == 6
    assert re.search(r"total for 5 generations: \$\d\.\d\d", said)
    assert re.findall(r"under (.+?) +[✓✗]", "\n".join(said.splitlines()[-4:])) == ["2 s", "120 MiB", "100 ms", "1 s"]


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with started(tmp_path / "out") as demo:
        processes = children(demo, at_least=3)
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
        processes = children(demo, at_least=3)
        time.sleep(1)
        demo.kill()
        demo.communicate(timeout=15)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_a_bot_that_dies_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    with started(tmp_path / "out") as demo:
        bot = next(one for one in children(demo, at_least=3) if one.cmdline()[-1] == "run")
        time.sleep(2)
        bot.kill()
        said, _ = demo.communicate(timeout=15)
    assert demo.returncode == 1
    assert "The demo failed: the bot ended by itself, with exit code -9" in said
    assert "The last lines of the bot" in said


def test_a_prompt_that_discord_would_not_send_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    with started(tmp_path / "out", "--prompt", "") as demo:
        said, _ = demo.communicate(timeout=20)
    assert demo.returncode == 1
    assert "The demo failed: Discord would not let Bo use /video like that" in said
