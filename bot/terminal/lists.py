"""What Oxen can make (`drover models`, `drover model`), has under way (`queue`, `cancel`), and has made (`history`)."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import PROMPT, MediaKind, Model, ModelGroup
from bot.domain.models.parameters import Parameter, allowed
from bot.domain.money import Pricing
from bot.domain.provider import (
    HistoryRow,
    KeyRefused,
    MediaType,
    NotFound,
    ProviderError,
    RemoteGeneration,
    RemoteStatus,
    Unavailable,
)
from bot.oxen.client import LARGEST_PAGE
from bot.oxen.wire import plain
from bot.terminal.results import MAY_BE_PAID, as_text, shown_money
from bot.terminal.shell import ExitCode, Shell, as_failed, unless_stopped

_ALL = 10_000  # models
_MOST_PAGES = 1000  # of a thousand rows each: more than anybody has, and an end for an answer without one
_UNDER_WAY = frozenset({"queued", "processing"})
_NO_COSTS = "What these cost, this edition of Oxen's API does not tell: only the newest keeps a history with money."
_NO_HISTORY = (
    "Nothing that is over. This edition of Oxen's API may keep none of it: then results are in the namespace on "
    "Oxen.ai, and links to them come with the event stream only."
)

# The catalogue.


async def models(shell: Shell, words: str, kind: MediaKind | None, group: ModelGroup | None) -> ExitCode:
    """Shows the models in which every word occurs. Raises `ProviderError`."""
    catalogue = await unless_stopped(shell.stop, shell.oxen.catalogue())
    found = catalogue.find(words, kind=kind, group=group, limit=_ALL)
    if found:
        rows = [(plain(m.id), _makes(m), _groups(m), price(m.pricing)) for m in found]
        shell.screen.table(("model", "makes", "does", "price"), rows)
    else:
        shell.screen.show("No model fits.")
    shell.screen.document({"models": [_model_document(model) for model in found]})
    return ExitCode.DONE


async def model(shell: Shell, name: str) -> ExitCode:
    """Shows one model and its parameters. Raises `Refusal` when there is none of that name, or `ProviderError`."""
    catalogue = await unless_stopped(shell.stop, shell.oxen.catalogue())
    found = next((m for kind in MediaKind if (m := catalogue.named(name, kind)) is not None), None)
    if found is None:
        near = catalogue.nearest(name)
        raise Refusal("model-unknown", given=name[:100], nearest=near.id if near else "")
    slots = {slot.parameter: f"{slot.kind.value}{'s' if slot.many else ''}" for slot in found.slots}
    does = _groups(found) or _makes(found)
    shell.screen.show(f"{found.name} ({plain(found.id)}): {does}, {price(found.pricing)}\n")
    rows = [
        (
            plain(p.name),
            slots.get(p.name) or _type(p),
            plain(allowed(p)),
            "" if p.default is None else plain(str(p.default)),
            "needed" if p.required else "",
        )
        for p in found.parameters.values()
    ]
    shell.screen.table(("parameter", "type", "may be", "usually", ""), rows)
    shell.screen.show(f"\n{example(found)}")
    parameters = [
        {
            "name": p.name,
            "types": list(p.types),
            "choices": list(p.choices),
            "minimum": p.minimum,
            "maximum": p.maximum,
            "max_length": p.max_length,
            "default": p.default,
            "required": p.required,
        }
        for p in found.parameters.values()
    ]
    shell.screen.document(_model_document(found) | {"parameters": parameters})
    return ExitCode.DONE


def example(model: Model) -> str:
    """An order for `model` as it would be typed, with all that it needs."""
    slots = {slot.parameter for slot in model.slots}
    parts = ["drover", "generate", "--model", model.id]
    parts += ["--prompt", "…"] if model.takes_prompt else []
    for parameter in model.parameters.values():
        if parameter.required and parameter.name != PROMPT:
            option = "--input" if parameter.name in slots else "--param"
            value = "FILE" if parameter.name in slots else str(next(iter(parameter.choices), "…"))
            parts += [option, f"{parameter.name}={value}"]
    return " ".join(part if part == "…" else shlex.quote(part) for part in parts)


def price(pricing: Pricing | None) -> str:
    """What one image or one second costs, from the least to the most."""
    if pricing is None:
        return "-"
    images = [pricing.per_image, *(usd for row in pricing.image_grid.values() for usd in row.values())]
    seconds = [pricing.per_second, *pricing.by_resolution.values(), pricing.with_audio, pricing.high_resolution]
    for amounts, unit in ((images, "an image"), (seconds, "a second")):
        known = sorted({amount for amount in amounts if amount is not None})
        if known:
            return f"{shown_money(known[0])}{f' - {shown_money(known[-1])}' if len(known) > 1 else ''} {unit}"
    return "-"


def _type(parameter: Parameter) -> str:
    names = parameter.types or tuple(name for variant in parameter.variants for name in variant.types)
    return " or ".join(dict.fromkeys(plain(name) for name in names if name != "null")) or "any"


def _makes(model: Model) -> str:
    return ", ".join(kind.value for kind in MediaKind if kind in model.makes)


def _groups(model: Model) -> str:
    return ", ".join(group.value for group in ModelGroup if group in model.groups)


def _model_document(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "makes": sorted(model.makes),
        "groups": sorted(group.value for group in model.groups),
        "price": None if model.pricing is None else price(model.pricing),
        "example": example(model),
    }


# What is under way.


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What of the queue is asked for; None in `status`: what is queued or being made."""

    namespace: str | None = None
    model: str | None = None
    status: RemoteStatus | None = None
    kind: MediaType | None = None

    def fits(self, row: RemoteGeneration) -> bool:
        """Asked here as well: the oldest edition of the API filters by namespace and model only.

        It does not tell either what of its rows is queued and what is being made.
        """
        statuses = {None, row.status} if row.has_status else {None, *_UNDER_WAY}
        kinds = {None, row.media_type or self.kind}
        return self.model in {None, row.model} and self.status in statuses and self.kind in kinds


