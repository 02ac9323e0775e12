"""Where the demo's lines go: plain text, with a little colour on a terminal that wants it."""

import contextlib
import io
import os
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

_WIDEST, _NARROWEST = 110, 60


@dataclass(frozen=True, slots=True)
class Style:
    """`colour` False leaves every text as it is. `width` in columns."""

    colour: bool = False
    width: int = _WIDEST

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str]) -> "Style":
        """Colour for terminals only, and not with NO_COLOR (no-color.org) or TERM=dumb."""
        if not stream.isatty():
            return cls()
        colour = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        return cls(colour, max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns)))

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[22m" if self.colour else text

    def dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[22m" if self.colour else text

    def red(self, text: str) -> str:
        return f"\x1b[31m{text}\x1b[39m" if self.colour else text


class Screen:
    """Prints line by line, at once. A reader who has gone away (`| head`, a closed terminal) breaks nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False
        self.style = Style.of(stream, os.environ)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without pictures still gets the words

    def say(self, *lines: str) -> None:
        if self._gone:
            return
        try:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except (OSError, ValueError):
            self._gone = True
            self._forget()

    def heading(self, text: str) -> None:
        self.say("", self.style.bold(text))

    def title(self, text: str) -> None:
        """The name of an act."""
        self.say("", "", self.style.bold(text), self.style.bold("═" * len(text)))

    def note(self, text: str) -> None:
        """A narrator's line, set apart."""
        self.say("", *(self.style.dim(line) for line in textwrap.wrap(f"— {text}", self.style.width)))

    def table(self, rows: Iterable[Iterable[str]]) -> None:
        """Left-aligned columns, two blanks apart, indented."""
        cells = [tuple(row) for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.say(f"  {'  '.join(padded)}".rstrip())

    def _forget(self) -> None:
        """What is still buffered would be written, and fail again, when the interpreter ends."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
