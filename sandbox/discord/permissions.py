"""Permission bits and how they add up (public documentation: topics/permissions)."""

from collections.abc import Iterable

from sandbox.discord.state import Channel, Guild, Overwrite

BITS: dict[str, int] = {
    "KICK_MEMBERS": 1 << 1,
    "BAN_MEMBERS": 1 << 2,
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "MANAGE_GUILD": 1 << 5,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "USE_EXTERNAL_EMOJIS": 1 << 18,
    "CONNECT": 1 << 20,
    "MANAGE_ROLES": 1 << 28,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "CREATE_PRIVATE_THREADS": 1 << 36,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "SEND_POLLS": 1 << 49,
    "USE_EXTERNAL_APPS": 1 << 50,
    "PIN_MESSAGES": 1 << 51,
    "BYPASS_SLOWMODE": 1 << 52,
}
ALL = (1 << 53) - 1
# What a member may do in a direct message with the bot.
DIRECT = sum(
    BITS[name] for name in ("ADD_REACTIONS", "VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES")
) | (BITS["READ_MESSAGE_HISTORY"] | BITS["USE_EXTERNAL_EMOJIS"] | BITS["USE_APPLICATION_COMMANDS"])


def mask(names: Iterable[str]) -> int:
    """The bits of permission names; an unknown name is a KeyError."""
    total = 0
    for name in names:
        total |= ALL if name == "ALL" else BITS[name]
    return total


def allows(permissions: int, *names: str) -> bool:
    needed = mask(names)
    return permissions & needed == needed


def in_guild(guild: Guild, user_id: int) -> int:
    """What the roles of a member grant anywhere; nothing to somebody who is no member."""
    member = guild.members.get(user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return ALL
    granted = guild.roles[guild.id].permissions
    for role_id in member.roles:
        granted |= guild.roles[role_id].permissions
    return ALL if granted & BITS["ADMINISTRATOR"] else granted


def in_channel(guild: Guild, channel: Channel, user_id: int) -> int:
    """What is left of that in one channel; a thread passes its parent as `channel`."""
    base = in_guild(guild, user_id)
    member = guild.members.get(user_id)
    if member is None or base == ALL:
        return base
    result = _with(base, [channel.overwrites.get(guild.id)])
    result = _with(result, [channel.overwrites.get(role_id) for role_id in member.roles])
    result = _with(result, [channel.overwrites.get(user_id)])
    return result if result & BITS["VIEW_CHANNEL"] else 0


def _with(base: int, overwrites: list[Overwrite | None]) -> int:
    present = [overwrite for overwrite in overwrites if overwrite is not None]
    for overwrite in present:
        base &= ~overwrite.deny
    for overwrite in present:
        base |= overwrite.allow
    return base
