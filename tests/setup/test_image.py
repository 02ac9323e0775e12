"""The image's build, step by step, in a folder instead of a container."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.setup.kit import CHECKOUT, installed, promised


def test_the_steps_of_the_image_give_a_bot_that_starts(tmp_path: Path) -> None:
    """The build stage of the Dockerfile; copying and users are the engine's business."""
    app = tmp_path / "app"
    # What is compiled already comes along here: it would be the same.
    left_out = set((CHECKOUT / ".dockerignore").read_text().split()) - {"**/__pycache__"}
    shutil.copytree(CHECKOUT, app, ignore=shutil.ignore_patterns(*(name.removeprefix("**/") for name in left_out)))
    build = (CHECKOUT / "Dockerfile").read_text().split("\nFROM ")[1]
    steps = re.findall(r"^RUN ((?:.*\\\n)*.*)", build, re.MULTILINE)
    assert len(steps) == 3
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    settings = {**os.environ, "PATH": path, "UV_COMPILE_BYTECODE": "false"}
    for step in steps:
        here = step.replace("/venv", str(tmp_path / "venv"))
        subprocess.run(here, shell=True, check=True, cwd=app, env=settings)  # noqa: S602 - ours
    python = tmp_path / "venv/bin/python"
    expected = {name: version for name, version in promised("sandbox").items() if name != "setuptools"}
    found = installed(python)
    assert found.pop("drover")
    assert found == expected
    version = subprocess.run([tmp_path / "venv/bin/drover", "--version"], capture_output=True, text=True, check=True)
    assert "drover" in version.stdout.lower()
