"""Placing an order from an interaction: acknowledge, accept, draw the card. So do commands, forms and buttons."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.chat.actor import actor, check_place
from bot.chat.answers import BROKEN, defer
from bot.chat.desk import Desk
from bot.chat.inputs.input_files import stowed
from bot.chat.ordering.cards import waiting_card
from bot.chat.ordering.confirmations import accepted_card
from bot.chat.ordering.naming import named
from bot.domain.errors import Refusal
from bot.domain.orders.order import (
    GenerationRequest,
    OrderRecord,
    PendingConfirmation,
    RequestContext,
    ValidatedRequest,
)

log = logging.getLogger(__name__)

_QUICK = 0.5  # seconds: the acknowledgement is due within one, whatever the disk does
_TOO_LARGE = 413
Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The message that becomes an order's card. None: nobody knows its id."""

    id: int | None
    edit: Callable[..., Awaitable[discord.Message]]
    delete: Callable[[], Awaitable[None]]


Accepted = OrderRecord | PendingConfirmation
"""An order, or the question whether its price is right."""
_Accept = Callable[[RequestContext, _Answer], Awaitable[Accepted]]


async def order(interaction: Interaction, request: GenerationRequest) -> Accepted | None:
    """Orders what is wished, with the answer to the interaction as the order's card; None: it was not accepted.

    Raises `Refusal`, with the nearest request that would run where there is one: what can be known from memory is known
    before the acknowledgement. What turns out later is said here, and privately.
    """
    validated, accept = _check(interaction, await named(interaction, request))
    return await _place(interaction, accept, validated)


async def order_further(interaction: Interaction, request: GenerationRequest) -> Accepted | None:
    """The same for a further order of an interaction that has its answer: the card is a message of its own."""
    try:
        _, accept = _check(interaction, await named(interaction, request))
    except Refusal as refusal:
        client: Desk = interaction.client
        await client.refuse(interaction, refusal, further=True)
        return None
    text = interaction.client.texts(interaction)("card-further")
    message: discord.WebhookMessage = await interaction.followup.send(view=_alone(text), wait=True)
    return await _accept_at(interaction, _Answer(id=message.id, edit=message.edit, delete=message.delete), accept)


async def place(interaction: Interaction, accept: Callable[[RequestContext], Awaitable[Accepted]]) -> Accepted | None:
    """Lets `accept` take an order, with the answer to the interaction as its card; None: it was not accepted.

    Raises `Refusal` where the bot could not post the result. What `accept` refuses is said here, and privately.
    """
    return await _place(interaction, lambda context, _: accept(context))


def _check(interaction: Interaction, request: GenerationRequest) -> tuple[ValidatedRequest, _Accept]:
    """The plan, and how it is accepted. Files are fetched then and looked at, and the request is checked again."""
    client: Desk = interaction.client
    who = actor(interaction)
    client.input_files.check(request.attachments, who.guild_id)
    validated = client.ordering.validate(request, client.queueing.offered(who.context(None)))
    if request.attachments:
        return validated, lambda context, answer: _accept_with_files(client, request, context, answer)
    return validated, lambda context, _: client.ordering.submit(validated, context)


async def _place(
    interaction: Interaction, accept: _Accept, validated: ValidatedRequest | None = None
) -> Accepted | None:
    client: Desk = interaction.client
    check_place(interaction)
    with contextlib.suppress(TimeoutError):  # rather a refusal that was public for a moment than a late acknowledgement
        async with asyncio.timeout(_QUICK):
            await _check_quickly(client, actor(interaction).context(None), validated)
    card_id = await defer(interaction)
    answer = _Answer(id=card_id, edit=interaction.edit_original_response, delete=interaction.delete_original_response)
    return await _accept_at(interaction, answer, accept)


async def _check_quickly(client: Desk, context: RequestContext, validated: ValidatedRequest | None) -> None:
    """Raises `Refusal` for what would be refused when it is accepted, as things stand."""
    if validated is None:
        await client.ordering.check_payer(context.guild_id)
    else:
        await client.ordering.check(validated, context)


async def _accept_at(interaction: Interaction, answer: _Answer, accept: _Accept) -> Accepted | None:
    client: Desk = interaction.client
    try:
        accepted = await accept(actor(interaction).context(answer.id), answer)
    except Refusal as refusal:
        await _withdraw(interaction, answer, refusal)
        return None
    try:
        await answer.edit(view=await accepted_card(accepted, client, client.texts(interaction)))
    except (discord.HTTPException, *BROKEN) as error:  # an order stands, and its card is drawn again by the loop
        log.warning("card not drawn", extra={"order": accepted.order.id, "error": type(error).__name__})
    else:
        if isinstance(accepted, OrderRecord):
            await client.ordering.card_shown(accepted)
    return accepted


async def _accept_with_files(
    client: Desk, request: GenerationRequest, context: RequestContext, answer: _Answer
) -> Accepted:
    """Shows the files in the card before the order is accepted: the order's row says where they are."""
    with client.pending_uploads.keeping():
        validated = await _keep_files(client, request, context, answer)
    return await client.ordering.submit(validated, context)


async def _keep_files(
    client: Desk, request: GenerationRequest, context: RequestContext, answer: _Answer
) -> ValidatedRequest:
    async with client.input_files.pack(request.attachments, context.guild_id) as packed:
        offered = client.queueing.offered(context)
        validated = client.ordering.validate(replace(request, attachments=packed.attachments), offered)
        used = {one.attachment.name for one in validated.inputs}
        paths = {name: path for name, path in packed.paths.items() if name in used}
        return await _show_files(client, validated, context, answer, paths) if paths else validated


async def _show_files(
    client: Desk, validated: ValidatedRequest, context: RequestContext, answer: _Answer, paths: Mapping[str, Path]
) -> ValidatedRequest:
    card = waiting_card(validated, context, client.translations.of(context.locale))
    try:
        with _opened(paths) as files:
            message = await answer.edit(view=card, attachments=files)
    except discord.HTTPException as error:
        if error.status == _TOO_LARGE:
            raise Refusal("luggage-refused") from error
        raise
    return stowed(validated, message)


@contextlib.contextmanager
def _opened(paths: Mapping[str, Path]) -> Generator[list[discord.File]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(contextlib.closing(discord.File(path, filename=name))) for name, path in paths.items()
        ]


async def _withdraw(interaction: Interaction, answer: _Answer, refusal: Refusal) -> None:
    """Tells the person alone, although everybody sees the answer already: it goes once they know.

    A deferred answer has to become something before it can be deleted, or Discord takes no further one
    (discord-api-docs issue 3087).
    """
    client: Desk = interaction.client
    try:
        await answer.edit(view=_alone(client.texts(interaction)("card-not-ordered")), attachments=[])
        await client.refuse(interaction, refusal, further=True)
        await answer.delete()
    except (discord.HTTPException, *BROKEN) as error:
        log.warning("answer not withdrawn", extra={"error": type(error).__name__})


def _alone(text: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view
