"""Placing an order from an interaction: a command, a form or a button."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import layout
from bot.chat.kit.context import Interaction, InteractionContext
from bot.chat.kit.errors import CALL_FAILED, Sort, sort_of
from bot.chat.kit.replies import QUICK, defer, refuse
from bot.chat.orders.cards import waiting_card
from bot.chat.orders.names import names_for
from bot.domain.errors import Refusal
from bot.domain.ids import MessageId, OrderId
from bot.domain.messenger import CardToken, MessengerError, TryLater
from bot.domain.orders.inputs import InputGone
from bot.domain.orders.markup import plain_request, texts_of
from bot.domain.orders.order import GenerationRequest, OrderRecord, PendingConfirmation, ValidatedRequest
from bot.services.ordering.order_service import Wanted

log = logging.getLogger(__name__)

Accepted = OrderRecord | PendingConfirmation
"""An order, or the question whether its price is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The message that answers an interaction: an order's card, or what keeps files for later ones."""

    id: MessageId
    edit: Callable[..., Awaitable[discord.Message]]
    delete: Callable[[], Awaitable[None]]


async def place(
    context: InteractionContext,
    request: GenerationRequest,
    *,
    models: Sequence[str] = (),
    further: bool = False,
    agreed: Decimal | None = None,
) -> Accepted | None:
    """Orders what is requested, with the answer to the interaction as the order's card; None: it was not accepted.

    `models`: it is ordered from each of these, together and on one card. `further`: the interaction has its answer
    already, so the card is a message of its own. `agreed`: the price (USD) that was on the button.
    Raises `Refusal`, with the nearest request that would run where there is one: what can be known from memory is
    known before the acknowledgement. What turns out later is said here, and privately.
    """
    services, front_end = context.services, context.front_end
    order_service = services.order_service
    offered = services.queue_service.offered(context.asked)

    def validated_by_all(request: GenerationRequest) -> Sequence[ValidatedRequest]:
        if models:
            return _validate_compared(context, request, models)
        return [order_service.validate(request, offered, context.guild_id)]

    # Check: with names where Discord has ids, so that what is checked, shown and sent is the same.
    request = plain_request(request, await names_for(context, texts_of(request)))
    await front_end.input_files.check(request.attachments, context.guild_id)
    if request.draft:
        request = order_service.draft(request, offered, context.guild_id)
    first, *others = validated_by_all(request)
    context.check_place()
    wanted = Wanted(request=request, offered=offered, agreed=agreed) if not models else None
    await _soon(order_service.check(first, context.asked, wanted, others))

    # Acknowledge.
    card = await answer(context, further=further)
    asked = context.with_card(card.id)
    try:
        # Keep files: they are fetched and looked at, and shown in the card before the order is accepted, because the
        # order's row says where they are.
        if request.attachments:
            with front_end.pending_uploads.keeping():
                async with front_end.input_files.fetched(request.attachments, context.guild_id) as files:
                    seen = replace(request, attachments=files.attachments)
                    validated = validated_by_all(seen)
                    wanted = replace(wanted, request=seen) if wanted is not None else None
                    used = {one.attachment.name for each in validated for one in each.inputs}
                    paths = {name: path for name, path in files.paths.items() if name in used}
                    if paths:
                        message = await show_files(card, waiting_card(validated, asked, context.public), paths)
                        validated = [front_end.input_files.kept_in(message, each) for each in validated]
                    first, *others = validated

        # Accept.
        accepted = await order_service.submit(first, asked, wanted=wanted, others=others)
    except Refusal as refusal:
        await take_back(context, card, refusal)
        return None

    # Draw.
    await draw(context, accepted)
    return accepted


