"""Ordering one prompt from several models at once, and voting for what they make."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.kit.components import layout
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import QUICK, acknowledge
from bot.chat.orders.comparison import VOTE, with_counts
from bot.chat.orders.names import names_for
from bot.chat.orders.placing import Accepted, answer, draw, show_files, take_back
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, MessageId
from bot.domain.models.catalogue import Catalogue, MediaKind
from bot.domain.orders.markup import plain_request, texts_of
from bot.domain.orders.order import GenerationRequest, ValidatedRequest


def kind_made_by(names: Sequence[str], catalogue: Catalogue) -> MediaKind:
    """What all of these models make, films before pictures. Raises `Refusal` where there is no such thing."""
    models = [model for name in names if (model := catalogue.named(name)) is not None]
    kind = next((kind for kind in MediaKind if all(kind in model.makes for model in models)), None)
    if kind is None:
        raise Refusal("compare-kinds")
    return kind


async def place_compared(
    context: InteractionContext, request: GenerationRequest, names: Sequence[str]
) -> Accepted | None:
    """Orders what is requested from each of these models, on one card; None: it was not accepted.

    Raises `Refusal`, as `bot.chat.orders.placing.place` does.
    """
    services, order_service = context.services, context.services.order_service
    offered = services.queue_service.offered(context.asked)

    def validated_by_all(wanted: GenerationRequest) -> list[ValidatedRequest]:
        made: list[ValidatedRequest] = []
        for name in names:
            try:
                made.append(order_service.validate(replace(wanted, model=name), offered, context.guild_id))
            except Refusal as refusal:
                refusal.suggestion = refusal.validated = None  # that would be an order of its own
                model = services.catalogue_cache.require().named(name)
                if model is None:
                    raise
                of_model = Refusal("compare-model", model=model.name)
                of_model.also = (refusal, *refusal.also)
                raise of_model from refusal
        if len({one.model_id for one in made}) < len(made):
            raise Refusal("compare-twice")
        return made

    # Check.
    request = plain_request(request, await names_for(context, texts_of(request)))
    await services.input_files.check(request.attachments, context.guild_id)
    validated = validated_by_all(request)
    context.check_place()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(QUICK):
            await order_service.check(validated[0], context.asked, others=validated[1:])

    # Acknowledge, keep files, accept, draw.
    card = await answer(context)
    try:
        if request.attachments:
            with services.pending_uploads.keeping():
                async with services.input_files.fetched(request.attachments, context.guild_id) as files:
                    validated = validated_by_all(replace(request, attachments=files.attachments))
                    waiting = layout(context.public("card-storing"))
                    message = await show_files(card, waiting, files.paths)
                    validated = [services.input_files.kept_in(message, one) for one in validated]
        first, *others = validated
        accepted = await order_service.submit(first, context.with_card(card.id), others=others)
    except Refusal as refusal:
        refusal.suggestion = None
        await take_back(context, card, refusal)
        return None
    await draw(context, accepted)
    return accepted


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