async def queue(shell: Shell, wanted: QueueFilter) -> ExitCode:
    """Shows what is queued or being made, or in the status that is wanted. Raises `ProviderError`."""
    asking = shell.oxen.list(wanted.namespace, wanted.status, model=wanted.model, media_type=wanted.kind)
    rows = [row for row in await unless_stopped(shell.stop, asking) if wanted.fits(row)]
    if rows:
        lines = [(row.id, row.status, _moment(row.enqueued_at), plain(row.model)) for row in rows]
        shell.screen.table(("id", "status", "since (UTC)", "model"), lines)
    else:
        everything = wanted == QueueFilter(namespace=wanted.namespace)
        shell.screen.show("Nothing is under way." if everything else "Nothing fits.")
    filters = {"namespace": wanted.namespace, "model": wanted.model, "status": wanted.status, "kind": wanted.kind}
    shell.screen.document({**filters, "generations": [_row_document(row) for row in rows]})
    return ExitCode.DONE


async def cancel(shell: Shell, ids: Sequence[str]) -> ExitCode:
    """Ends each, and says how it really ended: a cancellation may come too late. Raises `ProviderError`."""
    ends = {each: await unless_stopped(shell.stop, _cancelled(shell, RemoteId(each))) for each in dict.fromkeys(ids)}
    for remote_id, end in ends.items():
        shell.screen.show(f"{remote_id}: {end}")
    done = [end == "cancelled" for end in ends.values()]
    if any(done):
        shell.screen.tell(MAY_BE_PAID)
    shell.screen.document({"generations": [{"id": each, "status": end} for each, end in ends.items()]})
    return ExitCode.DONE if all(done) else ExitCode.SOME_FAILED if any(done) else ExitCode.FAILED


async def _cancelled(shell: Shell, remote_id: RemoteId) -> str:
    try:
        await shell.oxen.cancel(remote_id)
    except NotFound:
        return "not known, or over already"
    except KeyRefused:
        raise
    except ProviderError as error:
        return f"not cancelled: {as_failed(error, str(shell.settings.oxen_api_url))}"
    try:
        return (await shell.oxen.get(remote_id)).status
    except NotFound:
        return "cancelled"  # a dialect that forgets what is over
    except Unavailable:
        return "cancellation sent; Oxen does not say yet how it ended"


# What is over.


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What of the history is asked for: at most `most` rows, newest first, none that was ordered before `since`."""

    most: int
    since: datetime | None = None

    def before(self, row: RemoteGeneration) -> bool:
        """Whether the row is too old."""
        return self.since is not None and row.enqueued_at is not None and row.enqueued_at < self.since

    def of(self, rows: Iterable[HistoryRow]) -> list[HistoryRow]:
        """Those that are over, and not too old."""
        return [r for r in rows if r.generation.status not in _UNDER_WAY and not self.before(r.generation)]


async def history(shell: Shell, namespace: str | None, period: Period, *, cost: bool) -> ExitCode:
    """Shows what is over, newest first, with what it cost where Oxen tells. Raises `ProviderError`."""
    try:
        rows = await unless_stopped(shell.stop, _with_costs(shell, namespace, period))
        total = sum((row.cost for row in rows if row.cost is not None), Decimal(0))
    except NotFound:  # the dialect has no history with money
        plain_rows = await unless_stopped(shell.stop, shell.oxen.history(namespace))
        plain_rows.sort(key=lambda row: row.enqueued_at.timestamp() if row.enqueued_at else 0.0, reverse=True)
        rows, total = period.of(HistoryRow(generation=row, parameters={}) for row in plain_rows)[: period.most], None
        if cost and rows:
            shell.screen.tell(_NO_COSTS)
    if rows:
        lines: list[tuple[str, ...]] = []
        for row in rows:
            amount = [shown_money(row.cost) if row.cost is not None else "-"] if cost else []
            one = row.generation
            lines.append((one.id, one.status, _moment(one.enqueued_at), *amount, plain(one.model)))
        shell.screen.table(("id", "status", "ordered (UTC)", *(["cost"] if cost else []), "model"), lines)
        if cost and total is not None:
            shell.screen.show(f"Together {shown_money(total)}")
    else:
        shell.screen.show(_NO_HISTORY)
    shell.screen.document(
        {
            "namespace": namespace,
            "generations": [_row_document(row.generation) | {"cost_usd": as_text(row.cost)} for row in rows],
            "total_cost_usd": as_text(total),
        }
    )
    return ExitCode.DONE


async def _with_costs(shell: Shell, namespace: str | None, period: Period) -> list[HistoryRow]:
    """The rows of the period. Raises `NotFound` where the dialect has no history."""
    found: list[HistoryRow] = []
    size = min(LARGEST_PAGE, period.most)
    for number in range(1, _MOST_PAGES + 1):
        page = await shell.oxen.history_page(namespace, page=number, size=size)
        found += period.of(page.rows)
        if number >= page.pages or len(found) >= period.most or any(period.before(r.generation) for r in page.rows):
            break
    return found[: period.most]


def _row_document(row: RemoteGeneration) -> dict[str, Any]:
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
