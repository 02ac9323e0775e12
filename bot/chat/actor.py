"""Who is behind an interaction, in the domain's terms."""

from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, MessageId, UserId
from bot.domain.order import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A member in a channel of a guild, with the rights that matter here."""

    user_id: UserId
    guild_id: GuildId
    channel_id: ChannelId
    locale: str
    moderator: bool
    manager: bool

    def occasion(self, card_message_id: int | None) -> Occasion:
        return Occasion(
            guild_id=self.guild_id,
            channel_id=self.channel_id,
            requester_id=self.user_id,
            locale=self.locale,
            card_message_id=MessageId(card_message_id) if card_message_id is not None else None,
        )


def actor(interaction: discord.Interaction[Any]) -> Actor:
    """Raises `Refusal` outside a guild: there is nobody to pay."""
    if interaction.guild_id is None or interaction.channel_id is None:
        raise Refusal("guild-only")
    rights = interaction.permissions
    return Actor(
        user_id=UserId(interaction.user.id),
        guild_id=GuildId(interaction.guild_id),
        channel_id=ChannelId(interaction.channel_id),
        locale=str(interaction.locale),
        moderator=rights.manage_messages or rights.manage_guild or rights.administrator,
        manager=rights.manage_guild or rights.administrator,
    )


def missing_rights(interaction: discord.Interaction[Any]) -> list[str]:
    """The rights that the bot lacks to post a result in the channel, by their names in discord.py."""
    rights = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    write = "send_messages_in_threads" if in_thread else "send_messages"
    needed = ("view_channel", write, "attach_files", "read_message_history")
    return [] if rights.administrator else [name for name in needed if not getattr(rights, name)]
