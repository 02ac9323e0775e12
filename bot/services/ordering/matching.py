"""Whether a row at the provider is an order's own: there is no idempotency key (API.md, "Errors"), so looks decide."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.ids import OrderId, RemoteId, is_id
from bot.domain.models.catalogue import MULTI_PROMPT, SEED
from bot.domain.orders.generation import GenerationState
from bot.domain.orders.order import OrderRecord, ValidatedRequest
from bot.domain.provider import RemoteGeneration

_NEAR = timedelta(minutes=5)  # between a POST and a row that is taken for its order's without a word to tell it by


def belongs(
    row: RemoteGeneration, validated: ValidatedRequest, order_id: OrderId | str, namespace: str | None
) -> bool | None:
    """Told by what an order carries: its id as `target_directory` where the provider echoes one, and then by nothing
    else; the namespace that pays, the seed that was chosen for it, the model, the words.

    None: all that the row says fits, but it has no words to tell it from others.
    """
    if row.directory is not None and is_id(row.directory):
        return row.directory == order_id
    if row.namespace and namespace and row.namespace.casefold() != namespace.casefold():
        return False
    seed = validated.parameters.get(SEED)
    if row.model != validated.model_id or (seed is not None and row.seed is not None and row.seed != seed):
        return False
    words = _words(validated)
    return row.prompt in words if row.prompt and words else None


def matching(record: OrderRecord, rows: Sequence[RemoteGeneration], owned: set[RemoteId]) -> list[RemoteId]:
    """The ids in `rows` that no order owns and that look like this order's, those nearest to its POST first.

    How near is only a preference, since clocks jump; rows live for a day.
    """
    sent_at = record.sent_at
    if sent_at is None:
        return []
    fitting = [row for row in rows if row.id not in owned and fits(row, record)]
    fitting.sort(key=lambda row: abs((row.enqueued_at or sent_at) - sent_at))
    wanted = sum(g.state is GenerationState.UNKNOWN for g in record.generations)
    return [row.id for row in fitting[:wanted]]


def fits(row: RemoteGeneration, record: OrderRecord) -> bool:
    """Whether the row looks like this order's; one that does not say its prompt must at least be of that time."""
    order = record.order
    found = belongs(row, order.request, order.id, order.namespace)
    return found if found is not None else _near(row, record)


def is_success_like(row: RemoteGeneration, record: OrderRecord) -> bool:
    """Whether a success looks like the order's, whenever it was made."""
    order = record.order
    return row.status == "succeeded" and bool(belongs(row, order.request, order.id, order.namespace))


def is_late_success(row: RemoteGeneration, record: OrderRecord) -> bool:
    """Whether a success is surely the order's: by its mark, or by its looks and its time."""
    return is_success_like(row, record) and (row.directory == record.order.id or _near(row, record))


def may_own(other: OrderRecord, rows: Sequence[RemoteGeneration]) -> bool:
    """Whether some of the rows may be those of an order on its way, whoever pays for it."""
    order = other.order
    return any(belongs(row, order.request, order.id, order.namespace) is not False for row in rows)


def _near(row: RemoteGeneration, record: OrderRecord) -> bool:
    sent_at = record.sent_at
    return row.enqueued_at is not None and sent_at is not None and abs(row.enqueued_at - sent_at) <= _NEAR


def _words(validated: ValidatedRequest) -> frozenset[str]:
    """By what a row may call itself: the prompt, or where shots take its place, any of them or all together."""
    if validated.prompt and MULTI_PROMPT not in validated.parameters:
        return frozenset({validated.prompt})
    shots = validated.parameters.get(MULTI_PROMPT)
    texts = [shot["prompt"] for shot in shots if isinstance(shot, dict)] if isinstance(shots, list) else []
    spoken = [text for text in texts if isinstance(text, str)]
    return frozenset({*spoken, " ".join(spoken), "\n".join(spoken)} - {""})
