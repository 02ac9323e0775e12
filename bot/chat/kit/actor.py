"""Who is behind an interaction, in the domain's terms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import discord
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from bot.domain.orders.order import RequestContext

_CHANNELS = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.Thread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A member in a channel of a guild, with the rights that matter here."""

    user_id: UserId
    guild_id: GuildId
    channel_id: ChannelId
    locale: str
    moderator: bool
    manager: bool
    roles: frozenset[RoleId]
    within: tuple[ChannelId, ...]
    age_restricted: bool
    sees: Callable[[ChannelId], bool] = field(compare=False)
    """Whether they can look into a channel of the guild; moderators look after all of them."""

    def context(self, card_message_id: int | None) -> RequestContext:
        return RequestContext(
            guild_id=self.guild_id,
            channel_id=self.channel_id,
            requester_id=self.user_id,
            locale=self.locale,
            card_message_id=MessageId(card_message_id) if card_message_id is not None else None,
            roles=self.roles,
            within=self.within,
            age_restricted=self.age_restricted,
        )


def actor(interaction: discord.Interaction[Any]) -> Actor:
    """Raises `Refusal` outside a guild: there is nobody to pay."""
    if interaction.guild_id is None or interaction.channel_id is None:
        raise Refusal("guild-only")
    rights, user, channel = interaction.permissions, interaction.user, interaction.channel
    moderator = _moderates(user) or rights.manage_guild or rights.administrator
    return Actor(
        user_id=UserId(interaction.user.id),
        guild_id=GuildId(interaction.guild_id),
        channel_id=ChannelId(interaction.channel_id),
        locale=str(interaction.locale),
        moderator=moderator,
        manager=rights.manage_guild or rights.administrator,
        roles=frozenset(RoleId(role.id) for role in user.roles) if isinstance(user, discord.Member) else frozenset(),
        within=_within(channel),
        age_restricted=isinstance(channel, _CHANNELS) and channel.is_nsfw(),
        sees=lambda channel_id: moderator or channel_id == interaction.channel_id or _sees(user, channel_id),
    )


def _sees(user: discord.User | discord.Member, channel_id: ChannelId) -> bool:
    """The bot is not told who is in a private thread: only who manages threads counts. Archived ones it forgets."""
    channel = user.guild.get_channel_or_thread(channel_id) if isinstance(user, discord.Member) else None
    if channel is None or not isinstance(user, discord.Member):
        return False
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return False
    rights = channel.permissions_for(user)
    private = channel.type is discord.ChannelType.private_thread
    return rights.view_channel and (rights.manage_threads or not private)


def _moderates(user: discord.User | discord.Member) -> bool:
    """By their roles, and not by the channel: bots for private voice channels let whoever opened one moderate there."""
    return isinstance(user, discord.Member) and user.guild_permissions.manage_messages


def _within(channel: object) -> tuple[ChannelId, ...]:
    """The channel of a thread, and the category of either."""
    if not isinstance(channel, _CHANNELS):
        return ()
    if isinstance(channel, discord.Thread):  # of a parent that is not known, the category is not either
        above = [channel.parent_id, channel.parent.category_id if channel.parent is not None else None]
    else:
        above = [channel.category_id]
    return tuple(ChannelId(each) for each in above if each is not None)


def check_place(interaction: discord.Interaction[Any]) -> None:
    """Raises `Refusal` where the bot could answer now, but not post a result later.

    An answer to an interaction needs no rights in the channel; what comes after it does.
    """
    missing = missing_rights(interaction)
    if missing:
        raise Refusal("cannot-post", missing=" ".join(missing))
    channel, rights = interaction.channel, interaction.app_permissions
    if not isinstance(channel, discord.Thread) or rights.manage_threads or rights.administrator:
        return
    if channel.type is discord.ChannelType.private_thread and channel.me is None:
        raise Refusal("not-in-thread")


def missing_rights(interaction: discord.Interaction[Any]) -> list[str]:
    """The rights that the bot lacks to post a result in the channel, by their names in discord.py.

    Whoever may not connect to a voice or stage channel may not write into it either; the rights that Discord sends do
    not tell that (public documentation: topics/permissions, "Implicit Permissions").
    """
    rights, channel = interaction.app_permissions, interaction.channel
    write = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    needed = ["view_channel", write, "attach_files", "read_message_history"]
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        needed.append("connect")
    if isinstance(channel, discord.Thread) and channel.locked:
        needed.append("manage_threads")
    return [] if rights.administrator else [name for name in needed if not getattr(rights, name)]
