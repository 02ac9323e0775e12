"""The command, as a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.oxen.command import oxen

ROOT = Path(__file__).parents[2]
START = [sys.executable, "-c", "from sandbox.oxen.command import oxen; oxen()"]


@contextmanager
def running(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address, once it has said that it is ready."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*START, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith("oxen sandbox ready http://127.0.0.1:"), line
            yield process, line.split()[-1]
        finally:
            process.kill()


def call(url: str, key: str, body: dict[str, str] | None = None) -> dict[str, object]:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data=data, headers={"Authorization": f"Bearer {key}"})  # noqa: S310
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - loopback
        return json.load(reply)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "--key", "herd=north,south", "--speed", "1e6") as (process, url):
        body = {"model": "google-veo-3-1", "prompt": "a fox", "resolution": "4k", "target_namespace": "south"}
        assert call(url + "/api/ai/queue", "herd", body)["generations"]
        process.send_signal(number)
        out, errors = process.communicate(timeout=10)
        assert (process.returncode, out, errors) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dialect", ["ephemeral", "persistent", "browse"])
def test_it_speaks_the_dialect_that_was_asked_for(tmp_path: Path, dialect: str) -> None:
    with running(tmp_path, "--dialect", dialect) as (_, url):
        assert call(url + "/sandbox/health", "sandbox") == {"status": "ok", "dialect": dialect}


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(oxen, ["--port", str(taken.getsockname()[1])])
    assert result.exit_code == 1
    assert result.output.startswith("Error: cannot listen on port")


@pytest.mark.parametrize(
    "arguments", [["--speed", "0"], ["--key", "=north"], ["--key", "herd="], ["--dialect", "french"], ["--port", "-1"]]
)
def test_nonsense_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(oxen, arguments).exit_code == 2


def test_help_says_what_it_is() -> None:
    result = CliRunner().invoke(oxen, ["--help"])
    assert result.exit_code == 0
    for word in (
        "--port",
        "--speed",
        "--dialect",
        "--key",
        "--seed",
        "--concurrency",
        "--input-host",
        "/sandbox/ledger",
        "/sandbox/keys/KEY",
    ):
        assert word in result.output
