"""Runs the bot of any version with counters in it: `python bench/probe.py run`, in place of `python -m bot run`.

The bot is not asked to help: SQLite tells which statements it runs, and a task beside the bot's notices when the event
loop comes late. SIGUSR1 has the counts written to the file in DROVER_PROBE, as JSON; the longest stall counts anew.
"""

import asyncio
import json
import os
import runpy
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

_TURN = 0.005  # seconds
_NO_ROWS = {"BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", ""}  # words that statements of no table begin with


class Probe:
    """What SQLite and the event loop tell.

    units: of work that write; a transaction without savepoints is one. statements: all that name a table. reads: looks
    of connections that only read; what is read in one transaction is one.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._counts: Counter[str] = Counter(units=0, commits=0, statements=0, reads=0)
        self._stall = 0.0

    def watch_connection(self, db: sqlite3.Connection) -> None:
        writing, reads_only, reading, inside = False, False, False, 0

        def statement(sql: str) -> None:
            nonlocal writing, reads_only, reading, inside
            text = "" if sql.startswith("--") else sql.strip().upper()  # a trigger's statements are told as comments
            word = text.partition(" ")[0]
            if word == "PRAGMA" and text.startswith("PRAGMA QUERY_ONLY"):
                reads_only = text.endswith("ON")
            elif word == "BEGIN":
                writing, inside = "IMMEDIATE" in text, 0
                reading = reads_only
                self._counts.update(reads=reading)
            elif word == "SAVEPOINT":
                inside += 1
            elif word == "COMMIT":
                self._counts.update(units=max(1, inside) if writing else 0, commits=writing)
                writing = reading = False
            elif word not in _NO_ROWS:
                self._counts.update(statements=1, reads=reads_only and not reading)

        db.set_trace_callback(statement)

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TURN)
            self._stall = max(self._stall, time.perf_counter() - before - _TURN)

    def tell(self, *_: object) -> None:
        whole = self._file.with_suffix(".part")
        whole.write_text(json.dumps({**self._counts, "stall": self._stall}), encoding="utf-8")
        whole.replace(self._file)
        self._stall = 0.0


def _install(probe: Probe) -> None:
    connect, run = sqlite3.connect, asyncio.run

    def connected(*args: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*args, **options)
        probe.watch_connection(db)
        return db

    def watched(main: Coroutine[Any, Any, Any], **options: Any) -> Any:
        async def both() -> Any:
            watching = asyncio.create_task(probe.watch())
            try:
                return await main
            finally:
                watching.cancel()

        return run(both(), **options)

    sqlite3.connect, asyncio.run = connected, watched  # type: ignore[assignment]
    signal.signal(signal.SIGUSR1, probe.tell)


if __name__ == "__main__":
    del sys.path[0]  # this folder: the bot's packages come from PYTHONPATH
    _install(Probe(Path(os.environ["DROVER_PROBE"])))
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
