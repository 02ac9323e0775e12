"""Errors to Sentry, or to whatever speaks its protocol, where the operator names it (`DROVER_SENTRY_DSN`).

The library is loaded only then. What leaves is listed here, and everything else stays: no text of an error, because it
may hold a prompt or a key; no local variables; nobody's id. The log has the whole story, by the order's id.
"""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.domain.errors import OperatorError
from bot.ops.logs import heard_by

_AT_THE_END = 2.0  # seconds for what has not been sent yet
_OF_THE_REPORT = (
    "event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk",
)  # fmt: skip
_OF_AN_ERROR = ("type", "module", "mechanism")
_OF_A_FRAME = ("filename", "module", "function", "lineno", "in_app")
_OF_THE_LOG = (  # fields of log lines: our own ids and numbers, and words of our own
    "order", "generation", "post", "part", "job", "loop", "pool", "command", "migration", "attempt", "status", "errno",
)  # fmt: skip
_OURS = {"bot", "cogs"}  # whose log messages are constants


@contextmanager
def reporting(dsn: str, process: str, version: str) -> Generator[None]:
    """While the block runs, what is logged as an error is reported, and what ends the block.

    At the end all is sent that can be within two seconds. What the operator is told in a line (`OperatorError`) is no
    error of the program.
    """
    import sentry_sdk
    from sentry_sdk.integrations.logging import EventHandler

    sentry_sdk.init(
        dsn=dsn.strip(),
        release=f"drover@{version}",
        server_name=process,
        before_send=only_what_may_leave,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        in_app_include=sorted(_OURS),
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
    )
    try:
        with heard_by(EventHandler(logging.ERROR)):
            yield
    except OperatorError:
        raise
    except Exception as error:
        sentry_sdk.capture_exception(error)
        raise
    finally:
        sentry_sdk.get_client().close(timeout=_AT_THE_END)


def only_what_may_leave(event: Any, hint: Mapping[str, Any]) -> Any:
    """The report without what is not listed above.

    None for a failure that has been reported: of a loop that fails again and again the first one tells enough.
    """
    record: logging.LogRecord | None = hint.get("log_record")
    fields = vars(record) if record is not None else {}
    if fields.get("in_a_row", 1) > 1:
        return None
    report = _only(event, _OF_THE_REPORT)
    report["tags"] = {name: str(fields[name])[:200] for name in _OF_THE_LOG if fields.get(name) is not None}
    if record is not None:
        is_ours = record.name.partition(".")[0] in _OURS
        report["logentry"] = {"message": str(record.msg) if is_ours else f"error in {record.name}"}
    kept: list[dict[str, Any]] = []
    for error in event.get("exception", {}).get("values", []):
        frames: list[Any] = error["stacktrace"]["frames"] if error.get("stacktrace") else []
        trace = {"frames": [_only(frame, _OF_A_FRAME) for frame in frames]}
        kept.append(_only(error, _OF_AN_ERROR) | {"stacktrace": trace})
    if kept:
        report["exception"] = {"values": kept}
    return report


def _only(whole: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: whole[name] for name in names if name in whole}
