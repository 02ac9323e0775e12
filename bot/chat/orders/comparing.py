"""Ordering one prompt from several models at once, and voting for what they make."""

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import acknowledge
from bot.chat.orders.comparison import VOTE, with_counts
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, MessageId
from bot.domain.models.catalogue import Catalogue, MediaKind
from bot.domain.orders.order import GenerationRequest, ValidatedRequest


def kind_made_by(names: Sequence[str], catalogue: Catalogue) -> MediaKind:
    """What all of these models make, films before pictures. Raises `Refusal` where there is no such thing."""
    models = [model for name in names if (model := catalogue.named(name)) is not None]
    kind = next((kind for kind in MediaKind if all(kind in model.makes for model in models)), None)
    if kind is None:
        raise Refusal("compare-kinds")
    return kind


def validate_compared(
    context: InteractionContext, request: GenerationRequest, names: Sequence[str]
) -> Sequence[ValidatedRequest]:
    """The request by each of the models. Raises `Refusal`, without a suggestion: that would be an order of its own."""
    services = context.services
    offered = services.queue_service.offered(context.asked)
    made: list[ValidatedRequest] = []
    for name in names:
        try:
            by_model = replace(request, model=name)
            made.append(services.order_service.validate(by_model, offered, context.guild_id))
        except Refusal as refusal:
            refusal.suggestion = refusal.validated = None
            model = services.catalogue_cache.require().named(name)
            if model is None:
                raise
            of_model = Refusal("compare-model", model=model.name)
            of_model.also = (refusal, *refusal.also)
            raise of_model from refusal
    if len({one.model_id for one in made}) < len(made):
        raise Refusal("compare-twice")
    return made


async def _vote(press: Press) -> None:
    """Counts the member's vote, and shows it on the buttons."""
    context, generation_id = press.context, GenerationId(press.values["id"])
    voting, message = press.services.voting, press.interaction.message
    if context.user_id in press.services.queue_service.rules(context.guild_id).banned:
        raise Refusal("banned")
    await voting.cast(generation_id, context.guild_id, context.user_id)
    await acknowledge(press.interaction)
    if message is not None and await voting.turn(MessageId(message.id)):
        view = with_counts(message, await voting.counts(generation_id))
        await press.interaction.edit_original_response(view=view)


VOTE_CONTROL = Control(VOTE, _vote)
