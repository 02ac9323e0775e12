"""What a command shows: results on standard output, progress on standard error, or one JSON document for scripts.

On a terminal, rich draws a bar that moves and the head of a table. Elsewhere (a pipe, a log, NO_COLOR, a terminal that
calls itself dumb) the same is written as plain lines. rich is imported when something is drawn.

Nothing that is shown can move the cursor, ring or change colours: what a model, a file or Oxen is called may hold
such signs, and they are left out here, once for all.
"""

import asyncio
import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # UAX 9, "Explicit Directional Formatting"
_WIDEST = 10_000  # columns of a table that nobody looks at: no cell is folded


class Screen:
    """`as_json`: `show` and `table` are silent, and `document` is the only thing on standard output.

    `live`: whether standard error can be drawn upon; None: where it is a terminal, and the environment allows it.
    Leaving the block takes the bar away and gives the cursor back.
    """

    def __init__(
        self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None, live: bool | None = None
    ) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._live = _can_be_drawn_upon(self._err) if live is None else live
        self._last = ""
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def show(self, text: str) -> None:
        """A result, for a person."""
        if not self.as_json:
            self._write_beside_the_bar(self._out, f"{text}\n")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under a head, for a person. On a terminal, what is too wide for it is folded."""
        if self.as_json:
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = _can_be_drawn_upon(self._out)
        console = Console(
            file=self._out, width=None if drawn else _WIDEST, force_terminal=drawn, highlight=False, emoji=False
        )
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title in head:
            table.add_column(Text(printable(title)), overflow="fold", no_wrap=not drawn)
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        with console.capture() as drawing:
            console.print(table)
        lines = [line.rstrip() for line in drawing.get().splitlines()]
        self._write_beside_the_bar(self._out, "\n".join([*lines, ""]), styled=drawn)

    def document(self, value: dict[str, Any]) -> None:
        """The result, for a script. At most one for each command."""
        if self.as_json:
            _write(self._out, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def tell(self, text: str) -> None:
        """Something that happened, or what went wrong."""
        self._write_beside_the_bar(self._err, f"{text}\n")

    def ask(self, question: str) -> None:
        """A question that stays to be seen until it is `answered`."""
        if self._bar is not None:
            self._bar[0].stop()
        _write(self._err, f"{printable(question)} [y/N] ")

    def answered(self) -> None:
        if self._bar is not None:
            self._bar[0].start()

    def progress(self, text: str, done: int = 0, of: int | None = None) -> None:
        """How it stands: `done` of so many (None: nobody can say how far it is). Where nobody looks, when it is new."""
        if not self._live:
            if text != self._last:
                _write(self._err, f"{printable(text)}\n")
            self._last = text
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20),
                TimeElapsedColumn(),
                console=Console(file=self._err, force_terminal=True, highlight=False, emoji=False),
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar = bar, bar.add_task(printable(text), total=of)
            bar.start()
        bar, task = self._bar
        bar.update(task, description=printable(text), completed=done, refresh=True)

    def _write_beside_the_bar(self, stream: TextIO, text: str, *, styled: bool = False) -> None:
        bar = self._bar[0] if self._bar is not None and self._bar[0].live.is_started else None
        if bar is not None:
            bar.stop()
        _write(stream, text if styled else printable(text))
        if bar is not None:
            bar.start()


def printable(text: str) -> str:
    """`text` without the signs that move a cursor, ring, colour or turn the line around; line breaks stay."""
    return "".join(
        sign
        for sign in text
        if sign == "\n" or (unicodedata.category(sign) != "Cc" and unicodedata.bidirectional(sign) not in _TURNS)
    )


async def read_answer(stop: asyncio.Event) -> bool | None:
    """Whether the next line of standard input is a yes. None when another Ctrl-C sets `stop` first."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not line.done():
            line.set_result(sys.stdin.readline())

    stopped = asyncio.ensure_future(stop.wait())
    loop.add_reader(sys.stdin.fileno(), read)
    try:
        await asyncio.wait({line, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(sys.stdin.fileno())
        stopped.cancel()
    return line.result().strip().lower() in {"y", "yes"} if line.done() else None


def _can_be_drawn_upon(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"} and not os.environ.get("NO_COLOR")


def _write(stream: TextIO, text: str) -> None:
    """What the terminal's encoding does not know is spelled out: a prompt may be in any script."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
