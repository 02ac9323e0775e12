"""What a command shows: results on standard output, progress on standard error, or one JSON document for scripts."""

import json
import shutil
import sys
from typing import Any, TextIO

_BACK_AND_CLEAR = "\r\x1b[K"


class Screen:
    """`as_json`: `show` is silent, and `document` is the only thing on standard output.

    A line that changes is drawn where standard error is a terminal; elsewhere it is written when it is new.
    """

    def __init__(
        self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None, live: bool | None = None
    ) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self.live = self._err.isatty() if live is None else live
        self._shown = ""
        self._asking = False

    def show(self, text: str) -> None:
        """A result, for a person."""
        if not self.as_json:
            self._wipe()
            _write(self._out, f"{text}\n")

    def document(self, value: dict[str, Any]) -> None:
        """The result, for a script. At most one for each command."""
        if self.as_json:
            _write(self._out, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def tell(self, text: str) -> None:
        """Something that happened, or what went wrong."""
        self._wipe()
        _write(self._err, f"{text}\n")

    def ask(self, question: str) -> None:
        """A question that stays to be seen until it is `answered`."""
        self._wipe()
        self._asking = True
        _write(self._err, f"{question} [y/N] ")

    def answered(self) -> None:
        self._asking = False

    def progress(self, text: str, detail: str = "") -> None:
        """How it stands. `detail` (a running time) is shown where the line can be drawn again."""
        if self._asking:
            return
        if not self.live:
            if text != self._shown:
                _write(self._err, f"{text}\n")
            self._shown = text
            return
        self._shown = text
        width = shutil.get_terminal_size().columns - 1
        _write(self._err, f"{_BACK_AND_CLEAR}{(text + detail)[:width]}")

    def _wipe(self) -> None:
        if self.live and self._shown:
            _write(self._err, _BACK_AND_CLEAR)
            self._shown = ""


def _write(stream: TextIO, text: str) -> None:
    """What the terminal's encoding does not know is spelled out: a prompt may be in any script."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
