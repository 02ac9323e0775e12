"""`drover queue`, `drover cancel` and `drover history`: what Oxen has under way, the end of it, and what is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.ids import RemoteId
from bot.domain.provider import (
    HistoryRow,
    KeyRefused,
    MediaType,
    NotFound,
    OxenError,
    RemoteGeneration,
    RemoteStatus,
    Unavailable,
)
from bot.oxen.client import LARGEST_PAGE
from bot.oxen.wire import plain
from bot.terminal.endings import Ending
from bot.terminal.results import usd
from bot.terminal.shell import Shell, as_failed, unless_stopped
from bot.terminal.tables import table
from bot.terminal.watching import MAY_BE_PAID

_MOST_PAGES = 1000  # of a thousand rows each: more than anybody has, and an end for an answer without one
_NO_COSTS = "What these cost, this edition of Oxen's API does not tell: only the newest keeps a history with money."
_NO_HISTORY = (
    "Nothing that is over. This edition of Oxen's API may keep none of it: then results are in the namespace on "
    "Oxen.ai, and links to them come with the event stream only."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What of the history is asked for: at most `most` rows, newest first, none that was ordered before `since`."""

    most: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the queue is asked for; None in `status`: what is queued or being made."""

    namespace: str | None = None
    model: str | None = None
    status: RemoteStatus | None = None
    kind: MediaType | None = None

    def fits(self, row: RemoteGeneration) -> bool:
        """Asked here as well: the oldest edition of the API filters by namespace and model only.

        It does not tell either what of its rows is queued and what is being made.
        """
        statuses = {None, row.status} if row.has_status else {None, "queued", "processing"}
        kinds = {None, row.media_type or self.kind}
        return self.model in {None, row.model} and self.status in statuses and self.kind in kinds


async def queue(shell: Shell, wanted: Wanted) -> Ending:
    """Shows what is queued or being made, or in the status that is wanted. Raises `OxenError`."""
    asking = shell.oxen.list(wanted.namespace, wanted.status, model=wanted.model, media_type=wanted.kind)
    rows = [row for row in await unless_stopped(shell.stop, asking) if wanted.fits(row)]
    lines = [(row.id, row.status, _moment(row.enqueued_at), plain(row.model)) for row in rows]
    nothing = "Nothing is under way." if wanted == Wanted(namespace=wanted.namespace) else "Nothing fits."
    shell.screen.show(table([("id", "status", "since (UTC)", "model"), *lines]) if rows else nothing)
    filters = {"namespace": wanted.namespace, "model": wanted.model, "status": wanted.status, "kind": wanted.kind}
    shell.screen.document({**filters, "generations": [_document(row) for row in rows]})
    return Ending.DONE


async def cancel(shell: Shell, ids: Sequence[str]) -> Ending:
    """Ends each, and says how it really ended: a cancellation may come too late. Raises `OxenError`."""
    ends = {each: await unless_stopped(shell.stop, _cancelled(shell, RemoteId(each))) for each in dict.fromkeys(ids)}
    for remote_id, end in ends.items():
        shell.screen.show(f"{remote_id}: {end}")
    done = [end == "cancelled" for end in ends.values()]
    if any(done):
        shell.screen.tell(MAY_BE_PAID)
    shell.screen.document({"generations": [{"id": each, "status": end} for each, end in ends.items()]})
    return Ending.DONE if all(done) else Ending.SOME_FAILED if any(done) else Ending.FAILED


async def _cancelled(shell: Shell, remote_id: RemoteId) -> str:
    try:
        await shell.oxen.cancel(remote_id)
    except NotFound:
        return "not known, or over already"
    except KeyRefused:
        raise
    except OxenError as error:
        return f"not cancelled: {as_failed(error, str(shell.settings.oxen_api_url))}"
    try:
        return (await shell.oxen.get(remote_id)).status
    except NotFound:
        return "cancelled"  # a dialect that forgets what is over
    except Unavailable:
        return "cancellation sent; Oxen does not say yet how it ended"


async def history(shell: Shell, namespace: str | None, period: Period, *, cost: bool) -> Ending:
    """Shows what is over, newest first, with what it cost where Oxen tells. Raises `OxenError`."""
    try:
        rows, total = await unless_stopped(shell.stop, _with_costs(shell, namespace, period))
    except NotFound:
        rows, total = await unless_stopped(shell.stop, _without_costs(shell, namespace, period)), None
        if cost and rows:
            shell.screen.tell(_NO_COSTS)
    _show(shell, rows, total, cost=cost)
    shell.screen.document(
        {
            "namespace": namespace,
            "generations": [_document(row.generation) | {"cost_usd": _usd(row.cost)} for row in rows],
            "total_cost_usd": _usd(total),
        }
    )
    return Ending.DONE


def _show(shell: Shell, rows: Sequence[HistoryRow], total: Decimal | None, *, cost: bool) -> None:
    if not rows:
        shell.screen.show(_NO_HISTORY)
        return
    head = ("id", "status", "ordered (UTC)", *(["USD"] if cost else []), "model")
    shell.screen.show(table([head, *(_line(row, cost=cost) for row in rows)]))
    if cost and total is not None:
        shell.screen.show(f"Together {usd(total)} USD")


def _line(row: HistoryRow, *, cost: bool) -> tuple[str, ...]:
    generation = row.generation
    costs = [usd(row.cost) if row.cost is not None else "-"] if cost else []
    return (generation.id, generation.status, _moment(generation.enqueued_at), *costs, plain(generation.model))


async def _with_costs(shell: Shell, namespace: str | None, period: Period) -> tuple[list[HistoryRow], Decimal | None]:
    """The rows of the period, and what they cost together. Raises `NotFound` where the dialect has no history."""
    found: list[HistoryRow] = []
    size = min(LARGEST_PAGE, period.most)
    for number in range(1, _MOST_PAGES + 1):
        page = await shell.oxen.history_page(namespace, page=number, size=size)
        found += [row for row in page.rows if _within(row.generation, period)]
        if number >= page.pages or len(found) >= period.most or any(_older(r.generation, period) for r in page.rows):
            break
    rows = found[: period.most]
    costs = [row.cost for row in rows if row.cost is not None]
    return rows, sum(costs, Decimal(0))


async def _without_costs(shell: Shell, namespace: str | None, period: Period) -> list[HistoryRow]:
    rows = [row for row in await shell.oxen.history(namespace) if row.status not in {"queued", "processing"}]
    rows.sort(key=lambda row: row.enqueued_at.timestamp() if row.enqueued_at else 0.0, reverse=True)
    kept = [HistoryRow(generation=row, parameters={}) for row in rows if _within(row, period)]
    return kept[: period.most]


def _within(row: RemoteGeneration, period: Period) -> bool:
    return row.status not in {"queued", "processing"} and not _older(row, period)


def _older(row: RemoteGeneration, period: Period) -> bool:
    return period.since is not None and row.enqueued_at is not None and row.enqueued_at < period.since


def _document(row: RemoteGeneration) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "model": row.model,
        "namespace": row.namespace,
        "ordered_at": row.enqueued_at.isoformat() if row.enqueued_at else None,
        "completed_at": row.completed_at.isoformat() if row.completed_at else None,
        "url": row.result_url,
        "problem": row.error,
    }


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
