"""`python -m bench [--quick] [NAME…]`: measures Drover between its stand-ins and writes docs/benchmarks.md.

Without names all but `shape` is measured, which takes some minutes; then, without --quick, the document is written.
`python -m bench shape --json` gives the figures of the code's shape to programs.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import catalogue, delivering, limits, pictures, queries, resting, shape, tracking, wallet, words
from bench.figures import Table

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
MEASUREMENTS: dict[str, Callable[..., Awaitable[list[Table]]]] = {
    "tracking": tracking.measure,
    "delivering": delivering.measure,
    "limits": limits.measure,
    "resting": resting.measure,
    "queries": queries.measure,
    "catalogue": catalogue.measure,
    "wallet": wallet.measure,
    "words": words.measure,
    "pictures": pictures.measure,
    "shape": shape.measure,
}
TIMED = [name for name in MEASUREMENTS if name != "shape"]  # what the document is about
_HEAD = """# Benchmarks

Written by `make bench`; every number is from that one run, {date}, with Python {python} on {cores} cores that other
work shared (load {load:.1f} at the beginning). The bot runs as a process of its own, as in production, between the two
stand-ins, which are other processes and work on real sockets. Seconds depend on the machine; requests, ratios and
how the numbers grow do not. `make bench` repeats it in about ten minutes, `python -m bench --quick` shows smaller
numbers within one, `python -m bench NAME` one part: {names}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Drover between its stand-ins.")
    parser.add_argument("--quick", action="store_true", help="smaller numbers, less than a minute, nothing written")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}; usually all but shape")
    parser.add_argument("--json", action="store_true", help="with shape alone: figures instead of a table")
    given = parser.parse_args()
    if unknown := set(given.names) - MEASUREMENTS.keys():
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    if given.json:
        if given.names != ["shape"]:
            parser.error("--json goes with shape alone")
        print(json.dumps(shape.figures(), indent=2))
        return
    names = given.names or TIMED
    head = _head()
    text = f"{head}\n{asyncio.run(_measured(names, quick=given.quick))}"
    if not given.quick and not given.names:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"written: {DOCUMENT.relative_to(DOCUMENT.parent.parent)}")


async def _measured(names: Sequence[str], *, quick: bool) -> str:
    texts: list[str] = []
    for name in names:
        began = time.monotonic()
        for table in await MEASUREMENTS[name](quick=quick):
            texts.append(table.text())
            print(f"{texts[-1]}\n", flush=True)
        print(f"({name}: {time.monotonic() - began:.0f} s)\n", file=sys.stderr, flush=True)
    return "\n\n".join(texts) + "\n"


def _head() -> str:
    return _HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        load=os.getloadavg()[0],
        names=", ".join(f"`{name}`" for name in TIMED),
    )


if __name__ == "__main__":
    main()
