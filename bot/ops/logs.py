"""Structured logs: constant messages with fields, as text or as JSON lines, on standard error.

Modules log with the standard library (`log.info("order accepted", extra={...})`); structlog renders.
"""

import logging
import sys

import structlog

_QUIET = ("discord", "aiosqlite", "asyncio")  # at DEBUG they would write down payloads, and so prompts


def set_up(level: str, style: str) -> None:
    """Configures the root logger. `style` is "text" or "json"."""
    timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    if style == "json":
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    else:
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=30,
            exception_formatter=structlog.dev.plain_traceback,  # the default prints locals, and prompts are among them
        )
        renderers = [console]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            timestamp,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))
