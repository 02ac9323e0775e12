"""Invariant 6 as a check: no prompt and no key in any log record."""

import logging
from collections.abc import Iterable

from tests.fakes.orders import KEY, PROMPT


def assert_discreet(records: Iterable[logging.LogRecord]) -> None:
    """Looks at the message, at every field and at the traceback of each record."""
    for record in records:
        written = f"{record.getMessage()} {record.__dict__} {record.exc_text or ''}"
        assert PROMPT not in written, record.getMessage()
        assert KEY not in written, record.getMessage()
