"""`/moderate`: what those who look after a server can do about its queue and its members."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.replies import defer, say
from bot.chat.queue.controls import ask_to_cancel, moderators_only
from bot.chat.queue.views import banned_view
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, UserId
from bot.domain.orders.waiting import Scope

Interaction = discord.Interaction[DroverClient]
Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


@app_commands.guild_only()
@app_commands.default_permissions(manage_messages=True)
class Moderation(commands.GroupCog, group_name="moderate", group_description="command-moderate"):
    def __init__(self, client: DroverClient) -> None:
        self._services = client.services

    @app_commands.command(name="queue", description="command-moderate-queue")
    @app_commands.describe(action="option-moderate-action")
    async def queue(self, interaction: Interaction, action: Literal["pause", "drain", "resume"]) -> None:
        context = await _moderator(interaction)
        queue_service, texts = self._services.queue_service, context.texts
        if action == "pause":
            await queue_service.pause(context.guild_id, context.user_id)
            said = texts("moderate-paused")
        elif action == "drain":
            await queue_service.drain(context.guild_id, context.user_id)
            said = texts("moderate-drained")
        else:
            await queue_service.resume(context.guild_id, context.user_id)
            said = texts("moderate-resumed")
        await say(interaction, said)

    @app_commands.command(name="cancel", description="command-moderate-cancel")
    @app_commands.describe(
        member="option-moderate-member", channel="option-moderate-channel", everything="option-moderate-everything"
    )
    async def cancel(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        channel: Channel | None = None,
        everything: bool = False,
    ) -> None:
        context = await _moderator(interaction)
        named = [each for each in (member, channel, everything or None) if each is not None]
        if len(named) > 1:
            raise Refusal("one-of-them")
        scope = Scope(
            member=UserId(member.id) if member is not None else None,
            channel=ChannelId(channel.id) if channel is not None else None,
        )
        await ask_to_cancel(context, scope if named else None)

    @app_commands.command(name="ban", description="command-moderate-ban")
    @app_commands.describe(member="option-moderate-ban")
    async def ban(self, interaction: Interaction, member: discord.User) -> None:
        context = await _moderator(interaction)
        if member.bot:
            raise Refusal("ban-bot")
        rights = member.resolved_permissions if isinstance(member, discord.Member) else None
        if rights is not None and (rights.manage_guild or rights.administrator):
            raise Refusal("ban-manager")
        user_id = UserId(member.id)
        await self._services.moderation_service.ban(context.guild_id, user_id, context.user_id)
        weight = await self._services.queue_service.weigh(context.guild_id, Scope(member=user_id))
        await interaction.edit_original_response(view=banned_view(user_id, weight, context.texts))

    @app_commands.command(name="unban", description="command-moderate-unban")
    @app_commands.describe(member="option-moderate-unban")
    async def unban(self, interaction: Interaction, member: discord.User) -> None:
        context = await _moderator(interaction)
        await self._services.moderation_service.unban(context.guild_id, UserId(member.id), context.user_id)
        await say(interaction, context.texts("moderate-unbanned", user=f"<@{member.id}>"))


async def _moderator(interaction: Interaction) -> InteractionContext:
    """Acknowledges. Raises `Refusal`: Discord hides the command from others, but a server may have overridden that."""
    context = InteractionContext.of(interaction)
    moderators_only(context)
    await defer(interaction, ephemeral=True)
    return context
