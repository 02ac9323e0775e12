"""What commands, buttons and forms work with (`FrontEnd`), and who is behind an interaction (`InteractionContext`)."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import discord

from bot.chat.kit.input_files import DiscordInputFiles, PendingUploads
from bot.chat.kit.previews import Previews
from bot.chat.kit.session_store import SessionStore
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from bot.domain.orders.order import RequestContext
from bot.services.engine import Engine
from bot.services.ordering.history import Reader
from bot.texts import Texts, Translations

Interaction = discord.Interaction[Any]
CHANNELS = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.Thread)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """The services, and what the front end has beside them.

    `own_pays`: the operator pays for servers that have settled nothing. `closing` is set once the bot stops: commands,
    buttons and forms are refused.
    """

    services: Engine
    translations: Translations
    input_files: DiscordInputFiles
    previews: Previews
    sessions: SessionStore
    own_pays: bool
    pending_uploads: PendingUploads = field(default_factory=PendingUploads)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def texts(self, interaction: Interaction) -> Texts:
        """The texts in the language of whoever is behind the interaction."""
        return self.translations.of(interaction.locale)


def front_end_of(interaction: Interaction) -> FrontEnd:
    """That of the client that got the interaction."""
    front_end: FrontEnd = interaction.client.front_end
    return front_end


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionContext:
    """A member in a channel of a guild: made once for each interaction.

    `texts` are in their language, `public` in the server's. `asked` is what of it is kept with an order, without a card
    as yet.
    """

    interaction: Interaction
    front_end: FrontEnd
    texts: Texts
    public: Texts
    asked: RequestContext
    moderator: bool
    manager: bool

    @classmethod
    def of(cls, interaction: Interaction) -> "InteractionContext":
        """Raises `Refusal` outside a guild: there is nobody to pay."""
        if interaction.guild_id is None or interaction.channel_id is None:
            raise Refusal("guild-only")
        rights, user, channel = interaction.permissions, interaction.user, interaction.channel
        member = user if isinstance(user, discord.Member) else None
        manager = rights.manage_guild or rights.administrator
        # Moderators are so by their roles, and not by the channel: bots for private voice channels let whoever opened
        # one moderate there.
        by_roles = member is not None and member.guild_permissions.manage_messages
        above: list[int | None] = []  # of a thread its channel, and the category of either, where that is known
        if isinstance(channel, discord.Thread):
            above = [channel.parent_id, channel.parent.category_id if channel.parent is not None else None]
        elif isinstance(channel, CHANNELS):
            above = [channel.category_id]
        front_end = front_end_of(interaction)
        return cls(
            interaction=interaction,
            front_end=front_end,
            texts=front_end.texts(interaction),
            public=front_end.translations.of(interaction.guild_locale or interaction.locale),
            asked=RequestContext(
                guild_id=GuildId(interaction.guild_id),
                channel_id=ChannelId(interaction.channel_id),
                requester_id=UserId(user.id),
                locale=str(interaction.locale),
                card_message_id=None,
                roles=frozenset(RoleId(role.id) for role in member.roles) if member is not None else frozenset(),
                within=tuple(ChannelId(each) for each in above if each is not None),
                age_restricted=isinstance(channel, CHANNELS) and channel.is_nsfw(),
            ),
            moderator=by_roles or manager,
            manager=manager,
        )

    @property
    def user_id(self) -> UserId:
        return self.asked.requester_id

    @property
    def services(self) -> Engine:
        return self.front_end.services

    @property
    def guild_id(self) -> GuildId:
        return self.asked.guild_id

    @property
    def channel_id(self) -> ChannelId:
        return self.asked.channel_id

    @property
    def reader(self) -> Reader:
        """As whom they look back."""
        return Reader(guild_id=self.guild_id, user_id=self.user_id, moderator=self.moderator)

    def with_card(self, message_id: int | None) -> RequestContext:
        """What is kept with the order whose card is the message; None: nobody knows its id."""
        return replace(self.asked, card_message_id=MessageId(message_id) if message_id is not None else None)

    def sees(self, channel_id: ChannelId) -> bool:
        """Whether they can look into a channel of the guild; moderators look after all of them.

        The bot is not told who is in a private thread: only who manages threads counts. Archived ones it forgets.
        """
        if self.moderator or channel_id == self.channel_id:
            return True
        channel, rights = self._there(channel_id)
        private = channel is not None and channel.type is discord.ChannelType.private_thread
        return rights.view_channel and (rights.manage_threads or not private)

    def covers(self, channel_id: ChannelId) -> bool:
        """Whether what was shown in that channel is covered where they are: it is age-restricted, and this is not."""
        channel, _ = self._there(channel_id)
        return isinstance(channel, CHANNELS) and channel.is_nsfw() and not self.asked.age_restricted

    def moderates(self, channel_id: ChannelId) -> bool:
        """Whether they may delete others' messages in a channel of the guild, as Discord has it, or moderate at all.

        What they may do to a result they may do to its message anyway.
        """
        if self.moderator:
            return True
        if channel_id == self.channel_id:
            return self.interaction.permissions.manage_messages
        _, rights = self._there(channel_id)
        return rights.view_channel and rights.manage_messages

    def _there(
        self, channel_id: ChannelId
    ) -> tuple[discord.abc.GuildChannel | discord.Thread | None, discord.Permissions]:
        """A channel of the guild, and what they may do in it: nothing where it, or who they are, is not known."""
        user = self.interaction.user
        if not isinstance(user, discord.Member):
            return None, discord.Permissions.none()
        channel = user.guild.get_channel_or_thread(channel_id)
        if channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
            return channel, discord.Permissions.none()
        return channel, channel.permissions_for(user)

    def check_place(self) -> None:
        """Raises `Refusal` where the bot could answer now, but not post a result later.

        An answer to an interaction needs no rights in the channel; what comes after it does.
        """
        missing = missing_rights(self.interaction)
        if missing:
            raise Refusal("cannot-post", missing=" ".join(missing))
        channel, rights = self.interaction.channel, self.interaction.app_permissions
        if not isinstance(channel, discord.Thread) or rights.manage_threads or rights.administrator:
            return
        if channel.type is discord.ChannelType.private_thread and channel.me is None:
            raise Refusal("not-in-thread")


def missing_rights(interaction: Interaction) -> list[str]:
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
