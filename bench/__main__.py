"""`python -m bench [--base COMMIT] [--quick] [NAME…]`: measures Drover between its stand-ins.

With a base, everything that runs a bot is measured for that commit as well, in turn, and told as ratios. Without names
all but `shape` and `dispatchers` is measured; then, without --quick, docs/benchmarks.md is written. `python -m bench
shape --json` gives the figures of the code's shape to programs. Exits with 1 where this commit could not run a part.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    catalogue,
    dispatchers,
    fleet,
    page,
    pictures,
    queries,
    resting,
    shape,
    shards,
    transcoding,
    wallet,
    words,
)
from bench.compare import PARTS, Comparison
from bench.figures import Table

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
MEASUREMENTS: dict[str, Callable[..., Awaitable[list[Table]]]] = {
    "resting": resting.measure,
    "shards": shards.measure,
    "fleet": fleet.measure,
    "dispatchers": dispatchers.measure,
    "queries": queries.measure,
    "catalogue": catalogue.measure,
    "wallet": wallet.measure,
    "words": words.measure,
    "pictures": pictures.measure,
    "transcoding": transcoding.measure,
    "page": page.measure,
    "shape": shape.measure,
}
_ASKED_FOR = ("shape", "dispatchers")  # not of how Drover runs
_HEAD = """# Benchmarks

Written by `make bench{base}`; every number is from that one run, {date}, with Python {python} on {cores} cores. The
bot runs as a process of its own, as in production, in the environment that users install, between the two stand-ins,
which are other processes and work on real sockets. Seconds depend on the machine; requests, ratios and how the numbers
grow do not. `make bench BASE=<commit>` runs that commit and this one in turn, in about twelve minutes; with
`ARGS=--quick` it shows smaller numbers within three and writes nothing, with `ARGS=NAME` it measures one part: {names}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Drover between its stand-ins.")
    parser.add_argument("--base", metavar="COMMIT", help="measure that commit as well, in turn, and tell ratios")
    parser.add_argument(
        "--quick", action="store_true", help="smaller numbers, less than three minutes, nothing written"
    )
    known = [*PARTS, *MEASUREMENTS]
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; usually all but {' and '.join(_ASKED_FOR)}"
    )
    parser.add_argument("--json", action="store_true", help="with shape alone: figures instead of a table")
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    if given.json:
        if given.names != ["shape"]:
            parser.error("--json goes with shape alone")
        print(json.dumps(shape.figures(), indent=2))
        return
    head = _head(given.base)
    tables, failed = asyncio.run(_measured(given.base, given.names, quick=given.quick))
    if not given.quick and not given.names:
        DOCUMENT.write_text("\n\n".join([head.rstrip(), *tables]) + "\n", encoding="utf-8")
        print(f"written: {DOCUMENT.relative_to(DOCUMENT.parent.parent)}")
    sys.exit(failed)


async def _measured(base: str | None, names: list[str], *, quick: bool) -> tuple[list[str], bool]:
    """The tables, and whether this commit could not run a part."""
    texts: list[str] = []

    def tell(name: str, began: float, tables: list[Table]) -> None:
        for table in tables:
            texts.append(table.text())
            print(f"{texts[-1]}\n", flush=True)
        print(f"({name}: {time.monotonic() - began:.0f} s)\n", file=sys.stderr, flush=True)

    parts = [name for name in names if name in PARTS]
    comparison, began = Comparison(base, quick=quick), time.monotonic()
    if parts or not names:
        tell("bots", began, await comparison.run(parts))
    for name, measure in MEASUREMENTS.items():
        if name in names or (not names and name not in _ASKED_FOR and not (quick and name == "resting")):
            began = time.monotonic()
            tell(name, began, await measure(quick=quick))
    return texts, comparison.failed


def _head(base: str | None) -> str:
    return _HEAD.format(
        base=f" BASE={base}" if base is not None else "",
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        names=", ".join(f"`{name}`" for name in (*PARTS, *MEASUREMENTS)),
    )


if __name__ == "__main__":
    main()
