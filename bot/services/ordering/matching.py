"""Whether a row at the provider is an order's own: there is no idempotency key (API.md, "Errors"), so looks decide."""

from bot.domain.ids import OrderId, is_id
from bot.domain.models.catalogue import MULTI_PROMPT, SEED
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import RemoteGeneration


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


def _words(validated: ValidatedRequest) -> frozenset[str]:
    """By what a row may call itself: the prompt, or where shots take its place, any of them or all together."""
    if validated.prompt and MULTI_PROMPT not in validated.parameters:
        return frozenset({validated.prompt})
    shots = validated.parameters.get(MULTI_PROMPT)
    texts = [shot["prompt"] for shot in shots if isinstance(shot, dict)] if isinstance(shots, list) else []
    spoken = [text for text in texts if isinstance(text, str)]
    return frozenset({*spoken, " ".join(spoken), "\n".join(spoken)} - {""})
