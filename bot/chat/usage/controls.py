"""`/usage`: the numbers with their picture, and the table for those who manage the server."""

import asyncio
import contextlib
import io
from collections.abc import Sequence

import discord

from bot.chat.kit.context import Interaction, InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.errors import CALL_FAILED
from bot.chat.kit.replies import defer, say
from bot.chat.usage.drawing import legible, picture
from bot.chat.usage.views import PICTURE, TABLE, drawn_members, table_of, usage_chart, usage_view
from bot.domain.errors import Refusal
from bot.domain.ids import RoleId, UserId
from bot.domain.rules.periods import Span
from bot.services.reports.reports import Subject

_NAMES_WITHIN = 2.0  # seconds for the names of members; the picture does without those that come later


async def show_usage(context: InteractionContext, member: discord.User | discord.Member | None, span: Span) -> None:
    """Answers with what was used. With nobody named, moderators see the server, others themselves.

    Raises `Refusal` when that is nobody's business but theirs.
    """
    if member is None and context.moderator:
        subject = Subject()
    elif member is None or member.id == context.user_id:
        subject = Subject(member=context.user_id, roles=context.asked.roles)
    elif context.moderator:
        roles = member.roles if isinstance(member, discord.Member) else []
        subject = Subject(member=UserId(member.id), roles=frozenset(RoleId(role.id) for role in roles))
    else:
        raise Refusal("others-usage")
    await defer(context.interaction, ephemeral=True)
    usage = await context.services.report_service.usage(context.guild_id, subject, span)
    attached: list[discord.File] = []
    if usage.orders:
        names = await _names(context.interaction, drawn_members(usage))
        png = await picture(usage_chart(usage, context.texts, names))
        attached.append(discord.File(io.BytesIO(png), filename=PICTURE))
    view = usage_view(usage, span, context.texts, pictured=bool(attached), table=context.manager)
    await context.interaction.edit_original_response(view=view, attachments=attached)


async def _names(interaction: Interaction, members: Sequence[UserId]) -> dict[UserId, str]:
    """What these members are called in the guild, or anywhere, if they left or the picture cannot draw that name.

    Those whom Discord does not tell soon are missing.
    """
    guild = interaction.guild

    async def name(user_id: UserId) -> str | None:
        if guild is None:
            return None
        with contextlib.suppress(*CALL_FAILED, TimeoutError):
            async with asyncio.timeout(_NAMES_WITHIN):
                try:
                    found: discord.Member | discord.User = await guild.fetch_member(user_id)
                except discord.NotFound:
                    found = await interaction.client.fetch_user(user_id)
                return next((each for each in (found.display_name, found.name) if legible(each)), None)
        return None

    found = await asyncio.gather(*map(name, members))
    return {user_id: called for user_id, called in zip(members, found, strict=True) if called}


async def _table(press: Press) -> None:
    """Answers with the period as CSV."""
    context = press.context
    if not context.manager:
        raise Refusal("manage-server")
    period, member = table_of(press.values)
    await defer(press.interaction, ephemeral=True)
    content = await press.services.report_service.table(context.guild_id, member, period)
    file = discord.File(io.BytesIO(content), filename=f"usage-{period.label}.csv")
    await say(press.interaction, context.texts("usage-table-here"), file=file)


CONTROLS = (Control(TABLE, _table),)
