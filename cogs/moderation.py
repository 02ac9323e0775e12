"""`/moderate`: what those who look after a server can do about its queue and its members."""

from typing import Literal

import discord
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, UserId
from discord import app_commands
from discord.ext import commands

from bot.chat.client import DroverClient
from bot.chat.kit.actor import Actor, actor
from bot.chat.kit.replies import defer
from bot.chat.queue.board import moderators_only
from bot.chat.queue.stopping import Scope, banned_view

Interaction = discord.Interaction[DroverClient]
Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


@app_commands.guild_only()
@app_commands.default_permissions(manage_messages=True)
class Moderation(commands.GroupCog, group_name="moderate", group_description="command-moderate"):
    def __init__(self, client: DroverClient) -> None:
        self._client = client

    @app_commands.command(name="queue", description="command-moderate-queue")
    @app_commands.describe(action="option-moderate-action")
    async def queue(self, interaction: Interaction, action: Literal["pause", "drain", "resume"]) -> None:
        who = await _moderator(interaction)
        queueing, texts = self._client.queueing, self._client.texts(interaction)
        if action == "pause":
            await queueing.pause(who.guild_id, who.user_id)
            said = texts("moderate-paused")
        elif action == "drain":
            await queueing.drain(who.guild_id, who.user_id)
            said = texts("moderate-drained")
        else:
            await queueing.resume(who.guild_id, who.user_id)
            said = texts("moderate-resumed")
        await interaction.edit_original_response(content=said)

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
        await _moderator(interaction)
        named = [each for each in (member, channel, everything or None) if each is not None]
        if len(named) > 1:
            raise Refusal("one-of-them")
        scope = Scope(
            member=UserId(member.id) if member is not None else None,
            channel=ChannelId(channel.id) if channel is not None else None,
        )
        await self._client.queue_board.ask(interaction, scope if named else None)

    @app_commands.command(name="ban", description="command-moderate-ban")
    @app_commands.describe(member="option-moderate-ban")
    async def ban(self, interaction: Interaction, member: discord.User) -> None:
        who = await _moderator(interaction)
        _check_target(member)
        user_id = UserId(member.id)
        await self._client.moderating.ban(who.guild_id, user_id, who.user_id)
        weight = await self._client.queueing.weigh(who.guild_id, member=user_id)
        await interaction.edit_original_response(view=banned_view(user_id, weight, self._client.texts(interaction)))

    @app_commands.command(name="unban", description="command-moderate-unban")
    @app_commands.describe(member="option-moderate-unban")
    async def unban(self, interaction: Interaction, member: discord.User) -> None:
        who = await _moderator(interaction)
        await self._client.moderating.unban(who.guild_id, UserId(member.id), who.user_id)
        text = self._client.texts(interaction)("moderate-unbanned", user=f"<@{member.id}>")
        await interaction.edit_original_response(content=text)


async def _moderator(interaction: Interaction) -> Actor:
    """Acknowledges. Raises `Refusal`: Discord hides the command from others, but a server may have overridden that."""
    who = actor(interaction)
    moderators_only(who)
    await defer(interaction, ephemeral=True)
    return who


def _check_target(member: discord.User | discord.Member) -> None:
    if member.bot:
        raise Refusal("ban-bot")
    rights = member.resolved_permissions if isinstance(member, discord.Member) else None
    if rights is not None and (rights.manage_guild or rights.administrator):
        raise Refusal("ban-manager")
