"""Structured logs: constant messages with fields, as text or as JSON lines, on standard error.

Modules log with the standard library (`log.info("order accepted", extra={...})`), and so does this.
"""

import json
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

_QUIET = ("discord", "aiosqlite", "asyncio")  # at DEBUG they would write down payloads, and so prompts
_NO_FIELDS = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}  # what every record has
_WIDEST_LEVEL, _USUAL_EVENT = 9, 30  # characters
_COLORS = {logging.DEBUG: 32, logging.INFO: 32, logging.WARNING: 33, logging.ERROR: 31, logging.CRITICAL: 31}
_QUOTED = frozenset(" \t\r\n=\"'")


class JsonLines(logging.Formatter):
    """One object for a record: `event`, `timestamp`, `level`, `logger`, `process`, its fields, and `exception`.

    `process` is the name of this process among those that write to the same log. `exception` is there if one is.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "event": record.getMessage(),
            "timestamp": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": self._process,
            **_fields(record),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


class TextLines(logging.Formatter):
    """A line for each record, with its fields in the order of their names; below it the traceback."""

    def __init__(self, process: str, *, colors: bool) -> None:
        super().__init__()
        self._process = process
        self._colors = colors

    def format(self, record: logging.LogRecord) -> str:
        level = record.levelname.lower().ljust(_WIDEST_LEVEL)
        event = record.getMessage().ljust(_USUAL_EVENT)
        if self._colors:
            level, event = f"\x1b[{_COLORS.get(record.levelno, 0)}m{level}\x1b[0m", f"\x1b[1m{event}\x1b[0m"
        plain = {n: v if isinstance(v, str) and _QUOTED.isdisjoint(v) else repr(v) for n, v in _fields(record).items()}
        fields = [f"{name}={plain[name]}" for name in sorted(plain)]
        line = " ".join([_moment(record), f"[{level}]", event, f"[{self._process} {record.name}]", *fields])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _NO_FIELDS}


def set_up(level: str, style: str, process: str) -> None:
    """Configures the root logger. `style` is "text" or "json"; `process` stands in each line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    handler.setFormatter(JsonLines(process) if style == "json" else TextLines(process, colors=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))


@contextmanager
def heard_by(handler: logging.Handler) -> Generator[None]:
    """While the block runs, `handler` hears what everybody logs."""
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
