"""`/usage`, `/limits`, `/history` and `/favourites`: what was spent, what may still be, what was made and is liked."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.favourites.controls import show_favourites
from bot.chat.history.controls import show_order, show_page
from bot.chat.history.views import WORDS, HistoryCursor, option_label
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.replies import defer
from bot.chat.usage.controls import show_usage
from bot.chat.usage.limits import show_limits
from bot.domain.ids import UserId
from bot.domain.rules.periods import Span
from cogs.options import NAME, Choices, Offering, Typed

Interaction = discord.Interaction[DroverClient]


class PastOrderId(Offering):
    """The orders that somebody may look up, by words of their prompts."""

    @property
    def min_value(self) -> int:
        return 1

    @property
    def max_value(self) -> int:
        return 100

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context = InteractionContext.of(interaction)
        page = await context.services.order_history.page(context.reader, _whose(context, None), str(value))
        return [
            app_commands.Choice(name=option_label(one, context.texts)[:NAME], value=one.order.id)
            for one in page.entries
        ]


class Reports(commands.Cog):
    @app_commands.command(name="usage", description="command-usage")
    @app_commands.describe(member="option-usage-member", period="option-period")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def usage(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        period: Literal["today", "week", "month", "last-month"] = "month",
    ) -> None:
        await show_usage(InteractionContext.of(interaction), member, Span(period))

    @app_commands.command(name="limits", description="command-limits")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def limits(self, interaction: Interaction) -> None:
        await show_limits(InteractionContext.of(interaction))

    @app_commands.command(name="history", description="command-history")
    @app_commands.describe(member="option-history-member", search="option-history-search", id_="option-history-id")
    @app_commands.rename(id_="id")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def history(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        search: app_commands.Range[str, 1, WORDS] = "",
        id_: app_commands.Transform[str, PastOrderId] | None = None,
    ) -> None:
        context = InteractionContext.of(interaction)
        await defer(interaction, ephemeral=True)
        if id_ is not None:
            await show_order(context, id_, None)
        else:
            await show_page(context, HistoryCursor(member=_whose(context, member), words=search))

    @app_commands.command(name="favourites", description="command-favourites")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def favourites(self, interaction: Interaction) -> None:
        context = InteractionContext.of(interaction)
        await defer(interaction, ephemeral=True)
        await show_favourites(context, 1)


def _whose(context: InteractionContext, member: discord.User | None) -> UserId | None:
    """Whose history is asked for: with nobody named, moderators see the whole server's, others their own."""
    if member is not None:
        return UserId(member.id)
    return None if context.moderator else context.user_id
