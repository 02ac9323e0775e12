"""The history's rows to values: what was made, how, and what it cost (API.md, "history with money")."""

from collections.abc import Mapping
from typing import Any, cast

from bot.domain.provider import HistoryPage, HistoryRow
from bot.oxen import wire
from bot.oxen.prices import amount

# What a row says of the generation itself, or of whoever ordered it; everything else in it was given with the order.
_OF_THE_ROW = frozenset(
    {
        "generation_id", "status", "model", "model_name", "media_type", "prompt", "cost", "result_url", "error_message",
        "enqueued_at", "started_at", "completed_at", "ended_at", "finished_at", "failed_at", "cancelled_at",
        "canceled_at", "expired_at", "target_namespace", "target_repo", "target_directory",
        "user_id", "username", "user_image",
    }
)  # fmt: skip
_MOST = 10**9  # pages or rows; what is more is no number to go by


def page(payload: object) -> HistoryPage:
    """A page; a row that cannot be read is left out. Raises `ValueError` when it is none."""
    fields = _mapping(payload)
    entries: object = fields.get("generations")
    if not isinstance(entries, list):
        raise ValueError("unexpected answer at generations")  # noqa: TRY004 - it is the answer that is wrong
    read = tuple(row for entry in cast("list[object]", entries)[: wire.MOST_ROWS] if (row := _row_or_none(entry)))
    return HistoryPage(
        rows=read,
        number=_whole(fields.get("page_number"), 1),
        pages=_whole(fields.get("total_pages"), 1),
        entries=_whole(fields.get("total_entries"), len(read)),
        total_cost=amount(fields.get("total_cost")),
    )


def record(payload: object) -> HistoryRow:
    """One row of the history, inside its `generation` envelope or bare. Raises `ValueError`."""
    fields = _mapping(_mapping(payload).get("generation", payload))
    given = {name: value for name, value in fields.items() if name not in _OF_THE_ROW and value is not None}
    return HistoryRow(generation=wire.row(fields), cost=amount(fields.get("cost")), parameters=given)


def _row_or_none(entry: object) -> HistoryRow | None:
    try:
        return record({"generation": entry})
    except ValueError:
        return None


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else otherwise


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
