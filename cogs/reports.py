"""`/usage` and `/history`: what was spent, and what was made."""

import asyncio
import contextlib
import io
from collections.abc import Sequence
from typing import Literal

import discord
from bot.chat.client import DroverClient
from bot.chat.history.controls import WORDS, Place, open_order, reader, turn_to
from bot.chat.history.views import words_of
from bot.chat.kit.actor import Actor, actor
from bot.chat.kit.replies import BROKEN, defer
from bot.chat.usage.drawing import picture
from bot.chat.usage.views import PICTURE, drawn_members, usage_chart, usage_view
from bot.domain.errors import Refusal
from bot.domain.ids import RoleId, UserId, short
from bot.domain.records.spans import Span
from bot.services.reports.reports import Subject
from discord import app_commands
from discord.ext import commands

from cogs.options import NAME, Choices, Offering, Typed

_NAMES_WITHIN = 2.0  # seconds for the names of members; the picture does without those that come later
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
        who, texts = actor(interaction), interaction.client.texts(interaction)
        page = await interaction.client.looking_back.page(reader(who), _whose(who, None), str(value))
        named = [
            (one.order.id, texts("history-option", order=short(one.order.id), words=words_of(one, texts)))
            for one in page.entries
        ]
        return [app_commands.Choice(name=name[:NAME], value=order_id) for order_id, name in named]


class Reports(commands.Cog):
    def __init__(self, client: DroverClient) -> None:
        self._client = client

    @app_commands.command(name="usage", description="command-usage")
    @app_commands.describe(member="option-usage-member", period="option-period")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def usage(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        period: Literal["today", "week", "month", "last-month"] = "month",
    ) -> None:
        who, span = actor(interaction), Span(period)
        subject = _subject(who, member)
        await defer(interaction, ephemeral=True)
        usage = await self._client.reporting.usage(who.guild_id, subject, span)
        texts = self._client.texts(interaction)
        attached: list[discord.File] = []
        if usage.orders:
            names = await _names(interaction.guild, drawn_members(usage))
            png = await picture(usage_chart(usage, texts, names))
            attached.append(discord.File(io.BytesIO(png), filename=PICTURE))
        view = usage_view(usage, span, texts, pictured=bool(attached), table=who.manager)
        await interaction.edit_original_response(view=view, attachments=attached)

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
        who = actor(interaction)
        await defer(interaction, ephemeral=True)
        if id_ is not None:
            await open_order(interaction, id_, None)
            return
        await turn_to(interaction, Place(member=_whose(who, member), words=search))


async def _names(guild: discord.Guild | None, members: Sequence[UserId]) -> dict[UserId, str]:
    """What these members are called in the guild; those who left, or whom Discord does not tell soon, are missing."""

    async def name(user_id: UserId) -> str | None:
        if guild is None:
            return None
        with contextlib.suppress(discord.HTTPException, *BROKEN, TimeoutError):
            async with asyncio.timeout(_NAMES_WITHIN):
                return (await guild.fetch_member(user_id)).display_name
        return None

    found = await asyncio.gather(*map(name, members))
    return {user_id: called for user_id, called in zip(members, found, strict=True) if called}


def _whose(who: Actor, member: discord.User | None) -> UserId | None:
    """Whose history is asked for: with nobody named, moderators see the whole server's, others their own."""
    if member is not None:
        return UserId(member.id)
    return None if who.moderator else who.user_id


def _subject(who: Actor, member: discord.User | None) -> Subject:
    """Raises `Refusal` when that is nobody's business but theirs."""
    if member is None and who.moderator:
        return Subject()
    if member is None or member.id == who.user_id:
        return Subject(member=who.user_id, roles=who.roles)
    if not who.moderator:
        raise Refusal("others-usage")
    roles = member.roles if isinstance(member, discord.Member) else []
    return Subject(member=UserId(member.id), roles=frozenset(RoleId(role.id) for role in roles))