def _validate_compared(
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


async def place_further(context: InteractionContext, request: GenerationRequest) -> Accepted | None:
    """Places a further order of an interaction that has its answer; whatever is refused is said here."""
    try:
        return await place(context, request, further=True)
    except Refusal as refusal:
        await refuse(context.interaction, refusal, further=True)
        return None


async def place_again(context: InteractionContext, order_id: OrderId) -> Accepted | None:
    """Orders again what failed of an order, with the same files, from where the first order has them.

    Raises `Refusal` like `place`. For its requester and for moderators, and once.
    """
    services, front_end = context.services, context.front_end
    order_service = services.order_service
    await order_service.check_repeat(order_id, context.user_id, context.guild_id, moderator=context.moderator)
    context.check_place()
    await _soon(services.billing.payer_of(context.guild_id))
    card = await answer(context)
    try:
        validated = await order_service.request_of(order_id)
        try:
            await front_end.input_files.fresh(validated.inputs if validated is not None else ())
        except InputGone as gone:
            raise Refusal("again-input-gone", number=str(gone.position)) from gone
        except TryLater as later:
            raise Refusal("input-files-unseen") from later
        names = await names_for(context, texts_of(validated) if validated is not None else ())
        accepted = await order_service.repeat(order_id, context.with_card(card.id), names)
    except Refusal as refusal:
        await take_back(context, card, refusal)
        return None
    await draw(context, accepted)
    return accepted


async def draw(context: InteractionContext, accepted: Accepted) -> None:
    """Draws the card of an order, with its place in the queue, or of what may become one.

    Whatever goes wrong, the order stands, and a loop draws its card again.
    """
    services = context.services
    try:
        if isinstance(accepted, PendingConfirmation):
            await services.card_editor.draw_confirmation(accepted)
        else:
            placed = await services.queue_service.placed(accepted)
            await services.card_editor.draw(await services.limits_service.noted(placed))
    except MessengerError as error:
        log.warning("card not drawn", extra={"order": accepted.order.id, "error": type(error).__name__})
        services.order_service.card_missed()
    else:
        if isinstance(accepted, OrderRecord):
            services.order_service.card_shown(accepted)


def card_token(interaction: Interaction, *, original: bool = True) -> CardToken:
    """By which the interaction's answer is edited, or a message beside it."""
    return CardToken(secret=interaction.token, original=original)


async def answer(context: InteractionContext, *, further: bool = False) -> Card:
    """Acknowledges, for all to see, or with a `further` message beside the answer that there is."""
    interaction = context.interaction
    if further:
        waiting = layout(context.public("card-further"))
        new: discord.WebhookMessage = await interaction.followup.send(view=waiting, wait=True)
        card = Card(id=MessageId(new.id), edit=new.edit, delete=new.delete)
    else:
        edit, delete = interaction.edit_original_response, interaction.delete_original_response
        card = Card(id=await defer(interaction), edit=edit, delete=delete)
    context.services.card_editor.hold(card.id, card_token(interaction, original=not further))
    return card


async def show_files(card: Card, view: ui.LayoutView, paths: Mapping[str, Path]) -> discord.Message:
    """Puts the files, by their names, into the card. Raises `Refusal` where Discord finds them too large."""
    with contextlib.ExitStack() as stack:
        files = [
            stack.enter_context(contextlib.closing(discord.File(path, filename=name))) for name, path in paths.items()
        ]
        try:
            return await card.edit(view=view, attachments=files)
        except discord.HTTPException as error:
            if sort_of(error) is Sort.FILES:
                raise Refusal("input-files-refused") from error
            raise


async def take_back(context: InteractionContext, card: Card, refusal: Refusal) -> None:
    """Tells the person alone, although everybody sees the card already: it goes once they know.

    A deferred answer has to become something before it can be deleted, or Discord takes no further one
    (discord-api-docs issue 3087).
    """
    try:
        await card.edit(view=layout(context.public("card-not-ordered")), attachments=[])
        await refuse(context.interaction, refusal, further=True)
        await card.delete()
    except CALL_FAILED as error:
        log.warning("answer not withdrawn", extra={"error": type(error).__name__})


async def _soon(check: Coroutine[Any, Any, object]) -> None:
    """Gives up after a moment: a refusal in public is better than a late acknowledgement."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(QUICK):
            await check
