"""What `requirements/*.txt` promise, and an index that tempts: it has something newer of everything."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
REQUIREMENTS = CHECKOUT / "requirements"
NEWER = "99999.0"


def lines(file: str) -> list[Requirement]:
    """The pinned lines of a set, without their hashes."""
    text = (REQUIREMENTS / f"{file}.txt").read_text().replace("\\\n", " ")
    return [Requirement(line.split(" --hash")[0]) for line in text.splitlines() if line and line[0] not in "# "]


def promised(file: str) -> dict[str, str]:
    """The name and version of all that the set installs on this interpreter."""
    return {
        canonicalize_name(line.name): str(line.specifier).removeprefix("==")
        for line in lines(file)
        if line.marker is None or line.marker.evaluate()
    }


def tempting(folder: Path) -> Mapping[str, str]:
    """Fills `folder` with a made-up newer release of every pinned package and of pip; the settings that offer it."""
    folder.mkdir()
    names = {line.name for file in ("dev", "installer") for line in lines(file)} | {"pip"}
    for name in sorted(names):
        stem = f"{name.replace('-', '_').replace('.', '_')}-{NEWER}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n")
            wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{stem}.dist-info/RECORD", "")
    return {**os.environ, "PIP_FIND_LINKS": str(folder), "UV_FIND_LINKS": str(folder), "UV_COMPILE_BYTECODE": "false"}


def installed(python: Path) -> dict[str, str]:
    """The name and version of all that is installed for an interpreter."""
    listing = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()))"
    found = subprocess.run([python, "-c", listing], check=True, capture_output=True, text=True).stdout
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in found.split())}


def environment(folder: Path, pip: str) -> Path:
    """A virtual environment with that pip, by its hash, and nothing else; its interpreter."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin/python"
    wanted = ["--no-deps", "--require-hashes", "-r", Path(__file__).with_name(f"pip-{pip}.txt")]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    return python
