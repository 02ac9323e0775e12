"""The page about hostile upstreams names every fault in here, and none that is not."""

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "hostile-upstream.md"
_ROW = re.compile(r"\| (?P<faults>.+?) \| .+? \| `(?P<test>test_\w+)` \|")


def _faults(function: object) -> set[str]:
    """The names under which a test runs; none where it runs once."""
    marks: list[pytest.Mark] = getattr(function, "pytestmark", [])
    named = [mark for mark in marks if mark.name == "parametrize" and mark.args[0] != "timeouts"]
    return {str(name) for mark in named for name in mark.kwargs.get("ids", mark.args[1])}


def _tests() -> Iterator[tuple[str, set[str]]]:
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.hostile.{path.stem}")  # pytest has it already
        here = [f for name, f in vars(module).items() if name.startswith("test_") and f.__module__ == module.__name__]
        yield from ((function.__name__, _faults(function)) for function in here if path != Path(__file__))


def _table() -> Mapping[str, set[str]]:
    rows = [match for line in PAGE.read_text(encoding="utf-8").splitlines() if (match := _ROW.fullmatch(line))]
    assert len({row["test"] for row in rows}) == len(rows)
    return {row["test"]: set(row["faults"].split(" · ")) for row in rows}


def test_the_page_names_every_fault() -> None:
    table, tests = _table(), dict(_tests())
    assert set(table) == set(tests)
    for name, faults in tests.items():
        assert len(table[name]) == 1 if not faults else table[name] == faults, name
