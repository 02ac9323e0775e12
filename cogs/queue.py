"""`/queue` and `/cancel`: what is in flight, and how to stop it."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.replies import defer, say
from bot.chat.queue.controls import show_queue
from bot.domain.ids import GenerationId, OrderId
from cogs.options import MOST, NAME, Choices, Offering, Typed

Interaction = discord.Interaction[DroverClient]


class OwnOrder(Offering):
    """A member's orders in flight, and each output of those that make several. `<order>` or `<order>:<generation>`."""

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context = InteractionContext.of(interaction)
        texts = context.texts
        choices: Choices = []
        for _, record in await context.services.order_service.queue(context.guild_id, context.user_id):
            order, prompt = record.order, record.order.request.title
            open_ones = [g for g in record.generations if not g.state.ended and g.cancel_requested_by is None]
            if str(value).strip().lower() not in prompt.lower():
                continue
            if len(open_ones) > 1:
                name = texts("cancel-choice-all", count=len(open_ones), prompt=prompt)
                choices.append(app_commands.Choice(name=name[:NAME], value=order.id))
            for g in open_ones:
                name = texts("cancel-choice", ordinal=g.ordinal, count=order.request.count, prompt=prompt)
                if order.compared_in is not None:
                    name = f"{order.request.model_name} · {prompt}"
                choices.append(app_commands.Choice(name=name[:NAME], value=f"{order.id}:{g.id}"))
        return choices[:MOST]


class Queue(commands.Cog):
    def __init__(self, client: DroverClient) -> None:
        self._client = client

    @app_commands.command(name="queue", description="command-queue")
    @app_commands.describe(scope="option-scope")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def queue(self, interaction: Interaction, scope: Literal["mine", "server"] = "server") -> None:
        await defer(interaction, ephemeral=True)
        await show_queue(InteractionContext.of(interaction), scope)

    @app_commands.command(name="cancel", description="command-cancel")
    @app_commands.describe(order="option-order")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def cancel(self, interaction: Interaction, order: app_commands.Transform[str, OwnOrder]) -> None:
        await defer(interaction, ephemeral=True)
        context = InteractionContext.of(interaction)
        order_id, _, generation_id = order.strip().partition(":")
        count = await self._client.services.order_service.cancel(
            OrderId(order_id),
            context.user_id,
            context.guild_id,
            moderator=context.moderator,
            only=GenerationId(generation_id) if generation_id else None,
        )
        await say(interaction, context.texts("cancel-asked", count=count))
