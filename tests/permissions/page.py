"""docs/permissions.md, read: its tables are what the tests hold the bot to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
_CODE = re.compile(r"`([^`]+)`")
_RULE = re.compile(r"^\|[-| ]+\|$")
DIRECT, AGAIN, LATER = "direct message", "again", "a week later"


@dataclass(frozen=True)
class Cell:
    """`answer` is yes, no, hidden (Discord does not offer it), a word of its table, or a dash (it cannot be).

    `key` is the refusal that is told; where something is hidden: when it is sent nevertheless.
    """

    answer: str
    key: str | None = None


@dataclass(frozen=True)
class Row:
    """`name` is its first cell as plain words; `codes` are what is in backticks there."""

    name: str
    codes: tuple[str, ...]
    cells: Mapping[str, Cell]

    @property
    def controls(self) -> tuple[str, ...]:
        """What the code calls what the row is about: the first code, or that with each of the others."""
        first, *others = self.codes
        return tuple(f"{first} {other}" for other in others) or (first,)


def table(heading: str) -> list[Row]:
    """The rows of the table under that heading."""
    lines = [line for line in _under(heading) if line.startswith("|") and not _RULE.match(line)]
    (_, *columns), *rows = (_cells(line) for line in lines)
    return [
        Row(first.replace("`", ""), tuple(_CODE.findall(first)), dict(zip(columns, map(_cell, cells), strict=True)))
        for first, *cells in rows
    ]


@cache
def texts() -> Mapping[str, str]:
    """The refusals by their keys, as the page tells what they say."""
    lines = [_cells(line) for line in _under("What is said") if line.startswith("| `")]
    return {key.strip("`"): text for key, text in lines}


def _under(heading: str) -> Iterator[str]:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    for line in rest.splitlines():
        if line.startswith("## "):
            return
        yield line.strip()


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _cell(text: str) -> Cell:
    answer, _, key = text.partition(" ")
    return Cell(answer, key.strip("`") or None)
